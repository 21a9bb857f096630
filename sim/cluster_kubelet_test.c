#include "sim/test_cluster.h"

#define POD_1 "pod/shop/web-1"

static void open_small(struct test_cluster **test)
{
    *test = test_cluster_new();
    test_cluster_open(*test);
}

/* pod-failure: the container can't start while the knob stands. The waits between
 * attempts are those of kubernetes.io: none, 10, 20, 40, 80, 160, 300, 300 s. */
static void test_back_off_doubles_from_10_to_300_seconds(void **state)
{
    static const double WAITS[] = {10, 20, 40, 80, 160, 300, 300, 300};
    struct test_cluster *test;
    double at = 0.0;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":down", 1.0);
    test_steps(test, 0.5, 0.5);
    for (size_t i = 0; i < sizeof WAITS / sizeof *WAITS; i++) {
        assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
        double restarts = cluster_totals(test->cluster).restarts;
        at += WAITS[i];
        test_run(test, at - 0.5 - test_seconds(test));
        assert_true(cluster_totals(test->cluster).restarts == restarts);
        test_run(test, 1.0);
        assert_true(cluster_totals(test->cluster).restarts == restarts + 1.0);
    }
    test_turn(test, POD_1 ":down", 0.0);
    test_run(test, 300.0 + 20.0);
    assert_int_equal(test_phase(test, 0), POD_READY);
    test_cluster_free(test);
}

static void kill_once(struct test_cluster *test)
{
    test_turn(test, POD_1 ":kill", 1.0);
    test_run(test, 1.0);
    test_turn(test, POD_1 ":kill", 0.0);
    test_run(test, 1.0);
}

static void test_a_first_kill_restarts_at_once_and_a_second_waits(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    kill_once(test);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    assert_true(cluster_totals(test->cluster).kills == 1.0);
    test_run(test, 17.9);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    test_run(test, 0.2);
    assert_int_equal(test_phase(test, 0), POD_READY);
    kill_once(test);
    assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
    assert_true(test_value(test, POD_1 ":crash_loop") == 1.0);
    assert_true(test_value(test, POD_1 ":up") == 0.0);
    test_run(test, 10.0 + 20.0);
    assert_true(test_value(test, POD_1 ":crash_loop") == 0.0);
    assert_true(test_value(test, POD_1 ":up") == 1.0);
    test_cluster_free(test);
}

static void test_a_kill_that_stands_kills_once(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":kill", 1.0);
    test_run(test, 100.0);
    assert_true(cluster_totals(test->cluster).kills == 1.0);
    assert_int_equal(test_phase(test, 0), POD_READY);
    test_cluster_free(test);
}

/* Ten minutes of running forget the back-off; less do not. */
static void test_ten_minutes_of_running_reset_the_back_off(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    kill_once(test);
    test_run(test, 590.0);
    kill_once(test); /* it ran for 592 s */
    assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
    test_run(test, 10.0 + 601.0);
    kill_once(test);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    test_cluster_free(test);
}

static void test_over_the_limit_is_an_oom_kill(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_run(test, 1.0);
    test->cluster->pods.memory_used[0] = 2.0 * GIB;
    cluster_kubelet_look(test->cluster);
    assert_int_equal(test_phase(test, 0), POD_READY); /* at the limit is within it */
    test->cluster->pods.memory_used[0] = 2.0 * GIB + 1.0;
    cluster_kubelet_look(test->cluster);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    assert_true(cluster_totals(test->cluster).oom_kills == 1.0);
    test_run(test, 30.0);
    assert_true(test_value(test, POD_1 ":oom_killed") == 1.0);
    assert_true(fabs(test_value(test, POD_1 ":restarts_per_hour") - exp(-30.0 / 3600.0)) < 1e-9);
    test_run(test, 300.0);
    assert_true(test_value(test, POD_1 ":oom_killed") == 0.0);
    test_cluster_free(test);
}

static void test_a_raised_limit_spares_the_pod(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    assert_int_equal(test_act(test, ACTION_RAISE_MEMORY_LIMIT, POD_1, 0.5), ACTION_SUCCEEDED);
    test->cluster->pods.memory_used[0] = 2.9 * GIB;
    cluster_kubelet_look(test->cluster);
    assert_int_equal(test_phase(test, 0), POD_READY);
    assert_int_equal(test_act(test, ACTION_RAISE_MEMORY_LIMIT, POD_1, 2.0), ACTION_FAILED); /* 9 GiB: no such node */
    assert_int_equal(test_act(test, ACTION_LOWER_MEMORY_LIMIT, POD_1, 0.5), ACTION_SUCCEEDED);
    assert_true(fabs(test->cluster->workloads.memory_limit[0] - 2.0 * GIB) < 1.0);
    assert_int_equal(test_act(test, ACTION_LOWER_MEMORY_LIMIT, POD_1, 1.5), ACTION_FAILED); /* below the request */
    test_cluster_free(test);
}

/* All probes fail: three in a row, at whole periods of the process's age, and the
 * first that succeeds afterwards makes it ready. */
static void test_probes_that_fail_in_a_row_make_it_unready(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_run(test, 1.0);
    test_turn(test, POD_1 ":probe_failures", 1.0);
    test_run(test, 28.5); /* probes at 10 and 20 s */
    assert_int_equal(test_phase(test, 0), POD_READY);
    test_run(test, 1.0);
    assert_int_equal(test_phase(test, 0), POD_UNREADY);
    assert_true(test_value(test, POD_1 ":up") == 0.0);
    assert_true(fabs(test_value(test, "workload/shop/web:replicas_ready_ratio") - 2.0 / 3.0) < 1e-12);
    test_turn(test, POD_1 ":probe_failures", 0.0);
    test_run(test, 9.0);
    assert_int_equal(test_phase(test, 0), POD_UNREADY);
    test_run(test, 1.0);
    assert_int_equal(test_phase(test, 0), POD_READY);
    test_cluster_free(test);
}

/* Readiness after 2 failures, liveness after 4: not ready at 20 s of age, started again at
 * 40 s, at once; then it starts for 20 s, fails again from its new age on, and backs off. */
static void test_a_liveness_probe_starts_the_container_again(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].probe_failures = 2;
    test->workloads[0].liveness_failures = 4;
    test_cluster_open(test);
    test_turn(test, POD_1 ":probe_failures", 1.0);
    heal_time began = test->cluster->pods.started[0];
    double age = heal_duration_seconds(test->now - began), next = 10.0 - fmod(age, 10.0);
    test_run(test, next + 10.5);
    assert_int_equal(test_phase(test, 0), POD_UNREADY);
    test_run(test, 19.0);
    assert_true(test->cluster->pods.started[0] == began);
    test_run(test, 1.0);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    assert_true(cluster_totals(test->cluster).restarts == 1.0);
    test_run(test, 20.0); /* its start */
    assert_int_equal(test_phase(test, 0), POD_READY);
    test_run(test, 40.0); /* four more probes */
    assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
    test_turn(test, POD_1 ":probe_failures", 0.0);
    test_run(test, 60.0);
    assert_int_equal(test_phase(test, 0), POD_READY);
    assert_true(cluster_totals(test->cluster).restarts == 2.0);
    test_cluster_free(test);
}

static void test_rarely_failing_probes_leave_it_ready_mostly(void **state)
{
    struct test_cluster *test;
    size_t unready = 0;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":probe_failures", 0.3);
    for (int i = 0; i < 5000; i++) {
        test_steps(test, 10.0, 10.0);
        unready += test_phase(test, 0) == POD_UNREADY;
    }
    /* Unready after a probe: it and the two before failed, 0.3^3. */
    assert_true(unready > 5000 * 0.015 && unready < 5000 * 0.042);
    test_cluster_free(test);
}

/* Exponential lives: counted over many hours, the rate is the knob's. A life that
 * begins with a start of 20 s and back-offs is not lived through, so the rate is
 * taken over the time in which it ran. */
static void test_crashes_come_at_the_rate_of_the_knob(void **state)
{
    struct test_cluster *test;
    double runs = 0.0;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":crashes_per_hour", 4.0);
    for (int i = 0; i < 6000; i++) {
        test_steps(test, 60.0, 60.0);
        runs += life_runs(test->cluster, 0) ? 60.0 : 0.0;
    }
    double expected = 4.0 * runs / 3600.0, seen = cluster_totals(test->cluster).restarts;
    assert_true(fabs(seen - expected) < 4.0 * sqrt(expected));
    test_cluster_free(test);
}

/* A ramp turns its knob at every step: nothing of that stays in the queue. */
static void test_turned_knobs_leave_nothing_in_the_queue(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    for (int i = 0; i < 3000; i++) {
        test_turn(test, POD_1 ":crashes_per_hour", 0.001 * (1.0 + 1e-3 * i));
        test_turn(test, "pod/shop/web-2:probe_failures", 1e-4 * i);
        test_turn(test, "pod/shop/web-3:down", i % 2);
        test_steps(test, 30.0, 30.0);
    }
    assert_true(event_queue_size(test->cluster->queue) <= 4 * 3);
    test_cluster_free(test);
}

static void restarts_of(double step, double *restarts, heal_time *started)
{
    struct test_cluster *test;

    open_small(&test);
    test_turn(test, POD_1 ":crashes_per_hour", 6.0);
    test_turn(test, "pod/shop/web-2:probe_failures", 0.6);
    test_steps(test, 7200.0, step);
    test_turn(test, POD_1 ":crashes_per_hour", 60.0);
    test_steps(test, 3600.0, step);
    *restarts = cluster_totals(test->cluster).restarts;
    started[0] = test->cluster->pods.started[0];
    started[1] = test->cluster->pods.phase_since[1];
    started[2] = (heal_time)(test->cluster->pods.restarts[0] * 1e9);
    started[3] = (heal_time)(cluster_totals(test->cluster).pod_seconds * 1e3);
    test_cluster_free(test);
}

static void test_instants_do_not_depend_on_the_step(void **state)
{
    static const double STEPS[] = {1.0, 7.0, 30.0, 900.0};
    double first, other;
    heal_time a[4], b[4];

    (void)state;
    restarts_of(STEPS[0], &first, a);
    assert_true(first > 10.0);
    for (size_t i = 1; i < sizeof STEPS / sizeof *STEPS; i++) {
        restarts_of(STEPS[i], &other, b);
        assert_true(first == other);
        assert_int_equal(a[0], b[0]);
        assert_int_equal(a[1], b[1]);
        assert_true(llabs(a[2] - b[2]) < 1000);
        assert_true(llabs(a[3] - b[3]) <= 1);
    }
}

static void test_ready_seconds_are_those_in_the_step(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_steps(test, 30.0, 30.0);
    assert_true(fabs(test->cluster->pods.ready_seconds[0] - 30.0) < 1e-9);
    test_turn(test, POD_1 ":kill", 1.0);
    test_steps(test, 30.0, 30.0); /* killed at its begin, ready after 20 s */
    assert_true(fabs(test->cluster->pods.ready_seconds[0] - 10.0) < 1e-9);
    test->now += 12 * HEAL_SECOND;
    assert_int_equal(test_act(test, ACTION_RESTART_POD, POD_1, 0.0), ACTION_SUCCEEDED);
    test_steps(test, 18.0, 18.0);
    assert_true(fabs(test->cluster->pods.ready_seconds[0] - 12.0) < 1e-9);
    test_cluster_free(test);
}

static void test_a_restart_gives_a_new_pod_on_its_node(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    uint32_t node = test->cluster->pods.node[0];
    kill_once(test);
    kill_once(test);
    assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, POD_1, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_phase(test, 0), POD_STARTING);
    assert_int_equal(test->cluster->pods.node[0], node);
    assert_true(test->cluster->pods.back_off[0] == 0.0 && test->cluster->pods.restarts[0] == 0.0);
    test_run(test, 1.0);
    assert_true(isnan(test_value(test, POD_1 ":up"))); /* in the making, and not late yet */
    test_run(test, 20.0);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, POD_1, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_phase(test, 0), POD_STOPPING);
    test_run(test, 5.0 + 20.0);
    assert_int_equal(test_phase(test, 0), POD_READY);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "pod/shop/web-6", 0.0), ACTION_FAILED); /* no such pod now */
    test_cluster_free(test);
}

static void test_limits_in_bytes_and_back_to_what_was(void **state)
{
    struct test_cluster *test;
    struct action raise = {.id = 1, .kind = ACTION_RAISE_MEMORY_LIMIT, .unit = AMOUNT_BYTES, .timeout = HEAL_MINUTE};

    (void)state;
    open_small(&test);
    raise.amount = 1e9;
    raise.before = NAN;
    raise.target = inventory_find_resource(test->inventory, POD_1, strlen(POD_1));
    assert_int_equal(cluster_act(test->cluster, test->now, &raise), ACTION_SUCCEEDED);
    assert_true(test->cluster->workloads.memory_limit[0] == 2.0 * GIB + 1e9);
    test_run(test, 1.0);
    assert_true(test_value(test, "workload/shop/web:memory_limit_bytes") == 2.0 * GIB + 1e9);
    struct action lower = raise;
    lower.kind = ACTION_LOWER_MEMORY_LIMIT;
    lower.before = 2.0 * GIB;
    assert_int_equal(cluster_act(test->cluster, test->now, &lower), ACTION_SUCCEEDED);
    assert_true(test->cluster->workloads.memory_limit[0] == 2.0 * GIB);
    lower.amount = 3.0 * GIB;
    assert_int_equal(cluster_act(test->cluster, test->now, &lower), ACTION_FAILED); /* nothing would be left */
    raise = (struct action){.id = 2,
                            .kind = ACTION_RAISE_CPU_LIMIT,
                            .amount = 0.1,
                            .before = NAN,
                            .target = raise.target,
                            .timeout = HEAL_MINUTE};
    assert_int_equal(cluster_act(test->cluster, test->now, &raise), ACTION_SUCCEEDED);
    raise.kind = ACTION_LOWER_CPU_LIMIT;
    raise.before = 2.0;
    assert_int_equal(cluster_act(test->cluster, test->now, &raise), ACTION_SUCCEEDED);
    assert_true(test->cluster->workloads.cpu_limit[0] == 2.0);
    test_cluster_free(test);
}

/* From when the knob is turned on, at its rate; gone with the process. */
static void test_a_leak_begins_with_its_knob_and_ends_with_the_process(void **state)
{
    struct test_cluster *test;
    double base = 0.25 * GIB;

    (void)state;
    open_small(&test);
    test_steps(test, 1800.0, 30.0);
    test_turn(test, "workload/shop/web:leak_bytes_per_hour", 1.0 * GIB);
    test_steps(test, 900.0, 30.0);
    assert_true(fabs(test->cluster->pods.memory_used[1] - base - 0.25 * GIB) < 1.0);
    test_turn(test, "workload/shop/web:leak_bytes_per_hour", 0.0);
    test_steps(test, 900.0, 30.0); /* what leaked stays */
    assert_true(fabs(test->cluster->pods.memory_used[1] - base - 0.25 * GIB) < 1.0);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "pod/shop/web-2", 0.0), ACTION_SUCCEEDED);
    test_steps(test, 60.0, 30.0);
    assert_true(fabs(test->cluster->pods.memory_used[1] - base) < 1.0);
    assert_true(fabs(test->cluster->pods.memory_used[0] - base - 0.25 * GIB) < 1.0);
    test_cluster_free(test);
}

/* 1 GiB an hour over a limit of 2 GiB with a base of a quarter: killed after 1.75 h,
 * and again when it has leaked as much. */
static void test_a_leak_ends_in_oom_kills(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":leak_bytes_per_hour", 1.0 * GIB);
    test_steps(test, 1.74 * 3600.0, 30.0);
    assert_true(cluster_totals(test->cluster).oom_kills == 0.0);
    test_steps(test, 0.03 * 3600.0, 30.0);
    assert_true(cluster_totals(test->cluster).oom_kills == 1.0);
    test_steps(test, 1.77 * 3600.0, 30.0);
    assert_true(cluster_totals(test->cluster).oom_kills == 2.0);
    test_cluster_free(test);
}

static void test_memory_of_the_workload_meets_its_pods(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_turn(test, "workload/shop/web:memory_bytes", 0.5 * GIB);
    test_turn(test, "node/default/n-1:memory_bytes", 2.0 * GIB);
    test_steps(test, 30.0, 30.0);
    assert_true(fabs(test->cluster->pods.memory_used[0] - 0.75 * GIB) < 1.0); /* the node's is not its own */
    assert_true(fabs(test->cluster->nodes.memory_used[0] - 2.75 * GIB) < 1.0);
    test_cluster_free(test);
}

static void test_cleared_caches_end_the_leak_so_far(void **state)
{
    struct test_cluster *test;

    (void)state;
    open_small(&test);
    test_turn(test, POD_1 ":leak_bytes_per_hour", 1.0 * GIB);
    test_run(test, 60.0);
    assert_true(test->cluster->pods.leaked[0] > 0.0);
    assert_int_equal(test_act(test, ACTION_CLEAR_CACHES, POD_1, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test->cluster->pods.leak_since[0], test->now);
    assert_true(test->cluster->pods.started[0] < test->now);
    assert_true(test->cluster->pods.leaked[0] == 0.0);
    assert_int_equal(test_act(test, ACTION_CLEAR_CACHES, "pod/shop/web-6", 0.0), ACTION_FAILED);
    test_cluster_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_back_off_doubles_from_10_to_300_seconds),
        cmocka_unit_test(test_a_first_kill_restarts_at_once_and_a_second_waits),
        cmocka_unit_test(test_a_kill_that_stands_kills_once),
        cmocka_unit_test(test_ten_minutes_of_running_reset_the_back_off),
        cmocka_unit_test(test_over_the_limit_is_an_oom_kill),
        cmocka_unit_test(test_a_raised_limit_spares_the_pod),
        cmocka_unit_test(test_probes_that_fail_in_a_row_make_it_unready),
        cmocka_unit_test(test_a_liveness_probe_starts_the_container_again),
        cmocka_unit_test(test_rarely_failing_probes_leave_it_ready_mostly),
        cmocka_unit_test(test_crashes_come_at_the_rate_of_the_knob),
        cmocka_unit_test(test_turned_knobs_leave_nothing_in_the_queue),
        cmocka_unit_test(test_instants_do_not_depend_on_the_step),
        cmocka_unit_test(test_ready_seconds_are_those_in_the_step),
        cmocka_unit_test(test_a_restart_gives_a_new_pod_on_its_node),
        cmocka_unit_test(test_limits_in_bytes_and_back_to_what_was),
        cmocka_unit_test(test_a_leak_begins_with_its_knob_and_ends_with_the_process),
        cmocka_unit_test(test_a_leak_ends_in_oom_kills),
        cmocka_unit_test(test_memory_of_the_workload_meets_its_pods),
        cmocka_unit_test(test_cleared_caches_end_the_leak_so_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
