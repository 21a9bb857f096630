#include "sim/test_cluster.h"

#include "sim/cluster_place.h"

/* Capacity is kept, node by node, and what is booked is what is there. */
static void check_books(const struct test_cluster *test)
{
    const struct cluster *cluster = test->cluster;

    for (size_t node = 0; node < cluster->nodes.count; node++) {
        double cpu = 0.0, memory = 0.0;
        for (size_t pod = 0; pod < cluster->pods.count; pod++) {
            if (cluster->pods.node[pod] != node)
                continue;
            cpu += cluster->workloads.cpu_request[cluster->pods.workload[pod]];
            memory += cluster->workloads.memory_request[cluster->pods.workload[pod]];
        }
        assert_true(fabs(cpu - cluster->nodes.cpu_requested[node]) < 1e-6);
        assert_true(fabs(memory - cluster->nodes.memory_requested[node]) < 1.0);
        assert_true(cpu <= cluster->nodes.cpu[node] * (1.0 + 1e-9));
        assert_true(memory <= cluster->nodes.memory[node] * (1.0 + 1e-9));
    }
}

static void test_the_opening_spreads_over_nodes_and_zones(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    /* Node 0 is the first of equals; node 2 is the other zone; node 1 is left. */
    assert_int_equal(test->cluster->pods.node[0], 0);
    assert_int_equal(test->cluster->pods.node[1], 2);
    assert_int_equal(test->cluster->pods.node[2], 1);
    assert_int_equal(test_count(test, POD_READY), 3);
    check_books(test);
    test_cluster_free(test);
}

static void test_the_least_allocated_node_is_taken(void **state)
{
    const double cpu[] = {4, 4, 8}, memory[] = {8, 8, 8}, cpu_requested[] = {2, 1, 2}, memory_requested[] = {2, 2, 2};
    uint8_t closed[] = {0, 0, 0};
    const uint32_t zone[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX}, none[] = {0, 0, 0}, twice[] = {0, 1, 1};
    struct place_nodes nodes = {3, cpu, memory, cpu_requested, memory_requested, closed, zone};
    struct place_pod pod = {1, 1, none, none, UINT32_MAX};

    (void)state;
    assert_int_equal(place_choose(&nodes, &pod), 2); /* (5/8 + 5/8)/2 free beside (1/4 + 5/8)/2, (1/2 + 5/8)/2 */
    pod.avoid = 2;
    assert_int_equal(place_choose(&nodes, &pod), 1);
    closed[1] = 1;
    assert_int_equal(place_choose(&nodes, &pod), 0);
    pod.cpu = 2.5;
    assert_int_equal(place_choose(&nodes, &pod), UINT32_MAX);
    closed[1] = 0;
    pod = (struct place_pod){1, 1, twice, none, UINT32_MAX};
    assert_int_equal(place_choose(&nodes, &pod), 0); /* spread counts for more than room */
}

static void test_many_small_requests_fill_a_node_to_the_last(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].cpu_request = 0.1; /* 40 of it are 4.0 but for rounding */
    test->workloads[0].memory_request = 1.0;
    test->workloads[0].replicas = test->workloads[0].slots = 121;
    test_cluster_open(test);
    assert_int_equal(test_count(test, POD_READY), 120);
    assert_int_equal(test_count(test, POD_PENDING), 1);
    check_books(test);
    test_cluster_free(test);
}

static void test_a_pod_without_room_waits_and_starts_when_there_is(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].cpu_request = 3.0;
    test_cluster_open(test);
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, "workload/shop/web", 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_count(test, POD_PENDING), 1);
    test_run(test, 60.0);
    assert_true(isnan(test_value(test, "pod/shop/web-4:up"))); /* in the making */
    test_run(test, 60.0);
    assert_true(test_value(test, "pod/shop/web-4:up") == 0.0); /* late */
    assert_true(fabs(test_value(test, "workload/shop/web:replicas_ready_ratio") - 0.75) < 1e-12);
    assert_true(fabs(cluster_totals(test->cluster).pending_seconds - 120.0) < 1e-6);
    assert_int_equal(test_act(test, ACTION_SCALE_IN, "workload/shop/web", 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_count(test, POD_PENDING), 0); /* who waits goes first */
    assert_int_equal(test_count(test, POD_READY), 3);
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, "workload/shop/web", 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_DELETE_POD, "pod/shop/web-1", 0.0), ACTION_SUCCEEDED);
    test_run(test, 5.0); /* its place is free: it takes it back or the other does */
    assert_int_equal(test_count(test, POD_PENDING), 1);
    assert_int_equal(test_count(test, POD_STARTING), 1);
    check_books(test);
    test_cluster_free(test);
}

static void test_a_cordoned_node_takes_no_pods_and_an_uncordoned_one_does(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->workloads[0].cpu_request = 3.0;
    test->workloads[0].replicas = 2;
    test_cluster_open(test);
    uint32_t free_node = 3 - test->cluster->pods.node[0] - test->cluster->pods.node[1];
    const char *id = free_node == 0 ? "node/default/n-1" : free_node == 1 ? "node/default/n-2" : "node/default/m";
    assert_int_equal(test_act(test, ACTION_CORDON_NODE, id, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_act(test, ACTION_RESCHEDULE_POD, "pod/shop/web-1", 0.0), ACTION_FAILED); /* no room */
    assert_int_equal(test_act(test, ACTION_SCALE_OUT, "workload/shop/web", 1.0), ACTION_SUCCEEDED);
    assert_int_equal(test_count(test, POD_PENDING), 1);
    assert_int_equal(test_act(test, ACTION_UNCORDON_NODE, id, 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_count(test, POD_STARTING), 1);
    test_cluster_free(test);
}

static void test_a_rescheduled_pod_goes_to_another_node(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    uint32_t node = test->cluster->pods.node[1];
    assert_int_equal(test_act(test, ACTION_RESCHEDULE_POD, "pod/shop/web-2", 0.0), ACTION_SUCCEEDED);
    test_run(test, 25.0);
    assert_int_equal(test_phase(test, 1), POD_READY);
    assert_int_not_equal(test->cluster->pods.node[1], node);
    check_books(test);
    test_cluster_free(test);
}

static void test_a_node_that_is_down_keeps_its_pods_for_five_minutes(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    test_turn(test, "node/default/m:down", 1.0); /* web-2 is there */
    test_run(test, 1.0);
    assert_int_equal(test_phase(test, 1), POD_BACK_OFF);
    assert_true(test_value(test, "node/default/m:up") == 0.0);
    assert_true(isnan(test_value(test, "node/default/m:cpu_utilization_ratio")));
    assert_true(test_value(test, "pod/shop/web-2:up") == 0.0);
    assert_true(test_value(test, "pod/shop/web-2:crash_loop") == 0.0);
    test_run(test, 298.0);
    assert_int_equal(test->cluster->pods.node[1], 2);
    test_run(test, 1.0);
    assert_int_not_equal(test->cluster->pods.node[1], 2);
    assert_int_equal(test_phase(test, 1), POD_STARTING);
    assert_true(cluster_totals(test->cluster).evictions == 1.0);
    test_run(test, 20.0);
    assert_int_equal(test_count(test, POD_READY), 3);
    test_turn(test, "node/default/m:down", 0.0);
    test_run(test, 1.0);
    assert_true(test_value(test, "node/default/m:up") == 1.0);
    assert_true(fabs(cluster_totals(test->cluster).node_seconds - (3.0 * 321.0 - 320.0)) < 1e-6);
    check_books(test);
    test_cluster_free(test);
}

static void test_a_node_that_is_soon_back_starts_its_pods_again(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    test_turn(test, "zone/default/b:down", 1.0);
    test_run(test, 100.0);
    assert_int_equal(test_phase(test, 1), POD_BACK_OFF);
    test_turn(test, "zone/default/b:down", 0.0);
    test_run(test, 20.0);
    assert_int_equal(test_phase(test, 1), POD_READY);
    assert_int_equal(test->cluster->pods.node[1], 2);
    test_run(test, 400.0); /* the toleration of before is void */
    assert_true(cluster_totals(test->cluster).evictions == 0.0);
    test_cluster_free(test);
}

static void test_a_reboot_takes_two_minutes(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "node/default/m", 0.0), ACTION_SUCCEEDED);
    assert_int_equal(test_phase(test, 1), POD_BACK_OFF);
    test_run(test, 119.0);
    assert_true(test_value(test, "node/default/m:up") == 0.0);
    test_run(test, 2.0);
    assert_true(test_value(test, "node/default/m:up") == 1.0);
    assert_int_equal(test_phase(test, 1), POD_STARTING);
    test_turn(test, "node/default/m:down", 1.0);
    test_run(test, 1.0);
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "node/default/m", 0.0), ACTION_SUCCEEDED);
    test_run(test, 200.0);
    assert_true(test_value(test, "node/default/m:up") == 0.0); /* a reboot does not cure what holds it down */
    test_cluster_free(test);
}

static void test_memory_pressure_evicts_who_is_furthest_over_its_request(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->spec.node_count = 1;
    test->nodes[0].count = 1;
    test->spec.zone_count = 1;
    test_cluster_open(test);
    test_run(test, 1.0);
    struct cluster *cluster = test->cluster;
    cluster->pods.memory_used[0] = 1.2 * GIB;
    cluster->pods.memory_used[1] = 1.9 * GIB;
    cluster->pods.memory_used[2] = 0.9 * GIB;
    cluster->nodes.memory_used[0] = 7.95 * GIB;
    cluster->now = cluster->last + 30 * HEAL_SECOND;
    cluster_kubelet_look(cluster);
    assert_int_equal(test_phase(test, 1), POD_PENDING); /* its node takes no pods for five minutes */
    assert_int_equal(test_phase(test, 0), POD_READY);
    assert_int_equal(test_phase(test, 2), POD_READY);
    assert_true(cluster_totals(cluster).evictions == 1.0);
    cluster->nodes.memory_used[0] = 4.0 * GIB;
    test->now = cluster->now;
    test_run(test, 299.0);
    assert_int_equal(test_phase(test, 1), POD_PENDING);
    test_run(test, 22.0);
    assert_int_equal(test_phase(test, 1), POD_READY);
    check_books(test);
    test_cluster_free(test);
}

static void test_disk_pressure_evicts_one_pod_per_housekeeping(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test->spec.node_count = 1;
    test->nodes[0].count = 1;
    test->spec.zone_count = 1;
    test_cluster_open(test);
    test_run(test, 1.0);
    test->cluster->nodes.disk_used[0] = 90.0 * GIB;
    test->cluster->now = test->cluster->last + 20 * HEAL_SECOND;
    cluster_kubelet_look(test->cluster);
    assert_int_equal(test_count(test, POD_READY), 3);
    test->cluster->nodes.disk_used[0] = 90.5 * GIB;
    cluster_kubelet_look(test->cluster);
    assert_int_equal(test_count(test, POD_PENDING), 2);
    test_cluster_free(test);
}

static uint32_t draw(uint64_t *state, uint32_t bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33) % bound;
}

/* Random actions and knobs: never more booked than there is, a slot is in one
 * phase, what runs has a node, and no pod is counted twice. */
static void test_books_hold_under_random_orders(void **state)
{
    static const enum action_kind KINDS[] = {ACTION_RESTART_POD,   ACTION_DELETE_POD,    ACTION_RESCHEDULE_POD,
                                             ACTION_SCALE_OUT,     ACTION_SCALE_IN,      ACTION_ROLL_BACK_REVISION,
                                             ACTION_PATCH_ROLLING, ACTION_DRAIN,         ACTION_UNDRAIN,
                                             ACTION_CORDON_NODE,   ACTION_UNCORDON_NODE, ACTION_ROLL_FORWARD_REVISION};
    static const char *const TARGETS[] = {"pod/shop/web-1",    "pod/shop/web-2",    "pod/shop/web-5",
                                          "workload/shop/web", "workload/shop/api", "node/default/n-1",
                                          "node/default/m"};
    static const char *const KNOBS[] = {"node/default/n-1:down",
                                        "node/default/m:down",
                                        "pod/shop/web-1:down",
                                        "pod/shop/web-2:kill",
                                        "workload/shop/web:deploy",
                                        "zone/default/a:down",
                                        "workload/shop/api:crashes_per_hour",
                                        "workload/shop/web:probe_failures"};
    uint64_t luck = 42;

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct test_cluster *test = test_cluster_new();
        test->workloads[1] = test_workload("workload/shop/api");
        test->workloads[1].min_available = 2;
        test->workloads[1].start = (struct log_normal){15.0, 10.0};
        test->spec.workload_count = 2;
        test_cluster_open(test);
        for (int i = 0; i < 300; i++) {
            if (draw(&luck, 3) == 0)
                test_turn(test, KNOBS[draw(&luck, 8)], draw(&luck, 2));
            test_act(test, KINDS[draw(&luck, 12)], TARGETS[draw(&luck, 7)], 1.0);
            test_steps(test, 1.0 + draw(&luck, 40), 7.0);
            check_books(test);
            struct cluster *cluster = test->cluster;
            for (size_t pod = 0; pod < cluster->pods.count; pod++) {
                bool placed = cluster->pods.phase[pod] != POD_NONE && cluster->pods.phase[pod] != POD_PENDING;
                assert_int_equal(placed, cluster->pods.node[pod] != UINT32_MAX);
                assert_int_equal(life_runs(cluster, pod), cluster->pods.started[pod] != HEAL_TIME_NEVER);
                assert_true(cluster->pods.ready_seconds[pod] >= 0.0);
                assert_true(!life_runs(cluster, pod) || !cluster->nodes.down[cluster->pods.node[pod]]);
            }
            assert_int_equal(life_of(cluster)->pending, test_count(test, POD_PENDING));
            assert_int_equal(life_of(cluster)->running, test_count(test, POD_STARTING) + test_count(test, POD_READY) +
                                                            test_count(test, POD_UNREADY) +
                                                            test_count(test, POD_STOPPING));
        }
        test_cluster_free(test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_opening_spreads_over_nodes_and_zones),
        cmocka_unit_test(test_the_least_allocated_node_is_taken),
        cmocka_unit_test(test_many_small_requests_fill_a_node_to_the_last),
        cmocka_unit_test(test_a_pod_without_room_waits_and_starts_when_there_is),
        cmocka_unit_test(test_a_cordoned_node_takes_no_pods_and_an_uncordoned_one_does),
        cmocka_unit_test(test_a_rescheduled_pod_goes_to_another_node),
        cmocka_unit_test(test_a_node_that_is_down_keeps_its_pods_for_five_minutes),
        cmocka_unit_test(test_a_node_that_is_soon_back_starts_its_pods_again),
        cmocka_unit_test(test_a_reboot_takes_two_minutes),
        cmocka_unit_test(test_memory_pressure_evicts_who_is_furthest_over_its_request),
        cmocka_unit_test(test_disk_pressure_evicts_one_pod_per_housekeeping),
        cmocka_unit_test(test_books_hold_under_random_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
