#include "engine/random.h"

#include "engine/test_engine.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

/* The draws are fixed by the seed, so these tests cannot fail by chance: a small
 * p-value here says that the generator was changed for the worse. */
static const double SUSPICIOUS = 1e-4;
enum { DRAWS = 20000 };

static struct random_stream stream_of(uint64_t seed)
{
    return random_stream_named(seed, "random_test", "draws", 0);
}

static double chi_square_p(const uint64_t *counts, size_t bins, double expected)
{
    double sum = 0.0;

    for (size_t i = 0; i < bins; i++)
        sum += gsl_pow_2((double)counts[i] - expected) / expected;
    return gsl_cdf_chisq_Q(sum, (double)(bins - 1));
}

/* The asymptotic Kolmogorov distribution with Stephens's correction for finite n
 * (Stephens 1970, "Use of the Kolmogorov-Smirnov ... statistics", table 1.A). */
static double kolmogorov_p(double *sample, size_t n, double (*cdf)(double))
{
    double d = 0.0, p = 0.0, root = sqrt((double)n);

    gsl_sort(sample, 1, n);
    for (size_t i = 0; i < n; i++) {
        double at = cdf(sample[i]);
        d = fmax(d, fmax(at - (double)i / (double)n, (double)(i + 1) / (double)n - at));
    }
    double lambda = d * (root + 0.12 + 0.11 / root);
    for (int k = 1; k <= 100; k++)
        p += 2.0 * (k % 2 ? 1.0 : -1.0) * exp(-2.0 * k * k * lambda * lambda);
    return fmin(1.0, fmax(0.0, p));
}

static double uniform_cdf(double x)
{
    return x;
}

static double normal_cdf(double x)
{
    return gsl_cdf_ugaussian_P(x);
}

static double exponential_cdf(double x)
{
    return gsl_cdf_exponential_P(x, 3.0);
}

/* Mean 2, sd 1: sigma^2 = ln(1 + 1/4), mu = ln 2 - sigma^2 / 2. */
static double log_normal_cdf(double x)
{
    double variance = log(1.25);
    return gsl_cdf_lognormal_P(x, log(2.0) - variance / 2.0, sqrt(variance));
}

static void test_the_same_name_gives_the_same_stream(void **state)
{
    struct random_stream a = random_stream_named(7, "pod/shop/web-1", "noise", 3);
    struct random_stream b = random_stream_named(7, "pod/shop/web-1", "noise", 3);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(random_bits(&a) == random_bits(&b));
}

/* Known answers: a stream's numbers are part of what makes a run repeatable, so
 * they may not change from one version, compiler or machine to the next. */
static void test_the_streams_of_today_are_those_of_tomorrow(void **state)
{
    struct random_stream stream = random_stream_named(42, "pod/shop/web-1", "noise", 0);

    (void)state;
    assert_true(random_bits(&stream) == UINT64_C(0x0579d4a088980385));
    assert_true(random_bits(&stream) == UINT64_C(0xeb41174964437acd));
    assert_true(random_bits(&stream) == UINT64_C(0x0cc74ccadb2858c5));
}

static void test_any_part_of_the_name_changes_the_stream(void **state)
{
    struct random_stream streams[] = {
        random_stream_named(1, "ab", "c", 0), random_stream_named(2, "ab", "c", 0),
        random_stream_named(1, "a", "bc", 0), random_stream_named(1, "ab", "d", 0),
        random_stream_named(1, "ab", "c", 1), random_stream_named(1, "", "abc", 0),
        random_stream_named(1, "abc", "", 0), random_stream_named(0, "ab", "c", 0),
        random_stream_named(1, "c", "ab", 0),
    };
    enum { STREAMS = sizeof streams / sizeof streams[0] };
    uint64_t first[STREAMS];

    (void)state;
    for (size_t i = 0; i < STREAMS; i++) {
        assert_true(streams[i].increment & 1);
        first[i] = random_bits(&streams[i]);
        for (size_t k = 0; k < i; k++)
            assert_true(first[i] != first[k]);
    }
}

/* The point of naming streams: what one entity draws is not changed by others. */
static void test_draws_of_one_stream_leave_the_others_alone(void **state)
{
    struct random_stream alone = random_stream_named(9, "b", "noise", 0);
    struct random_stream noisy = random_stream_named(9, "a", "noise", 0);
    struct random_stream beside = random_stream_named(9, "b", "noise", 0);

    (void)state;
    for (int i = 0; i < 1000; i++) {
        random_normal(&noisy);
        assert_true(random_normal(&alone) == random_normal(&beside));
    }
}

static void test_streams_with_neighbouring_names_do_not_correlate(void **state)
{
    static double x[DRAWS], y[DRAWS];

    (void)state;
    for (uint64_t index = 0; index < 20; index++) {
        struct random_stream a = random_stream_named(1, "pod/shop/web-1", "noise", index);
        struct random_stream b = random_stream_named(1, "pod/shop/web-1", "noise", index + 1);
        struct random_stream c = random_stream_named(1, "pod/shop/web-2", "noise", index);
        for (size_t i = 0; i < DRAWS / 10; i++) {
            x[i] = random_uniform(&a);
            y[i] = index % 2 ? random_uniform(&b) : random_uniform(&c);
        }
        /* r * sqrt(n) is about standard normal; 20 trials stay within 4 */
        double r = gsl_stats_correlation(x, 1, y, 1, DRAWS / 10);
        assert_for_seed(fabs(r) * sqrt(DRAWS / 10) < 4.0, index);
    }
}

/* One draw of each of many streams must be as good as many draws of one. */
static void test_the_first_draws_of_many_streams_are_uniform(void **state)
{
    static double sample[DRAWS];

    (void)state;
    for (size_t i = 0; i < DRAWS; i++) {
        char entity[32];
        snprintf(entity, sizeof entity, "pod/shop/web-%zu", i);
        struct random_stream stream = random_stream_named(1, entity, "noise", 0);
        sample[i] = random_uniform(&stream);
    }
    assert_true(kolmogorov_p(sample, DRAWS, uniform_cdf) > SUSPICIOUS);
}

static void test_every_bit_is_fair(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        uint64_t ones[64] = {0};
        double sum = 0.0;
        for (int i = 0; i < DRAWS; i++) {
            uint64_t bits = random_bits(&stream);
            for (int bit = 0; bit < 64; bit++)
                ones[bit] += bits >> bit & 1;
        }
        for (int bit = 0; bit < 64; bit++)
            sum += gsl_pow_2((double)ones[bit] - DRAWS / 2.0) / (DRAWS / 4.0);
        assert_for_seed(gsl_cdf_chisq_Q(sum, 64) > SUSPICIOUS, seed);
    }
}

static void test_uniform_draws_fill_the_interval_evenly(void **state)
{
    static double sample[DRAWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        uint64_t counts[100] = {0};
        for (size_t i = 0; i < DRAWS; i++) {
            sample[i] = random_uniform(&stream);
            assert_for_seed(sample[i] >= 0.0 && sample[i] < 1.0, seed);
            counts[(size_t)(sample[i] * 100.0)]++;
        }
        assert_for_seed(chi_square_p(counts, 100, DRAWS / 100.0) > SUSPICIOUS, seed);
        assert_for_seed(kolmogorov_p(sample, DRAWS, uniform_cdf) > SUSPICIOUS, seed);
    }
}

static void test_pairs_of_draws_fill_the_square_evenly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        uint64_t counts[256] = {0};
        for (int i = 0; i < DRAWS; i++) {
            size_t row = (size_t)(random_uniform(&stream) * 16.0);
            counts[row * 16 + (size_t)(random_uniform(&stream) * 16.0)]++;
        }
        assert_for_seed(chi_square_p(counts, 256, DRAWS / 256.0) > SUSPICIOUS, seed);
    }
}

static void test_normal_draws_have_the_moments_and_the_shape(void **state)
{
    static double sample[DRAWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        for (size_t i = 0; i < DRAWS; i++)
            sample[i] = random_normal(&stream);
        /* standard errors of mean, sd, skewness, kurtosis: sqrt of 1, 1/2, 6, 24 over n */
        assert_for_seed(fabs(gsl_stats_mean(sample, 1, DRAWS)) < 4.0 / sqrt(DRAWS), seed);
        assert_for_seed(fabs(gsl_stats_sd(sample, 1, DRAWS) - 1.0) < 4.0 * sqrt(0.5 / DRAWS), seed);
        assert_for_seed(fabs(gsl_stats_skew(sample, 1, DRAWS)) < 4.0 * sqrt(6.0 / DRAWS), seed);
        assert_for_seed(fabs(gsl_stats_kurtosis(sample, 1, DRAWS)) < 4.0 * sqrt(24.0 / DRAWS), seed);
        assert_for_seed(kolmogorov_p(sample, DRAWS, normal_cdf) > SUSPICIOUS, seed);
    }
}

static void test_exponential_draws_have_the_mean_and_the_shape(void **state)
{
    static double sample[DRAWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        for (size_t i = 0; i < DRAWS; i++) {
            sample[i] = random_exponential(&stream, 3.0);
            assert_for_seed(sample[i] >= 0.0 && isfinite(sample[i]), seed);
        }
        assert_for_seed(fabs(gsl_stats_mean(sample, 1, DRAWS) - 3.0) < 4.0 * 3.0 / sqrt(DRAWS), seed);
        assert_for_seed(fabs(gsl_stats_sd(sample, 1, DRAWS) - 3.0) < 4.0 * 3.0 * sqrt(2.0 / DRAWS), seed);
        assert_for_seed(kolmogorov_p(sample, DRAWS, exponential_cdf) > SUSPICIOUS, seed);
    }
}

static void test_log_normal_draws_have_the_mean_and_sd_asked_for(void **state)
{
    static double sample[DRAWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct random_stream stream = stream_of(seed);
        for (size_t i = 0; i < DRAWS; i++) {
            sample[i] = random_log_normal(&stream, 2.0, 1.0);
            assert_for_seed(sample[i] > 0.0 && isfinite(sample[i]), seed);
        }
        assert_for_seed(fabs(gsl_stats_mean(sample, 1, DRAWS) - 2.0) < 4.0 / sqrt(DRAWS), seed);
        assert_for_seed(fabs(gsl_stats_sd(sample, 1, DRAWS) - 1.0) < 0.05, seed);
        assert_for_seed(kolmogorov_p(sample, DRAWS, log_normal_cdf) > SUSPICIOUS, seed);
    }
}

static void test_a_log_normal_without_spread_is_its_mean(void **state)
{
    struct random_stream stream = stream_of(1);
    struct random_stream before = stream;

    (void)state;
    assert_true(random_log_normal(&stream, 2.5, 0.0) == 2.5);
    assert_true(stream.state == before.state); /* and draws nothing */
}

static void test_a_bound_is_met_and_every_value_below_it_comes_up(void **state)
{
    static const uint64_t bounds[] = {1, 2, 3, 7, 10, 64, 100};

    (void)state;
    for (size_t k = 0; k < sizeof bounds / sizeof bounds[0]; k++) {
        struct random_stream stream = stream_of(k);
        uint64_t counts[100] = {0};
        for (int i = 0; i < DRAWS; i++) {
            uint64_t value = random_below(&stream, bounds[k]);
            assert_for_seed(value < bounds[k], k);
            counts[value]++;
        }
        if (bounds[k] > 1)
            assert_for_seed(chi_square_p(counts, bounds[k], DRAWS / (double)bounds[k]) > SUSPICIOUS, k);
    }
}

/* For a bound of 3/4 of the range a plain modulo would hit the lower third of the
 * values twice as often as the rest. */
static void test_a_large_bound_is_not_biased(void **state)
{
    const uint64_t bound = UINT64_C(3) << 62;
    struct random_stream stream = stream_of(1);
    uint64_t counts[3] = {0};

    (void)state;
    for (int i = 0; i < DRAWS; i++)
        counts[random_below(&stream, bound) >> 62]++;
    assert_true(chi_square_p(counts, 3, DRAWS / 3.0) > SUSPICIOUS);
    assert_true(random_below(&stream, UINT64_MAX) < UINT64_MAX);
}

static void test_a_stream_serves_gsl_as_a_generator(void **state)
{
    struct random_stream a = stream_of(1), b = stream_of(1);
    gsl_rng rng = random_gsl(&a);
    uint64_t counts[6] = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_true(gsl_rng_uniform(&rng) == random_uniform(&b));
    assert_true(a.state == b.state); /* the state is the stream's own */
    for (int i = 0; i < DRAWS; i++)
        counts[gsl_rng_uniform_int(&rng, 6)]++;
    assert_true(chi_square_p(counts, 6, DRAWS / 6.0) > SUSPICIOUS);
    for (int i = 0; i < 1000; i++)
        assert_true(gsl_rng_uniform_pos(&rng) > 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_name_gives_the_same_stream),
        cmocka_unit_test(test_the_streams_of_today_are_those_of_tomorrow),
        cmocka_unit_test(test_any_part_of_the_name_changes_the_stream),
        cmocka_unit_test(test_draws_of_one_stream_leave_the_others_alone),
        cmocka_unit_test(test_streams_with_neighbouring_names_do_not_correlate),
        cmocka_unit_test(test_the_first_draws_of_many_streams_are_uniform),
        cmocka_unit_test(test_every_bit_is_fair),
        cmocka_unit_test(test_uniform_draws_fill_the_interval_evenly),
        cmocka_unit_test(test_pairs_of_draws_fill_the_square_evenly),
        cmocka_unit_test(test_normal_draws_have_the_moments_and_the_shape),
        cmocka_unit_test(test_exponential_draws_have_the_mean_and_the_shape),
        cmocka_unit_test(test_log_normal_draws_have_the_mean_and_sd_asked_for),
        cmocka_unit_test(test_a_log_normal_without_spread_is_its_mean),
        cmocka_unit_test(test_a_bound_is_met_and_every_value_below_it_comes_up),
        cmocka_unit_test(test_a_large_bound_is_not_biased),
        cmocka_unit_test(test_a_stream_serves_gsl_as_a_generator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
