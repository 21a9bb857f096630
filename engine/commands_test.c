/* commands_test.c - what a person can tell a running engine. */
#include "engine/commands.h"
#include "engine/test_engine.h"

static struct bed *one_pod(void)
{
    struct bed *bed = bed_create(1, "pod/shop/web:memory_ratio");
    bed_rule(bed, "*:memory_ratio", ISSUE_HIGH_MEMORY)->above = 0.9;
    bed_strategy(bed, "more", ISSUE_HIGH_MEMORY, ACTION_RAISE_MEMORY_LIMIT);
    return bed;
}

static void test_dry_run_off_takes_up_what_was_planned(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed->policy.dry_run = true;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_DRY_RUN);
    assert_int_equal(bed->action_count, 0);
    engine_set_switch(bed->engine, bed->now, SWITCH_DRY_RUN, false);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RAISE_MEMORY_LIMIT);
    assert_true(bed->policy.dry_run); /* the caller's policy is the caller's */
    bed_destroy(bed);
}

static void test_auto_remediation_is_switched_off_and_on(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed_start(bed, 1);
    engine_set_switch(bed->engine, bed->now, SWITCH_AUTO_REMEDIATION, false);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_AUTO_REMEDIATION_OFF);
    assert_int_equal(bed_deeds(bed), 0);
    engine_set_switch(bed->engine, bed->now, SWITCH_AUTO_REMEDIATION, true);
    assert_int_equal(bed_deeds(bed), 1);
    bed_destroy(bed);
}

static void test_a_person_starts_what_a_limit_holds(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed->policy.limits.total_per_hour = 0;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 0);
    assert_int_equal(engine_remediate(bed->engine, bed->now, 7), COMMAND_UNKNOWN);
    assert_int_equal(engine_remediate(bed->engine, bed->now, 1), COMMAND_DONE);
    assert_int_equal(bed_deeds(bed), 1);
    assert_int_equal(engine_remediate(bed->engine, bed->now, 1), COMMAND_NOT_NOW);
    bed_destroy(bed);
}

static void test_a_frozen_resource_waits_for_a_person(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed_start(bed, 1);
    engine_freeze(bed->engine, 0);
    engine_freeze(bed->engine, 77); /* no such resource */
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_FROZEN);
    assert_int_equal(bed_deeds(bed), 0);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), 1);
    assert_int_equal(engine_remediate(bed->engine, bed->now, 1), COMMAND_DONE);
    assert_int_equal(bed_deeds(bed), 1);
    bed_destroy(bed);
}

static void test_a_remedy_is_undone_by_hand_and_nothing_follows(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed_strategy(bed, "restart", ISSUE_HIGH_MEMORY, ACTION_RESTART_POD);
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, 0, 0.5);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
    assert_int_equal(engine_roll_back(bed->engine, bed->now, 1), COMMAND_DONE);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_MEMORY_LIMIT);
    assert_true(bed_last_action(bed)->rollback);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_ROLLBACK_ENDED)->outcome, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_FAILED);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_CLOSED), 2);
    assert_int_equal(bed_deeds(bed), 2);
    assert_int_equal(engine_roll_back(bed->engine, bed->now, 1), COMMAND_NOT_NOW);
    assert_int_equal(engine_roll_back(bed->engine, bed->now, 2), COMMAND_UNKNOWN);
    bed_destroy(bed);
}

static void test_learning_from_the_past_opens_nothing_and_warms_the_baseline(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed->rules[0].above = NAN;
    bed->rules[0].baseline = true;
    bed->rules[0].min_change = 0.2;
    bed_start(bed, 1);
    for (int i = 0; i < 40; i++) {
        double past = 0.3 + 0.001 * (i % 7);
        engine_learn_frame(bed->engine, bed->now + i * 10 * HEAL_SECOND, &past);
    }
    assert_int_equal(bed->decision_count, 0);
    bed->now += 400 * HEAL_SECOND;
    bed_frame_with(bed, 10, 0, 0.8); /* the first frame that is judged */
    assert_int_equal(bed_count(bed, DECISION_ISSUE_OPENED), 1);
    bed_destroy(bed);
}

static void test_what_was_learnt_before_counts(void **state)
{
    struct bed *bed = one_pod();
    (void)state;

    bed_strategy(bed, "restart", ISSUE_HIGH_MEMORY, ACTION_RESTART_POD);
    bed->policy.choice = CHOICE_LOWER_BOUND;
    bed_start(bed, 1);
    engine_recall(bed->engine, 1, 50, 1);
    engine_recall(bed->engine, 0, 1, 50);
    engine_recall(bed->engine, 99, 1, 1); /* no such strategy: ignored */
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dry_run_off_takes_up_what_was_planned),
        cmocka_unit_test(test_auto_remediation_is_switched_off_and_on),
        cmocka_unit_test(test_a_person_starts_what_a_limit_holds),
        cmocka_unit_test(test_a_frozen_resource_waits_for_a_person),
        cmocka_unit_test(test_a_remedy_is_undone_by_hand_and_nothing_follows),
        cmocka_unit_test(test_learning_from_the_past_opens_nothing_and_warms_the_baseline),
        cmocka_unit_test(test_what_was_learnt_before_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
