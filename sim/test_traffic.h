/* test_traffic.h - a small shop built of structs, for tests of traffic and storage.
 *
 * Users ask web (4 pods), web asks api (4 pods) once, api asks the database twice. A
 * request costs 10 ms of CPU in web and in api, a pod may use one core, so a tier
 * serves 400 requests per second. Four nodes of 8 cores in two zones. A test changes
 * the spec and opens it; steps are 30 s.
 */
#ifndef SELFHEAL_SIM_TEST_TRAFFIC_H
#define SELFHEAL_SIM_TEST_TRAFFIC_H

#include "sim/cluster_traffic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GIB (1024.0 * 1024 * 1024)
#define MIB (1024.0 * 1024)
#define TEST_START (INT64_C(1767225600) * HEAL_SECOND) /* 2026-01-01T00:00:00Z, Thursday */
#define WEB "workload/shop/web"
#define API "workload/shop/api"
#define DB "database/shop/db"
#define WEB_API "link/shop/web-api"

enum { WEB_INDEX, API_INDEX };

struct test_traffic {
    struct zone_spec zones[2];
    struct node_spec nodes[2];
    struct workload_spec workloads[8];
    struct call_spec web_calls[2], api_calls[2];
    struct load_spec loads[4];
    struct database_spec databases[1];
    struct volume_spec volumes[1];
    struct certificate_spec certificates[1];
    struct image_spec images[1];
    struct config_spec configs[1];
    struct cluster_spec spec;
    struct inventory *inventory, *knobs;
    struct cluster *cluster;
    double *values;
    heal_time now;
    uint64_t seed;
};

static inline struct workload_spec test_service(const char *id, struct call_spec *calls, size_t count)
{
    return (struct workload_spec){
        .id = id,
        .replicas = 4,
        .slots = 8,
        .cpu_request = 0.5,
        .cpu_limit = 1.0,
        .memory_request = 0.5 * GIB,
        .memory_limit = GIB,
        .memory_base = 200.0 * MIB,
        .memory_per_request = MIB,
        .start = {10.0, 0.0},
        .probe_period = 10.0,
        .probe_failures = 3,
        .max_surge = 1,
        .service = {0.01, 1.0, 50, 100, 0.5, 0.01, calls, count},
    };
}

static inline struct test_traffic *test_traffic_new(void)
{
    struct test_traffic *test = calloc(1, sizeof *test);

    assert_non_null(test);
    test->zones[0].id = "zone/default/a";
    test->zones[1].id = "zone/default/b";
    test->nodes[0] = (struct node_spec){"node/default/n", 2, 0, 8.0, 16.0 * GIB, 100.0 * GIB, 1};
    test->nodes[1] = (struct node_spec){"node/default/m", 2, 1, 8.0, 16.0 * GIB, 100.0 * GIB, 1};
    test->web_calls[0] = (struct call_spec){API, 1.0, 0, 2.0, 0, 1};
    test->api_calls[0] = (struct call_spec){DB, 2.0, 0, 2.0, 0, 1};
    test->workloads[WEB_INDEX] = test_service(WEB, test->web_calls, 1);
    test->workloads[API_INDEX] = test_service(API, test->api_calls, 1);
    test->loads[0] = (struct load_spec){.to = WEB, .level = 200.0, .weekend = 1.0, .timeout = 5.0};
    test->databases[0] = (struct database_spec){.id = DB,
                                                .cores = 8,
                                                .query = 0.002,
                                                .scan_factor = 100.0,
                                                .cache_hit = 0.99,
                                                .miss_factor = 10.0,
                                                .connections = 200,
                                                .indexed = true,
                                                .slo_latency = 0.1,
                                                .volume = "volume/shop/data"};
    test->volumes[0] = (struct volume_spec){"volume/shop/data", 100.0 * GIB, 50.0 * GIB, 0.2, 0.1, GIB, 1};
    test->certificates[0] = (struct certificate_spec){"certificate/shop/web", 60.0, 90.0, 0.0, WEB, 1};
    test->images[0] = (struct image_spec){"image/shop/web", WEB, 1};
    test->configs[0] = (struct config_spec){"config/shop/web", WEB, 1};
    test->spec = (struct cluster_spec){
        .zones = test->zones,
        .zone_count = 2,
        .nodes = test->nodes,
        .node_count = 2,
        .workloads = test->workloads,
        .workload_count = 2,
        .loads = test->loads,
        .load_count = 1,
        .databases = test->databases,
        .database_count = 1,
        .volumes = test->volumes,
        .volume_count = 1,
        .certificates = test->certificates,
        .certificate_count = 1,
        .images = test->images,
        .image_count = 1,
        .configs = test->configs,
        .config_count = 1,
        .link_delay = 0.0002,
        .zone_delay = 0.001,
    };
    test->seed = 7;
    return test;
}

static inline void test_traffic_open(struct test_traffic *test)
{
    struct error_list errors = {0};

    test->inventory = inventory_create();
    test->knobs = inventory_create();
    assert_true(cluster_describe(&test->spec, test->inventory, test->knobs, &errors));
    assert_int_equal(errors.count, 0);
    assert_true(inventory_freeze(test->inventory) && inventory_freeze(test->knobs));
    test->cluster = cluster_create(&test->spec, test->inventory, test->knobs, TEST_START, test->seed, 0);
    assert_non_null(test->cluster);
    test->values = calloc(inventory_series_count(test->inventory) + 1, sizeof *test->values);
    assert_non_null(test->values);
    test->now = TEST_START;
}

static inline void test_traffic_free(struct test_traffic *test)
{
    cluster_destroy(test->cluster);
    inventory_destroy(test->inventory);
    inventory_destroy(test->knobs);
    free(test->values);
    free(test);
}

static inline void test_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance))
        fail_msg("%.9g, wanted %.9g +- %.2g", got, wanted, tolerance);
}

/* Offered requests are served, failed or waiting, whatever happens. */
static inline void test_balance(const struct test_traffic *test)
{
    struct cluster_totals totals = cluster_totals(test->cluster);

    test_near(totals.served + totals.failed + totals.waiting, totals.offered, 1e-9 * (1.0 + totals.offered));
    assert_true(totals.served >= 0.0 && totals.failed >= 0.0 && totals.waiting >= 0.0);
    assert_true(totals.bad >= 0.0 && totals.bad <= totals.served * (1.0 + 1e-9));
}

static inline void test_step(struct test_traffic *test, double seconds)
{
    test->now += (heal_duration)(seconds * 1e9);
    assert_true(cluster_step(test->cluster, test->now, test->values));
    test_balance(test);
}

static inline void test_run(struct test_traffic *test, double seconds)
{
    heal_time end = test->now + (heal_duration)(seconds * 1e9);

    while (test->now < end)
        test_step(test, 30.0);
}

static inline uint32_t test_resource(const struct test_traffic *test, const char *id)
{
    uint32_t resource = inventory_find_resource(test->inventory, id, strlen(id));

    assert_int_not_equal(resource, RESOURCE_NONE);
    return resource;
}

static inline struct cluster_feeling test_feel(const struct test_traffic *test, const char *id)
{
    return cluster_feel(test->cluster, test_resource(test, id));
}

static inline void test_turn(struct test_traffic *test, const char *series, double value)
{
    uint32_t index = inventory_find_series(test->knobs, series, strlen(series));

    if (index == SERIES_NONE)
        fail_msg("no knob %s", series);
    cluster_knob_values(test->cluster)[index] = value;
}

static inline double test_value(const struct test_traffic *test, const char *series)
{
    uint32_t index = inventory_find_series(test->inventory, series, strlen(series));

    if (index == SERIES_NONE)
        fail_msg("no series %s", series);
    return test->values[index];
}

static inline enum action_outcome test_act(struct test_traffic *test, enum action_kind kind, const char *target,
                                           double amount)
{
    struct action action = {.id = 1, .kind = kind, .amount = amount, .timeout = HEAL_MINUTE};

    action.target = test_resource(test, target);
    return cluster_act(test->cluster, test->now, &action);
}

#endif
