#include "engine/counter.h"

#include "engine/test_engine.h"

static void test_a_counter_is_its_rate_over_resets_and_gaps(void **state)
{
    static const bool IS_COUNTER[] = {false, true};
    static const double SAMPLES[] = {100, 130, NAN, 190, 12, 12};
    static const double RATES[] = {NAN, 3, NAN, 3, 1.2, 0};
    struct counters *counters = counters_create(2, IS_COUNTER);
    (void)state;
    assert_non_null(counters);
    for (int i = 0; i < 6; i++) {
        double frame[2] = {i, SAMPLES[i]};
        const double *seen = counters_frame(counters, (i + 1) * 10 * HEAL_SECOND, frame);
        assert_true(seen[0] == i);
        assert_true(isnan(RATES[i]) ? isnan(seen[1]) : fabs(seen[1] - RATES[i]) < 1e-12);
    }
    counters_destroy(counters);
}

static void test_without_counters_the_frame_is_the_frame(void **state)
{
    static const bool IS_COUNTER[] = {false};
    double frame[1] = {4};
    struct counters *counters = counters_create(1, IS_COUNTER);
    (void)state;
    assert_ptr_equal(counters_frame(counters, 1, frame), frame);
    counters_destroy(counters);
}

/* Scale carries over, a shift of the whole counter never shows, gaps are bridged. */
static void test_scale_carries_over_and_shift_does_not_show(void **state)
{
    static const bool IS_COUNTER[] = {true, true, true};
    struct random_stream stream = random_stream_named(3, "counter", "steps", 0);
    struct counters *counters = counters_create(3, IS_COUNTER);
    double total = 0;
    (void)state;
    for (int i = 0; i < 500; i++) {
        total += floor(10 * random_uniform(&stream));
        double frame[3] = {total, 8 * total, total + 4096};
        if (i % 7 == 3)
            frame[0] = frame[1] = frame[2] = NAN;
        const double *seen = counters_frame(counters, (i + 1) * HEAL_SECOND, frame);
        if (i == 0 || i % 7 == 3) {
            assert_true(isnan(seen[0]) && isnan(seen[1]) && isnan(seen[2]));
            continue;
        }
        assert_true(seen[0] >= 0 && seen[1] == 8 * seen[0] && seen[2] == seen[0]);
    }
    counters_destroy(counters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_counter_is_its_rate_over_resets_and_gaps),
        cmocka_unit_test(test_scale_carries_over_and_shift_does_not_show),
        cmocka_unit_test(test_without_counters_the_frame_is_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
