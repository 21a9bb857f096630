/* statistics.c - see statistics.h. */
#include "reports/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

static const double LOW_TAIL = 0.025, HIGH_TAIL = 0.975;

/* FNV-1a over the name, started from the seed (Fowler, Noll, Vo 1991). */
static unsigned long seed_of(uint64_t seed, const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (unsigned long)(hash ^ hash >> 32);
}

static double resampled_mean(const double *samples, size_t n, gsl_rng *rng)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += samples[gsl_rng_uniform_int(rng, n)];
    return sum / (double)n;
}

static void bootstrap_mean(const double *samples, size_t n, unsigned long seed, double interval[2])
{
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    double *means = malloc(STATISTICS_RESAMPLES * sizeof *means);

    if (rng && means) {
        gsl_rng_set(rng, seed);
        for (size_t i = 0; i < STATISTICS_RESAMPLES; i++)
            means[i] = resampled_mean(samples, n, rng);
        gsl_sort(means, 1, STATISTICS_RESAMPLES);
        interval[0] = gsl_stats_quantile_from_sorted_data(means, 1, STATISTICS_RESAMPLES, LOW_TAIL);
        interval[1] = gsl_stats_quantile_from_sorted_data(means, 1, STATISTICS_RESAMPLES, HIGH_TAIL);
    }
    free(means);
    gsl_rng_free(rng);
}

struct figure statistics_points(double *samples, size_t n)
{
    struct figure figure = {n, NAN, NAN, NAN, NAN, NAN, NAN, {NAN, NAN}};

    if (n == 0)
        return figure;
    gsl_sort(samples, 1, n);
    figure.mean = gsl_stats_mean(samples, 1, n);
    figure.p50 = gsl_stats_quantile_from_sorted_data(samples, 1, n, 0.50);
    figure.p95 = gsl_stats_quantile_from_sorted_data(samples, 1, n, 0.95);
    figure.p99 = gsl_stats_quantile_from_sorted_data(samples, 1, n, 0.99);
    figure.max = samples[n - 1];
    if (n > 1)
        figure.sd = gsl_stats_sd_m(samples, 1, n, figure.mean);
    return figure;
}

struct figure statistics_figure(double *samples, size_t n, uint64_t seed, const char *name)
{
    struct figure figure = statistics_points(samples, n);

    if (n < 2)
        return figure;
    if (n <= STATISTICS_BOOTSTRAP_MAX) {
        bootstrap_mean(samples, n, seed_of(seed, name), figure.ci95);
    } else {
        double margin = gsl_cdf_ugaussian_Pinv(HIGH_TAIL) * figure.sd / sqrt((double)n);

        figure.ci95[0] = figure.mean - margin;
        figure.ci95[1] = figure.mean + margin;
    }
    return figure;
}

struct rate statistics_rate(uint64_t hits, uint64_t n)
{
    struct rate rate = {NAN, n, {NAN, NAN}};
    double z = gsl_cdf_ugaussian_Pinv(HIGH_TAIL), size = (double)n;
    double p, centre, margin;

    if (n == 0)
        return rate;
    p = (double)hits / size;
    centre = p + z * z / (2 * size);
    margin = z * sqrt(p * (1 - p) / size + z * z / (4 * size * size));
    rate.value = p;
    /* At 0 and n the ends are exact; rounding must not push them out of [0, 1]. */
    rate.ci95[0] = hits == 0 ? 0 : (centre - margin) / (1 + z * z / size);
    rate.ci95[1] = hits == n ? 1 : (centre + margin) / (1 + z * z / size);
    return rate;
}
