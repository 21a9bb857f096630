/* test_draws.h - whether samples have the law that they should have.
 *
 * Kolmogorov and Smirnov's test for times, Pearson's chi-square for counts. A draw is
 * found wrong when its probability comes out below UNLIKELY, or when those of many
 * are not uniform themselves.
 */
#ifndef SELFHEAL_SIM_TEST_DRAWS_H
#define SELFHEAL_SIM_TEST_DRAWS_H

#include "sim/test_validation.h"

#include "cli/load.h"

#define test_policy test_world_policy
#include "sim/test_world.h"
#undef test_policy

#include <gsl/gsl_sort.h>

static const double UNLIKELY = 1e-4;
enum { SAMPLES_MAX = 20000 };

struct samples {
    double values[SAMPLES_MAX];
    size_t count;
};

static inline void add(struct samples *samples, double value)
{
    assert_true(samples->count < SAMPLES_MAX);
    samples->values[samples->count++] = value;
}

/* --- tests ---------------------------------------------------------------- */

typedef double (*distribution)(double x, const void *parameters);

/* P(D >= d) for n samples (Kolmogorov 1933, with Stephens' 1970 correction for small n). */
static inline double kolmogorov(double d, size_t n)
{
    double root = sqrt((double)n), lambda = (root + 0.12 + 0.11 / root) * d, sum = 0.0;

    if (lambda < 0.3)
        return 1.0;
    for (int k = 1; k <= 100; k++)
        sum += (k % 2 ? 2.0 : -2.0) * exp(-2.0 * k * k * lambda * lambda);
    return sum;
}

/* The probability of samples at least this far from the law. Sorts them. */
static inline double kolmogorov_smirnov(double *values, size_t n, distribution law, const void *parameters)
{
    double d = 0.0;

    gsl_sort(values, 1, n);
    for (size_t i = 0; i < n; i++) {
        double p = law(values[i], parameters);
        d = fmax(d, fmax((double)(i + 1) / (double)n - p, p - (double)i / (double)n));
    }
    return kolmogorov(d, n);
}

/* Pearson 1900; cells that expect nothing must have nothing. */
static inline double chi_square(const double *seen, const double *weights, size_t cells)
{
    double n = 0.0, weight = 0.0, statistic = 0.0;
    size_t used = 0;

    for (size_t i = 0; i < cells; i++)
        n += seen[i], weight += weights[i];
    for (size_t i = 0; i < cells; i++) {
        double expected = n * weights[i] / weight;
        if (expected <= 0.0 && seen[i] > 0.0)
            return 0.0;
        if (expected > 0.0)
            statistic += (seen[i] - expected) * (seen[i] - expected) / expected, used++;
    }
    return used > 1 ? gsl_cdf_chisq_Q(statistic, (double)(used - 1)) : 1.0;
}

static inline double exponential_law(double x, const void *mean)
{
    return gsl_cdf_exponential_P(x, *(const double *)mean);
}

static inline double normal_law(double x, const void *sd)
{
    return gsl_cdf_gaussian_P(x, *(const double *)sd);
}

static inline double uniform_law(double x, const void *nothing)
{
    (void)nothing;
    return x;
}

/* By mean and sd of the values, as the catalogue and the scenarios write them. */
static inline double log_normal_law(double x, const void *model)
{
    const struct log_normal *times = model;
    double variance = log1p(pow(times->sd_seconds / times->mean_seconds, 2));
    return gsl_cdf_lognormal_P(x, log(times->mean_seconds) - variance / 2, sqrt(variance));
}

static inline void keep(struct samples *all, const char *what, const char *whose, double p)
{
    if (p <= UNLIKELY)
        fail_msg("%s of %s: P = %g", what, whose, p);
    add(all, p);
}

static inline void expect_uniform(struct samples *all, const char *what)
{
    double p = kolmogorov_smirnov(all->values, all->count, uniform_law, NULL);

    print_message("%s: %zu tests, least P %.4f, uniform with P = %.4f\n", what, all->count, all->values[0], p);
    assert_true(p > UNLIKELY);
}

#endif
