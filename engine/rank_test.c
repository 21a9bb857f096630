/* rank_test.c - impact, urgency and priority, by their formulae; patterns told. */
#include "engine/test_engine.h"

static void test_priority_is_the_weighted_sum(void **state)
{
    struct bed *bed = bed_create(1, "pod/s/web:cpu");

    (void)state;
    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9; /* medium: 2/4 */
    bed_relate(bed, "pod/s/a", RELATION_CALLS, "pod/s/web");
    bed_relate(bed, "pod/s/b", RELATION_CALLS, "pod/s/web");
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    const struct decision *rank = bed_last(bed, DECISION_ISSUE_RANKED);
    assert_true(fabs(rank->value - 1.0) < 1e-12); /* both others of three hang on it */
    assert_true(rank->reference == 0.5);
    assert_true(rank->score == 65.0); /* 50 * 0.5 + 30 * 1 + 20 * 0.5 */
    bed_destroy(bed);
}

static void test_a_rise_in_severity_ranks_anew(void **state)
{
    struct bed *bed = bed_create(1, "pod/s/web:cpu");

    (void)state;
    struct policy_rule *rule = bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU);
    rule->above = 0.9;
    rule->critical_above = 0.98;
    bed_start(bed, 1);
    bed_frame_with(bed, 10, 0, 0.95);
    bed_frame_with(bed, 10, 0, 0.99);
    assert_int_equal(bed_count(bed, DECISION_ISSUE_RANKED), 2);
    assert_true(bed_last(bed, DECISION_ISSUE_RANKED)->reference == 1.0);
    bed_destroy(bed);
}

static void test_what_is_only_foreseen_is_less_urgent_and_less_severe(void **state)
{
    struct bed *bed = bed_create(1, "volume/s/d:disk");
    double value = 0.5;

    (void)state;
    struct policy_rule *rule = bed_rule(bed, "*:disk", ISSUE_DISK_FULL);
    rule->above = 0.95;
    rule->severity = SEVERITY_HIGH;
    rule->forecast_within = 2 * HEAL_HOUR;
    bed_start(bed, 1);
    while (bed_count(bed, DECISION_ISSUE_OPENED) == 0 && value < 0.94)
        bed_frame_with(bed, 30, 0, value += 0.1 / 120.0);
    const struct decision *issue = bed_last(bed, DECISION_ISSUE_OPENED);
    assert_int_equal(issue->severity, SEVERITY_MEDIUM);
    assert_true(issue->by_forecast);
    assert_true(bed_last(bed, DECISION_ISSUE_RANKED)->reference < 0.1); /* about two hours of two are left */
    while (bed_count(bed, DECISION_ISSUE_CHANGED) == 0 && value < 1.0)
        bed_frame_with(bed, 30, 0, value += 0.1 / 120.0);
    assert_int_equal(bed_last(bed, DECISION_ISSUE_CHANGED)->severity, SEVERITY_HIGH); /* and now it is there */
    assert_false(bed_last(bed, DECISION_ISSUE_CHANGED)->by_forecast);
    bed_destroy(bed);
}

static void test_an_issue_of_every_night_is_told_with_what_may_help(void **state)
{
    struct bed *bed = bed_create(1, "pod/s/web:cpu");

    (void)state;
    bed_rule(bed, "*:cpu", ISSUE_HIGH_CPU)->above = 0.9;
    bed_strategy(bed, "weak", ISSUE_HIGH_CPU, ACTION_RESTART_POD)->prior_success = 0.3;
    bed_strategy(bed, "strong", ISSUE_HIGH_CPU, ACTION_SCALE_OUT)->prior_success = 0.9;
    bed->policy.patterns = (struct policy_patterns){0.01, 4, HEAL_HOUR};
    bed->policy.alerts = (struct policy_alerts){HEAL_HOUR, 10, 0, 0, 3, 7 * HEAL_DAY};
    bed_start(bed, 1);
    for (int night = 0; night < 4; night++) {
        bed_frame_with(bed, 23 * 3600, 0, 0.95);
        bed_answer(bed, 5, ACTION_SUCCEEDED);
        bed_frame_with(bed, 10, 0, 0.5);
        bed_frame(bed, 3585);
    }
    assert_int_equal(bed_last(bed, DECISION_PATTERN)->strategy, 1);
    assert_true(bed_last(bed, DECISION_PATTERN)->score <= 0.01);
    assert_int_equal(bed_count(bed, DECISION_ALERT), 1); /* three on one resource in a week */
    assert_int_equal(bed_last(bed, DECISION_ALERT)->severity, SEVERITY_LOW);
    bed_destroy(bed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_priority_is_the_weighted_sum),
        cmocka_unit_test(test_a_rise_in_severity_ranks_anew),
        cmocka_unit_test(test_what_is_only_foreseen_is_less_urgent_and_less_severe),
        cmocka_unit_test(test_an_issue_of_every_night_is_told_with_what_may_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
