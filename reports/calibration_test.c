#include "reports/calibration.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_is_evenly_spread_is_calibrated(void **state)
{
    double p[1000];
    (void)state;
    for (int i = 0; i < 1000; i++)
        p[i] = (999.5 - i) / 1000;
    struct calibration found = calibration_of(p, 1000);
    assert_true(fabs(found.bold - 0.0005) < 1e-9 && fabs(found.shy - 0.0005) < 1e-9);
    assert_true(fabs(calibration_share(p, 1000, 0.25) - 0.25) < 1e-9);
}

/* Squares of uniform numbers: a share sqrt(u) is at most u, 1/4 too many at u = 1/4. */
static void test_the_side_on_which_it_is_off_is_told(void **state)
{
    double small[1000], large[1000];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        small[i] = pow((i + 0.5) / 1000, 2);
        large[i] = sqrt((i + 0.5) / 1000);
    }
    struct calibration bold = calibration_of(small, 1000), shy = calibration_of(large, 1000);
    assert_true(fabs(bold.bold - 0.25) < 0.002 && bold.shy < 0.002);
    assert_true(fabs(shy.shy - 0.25) < 0.002 && shy.bold < 0.002);
}

static void test_ties_and_nothing_are_taken(void **state)
{
    double ones[4] = {1, 1, 1, 1};
    (void)state;
    struct calibration found = calibration_of(ones, 4);
    assert_true(found.bold == 0 && found.shy == 1);
    assert_true(calibration_share(ones, 4, 0.99) == 0 && calibration_share(ones, 4, 1) == 1);
    found = calibration_of(ones, 0);
    assert_true(found.bold == 0 && found.shy == 0 && calibration_share(ones, 0, 1) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_evenly_spread_is_calibrated),
        cmocka_unit_test(test_the_side_on_which_it_is_off_is_told),
        cmocka_unit_test(test_ties_and_nothing_are_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
