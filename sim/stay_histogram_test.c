/* stay_histogram_test.c - percentiles of many stays against the stays themselves. */
#include "sim/stay_histogram.h"

#include "engine/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 20000 };

static int by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* From microseconds to hours. */
static void test_quantiles_are_within_their_class(void **state)
{
    struct stay_histogram *two = calloc(2, sizeof *two);
    double *stays = malloc(N * sizeof *stays);
    struct random_stream stream = random_stream_named(3, "stay_histogram", "stays", 0);

    (void)state;
    assert_true(two && stays);
    for (int round = 0; round < 8; round++) {
        double scale = 1e-5 * pow(10.0, round);
        stay_histogram_clear(&two[0]);
        stay_histogram_clear(&two[1]);
        for (int i = 0; i < N; i++) {
            stays[i] = random_exponential(&stream, scale) + 2e-6;
            stay_histogram_add(&two[i % 2], stays[i]);
        }
        qsort(stays, N, sizeof *stays, by_size);
        for (double q = 0.1; q < 1.0; q += 0.089) {
            double exact = stays[(size_t)ceil(q * N) - 1], got = stay_histogram_quantile(two, 2, q);
            if (fabs(got - exact) > 0.008 * exact)
                fail_msg("scale %g: %g of them within %g, exactly %g", scale, q, got, exact);
        }
    }
    free(two);
    free(stays);
}

static void test_the_ends_take_what_lies_beyond(void **state)
{
    struct stay_histogram *one = calloc(1, sizeof *one);

    (void)state;
    assert_non_null(one);
    assert_true(isnan(stay_histogram_quantile(one, 1, 0.99)));
    stay_histogram_add(one, 0.0);
    stay_histogram_add(one, 1e-12);
    assert_true(stay_histogram_quantile(one, 1, 1.0) < 1e-6);
    stay_histogram_add(one, 1e9);
    stay_histogram_add(one, INFINITY);
    assert_true(stay_histogram_quantile(one, 1, 1.0) > 1e5);
    assert_true(stay_histogram_quantile(one, 1, 0.5) < 1e-6);
    assert_int_equal(one->count, 4);
    stay_histogram_clear(one);
    assert_true(isnan(stay_histogram_quantile(one, 1, 0.5)));
    free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles_are_within_their_class),
        cmocka_unit_test(test_the_ends_take_what_lies_beyond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
