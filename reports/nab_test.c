#include "reports/nab.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 200 };

static double one_window(const size_t *alarms, size_t alarm_count, enum nab_profile profile, double *threshold)
{
    static const struct nab_window WINDOW = {100, 119};
    double score[COUNT] = {0};
    struct nab_file file = {score, COUNT, &WINDOW, 1};
    for (size_t i = 0; i < alarm_count; i++)
        score[alarms[i]] = 1;
    return nab_score(&file, 1, profile, threshold);
}

#define SCORE(profile, ...)                                                                                            \
    one_window((const size_t[]){__VA_ARGS__}, sizeof((size_t[]){__VA_ARGS__}) / sizeof(size_t), profile, NULL)
#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-9)

static double sigmoid(double x)
{
    return 2 / (1 + exp(5 * x)) - 1;
}

static void test_the_first_sample_of_a_window_is_perfect_and_silence_nothing(void **state)
{
    double threshold;
    (void)state;
    assert_near(SCORE(NAB_STANDARD, 100), 100);
    assert_near(SCORE(NAB_LOW_FALSE_NEGATIVES, 100), 100);
    assert_near(one_window(NULL, 0, NAB_STANDARD, &threshold), 0);
    assert_true(isinf(threshold));
}

static void test_later_in_the_window_earns_less(void **state)
{
    (void)state;
    assert_near(SCORE(NAB_STANDARD, 110), 100 * (1 + sigmoid(-0.5) / sigmoid(-1)) / 2);
    assert_near(SCORE(NAB_STANDARD, 110, 115), SCORE(NAB_STANDARD, 110));
    assert_near(SCORE(NAB_STANDARD, 115, 110), SCORE(NAB_STANDARD, 110));
}

static void test_false_alarms_cost_by_profile_and_distance(void **state)
{
    (void)state;
    assert_near(SCORE(NAB_STANDARD, 100, 50), 100 * (2 - 0.11) / 2);
    assert_near(SCORE(NAB_LOW_FALSE_POSITIVES, 100, 50), 100 * (2 - 0.22) / 2);
    assert_near(SCORE(NAB_STANDARD, 100, 120), 100 * (2 + 0.11 * sigmoid(1.0 / 19)) / 2);
    assert_near(SCORE(NAB_STANDARD, 100, 199), 100 * (2 - 0.11) / 2);
}

static void test_probation_counts_for_nothing(void **state)
{
    (void)state;
    assert_int_equal(nab_probation(COUNT), 30);
    assert_int_equal(nab_probation(100000), 750);
    assert_near(SCORE(NAB_STANDARD, 100, 0, 29), 100);
    assert_true(SCORE(NAB_STANDARD, 100, 30) < 100);
}

/* The threshold is one for all files: where a file's noise is above another's window,
 * the best of both is taken, a group of equal scores as a whole. */
static void test_one_threshold_is_chosen_over_all_files(void **state)
{
    static const struct nab_window WINDOW = {100, 119};
    double a[COUNT] = {0}, b[COUNT] = {0}, threshold;
    struct nab_file files[] = {{a, COUNT, &WINDOW, 1}, {b, COUNT, &WINDOW, 1}};
    (void)state;
    a[100] = 0.9;
    b[100] = 0.3;
    b[40] = b[41] = 0.5;
    assert_near(nab_score(files, 2, NAB_STANDARD, &threshold), 100 * (4 - 2 * 0.11) / 4);
    assert_true(threshold == 0.3);
    for (size_t i = 40; i < 90; i++)
        b[i] = 0.5;
    assert_near(nab_score(files, 2, NAB_STANDARD, &threshold), 50);
    assert_true(threshold == 0.9);
    assert_near(nab_score_at(files, 2, NAB_STANDARD, 0.9), 50);
}

static void test_hits_count_windows_once(void **state)
{
    static const struct nab_window WINDOWS[] = {{50, 59}, {100, 119}};
    double score[COUNT] = {0};
    struct nab_file file = {score, COUNT, WINDOWS, 2};
    (void)state;
    score[52] = score[53] = score[70] = 1;
    struct nab_hits hits = nab_hits_at(&file, 1, 0.5);
    assert_int_equal(hits.windows, 2);
    assert_int_equal(hits.found, 1);
    assert_int_equal(hits.inside, 2);
    assert_int_equal(hits.outside, 1);
    assert_int_equal(hits.samples, COUNT - 30 - 30);
    assert_true(hits.delay_mean == 2 && hits.delay_p95 == 2);
    score[110] = 1;
    hits = nab_hits_at(&file, 1, 0.5);
    assert_true(hits.delay_mean == 6 && fabs(hits.delay_p95 - 9.6) < 1e-12);
    hits = nab_hits_at(&file, 1, 2);
    assert_true(isnan(hits.delay_mean) && isnan(hits.delay_p95));
}

static void test_without_a_window_there_is_no_score(void **state)
{
    double score[COUNT] = {0};
    struct nab_file file = {score, COUNT, NULL, 0};
    (void)state;
    assert_true(isnan(nab_score(&file, 1, NAB_STANDARD, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_sample_of_a_window_is_perfect_and_silence_nothing),
        cmocka_unit_test(test_later_in_the_window_earns_less),
        cmocka_unit_test(test_false_alarms_cost_by_profile_and_distance),
        cmocka_unit_test(test_probation_counts_for_nothing),
        cmocka_unit_test(test_one_threshold_is_chosen_over_all_files),
        cmocka_unit_test(test_hits_count_windows_once),
        cmocka_unit_test(test_without_a_window_there_is_no_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
