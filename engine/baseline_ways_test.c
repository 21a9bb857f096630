/* baseline_ways_test.c - the parts of a baseline that a policy chooses: Qn, trends, and the
 * rank that scores are made from. */
#include "engine/baseline.h"

#include "engine/test_engine.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>

enum { FULL = BASELINE_SLOTS + 40 }; /* frames after which all is refitted */
static const struct baseline_config PLAIN = {.window = HEAL_SECOND, .warm_up = 10};
static const struct baseline_config BY_QN = {.window = HEAL_SECOND, .warm_up = 10, .qn = true};
static const struct baseline_config WITH_TREND = {.window = HEAL_SECOND, .warm_up = 10, .trend = true};

typedef double shape(int frame, struct random_stream *stream);

static struct baseline *fed(const struct baseline_config *config, shape *value, int frames, double scale, double shift)
{
    struct random_stream stream = random_stream_named(9, "baseline_ways", "noise", 0);
    struct baseline *set = baseline_create(config, 1);

    assert_non_null(set);
    for (int i = 0; i < frames; i++) {
        double sample = shift + scale * value(i, &stream);
        baseline_learn(set, (heal_time)i * HEAL_SECOND, &sample, NULL);
    }
    return set;
}

static double noise(int frame, struct random_stream *stream)
{
    (void)frame;
    return random_normal(stream);
}
static double rising(int frame, struct random_stream *stream)
{
    return 0.25 * frame + random_normal(stream);
}
static double line(int frame, struct random_stream *stream)
{
    (void)stream;
    return 3.0 + 0.5 * frame;
}
static double line_with_wild_ones(int frame, struct random_stream *stream)
{
    return frame % 9 == 4 ? 1e6 : line(frame, stream);
}
static double constant(int frame, struct random_stream *stream)
{
    (void)frame;
    (void)stream;
    return 7;
}

/* A window that repeats: the same 64 samples whatever the phase, and no skew, so that the
 * decile does not speak for the scale. */
static double two_levels(int frame, struct random_stream *stream)
{
    (void)stream;
    return frame % 64 < 32 ? frame % 8 : -(frame % 8);
}

static void test_qn_is_gsls_on_the_same_window(void **state)
{
    double sorted[64], work[3 * 64];
    int places[5 * 64];
    struct random_stream none = {0};
    (void)state;
    for (int i = 0; i < 64; i++)
        sorted[i] = two_levels(i, &none);
    gsl_sort(sorted, 1, 64);
    double qn = gsl_stats_Qn_from_sorted_data(sorted, 1, 64, work, places);
    struct baseline *set = fed(&BY_QN, two_levels, 4 * FULL, 1, 0);
    double decile = 0.780304146072379 * gsl_stats_quantile_from_sorted_data(sorted, 1, 64, 0.9);
    assert_true(fabs((double)baseline_upper(set)[0] - fmax(qn, decile)) < 1e-5);
    baseline_destroy(set);
}

/* Rousseeuw and Croux 1993: 82 % efficient where the MAD has 37 %. */
static void test_qn_varies_less_than_the_mad_on_normal_samples(void **state)
{
    double variance[2] = {0};
    (void)state;
    for (int way = 0; way < 2; way++) {
        double sum = 0, squares = 0;
        enum { WINDOWS = 300 };
        struct random_stream stream = random_stream_named(3, "baseline_ways", "efficiency", 0);
        struct baseline *set = baseline_create(way ? &BY_QN : &PLAIN, WINDOWS);
        double frame[WINDOWS];
        for (int i = 0; i < FULL; i++) {
            for (int k = 0; k < WINDOWS; k++)
                frame[k] = random_normal(&stream);
            baseline_learn(set, (heal_time)i * HEAL_SECOND, frame, NULL);
        }
        for (int k = 0; k < WINDOWS; k++) {
            double scale =
                fmin((double)baseline_upper(set)[k], (double)baseline_lower(set)[k]); /* the decile out of it */
            sum += scale / WINDOWS;
            squares += scale * scale / WINDOWS;
        }
        variance[way] = squares - sum * sum;
        assert_true(sum > 0.95 && sum < 1.1);
        baseline_destroy(set);
    }
    assert_true(variance[1] < 0.75 * variance[0]);
}

static void test_a_trend_does_not_lag_and_is_no_spread(void **state)
{
    struct baseline *plain = fed(&PLAIN, rising, 2 * FULL, 1, 0), *with = fed(&WITH_TREND, rising, 2 * FULL, 1, 0);
    double now = 0.25 * (2 * FULL - 1);
    (void)state;
    assert_true(fabs((double)baseline_median(with)[0] - now) < 0.25 * 40 + 1); /* its turn may be 32 frames old */
    assert_true((double)baseline_median(plain)[0] < now - 0.25 * 30);
    assert_true((double)baseline_upper(with)[0] < 1.6 && (double)baseline_upper(plain)[0] > 3);
    baseline_destroy(plain);
    baseline_destroy(with);
}

/* A line is found exactly, and up to a quarter of the pairs may be wild. */
static void test_a_line_is_found_under_wild_samples(void **state)
{
    shape *const SHAPES[] = {line, line_with_wild_ones};
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct baseline *set = fed(&WITH_TREND, SHAPES[k], 2 * FULL, 1, 0);
        double median = (double)baseline_median(set)[0], last = 3.0 + 0.5 * (2 * FULL - 1);
        assert_true(median <= last + 0.6 && median >= last - 0.5 * 33);
        assert_true((double)baseline_lower(set)[0] < 0.01 * last);
        baseline_destroy(set);
    }
}

/* What is no trend is left alone, bit for bit: the sign test stops chance. */
static void test_quiet_noise_has_no_trend(void **state)
{
    int changed = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct random_stream a = random_stream_named(seed, "baseline_ways", "quiet", 0), b = a;
        struct baseline *plain = baseline_create(&PLAIN, 1), *with = baseline_create(&WITH_TREND, 1);
        for (int i = 0; i < FULL; i++) {
            double x = random_normal(&a), y = random_normal(&b);
            baseline_learn(plain, (heal_time)i * HEAL_SECOND, &x, NULL);
            baseline_learn(with, (heal_time)i * HEAL_SECOND, &y, NULL);
        }
        changed += baseline_median(plain)[0] != baseline_median(with)[0];
        baseline_destroy(plain);
        baseline_destroy(with);
    }
    assert_true(changed <= 1); /* 0.001 each */
}

/* Powers of two are exact; a shift rounds. */
static void test_scale_and_shift_carry_over_in_every_way(void **state)
{
    static const struct baseline_config *const WAYS[] = {&PLAIN, &BY_QN, &WITH_TREND};
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct baseline *set = fed(WAYS[k], rising, 2 * FULL, 1, 0), *scaled = fed(WAYS[k], rising, 2 * FULL, 256, 0);
        struct baseline *shifted = fed(WAYS[k], rising, 2 * FULL, 1, 512);
        assert_true(baseline_median(scaled)[0] == 256 * baseline_median(set)[0]);
        assert_true(baseline_upper(scaled)[0] == 256 * baseline_upper(set)[0]);
        assert_true(fabsf(baseline_median(shifted)[0] - 512 - baseline_median(set)[0]) < 0.01F);
        assert_true(fabsf(baseline_lower(shifted)[0] - baseline_lower(set)[0]) < 0.01F);
        for (double value = -10; value < 100; value += 0.7) {
            double p = baseline_probability(set, 0, value);
            assert_true(p == baseline_probability(scaled, 0, 256 * value));
        }
        baseline_destroy(set);
        baseline_destroy(scaled);
        baseline_destroy(shifted);
    }
}

/* Known ranks: as far as the median, as the middle, as the farthest, beyond it. */
static void test_the_probability_is_the_rank_and_then_a_tail(void **state)
{
    struct baseline *set = fed(&PLAIN, noise, FULL, 1, 0);
    double median = (double)baseline_median(set)[0], before = 2;
    (void)state;
    assert_true(baseline_probability(set, 0, median) == 1);
    for (double off = 0; off < 50; off += 0.05) { /* farther out is never more probable */
        double p = baseline_probability(set, 0, median + off);
        assert_true(p <= before && p > 0 && p <= 1);
        before = p;
    }
    assert_true(before < 1e-3);
    assert_true(fabs(baseline_probability(set, 0, median + 0.6745 * (double)baseline_upper(set)[0]) - 0.5) < 0.2);
    assert_true(isnan(baseline_probability(set, 0, NAN)));
    baseline_destroy(set);
    set = fed(&PLAIN, constant, FULL, 1, 0);
    assert_true(baseline_probability(set, 0, 7) == 1);
    assert_true(fabs(baseline_probability(set, 0, 7.5) - 1.0 / 65) < 1e-12);
    baseline_destroy(set);
    set = fed(&PLAIN, noise, 9, 1, 0);
    assert_true(isnan(baseline_probability(set, 0, 0))); /* still warming up */
    baseline_destroy(set);
}

static void test_the_young_have_a_median_of_what_they_showed(void **state)
{
    struct baseline *set = fed(&PLAIN, line, 2, 1, 0);
    (void)state;
    assert_true(isnan(baseline_young_median(set, 0)));
    baseline_destroy(set);
    set = fed(&PLAIN, line, 5, 1, 0);
    assert_true(baseline_young_median(set, 0) == 4.0);
    baseline_destroy(set);
    set = fed(&PLAIN, line, FULL, 1, 0);
    assert_true(isnan(baseline_young_median(set, 0))); /* warm: its own is known */
    baseline_destroy(set);
}

/* Gaps, infinities and constants beside each other. */
static void test_no_way_leaks_a_nan_or_hears_its_neighbours(void **state)
{
    static const struct baseline_config *const WAYS[] = {&PLAIN, &BY_QN, &WITH_TREND};
    (void)state;
    for (int k = 0; k < 3; k++) {
        struct random_stream stream = random_stream_named(5, "baseline_ways", "gaps", 0), again = stream;
        struct baseline *alone = baseline_create(WAYS[k], 1), *among = baseline_create(WAYS[k], 4);
        for (int i = 0; i < 3 * FULL; i++) {
            double frame[4] = {random_normal(&stream), NAN, i % 3 ? (double)NAN : i, 1e30 * (i % 2)};
            double one = random_normal(&again);
            baseline_learn(among, (heal_time)i * HEAL_SECOND, frame, NULL);
            baseline_learn(alone, (heal_time)i * HEAL_SECOND, &one, NULL);
        }
        assert_true(baseline_median(alone)[0] == baseline_median(among)[0]);
        assert_true(baseline_upper(alone)[0] == baseline_upper(among)[0]);
        assert_true(isnan(baseline_median(among)[1]) && isnan(baseline_probability(among, 1, 1)));
        assert_true(isfinite(baseline_median(among)[2]) && isfinite(baseline_upper(among)[3]));
        baseline_destroy(alone);
        baseline_destroy(among);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qn_is_gsls_on_the_same_window),
        cmocka_unit_test(test_qn_varies_less_than_the_mad_on_normal_samples),
        cmocka_unit_test(test_a_trend_does_not_lag_and_is_no_spread),
        cmocka_unit_test(test_a_line_is_found_under_wild_samples),
        cmocka_unit_test(test_quiet_noise_has_no_trend),
        cmocka_unit_test(test_scale_and_shift_carry_over_in_every_way),
        cmocka_unit_test(test_the_probability_is_the_rank_and_then_a_tail),
        cmocka_unit_test(test_the_young_have_a_median_of_what_they_showed),
        cmocka_unit_test(test_no_way_leaks_a_nan_or_hears_its_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
