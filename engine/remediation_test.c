/* The course of one remedy, driven through the engine's front door: frames and
 * answers in, actions and decisions out. Unless a test says otherwise, series 0 is
 * the cpu of pod/shop/web, anomalous above 0.9. */
#include "engine/engine.h"

#include "engine/state.h"
#include "engine/test_engine.h"

enum { CPU, LATENCY, DISK };
static const double GOOD = 0.5, BAD = 1.0;

static int create(void **state)
{
    struct bed *bed = bed_create(3, "pod/shop/web:cpu", "pod/shop/web:latency", "volume/shop/data:disk");

    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    bed_rule(bed, "*:latency", ISSUE_NETWORK_LATENCY)->above = 0.9;
    bed_rule(bed, "*:disk", ISSUE_DISK_FULL)->above = 0.9;
    *state = bed;
    return 0;
}

static int destroy(void **state)
{
    bed_destroy(*state);
    return 0;
}

/* Two steps that can be undone, with one that need not be in between. */
static struct strategy *three_steps(struct bed *bed)
{
    struct strategy *strategy = bed_strategy(bed, "three", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);

    bed_add_step(strategy, ACTION_RESTART_POD);
    bed_add_step(strategy, ACTION_SCALE_OUT);
    return strategy;
}

static void trouble(struct bed *bed)
{
    bed_frame_with(bed, 10, CPU, BAD);
}

static void assert_ended(const struct bed *bed, enum remediation_status status)
{
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, status);
}

static void assert_open_issues(const struct bed *bed, size_t count)
{
    assert_int_equal(engine_counts(bed->engine).open_issues, count);
}

/* The kinds of all actions so far, pages as well. */
static void assert_actions(const struct bed *bed, size_t count, ...)
{
    va_list kinds;

    assert_int_equal(bed->action_count, count);
    va_start(kinds, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(bed->actions[i].kind, va_arg(kinds, int));
    va_end(kinds);
}

static void test_a_remedy_that_helps_ends_in_success(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    bed_start(bed, 1);
    trouble(bed);
    const struct action *action = bed_last_action(bed);
    assert_int_equal(action->kind, ACTION_RAISE_CPU_LIMIT);
    assert_int_equal(action->id, 1);
    assert_int_equal(action->issue, 1);
    assert_int_equal(action->remediation, 1);
    assert_string_equal(inventory_resource_id(bed->inventory, action->target), "pod/shop/web");
    assert_true(action->amount == 0.5);
    assert_true(action->timeout == HEAL_MINUTE);
    assert_false(action->rollback);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 0); /* the signal is still bad */
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 1);
    assert_ended(bed, REMEDIATION_SUCCESS);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
    assert_open_issues(bed, 0);
}

static void test_decisions_tell_the_course_in_order(void **state)
{
    static const enum decision_kind course[] = {
        DECISION_HEALTH,           DECISION_ANOMALY_BEGAN,       DECISION_ISSUE_OPENED,
        DECISION_ISSUE_RANKED,     DECISION_REMEDIATION_STARTED, DECISION_ATTEMPT_STARTED,
        DECISION_ACTION_STARTED,   DECISION_ACTION_ENDED,        DECISION_ANOMALY_ENDED,
        DECISION_ATTEMPT_VERIFIED, DECISION_REMEDIATION_ENDED,   DECISION_ISSUE_CLOSED,
    };
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    bed_start(bed, 1);
    bed_frame(bed, 10);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_int_equal(bed->decision_count, sizeof course / sizeof course[0]);
    for (size_t i = 0; i < bed->decision_count; i++)
        assert_int_equal(bed->decisions[i].kind, course[i]);
}

static void test_steps_run_one_after_the_other_each_after_its_delay(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = three_steps(bed);

    strategy->steps[0].delay = 5 * HEAL_SECOND;
    strategy->steps[2].delay = 7 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    assert_int_equal(bed->action_count, 0);
    bed_tick(bed, 5);
    assert_actions(bed, 1, ACTION_RAISE_CPU_LIMIT);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_actions(bed, 2, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_tick(bed, 6.9);
    assert_int_equal(bed->action_count, 2);
    bed_tick(bed, 0.1);
    assert_actions(bed, 3, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD, ACTION_SCALE_OUT);
}

static void test_a_step_acts_on_what_it_names_or_else_on_the_resource(void **state)
{
    static const char *const targets[] = {"pod/shop/web", "workload/shop/web", "node/-/n1", "pod/shop/web"};
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "targets", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    for (int i = 0; i < 3; i++)
        bed_add_step(strategy, ACTION_RESTART_POD);
    strategy->steps[1].target = STEP_TARGET_OWNER;
    strategy->steps[2].target = STEP_TARGET_NODE;
    strategy->steps[3].target = STEP_TARGET_VOLUME; /* the pod mounts none */
    bed_relate(bed, "pod/shop/web", RELATION_OWNED_BY, "workload/shop/web");
    bed_relate(bed, "pod/shop/web", RELATION_RUNS_ON, "node/-/n1");
    bed_start(bed, 1);
    trouble(bed);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(inventory_resource_id(bed->inventory, bed->actions[i].target), targets[i]);
        bed_answer(bed, 1, ACTION_SUCCEEDED);
    }
}

static void test_the_signal_is_judged_after_it_had_time_to_settle(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);

    strategy->settle = 30 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_true(engine_next_deadline(bed->engine) == bed->now + 2 * HEAL_MINUTE);
    bed_frame_with(bed, 1, CPU, GOOD);
    assert_true(engine_next_deadline(bed->engine) == bed->now + 29 * HEAL_SECOND);
    bed_frame(bed, 28.9);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 0);
    bed_frame(bed, 0.1);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 1);
}

static void test_the_signal_must_be_good_for_the_verify_hold(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);

    strategy->verify_hold = 20 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame_with(bed, 10, CPU, BAD); /* not yet: starts anew */
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 0);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 1);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 1);
}

static void test_a_failed_step_undoes_those_before_it_last_first(void **state)
{
    struct bed *bed = *state;

    bed_add_step(three_steps(bed), ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 3; i++)
        bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_answer(bed, 1, ACTION_FAILED); /* the shift: nothing was done, nothing to undo */
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 1);
    assert_int_equal(bed_count(bed, DECISION_ROLLBACK_STARTED), 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_IN);
    assert_true(bed_last_action(bed)->rollback);
    assert_true(bed_last_action(bed)->amount == 1.0);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT); /* a restart needs no undoing */
    assert_true(bed_last_action(bed)->amount == 0.5);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_ROLLBACK_ENDED)->outcome, ACTION_SUCCEEDED);
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_actions(bed, 7, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD, ACTION_SCALE_OUT, ACTION_SHIFT_TRAFFIC,
                   ACTION_SCALE_IN, ACTION_LOWER_CPU_LIMIT, ACTION_PAGE_OPERATOR);
}

/* Captured before each change: the undo of a step gets what the world found there,
 * and that of a step of which it said nothing, or nothing sensible, gets NaN. */
static void test_an_undo_gets_what_was_before_the_step(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = three_steps(bed);

    strategy->steps[0].action = ACTION_RAISE_MEMORY_LIMIT;
    strategy->steps[0].amount = 536870912;
    strategy->steps[0].unit = AMOUNT_BYTES;
    bed_add_step(strategy, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    assert_int_equal(bed_last_action(bed)->unit, AMOUNT_BYTES);
    assert_true(bed_last_action(bed)->amount == 536870912);
    assert_true(isnan(bed_last_action(bed)->before));
    assert_int_equal(bed_last(bed, DECISION_ACTION_STARTED)->amount_unit, AMOUNT_BYTES);
    bed_answer_before(bed, 1, 268435456);
    assert_true(bed_last(bed, DECISION_ACTION_ENDED)->value == 268435456);
    bed_answer_before(bed, 1, 4); /* a restart has nothing that was before */
    assert_true(isnan(bed_last(bed, DECISION_ACTION_ENDED)->value));
    assert_int_equal(bed_last_action(bed)->unit, AMOUNT_OWN);
    bed_answer_before(bed, 1, INFINITY);
    assert_true(isnan(bed_last(bed, DECISION_ACTION_ENDED)->value));
    bed_answer(bed, 1, ACTION_FAILED);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_IN);
    assert_true(isnan(bed_last_action(bed)->before));
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_MEMORY_LIMIT); /* exactly what was added */
    assert_true(bed_last_action(bed)->amount == 536870912);
    assert_int_equal(bed_last_action(bed)->unit, AMOUNT_BYTES);
    assert_true(bed_last_action(bed)->before == 268435456);
    assert_true(bed_last(bed, DECISION_ACTION_STARTED)->reference == 268435456);
}

/* An undo long after success, too. */
static void test_a_later_undo_gets_what_was_before_the_step(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->undo_after = 10 * HEAL_MINUTE;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer_before(bed, 1, 2.5);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_SUCCESS);
    bed_tick(bed, 700);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT);
    assert_true(bed_last_action(bed)->before == 2.5);
    assert_true(bed_last_action(bed)->rollback);
}

static void test_what_the_world_cannot_do_is_a_failed_step(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_UNSUPPORTED);
    assert_int_equal(bed_last(bed, DECISION_ACTION_ENDED)->outcome, ACTION_UNSUPPORTED);
    assert_int_equal(bed_count(bed, DECISION_ROLLBACK_STARTED), 0); /* nothing was done */
    assert_actions(bed, 2, ACTION_RAISE_CPU_LIMIT, ACTION_PAGE_OPERATOR);
}

/* After a time-out nobody knows: it is undone as if it had been done. */
static void test_a_step_that_times_out_is_undone_too(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    assert_true(engine_next_deadline(bed->engine) == bed->now + HEAL_MINUTE);
    bed_tick(bed, 59.9);
    assert_int_equal(bed_count(bed, DECISION_ACTION_ENDED), 0);
    bed_tick(bed, 0.1);
    assert_int_equal(bed_last(bed, DECISION_ACTION_ENDED)->outcome, ACTION_TIMED_OUT);
    assert_actions(bed, 2, ACTION_RAISE_CPU_LIMIT, ACTION_LOWER_CPU_LIMIT);
}

static void test_an_answer_after_the_time_out_is_ignored(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    bed_tick(bed, 60);
    size_t decisions = bed->decision_count;
    engine_action_ended(bed->engine, bed->now += HEAL_SECOND, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed->decision_count, decisions);
    bed_answer(bed, 1, ACTION_SUCCEEDED); /* of the undoing: that one counts */
    assert_int_equal(bed_count(bed, DECISION_ROLLBACK_ENDED), 1);
}

/* Late is late, whether or not anybody has looked at the clock meanwhile. */
static void test_a_late_answer_that_comes_before_the_tick_is_a_time_out(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 60.5, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_ACTION_ENDED)->outcome, ACTION_TIMED_OUT);
    assert_int_equal(bed_count(bed, DECISION_ACTION_ENDED), 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT);
}

static void test_an_answer_just_in_time_counts(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 60, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_ACTION_ENDED)->outcome, ACTION_SUCCEEDED);
}

static void test_second_and_unknown_answers_are_ignored(void **state)
{
    static const uint64_t strangers[] = {0, 1, 3, 99, UINT64_MAX};
    struct bed *bed = *state;

    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED); /* of action 1; now 2 is out */
    size_t decisions = bed->decision_count;
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        engine_action_ended(bed->engine, bed->now, strangers[i], ACTION_FAILED);
    assert_int_equal(bed->decision_count, decisions);
    assert_int_equal(bed->action_count, 2);
}

static void test_the_answer_to_a_page_is_ignored(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1); /* no strategy at all */
    trouble(bed);
    assert_actions(bed, 1, ACTION_PAGE_OPERATOR);
    size_t decisions = bed->decision_count;
    engine_action_ended(bed->engine, bed->now += HEAL_SECOND, bed->actions[0].id, ACTION_FAILED);
    assert_int_equal(bed->decision_count, decisions);
}

static void test_without_a_strategy_a_person_is_paged_once(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 100; i++)
        bed_frame(bed, 10);
    assert_actions(bed, 1, ACTION_PAGE_OPERATOR);
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_open_issues(bed, 1); /* until the signal says otherwise */
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_open_issues(bed, 0);
}

static void test_a_signal_that_stays_bad_undoes_then_falls_back_then_escalates(void **state)
{
    struct bed *bed = *state;

    three_steps(bed);
    bed_strategy(bed, "fallback", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 3; i++)
        bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_true(engine_next_deadline(bed->engine) == bed->now + 2 * HEAL_MINUTE);
    bed_frame(bed, 119);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 0);
    bed_frame(bed, 1);
    for (int i = 0; i < 2; i++)
        bed_answer(bed, 1, ACTION_SUCCEEDED); /* both undone */
    assert_int_equal(bed_last(bed, DECISION_ATTEMPT_STARTED)->strategy, 1);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_actions(bed, 8, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD, ACTION_SCALE_OUT, ACTION_SCALE_IN,
                   ACTION_LOWER_CPU_LIMIT, ACTION_SHIFT_TRAFFIC, ACTION_RESTORE_TRAFFIC, ACTION_PAGE_OPERATOR);
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_STARTED), 1); /* all of it was one remediation */
    assert_open_issues(bed, 1);
}

static void test_what_need_not_be_undone_is_left_standing(void **state)
{
    struct bed *bed = *state;

    three_steps(bed)->undo_on_failure = false;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_int_equal(bed_count(bed, DECISION_ROLLBACK_STARTED), 0);
    assert_actions(bed, 3, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD, ACTION_PAGE_OPERATOR);
}

/* All that can still be undone is; then nothing more is done to the resource. */
static void check_failed_rollback(struct bed *bed, bool by_time_out)
{
    three_steps(bed);
    bed_strategy(bed, "fallback", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 3; i++)
        bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_IN);
    if (by_time_out)
        bed_tick(bed, 60);
    else
        bed_answer(bed, 1, ACTION_FAILED);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT); /* goes on */
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_ROLLBACK_ENDED)->outcome, ACTION_FAILED);
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    assert_int_equal(bed_count_actions(bed, ACTION_SHIFT_TRAFFIC), 0); /* no fallback */
    bed_frame_with(bed, 10, CPU, GOOD);
    size_t deeds = bed_deeds(bed);
    trouble(bed);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_FROZEN);
    bed_frame_with(bed, HEAL_DAY / (double)HEAL_SECOND, LATENCY, BAD); /* nor for another issue, ever */
    assert_int_equal(bed_deeds(bed), deeds);
}

static void test_a_failed_rollback_goes_on_and_freezes_the_resource(void **state)
{
    check_failed_rollback(*state, false);
}

static void test_a_rollback_that_times_out_has_failed(void **state)
{
    check_failed_rollback(*state, true);
}

static void test_attempts_are_made_with_a_growing_pause(void **state)
{
    static const double pauses[] = {10, 30, 90};
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 4;
    strategy->backoff = 10 * HEAL_SECOND;
    strategy->backoff_factor = 3.0;
    bed_start(bed, 1);
    trouble(bed);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(bed_last(bed, DECISION_ATTEMPT_STARTED)->attempt, i + 1);
        bed_answer(bed, 1, ACTION_FAILED);
        assert_true(engine_next_deadline(bed->engine) == bed->now + (heal_duration)(pauses[i] * HEAL_SECOND));
        bed_tick(bed, pauses[i] - 0.001);
        assert_int_equal(bed->action_count, i + 1);
        bed_tick(bed, 0.001);
        assert_int_equal(bed->action_count, i + 2);
    }
    bed_answer(bed, 1, ACTION_FAILED);
    assert_ended(bed, REMEDIATION_ESCALATED);
}

static void test_the_delay_of_the_first_step_comes_after_the_pause(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 2;
    strategy->backoff = 10 * HEAL_SECOND;
    strategy->steps[0].delay = 5 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_tick(bed, 5);
    bed_answer(bed, 1, ACTION_FAILED);
    bed_tick(bed, 10);
    assert_int_equal(bed->action_count, 1);
    bed_tick(bed, 5);
    assert_int_equal(bed->action_count, 2);
}

static void test_the_pause_stops_growing_at_a_day(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 100;
    strategy->backoff = HEAL_HOUR;
    strategy->backoff_factor = 1e300;
    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 99; i++) {
        bed_answer(bed, 1, ACTION_FAILED);
        assert_true(engine_next_deadline(bed->engine) <= bed->now + HEAL_DAY);
        bed_tick(bed, HEAL_DAY / (double)HEAL_SECOND);
    }
    assert_int_equal(bed->action_count, 100);
}

static void test_recovery_during_the_pause_ends_it_without_another_action(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 2;
    strategy->backoff = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    bed_frame_with(bed, 10, CPU, GOOD); /* late, but the restart stands */
    assert_ended(bed, REMEDIATION_SUCCESS);
    bed_frame(bed, 600);
    assert_int_equal(bed_deeds(bed), 1);
    assert_open_issues(bed, 0);
}

static void test_recovery_after_a_rollback_is_nobodys_success(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);

    strategy->attempts = 2;
    strategy->backoff = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    bed_answer(bed, 1, ACTION_SUCCEEDED); /* undone */
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_FAILED);
    assert_open_issues(bed, 0);
}

static void test_a_step_that_failed_gets_no_credit(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 2;
    strategy->backoff = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_FAILED);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_FAILED);
}

/* What was undone before is no matter: the restart is what was done last. */
static void test_a_rollback_of_an_earlier_rung_takes_no_credit_away(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    strategy->attempts = 2;
    strategy->backoff = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    bed_answer(bed, 1, ACTION_SUCCEEDED); /* undone */
    bed_answer(bed, 1, ACTION_SUCCEEDED); /* restarted */
    bed_frame(bed, 120);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_SUCCESS);
}

static void test_recovery_before_the_first_action_is_nobodys_success(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->steps[0].delay = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_FAILED);
    assert_int_equal(bed->action_count, 0);
    trouble(bed); /* and the attempt that was not made is not counted as made */
    bed_tick(bed, 60);
    assert_actions(bed, 1, ACTION_RAISE_CPU_LIMIT);
    assert_int_equal(bed_last(bed, DECISION_ATTEMPT_STARTED)->attempt, 1);
}

static void test_recovery_between_steps_does_not_stop_half_way(void **state)
{
    struct bed *bed = *state;

    three_steps(bed)->steps[1].delay = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_open_issues(bed, 1);
    bed_tick(bed, 50);
    for (int i = 0; i < 2; i++)
        bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_ended(bed, REMEDIATION_SUCCESS);
    assert_actions(bed, 3, ACTION_RAISE_CPU_LIMIT, ACTION_RESTART_POD, ACTION_SCALE_OUT);
}

static void test_approval_is_asked_for_once_and_waited_for(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->needs_approval = true;
    bed_start(bed, 1);
    trouble(bed);
    for (int i = 0; i < 50; i++)
        bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_HELD), 1);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    assert_actions(bed, 1, ACTION_PAGE_OPERATOR);
    engine_approve(bed->engine, bed->now, 2); /* another issue */
    assert_int_equal(bed_deeds(bed), 0);
    engine_approve(bed->engine, bed->now, 1);
    assert_actions(bed, 2, ACTION_PAGE_OPERATOR, ACTION_RAISE_CPU_LIMIT);
}

static void test_an_approval_is_for_one_attempt(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);

    strategy->needs_approval = true;
    strategy->attempts = 2;
    bed_start(bed, 1);
    trouble(bed);
    engine_approve(bed->engine, bed->now, 1);
    bed_answer(bed, 1, ACTION_FAILED);
    bed_frame(bed, 10);
    assert_int_equal(bed_deeds(bed), 1);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_HELD), 2);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 2); /* the person is asked again */
    engine_approve(bed->engine, bed->now, 1);
    assert_int_equal(bed_deeds(bed), 2);
}

static void test_an_approval_in_advance_counts(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "free", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "gated", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->needs_approval = true;
    bed_start(bed, 1);
    trouble(bed);
    engine_approve(bed->engine, bed->now, 1);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_actions(bed, 2, ACTION_RESTART_POD, ACTION_RAISE_CPU_LIMIT);
}

static void test_recovery_while_a_person_is_asked_ends_the_asking(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->needs_approval = true;
    bed_start(bed, 1);
    trouble(bed);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_FAILED);
    assert_open_issues(bed, 0);
    engine_approve(bed->engine, bed->now, 1); /* too late: nobody waits for it */
    assert_int_equal(bed_deeds(bed), 0);
}

static void test_a_dry_run_plans_and_starts_no_action(void **state)
{
    struct bed *bed = *state;

    bed->policy.dry_run = true;
    three_steps(bed);
    bed_start(bed, 1);
    trouble(bed);
    const struct decision *plan = bed_last(bed, DECISION_ATTEMPT_STARTED);
    assert_int_equal(plan->gate, GATE_DRY_RUN);
    assert_int_equal(plan->strategy, 0);
    assert_ended(bed, REMEDIATION_DRY_RUN);
    for (int i = 0; i < 100; i++)
        bed_frame_with(bed, 60, i % 3 ? CPU : LATENCY, i % 4 ? BAD : GOOD);
    assert_int_equal(bed->action_count, 0); /* no page either, by limit or for lack of a strategy */
    assert_int_equal(bed_count(bed, DECISION_ACTION_STARTED), 0);
}

static void test_a_strategy_on_trial_is_planned_only(void **state)
{
    struct bed *bed = *state;

    three_steps(bed)->dry_run = true;
    bed_start(bed, 1);
    trouble(bed);
    assert_ended(bed, REMEDIATION_DRY_RUN);
    assert_int_equal(bed->action_count, 0);
}

static void test_a_dry_run_plans_the_same_when_trouble_comes_back(void **state)
{
    struct bed *bed = *state;

    bed->policy.dry_run = true;
    three_steps(bed);
    bed_start(bed, 1);
    for (int i = 0; i < 5; i++) {
        trouble(bed);
        assert_int_equal(bed_count(bed, DECISION_ATTEMPT_STARTED), i + 1);
        assert_int_equal(bed_last(bed, DECISION_ATTEMPT_STARTED)->strategy, 0);
        bed_frame_with(bed, 10, CPU, GOOD);
    }
}

static void test_with_auto_remediation_off_a_person_is_told_once(void **state)
{
    struct bed *bed = *state;

    bed->policy.auto_remediation = false;
    three_steps(bed);
    bed_start(bed, 1);
    for (int i = 0; i < 50; i++)
        trouble(bed);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_AUTO_REMEDIATION_OFF);
    assert_actions(bed, 1, ACTION_PAGE_OPERATOR);
    assert_open_issues(bed, 1);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_open_issues(bed, 0);
}

static void test_a_held_remedy_starts_when_its_gate_opens(void **state)
{
    struct bed *bed = *state;

    bed->policy.limits.per_resource_per_hour = 1;
    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT)->attempts = 2;
    bed_start(bed, 1);
    trouble(bed);
    heal_time first = bed->now;
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 9, CPU, GOOD);
    while (bed->now < first + HEAL_HOUR - 10 * HEAL_SECOND)
        trouble(bed);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_RESOURCE_LIMIT);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_HELD), 1);
    assert_int_equal(bed_deeds(bed), 1);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    trouble(bed);
    assert_int_equal(bed_deeds(bed), 2);
}

static void test_a_remedy_waits_for_the_one_at_work_above_it(void **state)
{
    struct bed *bed = *state;

    bed_relate(bed, "pod/shop/web", RELATION_MOUNTS, "volume/shop/data");
    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "clean", ISSUE_DISK_FULL, ACTION_CLEAN_TEMP_FILES);
    bed_start(bed, 1);
    bed_frame_with(bed, 10, DISK, BAD);
    trouble(bed);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_RESOURCE_BUSY);
    assert_actions(bed, 1, ACTION_CLEAN_TEMP_FILES);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, DISK, GOOD); /* done above: now it is free */
    assert_actions(bed, 2, ACTION_CLEAN_TEMP_FILES, ACTION_RESTART_POD);
}

static void test_the_most_severe_goes_first(void **state)
{
    struct bed *bed = *state;

    bed->rules[1].severity = SEVERITY_HIGH;
    bed->rules[2].severity = SEVERITY_LOW;
    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_NETWORK_LATENCY, ACTION_SHIFT_TRAFFIC);
    bed_strategy(bed, "clean", ISSUE_DISK_FULL, ACTION_CLEAN_TEMP_FILES);
    bed_start(bed, 1);
    bed->values[CPU] = bed->values[LATENCY] = bed->values[DISK] = BAD;
    bed_frame(bed, 10);
    /* cpu is of the same pod as latency and waits; the volume is apart */
    assert_actions(bed, 2, ACTION_SHIFT_TRAFFIC, ACTION_CLEAN_TEMP_FILES);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->type, ISSUE_HIGH_CPU);
}

/* Back within the cool-down: the same issue, and its remedy goes on. */
static void relapse(struct bed *bed)
{
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 9, CPU, GOOD);
    assert_ended(bed, REMEDIATION_SUCCESS);
    trouble(bed);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_REOPENED), 1);
}

static void test_after_a_relapse_comes_the_next_attempt_with_its_pause(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    strategy->attempts = 2;
    strategy->backoff = 20 * HEAL_SECOND;
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    relapse(bed);
    assert_int_equal(bed_deeds(bed), 1);
    bed_frame(bed, 20);
    assert_actions(bed, 2, ACTION_RESTART_POD, ACTION_RESTART_POD);
    assert_int_equal(bed_last(bed, DECISION_ATTEMPT_STARTED)->attempt, 2);
    assert_int_equal(bed_last_action(bed)->remediation, 2);
}

static void test_after_a_relapse_of_the_last_attempt_comes_the_next_rung(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    relapse(bed);
    assert_actions(bed, 2, ACTION_RESTART_POD, ACTION_SHIFT_TRAFFIC);
}

static void test_after_a_relapse_of_the_last_rung_comes_a_person(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_start(bed, 1);
    relapse(bed);
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_actions(bed, 2, ACTION_RESTART_POD, ACTION_PAGE_OPERATOR);
}

static void test_a_person_is_told_once_however_often_the_gate_changes(void **state)
{
    struct bed *bed = *state;

    bed->policy.limits.per_resource_per_hour = 1;
    bed_relate(bed, "pod/shop/web", RELATION_MOUNTS, "volume/shop/data");
    bed_strategy(bed, "limit", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "clean", ISSUE_DISK_FULL, ACTION_CLEAN_TEMP_FILES);
    bed_start(bed, 1);
    relapse(bed);
    bed_frame_with(bed, 10, DISK, BAD);
    bed_frame(bed, 10);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, DISK, GOOD);
    bed_frame(bed, 10);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_HELD), 3); /* limit, busy, limit */
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
}

/* Its pod is gone and with it the series: the issue does not stay open for ever, and
 * silence is nobody's success. */
static void test_an_issue_whose_series_went_silent_closes_as_stale(void **state)
{
    struct bed *bed = *state;

    bed->policy.stale_after = 10 * HEAL_MINUTE;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->verify_within = HEAL_HOUR;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    for (int i = 0; i < 9; i++)
        bed_frame_with(bed, 60, CPU, NAN);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 0);
    bed_frame(bed, 60);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 1);
    assert_true(isnan(bed_last(bed, DECISION_ANOMALY_ENDED)->value));
    bed_frame(bed, 3600);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_VERIFIED), 0);
    assert_ended(bed, REMEDIATION_FAILED);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_CLOSED)->attempt, 1);
    assert_open_issues(bed, 0);
    assert_true(engine_next_deadline(bed->engine) == HEAL_TIME_NEVER);
    trouble(bed); /* it is back, and sick: an issue like any other */
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame(bed, 3600);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_CLOSED)->attempt, 0);
}

/* The endpoint is dead, not the pod: told so in time, its issue waits for the next sample. */
static void test_silence_that_is_excused_makes_nothing_stale(void **state)
{
    struct bed *bed = *state;

    bed->policy.stale_after = 10 * HEAL_MINUTE;
    bed_start(bed, 1);
    trouble(bed);
    assert_true(engine_is_off(bed->engine, CPU));
    assert_false(engine_is_off(bed->engine, DISK));
    for (int i = 0; i < 60; i++) {
        bed_frame_with(bed, 60, CPU, NAN);
        if (i % 5 == 0)
            engine_excuse(bed->engine, bed->now, CPU);
        engine_excuse(bed->engine, bed->now, DISK); /* nothing is wrong there: nothing to excuse */
    }
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 0);
    engine_excuse(bed->engine, bed->now, UINT32_MAX); /* none: ignored */
    for (int i = 0; i < 11; i++)
        bed_frame_with(bed, 60, CPU, NAN);
    assert_int_equal(bed_count(bed, DECISION_ANOMALY_ENDED), 1); /* and now it is gone */
    assert_false(engine_is_off(bed->engine, CPU));
}

/* Nobody sees whether it helped: no next rung is tried blindly, and the verdict comes when somebody does. */
static void test_a_remedy_is_not_judged_while_its_source_is_silent(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->verify_within = 5 * HEAL_MINUTE;
    bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    bed_start(bed, 1);
    trouble(bed);
    assert_false(engine_waits_for(bed->engine, CPU)); /* it acts yet */
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    assert_true(engine_waits_for(bed->engine, CPU));
    assert_false(engine_waits_for(bed->engine, DISK));
    assert_false(engine_waits_for(bed->engine, UINT32_MAX));
    for (int i = 0; i < 60; i++) {
        bed_frame_with(bed, 60, CPU, NAN);
        engine_excuse(bed->engine, bed->now, CPU);
    }
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 0);
    bed_frame_with(bed, 60, CPU, BAD); /* it is back, and sick: it has the time that it always has */
    bed_frame(bed, 60);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 0);
    bed_frame(bed, 240);
    assert_int_equal(bed_count(bed, DECISION_ATTEMPT_FAILED), 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_OUT);
}

static void test_a_series_may_be_silent_for_a_while_or_without_that_rule_for_ever(void **state)
{
    struct bed *bed = *state;

    bed_start(bed, 1);
    trouble(bed);
    for (int day = 0; day < 40; day++)
        bed_frame_with(bed, 86400, CPU, NAN);
    assert_open_issues(bed, 1);
}

/* A rollback that fails leaves two things of which nobody knows how they are: the
 * resource, and what the failed step was done to. */
static void test_a_failed_rollback_freezes_the_steps_target_too(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    struct strategy *latency = bed_strategy(bed, "out", ISSUE_NETWORK_LATENCY, ACTION_SCALE_OUT);

    strategy->steps[0].target = latency->steps[0].target = STEP_TARGET_OWNER;
    bed_strategy(bed, "proxy", ISSUE_NETWORK_LATENCY, ACTION_RESTART_PROXY);
    bed_relate(bed, inventory_resource_id(bed->inventory, inventory_series_resource(bed->inventory, CPU)),
               RELATION_OWNED_BY, "workload/shop/w");
    bed_relate(bed, "pod/shop/other", RELATION_OWNED_BY, "workload/shop/w");
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 200);
    bed_answer(bed, 1, ACTION_FAILED); /* the scale-in */
    assert_ended(bed, REMEDIATION_ESCALATED);
    assert_true(gates_is_frozen(bed->engine->gates, bed_find(bed, "workload/shop/w")));
    struct open_issue other = {.type = ISSUE_NETWORK_LATENCY, .resource = bed_find(bed, "pod/shop/other")};
    assert_true(remediation_targets_frozen(bed->engine, other.resource, latency));
    assert_false(gates_is_frozen(bed->engine->gates, other.resource));
}

/* Dry run: what was really tried before the plan is not tried again after it. */
static void test_a_plan_forgets_only_itself(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC)->dry_run = true;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_ended(bed, REMEDIATION_DRY_RUN); /* the second rung is only planned */
    bed_frame_with(bed, 10, CPU, GOOD);
    trouble(bed);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_REOPENED), 1);
    assert_int_equal(bed_count_actions(bed, ACTION_RESTART_POD), 1);
    assert_int_equal(bed_count(bed, DECISION_PLAN_OUTCOME), 2); /* the plan is the same */
}

/* The last remedy was forgotten with the cool-down unless relapse_within says
 * that a new issue on the same spot goes on where that one was. */
static void test_a_new_issue_within_the_relapse_time_goes_on_with_the_ladder(void **state)
{
    struct bed *bed = *state;

    bed->policy.relapse_within = HEAL_HOUR;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 9, CPU, GOOD);
    bed_frame(bed, 20 * 60);
    trouble(bed);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 2);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_REOPENED), 0);
    assert_actions(bed, 2, ACTION_RESTART_POD, ACTION_SHIFT_TRAFFIC);
    assert_int_equal(bed_last_action(bed)->issue, 2);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 9, CPU, GOOD);
    bed_frame(bed, 2 * 60 * 60);
    trouble(bed); /* long after: all is forgotten */
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
}

static void test_a_new_issue_needs_an_approval_and_a_number_of_its_own(void **state)
{
    struct bed *bed = *state;

    bed->policy.relapse_within = HEAL_HOUR;
    bed->policy.limits.per_resource_per_hour = 1;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC)->needs_approval = true;
    bed_start(bed, 1);
    trouble(bed);
    engine_approve(bed->engine, bed->now, 1); /* and then it is not needed */
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 9, CPU, GOOD);
    bed_frame(bed, 20 * 60);
    trouble(bed);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_RESOURCE_LIMIT);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->issue, 2);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->remediation, 0);
    bed_frame(bed, 50 * 60);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_APPROVAL);
    assert_int_equal(bed_deeds(bed), 1);
}

static void test_after_the_cool_down_the_ladder_starts_at_its_foot(void **state)
{
    struct bed *bed = *state;

    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    for (int i = 0; i < 3; i++) {
        trouble(bed);
        bed_answer(bed, 1, ACTION_SUCCEEDED);
        bed_frame_with(bed, 9, CPU, GOOD);
        bed_frame(bed, 301);
    }
    assert_actions(bed, 3, ACTION_RESTART_POD, ACTION_RESTART_POD, ACTION_RESTART_POD);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 3);
}

/* What helps is tried first, what relapses last: the posterior is at work. */
static void test_what_failed_is_chosen_later_next_time(void **state)
{
    struct bed *bed = *state;

    bed->policy.choice = CHOICE_LOWER_BOUND;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC);
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_FAILED);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 8, CPU, GOOD);
    bed_frame(bed, 301);
    trouble(bed);
    assert_actions(bed, 3, ACTION_RESTART_POD, ACTION_SHIFT_TRAFFIC, ACTION_SHIFT_TRAFFIC);
}

/* Of two alike by their priors the second is chosen when the first has one failure
 * more; it waits for approval, so that it is not tried and learns nothing. */
static struct bed *alike(struct bed *bed)
{
    bed->policy.choice = CHOICE_LOWER_BOUND;
    bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC)->needs_approval = true;
    return bed;
}

static void assert_prefers(struct bed *bed, uint32_t strategy)
{
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame(bed, 301);
    size_t deeds = bed_deeds(bed);
    trouble(bed);
    assert_int_equal(bed_deeds(bed), deeds + (strategy == 0));
}

static void test_a_failed_attempt_counts_against_its_strategy(void **state)
{
    struct bed *bed = alike(*state);

    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_prefers(bed, 1);
}

static void test_a_relapse_counts_against_its_strategy(void **state)
{
    struct bed *bed = alike(*state);

    bed_start(bed, 1);
    relapse(bed);
    assert_prefers(bed, 1);
}

/* The 5 % bounds: Beta(4, 4) 0.23, (4, 5) 0.19; (1, 1) 0.05, (2, 1) 0.22. */
static void test_a_success_counts_for_its_strategy(void **state)
{
    struct bed *bed = alike(*state);

    bed->strategies[1].prior_weight = 8.0;
    bed->strategies[1].needs_approval = false;
    bed_start(bed, 1);
    trouble(bed);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SHIFT_TRAFFIC);
    bed_answer(bed, 1, ACTION_FAILED);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, CPU, GOOD);
    bed_frame(bed, 301);
    trouble(bed);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
}

/* A failure and a success to its name: Beta(2, 2), of which we are surer than of
 * Beta(1, 1). */
static void test_late_recovery_counts_for_the_strategy_that_gets_the_credit(void **state)
{
    struct bed *bed = alike(*state);

    bed->strategies[0].attempts = 2;
    bed->strategies[0].backoff = 60 * HEAL_SECOND;
    bed_start(bed, 1);
    trouble(bed);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame(bed, 120);
    bed_frame_with(bed, 10, CPU, GOOD);
    assert_ended(bed, REMEDIATION_SUCCESS);
    assert_prefers(bed, 0);
}

/* Success without a verified attempt, then a relapse, over and over: the counts
 * behind a choice must stay counts. */
static void test_credit_and_relapse_balance(void **state)
{
    struct bed *bed = *state;
    struct strategy *strategy = bed_strategy(bed, "restart", ISSUE_HIGH_CPU, ACTION_RESTART_POD);

    bed->policy.choice = CHOICE_THOMPSON;
    strategy->attempts = 3;
    strategy->backoff = 60 * HEAL_SECOND;
    strategy->prior_weight = 0.1;
    bed_strategy(bed, "shift", ISSUE_HIGH_CPU, ACTION_SHIFT_TRAFFIC)->prior_weight = 0.1;
    bed_start(bed, 1);
    for (int i = 0; i < 60; i++) {
        trouble(bed);
        if (bed_count(bed, DECISION_ACTION_STARTED) > bed_count(bed, DECISION_ACTION_ENDED))
            bed_answer(bed, 1, ACTION_FAILED);
        bed_frame_with(bed, 10, CPU, GOOD);
        bed_frame(bed, i % 10 == 9 ? 301 : 10);
    }
    assert_true(bed_count(bed, DECISION_REMEDIATION_ENDED) > 20);
}

#define with_bed(test) cmocka_unit_test_setup_teardown(test, create, destroy)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_bed(test_a_remedy_that_helps_ends_in_success),
        with_bed(test_decisions_tell_the_course_in_order),
        with_bed(test_steps_run_one_after_the_other_each_after_its_delay),
        with_bed(test_a_step_acts_on_what_it_names_or_else_on_the_resource),
        with_bed(test_the_signal_is_judged_after_it_had_time_to_settle),
        with_bed(test_the_signal_must_be_good_for_the_verify_hold),
        with_bed(test_a_failed_step_undoes_those_before_it_last_first),
        with_bed(test_an_undo_gets_what_was_before_the_step),
        with_bed(test_a_later_undo_gets_what_was_before_the_step),
        with_bed(test_what_the_world_cannot_do_is_a_failed_step),
        with_bed(test_a_step_that_times_out_is_undone_too),
        with_bed(test_an_answer_after_the_time_out_is_ignored),
        with_bed(test_a_late_answer_that_comes_before_the_tick_is_a_time_out),
        with_bed(test_an_answer_just_in_time_counts),
        with_bed(test_second_and_unknown_answers_are_ignored),
        with_bed(test_the_answer_to_a_page_is_ignored),
        with_bed(test_without_a_strategy_a_person_is_paged_once),
        with_bed(test_a_signal_that_stays_bad_undoes_then_falls_back_then_escalates),
        with_bed(test_what_need_not_be_undone_is_left_standing),
        with_bed(test_a_failed_rollback_goes_on_and_freezes_the_resource),
        with_bed(test_a_rollback_that_times_out_has_failed),
        with_bed(test_attempts_are_made_with_a_growing_pause),
        with_bed(test_the_delay_of_the_first_step_comes_after_the_pause),
        with_bed(test_the_pause_stops_growing_at_a_day),
        with_bed(test_recovery_during_the_pause_ends_it_without_another_action),
        with_bed(test_recovery_after_a_rollback_is_nobodys_success),
        with_bed(test_a_step_that_failed_gets_no_credit),
        with_bed(test_a_rollback_of_an_earlier_rung_takes_no_credit_away),
        with_bed(test_recovery_before_the_first_action_is_nobodys_success),
        with_bed(test_recovery_between_steps_does_not_stop_half_way),
        with_bed(test_approval_is_asked_for_once_and_waited_for),
        with_bed(test_an_approval_is_for_one_attempt),
        with_bed(test_an_approval_in_advance_counts),
        with_bed(test_recovery_while_a_person_is_asked_ends_the_asking),
        with_bed(test_a_dry_run_plans_and_starts_no_action),
        with_bed(test_a_strategy_on_trial_is_planned_only),
        with_bed(test_a_dry_run_plans_the_same_when_trouble_comes_back),
        with_bed(test_with_auto_remediation_off_a_person_is_told_once),
        with_bed(test_a_held_remedy_starts_when_its_gate_opens),
        with_bed(test_a_remedy_waits_for_the_one_at_work_above_it),
        with_bed(test_the_most_severe_goes_first),
        with_bed(test_after_a_relapse_comes_the_next_attempt_with_its_pause),
        with_bed(test_after_a_relapse_of_the_last_attempt_comes_the_next_rung),
        with_bed(test_after_a_relapse_of_the_last_rung_comes_a_person),
        with_bed(test_a_person_is_told_once_however_often_the_gate_changes),
        with_bed(test_an_issue_whose_series_went_silent_closes_as_stale),
        with_bed(test_silence_that_is_excused_makes_nothing_stale),
        with_bed(test_a_remedy_is_not_judged_while_its_source_is_silent),
        with_bed(test_a_series_may_be_silent_for_a_while_or_without_that_rule_for_ever),
        with_bed(test_a_failed_rollback_freezes_the_steps_target_too),
        with_bed(test_a_plan_forgets_only_itself),
        with_bed(test_a_new_issue_within_the_relapse_time_goes_on_with_the_ladder),
        with_bed(test_a_new_issue_needs_an_approval_and_a_number_of_its_own),
        with_bed(test_after_the_cool_down_the_ladder_starts_at_its_foot),
        with_bed(test_what_failed_is_chosen_later_next_time),
        with_bed(test_a_failed_attempt_counts_against_its_strategy),
        with_bed(test_a_relapse_counts_against_its_strategy),
        with_bed(test_a_success_counts_for_its_strategy),
        with_bed(test_late_recovery_counts_for_the_strategy_that_gets_the_credit),
        with_bed(test_credit_and_relapse_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
