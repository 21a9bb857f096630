/* pool_test.c - figures of a whole suite, against sums done by hand. */
#include "reports/pool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct metric metric(const char *name)
{
    struct metric found;
    assert_true(metric_parse(name, strlen(name), &found));
    return found;
}

static unsigned place(const char *field)
{
    const char *const *names;
    size_t count = metric_fields(&names);
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(names[i], field) == 0)
            return i;
    }
    fail();
    return 0;
}

static struct pool_sample sample(enum pool_arm arm, const char *field, uint32_t replication, double sum, int64_t pair,
                                 const char *kind, const char *cause)
{
    return (struct pool_sample){arm, place(field), replication, sum, 1, pair, kind, cause};
}

static double figure(const struct pool *pool, const char *name, enum pool_arm arm, bool cut)
{
    size_t n;
    return pool_figure(pool, &(struct pool_question){metric(name), arm, cut}, &n);
}

/* Two scenarios: 3 faults of 10, 20, 60 s and one of 110 s; people take 100 s for each of the
 * first two, do not mend the third, and take 200 s for the last. */
enum { FIRST = 6, SECOND = 2 };
struct small {
    struct pool_sample first[FIRST], second[SECOND];
    struct pool *pool;
};

static void setup_small(struct small *small)
{
    *small = (struct small){.first = {sample(POOL_SELFHEAL, "mttr_seconds", 0, 10, 0, "oom", "tight_limit"),
                                      sample(POOL_SELFHEAL, "mttr_seconds", 1, 20, 1, "oom", "burst"),
                                      sample(POOL_SELFHEAL, "mttr_seconds", 1, 60, 2, "disk-fill", "logs"),
                                      sample(POOL_OPERATORS, "mttr_seconds", 0, 100, 0, "oom", "tight_limit"),
                                      sample(POOL_OPERATORS, "mttr_seconds", 1, 100, 1, "oom", "burst"),
                                      sample(POOL_OPERATORS, "manual_interventions", 1, 1, -1, "oom", "burst")},
                            .second = {sample(POOL_SELFHEAL, "mttr_seconds", 0, 110, 0, "oom", "burst"),
                                       sample(POOL_OPERATORS, "mttr_seconds", 0, 200, 0, "oom", "burst")}};
    small->pool =
        pool_create((const struct pool_part[]){{"one", 2, small->first, FIRST}, {"two", 1, small->second, SECOND}}, 2);
    assert_non_null(small->pool);
}

static void test_times_are_pooled_over_scenarios(void **state)
{
    struct small small;

    (void)state;
    setup_small(&small);
    assert_float_equal(figure(small.pool, "mttr_seconds", POOL_SELFHEAL, false), 50, 1e-9);
    assert_float_equal(figure(small.pool, "mttr_seconds.max", POOL_SELFHEAL, false), 110, 1e-9);
    assert_float_equal(figure(small.pool, "mttr_seconds.p50", POOL_SELFHEAL, false), 40, 1e-9);
    assert_float_equal(figure(small.pool, "mttr_seconds.p95", POOL_SELFHEAL, false), 60 + 0.85 * 50, 1e-9);
    assert_true(isnan(figure(small.pool, "mttd_seconds", POOL_SELFHEAL, false)));
    pool_destroy(small.pool);
}

static void test_a_cut_is_over_faults_that_both_mended(void **state)
{
    struct small small;

    (void)state;
    setup_small(&small);
    assert_true(fabs(figure(small.pool, "mttr_seconds", POOL_SELFHEAL, true) - (1 - 140.0 / 400.0)) < 1e-9);
    pool_destroy(small.pool);
}

static void test_a_count_is_nought_where_its_arm_ran(void **state)
{
    struct small small;

    (void)state;
    setup_small(&small);
    assert_float_equal(figure(small.pool, "manual_interventions", POOL_SELFHEAL, false), 0, 1e-9);
    assert_float_equal(figure(small.pool, "manual_interventions", POOL_OPERATORS, false), 1, 1e-9);
    assert_float_equal(figure(small.pool, "manual_interventions", POOL_SELFHEAL, true), 1, 1e-9);
    assert_true(isnan(figure(small.pool, "manual_interventions", POOL_COMPLAINTS, false)));
    pool_destroy(small.pool);
}

static void test_who_moves_the_figure_most_comes_first(void **state)
{
    struct small small;
    struct arena *arena = arena_create();
    struct pool_group groups[3];
    struct pool_question question = {metric("mttr_seconds"), POOL_SELFHEAL, false};
    size_t count;

    (void)state;
    setup_small(&small);
    assert_true(pool_blame(small.pool, &question, true, 50, POOL_BY_SCENARIO, arena, groups, 3, &count));
    assert_int_equal(count, 2);
    assert_string_equal(groups[0].name, "two");
    assert_float_equal(groups[0].without, 30, 1e-9);
    assert_float_equal(groups[0].own, 110, 1e-9);
    assert_string_equal(groups[1].name, "one"); /* holds one beyond the bound */
    assert_int_equal(groups[1].beyond, 1);
    assert_true(pool_blame(small.pool, &question, true, 50, POOL_BY_CAUSE, arena, groups, 1, &count));
    assert_int_equal(count, 1);
    assert_string_equal(groups[0].name, "oom: burst");
    assert_int_equal(groups[0].n, 2);
    assert_float_equal(groups[0].without, 35, 1e-9);
    pool_destroy(small.pool);
    arena_destroy(arena);
}

/* n replications with one time each, the same in both arms but for a constant. */
enum { MANY = 200 };

static void test_intervals_of_pairs_are_narrower_than_those_of_arms(void **state)
{
    static struct pool_sample samples[2 * MANY];
    static double own[POOL_RESAMPLES], other[POOL_RESAMPLES];
    struct pool_question question = {metric("mttr_seconds"), POOL_SELFHEAL, false};
    double interval[2], difference[2];

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        double time = 100 + 50 * sin(i * 12.9898);
        samples[2 * i] = sample(POOL_SELFHEAL, "mttr_seconds", i, time, i, "oom", "burst");
        samples[2 * i + 1] = sample(POOL_OPERATORS, "mttr_seconds", i, time + 30, i, "oom", "burst");
    }
    struct pool *pool = pool_create(&(struct pool_part){"one", MANY, samples, 2 * MANY}, 1);
    assert_non_null(pool);
    assert_true(pool_interval(pool, &question, interval));
    assert_true(interval[0] < 100 && interval[1] > 100);
    assert_true(interval[1] - interval[0] > 2 && interval[1] - interval[0] < 4 * 1.5 * 50 / sqrt(2 * MANY));
    assert_true(pool_resample(pool, &question, own));
    question.arm = POOL_OPERATORS;
    assert_true(pool_resample(pool, &question, other));
    for (size_t i = 0; i < POOL_RESAMPLES; i++)
        own[i] -= other[i];
    assert_true(pool_interval_of(own, difference));
    assert_float_equal(difference[0], -30, 1e-9);
    assert_float_equal(difference[1], -30, 1e-9);
    pool_destroy(pool);
}

static void test_rates_have_wilsons_interval_and_a_maximum_none(void **state)
{
    struct pool_sample samples[20];
    struct pool_question question = {metric("success_rate"), POOL_SELFHEAL, false};
    double interval[2];

    (void)state;
    for (uint32_t i = 0; i < 20; i++)
        samples[i] = sample(POOL_SELFHEAL, "success_rate", i / 2, 1, -1, "oom", "burst");
    struct pool *pool = pool_create(&(struct pool_part){"one", 10, samples, 20}, 1);
    assert_non_null(pool);
    assert_true(pool_interval(pool, &question, interval));
    assert_true(fabs(interval[0] - 1 / (1 + 3.841459 / 20)) < 1e-4); /* Wilson at n of n */
    assert_float_equal(interval[1], 1, 1e-9);
    question.metric = metric("mttr_seconds.max");
    assert_false(pool_interval(pool, &question, interval));
    pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_pooled_over_scenarios),
        cmocka_unit_test(test_a_cut_is_over_faults_that_both_mended),
        cmocka_unit_test(test_a_count_is_nought_where_its_arm_ran),
        cmocka_unit_test(test_who_moves_the_figure_most_comes_first),
        cmocka_unit_test(test_intervals_of_pairs_are_narrower_than_those_of_arms),
        cmocka_unit_test(test_rates_have_wilsons_interval_and_a_maximum_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
