/* validation_closed_test.c - closed pools against theory: mean-value analysis, the
 * machine repairman, the availability of what breaks and is repaired. */
#include "sim/test_validation.h"

/* Throughput of a closed network of single servers with `n` clients who think for
 * `think`, exact (Reiser and Lavenberg 1980, "Mean-value analysis of closed multichain
 * queuing networks", J. ACM 27(2)); *response: all stations together. */
static double mean_value(uint32_t n, double think, const double *services, size_t count, double *response)
{
    double queue[MODEL_STATIONS] = {0}, rate = 0.0;

    for (uint32_t clients = 1; clients <= n; clients++) {
        double stay[MODEL_STATIONS];
        *response = 0.0;
        for (size_t i = 0; i < count; i++) {
            stay[i] = services[i] * (1.0 + queue[i]);
            *response += stay[i];
        }
        rate = clients / (think + *response);
        for (size_t i = 0; i < count; i++)
            queue[i] = rate * stay[i];
    }
    return rate;
}

/* Palm 1947, "The distribution of repairmen in servicing automatic machines". */
static void test_machines_and_a_repairman(void **state)
{
    (void)state;
    const double service = 1.0;
    double response;
    struct model model = {
        .name = "machine repairman, 6 machines, load 1 : 5",
        .stations = {model_station(STATION_FCFS, 1, (struct service_time){SERVICE_EXPONENTIAL, 1, 1})},
        .station_count = 1,
        .source = model_clients(6, 5.0),
        .warm_up = 500,
        .batch = 5000};

    model.figures[0].name = "repairs per second", model.figures[0].measure = MEASURE_RATE;
    model.figures[0].theory = mean_value(6, 5.0, &service, 1, &response);
    model.figures[1].name = "mean time out of work, s", model.figures[1].measure = MEASURE_RESPONSE;
    model.figures[1].theory = response;
    bool holds = model_holds(&model, tell_row);
    /* a shared processor minds the mean of the work alone in a closed network as well
     * (Baskett, Chandy, Muntz, Palacios 1975) */
    model.name = "the same on a shared processor, hyper-exponential of spread 4";
    model.stations[0] = model_station(STATION_SHARED, 1, (struct service_time){SERVICE_HYPEREXPONENTIAL, 1.0, 4.0});
    assert_true(model_holds(&model, tell_row) && holds);
}

static void test_a_pool_of_clients_over_two_stations(void **state)
{
    (void)state;
    static const double SERVICES[] = {0.3, 0.5};
    double response;
    struct model model = {
        .name = "closed pool, 10 clients, web and database",
        .stations = {model_station(STATION_SHARED, 1, (struct service_time){SERVICE_LOG_NORMAL, 0.3, 2.0}),
                     model_station(STATION_FCFS, 1, (struct service_time){SERVICE_EXPONENTIAL, 0.5, 1})},
        .station_count = 2,
        .source = model_clients(10, 4.0),
        .warm_up = 500,
        .batch = 5000};

    model.stations[1].name = "database";
    model.source.route[1] = 1;
    model.source.route_length = 2;
    model.figures[0].name = "answers per second (MVA)", model.figures[0].measure = MEASURE_RATE;
    model.figures[0].theory = mean_value(10, 4.0, SERVICES, 2, &response);
    model.figures[1].name = "mean response, s (MVA)", model.figures[1].measure = MEASURE_RESPONSE;
    model.figures[1].theory = response;
    assert_true(model_holds(&model, tell_row));
}

/* Alternating renewal: the share of time down is repair / (up + repair), whatever the
 * laws (Barlow and Proschan 1975, ch. 7). Fifty systems, each with a repairer of its own. */
static void test_a_system_that_breaks_and_is_repaired(void **state)
{
    (void)state;
    const double up = 20 * 3600.0, repair = 45 * 60.0, systems = 50.0;
    struct model model = {
        .name = "50 repairable systems, up 20 h, repaired in 45 min",
        .stations = {model_station(STATION_FCFS, 50, (struct service_time){SERVICE_LOG_NORMAL, repair, 1.5})},
        .station_count = 1,
        .source = model_clients(50, up),
        .warm_up = 500 * 3600.0,
        .batch = 5000 * 3600.0};

    model.figures[0].name = "mean number down", model.figures[0].measure = MEASURE_PRESENT;
    model.figures[0].theory = systems * repair / (up + repair);
    assert_true(model_holds(&model, tell_row));
}

static void test_a_wrong_model_does_not_pass(void **state)
{
    (void)state;
    const double service = 1.0;
    double response;
    struct model model = {
        .name = "",
        .stations = {model_station(STATION_FCFS, 1, (struct service_time){SERVICE_EXPONENTIAL, 1, 1})},
        .station_count = 1,
        .source = model_clients(7, 5.0), /* one machine too many */
        .warm_up = 500,
        .batch = 5000};

    model.figures[0].name = "repairs per second", model.figures[0].measure = MEASURE_RATE;
    model.figures[0].theory = mean_value(6, 5.0, &service, 1, &response);
    assert_false(model_holds(&model, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines_and_a_repairman),
        cmocka_unit_test(test_a_pool_of_clients_over_two_stations),
        cmocka_unit_test(test_a_system_that_breaks_and_is_repaired),
        cmocka_unit_test(test_a_wrong_model_does_not_pass),
    };
    return cmocka_run_group_tests_name("validation, closed pools", tests, NULL, NULL);
}
