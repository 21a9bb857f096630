/* command_test.c - people's words, one by one, each a decision in the journal. */
#include "engine/command.h"

#include "engine/test_engine.h"

static struct bed *cpu_bed(void)
{
    struct bed *bed = bed_create(1, "pod/shop/web:cpu");

    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    bed_strategy(bed, "limits", ISSUE_HIGH_CPU, ACTION_RAISE_CPU_LIMIT);
    bed_strategy(bed, "more", ISSUE_HIGH_CPU, ACTION_SCALE_OUT);
    return bed;
}

static struct command word(enum command_kind kind)
{
    return (struct command){
        .kind = kind, .actor = "ann", .resource = RESOURCE_NONE, .strategy = UINT32_MAX, .until = HEAL_TIME_NEVER};
}

static enum command_result give(struct bed *bed, struct command command)
{
    enum command_result result = engine_command(bed->engine, bed->now, &command);
    const struct decision *said = bed_last(bed, DECISION_COMMAND);

    assert_int_equal(said->attempt, command.kind);
    assert_string_equal(said->who, "ann");
    assert_int_equal(said->outcome, result == COMMAND_DONE      ? ACTION_SUCCEEDED
                                    : result == COMMAND_UNKNOWN ? ACTION_UNSUPPORTED
                                                                : ACTION_FAILED);
    return result;
}

static enum command_result give_about(struct bed *bed, enum command_kind kind, uint64_t issue)
{
    struct command command = word(kind);
    command.issue = issue;
    return give(bed, command);
}

static enum command_result flip(struct bed *bed, enum command_kind kind, bool on)
{
    struct command command = word(kind);
    command.on = on;
    return give(bed, command);
}

static void test_a_yes_lets_the_attempt_go_and_a_no_gives_up_its_rung(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->strategies[0].needs_approval = bed->strategies[1].needs_approval = true;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 0);
    assert_int_equal(give_about(bed, COMMAND_APPROVE, 99), COMMAND_UNKNOWN);
    assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_DONE);
    assert_int_equal(bed_deeds(bed), 0); /* the next rung asks for itself */
    assert_int_equal(give_about(bed, COMMAND_APPROVE, 1), COMMAND_DONE);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_OUT);
    assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_NOT_NOW);
    bed_destroy(bed);
}

static void test_a_no_as_the_last_word_ends_as_denied(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->strategies[0].needs_approval = bed->strategies[1].needs_approval = true;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    size_t pages = bed_count_actions(bed, ACTION_PAGE_OPERATOR);
    assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_DONE);
    assert_int_equal(bed_count(bed, DECISION_REMEDIATION_ENDED), 0); /* the other rung asks */
    assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_DONE);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_DENIED);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->gate, GATE_REFUSED);
    assert_int_equal(bed_count_actions(bed, ACTION_PAGE_OPERATOR), pages); /* who says no knows of it */
    assert_int_equal(bed_deeds(bed), 0);
    bed_destroy(bed);
}

/* What was done since is what failed: that is no denial. */
static void test_a_no_before_an_attempt_that_fails_is_not_the_last_word(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->strategies[0].needs_approval = true;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_DONE);
    bed_answer(bed, 1, ACTION_FAILED);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_ESCALATED);
    bed_destroy(bed);
}

/* A yes may come before it is asked for; a no that comes then takes it back, though there
 * is no question that it could answer. */
static void test_a_no_takes_back_a_yes_that_came_early(void **state)
{
    (void)state;
    for (int denied = 0; denied < 2; denied++) {
        struct bed *bed = cpu_bed();
        bed->strategies[0].needs_approval = bed->strategies[1].needs_approval = true;
        bed->policy.auto_remediation = false;
        bed_start(bed, 1);
        bed_frame_with(bed, 10, 0, 0.95); /* the issue is open, nothing is asked */
        assert_int_equal(give_about(bed, COMMAND_APPROVE, 1), COMMAND_NOT_NOW);
        if (denied)
            assert_int_equal(give_about(bed, COMMAND_DENY, 1), COMMAND_NOT_NOW);
        assert_int_equal(flip(bed, COMMAND_AUTO_REMEDIATION, true), COMMAND_DONE);
        bed_frame_with(bed, 10, 0, 0.95);
        assert_int_equal(bed_deeds(bed), denied ? 0 : 1);
        assert_int_equal(bed_count(bed, DECISION_ATTEMPT_STARTED), denied ? 0 : 1);
        bed_destroy(bed);
    }
}

static void test_a_question_expires_and_so_does_a_yes(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->strategies[0].needs_approval = true;
    bed->policy.guards.approval_expires = HEAL_MINUTE;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_true(engine_next_deadline(bed->engine) == bed->now + HEAL_MINUTE);
    bed_tick(bed, 59);
    assert_int_equal(bed_deeds(bed), 0);
    bed_tick(bed, 1);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_OUT); /* the rung is given up */
    bed_destroy(bed);
}

static void test_automatic_remediation_can_be_switched(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_start(bed, 1);
    assert_true(engine_switch_is_on(bed->engine, SWITCH_AUTO_REMEDIATION));
    assert_int_equal(flip(bed, COMMAND_AUTO_REMEDIATION, false), COMMAND_DONE);
    assert_int_equal(flip(bed, COMMAND_AUTO_REMEDIATION, false), COMMAND_NOT_NOW);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 0);
    flip(bed, COMMAND_AUTO_REMEDIATION, true);
    assert_int_equal(bed_deeds(bed), 1);
    bed_destroy(bed);
}

static void test_dry_run_off_takes_up_what_was_planned(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_start(bed, 1);
    flip(bed, COMMAND_DRY_RUN, true);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed->action_count, 0);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_DRY_RUN);
    flip(bed, COMMAND_DRY_RUN, false);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RAISE_CPU_LIMIT);
    bed_destroy(bed);
}

static void test_a_person_can_start_a_remedy_of_their_choice_past_the_limits(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed->policy.auto_remediation = false;
    bed->policy.limits.total_per_hour = 0;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    struct command command = word(COMMAND_REMEDIATE);
    command.issue = 1;
    command.strategy = 9;
    assert_int_equal(give(bed, command), COMMAND_UNKNOWN);
    command.strategy = 1;
    assert_int_equal(give(bed, command), COMMAND_DONE);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_SCALE_OUT);
    assert_int_equal(give(bed, command), COMMAND_NOT_NOW); /* at work already */
    bed_destroy(bed);
}

static void test_a_pause_holds_and_a_resume_lets_go(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_start(bed, 1);
    struct command pause = word(COMMAND_PAUSE);
    pause.reason = PAUSE_DEPLOY;
    pause.resource = bed_find(bed, "pod/shop/web");
    assert_int_equal(give(bed, pause), COMMAND_DONE);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_HELD)->gate, GATE_PAUSED);
    assert_int_equal(bed_deeds(bed), 0);
    struct command resume = word(COMMAND_RESUME);
    assert_int_equal(give(bed, resume), COMMAND_NOT_NOW); /* not everything was paused */
    resume.resource = pause.resource;
    assert_int_equal(give(bed, resume), COMMAND_DONE);
    assert_int_equal(bed_deeds(bed), 1);
    pause.resource = 77;
    assert_int_equal(give(bed, pause), COMMAND_UNKNOWN);
    bed_destroy(bed);
}

static void heal_once(struct bed *bed)
{
    bed_frame_with(bed, 10, 0, 0.95);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, 0, 0.5);
    bed_frame(bed, 10);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
}

static void test_a_past_remedy_can_be_taken_back_once(void **state)
{
    struct bed *bed = cpu_bed();
    struct command back = word(COMMAND_ROLL_BACK);

    (void)state;
    bed_start(bed, 1);
    heal_once(bed);
    back.remediation = 5;
    assert_int_equal(give(bed, back), COMMAND_UNKNOWN);
    back.remediation = 1;
    assert_int_equal(give(bed, back), COMMAND_DONE);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_LOWER_CPU_LIMIT);
    assert_true(bed_last_action(bed)->rollback);
    assert_int_equal(bed_last_action(bed)->remediation, 1);
    assert_int_equal(give(bed, back), COMMAND_NOT_NOW);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_UNDO_ENDED)->outcome, ACTION_SUCCEEDED);
    bed_destroy(bed);
}

static void test_what_is_being_verified_can_be_taken_back_too(void **state)
{
    struct bed *bed = cpu_bed();
    struct command back = word(COMMAND_ROLL_BACK);

    (void)state;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    back.remediation = 1;
    assert_int_equal(give(bed, back), COMMAND_NOT_NOW); /* its action is still out */
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_int_equal(give(bed, back), COMMAND_DONE);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_FAILED);
    bed_destroy(bed);
}

static void test_a_frozen_resource_can_be_thawed(void **state)
{
    struct bed *bed = cpu_bed();
    struct command thaw = word(COMMAND_THAW);

    (void)state;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    bed_answer(bed, 5, ACTION_SUCCEEDED);
    bed_frame(bed, 200);               /* not verified: rolled back */
    bed_answer(bed, 5, ACTION_FAILED); /* and that fails: frozen */
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->gate, GATE_FROZEN);
    thaw.resource = bed_find(bed, "pod/shop/web");
    assert_int_equal(give(bed, thaw), COMMAND_DONE);
    assert_int_equal(give(bed, thaw), COMMAND_NOT_NOW);
    bed_destroy(bed);
}

/* A person started it past the freeze and it worked: what is there is known again. */
static void test_a_remedy_by_hand_that_works_thaws(void **state)
{
    struct bed *bed = cpu_bed();

    (void)state;
    bed_start(bed, 1);
    uint32_t web = bed_find(bed, "pod/shop/web");
    engine_freeze(bed->engine, web);
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_deeds(bed), 0);
    struct command by_hand = word(COMMAND_REMEDIATE);
    by_hand.issue = 1;
    assert_int_equal(give(bed, by_hand), COMMAND_DONE);
    bed_answer(bed, 1, ACTION_SUCCEEDED);
    bed_frame_with(bed, 10, 0, 0.1);
    bed_tick(bed, 120);
    assert_int_equal(bed_last(bed, DECISION_REMEDIATION_ENDED)->status, REMEDIATION_SUCCESS);
    struct command thaw = word(COMMAND_THAW);
    thaw.resource = web;
    assert_int_equal(give(bed, thaw), COMMAND_NOT_NOW); /* it is no more */
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_yes_lets_the_attempt_go_and_a_no_gives_up_its_rung),
        cmocka_unit_test(test_a_no_as_the_last_word_ends_as_denied),
        cmocka_unit_test(test_a_no_before_an_attempt_that_fails_is_not_the_last_word),
        cmocka_unit_test(test_a_no_takes_back_a_yes_that_came_early),
        cmocka_unit_test(test_a_question_expires_and_so_does_a_yes),
        cmocka_unit_test(test_automatic_remediation_can_be_switched),
        cmocka_unit_test(test_dry_run_off_takes_up_what_was_planned),
        cmocka_unit_test(test_a_person_can_start_a_remedy_of_their_choice_past_the_limits),
        cmocka_unit_test(test_a_pause_holds_and_a_resume_lets_go),
        cmocka_unit_test(test_a_past_remedy_can_be_taken_back_once),
        cmocka_unit_test(test_what_is_being_verified_can_be_taken_back_too),
        cmocka_unit_test(test_a_frozen_resource_can_be_thawed),
        cmocka_unit_test(test_a_remedy_by_hand_that_works_thaws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
