/* statistics_test.c - known answers, from R and from tables. */
#include "reports/statistics.h"

#include "engine/error.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double value, double expected, double margin)
{
    if (!(fabs(value - expected) <= margin))
        fail_msg("%.10g is not within %g of %.10g", value, margin, expected);
}

static void test_no_sample_has_no_figure(void **state)
{
    struct figure figure = statistics_figure(NULL, 0, 1, "x");
    struct rate rate = statistics_rate(0, 0);

    (void)state;
    assert_int_equal(figure.n, 0);
    assert_true(isnan(figure.mean) && isnan(figure.sd) && isnan(figure.p50) && isnan(figure.max));
    assert_true(isnan(figure.ci95[0]) && isnan(figure.ci95[1]));
    assert_true(isnan(rate.value) && isnan(rate.ci95[0]) && isnan(rate.ci95[1]));
}

static void test_one_sample_has_a_mean_but_no_spread(void **state)
{
    double samples[] = {42};
    struct figure figure = statistics_figure(samples, 1, 1, "x");

    (void)state;
    assert_near(figure.mean, 42, 0);
    assert_near(figure.p99, 42, 0);
    assert_near(figure.max, 42, 0);
    assert_true(isnan(figure.sd) && isnan(figure.ci95[0]) && isnan(figure.ci95[1]));
}

/* R: x <- c(9, 1, 4, 7, 2); quantile(x, c(.5, .95, .99)); sd(x) */
static void test_quantiles_are_type_seven(void **state)
{
    double samples[] = {9, 1, 4, 7, 2};
    struct figure figure = statistics_figure(samples, 5, 1, "x");

    (void)state;
    assert_near(figure.mean, 4.6, 1e-12);
    assert_near(figure.sd, 3.361547262794322, 1e-12);
    assert_near(figure.p50, 4, 1e-12);
    assert_near(figure.p95, 8.6, 1e-12);
    assert_near(figure.p99, 8.92, 1e-12);
    assert_near(figure.max, 9, 0);
}

static void fill(double *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples[i] = (double)((i * 7919) % n); /* a permutation of 0 .. n - 1 for n coprime to 7919 */
}

static void test_the_bootstrap_interval_is_near_the_normal_one(void **state)
{
    double samples[400];
    struct figure figure;
    double margin;

    (void)state;
    fill(samples, 400);
    figure = statistics_figure(samples, 400, 7, "x");
    margin = 1.959964 * figure.sd / 20;
    assert_near(figure.ci95[0], figure.mean - margin, 0.15 * margin);
    assert_near(figure.ci95[1], figure.mean + margin, 0.15 * margin);
}

static void test_the_interval_depends_on_seed_and_name_alone(void **state)
{
    double samples[50];
    struct figure first, again, other_seed, other_name;

    (void)state;
    fill(samples, 50);
    first = statistics_figure(samples, 50, 7, "mttr");
    fill(samples, 50);
    again = statistics_figure(samples, 50, 7, "mttr");
    other_seed = statistics_figure(samples, 50, 8, "mttr");
    other_name = statistics_figure(samples, 50, 7, "mttd");
    assert_memory_equal(first.ci95, again.ci95, sizeof first.ci95);
    assert_memory_not_equal(first.ci95, other_seed.ci95, sizeof first.ci95);
    assert_memory_not_equal(first.ci95, other_name.ci95, sizeof first.ci95);
}

static void test_many_samples_take_the_normal_interval(void **state)
{
    size_t n = STATISTICS_BOOTSTRAP_MAX + 1;
    double *samples = malloc(n * sizeof *samples);
    struct figure figure;

    (void)state;
    assert_non_null(samples);
    fill(samples, n);
    figure = statistics_figure(samples, n, 7, "x");
    assert_near(figure.ci95[1] - figure.mean, 1.959963984540054 * figure.sd / sqrt((double)n), 1e-9);
    free(samples);
}

/* Newcombe 1998, Statistics in Medicine 17, table I, method 3 (score, no
 * continuity correction): 81/263, 15/148, 0/20, 1/29. */
static void test_wilson_intervals_are_those_of_the_table(void **state)
{
    static const struct {
        uint64_t hits, n;
        double low, high;
    } rows[] = {{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0.0, 0.1611}, {1, 29, 0.0061, 0.1718}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rate rate = statistics_rate(rows[i].hits, rows[i].n);

        assert_near(rate.value, (double)rows[i].hits / (double)rows[i].n, 1e-15);
        assert_near(rate.ci95[0], rows[i].low, 5e-5);
        assert_near(rate.ci95[1], rows[i].high, 5e-5);
    }
}

static void test_shares_of_all_and_nothing_stay_inside(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < 200; n++) {
        assert_true(statistics_rate(0, n).ci95[0] == 0 && statistics_rate(0, n).ci95[1] > 0);
        assert_true(statistics_rate(n, n).ci95[1] == 1 && statistics_rate(n, n).ci95[0] < 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_sample_has_no_figure),
        cmocka_unit_test(test_one_sample_has_a_mean_but_no_spread),
        cmocka_unit_test(test_quantiles_are_type_seven),
        cmocka_unit_test(test_the_bootstrap_interval_is_near_the_normal_one),
        cmocka_unit_test(test_the_interval_depends_on_seed_and_name_alone),
        cmocka_unit_test(test_many_samples_take_the_normal_interval),
        cmocka_unit_test(test_wilson_intervals_are_those_of_the_table),
        cmocka_unit_test(test_shares_of_all_and_nothing_stay_inside),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
