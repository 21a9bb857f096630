/* test_cluster.h - a small cluster built of structs, for tests of its control plane.
 *
 * Three nodes of 4 cores and 8 GiB in two zones, a workload "web" of three pods of
 * 1 core and 1 GiB that serves nobody, starts in exactly 20 s, and has three slots to
 * spare. A test changes the spec and opens it. Functions are static inline so that
 * each test program takes what it needs.
 */
#ifndef SELFHEAL_SIM_TEST_CLUSTER_H
#define SELFHEAL_SIM_TEST_CLUSTER_H

#include "sim/cluster_life.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GIB (1024.0 * 1024 * 1024)
#define TEST_START (INT64_C(1767225600) * HEAL_SECOND) /* 2026-01-01T00:00:00Z, Thursday */
#define TEST_SEED 7

struct test_cluster {
    struct zone_spec zones[2];
    struct node_spec nodes[2];
    struct workload_spec workloads[2];
    struct cluster_spec spec;
    struct inventory *inventory, *knobs;
    struct cluster *cluster;
    double *values;
    heal_time now;
};

static inline struct workload_spec test_workload(const char *id)
{
    return (struct workload_spec){.id = id,
                                  .replicas = 3,
                                  .slots = 6,
                                  .cpu_request = 1.0,
                                  .cpu_limit = 2.0,
                                  .memory_request = GIB,
                                  .memory_limit = 2.0 * GIB,
                                  .memory_base = 0.25 * GIB,
                                  .start = {20.0, 0.0},
                                  .probe_period = 10.0,
                                  .probe_failures = 3,
                                  .max_surge = 1,
                                  .service = {.work = 0.0, .work_cv = 1.0, .concurrency = 1}};
}

static inline struct test_cluster *test_cluster_new(void)
{
    struct test_cluster *test = calloc(1, sizeof *test);

    assert_non_null(test);
    test->zones[0].id = "zone/default/a";
    test->zones[1].id = "zone/default/b";
    test->nodes[0] = (struct node_spec){"node/default/n", 2, 0, 4.0, 8.0 * GIB, 100.0 * GIB, 1};
    test->nodes[1] = (struct node_spec){"node/default/m", 1, 1, 4.0, 8.0 * GIB, 100.0 * GIB, 1};
    test->workloads[0] = test_workload("workload/shop/web");
    test->spec = (struct cluster_spec){.zones = test->zones,
                                       .zone_count = 2,
                                       .nodes = test->nodes,
                                       .node_count = 2,
                                       .workloads = test->workloads,
                                       .workload_count = 1};
    return test;
}

static inline void test_cluster_open(struct test_cluster *test)
{
    struct error_list errors = {0};

    test->inventory = inventory_create();
    test->knobs = inventory_create();
    assert_true(cluster_describe(&test->spec, test->inventory, test->knobs, &errors));
    assert_int_equal(errors.count, 0);
    assert_true(inventory_freeze(test->inventory) && inventory_freeze(test->knobs));
    test->cluster = cluster_create(&test->spec, test->inventory, test->knobs, TEST_START, TEST_SEED, 0);
    assert_non_null(test->cluster);
    test->values = calloc(inventory_series_count(test->inventory) + 1, sizeof *test->values);
    test->now = TEST_START;
}

static inline void test_cluster_free(struct test_cluster *test)
{
    cluster_destroy(test->cluster);
    inventory_destroy(test->inventory);
    inventory_destroy(test->knobs);
    free(test->values);
    free(test);
}

/* On by `seconds`, in steps of `step` seconds. */
static inline void test_steps(struct test_cluster *test, double seconds, double step)
{
    heal_time end = test->now + (heal_duration)(seconds * 1e9);

    while (test->now < end) {
        heal_time next = test->now + (heal_duration)(step * 1e9);
        test->now = next < end ? next : end;
        assert_true(cluster_step(test->cluster, test->now, test->values));
    }
}

static inline void test_run(struct test_cluster *test, double seconds)
{
    test_steps(test, seconds, 1.0);
}

static inline void test_turn(struct test_cluster *test, const char *series, double value)
{
    uint32_t index = inventory_find_series(test->knobs, series, strlen(series));

    assert_int_not_equal(index, SERIES_NONE);
    cluster_knob_values(test->cluster)[index] = value;
}

static inline double test_value(const struct test_cluster *test, const char *series)
{
    uint32_t index = inventory_find_series(test->inventory, series, strlen(series));

    assert_int_not_equal(index, SERIES_NONE);
    return test->values[index];
}

static inline enum action_outcome test_act(struct test_cluster *test, enum action_kind kind, const char *target,
                                           double amount)
{
    struct action action = {.id = 1, .kind = kind, .amount = amount, .before = NAN, .timeout = HEAL_MINUTE};

    action.target = inventory_find_resource(test->inventory, target, strlen(target));
    assert_int_not_equal(action.target, RESOURCE_NONE);
    return cluster_act(test->cluster, test->now, &action);
}

static inline enum pod_phase test_phase(const struct test_cluster *test, size_t pod)
{
    return (enum pod_phase)test->cluster->pods.phase[pod];
}

static inline size_t test_count(const struct test_cluster *test, enum pod_phase phase)
{
    size_t count = 0;

    for (size_t i = 0; i < test->cluster->pods.count; i++)
        count += test->cluster->pods.phase[i] == phase;
    return count;
}

static inline double test_seconds(const struct test_cluster *test)
{
    return heal_duration_seconds(test->now - TEST_START);
}

#endif
