#include "sim/test_cluster.h"

#define WEB "workload/shop/web"

static struct test_cluster *open_with(uint32_t surge, uint32_t unavailable)
{
    struct test_cluster *test = test_cluster_new();

    test->workloads[0].max_surge = surge;
    test->workloads[0].max_unavailable = unavailable;
    test_cluster_open(test);
    return test;
}

static size_t of_revision(const struct test_cluster *test, uint32_t revision)
{
    size_t count = 0;

    for (size_t i = 0; i < test->cluster->pods.count; i++)
        count += test->cluster->pods.phase[i] != POD_NONE && test->cluster->pods.revision[i] == revision;
    return count;
}

/* Watches a rollout second by second: never more pods than wanted and the surge
 * (beside those that end), never fewer ready than max_unavailable leaves. */
static double roll(struct test_cluster *test, uint32_t surge, uint32_t unavailable)
{
    uint32_t revision = test->cluster->workloads.revision[0];
    double takes = 0.0;

    while (of_revision(test, revision) < 3 || test_count(test, POD_READY) < 3 || test_count(test, POD_NONE) < 3) {
        size_t stay = test_count(test, POD_READY) + test_count(test, POD_STARTING) + test_count(test, POD_PENDING);
        assert_true(stay <= 3 + surge);
        assert_true(test_count(test, POD_READY) + unavailable >= 3);
        test_run(test, 1.0);
        takes += 1.0;
        assert_true(takes < 600.0);
    }
    assert_int_equal(of_revision(test, revision), 3);
    return takes;
}

static void test_a_rollout_keeps_to_surge_and_unavailable(void **state)
{
    static const uint32_t BOUNDS[][2] = {{1, 0}, {0, 1}, {1, 1}, {3, 0}, {0, 3}};
    /* A start takes 20 s and an end 5 s; who ends is replaced at once, in a free slot. */
    static const double TAKES[] = {20 + 20 + 20 + 5, 20 + 20 + 20, 20 + 20, 20 + 5, 20};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct test_cluster *test = open_with(BOUNDS[i][0], BOUNDS[i][1]);
        assert_int_equal(test_act(test, ACTION_PATCH_ROLLING, WEB, 0.0), ACTION_SUCCEEDED);
        double takes = roll(test, BOUNDS[i][0], BOUNDS[i][1]);
        if (fabs(takes - TAKES[i]) > 1.0)
            fail_msg("surge %u, unavailable %u: %g s, expected %g", BOUNDS[i][0], BOUNDS[i][1], takes, TAKES[i]);
        test_cluster_free(test);
    }
}

static void test_a_revision_that_never_gets_ready_stops_half_way(void **state)
{
    struct test_cluster *test = open_with(1, 0);

    (void)state;
    test_turn(test, WEB ":deploy", 1.0);
    test_turn(test, WEB ":down", 1.0);
    test_run(test, 600.0);
    assert_int_equal(test_count(test, POD_READY), 3); /* of the old one, still there */
    assert_int_equal(of_revision(test, 2), 3);
    assert_int_equal(of_revision(test, 3), 1);
    assert_int_equal(test_count(test, POD_BACK_OFF), 1);
    assert_int_equal(test_act(test, ACTION_ROLL_BACK_REVISION, WEB, 0.0), ACTION_SUCCEEDED);
    test_run(test, 30.0);
    assert_int_equal(of_revision(test, 2), 3);
    assert_int_equal(of_revision(test, 3), 0);
    test_cluster_free(test);
}

/* A bad deploy that gets ready and fails then: a restart does not help, a roll back
 * does, and rolled forward again it is as bad as it was. */
static void test_a_bad_revision_is_bad_until_it_is_rolled_back(void **state)
{
    struct test_cluster *test = open_with(1, 0);

    (void)state;
    test_turn(test, WEB ":deploy", 1.0);
    test_turn(test, WEB ":error_ratio", 0.5);
    test_run(test, 1.0);
    assert_true(cluster_pod_knob(test->cluster, 0, KNOB_ERROR_RATIO) == 0.0); /* an old pod */
    roll(test, 1, 0);
    for (size_t i = 0; i < test->cluster->pods.count; i++) {
        if (test->cluster->pods.phase[i] == POD_READY)
            assert_true(cluster_pod_knob(test->cluster, i, KNOB_ERROR_RATIO) == 0.5);
    }
    assert_int_equal(test_act(test, ACTION_RESTART_POD, WEB, 0.0), ACTION_SUCCEEDED);
    roll(test, 1, 0);
    assert_int_equal(test->cluster->workloads.bad_revision[0], test->cluster->workloads.revision[0]);
    assert_int_equal(test_act(test, ACTION_ROLL_BACK_REVISION, WEB, 0.0), ACTION_SUCCEEDED);
    roll(test, 1, 0);
    assert_int_equal(test->cluster->workloads.revision[0], 2);
    for (size_t i = 0; i < test->cluster->pods.count; i++)
        assert_true(cluster_pod_knob(test->cluster, i, KNOB_ERROR_RATIO) == 0.0);
    assert_int_equal(test_act(test, ACTION_ROLL_BACK_REVISION, WEB, 0.0), ACTION_FAILED); /* nothing before it */
    assert_int_equal(test_act(test, ACTION_ROLL_FORWARD_REVISION, WEB, 0.0), ACTION_SUCCEEDED);
    roll(test, 1, 0);
    assert_int_equal(test->cluster->workloads.bad_revision[0], test->cluster->workloads.revision[0]);
    assert_int_equal(test_act(test, ACTION_ROLL_FORWARD_REVISION, WEB, 0.0), ACTION_FAILED);
    test_turn(test, WEB ":deploy", 0.0);
    test_run(test, 1.0);
    assert_int_equal(test->cluster->workloads.bad_revision[0], 0);
    test_cluster_free(test);
}

static void test_replicas_go_up_to_the_slots_and_down_to_one(void **state)
{
    struct test_cluster *test = open_with(1, 0);

    (void)state;
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, WEB, 3.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, WEB, 1.0), ACTION_FAILED);
    test_run(test, 30.0);
    assert_int_equal(test_count(test, POD_READY), 6);
    assert_int_equal(test_act(test, ACTION_SCALE_IN, WEB, 5.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_SCALE_IN, WEB, 1.0), ACTION_FAILED);
    test_run(test, 10.0);
    assert_int_equal(test_count(test, POD_READY), 1);
    assert_int_equal(test_phase(test, 0), POD_READY); /* the newest go first */
    test_cluster_free(test);
}

static void test_who_is_not_ready_goes_first(void **state)
{
    struct test_cluster *test = open_with(1, 0);

    (void)state;
    test_turn(test, "pod/shop/web-1:down", 1.0);
    test_run(test, 60.0);
    assert_int_equal(test_phase(test, 0), POD_BACK_OFF);
    assert_int_equal(test_act(test, ACTION_SCALE_IN, WEB, 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_phase(test, 0), POD_NONE);
    assert_int_equal(test_count(test, POD_READY), 2);
    test_cluster_free(test);
}

/* A budget of two: of two pods on the node one may go, and the drain waits with the
 * other until the first is ready elsewhere. */
static void test_a_drain_waits_for_the_budget(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->spec.zone_count = 1;
    test->nodes[0].count = 2;
    test->spec.node_count = 1;
    test->workloads[0].min_available = 2;
    test_cluster_open(test);
    uint32_t node = test->cluster->pods.node[0];
    assert_int_equal(test->cluster->pods.node[2], node);
    assert_int_equal(test_act(test, ACTION_DRAIN, "node/default/n-1", 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_count(test, POD_STOPPING), 1);
    for (int second = 0; second < 60; second++) {
        test_run(test, 1.0);
        assert_true(test_count(test, POD_READY) >= 2);
    }
    assert_int_equal(test_count(test, POD_READY), 3);
    assert_true(cluster_totals(test->cluster).evictions == 2.0);
    assert_true(test->cluster->nodes.cpu_requested[node] == 0.0);
    assert_true(test->cluster->nodes.cordoned[node]);
    assert_int_equal(test_act(test, ACTION_UNDRAIN, "node/default/n-1", 0.0), ACTION_SUCCEEDED);
    assert_false(test->cluster->nodes.cordoned[node]);
    test_cluster_free(test);
}

static void test_a_budget_that_is_used_up_refuses_the_drain(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].min_available = 3;
    test_cluster_open(test);
    assert_int_equal(test_act(test, ACTION_DRAIN, "node/default/m", 0.0), ACTION_FAILED);
    assert_false(test->cluster->nodes.cordoned[2]); /* nothing changed */
    assert_int_equal(test_count(test, POD_READY), 3);
    assert_int_equal(test_act(test, ACTION_DRAIN, "pod/shop/web-1", 0.0), ACTION_SUCCEEDED); /* of traffic */
    assert_true(test->cluster->pods.delay_factor[0] == 0.0);
    assert_int_equal(test_act(test, ACTION_UNDRAIN, "pod/shop/web-1", 0.0), ACTION_SUCCEEDED);
    assert_true(test->cluster->pods.delay_factor[0] == 1.0);
    assert_int_equal(test_act(test, ACTION_DRAIN, WEB, 0.0), ACTION_UNSUPPORTED);
    test_cluster_free(test);
}

/* What a node that is down had is elsewhere at once, not after five minutes. */
static void test_a_drain_evacuates_a_dead_node(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].min_available = 2;
    test_cluster_open(test);
    test_turn(test, "node/default/m:down", 1.0);
    test_run(test, 10.0);
    assert_int_equal(test_act(test, ACTION_DRAIN, "node/default/m", 0.0), ACTION_SUCCEEDED);
    test_run(test, 20.0);
    assert_int_equal(test_count(test, POD_READY), 3);
    test_cluster_free(test);
}

static void test_settings_go_and_come_back(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    struct cluster_workloads *workloads = &test->cluster->workloads;
    assert_int_equal(test_act(test, ACTION_TUNE_WORKLOAD, WEB, 0.0), ACTION_SUCCEEDED);
    assert_true(workloads->work_factor[0] < 1.0);
    assert_int_equal(test_act(test, ACTION_RESTORE_WORKLOAD_SETTINGS, WEB, 0.0), ACTION_SUCCEEDED);
    assert_true(workloads->work_factor[0] == 1.0);
    assert_int_equal(test_act(test, ACTION_RAISE_CPU_LIMIT, "pod/shop/web-2", 0.5), ACTION_SUCCEEDED);
    assert_true(fabs(workloads->cpu_limit[0] - 3.0) < 1e-12);
    assert_int_equal(test_act(test, ACTION_LOWER_CPU_LIMIT, "pod/shop/web-2", 0.5), ACTION_SUCCEEDED);
    assert_true(fabs(workloads->cpu_limit[0] - 2.0) < 1e-12);
    assert_int_equal(test_act(test, ACTION_RAISE_CPU_LIMIT, "pod/shop/web-2", 1.5), ACTION_FAILED);
    assert_int_equal(test_act(test, ACTION_ISOLATE, WEB, 0.0), ACTION_SUCCEEDED);
    assert_true(workloads->quarantined[0]);
    assert_int_equal(test_act(test, ACTION_RELEASE, WEB, 0.0), ACTION_SUCCEEDED);
    assert_false(workloads->quarantined[0]);
    assert_int_equal(test_act(test, ACTION_PATCH_STAGING, WEB, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(workloads->revision[0], 2);
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, "zone/default/a", 1.0), ACTION_UNSUPPORTED);
    test_cluster_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rollout_keeps_to_surge_and_unavailable),
        cmocka_unit_test(test_a_revision_that_never_gets_ready_stops_half_way),
        cmocka_unit_test(test_a_bad_revision_is_bad_until_it_is_rolled_back),
        cmocka_unit_test(test_replicas_go_up_to_the_slots_and_down_to_one),
        cmocka_unit_test(test_who_is_not_ready_goes_first),
        cmocka_unit_test(test_a_drain_waits_for_the_budget),
        cmocka_unit_test(test_a_budget_that_is_used_up_refuses_the_drain),
        cmocka_unit_test(test_a_drain_evacuates_a_dead_node),
        cmocka_unit_test(test_settings_go_and_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
