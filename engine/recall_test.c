/* recall_test.c - an engine that starts with what was seen before it. */
#include "engine/engine.h"

#include "engine/test_engine.h"

static struct bed *one_pod(void)
{
    struct bed *bed = bed_create(1, "pod/shop/web:memory_ratio");
    bed_rule(bed, "*:memory_ratio", ISSUE_HIGH_MEMORY)->above = 0.9;
    bed_strategy(bed, "more", ISSUE_HIGH_MEMORY, ACTION_RAISE_MEMORY_LIMIT);
    return bed;
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
    engine_recall(bed->engine, bed->now, 1, 50, 1);
    engine_recall(bed->engine, bed->now, 0, 1, 50);
    engine_recall(bed->engine, bed->now, 99, 1, 1); /* no such strategy: ignored */
    bed_frame_with(bed, 10, 0, 0.95);
    assert_int_equal(bed_last_action(bed)->kind, ACTION_RESTART_POD);
    bed_destroy(bed);
}

static void test_nothing_is_done_where_the_last_deed_is_not_known(void **state)
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
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learning_from_the_past_opens_nothing_and_warms_the_baseline),
        cmocka_unit_test(test_what_was_learnt_before_counts),
        cmocka_unit_test(test_nothing_is_done_where_the_last_deed_is_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
