#include "sim/test_cluster.h"

static void add_parts(struct test_cluster *test)
{
    static struct call_spec calls[] = {{"workload/shop/api", 1.0, 0, 1.0, 1, 5},
                                       {"database/shop/db", 1.0, 4, 1.0, 0, 6}};
    static struct database_spec database = {.id = "database/shop/db",
                                            .cores = 2,
                                            .query = 0.01,
                                            .scan_factor = 10,
                                            .cache_hit = 0.9,
                                            .miss_factor = 10,
                                            .connections = 10,
                                            .indexed = true,
                                            .slo_latency = 1.0,
                                            .volume = "volume/shop/data"};
    static struct volume_spec volume = {"volume/shop/data", 10 * GIB, GIB, 0.1, 0.1, 0.0, 7};
    static struct certificate_spec certificate = {"certificate/shop/tls", 60, 90, 30, "workload/shop/web", 8};
    static struct image_spec image = {"image/shop/web", "workload/shop/web", 9};
    static struct config_spec config = {"config/shop/web", "workload/shop/web", 10};

    test->workloads[0].service.calls = calls;
    test->workloads[0].service.call_count = 2;
    test->workloads[0].volume = "volume/shop/data";
    test->workloads[1] = test_workload("workload/shop/api");
    test->spec.workload_count = 2;
    test->spec.databases = &database;
    test->spec.volumes = &volume;
    test->spec.certificates = &certificate;
    test->spec.images = &image;
    test->spec.configs = &config;
    test->spec.database_count = test->spec.volume_count = test->spec.certificate_count = 1;
    test->spec.image_count = test->spec.config_count = 1;
}

static uint32_t find(const struct test_cluster *test, const char *id)
{
    uint32_t resource = inventory_find_resource(test->inventory, id, strlen(id));

    if (resource == RESOURCE_NONE)
        fail_msg("no %s", id);
    return resource;
}

static void related(const struct test_cluster *test, const char *source, enum relation relation, const char *target)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(test->inventory, &count);
    struct inventory_edge wanted = {find(test, source), find(test, target), relation};

    for (size_t i = 0; i < count; i++) {
        if (edges[i].source == wanted.source && edges[i].target == wanted.target && edges[i].relation == relation)
            return;
    }
    fail_msg("%s is not related to %s", source, target);
}

static void test_knobs_have_names(void **state)
{
    enum cluster_knob knob;

    (void)state;
    for (int i = 0; i < CLUSTER_KNOB_COUNT; i++) {
        assert_true(cluster_knob_parse(cluster_knob_name((enum cluster_knob)i), &knob));
        assert_int_equal(knob, i);
        bool held = false;
        for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++)
            held = held || cluster_has_knob((enum cluster_kind)kind, (enum cluster_knob)i);
        assert_true(held);
    }
    assert_false(cluster_knob_parse("tea", &knob));
    assert_true(cluster_knob_neutral(KNOB_WORK_FACTOR) == 1.0 && cluster_knob_neutral(KNOB_DOWN) == 0.0);
}

static void test_the_inventory_has_what_the_header_lists(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    add_parts(test);
    test_cluster_open(test);
    related(test, "node/default/n-2", RELATION_RUNS_ON, "zone/default/a");
    related(test, "pod/shop/web-1", RELATION_RUNS_ON, "node/default/n-1");
    related(test, "pod/shop/web-6", RELATION_OWNED_BY, "workload/shop/web");
    related(test, "pod/shop/web-1", RELATION_MOUNTS, "volume/shop/data");
    related(test, "database/shop/db", RELATION_MOUNTS, "volume/shop/data");
    related(test, "workload/shop/web", RELATION_CALLS, "database/shop/db");
    related(test, "link/shop/web-api", RELATION_CALLS, "workload/shop/api");
    related(test, "workload/shop/web", RELATION_MOUNTS, "certificate/shop/tls");
    related(test, "workload/shop/web", RELATION_MOUNTS, "image/shop/web");
    related(test, "workload/shop/web", RELATION_MOUNTS, "config/shop/web");
    assert_int_equal(inventory_target(test->inventory, find(test, "pod/shop/web-6"), RELATION_RUNS_ON), RESOURCE_NONE);
    test_run(test, 1.0);
    static const char *const SERIES[] = {"node/default/m:disk_used_ratio",
                                         "workload/shop/api:request_latency_seconds",
                                         "pod/shop/api-3:oom_killed",
                                         "link/shop/web-db:client_latency_seconds",
                                         "database/shop/db:connections_used_ratio",
                                         "volume/shop/data:disk_used_ratio",
                                         "certificate/shop/tls:certificate_days_left",
                                         "image/shop/web:vulnerabilities",
                                         "config/shop/web:config_drift"};
    for (size_t i = 0; i < sizeof SERIES / sizeof *SERIES; i++)
        test_value(test, SERIES[i]);
    assert_int_equal(inventory_find_series(test->knobs, "pod/shop/web-1:io_delay_seconds", 31), SERIES_NONE);
    test_cluster_free(test);
}

/* Behind a trace's series, with its own numbering, it finds its own. */
static void test_it_lives_beside_other_resources(void **state)
{
    struct test_cluster *test = test_cluster_new();
    struct error_list errors = {0};
    enum cluster_kind kind;
    size_t index;

    (void)state;
    test->inventory = inventory_create();
    test->knobs = inventory_create();
    assert_int_equal(inventory_add_series(test->inventory, "pod/x/y:up", 10), 0);
    assert_true(cluster_describe(&test->spec, test->inventory, test->knobs, &errors));
    inventory_freeze(test->inventory);
    inventory_freeze(test->knobs);
    test->cluster = cluster_create(&test->spec, test->inventory, test->knobs, TEST_START, 1, 0);
    test->values = calloc(inventory_series_count(test->inventory), sizeof *test->values);
    test->now = TEST_START;
    test->values[0] = 42.0;
    test_run(test, 30.0);
    assert_true(test->values[0] == 42.0);
    assert_true(test_value(test, "pod/shop/web-2:up") == 1.0);
    assert_true(cluster_find(test->cluster, find(test, "pod/shop/web-2"), &kind, &index));
    assert_true(kind == CLUSTER_POD && index == 1);
    assert_false(cluster_find(test->cluster, find(test, "pod/x/y"), &kind, &index));
    assert_int_equal(test_act(test, ACTION_RESTART_POD, "pod/x/y", 0.0), ACTION_UNSUPPORTED);
    assert_true(isnan(cluster_feel(test->cluster, find(test, "pod/x/y")).latency));
    test_cluster_free(test);
}

static void test_what_is_there_already_is_noted(void **state)
{
    struct test_cluster *test = test_cluster_new();
    struct error_list errors = {0};
    char said[256];

    (void)state;
    test->inventory = inventory_create();
    test->knobs = inventory_create();
    test->workloads[0].line = 12;
    inventory_add_resource(test->inventory, "pod/shop/web-2", 14);
    assert_false(cluster_describe(&test->spec, test->inventory, test->knobs, &errors));
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(error_format(&errors, 0, said, sizeof said), "pod/shop/web-2"));
    assert_int_equal(errors.items[0].line, 12);
    error_list_clear(&errors);
    test_cluster_free(test);
}

static void test_knobs_of_workload_node_and_zone_meet_the_pod(void **state)
{
    struct test_cluster *test = test_cluster_new();

    (void)state;
    test_cluster_open(test);
    assert_true(cluster_pod_knob(test->cluster, 0, KNOB_WORK_FACTOR) == 1.0);
    test_turn(test, "pod/shop/web-1:work_factor", 2.0);
    test_turn(test, "workload/shop/web:work_factor", 3.0);
    test_turn(test, "pod/shop/web-1:delay_seconds", 0.1);
    test_turn(test, "node/default/n-1:delay_seconds", 0.2);
    test_turn(test, "zone/default/a:delay_seconds", 0.4);
    test_turn(test, "workload/shop/web:delay_seconds", 0.8);
    test_run(test, 1.0);
    assert_true(cluster_pod_knob(test->cluster, 0, KNOB_WORK_FACTOR) == 6.0);
    assert_true(cluster_pod_knob(test->cluster, 1, KNOB_WORK_FACTOR) == 3.0);
    assert_true(fabs(cluster_pod_knob(test->cluster, 0, KNOB_DELAY_SECONDS) - 1.5) < 1e-12);
    assert_true(fabs(cluster_pod_knob(test->cluster, 1, KNOB_DELAY_SECONDS) - 0.8) < 1e-12);
    uint32_t series = inventory_find_series(test->knobs, "workload/shop/web:work_factor", 29);
    cluster_knob_reset(test->cluster, series);
    assert_true(cluster_knob_values(test->cluster)[series] == 1.0);
    test_cluster_free(test);
}

/* What a run of an hour with crashes looks like, as one number per pod. */
static void watch(struct test_cluster *test, double sums[3])
{
    memset(sums, 0, 3 * sizeof *sums);
    test_turn(test, "workload/shop/web:crashes_per_hour", 10.0);
    test_turn(test, "workload/shop/web:probe_failures", 0.4);
    for (int i = 0; i < 600; i++) {
        test_steps(test, 6.0, 6.0);
        for (size_t pod = 0; pod < 3; pod++)
            sums[pod] += test->cluster->pods.ready_seconds[pod] * (i + 1);
    }
}

static void test_the_same_seed_gives_the_same_run(void **state)
{
    double first[3], again[3];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct test_cluster *test = test_cluster_new();
        test->workloads[0].start = (struct log_normal){20.0, 10.0};
        test_cluster_open(test);
        watch(test, i == 0 ? first : again);
        test_cluster_free(test);
    }
    assert_memory_equal(first, again, sizeof first);
    assert_true(first[0] != first[1]);
}

static void test_one_more_pod_changes_no_other_pods_draws(void **state)
{
    double alone[3], beside[3];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct test_cluster *test = test_cluster_new();
        test->workloads[i] = test->workloads[0];
        if (i == 1) { /* another workload before it, and a fourth replica */
            test->workloads[0] = test_workload("workload/shop/api");
            test->workloads[1].replicas = 4;
            test->workloads[1].slots = 7;
            test->spec.workload_count = 2;
        }
        test->workloads[i].start = (struct log_normal){20.0, 10.0};
        test_cluster_open(test);
        size_t first = test->cluster->workloads.first[i];
        test_turn(test, "workload/shop/web:crashes_per_hour", 10.0);
        double *sums = i == 0 ? alone : beside;
        memset(sums, 0, sizeof alone);
        for (int step = 0; step < 600; step++) {
            test_steps(test, 6.0, 6.0);
            for (size_t pod = 0; pod < 3; pod++)
                sums[pod] += test->cluster->pods.ready_seconds[first + pod] * (step + 1);
        }
        test_cluster_free(test);
    }
    assert_memory_equal(alone, beside, sizeof alone);
}

/* engine/action.h: a ratio of the size, or bytes more. */
static void test_a_volume_grows_by_a_ratio_or_by_bytes(void **state)
{
    struct test_cluster *test = test_cluster_new();
    struct action action = {
        .id = 1, .kind = ACTION_EXPAND_VOLUME, .amount = 5 * GIB, .unit = AMOUNT_BYTES, .timeout = HEAL_MINUTE};

    (void)state;
    add_parts(test);
    test_cluster_open(test);
    const double *size = test->cluster->volumes.size;
    assert_true(size[0] == 10 * GIB);
    assert_int_equal(test_act(test, ACTION_EXPAND_VOLUME, "volume/shop/data", 0.5), ACTION_SUCCEEDED);
    assert_true(size[0] == 15 * GIB);
    action.target = find(test, "volume/shop/data");
    assert_int_equal(cluster_act(test->cluster, test->now, &action), ACTION_SUCCEEDED);
    assert_true(size[0] == 20 * GIB);
    test_cluster_free(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_knobs_have_names),
        cmocka_unit_test(test_the_inventory_has_what_the_header_lists),
        cmocka_unit_test(test_it_lives_beside_other_resources),
        cmocka_unit_test(test_what_is_there_already_is_noted),
        cmocka_unit_test(test_knobs_of_workload_node_and_zone_meet_the_pod),
        cmocka_unit_test(test_the_same_seed_gives_the_same_run),
        cmocka_unit_test(test_one_more_pod_changes_no_other_pods_draws),
        cmocka_unit_test(test_a_volume_grows_by_a_ratio_or_by_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
