/* plot_script_test.c - ticks stand at round instants, and no name is a command. */
#include "reports/plot_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const heal_time START = INT64_C(1700000000) * HEAL_SECOND; /* 2023-11-14T22:13:20Z */

static char *axis(heal_time start, double seconds)
{
    char *made = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&made, &length);

    assert_non_null(out);
    plot_script_time_axis(out, start, seconds);
    assert_int_equal(fclose(out), 0);
    return made;
}

static char *label(const char *text)
{
    char *made = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&made, &length);

    assert_non_null(out);
    plot_script_label(out, text);
    assert_int_equal(fclose(out), 0);
    return made;
}

static void expect_ticks(double seconds, const char *expected)
{
    char *text = axis(START, seconds);

    if (!strstr(text, expected))
        fail_msg("%s has no %s", text, expected);
    free(text);
}

static void test_ticks_are_round_instants(void **state)
{
    (void)state;
    expect_ticks(20, "('22:13:20' 0, '22:13:25' 5, '22:13:30' 10");
    expect_ticks(3600, "('22:20' 400, '22:30' 1000");
    expect_ticks(7200, "('22:15' 100, '22:30' 1000");
    expect_ticks(172800, "('11-15 00:00' 6400, '11-15 06:00' 28000");
    expect_ticks(864000, "('11-15' 6400, '11-17'");
}

static void test_any_span_has_few_ticks(void **state)
{
    (void)state;
    for (double seconds = 1e-3; seconds < 4e9; seconds *= 1.7) {
        char *text = axis(START, seconds);
        size_t ticks = 0;

        for (const char *at = text; (at = strchr(at, '\'')) != NULL; at++)
            ticks++;
        assert_true(ticks / 2 <= 12); /* the axis label is one */
        free(text);
    }
}

static void test_a_label_holds_no_more_than_letters(void **state)
{
    char *bad = label("pod/a`date`'\"\\@x$\n;<&"), *plain = label("node/-/w_1.b:c=d+e f"),
         *long_one = label("pod/namespace-that-is-long/workload-with-a-long-name-7d9c-and-more");

    (void)state;
    assert_string_equal(bad, "'pod/a?date?????x?"
                             "?\?<?'");
    assert_string_equal(plain, "'node/-/w_1.b:c=d+e f'");
    assert_true(strlen(long_one) <= PLOT_LABEL + 2 + strlen("\u2026"));
    assert_non_null(strstr(long_one, "7d9c-and-more'"));
    free(bad);
    free(plain);
    free(long_one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_are_round_instants),
        cmocka_unit_test(test_any_span_has_few_ticks),
        cmocka_unit_test(test_a_label_holds_no_more_than_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
