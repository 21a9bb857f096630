/* flight_incidents_test.c - which incidents went better, and what the recording can tell. */
#include "cli/flight_incidents.h"

#include "cli/test_files.h"

static const heal_time T0 = INT64_C(1700000000) * HEAL_SECOND;

static void take(struct flight_incidents *course, enum decision_kind kind, uint64_t issue, int second)
{
    flight_incidents_take(course,
                          &(struct decision){.kind = kind,
                                             .issue = issue,
                                             .at = T0 + second * HEAL_SECOND,
                                             .type = ISSUE_HIGH_CPU,
                                             .resource = RESOURCE_NONE,
                                             .action_kind = ACTION_KIND_COUNT},
                          NULL);
}

static struct flight_counts compared(struct flight_incidents *old, struct flight_incidents *new)
{
    struct flight_counts counts = flight_incidents_compare(old, new, NULL);

    flight_incidents_clear(old);
    flight_incidents_clear(new);
    return counts;
}

static void test_the_same_course_is_the_same(void **state)
{
    struct flight_incidents courses[2] = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        take(&courses[i], DECISION_ISSUE_OPENED, 1, 10);
        take(&courses[i], DECISION_ATTEMPT_STARTED, 1, 20);
        take(&courses[i], DECISION_ACTION_STARTED, 1, 20);
        take(&courses[i], DECISION_ISSUE_CLOSED, 1, 90);
    }
    struct flight_counts counts = compared(&courses[0], &courses[1]);
    assert_int_equal(counts.of[FLIGHT_SAME], 1);
    assert_int_equal(counts.modelled, 0);
    assert_true(counts.parted == HEAL_TIME_NEVER);
}

static void test_sooner_before_any_action_is_as_recorded(void **state)
{
    struct flight_incidents old = {0}, new = {0};

    (void)state;
    take(&old, DECISION_ISSUE_OPENED, 1, 40);
    take(&new, DECISION_ISSUE_OPENED, 1, 10);
    struct flight_counts counts = compared(&old, &new);
    assert_int_equal(counts.of[FLIGHT_BETTER], 1);
    assert_int_equal(counts.modelled, 0);
}

static void test_what_follows_another_action_is_the_models(void **state)
{
    struct flight_incidents old = {0}, new = {0};

    (void)state;
    take(&old, DECISION_ISSUE_OPENED, 1, 10);
    take(&old, DECISION_ATTEMPT_STARTED, 1, 60);
    take(&old, DECISION_ACTION_STARTED, 1, 60);
    take(&old, DECISION_ISSUE_OPENED, 2, 500);
    take(&new, DECISION_ISSUE_OPENED, 1, 10);
    take(&new, DECISION_ATTEMPT_STARTED, 1, 20);
    take(&new, DECISION_ACTION_STARTED, 1, 20);
    take(&new, DECISION_ISSUE_OPENED, 2, 600);
    struct flight_counts counts = compared(&old, &new);
    assert_int_equal(counts.of[FLIGHT_BETTER], 1); /* that it acts at 20 is certain */
    assert_int_equal(counts.of[FLIGHT_WORSE], 1);
    assert_int_equal(counts.modelled, 1);
    assert_true(counts.parted == T0 + 20 * HEAL_SECOND);
}

static void test_what_one_policy_alone_sees_is_told_apart(void **state)
{
    struct flight_incidents old = {0}, new = {0};

    (void)state;
    take(&old, DECISION_ISSUE_OPENED, 1, 10);
    take(&new, DECISION_ISSUE_OPENED, 1, 10 + 2 * 3600);
    struct flight_counts counts = compared(&old, &new);
    assert_int_equal(counts.of[FLIGHT_ONLY_OLD], 1);
    assert_int_equal(counts.of[FLIGHT_ONLY_NEW], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_course_is_the_same),
        cmocka_unit_test(test_sooner_before_any_action_is_as_recorded),
        cmocka_unit_test(test_what_follows_another_action_is_the_models),
        cmocka_unit_test(test_what_one_policy_alone_sees_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
