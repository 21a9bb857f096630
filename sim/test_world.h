/* test_world.h - a small world built of structs, for tests of what runs it.
 *
 * Two pods of one workload, each with a processor series at 0.3, a fault that
 * shifts it by 0.6, a rule at 0.85 and two strategies, all without noise and with
 * constant times, so that every instant can be told beforehand. A test changes
 * what it is about and runs it. Functions are static inline so that each test
 * program takes what it needs.
 */
#ifndef SELFHEAL_SIM_TEST_WORLD_H
#define SELFHEAL_SIM_TEST_WORLD_H

#include "sim/digest.h"
#include "sim/fault_plan.h"
#include "sim/made_source.h"
#include "sim/run.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* cmocka's assert_float_equal rounds to float. */
#define assert_near(a, b, tolerance) assert_true(fabs((double)(a) - (double)(b)) <= (tolerance))

#define TEST_START (INT64_C(1767225600) * HEAL_SECOND) /* 2026-01-01T00:00:00Z, Thursday */
#define TEST_SCAN (10 * HEAL_SECOND)

enum { TEST_WEB_1, TEST_WORKLOAD, TEST_WEB_2 }; /* resources, in order of addition */
enum { TEST_RESTART, TEST_RAISE };              /* strategies */

struct test_world {
    struct inventory *inventory;
    struct series_spec cpu, more[4];
    struct resource_spec resources[4];
    struct fault_kind kinds[2];
    struct fault_spec faults[8];
    struct fault_catalogue catalogue;
    struct scenario scenario;
    struct policy_rule rule;
    struct strategy strategies[2];
    struct policy policy;
    heal_duration duration;
    uint32_t replication;
    size_t plot_buckets;
    bool complaints_only;
};

static inline struct cause test_cause(const char *name, double weight)
{
    return (struct cause){.name = name, .weight = weight};
}

static inline void test_kind(struct fault_kind *kind)
{
    *kind = (struct fault_kind){.name = "cpu-stress",
                                .source = "test",
                                .issue = ISSUE_HIGH_CPU,
                                .bends = {{.metric = "cpu_utilization_ratio",
                                           .shape = BEND_LEVEL_SHIFT,
                                           .magnitude = 0.6,
                                           .low = -INFINITY,
                                           .high = INFINITY}},
                                .bend_count = 1,
                                .causes = {test_cause("loop", 1.0)},
                                .cause_count = 1,
                                .recovery = 20 * HEAL_SECOND};
    kind->causes[0].cures[ACTION_RESTART_POD] = true;
}

static inline void test_strategy(struct strategy *strategy, const char *name, enum action_kind action)
{
    *strategy = (struct strategy){.name = name,
                                  .description = name,
                                  .issue = ISSUE_HIGH_CPU,
                                  .steps = {{.action = action, .timeout = 30 * HEAL_SECOND}},
                                  .step_count = 1,
                                  .settle = 10 * HEAL_SECOND,
                                  .verify_hold = 20 * HEAL_SECOND,
                                  .verify_within = 2 * HEAL_MINUTE,
                                  .attempts = 1,
                                  .backoff = HEAL_MINUTE,
                                  .backoff_factor = 1.0,
                                  .prior_success = 0.5,
                                  .prior_weight = 2.0};
}

static inline void test_policy(struct test_world *world)
{
    world->rule = (struct policy_rule){.name = "cpu",
                                       .series = "*:cpu_utilization_ratio",
                                       .issue = ISSUE_HIGH_CPU,
                                       .severity = SEVERITY_HIGH,
                                       .above = 0.85,
                                       .below = NAN,
                                       .critical_above = NAN,
                                       .critical_below = NAN,
                                       .exhausts_at = NAN,
                                       .clear_ratio = 1.0,
                                       .deviation = 8.0,
                                       .direction = DIRECTION_BOTH};
    test_strategy(&world->strategies[TEST_RESTART], "restart", ACTION_RESTART_POD);
    test_strategy(&world->strategies[TEST_RAISE], "raise", ACTION_RAISE_CPU_LIMIT);
    world->strategies[TEST_RAISE].undo_on_failure = true;
    world->policy = (struct policy){.name = "test",
                                    .scan_interval = TEST_SCAN,
                                    .auto_remediation = true,
                                    .baseline = {.window = HEAL_HOUR, .warm_up = 10},
                                    .rules = &world->rule,
                                    .rule_count = 1,
                                    .strategies = world->strategies,
                                    .strategy_count = 2,
                                    .choice = CHOICE_LADDER,
                                    .limits = {1000, 100000, 20},
                                    .issue_cool_down = 5 * HEAL_MINUTE,
                                    .guards = {.attempts_per_resource = 100000, .max_touched = 1.0},
                                    .forecast = {4 * HEAL_HOUR, 30 * HEAL_MINUTE, 0.999},
                                    .priority = {0.5, 0.3, 0.2},
                                    .health_interval = HEAL_HOUR};
    world->policy.ladders[ISSUE_HIGH_CPU] = (struct ladder){.rungs = {TEST_RESTART}, .count = 1};
}

/* A world without a fault line: set scenario.fault_count. */
static inline void test_world_init(struct test_world *world)
{
    memset(world, 0, sizeof *world);
    world->cpu = (struct series_spec){.metric = "cpu_utilization_ratio",
                                      .generated = {.level = 0.3, .low = -INFINITY, .high = INFINITY}};
    world->resources[0] = (struct resource_spec){
        .id = "pod/shop/web-1", .count = 1, .series = &world->cpu, .series_count = 1, .owner = "workload/shop/web"};
    world->resources[1] = world->resources[0];
    world->resources[1].id = "pod/shop/web-2";
    test_kind(&world->kinds[0]);
    world->catalogue = (struct fault_catalogue){.kinds = world->kinds, .kind_count = 1};
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++)
        world->catalogue.actions[i] = (struct action_model){.mean_seconds = 5.0};
    for (size_t i = 0; i < sizeof world->faults / sizeof world->faults[0]; i++)
        world->faults[i] =
            (struct fault_spec){.kind = &world->kinds[0], .target = "pod/shop/web-1", .at = 5 * HEAL_MINUTE};
    world->scenario = (struct scenario){.file = "test.yaml",
                                        .name = "test",
                                        .description = "",
                                        .seed = 7,
                                        .replications = 1,
                                        .start = TEST_START,
                                        .resources = world->resources,
                                        .resource_count = 2,
                                        .faults = world->faults};
    world->duration = HEAL_HOUR;
    test_policy(world);
}

static inline void test_describe(struct test_world *world)
{
    struct error_list errors = {0};

    if (world->inventory)
        return;
    world->inventory = inventory_create();
    assert_non_null(world->inventory);
    assert_true(made_describe(&world->scenario, world->inventory, &errors));
    assert_true(inventory_freeze(world->inventory));
}

static inline void test_world_clear(struct test_world *world)
{
    inventory_destroy(world->inventory);
    world->inventory = NULL;
}

/* --- what a run told ------------------------------------------------------ */

struct test_log {
    struct run_record *items;
    size_t count, capacity;
    struct world_counts counts;
};

static inline void test_log_put(void *context, const struct run_record *record)
{
    struct test_log *log = context;

    if (log->count == log->capacity) {
        log->capacity = log->capacity ? 2 * log->capacity : 256;
        log->items = realloc(log->items, log->capacity * sizeof *log->items);
        assert_non_null(log->items);
    }
    log->items[log->count++] = *record;
}

static inline void test_log_clear(struct test_log *log)
{
    free(log->items);
    *log = (struct test_log){0};
}

static inline size_t test_count(const struct test_log *log, enum decision_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        count += log->items[i].kind == RECORD_DECISION && log->items[i].decision.kind == kind;
    return count;
}

/* The `nth` (0..) decision of `kind`; the test fails without it. */
static inline struct decision test_decision(const struct test_log *log, enum decision_kind kind, size_t nth)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->items[i].kind == RECORD_DECISION && log->items[i].decision.kind == kind && nth-- == 0)
            return log->items[i].decision;
    }
    fail_msg("no such %s", decision_kind_name(kind));
    return (struct decision){0};
}

static inline size_t test_fault_count(const struct test_log *log)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        count += log->items[i].kind == RECORD_FAULT;
    return count;
}

static inline struct fault_record test_fault(const struct test_log *log, size_t nth)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->items[i].kind == RECORD_FAULT && nth-- == 0)
            return log->items[i].fault;
    }
    fail_msg("no such fault");
    return (struct fault_record){0};
}

/* The `nth` page, or repair. */
static inline struct operator_record test_operator(const struct test_log *log, bool repair, size_t nth)
{
    for (size_t i = 0; i < log->count; i++) {
        if (log->items[i].kind == RECORD_OPERATOR && log->items[i].operator.repair == repair && nth-- == 0)
            return log->items[i].operator;
    }
    fail_msg("no such %s", repair ? "repair" : "page");
    return (struct operator_record){0};
}

static inline void test_log_digest(const struct test_log *log, char text[DIGEST_TEXT])
{
    struct digest *digest = digest_create();

    assert_non_null(digest);
    for (size_t i = 0; i < log->count; i++) {
        if (log->items[i].kind == RECORD_DECISION)
            assert_true(digest_add(digest, &log->items[i].decision));
    }
    assert_true(digest_finish(digest, text));
    digest_destroy(digest);
}

/* --- running -------------------------------------------------------------- */

static inline struct world_config test_config(struct test_world *world)
{
    test_describe(world);
    return (struct world_config){.scenario = &world->scenario,
                                 .catalogue = &world->catalogue,
                                 .policy = &world->policy,
                                 .inventory = world->inventory,
                                 .start = TEST_START,
                                 .duration = world->duration,
                                 .replication = world->replication,
                                 .plot_buckets = world->plot_buckets,
                                 .complaints_only = world->complaints_only};
}

static inline struct frame_supply test_supply(struct test_world *world)
{
    test_describe(world);
    struct frame_supply supply =
        made_supply(&world->scenario, world->inventory, world->policy.scan_interval, world->duration, NULL);
    assert_non_null(supply.context);
    return supply;
}

/* Runs one replication into `log`, which is cleared before. */
static inline void test_world_run(struct test_world *world, struct test_log *log)
{
    struct world_config config = test_config(world);
    struct frame_supply supply = test_supply(world);
    struct frame_source source;

    test_log_clear(log);
    assert_true(supply.open(supply.context, world->replication, &source));
    assert_true(world_run(&config, &source, (struct record_sink){log, test_log_put}, &log->counts));
    source.destroy(source.context);
    made_supply_destroy(&supply);
}

/* Seconds from the start. */
static inline double test_seconds(heal_time at)
{
    return heal_duration_seconds(at - TEST_START);
}

#endif
