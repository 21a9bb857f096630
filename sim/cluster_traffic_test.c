/* cluster_traffic_test.c - known answers of requests, calls and shares of cores. */
#include "sim/test_traffic.h"

#include "sim/queueing.h"

/* Web alone, nobody called, steady Poisson requests. */
static struct test_traffic *web_alone(double level)
{
    struct test_traffic *test = test_traffic_new();

    test->workloads[WEB_INDEX].service.call_count = 0;
    test->spec.workload_count = 1;
    test->spec.volume_count = test->spec.database_count = 0;
    test->loads[0].level = level;
    return test;
}

static double mean_latency(struct test_traffic *test, const char *id, int steps)
{
    double sum = 0.0;

    for (int i = 0; i < steps; i++) {
        test_step(test, 30.0);
        sum += test_feel(test, id).latency;
    }
    return sum / steps;
}

/* 50 per second and pod at 100 per second: M/M/1-PS, mean 20 ms, cv^2 (2 + u) / (2 - u). */
static void test_a_pod_is_a_shared_server(void **state)
{
    struct test_traffic *test = web_alone(200.0);
    double wanted = gamma_quantile(0.02, 0.0004 * 2.5 / 1.5, NORMAL_99);

    (void)state;
    test_traffic_open(test);
    test_near(mean_latency(test, WEB, 200) / wanted, 1.0, 0.03);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 0.0);
    test_near(test->cluster->pods.cpu_used[0], 0.5, 0.15);
    test_traffic_free(test);
}

/* Of a chain the callers wait for the callees. */
static void test_latency_adds_up_along_calls(void **state)
{
    struct test_traffic *test = test_traffic_new();

    (void)state;
    test_traffic_open(test);
    test_run(test, 300.0);
    double web = test_feel(test, WEB).latency, api = test_feel(test, API).latency, db = test_feel(test, DB).latency;
    assert_true(web > api && api > db);
    assert_true(test_feel(test, WEB_API).latency < web);
    test_near(test->cluster->workloads.rate[API_INDEX], test->cluster->workloads.rate[WEB_INDEX], 1e-9);
    test_near(test->cluster->databases.rate[0], 2.0 * test->cluster->workloads.rate[API_INDEX], 1e-6);
    test_traffic_free(test);
}

static void test_more_load_never_lowers_latency(void **state)
{
    double before = 0.0, before_alone = 0.0;

    (void)state;
    for (double level = 40.0; level < 390.0; level += 35.0) {
        struct test_traffic *test = test_traffic_new(), *alone = web_alone(level);
        test->loads[0].level = level;
        test_traffic_open(test);
        test_traffic_open(alone);
        double now = mean_latency(test, WEB, 40), now_alone = mean_latency(alone, WEB, 40);
        if (now < before * 0.995 || now_alone < before_alone * 0.995)
            fail_msg("at %g: %g after %g, alone %g after %g", level, now, before, now_alone, before_alone);
        before = now;
        before_alone = now_alone;
        test_traffic_free(test);
        test_traffic_free(alone);
    }
}

static void test_more_pods_never_raise_latency(void **state)
{
    double before = INFINITY;

    (void)state;
    for (uint32_t pods = 2; pods <= 8; pods++) {
        struct test_traffic *test = web_alone(180.0);
        test->workloads[WEB_INDEX].replicas = pods;
        test_traffic_open(test);
        double now = mean_latency(test, WEB, 40);
        assert_true(now <= before * 1.005);
        before = now;
        test_traffic_free(test);
    }
}

static void test_nobody_ready_fails_everybody(void **state)
{
    struct test_traffic *test = web_alone(200.0);

    (void)state;
    test_traffic_open(test);
    test_run(test, 60.0);
    test_turn(test, WEB ":down", 1.0);
    for (int i = 1; i <= 4; i++) {
        char knob[64];
        snprintf(knob, sizeof knob, "pod/shop/web-%d:kill", i);
        test_turn(test, knob, 1.0);
    }
    test_run(test, 120.0);
    struct cluster_totals before = cluster_totals(test->cluster);
    test_run(test, 60.0);
    struct cluster_totals after = cluster_totals(test->cluster);
    test_near(after.served, before.served, 1e-9);
    test_near(after.failed - before.failed, after.offered - before.offered, 1e-6);
    test_near(test_feel(test, WEB).error_ratio, 1.0, 0.0);
    assert_true(isnan(test_feel(test, WEB).latency));
    test_traffic_free(test);
}

/* Who waits in a process that is killed has failed. */
static void test_a_queue_goes_with_its_process(void **state)
{
    struct test_traffic *test = web_alone(800.0);

    (void)state;
    test_traffic_open(test);
    test_run(test, 120.0);
    struct cluster_totals before = cluster_totals(test->cluster);
    test_near(before.waiting, 400.0, 1.0);
    test_turn(test, WEB ":load_factor", 0.0);
    for (int i = 1; i <= 4; i++) {
        char knob[64];
        snprintf(knob, sizeof knob, "pod/shop/web-%d:kill", i);
        test_turn(test, knob, 1.0);
    }
    test_step(test, 1.0);
    struct cluster_totals after = cluster_totals(test->cluster);
    test_near(after.waiting, 0.0, 0.0);
    test_near(after.failed - before.failed, before.waiting, 1e-6);
    test_near(after.served, before.served, 1e-6);
    test_traffic_free(test);
}

/* --- retries ------------------------------------------------------------------ */

/* A long queue, impatient users: the wait of a full one is 10 s, they wait 2 s. */
static struct test_traffic *impatient(uint32_t retries)
{
    struct test_traffic *test = web_alone(200.0);

    test->workloads[WEB_INDEX].service.queue = 1000;
    test->workloads[WEB_INDEX].memory_per_request = 0.0;
    test->loads[0].timeout = 2.0;
    test->loads[0].retries = retries;
    test_traffic_open(test);
    test_run(test, 300.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-6);
    test_turn(test, WEB ":load_factor", 3.0);
    test_run(test, 300.0);
    assert_true(test_feel(test, WEB).error_ratio > 0.5);
    test_turn(test, WEB ":load_factor", 1.0);
    return test;
}

/* 200 per second asked three times each are more than the 400 that can be served: the
 * collapse outlives its trigger, until users stay away. */
static void test_a_retry_storm_lasts_until_the_load_goes(void **state)
{
    struct test_traffic *test = impatient(2);

    (void)state;
    assert_true(retry_storm_lasts(200.0, 400.0, 2));
    test_run(test, 3600.0);
    assert_true(test_feel(test, WEB).error_ratio > 0.9);
    assert_true(test->cluster->workloads.rate[WEB_INDEX] > 550.0);
    test_turn(test, WEB ":load_factor", 0.3);
    test_run(test, 300.0);
    test_turn(test, WEB ":load_factor", 1.0);
    test_run(test, 300.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-6);
    test_traffic_free(test);
}

static void test_without_retries_the_collapse_ends_with_its_trigger(void **state)
{
    struct test_traffic *test = impatient(0);

    (void)state;
    assert_false(retry_storm_lasts(200.0, 400.0, 0));
    test_run(test, 300.0);
    test_near(test_feel(test, WEB).error_ratio, 0.0, 1e-6);
    test_traffic_free(test);
}

/* Callees that fail one call in two: retried twice, one in eight requests fails, for
 * 1.75 tries each. */
static void test_retries_hide_errors_and_cost_tries(void **state)
{
    struct test_traffic *test = test_traffic_new();

    (void)state;
    test->web_calls[0].retries = 2;
    test->loads[0].level = 100.0;
    test_traffic_open(test);
    test_turn(test, API ":error_ratio", 0.5);
    test_run(test, 300.0);
    test_near(test_feel(test, WEB).error_ratio, 0.125, 1e-6);
    test_near(test->cluster->workloads.rate[API_INDEX] / test->cluster->workloads.rate[WEB_INDEX], 1.75, 1e-6);
    test_traffic_free(test);
}

/* --- cores -------------------------------------------------------------------- */

/* A node with a core too few: who burns gets no more than the share of his requests. */
static void test_neighbours_share_a_short_node_by_their_requests(void **state)
{
    struct test_traffic *test = web_alone(200.0);

    (void)state;
    test->nodes[0].count = 1;
    test->nodes[0].cpu = 2.0;
    test->spec.node_count = 1;
    test_traffic_open(test);
    test_run(test, 60.0);
    double quiet = test_feel(test, "pod/shop/web-1").latency;
    test_turn(test, "pod/shop/web-4:cpu_cores", 1.0);
    test_run(test, 120.0);
    /* half a core each; web-4 has what is left of its own */
    assert_true(test->cluster->pods.cpu_used[3] >= 0.5 - 1e-9);
    assert_true(test->cluster->nodes.cpu_used[0] <= 2.0);
    assert_true(test_feel(test, "pod/shop/web-1").latency > quiet);
    test_traffic_free(test);
}

static void test_a_burner_in_the_pod_leaves_less_for_requests(void **state)
{
    struct test_traffic *test = web_alone(160.0);

    (void)state;
    test_traffic_open(test);
    test_run(test, 60.0);
    double quiet = test_feel(test, "pod/shop/web-1").latency, other = test_feel(test, "pod/shop/web-2").latency;
    test_turn(test, "pod/shop/web-1:cpu_cores", 0.5);
    test_run(test, 120.0);
    assert_true(test_feel(test, "pod/shop/web-1").latency > 2.0 * quiet);
    assert_true(test->cluster->pods.cpu_used[0] > 0.8);
    assert_true(test_feel(test, "pod/shop/web-2").latency < 1.6 * other);
    /* more of the processor for it: as good as before */
    assert_int_equal(test_act(test, ACTION_RAISE_CPU_LIMIT, "pod/shop/web-1", 0.5), ACTION_SUCCEEDED);
    test_run(test, 120.0);
    assert_true(test_feel(test, "pod/shop/web-1").latency < 1.3 * quiet);
    test_traffic_free(test);
}

static void test_memory_is_base_and_requests_and_leak(void **state)
{
    struct test_traffic *test = web_alone(200.0);

    (void)state;
    test_traffic_open(test);
    test_run(test, 60.0);
    /* about one request in the pod at 50 % (u / (1 - u)) */
    test_near(test->cluster->pods.memory_used[0] / MIB, 201.0, 0.6);
    test_turn(test, WEB ":leak_bytes_per_hour", 100.0 * MIB);
    test_run(test, 3600.0);
    test_near(test->cluster->pods.memory_used[0] / MIB, 301.0, 1.0);
    test_turn(test, WEB ":leak_bytes_per_hour", 0.0);
    test_run(test, 600.0);
    test_near(test->cluster->pods.memory_used[0] / MIB, 301.0, 1.0);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "pod/shop/web-1", 0.0), ACTION_SUCCEEDED);
    test_run(test, 120.0);
    test_near(test->cluster->pods.memory_used[0] / MIB, 201.0, 1.0);
    test_turn(test, "pod/shop/web-1:memory_bytes", 50.0 * MIB);
    test_run(test, 30.0);
    test_near(test->cluster->pods.memory_used[0] / MIB, 251.0, 1.0);
    test_traffic_free(test);
}

/* --- loads -------------------------------------------------------------------- */

static double rate_over(struct test_traffic *test, double seconds)
{
    double before = cluster_totals(test->cluster).offered;

    test_run(test, seconds);
    return (cluster_totals(test->cluster).offered - before) / seconds;
}

/* Thursday at midnight: level + daily * cos(-14 h); Saturday at noon by the weekend's factor. */
static void test_loads_follow_day_and_week(void **state)
{
    struct test_traffic *test = web_alone(200.0);

    (void)state;
    test->loads[0].daily = 100.0;
    test->loads[0].weekend = 0.5;
    test_traffic_open(test);
    test_near(rate_over(test, 3600.0), 200.0 + 100.0 * cos(6.283185 * (0.5 - 14.0) / 24.0), 1.0);
    test_run(test, 13.0 * 3600.0);
    test_near(rate_over(test, 3600.0), 300.0, 2.0);
    test_run(test, (24.0 - 15.0 + 24.0 + 13.5) * 3600.0);
    test_near(rate_over(test, 3600.0), 150.0, 1.5);
    test_traffic_free(test);
}

/* Counts of a cell are Poisson's: variance over mean 1, within 5 sd of the estimate. */
static void test_counts_are_poisson(void **state)
{
    struct test_traffic *test = web_alone(20.0);
    double sum = 0.0, squares = 0.0, before = 0.0;
    int cells = 4000;

    (void)state;
    test_traffic_open(test);
    for (int i = 0; i < cells; i++) {
        test_step(test, 30.0);
        double offered = cluster_totals(test->cluster).offered, count = offered - before;
        before = offered;
        sum += count;
        squares += count * count;
    }
    double mean = sum / cells, variance = squares / cells - mean * mean;
    test_near(mean, 600.0, 5.0 * sqrt(600.0 / cells));
    test_near(variance / mean, 1.0, 5.0 * sqrt(2.0 / cells));
    test_traffic_free(test);
}

static void test_noise_has_its_size_and_its_memory(void **state)
{
    struct test_traffic *test = web_alone(300.0);
    double values[4000], before = 0.0, mean = 0.0, variance = 0.0, product = 0.0;
    int cells = 4000;

    (void)state;
    test->loads[0].noise = 0.1;
    test->loads[0].correlation = 0.8;
    test_traffic_open(test);
    for (int i = 0; i < cells; i++) {
        test_step(test, 30.0);
        double offered = cluster_totals(test->cluster).offered;
        values[i] = (offered - before) / 9000.0 - 1.0;
        before = offered;
        mean += values[i] / cells;
    }
    for (int i = 1; i < cells; i++) {
        variance += (values[i] - mean) * (values[i] - mean) / cells;
        product += (values[i] - mean) * (values[i - 1] - mean) / cells;
    }
    test_near(sqrt(variance), 0.1, 0.012);
    test_near(product / variance, 0.8, 0.04);
    test_traffic_free(test);
}

static void test_samples_are_taken_frame_by_frame(void **state)
{
    static const double SAMPLES[] = {100.0, 0.0, NAN, 200.0};
    struct test_traffic *test = web_alone(0.0);

    (void)state;
    test->loads[0].samples = SAMPLES;
    test->loads[0].sample_count = 4;
    test->spec.interval = 60 * HEAL_SECOND;
    test_traffic_open(test);
    test_near(rate_over(test, 60.0), 100.0, 8.0);
    test_near(rate_over(test, 60.0), 0.0, 0.0);
    test_near(rate_over(test, 60.0), 0.0, 0.0);
    test_near(rate_over(test, 60.0), 200.0, 12.0);
    test_near(rate_over(test, 600.0), 200.0, 4.0); /* the last one stays */
    test_traffic_free(test);
}

/* Two samples of 45 s each under cells of 60 s: the cell between has its share of both. */
static void test_a_recorded_rate_is_met_cell_by_cell(void **state)
{
    static const heal_time TIMES[] = {0, 45 * HEAL_SECOND};
    static const double VALUES[] = {100.0, 220.0};
    struct rate_samples samples = {TIMES, VALUES, 2, 90 * HEAL_SECOND, 1.0, 1.0, true};
    struct test_traffic *test = web_alone(0.0);
    struct arena *arena = arena_create();
    const char *fault;
    size_t at;

    (void)state;
    test->loads[0].recorded.curve = rate_curve_make(&samples, arena, &fault, &at);
    assert_non_null(test->loads[0].recorded.curve);
    test->spec.interval = 60 * HEAL_SECOND;
    test_traffic_open(test);
    test_near(rate_over(test, 60.0), 130.0, 8.0);
    test_near(rate_over(test, 60.0), 160.0, 8.0);
    test_near(rate_over(test, 60.0), 190.0, 9.0);
    test_near(rate_over(test, 1800.0), 160.0, 2.0);
    test_traffic_free(test);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pod_is_a_shared_server),
        cmocka_unit_test(test_latency_adds_up_along_calls),
        cmocka_unit_test(test_more_load_never_lowers_latency),
        cmocka_unit_test(test_more_pods_never_raise_latency),
        cmocka_unit_test(test_nobody_ready_fails_everybody),
        cmocka_unit_test(test_a_queue_goes_with_its_process),
        cmocka_unit_test(test_a_retry_storm_lasts_until_the_load_goes),
        cmocka_unit_test(test_without_retries_the_collapse_ends_with_its_trigger),
        cmocka_unit_test(test_retries_hide_errors_and_cost_tries),
        cmocka_unit_test(test_neighbours_share_a_short_node_by_their_requests),
        cmocka_unit_test(test_a_burner_in_the_pod_leaves_less_for_requests),
        cmocka_unit_test(test_memory_is_base_and_requests_and_leak),
        cmocka_unit_test(test_loads_follow_day_and_week),
        cmocka_unit_test(test_counts_are_poisson),
        cmocka_unit_test(test_noise_has_its_size_and_its_memory),
        cmocka_unit_test(test_samples_are_taken_frame_by_frame),
        cmocka_unit_test(test_a_recorded_rate_is_met_cell_by_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
