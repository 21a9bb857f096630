/* clock_test.c - the engine's time, while the wall clock does what it likes. */
#include "live/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const heal_time DAY = 20000 * HEAL_DAY;

static struct engine_clock begun(void)
{
    struct engine_clock clock;
    engine_clock_begin(&clock, DAY, HEAL_HOUR);
    return clock;
}

static void test_it_is_the_wall_clock_while_nobody_sets_it(void **state)
{
    struct engine_clock clock = begun();

    (void)state;
    for (heal_duration at = 0; at < HEAL_MINUTE; at += HEAL_SECOND / 4)
        assert_int_equal(engine_clock_read(&clock, DAY + at, HEAL_HOUR + at), DAY + at);
    assert_false(engine_clock_was_set(&clock));
}

/* No deadline passes because of it: a second is a second. */
static void test_a_clock_set_forward_by_hours_moves_no_deadline(void **state)
{
    struct engine_clock clock = begun();
    heal_time wall = DAY + 3 * HEAL_HOUR + HEAL_SECOND, monotonic = HEAL_HOUR + HEAL_SECOND;

    (void)state;
    assert_int_equal(engine_clock_read(&clock, wall, monotonic), DAY + HEAL_SECOND);
    assert_true(engine_clock_was_set(&clock));
    assert_int_equal(clock.off, 3 * HEAL_HOUR);
    assert_int_equal(engine_clock_read(&clock, wall + HEAL_MINUTE, monotonic + HEAL_MINUTE),
                     DAY + HEAL_SECOND + HEAL_MINUTE);
    assert_int_equal(clock.off, 3 * HEAL_HOUR);
}

static void test_a_clock_set_back_by_hours_does_not_stop_time(void **state)
{
    struct engine_clock clock = begun();

    (void)state;
    for (heal_duration at = HEAL_SECOND; at < HEAL_HOUR; at += HEAL_MINUTE) {
        assert_int_equal(engine_clock_read(&clock, DAY - 2 * HEAL_HOUR + at, HEAL_HOUR + at), DAY + at);
        assert_true(engine_clock_was_set(&clock));
        assert_int_equal(clock.off, -2 * HEAL_HOUR);
    }
}

/* Set forward, and put right again: as if it had not been. */
static void test_a_clock_that_is_put_right_again_was_not_set(void **state)
{
    struct engine_clock clock = begun();

    (void)state;
    engine_clock_read(&clock, DAY + 5 * HEAL_HOUR, HEAL_HOUR + HEAL_SECOND);
    assert_true(engine_clock_was_set(&clock));
    assert_int_equal(engine_clock_read(&clock, DAY + 2 * HEAL_SECOND, HEAL_HOUR + 2 * HEAL_SECOND),
                     DAY + 2 * HEAL_SECOND);
    assert_false(engine_clock_was_set(&clock));
    assert_int_equal(clock.off, 0);
}

/* What a time server does all day: small steps, taken over without running back. */
static void test_small_steps_are_followed_and_never_backwards(void **state)
{
    struct engine_clock clock = begun();
    heal_time last = DAY;

    (void)state;
    assert_int_equal(engine_clock_read(&clock, DAY + 5 * HEAL_SECOND, HEAL_HOUR + HEAL_SECOND), DAY + 5 * HEAL_SECOND);
    last = DAY + 5 * HEAL_SECOND;
    for (heal_duration at = 2 * HEAL_SECOND; at <= 40 * HEAL_SECOND; at += HEAL_SECOND) { /* 8 s behind that now */
        heal_time wall = DAY - 4 * HEAL_SECOND + at, now = engine_clock_read(&clock, wall, HEAL_HOUR + at);
        assert_false(engine_clock_was_set(&clock));
        assert_true(now >= last && now >= wall);
        last = now;
    }
    assert_int_equal(last, DAY + 36 * HEAL_SECOND); /* caught up by it */
    assert_int_equal(clock.off, 0);
}

static void test_a_new_beginning_is_where_the_wall_clock_is(void **state)
{
    struct engine_clock clock = begun();

    (void)state;
    engine_clock_read(&clock, DAY - 7 * HEAL_HOUR, HEAL_HOUR + HEAL_SECOND);
    assert_true(engine_clock_was_set(&clock));
    engine_clock_begin(&clock, DAY - 7 * HEAL_HOUR, HEAL_HOUR + HEAL_SECOND);
    assert_false(engine_clock_was_set(&clock));
    assert_int_equal(engine_clock_read(&clock, DAY - 7 * HEAL_HOUR + HEAL_SECOND, HEAL_HOUR + 2 * HEAL_SECOND),
                     DAY - 7 * HEAL_HOUR + HEAL_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_the_wall_clock_while_nobody_sets_it),
        cmocka_unit_test(test_a_clock_set_forward_by_hours_moves_no_deadline),
        cmocka_unit_test(test_a_clock_set_back_by_hours_does_not_stop_time),
        cmocka_unit_test(test_a_clock_that_is_put_right_again_was_not_set),
        cmocka_unit_test(test_small_steps_are_followed_and_never_backwards),
        cmocka_unit_test(test_a_new_beginning_is_where_the_wall_clock_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
