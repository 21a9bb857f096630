/* expectation_test.c - what a line promises, and what is said to a wrong one. */
#include "reports/expectation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct expectation parsed(struct arena *arena, const char *text)
{
    struct error_list errors = {0};
    struct expectation out;
    char said[512];

    if (!expectation_parse(text, "s.yaml", 9, "expect[0]", arena, &out, &errors))
        fail_msg("%s", error_format(&errors, 0, said, sizeof said));
    return out;
}

static void test_figures_have_a_bound_and_perhaps_a_confidence(void **state)
{
    struct arena *arena = arena_create();
    struct expectation e = parsed(arena, "mttr_seconds.p95 < 5m");

    (void)state;
    assert_true(e.kind == EXPECT_FIGURE && e.comparison == COMPARE_LESS && e.bound == 300 && e.confidence == 0);
    e = parsed(arena, "false_positive_rate<=5% with 95%");
    assert_true(e.comparison == COMPARE_LESS_EQUAL && e.bound == 0.05 && e.confidence == 0.95);
    e = parsed(arena, "  mttd_seconds >= 1h30m with 99.9% ");
    assert_true(e.bound == 5400 && fabs(e.confidence - 0.999) < 1e-12);
    arena_destroy(arena);
}

static void test_events_have_patterns_and_spans(void **state)
{
    struct arena *arena = arena_create();
    struct expectation e =
        parsed(arena, "issue(type=disk_full, resource=volume/*, severity=high) within 2m in 90% with 95%");

    (void)state;
    assert_true(e.kind == EXPECT_EVENT && !e.events[0].action && e.events[0].type == ISSUE_DISK_FULL);
    assert_string_equal(e.events[0].resource, "volume/*");
    assert_true(e.events[0].severity == SEVERITY_HIGH && e.within == 2 * HEAL_MINUTE && !e.from_start);
    assert_true(e.share == 0.9 && e.confidence == 0.95);
    e = parsed(arena, "action(restart_pod) within 1m of 10m");
    assert_true(e.events[0].action && e.events[0].kind == ACTION_RESTART_POD && e.from_start);
    assert_true(e.from == 10 * HEAL_MINUTE);
    e = parsed(arena, "never action(expand_volume)");
    assert_true(e.kind == EXPECT_NEVER && e.events[0].kind == ACTION_EXPAND_VOLUME);
    e = parsed(arena, "issue()");
    assert_true(e.kind == EXPECT_EVENT && e.within == 0 && e.events[0].type == ISSUE_NONE);
    arena_destroy(arena);
}

static void test_orders_and_health(void **state)
{
    struct arena *arena = arena_create();
    struct expectation e = parsed(arena, "order drain then restart_pod then undrain");

    (void)state;
    assert_true(e.kind == EXPECT_ORDER && e.event_count == 3 && e.events[2].kind == ACTION_UNDRAIN);
    e = parsed(arena, "health.overall >= 70 always");
    assert_true(e.kind == EXPECT_HEALTH && e.component == COMPONENT_COUNT && e.bound == 70);
    e = parsed(arena, "health.storage > 49.5 always in 90%");
    assert_true(e.component == COMPONENT_STORAGE && e.share == 0.9);
    arena_destroy(arena);
}

static void test_a_wrong_line_says_where_and_what_was_expected(void **state)
{
    static const struct {
        const char *text, *said;
    } WRONG[] = {
        {"mttr_seconds.p95 ~ 5m", "at \"~ 5m\": expected one of <, <=, >, >=, =="},
        {"mttr_seconds < 5 apples", "at \"apples\": expected the end of the line"},
        {"mttr_seconds < 5%", "at \"\": expected a span such as 90s or 5m"},
        {"issues < 5%", "at \"\": expected a number without %"},
        {"mttr_seconds.p95 < 5m with 95%",
         "at \"with 95%\": expected no `with`: it goes with a bound on a mean or a rate"},
        {"success_rate > 0.9 with 100%", "at \"\": expected a confidence below 100%"},
        {"success_rate > 0.9 with 95", "at \"95\": expected a percentage above 0% and up to 100%"},
        {"issue(type=fire)", "at \"fire)\": expected an issue type such as disk_full"},
        {"issue(type=disk_full", "at \"\": expected , or )"},
        {"issue(colour=red)", "at \"colour=red)\": expected type=, resource= or severity="},
        {"issue() within soon", "at \"soon\": expected a span such as 90s, 5m or 2h"},
        {"action(pray)", "at \"pray)\": expected an action such as restart_pod"},
        {"order restart_pod", "at \"\": expected then, and another action"},
        {"never", "at \"\": expected issue(...) or action(...)"},
        {"health.overall < 70 always", "at \"always\": expected > or >=: the lowest score is compared"},
        {"health.overall >= 70", "at \"\": expected always"},
    };
    struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        struct error_list errors = {0};
        struct expectation out;
        char said[512], wanted[512];
        assert_false(expectation_parse(WRONG[i].text, "s.yaml", 9, "expect[2]", arena, &out, &errors));
        assert_int_equal(errors.count, 1);
        snprintf(wanted, sizeof wanted, "s.yaml:9: expect[2]: %s", WRONG[i].said);
        assert_string_equal(error_format(&errors, 0, said, sizeof said), wanted);
        error_list_clear(&errors);
    }
    arena_destroy(arena);
}

static void test_every_prefix_of_a_line_is_survived(void **state)
{
    static const char WHOLE[] = "issue(type=disk_full, resource=volume/*) within 2m of 10m in 90% with 95%";
    struct arena *arena = arena_create();

    (void)state;
    for (size_t length = 0; length < sizeof WHOLE; length++) {
        struct error_list errors = {0};
        struct expectation out;
        char text[sizeof WHOLE];
        memcpy(text, WHOLE, length);
        text[length] = '\0';
        bool good = expectation_parse(text, "s", 1, "e", arena, &out, &errors);
        assert_int_equal(errors.count, good ? 0 : 1);
        error_list_clear(&errors);
    }
    arena_destroy(arena);
}

static void test_nothing_compares_with_nan(void **state)
{
    (void)state;
    for (int i = 0; i <= COMPARE_EQUAL; i++)
        assert_false(comparison_holds((enum relation_sign)i, NAN, 1));
    assert_true(comparison_holds(COMPARE_EQUAL, 1, 1));
    assert_false(comparison_holds(COMPARE_LESS, 1, 1));
    assert_true(comparison_holds(COMPARE_MORE_EQUAL, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_have_a_bound_and_perhaps_a_confidence),
        cmocka_unit_test(test_events_have_patterns_and_spans),
        cmocka_unit_test(test_orders_and_health),
        cmocka_unit_test(test_a_wrong_line_says_where_and_what_was_expected),
        cmocka_unit_test(test_every_prefix_of_a_line_is_survived),
        cmocka_unit_test(test_nothing_compares_with_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
