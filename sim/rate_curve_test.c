/* rate_curve_test.c - means of a recorded rate over any time, and what is no rate. */
#include "sim/rate_curve.h"

#include "engine/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define S HEAL_SECOND

static const heal_time TIMES[] = {1000 * S, 1060 * S, 1120 * S};

static struct rate_samples samples_of(const double *values)
{
    return (struct rate_samples){
        .times = TIMES, .values = values, .count = 3, .lasts = 180 * S, .scale = 1, .speed = 1};
}

static const struct rate_curve *made(struct arena *arena, const struct rate_samples *samples)
{
    const char *fault;
    size_t at;
    const struct rate_curve *curve = rate_curve_make(samples, arena, &fault, &at);

    if (!curve)
        fail_msg("%s", fault);
    return curve;
}

static void mean_is(const struct rate_curve *curve, heal_duration from, heal_duration until, double wanted)
{
    double got = rate_curve_mean(curve, from * S, until * S);

    if (fabs(got - wanted) > 1e-12 * (1.0 + wanted))
        fail_msg("%lld .. %lld s: %.17g, wanted %.17g", (long long)from, (long long)until, got, wanted);
}

static void test_a_sample_holds_until_the_next(void **state)
{
    static const double VALUES[] = {6, 0, 12};
    struct arena *arena = arena_create();
    struct rate_samples samples = samples_of(VALUES);
    const struct rate_curve *curve = made(arena, &samples);

    (void)state;
    mean_is(curve, 0, 30, 6);
    mean_is(curve, 30, 90, 3);
    mean_is(curve, 60, 120, 0);
    mean_is(curve, 50, 130, (60.0 + 120.0) / 80.0);
    mean_is(curve, 170, 1000, 12); /* stays where it was */
    mean_is(curve, 1000000000, 1000000030, 12);
    arena_destroy(arena);
}

static void test_it_begins_anew_where_it_repeats(void **state)
{
    static const double VALUES[] = {6, 0, 12};
    struct arena *arena = arena_create();
    struct rate_samples samples = samples_of(VALUES);

    (void)state;
    samples.repeats = true;
    const struct rate_curve *curve = made(arena, &samples);
    mean_is(curve, 150, 210, 9);
    mean_is(curve, 0, 180, 6);
    mean_is(curve, 17, 17 + 5 * 180, 6); /* whole rounds, wherever they begin */
    heal_duration far = 180 * INT64_C(1000000);
    mean_is(curve, far + 50, far + 130, (60.0 + 120.0) / 80.0);
    arena_destroy(arena);
}

static void test_scale_and_speed(void **state)
{
    static const double VALUES[] = {6, 0, 12};
    struct arena *arena = arena_create();
    struct rate_samples samples = samples_of(VALUES);

    (void)state;
    samples.scale = 0.5;
    samples.speed = 2;
    samples.repeats = true;
    const struct rate_curve *curve = made(arena, &samples);
    mean_is(curve, 0, 30, 3);
    mean_is(curve, 30, 60, 0);
    mean_is(curve, 60, 90, 6);
    mean_is(curve, 90, 120, 3);
    arena_destroy(arena);
}

static void test_what_is_missing_is_as_before(void **state)
{
    static const double GAP[] = {6, NAN, 12}, LATE[] = {NAN, 4, NAN};
    struct arena *arena = arena_create();
    struct rate_samples gap = samples_of(GAP), late = samples_of(LATE);
    const struct rate_curve *curve = made(arena, &gap);

    (void)state;
    mean_is(curve, 60, 120, 6);
    curve = made(arena, &late);
    mean_is(curve, 0, 60, 4);
    mean_is(curve, 120, 240, 4);
    arena_destroy(arena);
}

static void refused(const struct rate_samples *samples, const char *sentence, size_t where)
{
    struct arena *arena = arena_create();
    const char *fault;
    size_t at;

    assert_null(rate_curve_make(samples, arena, &fault, &at));
    assert_string_equal(fault, sentence);
    assert_int_equal(at, where);
    arena_destroy(arena);
}

static void test_what_is_no_rate_is_refused(void **state)
{
    static const double NEGATIVE[] = {6, -1, 12}, ENDLESS[] = {6, 1, INFINITY}, NONE[] = {NAN, NAN, NAN},
                        GOOD[] = {1, 2, 3};
    struct rate_samples samples = samples_of(NEGATIVE);

    (void)state;
    refused(&samples, "expected a finite rate of 0 or more", 1);
    samples = samples_of(ENDLESS);
    refused(&samples, "expected a finite rate of 0 or more", 2);
    samples = samples_of(NONE);
    refused(&samples, "there is no sample, expected at least one", 3);
    samples = samples_of(GOOD);
    samples.speed = 200;
    refused(&samples, "shorter than a second at this speed, expected at least one", 3);
    samples.speed = 1e-8;
    refused(&samples, "longer than a century at this speed, expected less", 3);
}

/* However time is cut, requests of the parts are those of the whole, and no mean leaves
 * the range of the samples. */
static void test_parts_add_up(void **state)
{
    enum { N = 50 };
    struct random_stream stream = random_stream_named(5, "rate_curve", "anything", 0);
    heal_time times[N];
    double values[N];

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct arena *arena = arena_create();
        double low = INFINITY, high = 0;
        for (int i = 0; i < N; i++) {
            times[i] = (i > 0 ? times[i - 1] : 0) + 1 + (heal_time)random_exponential(&stream, 20e9);
            values[i] = random_uniform(&stream) < 0.2 ? NAN : random_exponential(&stream, 100);
            low = fmin(low, values[i]);
            high = fmax(high, values[i]);
        }
        struct rate_samples samples = {
            times,         values, N, times[N - 1] - times[0] + 30 * S, 1, 0.1 + random_exponential(&stream, 2),
            round % 2 == 0};
        const struct rate_curve *curve = made(arena, &samples);
        heal_duration begin = (heal_duration)random_exponential(&stream, 2000e9), at = begin;
        double sum = 0;
        for (int i = 0; i < 100; i++) {
            heal_duration next = at + 1000 + (heal_duration)random_exponential(&stream, 40e9);
            double mean = rate_curve_mean(curve, at, next);
            assert_true(mean >= low * (1 - 1e-6) && mean <= high * (1 + 1e-6));
            sum += mean * heal_duration_seconds(next - at);
            at = next;
        }
        double whole = rate_curve_mean(curve, begin, at) * heal_duration_seconds(at - begin);
        if (fabs(sum - whole) > 1e-9 * (1 + whole))
            fail_msg("round %d: parts %.17g, whole %.17g", round, sum, whole);
        arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sample_holds_until_the_next),
        cmocka_unit_test(test_it_begins_anew_where_it_repeats),
        cmocka_unit_test(test_scale_and_speed),
        cmocka_unit_test(test_what_is_missing_is_as_before),
        cmocka_unit_test(test_what_is_no_rate_is_refused),
        cmocka_unit_test(test_parts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
