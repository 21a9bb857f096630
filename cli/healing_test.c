/* healing_test.c - every strategy of the built-in policy at work in the simulator.
 *
 * For each strategy small worlds, with a fault of its issue type: one whose cause it
 * cures; one in which its first step fails, one in which its last does; one whose cause
 * another strategy cures, so that it fails, is rolled back, and the fallback heals; and
 * one in which that rollback fails. So all nine issue types and every strategy are seen
 * with cure, failure, rollback and fallback, and what is not reached in the default
 * catalogue is reached here. A strategy that has nothing to roll back either says that it
 * is irreversible, and its plan does, or leaves nothing behind (a restart). */
#include "cli/load.h"

#define test_policy test_world_policy
#include "sim/test_world.h"
#undef test_policy

struct symptom {
    const char *resource, *metric;
    double level, shift;
};

static const struct symptom SYMPTOMS[ISSUE_TYPE_COUNT] = {
    [ISSUE_POD_CRASH] = {"pod/shop/web-1", "container_oom_killed", 0, 1},
    [ISSUE_HIGH_CPU] = {"pod/shop/web-1", "cpu_utilization_ratio", 0.3, 0.65},
    [ISSUE_HIGH_MEMORY] = {"pod/shop/web-1", "memory_utilization_ratio", 0.4, 0.55},
    [ISSUE_DISK_FULL] = {"pod/shop/web-1", "disk_used_ratio", 0.4, 0.57},
    [ISSUE_NETWORK_LATENCY] = {"pod/shop/web-1", "request_latency_seconds", 0.05, 1},
    [ISSUE_DATABASE_SLOW] = {"database/shop/db", "query_latency_seconds", 0.02, 8},
    [ISSUE_CERTIFICATE_EXPIRY] = {"certificate/shop/api", "certificate_remaining_days", 60, -53},
    [ISSUE_SECURITY_VULNERABILITY] = {"image/shop/web", "critical_vulnerabilities", 0, 1},
    [ISSUE_CONFIG_DRIFT] = {"config/shop/web", "config_drift", 0, 1},
};
static const struct symptom NODE_DOWN = {"node/default/a", "up", 1, -1};
static const struct symptom NODE_HOT = {"node/default/a", "cpu_utilization_ratio", 0.3, 0.65};
static const struct symptom LOCKED = {"database/shop/db", "lock_wait_seconds", 0, 5};

struct stage {
    struct test_world world;
    struct test_log log;
    struct strategy strategies[POLICY_STRATEGIES_MAX];
};

static const struct symptom *symptom_of(const struct strategy *strategy)
{
    if (strategy->applies_to && strncmp(strategy->applies_to, "node/", 5) == 0)
        return strategy->issue == ISSUE_HIGH_CPU ? &NODE_HOT : &NODE_DOWN;
    return strategy->evidence && strcmp(strategy->evidence, "lock_wait*") == 0 ? &LOCKED : &SYMPTOMS[strategy->issue];
}

static bool has_action(const struct strategy *strategy, enum action_kind action)
{
    for (size_t i = 0; i < strategy->step_count; i++) {
        if (strategy->steps[i].action == action || action_inverse(strategy->steps[i].action) == action)
            return true;
    }
    return false;
}

/* The last step that nothing after it takes back. */
static enum action_kind curing_step(const struct strategy *strategy)
{
    for (size_t i = strategy->step_count; i > 0; i--) {
        enum action_kind inverse = action_inverse(strategy->steps[i - 1].action);
        bool taken_back = false;
        for (size_t later = 0; later < strategy->step_count; later++)
            taken_back = taken_back || action_inverse(strategy->steps[later].action) == strategy->steps[i - 1].action;
        if (!taken_back || inverse == ACTION_KIND_COUNT)
            return strategy->steps[i - 1].action;
    }
    return strategy->steps[0].action;
}

/* A step of `other` that this strategy does not do and nothing takes back, the last;
 * ACTION_KIND_COUNT: there is none. */
static enum action_kind own_step(const struct strategy *other, const struct strategy *strategy)
{
    for (size_t i = other->step_count; i > 0; i--) {
        enum action_kind action = other->steps[i - 1].action;
        bool taken_back = false;
        for (size_t later = 0; later < other->step_count; later++)
            taken_back = taken_back || action_inverse(other->steps[later].action) == action;
        if (!taken_back && !has_action(strategy, action))
            return action;
    }
    return ACTION_KIND_COUNT;
}

/* A strategy for the same type that heals by something this one does not do; what
 * is for the same kind of resource before what is for any. UINT32_MAX: on such a resource
 * there is no other, and a person is next. */
static uint32_t fallback_for(const struct policy *policy, uint32_t index)
{
    const struct strategy *strategy = &policy->strategies[index];

    for (int any = 0; any < 2; any++) {
        for (uint32_t i = 0; i < policy->strategy_count; i++) {
            const struct strategy *other = &policy->strategies[i];
            bool fits = resource_glob_match(other->applies_to, symptom_of(strategy)->resource) &&
                        (any ? !other->evidence : symptom_of(other) == symptom_of(strategy));
            if (i != index && other->issue == strategy->issue && fits && own_step(other, strategy) != ACTION_KIND_COUNT)
                return i;
        }
    }
    return UINT32_MAX;
}

static void set_ladder(struct stage *stage, const struct policy *policy, uint32_t index, uint32_t fallback)
{
    stage->world.policy.ladders[policy->strategies[index].issue] =
        (struct ladder){.rungs = {index, fallback}, .count = fallback == UINT32_MAX ? 1 : 2};
}

static void set_stage(struct stage *stage, const struct policy *policy, uint32_t index)
{
    struct test_world *world = &stage->world;
    const struct symptom *symptom = symptom_of(&policy->strategies[index]);

    test_world_init(world);
    world->more[0] = (struct series_spec){.metric = symptom->metric,
                                          .generated = {.level = symptom->level, .low = -INFINITY, .high = INFINITY}};
    bool node = symptom == &NODE_DOWN || symptom == &NODE_HOT;
    world->resources[0] = (struct resource_spec){.id = symptom->resource,
                                                 .count = 1,
                                                 .series = &world->more[0],
                                                 .series_count = 1,
                                                 .owner = node ? NULL : "workload/shop/web",
                                                 .node = node ? NULL : "node/default/b"};
    world->resources[1].id = "pod/shop/other";
    world->kinds[0].issue = policy->strategies[index].issue;
    world->kinds[0].bends[0].metric = symptom->metric;
    world->kinds[0].bends[0].magnitude = symptom->shift;
    world->kinds[0].causes[0].cures[ACTION_RESTART_POD] = false;
    world->kinds[0].causes[0].passes = 20 * HEAL_MINUTE; /* gone before a timed undo */
    world->faults[0].target = symptom->resource;
    world->faults[0].at = 30 * HEAL_MINUTE;
    world->scenario.fault_count = 1;
    world->duration = 2 * HEAL_HOUR;
    world->policy = *policy;
    memcpy(stage->strategies, policy->strategies, policy->strategy_count * sizeof *stage->strategies);
    for (size_t i = 0; i < policy->strategy_count; i++) {
        stage->strategies[i].needs_approval = false; /* nobody is there to ask */
        stage->strategies[i].attempts = 1;
        stage->strategies[i].after_change = 0;              /* nothing is rolled out here, */
        stage->strategies[i].spread = ISSUE_SPREAD_UNKNOWN; /* and the others are well */
    }
    world->policy.strategies = stage->strategies;
    world->policy.ladders[policy->strategies[index].issue] = (struct ladder){.rungs = {index}, .count = 1};
}

static bool saw(const struct stage *stage, enum decision_kind kind, uint32_t strategy)
{
    for (size_t i = 0; i < stage->log.count; i++) {
        const struct run_record *record = &stage->log.items[i];
        if (record->kind == RECORD_DECISION && record->decision.kind == kind && record->decision.strategy == strategy)
            return true;
    }
    return false;
}

static void expect(bool holds, const struct policy *policy, uint32_t index, const char *what)
{
    if (!holds)
        fail_msg("%s: %s", policy->strategies[index].name, what);
}

static void clear_stage(struct stage *stage)
{
    test_log_clear(&stage->log);
    test_world_clear(&stage->world);
    memset(stage, 0, sizeof *stage);
}

static void see_cure(struct stage *stage, const struct policy *policy, uint32_t index)
{
    set_stage(stage, policy, index);
    stage->world.kinds[0].causes[0].cures[curing_step(&policy->strategies[index])] = true;
    test_world_run(&stage->world, &stage->log);
    expect(saw(stage, DECISION_ATTEMPT_VERIFIED, index), policy, index, "does not cure what it should");
    expect(test_decision(&stage->log, DECISION_REMEDIATION_ENDED, 0).status == REMEDIATION_SUCCESS, policy, index,
           "cured, and no success");
    expect(test_fault(&stage->log, 0).ended_by == FAULT_ENDED_BY_REMEDIATION, policy, index, "the fault stands");
    clear_stage(stage);
}

static void see_failure(struct stage *stage, const struct policy *policy, uint32_t index)
{
    set_stage(stage, policy, index);
    stage->world.catalogue.actions[policy->strategies[index].steps[0].action].failure = 1.0;
    test_world_run(&stage->world, &stage->log);
    expect(saw(stage, DECISION_ATTEMPT_FAILED, index), policy, index, "its first step fails, and it does not");
    expect(!saw(stage, DECISION_ROLLBACK_STARTED, index), policy, index, "rolls back what was never done");
    expect(test_decision(&stage->log, DECISION_REMEDIATION_ENDED, 0).status == REMEDIATION_ESCALATED, policy, index,
           "failed, and nobody was called");
    clear_stage(stage);
}

/* Returns whether there was something to roll back. */
static bool see_rollback_and_fallback(struct stage *stage, const struct policy *policy, uint32_t index)
{
    const struct strategy *strategy = &policy->strategies[index];
    uint32_t other = fallback_for(policy, index);
    bool undoes = false;

    set_stage(stage, policy, index);
    set_ladder(stage, policy, index, other);
    if (other != UINT32_MAX)
        stage->world.kinds[0].causes[0].cures[own_step(&policy->strategies[other], strategy)] = true;
    test_world_run(&stage->world, &stage->log);
    for (size_t i = 0; i < strategy->step_count; i++)
        undoes = undoes || action_inverse(strategy->steps[i].action) != ACTION_KIND_COUNT;
    expect(saw(stage, DECISION_ATTEMPT_FAILED, index), policy, index, "heals what it should not");
    expect(saw(stage, DECISION_ROLLBACK_ENDED, index) == undoes, policy, index,
           undoes ? "is not rolled back" : "is rolled back, though nothing can be");
    expect(other == UINT32_MAX || saw(stage, DECISION_ATTEMPT_VERIFIED, other), policy, index,
           "its fallback does not heal");
    expect(test_decision(&stage->log, DECISION_REMEDIATION_ENDED, 0).status ==
               (other == UINT32_MAX ? REMEDIATION_ESCALATED : REMEDIATION_SUCCESS),
           policy, index, "ends otherwise than its fallback, or lack of one, has it");
    clear_stage(stage);
    return undoes;
}

static bool undoes_before(const struct strategy *strategy, size_t steps)
{
    bool undoes = false;

    for (size_t i = 0; i < steps; i++)
        undoes = undoes || action_inverse(strategy->steps[i].action) != ACTION_KIND_COUNT;
    return undoes;
}

/* The last step fails: those before it are taken back, and only they. */
static void see_late_failure(struct stage *stage, const struct policy *policy, uint32_t index)
{
    const struct strategy *strategy = &policy->strategies[index];
    size_t last = strategy->step_count - 1;
    enum action_kind failing = strategy->steps[last].action;
    bool alone = true;

    for (size_t i = 0; i < last; i++)
        alone = alone && strategy->steps[i].action != failing && action_inverse(strategy->steps[i].action) != failing;
    if (last == 0 || !alone)
        return;
    set_stage(stage, policy, index);
    stage->world.catalogue.actions[failing].failure = 1.0;
    test_world_run(&stage->world, &stage->log);
    expect(saw(stage, DECISION_ATTEMPT_FAILED, index), policy, index, "its last step fails, and it does not");
    expect(saw(stage, DECISION_ROLLBACK_ENDED, index) == undoes_before(strategy, last), policy, index,
           "does not take back what was done before its last step");
    clear_stage(stage);
}

/* Every undo fails: the resource is frozen and a person called, though a fallback is there. */
static void see_failed_rollback(struct stage *stage, const struct policy *policy, uint32_t index)
{
    const struct strategy *strategy = &policy->strategies[index];
    size_t undos = 0, seen = 0;

    set_stage(stage, policy, index);
    set_ladder(stage, policy, index, fallback_for(policy, index));
    for (size_t i = 0; i < strategy->step_count; i++) {
        enum action_kind inverse = action_inverse(strategy->steps[i].action);
        bool is_step = false;
        for (size_t k = 0; k < strategy->step_count; k++)
            is_step = is_step || strategy->steps[k].action == inverse;
        undos += inverse != ACTION_KIND_COUNT;
        if (inverse != ACTION_KIND_COUNT && is_step) { /* drain and undrain in one: failing would be early */
            clear_stage(stage);
            return;
        }
        if (inverse != ACTION_KIND_COUNT)
            stage->world.catalogue.actions[inverse].failure = 1.0;
    }
    test_world_run(&stage->world, &stage->log);
    for (size_t i = 0; i < stage->log.count; i++) {
        const struct run_record *record = &stage->log.items[i];
        seen += record->kind == RECORD_DECISION && record->decision.kind == DECISION_ACTION_STARTED &&
                record->decision.rollback;
    }
    struct decision ended = test_decision(&stage->log, DECISION_REMEDIATION_ENDED, 0);
    expect(seen == undos, policy, index, "a rollback stops at a step that fails");
    expect(ended.status == REMEDIATION_ESCALATED && ended.gate == GATE_FROZEN, policy, index,
           "its rollback fails, and nobody is called");
    clear_stage(stage);
}

static void test_every_strategy_cures_fails_rolls_back_and_falls_back(void **state)
{
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors);
    struct stage *stage = calloc(1, sizeof *stage);
    bool types[ISSUE_TYPE_COUNT] = {false}, undone[ISSUE_TYPE_COUNT] = {false};
    size_t rolled_back = 0, alone = 0;

    (void)state;
    assert_true(policy && stage);
    for (uint32_t i = 0; i < policy->strategy_count; i++) {
        types[policy->strategies[i].issue] = true;
        alone += fallback_for(policy, i) == UINT32_MAX;
        see_cure(stage, policy, i);
        see_failure(stage, policy, i);
        see_late_failure(stage, policy, i);
        if (!see_rollback_and_fallback(stage, policy, i))
            continue;
        see_failed_rollback(stage, policy, i);
        undone[policy->strategies[i].issue] = true;
        rolled_back++;
    }
    for (size_t type = 0; type < ISSUE_TYPE_COUNT; type++)
        assert_true(types[type] && undone[type]);
    assert_true(policy->strategy_count >= 24);
    assert_true(rolled_back >= 19);
    assert_true(alone <= 1); /* a busy node is emptied, or a person comes */
    print_message("%zu strategies, %zu rolled back\n", policy->strategy_count, rolled_back);
    free(stage);
    policy_destroy(policy);
}

/* Each rung of a built-in ladder can be reached: no strategy is only in the list. */
static void test_every_strategy_is_a_rung(void **state)
{
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors);

    (void)state;
    for (uint32_t i = 0; i < policy->strategy_count; i++) {
        const struct ladder *ladder = &policy->ladders[policy->strategies[i].issue];
        bool rung = false;
        for (size_t r = 0; r < ladder->count; r++)
            rung = rung || ladder->rungs[r] == i;
        expect(rung, policy, i, "is on no ladder");
    }
    policy_destroy(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_strategy_cures_fails_rolls_back_and_falls_back),
        cmocka_unit_test(test_every_strategy_is_a_rung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
