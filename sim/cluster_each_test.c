/* cluster_each_test.c - a service whose requests are simulated one by one, beside theory
 * and beside the same service worked out in batches. */
#include "sim/test_scenario.h"
#include "sim/test_traffic.h"

#include "sim/queueing.h"

/* The shop with web (and api) simulated request by request. */
static struct test_traffic *shop_of(bool web, bool api)
{
    struct test_traffic *test = test_traffic_new();

    test->workloads[WEB_INDEX].service.each = web;
    test->workloads[API_INDEX].service.each = api;
    return test;
}

/* Web alone with one pod of `cores`, `slots` requests at work, no limit to who waits. */
static struct test_traffic *one_pod(double cores, uint32_t slots, double cv, double rate)
{
    struct test_traffic *test = shop_of(true, false);
    struct workload_spec *web = &test->workloads[WEB_INDEX];

    test->spec.workload_count = 1;
    test->spec.database_count = 0;
    test->spec.volume_count = 0;
    web->replicas = web->slots = 1;
    web->cpu_limit = cores;
    web->service.call_count = 0;
    web->service.concurrency = slots;
    web->service.queue = 1000000;
    web->service.work_cv = cv;
    test->loads[0].level = rate;
    test->loads[0].timeout = 1000.0;
    return test;
}

struct seen {
    double latency, stay, use, errors, rate;
};

/* Means over `steps` steps; the stay over all requests. */
static struct seen look(struct test_traffic *test, int steps)
{
    const struct traffic *traffic = traffic_of(test->cluster);
    struct seen seen = {0};
    double stays = 0.0, served = 0.0;

    test_run(test, 120.0);
    for (int i = 0; i < steps; i++) {
        test_step(test, 30.0);
        const struct target *web = &traffic->targets[WEB_INDEX];
        stays += web->stay;
        served += web->served;
        seen.latency += test_feel(test, WEB).latency / steps;
        seen.errors += web->error_ratio / steps;
        seen.rate += test->cluster->workloads.rate[WEB_INDEX] / steps;
        for (uint32_t pod = 0; pod < test->cluster->workloads.slots[WEB_INDEX]; pod++)
            seen.use += test->cluster->pods.cpu_used[pod] / steps;
    }
    seen.stay = stays / served;
    return seen;
}

/* --- known answers -------------------------------------------------------------- */

/* Within `within` of theory: mean stay; use; 99th percentile where it is known. Some 300,000 requests. */
static void holds(struct test_traffic *test, double stay, double use, double p99, double within)
{
    test_traffic_open(test);
    struct seen seen = look(test, test->loads[0].level > 100.0 ? 60 : 120);
    test_near(seen.stay, stay, within * stay);
    test_near(seen.use, use, 0.02 * use);
    if (p99 > 0.0)
        test_near(seen.latency, p99, 0.06 * p99);
    test_traffic_free(test);
}

/* P(W > t) + service, of M/M/c: the mean of both; the percentile of M/M/1 is exponential. */
static void test_it_is_a_queue_with_c_servers(void **state)
{
    (void)state;
    holds(one_pod(1.0, 1, 1.0, 70.0), 0.01 / 0.3, 0.7, 0.01 / 0.3 * log(100.0), 0.05);
    holds(one_pod(3.0, 3, 1.0, 210.0), 0.01 + mmc_wait_mean(3, 2.1, 0.01), 2.1, 0.0, 0.05);
    holds(one_pod(4.0, 4, 0.0, 320.0), 0.01 + mgc_wait_mean(4, 3.2, 0.01, 0.0), 3.2, 0.0, 0.05);
    holds(one_pod(1.0, 1, 2.0, 60.0), 0.01 + mgc_wait_mean(1, 0.6, 0.01, 2.0), 0.6, 0.0,
          0.08); /* Pollaczek-Khinchine */
}

static void test_it_is_a_shared_processor(void **state)
{
    (void)state;
    for (double cv = 0.0; cv <= 2.0; cv += 1.0) /* the mean minds the mean of the work alone */
        holds(one_pod(1.0, 10000, cv, 70.0), ps_stay_mean(1, 0.7, 0.01), 0.7, 0.0, 0.06);
    holds(one_pod(2.0, 10000, 1.0, 140.0), ps_stay_mean(2, 1.4, 0.01), 1.4, 0.0, 0.05);
    holds(one_pod(0.5, 10000, 1.0, 30.0), ps_stay_mean(1, 0.6, 0.02), 0.3, 0.0, 0.06); /* half a core: half as fast */
}

/* Web as a scenario writes it, on a node that is large enough. */
static double stay_of_scenario(const char *cpu, const char *service, double rate)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct test_traffic *test = test_traffic_new();
    char text[1024];

    snprintf(text, sizeof text,
             "name: q\nduration: 1h\ncluster:\n  nodes: [{id: node/default/n, cpu: 16, memory: 64Gi}]\n"
             "  workloads: [{id: workload/shop/web, cpu: {limit: %s}, memory: {limit: 512Mi},\n"
             "               service: {work: 10ms, requests: each, queue: 100000, %s}}]\n"
             "  load: [{to: workload/shop/web, level: %g, timeout: 1h}]\n",
             cpu, service, rate);
    struct scenario *scenario = test_scenario(catalogue, text, &errors);
    test_no_message(&errors);
    test->spec = *scenario->cluster;
    test_traffic_open(test);
    double stay = look(test, 60).stay;
    test_traffic_free(test);
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
    return stay;
}

static void test_a_scenario_says_so(void **state)
{
    double queue = 0.01 + mmc_wait_mean(3, 2.1, 0.01), shared = ps_stay_mean(2, 1.4, 0.01);

    (void)state;
    test_near(stay_of_scenario("3", "concurrency: 3", 210.0), queue, 0.05 * queue);
    test_near(stay_of_scenario("2", "concurrency: 10000, cv: 0.5", 140.0), shared, 0.05 * shared);
}

/* M/M/1/K: who finds 1 + 4 there is refused. */
static void test_a_full_queue_refuses(void **state)
{
    struct test_traffic *test = one_pod(1.0, 1, 1.0, 90.0);
    double lost = (1.0 - 0.9) * pow(0.9, 5.0) / (1.0 - pow(0.9, 6.0));

    (void)state;
    test->workloads[WEB_INDEX].service.queue = 4;
    test_traffic_open(test);
    test_near(look(test, 100).errors, lost, 0.05 * lost);
    test_traffic_free(test);
}

/* --- beside the batches ------------------------------------------------------------ */

static void same(const char *what, double each, double batch, double within)
{
    if (fabs(each - batch) > within * batch)
        fail_msg("%s: %.6g one by one, %.6g in batches", what, each, batch);
}

/* Four pods that call a database over pools, at utilisations of 0.3, 0.6, 0.8 and 0.9. */
static void test_both_agree(void **state)
{
    static const double LOAD[] = {120.0, 240.0, 320.0, 360.0};

    (void)state;
    for (size_t i = 0; i < sizeof LOAD / sizeof *LOAD; i++) {
        struct seen seen[2];
        for (int each = 0; each < 2; each++) {
            struct test_traffic *test = shop_of(each, each);
            test->web_calls[0].pool = 20;
            test->api_calls[0].pool = 10;
            test->loads[0].level = LOAD[i];
            test_traffic_open(test);
            seen[each] = look(test, 50);
            test_traffic_free(test);
        }
        bool busy = LOAD[i] > 350.0; /* a full queue lives long beside a step */
        same("rate", seen[1].rate, seen[0].rate, 0.01);
        same("cores", seen[1].use, seen[0].use, 0.01);
        same("mean stay", seen[1].stay, seen[0].stay, busy ? 0.10 : 0.05);
        same("99th percentile", seen[1].latency, seen[0].latency, busy ? 0.15 : 0.08);
    }
}

/* An overload that no retry makes worse: as many are served, as many fail. */
static void test_both_agree_in_an_overload(void **state)
{
    struct cluster_totals totals[2];

    (void)state;
    for (int each = 0; each < 2; each++) {
        struct test_traffic *test = shop_of(each, false);
        test->loads[0].level = 500.0;
        test->loads[0].timeout = 1000.0;
        test->workloads[API_INDEX].service.work = 0.005;
        test_traffic_open(test);
        test_run(test, 600.0);
        totals[each] = cluster_totals(test->cluster);
        test_traffic_free(test);
    }
    same("served", totals[1].served, totals[0].served, 0.02);
    same("failed", totals[1].failed, totals[0].failed, 0.06);
}

/* --- what must hold ----------------------------------------------------------------- */

/* Every step checks offered = served + failed + waiting, to the request. */
static void test_nothing_is_lost_whatever_is_done(void **state)
{
    struct test_traffic *test = shop_of(true, true);

    (void)state;
    test->loads[0].retries = 2;
    test->web_calls[0].retries = 1;
    test->web_calls[0].pool = 8;
    test_traffic_open(test);
    test_run(test, 300.0);
    test_turn(test, "pod/shop/web-1:kill", 1.0);
    test_turn(test, "pod/shop/api-2:error_ratio", 0.5);
    test_step(test, 11.0);
    test_turn(test, "workload/shop/api:work_factor", 5.0);
    test_run(test, 120.0);
    test_turn(test, "node/default/n-1:down", 1.0);
    test_run(test, 300.0);
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, API, 2.0), ACTION_SUCCEEDED);
    test_turn(test, "node/default/n-1:down", 0.0);
    test_turn(test, "workload/shop/web:down", 1.0);
    test_run(test, 120.0);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 1e-9);
    test_turn(test, "workload/shop/web:down", 0.0);
    test_turn(test, "workload/shop/api:work_factor", 1.0);
    test_run(test, 900.0);
    for (int i = 0; i < 2; i++)
        assert_true(request_pods_consistent(traffic_of(test->cluster)->each[i]));
    assert_true(test_feel(test, API).error_ratio < 0.2);
    test_traffic_free(test);
}

/* Users who give up and ask again keep a full queue full after what filled it is over;
 * who asks once lets it drain. */
static void test_a_retry_storm_outlives_its_cause(void **state)
{
    (void)state;
    for (uint32_t retries = 0; retries <= 3; retries += 3) {
        struct test_traffic *test = one_pod(1.0, 1, 1.0, 60.0);
        test->workloads[WEB_INDEX].service.queue = 300;
        test->loads[0].timeout = 1.0;
        test->loads[0].retries = retries;
        test_traffic_open(test);
        test_run(test, 300.0);
        assert_true(test_feel(test, WEB).error_ratio < 0.05);
        test_turn(test, WEB ":load_factor", 4.0);
        test_run(test, 120.0);
        test_turn(test, WEB ":load_factor", 1.0);
        test_run(test, 600.0);
        double errors = test_feel(test, WEB).error_ratio;
        if (retries > 0 ? errors < 0.9 : errors > 0.05)
            fail_msg("%u retries: %.3f of answers are errors", retries, errors);
        test_traffic_free(test);
    }
}

/* Calls that take 20 ms on the way, one at a time, however many cores there are. */
static void test_a_small_pool_is_the_bottleneck(void **state)
{
    struct test_traffic *test = shop_of(true, false);

    (void)state;
    test->spec.workload_count = 1;
    test->workloads[WEB_INDEX].replicas = test->workloads[WEB_INDEX].slots = 1;
    test->workloads[WEB_INDEX].cpu_limit = 8.0;
    test->web_calls[0] = (struct call_spec){DB, 1.0, 1, 100.0, 0, 1};
    test->databases[0].query = 0.001;
    test->databases[0].cache_hit = 1.0;
    test->loads[0].level = 80.0;
    test->loads[0].timeout = 1000.0;
    test_traffic_open(test);
    test_turn(test, "link/shop/web-db:delay_seconds", 0.01);
    test_run(test, 600.0);
    struct cluster_totals before = cluster_totals(test->cluster);
    test_run(test, 600.0);
    struct cluster_totals after = cluster_totals(test->cluster);
    double trip = 0.001 + 2.0 * (0.01 + 0.0002);
    test_near((after.served - before.served) / 600.0, 1.0 / trip, 0.05 / trip);
    test_traffic_free(test);
}

/* The same seed, the same requests; steps cut otherwise do not change how many come. */
static void test_it_is_deterministic_and_minds_no_cut(void **state)
{
    struct cluster_totals totals[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct test_traffic *test = shop_of(true, true);
        test_traffic_open(test);
        for (int step = 0; step < 40; step++) {
            if (i == 2) {
                test->now += 7 * HEAL_SECOND;
                assert_true(cluster_step(test->cluster, test->now, NULL));
            }
            test_step(test, i == 2 ? 23.0 : 30.0);
        }
        totals[i] = cluster_totals(test->cluster);
        test_traffic_free(test);
    }
    assert_memory_equal(&totals[0], &totals[1], sizeof totals[0]);
    test_near(totals[2].offered, totals[0].offered, 5.0 * sqrt(totals[0].offered));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_a_queue_with_c_servers),
        cmocka_unit_test(test_it_is_a_shared_processor),
        cmocka_unit_test(test_a_scenario_says_so),
        cmocka_unit_test(test_a_full_queue_refuses),
        cmocka_unit_test(test_both_agree),
        cmocka_unit_test(test_both_agree_in_an_overload),
        cmocka_unit_test(test_nothing_is_lost_whatever_is_done),
        cmocka_unit_test(test_a_retry_storm_outlives_its_cause),
        cmocka_unit_test(test_a_small_pool_is_the_bottleneck),
        cmocka_unit_test(test_it_is_deterministic_and_minds_no_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
