#include "reports/leave_out.h"

#include "engine/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <cmocka.h>

/* The second setting is best on all three, but only by its luck in the last group. */
static void test_a_group_is_judged_by_what_the_others_chose(void **state)
{
    static const double GAIN[] = {3, 3, 1,  /* 7 */
                                  2, 2, 9}; /* 13 */
    struct leave_out got = leave_out(GAIN, 2, 3);
    (void)state;
    assert_true(got.best == 13 && got.best_at == 1);
    assert_true(got.left_out == 2 + 2 + 1); /* without the third the first would have been chosen */
    assert_int_equal(got.different, 1);
}

static void test_one_setting_has_no_luck(void **state)
{
    static const double GAIN[] = {1, -2, 4};
    struct leave_out got = leave_out(GAIN, 1, 3);
    (void)state;
    assert_true(got.best == 3 && got.left_out == 3 && got.different == 0);
}

/* Settings that differ by noise alone are worth nothing more than their mean, whatever the
 * best of them seems to be. */
static void test_the_luck_of_a_search_is_taken_off(void **state)
{
    enum { SETTINGS = 200, GROUPS = 10, ROUNDS = 200 };
    static double gain[SETTINGS * GROUPS];
    struct random_stream stream = random_stream_named(1, "gain", "noise", 0);
    double best = 0, left_out = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < SETTINGS * GROUPS; i++)
            gain[i] = random_normal(&stream);
        struct leave_out got = leave_out(gain, SETTINGS, GROUPS);
        best += got.best / ROUNDS;
        left_out += got.left_out / ROUNDS;
    }
    assert_true(best > 7);                        /* 2.7 of its deviations, sqrt(10) */
    assert_true(left_out > -1.5 && left_out < 1); /* the group's bad luck is what the choice avoids: a little under 0 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_group_is_judged_by_what_the_others_chose),
        cmocka_unit_test(test_one_setting_has_no_luck),
        cmocka_unit_test(test_the_luck_of_a_search_is_taken_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
