#include "sim/notation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Expands to exactly `count` values; NaN stands for missing. */
static void expands_to(const char *text, const double *expected, size_t count)
{
    struct arena *arena = arena_create();
    double *values;
    const char *fault;
    size_t got, at;
    if (!notation_expand(text, arena, &values, &got, &fault, &at))
        fail_msg("'%s': %s", text, fault);
    assert_int_equal(got, count);
    for (size_t i = 0; i < count; i++) {
        if (isnan(expected[i]) ? !isnan(values[i]) : fabs(values[i] - expected[i]) > 1e-12)
            fail_msg("'%s': value %zu is %g, expected %g", text, i, values[i], expected[i]);
    }
    arena_destroy(arena);
}

static void is_refused(const char *text, size_t expected_at, const char *expected)
{
    struct arena *arena = arena_create();
    double *values;
    const char *fault;
    size_t count, at;
    if (notation_expand(text, arena, &values, &count, &fault, &at))
        fail_msg("'%s' was read", text);
    assert_non_null(strstr(fault, expected));
    assert_int_equal(at, expected_at);
    arena_destroy(arena);
}

#define EXPANDS(text, ...)                                                                                             \
    expands_to(text, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

/* The examples of the Prometheus documentation, "unit testing rules". */
static void test_promtools_own_examples_expand_as_documented(void **state)
{
    (void)state;
    EXPANDS("-2+4x3", -2, 2, 6, 10);
    EXPANDS(" 1-2x4", 1, -1, -3, -5, -7);
    EXPANDS("1x4", 1, 1, 1, 1, 1);
    EXPANDS("1 _x3 stale", 1, NAN, NAN, NAN, NAN);
    EXPANDS("1+0x6 0 0 0 0", 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
}

static void test_single_values_signs_and_exponents(void **state)
{
    (void)state;
    EXPANDS("0.2", 0.2);
    EXPANDS("-1.5 +2 .5", -1.5, 2, 0.5);
    EXPANDS("1e3+1e-2x2", 1000, 1000.01, 1000.02);
    EXPANDS("1e-3-1e-3x2", 1e-3, 0, -1e-3);
    EXPANDS("\t5x0\n_ _x1\r7 ", 5, NAN, NAN, 7);
    EXPANDS("_", NAN);
}

static void test_what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    is_refused("", 0, "empty");
    is_refused("  ", 2, "empty");
    is_refused("1 two 3", 2, "finite number");
    is_refused("1 NaN", 2, "finite number");
    is_refused("Inf", 0, "finite number");
    is_refused("1e999", 0, "finite number");
    is_refused("0 1+1", 2, "expected xN");
    is_refused("1+x3", 0, "as the step");
    is_refused("-1--1x2", 0, "as the step");
    is_refused("1x", 0, "behind the x");
    is_refused("1x-3", 0, "behind the x");
    is_refused("1x2x3", 0, "behind the x");
    is_refused("_y", 0, "finite number");
    is_refused("1,5", 0, "finite number");
    is_refused("1e308+1e308x9", 0, "not finite");
}

static void test_too_many_samples_are_refused_before_memory_is_taken(void **state)
{
    (void)state;
    is_refused("0x16777216", 0, "too many");
    is_refused("0x99999999999", 0, "too many");
    is_refused("0x8388607 0x8388607 1", 20, "too many");
}

static void test_missing_none_is_empty(void **state)
{
    (void)state;
    is_refused("_x0", 3, "empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promtools_own_examples_expand_as_documented),
        cmocka_unit_test(test_single_values_signs_and_exponents),
        cmocka_unit_test(test_what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(test_too_many_samples_are_refused_before_memory_is_taken),
        cmocka_unit_test(test_missing_none_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
