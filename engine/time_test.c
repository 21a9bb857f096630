#include "engine/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static heal_time parsed(const char *text)
{
    heal_time at = -1;
    assert_true(heal_time_parse(text, strlen(text), &at, NULL));
    return at;
}

static void test_known_instants_read_to_the_nanosecond(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("2001-09-09T01:46:40Z"), INT64_C(1000000000) * HEAL_SECOND);
    assert_int_equal(parsed("2000-02-29T12:00:00z"), INT64_C(951825600) * HEAL_SECOND);
    assert_int_equal(parsed("2022-08-22T03:51:00.000000001Z"), INT64_C(1661140260) * HEAL_SECOND + 1);
    assert_int_equal(parsed("2022-08-22t03:51:00.25Z"), INT64_C(1661140260) * HEAL_SECOND + 250000000);
    assert_int_equal(parsed("2022-08-22T03:51:00.0000000019Z"), INT64_C(1661140260) * HEAL_SECOND + 1);
    assert_int_equal(parsed("2261-12-31T23:59:59Z"), INT64_C(9214646399) * HEAL_SECOND);
}

static void test_zones_shift_the_instant(void **state)
{
    (void)state;
    assert_int_equal(parsed("2022-08-22T05:51:00+02:00"), parsed("2022-08-22T03:51:00Z"));
    assert_int_equal(parsed("2022-08-21T18:21:00-09:30"), parsed("2022-08-22T03:51:00Z"));
}

static void test_a_missing_zone_is_utc_and_told(void **state)
{
    (void)state;
    heal_time at;
    bool zoned = true;
    const char *text = "2014-04-10 16:15:00.000000";
    assert_true(heal_time_parse(text, strlen(text), &at, &zoned));
    assert_false(zoned);
    assert_int_equal(at, parsed("2014-04-10T16:15:00Z"));
    assert_true(heal_time_parse("2014-04-10T16:15:00-00:00", 25, &at, &zoned));
    assert_true(zoned);
}

static void test_a_leap_second_is_the_next_second(void **state)
{
    (void)state;
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01T00:00:00Z"));
}

static void test_what_is_no_instant_is_refused_and_leaves_the_result_alone(void **state)
{
    static const char *const wrong[] = {
        "",
        "2022",
        "2022-08-22",
        "2022-08-22T03:51",
        "2022-08-22T03:51:0",
        "2022-08-22T03:51:00.",
        "2022-08-22T03:51:00.Z",
        "2022-08-22T03:51:00 Z",
        "2022-08-22T03:51:00Zx",
        "2022-08-22T03:51:00+2",
        "2022-08-22T03:51:00+24:00",
        "2022-13-22T03:51:00Z",
        "2022-00-22T03:51:00Z",
        "2022-02-29T03:51:00Z",
        "2100-02-29T03:51:00Z",
        "2022-08-22T24:00:00Z",
        "2022-08-22T03:60:00Z",
        "2022-08-22T03:51:61Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2261-12-31T23:59:60Z",
        "2262-01-01T00:00:00Z",
        "+022-08-22T03:51:00Z",
        " 2022-08-22T03:51:00Z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        heal_time at = 42;
        if (heal_time_parse(wrong[i], strlen(wrong[i]), &at, NULL))
            fail_msg("read \"%s\"", wrong[i]);
        assert_int_equal(at, 42);
    }
}

static void test_the_length_bounds_the_text(void **state)
{
    (void)state;
    heal_time at;
    assert_true(heal_time_parse("2022-08-22T03:51:00Z,1.5", 20, &at, NULL));
    assert_false(heal_time_parse("2022-08-22T03:51:00Z,1.5", 21, &at, NULL));
}

static void test_instants_are_written_as_short_as_they_are_exact(void **state)
{
    char text[HEAL_TIME_TEXT];
    (void)state;
    assert_string_equal(heal_time_format(0, text), "1970-01-01T00:00:00Z");
    assert_string_equal(heal_time_format(INT64_C(951825600) * HEAL_SECOND, text), "2000-02-29T12:00:00Z");
    assert_string_equal(heal_time_format(250 * HEAL_MILLISECOND, text), "1970-01-01T00:00:00.250Z");
    assert_string_equal(heal_time_format(1000, text), "1970-01-01T00:00:00.000001Z");
    assert_string_equal(heal_time_format(1, text), "1970-01-01T00:00:00.000000001Z");
    assert_string_equal(heal_time_format(-1, text), "1969-12-31T23:59:59.999999999Z");
    assert_string_equal(heal_time_format(HEAL_TIME_NEVER, text), "2262-04-11T23:47:16.854775807Z");
    assert_string_equal(heal_time_format(INT64_MIN, text), "1677-09-21T00:12:43.145224192Z");
}

/* Every day of the range, and a walk in odd steps: what is written reads back. */
static void test_written_instants_read_back(void **state)
{
    char text[HEAL_TIME_TEXT];
    (void)state;
    for (heal_time at = 0; at < INT64_C(9214646400) * HEAL_SECOND; at += HEAL_DAY - 1) {
        heal_time_format(at, text);
        assert_int_equal(parsed(text), at);
    }
}

static heal_duration span_of(const char *text)
{
    heal_duration span = -1;
    if (!heal_duration_parse(text, strlen(text), &span))
        return -1;
    return span;
}

static void test_durations_read_as_people_write_them(void **state)
{
    (void)state;
    assert_int_equal(span_of("0"), 0);
    assert_int_equal(span_of("0s"), 0);
    assert_int_equal(span_of("250ms"), 250 * HEAL_MILLISECOND);
    assert_int_equal(span_of("90s"), 90 * HEAL_SECOND);
    assert_int_equal(span_of("5m"), 5 * HEAL_MINUTE);
    assert_int_equal(span_of("2h"), 2 * HEAL_HOUR);
    assert_int_equal(span_of("7d"), 7 * HEAL_DAY);
    assert_int_equal(span_of("1h30m"), 90 * HEAL_MINUTE);
    assert_int_equal(span_of("1.5h"), 90 * HEAL_MINUTE);
    assert_int_equal(span_of("0.1s"), 100 * HEAL_MILLISECOND);
    assert_int_equal(span_of("1.000000001s"), HEAL_SECOND + 1);
    assert_int_equal(span_of("1us1ns"), 1001);
    assert_int_equal(span_of("9223372036854775807ns"), INT64_MAX);
}

static void test_what_is_no_duration_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        "5",
        "-5s",
        "+5s",
        "5 s",
        "s",
        ".5s",
        "5.s",
        "5x",
        "1m1m",
        "1s1m",
        "5ms ",
        "1e3s",
        "00",
        "5sm",
        "mm",
        "1h30",
        "107000d",
        "9223372036854775808ns",
        "106751d24h",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (span_of(wrong[i]) != -1)
            fail_msg("read \"%s\"", wrong[i]);
    }
}

static void test_durations_are_written_largest_unit_first_and_read_back(void **state)
{
    char text[HEAL_DURATION_TEXT];
    (void)state;
    assert_string_equal(heal_duration_format(0, text), "0s");
    assert_string_equal(heal_duration_format(90 * HEAL_MINUTE, text), "1h30m");
    assert_string_equal(heal_duration_format(250 * HEAL_MILLISECOND, text), "250ms");
    assert_string_equal(heal_duration_format(INT64_MAX, text), "106751d23h47m16s854ms775us807ns");
    for (heal_duration span = 1; span < INT64_MAX / 3; span = span * 3 + 7)
        assert_int_equal(span_of(heal_duration_format(span, text)), span);
}

static void test_seconds_are_a_plain_quotient(void **state)
{
    (void)state;
    assert_true(heal_duration_seconds(1500 * HEAL_MILLISECOND) == 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_instants_read_to_the_nanosecond),
        cmocka_unit_test(test_zones_shift_the_instant),
        cmocka_unit_test(test_a_missing_zone_is_utc_and_told),
        cmocka_unit_test(test_a_leap_second_is_the_next_second),
        cmocka_unit_test(test_what_is_no_instant_is_refused_and_leaves_the_result_alone),
        cmocka_unit_test(test_the_length_bounds_the_text),
        cmocka_unit_test(test_instants_are_written_as_short_as_they_are_exact),
        cmocka_unit_test(test_written_instants_read_back),
        cmocka_unit_test(test_durations_read_as_people_write_them),
        cmocka_unit_test(test_what_is_no_duration_is_refused),
        cmocka_unit_test(test_durations_are_written_largest_unit_first_and_read_back),
        cmocka_unit_test(test_seconds_are_a_plain_quotient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
