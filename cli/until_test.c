/* until_test.c - goals as they are written, when they are reached, and how batches grow. */
#include "cli/until.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_goals_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *name;
        bool relative;
        double width, confidence;
    } GOALS[] = {
        {"mttr_seconds.mean \xc2\xb1"
         "5%",
         "mttr_seconds.mean", true, 0.05, 0.95},
        {"mttr_seconds +-5%", "mttr_seconds.mean", true, 0.05, 0.95},
        {"mttr_seconds+/-2.5% with 99%", "mttr_seconds.mean", true, 0.025, 0.99},
        {"mttd_seconds \xc2\xb1 30s", "mttd_seconds.mean", false, 30.0, 0.95},
        {"by_type.disk_full.mttr_seconds +- 1m30s with  90% ", "by_type.disk_full.mttr_seconds.mean", false, 90, 0.9},
        {"success_rate +-0.02", "success_rate", false, 0.02, 0.95},
        {"availability \xc2\xb1.001 with 99.9%", "availability", false, 0.001, 0.999},
        {"baseline.false_negative_rate +-10%", "baseline.false_negative_rate", true, 0.1, 0.95},
    };
    for (size_t i = 0; i < sizeof GOALS / sizeof GOALS[0]; i++) {
        struct until_goal goal;
        char message[UNTIL_TEXT], name[METRIC_NAME];
        assert_true(until_parse(GOALS[i].text, &goal, message));
        assert_string_equal(metric_name(&goal.metric, name), GOALS[i].name);
        assert_int_equal(goal.relative, GOALS[i].relative);
        assert_true(fabs(goal.width - GOALS[i].width) < 1e-12);
        assert_true(fabs(goal.confidence - GOALS[i].confidence) < 1e-12);
        assert_false(until_reached(&goal)); /* nothing has run */
    }
}

static void test_what_is_no_goal_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told;
    } WRONG[] = {
        {"", "expected a figure and a width"},
        {"mttr_seconds", "expected a figure and a width"},
        {"mttr_seconds 5%", "expected a figure and a width"},
        {"\xc2\xb1"
         "5%",
         "is no figure"},
        {"mttr \xc2\xb1"
         "5%",
         "\"mttr\" is no figure"},
        {"mttr_seconds.mode +-5%", "is no figure"},
        {"by_type.flood.mttr_seconds +-5%", "is no figure"},
        {"mttr_seconds.p95 +-5%", "has no interval"},
        {"faults +-5%", "has no interval"},
        {"mttr_seconds +-", "expected a width"},
        {"mttr_seconds +-0%", "expected a width"},
        {"mttr_seconds +-0s", "expected a width"},
        {"mttr_seconds +--5%", "expected a width"},
        {"mttr_seconds +-nan%", "expected a width"},
        {"mttr_seconds +-1e400%", "expected a width"},
        {"mttr_seconds +-1.2.3%", "expected a width"},
        {"mttr_seconds +-30", "a span such as 30s"},
        {"success_rate +-30s", "expected nothing after the width"},
        {"success_rate +-x", "a number such as 0.01"},
        {"mttr_seconds +-5% with", "'with 99%'"},
        {"mttr_seconds +-5% with 99", "'with 99%'"},
        {"mttr_seconds +-5% with 100%", "'with 99%'"},
        {"mttr_seconds +-5% with 10%", "'with 99%'"},
        {"mttr_seconds +-5% with 99% of", "'with 99%'"},
        {"mttr_seconds +-5% at 99%", "'with 99%'"},
    };
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct until_goal goal;
        char message[UNTIL_TEXT] = "";
        if (until_parse(WRONG[i].text, &goal, message) || !strstr(message, WRONG[i].told))
            fail_msg("%s: \"%s\"", WRONG[i].text, message);
    }
}

static struct until_goal goal_at(const char *text, double value, double low, double high, uint32_t replications)
{
    struct until_goal goal;
    char message[UNTIL_TEXT];

    assert_true(until_parse(text, &goal, message));
    goal.reached = (struct precision){value, {low, high}, replications};
    return goal;
}

static void test_a_goal_is_reached_when_the_longer_half_is_short_enough(void **state)
{
    (void)state;
    struct until_goal goal = goal_at("mttr_seconds +-5%", 100, 95, 105, 40);
    char text[UNTIL_TEXT];

    assert_true(until_reached(&goal));
    assert_non_null(strstr(until_describe(&goal, text), ": reached with 40 replications"));
    goal = goal_at("mttr_seconds +-5%", 100, 96, 106, 40);
    assert_false(until_reached(&goal));
    goal = goal_at("mttr_seconds +-5s", 100, 90, 110, 40);
    assert_false(until_reached(&goal)); /* twice too wide: four times as many */
    assert_non_null(strstr(until_describe(&goal, text), "not reached with 40 replications"));
    assert_non_null(strstr(text, "about 160 would do"));
    goal = goal_at("mttr_seconds +-5s", NAN, NAN, NAN, 40);
    assert_false(until_reached(&goal));
    assert_non_null(strstr(until_describe(&goal, text), "no figure at all"));
    goal = goal_at("mttr_seconds +-5s", 100, NAN, NAN, 1);
    assert_false(until_reached(&goal));
    assert_non_null(strstr(until_describe(&goal, text), "no interval"));
    goal = goal_at("false_positive_rate +-5%", 0, 0, 0.02, 40);
    assert_false(until_reached(&goal));
    assert_non_null(strstr(until_describe(&goal, text), "a share of 0 is never reached"));
}

static void test_batches_grow_with_what_there_is(void **state)
{
    (void)state;
    assert_int_equal(until_next_batch(0, 1, 1000), 10);
    assert_int_equal(until_next_batch(0, 30, 1000), 30);
    assert_int_equal(until_next_batch(10, 30, 1000), 10);
    assert_int_equal(until_next_batch(100, 1, 1000), 25);
    assert_int_equal(until_next_batch(990, 1, 1000), 10);
    assert_int_equal(until_next_batch(0, 1, 3), 3);
    assert_int_equal(until_next_batch(900, 1, 1000), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goals_are_read),
        cmocka_unit_test(test_what_is_no_goal_is_told),
        cmocka_unit_test(test_a_goal_is_reached_when_the_longer_half_is_short_enough),
        cmocka_unit_test(test_batches_grow_with_what_there_is),
    };
    return cmocka_run_group_tests_name("until", tests, NULL, NULL);
}
