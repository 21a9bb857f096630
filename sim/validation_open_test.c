/* validation_open_test.c - open queues against theory: Erlang, Pollaczek and
 * Khinchine, insensitivity. */
#include "sim/test_validation.h"

/* P(an arrival waits) with c servers and a Erlangs (Erlang 1917; Kleinrock 1975,
 * vol. I, eq. 3.40), by way of the stable recursion of Erlang B. */
static double erlang_b(uint32_t servers, double load)
{
    double b = 1.0;

    for (uint32_t i = 1; i <= servers; i++)
        b = load * b / (i + load * b);
    return b;
}

static double erlang_c(uint32_t servers, double load)
{
    double b = erlang_b(servers, load);
    return servers * b / (servers - load * (1.0 - b));
}

/* Mean wait of M/M/c with a mean service of 1 s. */
static double erlang_wait(uint32_t servers, double load)
{
    return erlang_c(servers, load) / (servers - load);
}

/* Mean wait of M/G/1 (Pollaczek 1930, Khinchine 1932; Kleinrock vol. I, eq. 5.72). */
static double pollaczek_khinchine(double load, double spread)
{
    return load * (1.0 + spread) / (2.0 * (1.0 - load));
}

static struct model open_model(const char *name, enum station_discipline discipline, uint32_t servers, double load,
                               struct service_time service)
{
    return (struct model){.name = name,
                          .stations = {model_station(discipline, servers, service)},
                          .station_count = 1,
                          .source = model_arrivals(load),
                          .warm_up = 1000,
                          .batch = 6000};
}

static const struct service_time EXPONENTIAL = {SERVICE_EXPONENTIAL, 1.0, 1.0};

static void test_one_server(void **state)
{
    (void)state;
    struct model model = open_model("M/M/1, load 0.6", STATION_FCFS, 1, 0.6, EXPONENTIAL);

    model.figures[0].name = "mean wait, s", model.figures[0].theory = 0.6 / 0.4;
    model.figures[1].name = "mean number present", model.figures[1].theory = 0.6 / 0.4;
    model.figures[1].measure = MEASURE_PRESENT;
    model.figures[2].name = "server at work", model.figures[2].theory = 0.6;
    model.figures[2].measure = MEASURE_BUSY;
    assert_true(model_holds(&model, tell_row));
}

static void test_several_servers(void **state)
{
    (void)state;
    struct model model = open_model("M/M/3, load 2.1", STATION_FCFS, 3, 2.1, EXPONENTIAL);

    model.figures[0].name = "mean wait, s", model.figures[0].theory = erlang_wait(3, 2.1);
    model.figures[1].name = "share that waits (Erlang C)", model.figures[1].theory = erlang_c(3, 2.1);
    model.figures[1].measure = MEASURE_WAITS;
    bool holds = model_holds(&model, tell_row);
    /* the same, when it is connections that there are three of */
    model.name = "M/M/3 by three connections";
    model.stations[0] = model_station(STATION_SHARED, 3, EXPONENTIAL);
    model.stations[0].connections = 3;
    assert_true(model_holds(&model, tell_row) && holds);
}

static void test_any_service_time(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double load;
        struct service_time service;
    } CASES[] = {
        {"M/D/1, load 0.6", 0.6, {SERVICE_DETERMINISTIC, 1.0, 0.0}},
        {"M/G/1, Erlang-2, load 0.6", 0.6, {SERVICE_GAMMA, 1.0, 0.5}},
        {"M/G/1, log-normal of spread 2, load 0.5", 0.5, {SERVICE_LOG_NORMAL, 1.0, 2.0}},
        {"M/G/1, hyper-exponential of spread 4, load 0.5", 0.5, {SERVICE_HYPEREXPONENTIAL, 1.0, 4.0}},
    };
    bool holds = true;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct model model = open_model(CASES[i].name, STATION_FCFS, 1, CASES[i].load, CASES[i].service);
        model.batch = 12000;
        model.figures[0].name = "mean wait, s (Pollaczek-Khinchine)";
        model.figures[0].theory = pollaczek_khinchine(CASES[i].load, service_time_spread(&CASES[i].service));
        holds = model_holds(&model, tell_row) && holds;
    }
    assert_true(holds);
}

/* Processor sharing asks for the mean of the work alone (Sakata, Noguchi, Oizumi
 * 1971; for more processors, as a symmetric queue, Kelly 1979, sec. 3.3). */
static void test_sharing_minds_the_mean_alone(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t processors;
        double load;
        struct service_time service;
    } CASES[] = {
        {"M/M/1-PS, load 0.6", 1, 0.6, {SERVICE_EXPONENTIAL, 1.0, 1.0}},
        {"M/D/1-PS, load 0.6", 1, 0.6, {SERVICE_DETERMINISTIC, 1.0, 0.0}},
        {"M/G/1-PS, hyper-exponential of spread 4, load 0.6", 1, 0.6, {SERVICE_HYPEREXPONENTIAL, 1.0, 4.0}},
        {"M/G/2-PS, log-normal of spread 2, load 1.4", 2, 1.4, {SERVICE_LOG_NORMAL, 1.0, 2.0}},
    };
    bool holds = true;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct model model =
            open_model(CASES[i].name, STATION_SHARED, CASES[i].processors, CASES[i].load, CASES[i].service);
        model.figures[0].name = "mean stay, s";
        model.figures[0].measure = MEASURE_STAY;
        model.figures[0].theory = 1.0 + erlang_wait(CASES[i].processors, CASES[i].load);
        holds = model_holds(&model, tell_row) && holds;
    }
    assert_true(holds);
}

static void test_what_a_full_queue_loses(void **state)
{
    (void)state;
    struct model model = open_model("M/M/1/5, load 0.9", STATION_FCFS, 1, 0.9, EXPONENTIAL);

    model.stations[0].queue_limit = 4; /* Kleinrock vol. I, eq. 3.44 */
    model.figures[0].name = "share lost", model.figures[0].measure = MEASURE_LOST;
    model.figures[0].theory = 0.1 * pow(0.9, 5) / (1.0 - pow(0.9, 6));
    bool holds = model_holds(&model, tell_row);
    /* Erlang's loss formula minds the mean alone too (Sevast'yanov 1957) */
    model = open_model("M/G/4/4, log-normal of spread 2, load 3", STATION_FCFS, 4, 3.0,
                       (struct service_time){SERVICE_LOG_NORMAL, 1.0, 2.0});
    model.stations[0].queue_limit = 0;
    model.figures[0].name = "share lost (Erlang B)", model.figures[0].measure = MEASURE_LOST;
    model.figures[0].theory = erlang_b(4, 3.0);
    assert_true(model_holds(&model, tell_row) && holds);
}

/* The judge himself: services that take 5 % longer than the theory supposes, one
 * server fewer, or a law of another spread must not pass. */
static void test_a_wrong_model_does_not_pass(void **state)
{
    (void)state;
    struct model model = open_model("", STATION_FCFS, 1, 0.6, (struct service_time){SERVICE_EXPONENTIAL, 1.05, 1.0});

    model.figures[0].name = "mean wait", model.figures[0].theory = 1.5;
    assert_false(model_holds(&model, NULL));
    model = open_model("", STATION_FCFS, 3, 2.1, EXPONENTIAL);
    model.figures[0].name = "share that waits", model.figures[0].theory = erlang_c(4, 2.1);
    model.figures[0].measure = MEASURE_WAITS;
    assert_false(model_holds(&model, NULL));
    model = open_model("", STATION_FCFS, 1, 0.6, (struct service_time){SERVICE_GAMMA, 1.0, 0.8});
    model.figures[0].name = "mean wait", model.figures[0].theory = 1.5;
    assert_false(model_holds(&model, NULL));
    model = open_model("", STATION_FCFS, 1, 0.6, (struct service_time){SERVICE_DETERMINISTIC, 1.0, 0.0});
    model.figures[0].name = "mean stay", model.figures[0].measure = MEASURE_STAY; /* sharing's, but it is FCFS */
    model.figures[0].theory = 2.5;
    assert_false(model_holds(&model, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_server),
        cmocka_unit_test(test_several_servers),
        cmocka_unit_test(test_any_service_time),
        cmocka_unit_test(test_sharing_minds_the_mean_alone),
        cmocka_unit_test(test_what_a_full_queue_loses),
        cmocka_unit_test(test_a_wrong_model_does_not_pass),
    };
    return cmocka_run_group_tests_name("validation, open queues", tests, NULL, NULL);
}
