#include "sim/fault.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bend shaped(enum bend_shape shape)
{
    return (struct bend){.metric = "*", .shape = shape, .over = 10 * HEAL_MINUTE, .low = -INFINITY, .high = INFINITY};
}

static void bends_to(enum bend_shape shape, double magnitude, double x, heal_duration age, double expected)
{
    struct bend bend = shaped(shape);
    double bent = bend_apply(&bend, magnitude, x, age);
    if (fabs(bent - expected) > 1e-12)
        fail_msg("%s of %g at %g after %lld ns is %g, expected %g", bend_shape_name(shape), magnitude, x,
                 (long long)age, bent, expected);
}

static void test_each_shape_follows_its_formula(void **state)
{
    (void)state;
    bends_to(BEND_STEP, 0.9, 0.3, 0, 0.9);
    bends_to(BEND_STEP, 0.9, 0.3, HEAL_HOUR, 0.9);
    bends_to(BEND_RAMP, 0.9, 0.3, 0, 0.3);
    bends_to(BEND_RAMP, 0.9, 0.3, 5 * HEAL_MINUTE, 0.6);
    bends_to(BEND_RAMP, 0.9, 0.3, 10 * HEAL_MINUTE, 0.9);
    bends_to(BEND_RAMP, 0.9, 0.3, HEAL_DAY, 0.9);
    bends_to(BEND_SPIKE, 2, 0.3, 0, 2.3);
    bends_to(BEND_SPIKE, 2, 0.3, 5 * HEAL_MINUTE, 1.3);
    bends_to(BEND_SPIKE, 2, 0.3, HEAL_HOUR, 0.3);
    bends_to(BEND_LEAK, 0.5, 0.3, 0, 0.3);
    bends_to(BEND_LEAK, 0.5, 0.3, 90 * HEAL_MINUTE, 1.05);
    bends_to(BEND_LEVEL_SHIFT, -0.1, 0.3, HEAL_SECOND, 0.2);
    bends_to(BEND_SCALE, 3, 0.3, HEAL_SECOND, 0.9);
}

static void test_a_drop_out_has_no_sample_and_a_missing_one_stays_missing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BEND_SHAPE_COUNT; i++) {
        struct bend bend = shaped((enum bend_shape)i);
        assert_true(isnan(bend_apply(&bend, 1, NAN, HEAL_SECOND)));
    }
    struct bend bend = shaped(BEND_DROP_OUT);
    assert_true(isnan(bend_apply(&bend, 0, 1, 0)));
}

static void test_before_the_onset_nothing_bends(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BEND_SHAPE_COUNT; i++) {
        struct bend bend = shaped((enum bend_shape)i);
        assert_true(bend_apply(&bend, 5, 0.3, -1) == 0.3);
    }
}

static void test_the_bent_value_keeps_its_limits(void **state)
{
    struct bend bend = shaped(BEND_LEVEL_SHIFT);
    (void)state;
    bend.low = 0;
    bend.high = 1;
    assert_true(bend_apply(&bend, 5, 0.3, 0) == 1);
    assert_true(bend_apply(&bend, -5, 0.3, 0) == 0);
    assert_true(bend_apply(&bend, 0.5, 0.3, 0) == 0.8);
}

static void test_shapes_have_names(void **state)
{
    (void)state;
    assert_string_equal(bend_shape_name(BEND_STEP), "step");
    assert_string_equal(bend_shape_name(BEND_DROP_OUT), "drop_out");
    assert_string_equal(bend_shape_name(BEND_SHAPE_COUNT), "unknown");
}

static void test_a_kind_is_found_by_name_and_alias(void **state)
{
    static const char *const ALIASES[] = {"pod-cpu-hog", "cpu_contention"};
    struct fault_kind kinds[] = {{.name = "oom"}, {.name = "cpu-stress", .aliases = ALIASES, .alias_count = 2}};
    struct fault_catalogue catalogue = {.kinds = kinds, .kind_count = 2};
    (void)state;
    assert_ptr_equal(fault_kind_find(&catalogue, "cpu-stress"), &kinds[1]);
    assert_ptr_equal(fault_kind_find(&catalogue, "cpu_contention"), &kinds[1]);
    assert_ptr_equal(fault_kind_find(&catalogue, "oom"), &kinds[0]);
    assert_null(fault_kind_find(&catalogue, "cpu"));
    fault_catalogue_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_shape_follows_its_formula),
        cmocka_unit_test(test_a_drop_out_has_no_sample_and_a_missing_one_stays_missing),
        cmocka_unit_test(test_before_the_onset_nothing_bends),
        cmocka_unit_test(test_the_bent_value_keeps_its_limits),
        cmocka_unit_test(test_shapes_have_names),
        cmocka_unit_test(test_a_kind_is_found_by_name_and_alias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
