#include "engine/calendar.h"

#include "engine/test_engine.h"

/* 2026-01-05 was a Monday. */
static const heal_time MONDAY = INT64_C(1767571200) * HEAL_SECOND;

static struct policy_window window(uint32_t days, uint32_t from, uint32_t to)
{
    return (struct policy_window){.name = "w", .resources = "*", .days = days, .from = from, .to = to};
}

static void test_days_and_hours_are_those_of_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(calendar_weekday(MONDAY), 0);
    assert_int_equal(calendar_weekday(MONDAY - 1), 6);
    assert_int_equal(calendar_weekday(MONDAY + 6 * HEAL_DAY), 6);
    assert_int_equal(calendar_weekday(0), 3); /* 1970-01-01, Thursday */
    assert_int_equal(calendar_weekday(-1), 2);
    assert_int_equal(calendar_hour(MONDAY), 0);
    assert_int_equal(calendar_hour(MONDAY - 1), 23);
    assert_int_equal(calendar_hour(MONDAY + 13 * HEAL_HOUR + 59 * HEAL_MINUTE), 13);
}

static void test_a_window_opens_at_from_and_closes_at_to(void **state)
{
    struct policy_window w = window(1, 60, 240);

    (void)state;
    assert_false(window_is_open(&w, MONDAY + HEAL_HOUR - 1));
    assert_true(window_is_open(&w, MONDAY + HEAL_HOUR));
    assert_true(window_is_open(&w, MONDAY + 4 * HEAL_HOUR - 1));
    assert_false(window_is_open(&w, MONDAY + 4 * HEAL_HOUR));
    assert_false(window_is_open(&w, MONDAY + HEAL_DAY + 2 * HEAL_HOUR)); /* Tuesday */
}

static void test_over_midnight_it_belongs_to_the_day_on_which_it_opens(void **state)
{
    struct policy_window w = window(1, 22 * 60, 6 * 60);

    (void)state;
    assert_false(window_is_open(&w, MONDAY + 5 * HEAL_HOUR));
    assert_true(window_is_open(&w, MONDAY + 23 * HEAL_HOUR));
    assert_true(window_is_open(&w, MONDAY + HEAL_DAY + 5 * HEAL_HOUR));
    assert_false(window_is_open(&w, MONDAY + HEAL_DAY + 23 * HEAL_HOUR));
}

static void test_equal_ends_are_the_whole_day(void **state)
{
    struct policy_window w = window(127, 0, 0);

    (void)state;
    for (heal_time at = MONDAY; at < MONDAY + HEAL_DAY; at += HEAL_HOUR)
        assert_true(window_is_open(&w, at));
}

static void test_the_next_opening_is_the_first_instant_that_is_open(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct random_stream stream = random_stream_named(seed, "calendar_test", "windows", 0);
        struct policy_window w = window((uint32_t)random_below(&stream, 127) + 1, (uint32_t)random_below(&stream, 1440),
                                        (uint32_t)random_below(&stream, 1441));
        heal_time now = MONDAY + (heal_time)random_below(&stream, 14 * 1440) * HEAL_MINUTE;
        heal_time next = window_next_open(&w, now), walk = now;
        while (!window_is_open(&w, walk))
            walk += HEAL_MINUTE;
        assert_for_seed(next == walk, seed);
    }
}

static void test_a_window_without_a_day_never_opens(void **state)
{
    struct policy_window w = window(0, 0, 60);

    (void)state;
    assert_true(window_next_open(&w, MONDAY) == HEAL_TIME_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days_and_hours_are_those_of_the_calendar),
        cmocka_unit_test(test_a_window_opens_at_from_and_closes_at_to),
        cmocka_unit_test(test_over_midnight_it_belongs_to_the_day_on_which_it_opens),
        cmocka_unit_test(test_equal_ends_are_the_whole_day),
        cmocka_unit_test(test_the_next_opening_is_the_first_instant_that_is_open),
        cmocka_unit_test(test_a_window_without_a_day_never_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
