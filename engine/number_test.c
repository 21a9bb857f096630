#include "engine/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool reads_as(const char *text, double expected)
{
    double value = -77;
    return number_parse(text, strlen(text), &value) && value == expected;
}

static void test_numbers_read_as_the_nearest_double(void **state)
{
    (void)state;
    assert_true(reads_as("0", 0));
    assert_true(reads_as("-0.5", -0.5));
    assert_true(reads_as("+.25", 0.25));
    assert_true(reads_as("12.", 12));
    assert_true(reads_as("12.5e3", 12500));
    assert_true(reads_as("1E-3", 0.001));
    assert_true(reads_as("0.1", 0.1));
    assert_true(reads_as("123456789.123456789", 123456789.123456789));
    assert_true(reads_as("9007199254740993", 9007199254740992.0));
    assert_true(reads_as("2.2250738585072014e-308", 2.2250738585072014e-308));
    assert_true(reads_as("1e-999", 0));
}

static void test_what_is_no_number_is_refused_and_leaves_the_value(void **state)
{
    static const char *const TEXTS[] = {"",    ".",   "-",   "e3",   "1e",    "1e+",    "1.2.3",
                                        "1,5", "1 ",  " 1",  "0x10", "nan",   "inf",    "1_000",
                                        "12a", "--1", "+-1", "1e5.", "1e999", "9e99999"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        double value = -77;
        if (number_parse(TEXTS[i], strlen(TEXTS[i]), &value) || value != -77)
            fail_msg("'%s' was read as %g", TEXTS[i], value);
    }
}

static void test_a_number_over_64_bytes_is_refused(void **state)
{
    char text[80];
    double value;
    (void)state;
    memset(text, '1', sizeof text);
    assert_true(number_parse(text, NUMBER_TEXT_MAX, &value));
    assert_false(number_parse(text, NUMBER_TEXT_MAX + 1, &value));
}

/* What printf writes with 17 digits comes back bit for bit. */
static void test_written_numbers_come_back(void **state)
{
    uint64_t bits = 88172645463325252u;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[40];
        double value, back;
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17; /* xorshift64, Marsaglia 2003 */
        memcpy(&value, &bits, sizeof value);
        if (value - value != 0)
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        assert_true(number_parse(text, strlen(text), &back));
        assert_memory_equal(&back, &value, sizeof value);
    }
}

static void test_integers_fit_or_are_refused(void **state)
{
    int64_t value = 5;
    (void)state;
    assert_true(integer_parse("9223372036854775807", 19, &value));
    assert_true(value == INT64_MAX);
    assert_true(integer_parse("-9223372036854775808", 20, &value));
    assert_true(value == INT64_MIN);
    value = 5;
    assert_false(integer_parse("9223372036854775808", 19, &value));
    assert_false(integer_parse("", 0, &value));
    assert_false(integer_parse("-", 1, &value));
    assert_false(integer_parse("1.0", 3, &value));
    assert_false(integer_parse("+1", 2, &value));
    assert_false(integer_parse("000000000000000000000001", 24, &value));
    assert_true(value == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_read_as_the_nearest_double),
        cmocka_unit_test(test_what_is_no_number_is_refused_and_leaves_the_value),
        cmocka_unit_test(test_a_number_over_64_bytes_is_refused),
        cmocka_unit_test(test_written_numbers_come_back),
        cmocka_unit_test(test_integers_fit_or_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
