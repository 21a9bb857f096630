/* ladder_test.c - ladders, rungs, what a strategy needs, undos that are due,
 * loops that are stopped, plans that add up. */
#include "engine/command.h"
#include "engine/test_engine.h"

static struct bed *cpu_bed(void)
{
    struct bed *bed = bed_create(3, "pod/shop/web:cpu", "pod/shop/web:oom", "pod/shop/two:cpu");

    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    bed_rule(bed, "*:oom", ISSUE_HIGH_CPU)->above = 0.5;
    return bed;
}

static void heal(struct bed *bed)
{
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, 0, 0.5);
    bed_frame(bed, 10);
}

static void test_a_rung_that_takes_too_long_is_left(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "slow", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->attempts = 10;
    bed_strategy(bed, "next", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed->policy.ladders[ISSUE_HIGH_CPU].timeouts[0] = HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_true(engine_next_deadline(bed->engine) == bed->now + 55 * HEAL_SECOND);
    bed_tick(bed, 55); /* verify_within would be two minutes */
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed_destroy(bed);
}

static void test_a_strategy_is_left_out_without_its_evidence_or_on_another_kind(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "memory", ISSUE_HIGH_CPU, ACTION_RAISE_MEMORY_LIMIT)->evidence = "*oom*";
    bed_strategy(bed, "node", ISSUE_HIGH_CPU, ACTION_CORDON_NODE)->applies_to = "node/*";
    bed_strategy(bed, "rest", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->applies_to = "!node/*";
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 2, 0.95);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed->values[1] = 1.0; /* the other pod was killed for memory */
    bed_frame(bed, 10);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RAISE_MEMORY_LIMIT);
    bed_destroy(bed);
}

static void test_a_remedy_is_taken_back_when_its_time_is_over(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    struct strategy *strategy = bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    strategy->undo_after = 30 * HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    heal(bed);
    assert_true(engine_next_deadline(bed->engine) > bed->now);
    bed_tick(bed, 30 * 60);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_IN);
    assert_int_equal(bed_last_action(bed)->remediation, 1);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_UNDO_ENDED)->outcome, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_UNDO_ENDED)->attempt, 0); /* as planned */
    bed_destroy(bed);
}

static void test_an_undo_that_fails_freezes_and_calls_a_person(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT)->undo_after = HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    heal(bed);
    bed_tick(bed, 60);
    bed_tick(bed, 60); /* no answer: timed out */
    assert_int_equal(bed_last(bed, DECISION_UNDO_ENDED)->outcome, ACTION_FAILED);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_FROZEN);
    bed_destroy(bed);
}

static void test_an_undo_waits_for_a_remedy_nearby(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT)->undo_after = HEAL_MINUTE;
    bed_strategy(bed, "other", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    heal(bed);
    bed_frame_with(bed, 30, 0, 0.95); /* it comes back before the undo is due */
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed_tick(bed, 40);
    assert_int_equal(bed_count(bed, DECISION_UNDO_STARTED), 0);
    heal(bed);
    bed_tick(bed, 1);
    assert_int_equal(bed_count(bed, DECISION_UNDO_STARTED), 1);
    bed_destroy(bed);
}

static struct standing_step left(enum action_kind kind, heal_time due)
{
    return (struct standing_step){
        .kind = kind, .amount = 1, .before = NAN, .due = due, .type = ISSUE_HIGH_CPU, .severity = SEVERITY_HIGH};
}

/* An earlier engine cordoned it and was killed: before anything new is done there it is given back. */
static void test_what_an_earlier_engine_left_is_taken_back_first(void **state)
{
    struct bed *bed = cpu_bed();
    struct standing_step cordon = left(ACTION_CORDON_NODE, INT64_MIN);

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_start(bed, 1);
    engine_take_back(bed->engine, &cordon);
    bed_frame_with(bed, 10, 0, 0.95); /* and it is sick */
    assert_int_equal(bed->action_count, 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_UNCORDON_NODE);
    assert_true(bed_last_action(bed)->rollback);
    assert_int_equal(bed_last_action(bed)->remediation, 0);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_RESOURCE_BUSY);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_UNDO_ENDED)->outcome, ACTION_SUCCEEDED);
    bed_frame(bed, 10);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    assert_int_equal(bed_count(bed, DECISION_UNDO_STARTED), 1);
    bed_destroy(bed);
}

static void test_what_was_left_and_cannot_be_taken_back_calls_a_person(void **state)
{
    struct bed *bed = cpu_bed();
    struct standing_step cordon = left(ACTION_CORDON_NODE, INT64_MIN);

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_start(bed, 1);
    engine_take_back(bed->engine, &cordon);
    bed_frame(bed, 10);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_FROZEN);
    bed_destroy(bed);
}

/* In a dry run nothing is done; what is no step, or stands for a while yet, is left alone. */
static void test_what_was_left_is_taken_back_when_it_may_be(void **state)
{
    struct bed *bed = cpu_bed();
    struct standing_step cordon = left(ACTION_CORDON_NODE, INT64_MIN), none = left(ACTION_RESTART_POD, INT64_MIN);
    struct standing_step nowhere = left(ACTION_CORDON_NODE, INT64_MIN), later;

    (void)state;
    nowhere.target = UINT32_MAX;
    bed->policy.dry_run = true;
    bed_start(bed, 1);
    later = left(ACTION_SCALE_OUT, bed->now + HEAL_HOUR);
    engine_take_back(bed->engine, &none);
    engine_take_back(bed->engine, &nowhere);
    engine_take_back(bed->engine, &cordon);
    engine_take_back(bed->engine, &later);
    bed_frame(bed, 60);
    assert_int_equal(bed->action_count, 0);
    engine_command(bed->engine, bed->now, &(struct command){.kind = COMMAND_DRY_RUN, .on = false, .actor = "ann"});
    bed_frame(bed, 60);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_UNCORDON_NODE);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 60);
    assert_int_equal(bed->action_count, 1);
    bed_frame(bed, 3600);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_IN);
    assert_int_equal(bed->action_count, 2);
    bed_destroy(bed);
}

static void test_a_loop_that_does_not_help_is_stopped_and_said_so(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->attempts = 100;
    bed->policy.guards.futile_after = 3;
    bed->policy.guards.futile_within = HEAL_HOUR;
    bed_start(bed, 1);
    for (int i = 0; i < 3; i++) { /* it helps, and does not last */
        bed_frame_with(bed, 30, 0, 0.95);
        assert_int_equal(bed_deeds(bed), i + 1);
        heal(bed);
    }
    bed_frame_with(bed, 30, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 3);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_FUTILE);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    bed_destroy(bed);
}

static void test_a_metric_with_a_memory_is_judged_later(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed->rules[0].settle = 5 * HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame(bed, 4 * 60); /* far past verify_within, but the average still holds the fault */
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 0);
    bed_frame_with(bed, 70, 0, 0.5);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 1);
    bed_destroy(bed);
}

static void test_steps_by_load_scale_with_it(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    struct strategy *strategy = bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    strategy->steps[0].amount = 1.0;
    strategy->steps[0].amount_max = 3.0;
    bed_relate(bed, "pod/shop/web", RELATION_OWNED_BY, "workload/shop/w");
    bed_relate(bed, "pod/shop/two", RELATION_OWNED_BY, "workload/shop/w");
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 1.8); /* two members at twice the limit: two more */
    assert_true(bed_last_action(bed)->amount == 2.0);
    bed_destroy(bed);
}

/* A processor that jumps, with its load or without: what a person would call demand is
 * met by replicas, a fault by a restart; and what was learned of one says nothing of the
 * other. `load_at` is where the load is told. */
static struct bed *jump(const char *load_at, double load)
{
    struct bed *bed = bed_create(2, "pod/shop/web:cpu", load_at);
    struct random_stream stream = random_stream_named(4, "ladder", "load", 0);

    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    struct policy_rule *rule = bed_rule(bed, "*:requests_per_second", ISSUE_NONE);
    rule->load = rule->baseline = true;
    rule->deviation = 1000;
    bed_strategy(bed, "replicas", ISSUE_HIGH_CPU, ACTION_SCALE_OUT)->cause = ISSUE_CAUSE_DEMAND;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->cause = ISSUE_CAUSE_FAULT;
    bed_relate(bed, "pod/shop/web", RELATION_OWNED_BY, "workload/shop/w");
    bed->policy.baseline.window = HEAL_HOUR;
    bed_start(bed, 1);
    for (int i = 0; i < 200; i++) {
        bed->values[1] = 100 + 5 * random_normal(&stream);
        bed_frame_with(bed, 10, 0, 0.5);
    }
    bed->values[1] = load;
    bed_frame_with(bed, 10, 0, 0.95);
    return bed;
}

static void test_more_load_makes_it_demand_and_none_a_fault(void **state)
{
    static const struct {
        const char *load_at;
        double load;
        enum issue_cause cause;
        enum action_kind action;
    } CASES[] = {
        {"pod/shop/web:requests_per_second", 250, ISSUE_CAUSE_DEMAND, ACTION_SCALE_OUT},
        {"pod/shop/web:requests_per_second", 101, ISSUE_CAUSE_FAULT, ACTION_RESTART_POD},
        {"pod/shop/web:requests_per_second", 20, ISSUE_CAUSE_FAULT, ACTION_RESTART_POD},
        {"workload/shop/w:requests_per_second", 250, ISSUE_CAUSE_DEMAND, ACTION_SCALE_OUT},
        {"pod/shop/other:requests_per_second", 250, ISSUE_CAUSE_UNKNOWN, ACTION_SCALE_OUT}, /* the first rung */
        {"pod/shop/web:requests_per_second", NAN, ISSUE_CAUSE_UNKNOWN, ACTION_SCALE_OUT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct bed *bed = jump(CASES[i].load_at, CASES[i].load);
        const struct decision *opened = bed_last(bed, DECISION_ISSUE_OPENED);
        assert_int_equal(opened->cause, CASES[i].cause);
        if (CASES[i].cause != ISSUE_CAUSE_UNKNOWN) {
            assert_true(fabs(opened->finding.load - CASES[i].load / 100) < 0.05 * CASES[i].load / 100);
            assert_int_equal(bed_last(bed, DECISION_EVIDENCE)->cause, CASES[i].cause);
        } else {
            assert_int_equal(bed_count(bed, DECISION_EVIDENCE), 0);
        }
        assert_int_equal(bed_last_action(bed)->kind, CASES[i].action);
        bed_destroy(bed);
    }
}

/* A load that swings by half all day is no demand at its usual heights. */
static void test_a_load_as_it_is_at_times_is_no_demand(void **state)
{
    struct bed *bed = bed_create(2, "pod/shop/web:cpu", "pod/shop/web:requests_per_second");
    (void)state;
    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    struct policy_rule *rule = bed_rule(bed, "*:requests_per_second", ISSUE_NONE);
    rule->load = rule->baseline = true;
    rule->deviation = 1000;
    bed->policy.baseline.window = HEAL_HOUR;
    bed_start(bed, 1);
    for (int i = 0; i < 200; i++) {
        bed->values[1] = 100 + (i * 37 % 101) - 50;
        bed_frame_with(bed, 10, 0, 0.5);
    }
    bed->values[1] = 145;
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_OPENED)->cause, ISSUE_CAUSE_FAULT);
    assert_true(bed_last(bed, DECISION_ISSUE_OPENED)->finding.load > 1.3);
    bed_destroy(bed);
}

static void test_a_window_holds_a_strategy_back_and_opens(void **state)
{
    struct bed *bed = cpu_bed();
    struct policy_window night = {.name = "night", .resources = "*", .days = 127};

    (void)state;
    bed->now = INT64_C(1700006400) * HEAL_SECOND; /* midnight */
    night.from = 60, night.to = 120;
    bed->policy.windows = &night;
    bed->policy.window_count = 1;
    bed_strategy(bed, "index", ISSUE_HIGH_CPU, ACTION_ADD_INDEX)->window = "night";
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_WINDOW);
    assert_true(engine_next_deadline(bed->engine) == INT64_C(1700006400) * HEAL_SECOND + HEAL_HOUR);
    bed_tick(bed, 3589);
    assert_int_equal(bed_deeds(bed), 0);
    bed_tick(bed, 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_ADD_INDEX);
    bed_destroy(bed);
}

/* The callee of a link is what its caller waits for; of all else it is who owns it. */
static void test_a_callee_is_what_a_link_calls_or_who_owns_the_rest(void **state)
{
    struct bed *bed = bed_create(5, "link/shop/web-cart:cpu", "pod/shop/cart-1:cpu", "pod/shop/web-1:cpu",
                                 "link/shop/web-orders:cpu", "database/shop/orders:cpu");
    struct strategy *strategy;

    (void)state;
    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    strategy = bed_strategy(bed, "scale", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    strategy->steps[0].target = STEP_TARGET_CALLEE;
    bed_relate(bed, "pod/shop/cart-1", RELATION_OWNED_BY, "workload/shop/carts");
    bed_relate(bed, "pod/shop/web-1", RELATION_OWNED_BY, "workload/shop/web");
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "workload/shop/carts"));
    bed->values[2] = 0.95;
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "workload/shop/web"));
    bed->values[3] = 0.95;
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "link/shop/web-orders")); /* no database is scaled */
    bed_destroy(bed);
}

/* Midnight; the window of "index" is from one to two, and from `high` on it asks outside of it. */
static struct bed *night_bed(struct policy_window *night, enum severity severity)
{
    struct bed *bed = cpu_bed();
    struct strategy *index = bed_strategy(bed, "index", ISSUE_HIGH_CPU, ACTION_ADD_INDEX);

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    *night = (struct policy_window){.name = "night", .resources = "*", .days = 127, .from = 60, .to = 120};
    bed->now = INT64_C(1700006400) * HEAL_SECOND;
    bed->policy.windows = night;
    bed->policy.window_count = 1;
    bed->policy.guards.approval_expires = 4 * HEAL_HOUR;
    bed->rules[0].severity = severity;
    index->window = "night";
    index->urgent_from = 1U + SEVERITY_HIGH;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    return bed;
}

static void test_outside_its_window_what_is_urgent_asks(void **state)
{
    struct policy_window night;
    struct bed *bed = night_bed(&night, SEVERITY_HIGH);

    (void)state;
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    assert_int_equal(bed_deeds(bed), 0);
    engine_approve(bed->engine, bed->now, 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_ADD_INDEX);
    bed_destroy(bed);
    bed = night_bed(&night, SEVERITY_CRITICAL);
    struct command no = {.kind = COMMAND_DENY, .issue = 1, .resource = RESOURCE_NONE};
    assert_int_equal(engine_command(bed->engine, bed->now, &no), COMMAND_DONE);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD); /* it is passed over */
    bed_destroy(bed);
}

static void test_outside_its_window_what_is_not_urgent_waits(void **state)
{
    struct policy_window night;
    struct bed *bed = night_bed(&night, SEVERITY_MEDIUM);

    (void)state;
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_WINDOW);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 0);
    engine_approve(bed->engine, bed->now, 1); /* nobody asked */
    assert_int_equal(bed_deeds(bed), 0);
    bed_destroy(bed);
}

/* No yes is needed any more, and none that came too late is left over. */
static void test_a_question_is_moot_when_the_window_opens(void **state)
{
    struct policy_window night;
    struct bed *bed = night_bed(&night, SEVERITY_HIGH);

    (void)state;
    bed_tick(bed, 3500);
    assert_int_equal(bed_deeds(bed), 0);
    bed_tick(bed, 90);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_ADD_INDEX);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_STARTED), 1);
    bed_destroy(bed);
}

static void test_what_grows_urgent_while_it_waits_asks(void **state)
{
    struct policy_window night;
    struct bed *bed = night_bed(&night, SEVERITY_MEDIUM);

    (void)state;
    bed->rules[0].critical_above = 0.97;
    bed_frame_with(bed, 10, 0, 0.99);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    bed_destroy(bed);
}

static void test_a_guarded_step_asks_first(void **state)
{
    struct bed *bed = cpu_bed();
    struct policy_approval guard = {ACTION_RESTART_POD, "pod/shop/web"};

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed->policy.guards.approvals = &guard;
    bed->policy.guards.approval_count = 1;
    bed_start(bed, 1);
    bed->values[2] = 0.95;
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 1); /* the other pod needs nobody's yes */
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    engine_approve(bed->engine, bed->now, 1);
    assert_int_equal(bed_deeds(bed), 2);
    bed_destroy(bed);
}

/* Nobody knows when a person comes: who waits for one keeps nobody else from work, and
 * looks again at who is at work once the yes is there. */
static void test_a_wait_for_a_yes_takes_no_place(void **state)
{
    struct bed *bed = cpu_bed();
    struct policy_approval guard = {ACTION_RESTART_POD, "pod/shop/web"};

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed->policy.guards.approvals = &guard;
    bed->policy.guards.approval_count = 1;
    bed->policy.limits.concurrent = 1;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    bed_frame_with(bed, 10, 2, 0.95);
    assert_int_equal(bed_deeds(bed), 1); /* the other pod's */
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "pod/shop/two"));
    engine_approve(bed->engine, bed->now, 1);
    assert_int_equal(bed_deeds(bed), 1);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_CONCURRENT_LIMIT);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, 2, 0.1);
    bed_frame(bed, 10);
    assert_int_equal(bed_deeds(bed), 2);
    assert_int_equal(bed_last_action(bed)->target, bed_find(bed, "pod/shop/web"));
    bed_destroy(bed);
}

/* A yes is good when the action starts, not only when it was given. */
static void test_a_yes_that_grew_old_while_it_waited_is_asked_for_again(void **state)
{
    struct bed *bed = cpu_bed();
    struct policy_approval guard = {ACTION_RESTART_POD, "pod/shop/web"};

    (void)state;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->steps[0].delay = 20 * HEAL_MINUTE;
    bed->policy.guards.approvals = &guard;
    bed->policy.guards.approval_count = 1;
    bed->policy.guards.approval_expires = 10 * HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    engine_approve(bed->engine, bed->now, 1);
    bed_frame(bed, 1200);
    assert_int_equal(bed_deeds(bed), 0);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    bed_destroy(bed);
}

static void test_plans_are_made_in_the_world_that_the_earlier_ones_leave(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    struct strategy *strategy = bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    strategy->steps[0].target = STEP_TARGET_OWNER;
    bed_relate(bed, "pod/shop/web", RELATION_OWNED_BY, "workload/shop/w");
    bed_relate(bed, "pod/shop/two", RELATION_OWNED_BY, "workload/shop/w");
    bed->policy.dry_run = true;
    bed_start(bed, 1);
    bed->values[2] = 0.95;
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed->action_count, 0);
    assert_int_equal(bed_count(bed, DECISION_ACTION_PLANNED), 1); /* the second pod is healed by the first plan */
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_PLANNED);
    assert_true(bed_last(bed, DECISION_PLAN_OUTCOME)->reference == 100.0); /* all would be well */
    bed_destroy(bed);
}

static void test_too_many_failures_switch_automatic_remediation_off(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->policy.alerts = (struct policy_alerts){HEAL_HOUR, 2, 0.3, 0, 0, 0};
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_start(bed, 1);
    bed->values[2] = 0.95;
    bed_frame_with(bed, 10, 0, 0.95);
    for (int i = 0; i < 30; i++)
        bed_frame(bed, 30); /* nobody answers, nothing helps */
    assert_int_equal(bed_count(bed, DECISION_ALERT), 1);
    assert_int_equal(bed_last(bed, DECISION_ALERT)->severity, SEVERITY_HIGH);
    assert_false(engine_switch_is_on(bed->engine, SWITCH_AUTO_REMEDIATION));
    bed_destroy(bed);
}

static void test_a_filling_disk_is_an_issue_before_it_is_full(void **state)
{
    struct bed *bed = bed_create(1, "volume/s/d:disk");
    double value = 0.5;

    (void)state;
    struct policy_rule *rule = bed_rule(bed, "*:disk", ISSUE_DISK_FULL);
    rule->above = 0.95;
    rule->forecast_within = 2 * HEAL_HOUR;
    bed_strategy(bed, "clean", ISSUE_DISK_FULL, ACTION_CLEAN_TEMP_FILES);
    bed_start(bed, 1);
    while (bed_deeds(bed) == 0 && value < 1.0)
        bed_frame_with(bed, 30, 0, value += 0.1 / 120.0);
    assert_true(value < 0.9);
    assert_int_equal(bed_count(bed, DECISION_FORECAST), 1);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_BEGAN), 0);
    bed_answer(bed, 5, ACTION_SUCCEEDED); /* the trend's past says nothing any more */
    for (int i = 0; i < 10; i++)
        bed_frame_with(bed, 30, 0, 0.4);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rung_that_takes_too_long_is_left),
        cmocka_unit_test(test_a_strategy_is_left_out_without_its_evidence_or_on_another_kind),
        cmocka_unit_test(test_a_remedy_is_taken_back_when_its_time_is_over),
        cmocka_unit_test(test_an_undo_that_fails_freezes_and_calls_a_person),
        cmocka_unit_test(test_an_undo_waits_for_a_remedy_nearby),
        cmocka_unit_test(test_what_an_earlier_engine_left_is_taken_back_first),
        cmocka_unit_test(test_what_was_left_and_cannot_be_taken_back_calls_a_person),
        cmocka_unit_test(test_what_was_left_is_taken_back_when_it_may_be),
        cmocka_unit_test(test_a_loop_that_does_not_help_is_stopped_and_said_so),
        cmocka_unit_test(test_a_metric_with_a_memory_is_judged_later),
        cmocka_unit_test(test_steps_by_load_scale_with_it),
        cmocka_unit_test(test_more_load_makes_it_demand_and_none_a_fault),
        cmocka_unit_test(test_a_load_as_it_is_at_times_is_no_demand),
        cmocka_unit_test(test_a_window_holds_a_strategy_back_and_opens),
        cmocka_unit_test(test_a_callee_is_what_a_link_calls_or_who_owns_the_rest),
        cmocka_unit_test(test_outside_its_window_what_is_urgent_asks),
        cmocka_unit_test(test_outside_its_window_what_is_not_urgent_waits),
        cmocka_unit_test(test_a_question_is_moot_when_the_window_opens),
        cmocka_unit_test(test_what_grows_urgent_while_it_waits_asks),
        cmocka_unit_test(test_a_guarded_step_asks_first),
        cmocka_unit_test(test_a_wait_for_a_yes_takes_no_place),
        cmocka_unit_test(test_a_yes_that_grew_old_while_it_waited_is_asked_for_again),
        cmocka_unit_test(test_plans_are_made_in_the_world_that_the_earlier_ones_leave),
        cmocka_unit_test(test_too_many_failures_switch_automatic_remediation_off),
        cmocka_unit_test(test_a_filling_disk_is_an_issue_before_it_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
