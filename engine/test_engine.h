/* test_engine.h - what the tests of the engine room share: a policy built by hand,
 * a world that does what the test says, a journal that keeps everything.
 *
 * A bed is one engine with its surroundings. A test names the series, changes the
 * policy as it likes, starts the engine, and then moves time on frame by frame:
 *
 *     struct bed *bed = bed_create(1, "pod/shop/web:cpu_ratio");
 *     bed_rule(bed, "*:cpu_ratio", ISSUE_HIGH_CPU)->above = 0.9;
 *     bed_strategy(bed, "limits", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
 *     bed_start(bed, 1);
 *     bed_frame_with(bed, 10, 0, 0.95);
 *     assert_int_equal(bed_last_action(bed)->kind, ACTION_RAISE_CPU_LIMIT);
 *
 * Everything is inline, so that a test program needs this header and the room. A
 * test that counts allocations defines TEST_ALLOCATIONS before it includes this.
 */
#ifndef SELFHEAL_ENGINE_TEST_ENGINE_H
#define SELFHEAL_ENGINE_TEST_ENGINE_H

#include "engine/engine.h"
#include "engine/random.h"

#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BED_SERIES_MAX = 256, BED_RULES_MAX = 16, BED_STRATEGIES_MAX = 16, BED_ACTIONS_MAX = 1 << 14 };

static inline void assert_for_seed_at(bool holds, uint64_t seed, const char *what, const char *file, int line)
{
    if (holds)
        return;
    print_error("seed %" PRIu64 ": %s\n", seed, what);
    _fail(file, line);
}
/* An assertion within a property test: says which seed broke it. */
#define assert_for_seed(condition, seed) assert_for_seed_at(condition, seed, #condition, __FILE__, __LINE__)

/* A rule that watches and never finds anything, to be changed by the test. */
static inline struct policy_rule test_rule(const char *series, enum issue_type issue)
{
    return (struct policy_rule){.name = "rule",
                                .series = series,
                                .issue = issue,
                                .severity = SEVERITY_MEDIUM,
                                .above = NAN,
                                .below = NAN,
                                .critical_above = NAN,
                                .critical_below = NAN,
                                .clear_ratio = 1.0,
                                .deviation = 8.0,
                                .exhausts_at = NAN,
                                .direction = DIRECTION_BOTH};
}

/* A policy without rules and strategies whose limits are never reached. */
static inline struct policy test_policy(struct policy_rule *rules, size_t rule_count)
{
    return (struct policy){
        .name = "test",
        .scan_interval = 10 * HEAL_SECOND,
        .auto_remediation = true,
        .learning = true,
        .baseline = {.window = HEAL_MINUTE, .warm_up = 16, .alarm_probability = 0.001, .false_alarms_per_day = 100},
        .rules = rules,
        .rule_count = rule_count,
        .limits = {.per_resource_per_hour = 1000, .total_per_hour = 1000, .concurrent = 1000},
        .issue_cool_down = 5 * HEAL_MINUTE,
        .health_interval = HEAL_DAY,
        .guards = {.attempts_per_resource = 100000, .max_touched = 1.0},
        .forecast = {4 * HEAL_HOUR, 30 * HEAL_MINUTE, 0.999},
        .priority = {0.5, 0.3, 0.2},
        .odds = {.exploit_from = SEVERITY_CRITICAL},
        .health_penalty = {5, 10, 25, 50}};
}

struct bed {
    struct policy policy;
    struct policy_rule rules[BED_RULES_MAX];
    struct strategy strategies[BED_STRATEGIES_MAX];
    struct inventory *inventory;
    struct engine *engine;
    heal_time now;
    double values[BED_SERIES_MAX];
    struct action *actions; /* as the world was told to start them */
    heal_time *action_times;
    size_t action_count;
    struct decision *decisions;
    size_t decision_count, decision_room;
};

static inline void bed_take_action(void *context, heal_time now, const struct action *action)
{
    struct bed *bed = context;

    assert_true(bed->action_count < BED_ACTIONS_MAX);
    assert_int_equal(now, bed->now);
    bed->action_times[bed->action_count] = now;
    bed->actions[bed->action_count++] = *action;
}

static inline void bed_take_decision(void *context, const struct decision *decision)
{
    struct bed *bed = context;

    assert_true(bed->decision_count < bed->decision_room);
    bed->decisions[bed->decision_count++] = *decision;
}

/* `count` series by their ids; every value starts as 0. */
static inline struct bed *bed_create(size_t count, ...)
{
    struct bed *bed = calloc(1, sizeof *bed);
    va_list ids;

    assert_non_null(bed);
    bed->policy = test_policy(bed->rules, 0);
    bed->policy.strategies = bed->strategies;
    bed->inventory = inventory_create();
    bed->actions = malloc(BED_ACTIONS_MAX * sizeof *bed->actions);
    bed->action_times = malloc(BED_ACTIONS_MAX * sizeof *bed->action_times);
    bed->decision_room = 1 << 15;
    bed->decisions = malloc(bed->decision_room * sizeof *bed->decisions);
    bed->now = INT64_C(1700000000) * HEAL_SECOND;
    assert_true(bed->inventory && bed->actions && bed->action_times && bed->decisions);
    va_start(ids, count);
    for (size_t i = 0; i < count; i++) {
        const char *id = va_arg(ids, const char *);
        assert_int_equal(inventory_add_series(bed->inventory, id, strlen(id)), i);
    }
    va_end(ids);
    return bed;
}

static inline void bed_destroy(struct bed *bed)
{
    engine_destroy(bed->engine);
    inventory_destroy(bed->inventory);
    free(bed->actions);
    free(bed->action_times);
    free(bed->decisions);
    free(bed);
}

static inline struct policy_rule *bed_rule(struct bed *bed, const char *series, enum issue_type issue)
{
    assert_true(bed->policy.rule_count < BED_RULES_MAX);
    struct policy_rule *rule = &bed->rules[bed->policy.rule_count++];
    *rule = test_rule(series, issue);
    return rule;
}

/* A strategy of one step on the resource itself, and a rung of its own under
 * those that the issue has; one attempt, verified as soon as the signal is good. */
static inline struct strategy *bed_strategy(struct bed *bed, const char *name, enum issue_type issue,
                                            enum action_kind action)
{
    assert_true(bed->policy.strategy_count < BED_STRATEGIES_MAX);
    uint32_t index = (uint32_t)bed->policy.strategy_count++;
    struct ladder *ladder = &bed->policy.ladders[issue];
    ladder->rungs[ladder->count++] = index;
    bed->strategies[index] = (struct strategy){.name = name,
                                               .description = "",
                                               .issue = issue,
                                               .steps = {{.action = action, .amount = 0.5, .timeout = HEAL_MINUTE}},
                                               .step_count = 1,
                                               .undo_on_failure = true,
                                               .verify_within = 2 * HEAL_MINUTE,
                                               .attempts = 1,
                                               .backoff_factor = 1.0,
                                               .prior_success = 0.5,
                                               .prior_weight = 2.0};
    return &bed->strategies[index];
}

static inline void bed_add_step(struct strategy *strategy, enum action_kind action)
{
    strategy->steps[strategy->step_count++] =
        (struct strategy_step){.action = action, .amount = 1.0, .timeout = HEAL_MINUTE};
}

static inline uint32_t bed_resource(struct bed *bed, const char *id)
{
    return inventory_add_resource(bed->inventory, id, strlen(id));
}

/* The resource of that id, also when the engine has started. */
static inline uint32_t bed_find(const struct bed *bed, const char *id)
{
    uint32_t resource = inventory_find_resource(bed->inventory, id, strlen(id));
    assert_true(resource != RESOURCE_NONE);
    return resource;
}

static inline void bed_relate(struct bed *bed, const char *source, enum relation relation, const char *target)
{
    assert_true(inventory_relate(bed->inventory, bed_resource(bed, source), relation, bed_resource(bed, target)));
}

static inline void bed_start(struct bed *bed, uint64_t seed)
{
    assert_true(inventory_freeze(bed->inventory));
    bed->engine =
        engine_create(&bed->policy, bed->inventory, seed, (struct world_port){.context = bed, .start = bed_take_action},
                      (struct journal_port){.context = bed, .record = bed_take_decision});
    assert_non_null(bed->engine);
}

/* Time goes on by `seconds`, then there is a frame. */
static inline void bed_frame(struct bed *bed, double seconds)
{
    bed->now += (heal_duration)(seconds * (double)HEAL_SECOND);
    engine_frame(bed->engine, bed->now, bed->values);
}

static inline void bed_frame_with(struct bed *bed, double seconds, size_t series, double value)
{
    bed->values[series] = value;
    bed_frame(bed, seconds);
}

static inline void bed_tick(struct bed *bed, double seconds)
{
    bed->now += (heal_duration)(seconds * (double)HEAL_SECOND);
    engine_tick(bed->engine, bed->now);
}

static inline size_t bed_count(const struct bed *bed, enum decision_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < bed->decision_count; i++)
        count += bed->decisions[i].kind == kind;
    return count;
}

/* The last decision of a kind; it must exist. */
static inline const struct decision *bed_last(const struct bed *bed, enum decision_kind kind)
{
    for (size_t i = bed->decision_count; i > 0; i--) {
        if (bed->decisions[i - 1].kind == kind)
            return &bed->decisions[i - 1];
    }
    fail_msg("no decision %s", decision_kind_name(kind));
    return NULL;
}

static inline size_t bed_count_actions(const struct bed *bed, enum action_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < bed->action_count; i++)
        count += bed->actions[i].kind == kind;
    return count;
}

/* Actions that are no page. */
static inline size_t bed_deeds(const struct bed *bed)
{
    return bed->action_count - bed_count_actions(bed, ACTION_PAGE_OPERATOR);
}

/* The last action that is no page; it must exist. */
static inline const struct action *bed_last_action(const struct bed *bed)
{
    for (size_t i = bed->action_count; i > 0; i--) {
        if (bed->actions[i - 1].kind != ACTION_PAGE_OPERATOR)
            return &bed->actions[i - 1];
    }
    fail_msg("no action was started");
    return NULL;
}

/* The world answers the last action that is no page, `seconds` from now. */
static inline void bed_answer(struct bed *bed, double seconds, enum action_outcome outcome)
{
    bed->now += (heal_duration)(seconds * (double)HEAL_SECOND);
    engine_action_ended(bed->engine, bed->now, bed_last_action(bed)->id, outcome);
}

/* The same, with what was there before. */
static inline void bed_answer_before(struct bed *bed, double seconds, double before)
{
    bed->now += (heal_duration)(seconds * (double)HEAL_SECOND);
    engine_action_answered(bed->engine, bed->now, bed_last_action(bed)->id, ACTION_SUCCEEDED, before);
}

#ifdef TEST_ALLOCATIONS
#include <malloc.h>
/* Counts what is taken from the heap, by everybody in this program. Under a
 * sanitizer, which has a heap of its own, its hooks count; else the four
 * functions stand in front of glibc's, and can be told to fail as well. */
static struct {
    uint64_t taken;
    int64_t live, bytes; /* blocks, and bytes in them as the heap rounds them up */
    uint64_t fail_at;    /* the how-many-th from now fails; 0: none does */
} test_heap;

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define TEST_SANITIZED_HEAP
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TEST_SANITIZED_HEAP
#endif

#ifdef TEST_SANITIZED_HEAP
static const bool test_heap_can_fail = false;
extern int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
                                                     void (*given_back)(const volatile void *));
extern size_t __sanitizer_get_allocated_size(const volatile void *block);
static inline void test_heap_take(const volatile void *block, size_t size)
{
    (void)size;
    test_heap.taken++;
    test_heap.live++;
    test_heap.bytes += (int64_t)__sanitizer_get_allocated_size(block);
}
static inline void test_heap_give_back(const volatile void *block)
{
    test_heap.live -= block != NULL;
    test_heap.bytes -= block ? (int64_t)__sanitizer_get_allocated_size(block) : 0;
}
static inline void test_heap_watch(void)
{
    assert_true(__sanitizer_install_malloc_and_free_hooks(test_heap_take, test_heap_give_back) > 0);
}
#else
static const bool test_heap_can_fail = true;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);
static inline bool test_heap_take(void)
{
    test_heap.taken++;
    if (test_heap.fail_at > 0 && --test_heap.fail_at == 0)
        return false;
    test_heap.live++;
    return true;
}
static inline void *test_heap_count(void *block)
{
    test_heap.bytes += (int64_t)malloc_usable_size(block);
    return block;
}
void *malloc(size_t size)
{
    return test_heap_take() ? test_heap_count(__libc_malloc(size)) : NULL;
}
void *calloc(size_t count, size_t size)
{
    return test_heap_take() ? test_heap_count(__libc_calloc(count, size)) : NULL;
}
void *realloc(void *block, size_t size)
{
    if (!test_heap_take())
        return NULL;
    test_heap.live -= block != NULL;
    test_heap.bytes -= (int64_t)malloc_usable_size(block);
    return test_heap_count(__libc_realloc(block, size));
}
void *aligned_alloc(size_t alignment, size_t size)
{
    return test_heap_take() ? test_heap_count(__libc_memalign(alignment, size)) : NULL;
}
void free(void *block)
{
    test_heap.live -= block != NULL;
    test_heap.bytes -= (int64_t)malloc_usable_size(block);
    __libc_free(block);
}
static inline void test_heap_watch(void)
{
    test_heap.fail_at = 0;
}
#endif
#endif

#endif
