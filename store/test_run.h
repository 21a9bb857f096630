/* test_run.h - a small world and decisions about it, for tests of store and reports.
 *
 * Two pods on a node, a workload that owns them, a volume and a lone database; a
 * policy with three strategies; builders for decisions. Functions are static
 * inline so that each test program takes what it needs.
 */
#ifndef SELFHEAL_STORE_TEST_RUN_H
#define SELFHEAL_STORE_TEST_RUN_H

#include "store/database.h"
#include "store/run_store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libpq-fe.h>

#include <cmocka.h>

#define TEST_START (INT64_C(1700000000) * HEAL_SECOND)

struct test_world {
    char folder[64];
    char path[256]; /* run.db in folder, or the server's URL: see test_forget */
    struct inventory *inventory;
    struct policy policy;
    struct policy_rule rules[2];
    struct strategy strategies[3];
    struct error_list errors;
};

enum { POD_A, POD_B, NODE, WORKLOAD, VOLUME, DATABASE }; /* resources, in order of addition */
enum { CPU_A, MEMORY_A, CPU_B, LATENCY_DB };             /* series */

static inline void test_policy(struct test_world *world)
{
    world->rules[0] =
        (struct policy_rule){.name = "cpu", .series = "*:cpu_*", .issue = ISSUE_HIGH_CPU, .above = 0.85, .below = NAN};
    world->rules[1] = (struct policy_rule){
        .name = "latency", .series = "*:request_*", .issue = ISSUE_NETWORK_LATENCY, .above = NAN, .below = NAN};
    world->strategies[0] = (struct strategy){
        .name = "restart", .description = "Restart the pod", .issue = ISSUE_HIGH_CPU, .prior_success = 0.5, .cost = 1};
    world->strategies[1] = (struct strategy){
        .name = "scale_out", .description = "Add a replica", .issue = ISSUE_HIGH_CPU, .prior_success = 0.7, .cost = 2};
    world->strategies[2] = (struct strategy){.name = "reroute",
                                             .description = "Shift traffic",
                                             .issue = ISSUE_NETWORK_LATENCY,
                                             .prior_success = 0.6,
                                             .cost = 1};
    world->policy = (struct policy){.name = "test",
                                    .auto_remediation = true,
                                    .rules = world->rules,
                                    .rule_count = 2,
                                    .strategies = world->strategies,
                                    .strategy_count = 3};
}

static inline uint32_t test_resource(struct inventory *inventory, const char *id)
{
    return inventory_add_resource(inventory, id, strlen(id));
}

static inline uint32_t test_series(struct inventory *inventory, const char *id)
{
    return inventory_add_series(inventory, id, strlen(id));
}

/* On the server at `url`, as somebody with psql would; the SQLSTATE, "" when it was done. */
static inline void test_server_do(const char *url, const char *sql, char state[6])
{
    PGconn *link = PQconnectdb(url);
    PQclear(PQexec(link, "SET client_min_messages = warning; SET search_path = selfheal"));
    PGresult *answer = PQexec(link, sql);
    const char *code = PQresultErrorField(answer, PG_DIAG_SQLSTATE);

    if (PQstatus(link) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(link));
    snprintf(state, 6, "%s", code ? code : "");
    PQclear(answer);
    PQfinish(link);
}

/* The database is gone: a file, or the tables on the server that SELFHEAL_TEST_STORE names,
 * which is the test's own (tests/store_on_postgres.sh). */
static inline void test_forget(const struct test_world *world)
{
    char state[6];

    if (!database_is_shared(world->path)) {
        assert_int_equal(unlink(world->path), 0);
        return;
    }
    test_server_do(world->path, "DROP SCHEMA IF EXISTS selfheal CASCADE", state);
    assert_string_equal(state, "");
}

static inline void test_world_open(struct test_world *world)
{
    struct inventory *inventory = inventory_create();

    memset(world, 0, sizeof *world);
    strcpy(world->folder, "/tmp/selfheal-store-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/run.db", world->folder);
    const char *server = getenv("SELFHEAL_TEST_STORE");
    if (server) {
        snprintf(world->path, sizeof world->path, "%s", server);
        test_forget(world);
    }
    assert_non_null(inventory);
    assert_int_equal(test_resource(inventory, "pod/shop/a"), POD_A);
    assert_int_equal(test_resource(inventory, "pod/shop/b<&\"'"), POD_B);
    assert_int_equal(test_resource(inventory, "node/-/n1"), NODE);
    assert_int_equal(test_resource(inventory, "workload/shop/front"), WORKLOAD);
    assert_int_equal(test_resource(inventory, "volume/shop/data"), VOLUME);
    assert_int_equal(test_resource(inventory, "database/shop/orders"), DATABASE);
    assert_int_equal(test_series(inventory, "pod/shop/a:cpu_utilization_ratio"), CPU_A);
    assert_int_equal(test_series(inventory, "pod/shop/a:memory_used_ratio"), MEMORY_A);
    assert_int_equal(test_series(inventory, "pod/shop/b<&\"':cpu_utilization_ratio"), CPU_B);
    assert_int_equal(test_series(inventory, "database/shop/orders:request_latency_seconds"), LATENCY_DB);
    assert_true(inventory_relate(inventory, POD_A, RELATION_RUNS_ON, NODE));
    assert_true(inventory_relate(inventory, POD_B, RELATION_RUNS_ON, NODE));
    assert_true(inventory_relate(inventory, POD_A, RELATION_OWNED_BY, WORKLOAD));
    assert_true(inventory_freeze(inventory));
    world->inventory = inventory;
    test_policy(world);
}

/* Takes the folder and all files in it away. */
static inline void test_world_close(struct test_world *world)
{
    char command[96];

    inventory_destroy(world->inventory);
    error_list_clear(&world->errors);
    snprintf(command, sizeof command, "rm -rf '%s'", world->folder);
    assert_int_equal(system(command), 0);
}

static inline struct store_run test_run(uint32_t replications)
{
    return (struct store_run){.mode = "simulate",
                              .scenario = "demo",
                              .source = "demo.yaml",
                              .policy_name = "test",
                              .seed = UINT64_MAX,
                              .replications = replications,
                              .start = TEST_START,
                              .duration = HEAL_HOUR,
                              .arm = "selfheal"};
}

static inline struct run_store *test_store(struct test_world *world, const struct store_run *run)
{
    struct run_store *store = run_store_create(world->path, run, &world->policy, world->inventory, &world->errors);

    char text[512];

    if (!store)
        fail_msg("%s", error_format(&world->errors, 0, text, sizeof text));
    return store;
}

/* A decision `second` s into the replication, with nothing else set. */
static inline struct decision test_decision(enum decision_kind kind, int64_t second)
{
    return (struct decision){.at = TEST_START + second * HEAL_SECOND,
                             .kind = kind,
                             .type = ISSUE_NONE,
                             .action_kind = ACTION_KIND_COUNT,
                             .resource = RESOURCE_NONE,
                             .series = SERIES_NONE,
                             .strategy = UINT32_MAX,
                             .value = 0,
                             .reference = NAN,
                             .score = NAN};
}

static inline void test_write(struct run_store *store, const struct decision *decision)
{
    assert_true(run_store_decision(store, decision, NULL));
}

static inline void test_issue(struct run_store *store, uint64_t id, enum issue_type type, uint32_t resource,
                              uint32_t series, int64_t second)
{
    struct decision decision = test_decision(DECISION_ISSUE_OPENED, second);

    decision.issue = id;
    decision.type = type;
    decision.severity = SEVERITY_HIGH;
    decision.resource = resource;
    decision.series = series;
    decision.value = 0.97;
    decision.reference = 0.85;
    decision.score = 1.14;
    test_write(store, &decision);
}

static inline void test_close(struct run_store *store, uint64_t issue, int64_t second)
{
    struct decision decision = test_decision(DECISION_ISSUE_CLOSED, second);

    decision.issue = issue;
    test_write(store, &decision);
}

/* A step of a remediation. */
static inline void test_step(struct run_store *store, enum decision_kind kind, uint64_t issue, uint64_t remediation,
                             uint32_t strategy, int64_t second)
{
    struct decision decision = test_decision(kind, second);

    decision.issue = issue;
    decision.remediation = remediation;
    decision.strategy = strategy;
    test_write(store, &decision);
}

static inline void test_end(struct run_store *store, uint64_t issue, uint64_t remediation,
                            enum remediation_status status, int64_t second)
{
    struct decision decision = test_decision(DECISION_REMEDIATION_ENDED, second);

    decision.issue = issue;
    decision.remediation = remediation;
    decision.status = status;
    test_write(store, &decision);
}

static inline void test_action(struct run_store *store, uint64_t issue, uint64_t remediation, uint64_t action,
                               enum action_outcome outcome, int64_t from, int64_t to)
{
    struct decision decision = test_decision(DECISION_ACTION_STARTED, from);

    decision.issue = issue;
    decision.remediation = remediation;
    decision.action = action;
    decision.action_kind = ACTION_RESTART_POD;
    decision.resource = POD_A;
    test_write(store, &decision);
    decision.kind = DECISION_ACTION_ENDED;
    decision.at = TEST_START + to * HEAL_SECOND;
    decision.outcome = outcome;
    test_write(store, &decision);
}

static inline struct store_fault test_fault(uint32_t replication, uint32_t resource, enum issue_type type, int64_t from,
                                            int64_t to)
{
    return (struct store_fault){.replication = replication,
                                .kind = "cpu-stress",
                                .resource = resource,
                                .type = type,
                                .cause = "runaway loop",
                                .onset = TEST_START + from * HEAL_SECOND,
                                .end = to < 0 ? HEAL_TIME_NEVER : TEST_START + to * HEAL_SECOND,
                                .ended_by = to < 0 ? NULL : "remediation",
                                .grace = HEAL_MINUTE,
                                .counted = true};
}

#endif
