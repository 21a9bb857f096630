/* target_test.c - targets are read or refused, and met, missed or undecided. */
#include "reports/target.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool parse(const char *goal, struct target *out)
{
    struct arena *arena = arena_create();
    struct error_list errors = {0};
    bool good = target_parse("t", goal, "s.yaml", 3, "targets[0].goal", arena, out, &errors);

    assert_true(good == (errors.count == 0));
    error_list_clear(&errors);
    arena_destroy(arena);
    return good;
}

static void test_goals_are_read(void **state)
{
    struct target target;

    (void)state;
    assert_true(parse("mttd_seconds.mean <= 45s", &target));
    assert_true(fabs(target.bound - 45) < 1e-12);
    assert_false(target.question.cut);
    assert_true(parse("false_positive_rate < 5%", &target));
    assert_true(fabs(target.bound - 0.05) < 1e-12);
    assert_true(parse("mttr_seconds cut 65%", &target));
    assert_true(target.question.cut);
    assert_true(fabs(target.bound - 0.65) < 1e-12);
    assert_true(target.comparison == COMPARE_MORE_EQUAL);
}

static void test_what_no_pool_can_tell_is_refused(void **state)
{
    static const char *const WRONG[] = {
        "never issue(type=disk_full)",
        "baseline.mttr_seconds < 5m",
        "by_type.disk_full.mttr_seconds < 5m",
        "mttr_seconds.sd < 5m",
        "success_rate cut 5%",
        "mttr_seconds cut 165%",
        "mttr_seconds cut 65",
        "mttr_seconds cut",
        "nonsense < 5",
        "success_rate > 90% with 95%",
        "faults == 3",
        "false_positives_per_resource_day < 1",
    };
    struct target target;

    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        if (parse(WRONG[i], &target))
            fail_msg("\"%s\" was taken", WRONG[i]);
    }
}

enum { MANY = 50 };

/* 50 replications whose times lie evenly in 40 .. 60 s. */
static enum outcome outcome_of(const char *goal, struct target_result *result)
{
    static struct pool_sample samples[MANY];
    struct arena *arena = arena_create();
    struct target target;

    assert_true(parse(goal, &target));
    for (uint32_t i = 0; i < MANY; i++)
        samples[i] = (struct pool_sample){POOL_SELFHEAL, 0, i, 40 + 20.0 * i / (MANY - 1), 1, i, "oom", "burst"};
    struct pool *pool = pool_create(&(struct pool_part){"one", MANY, samples, MANY}, 1);
    assert_non_null(pool);
    assert_true(target_measure(&target, pool, arena, result));
    pool_destroy(pool);
    arena_destroy(arena);
    return result->outcome;
}

static void test_a_verdict_is_the_intervals(void **state)
{
    struct target_result result;

    (void)state;
    assert_int_equal(outcome_of("mttd_seconds <= 55s", &result), OUTCOME_MET);
    assert_float_equal(result.value, 50, 1e-9);
    assert_true(result.interval[0] < 50 && result.interval[1] > 50);
    assert_int_equal(result.n, MANY);
    assert_int_equal(result.blamed_count[POOL_BY_SCENARIO], 0);
    assert_int_equal(outcome_of("mttd_seconds <= 45s", &result), OUTCOME_MISSED);
    assert_int_equal(result.blamed_count[POOL_BY_KIND], 1);
    assert_int_equal(outcome_of("mttd_seconds <= 50s", &result), OUTCOME_UNDECIDED);
    assert_int_equal(outcome_of("mttd_seconds.max <= 59s", &result), OUTCOME_MISSED);
    assert_int_equal(outcome_of("mttd_seconds.max <= 1m", &result), OUTCOME_MET);
}

static void test_no_sample_is_no_pass(void **state)
{
    struct target_result result;

    (void)state;
    assert_int_equal(outcome_of("mttr_seconds <= 1h", &result), OUTCOME_UNDECIDED);
    assert_true(isnan(result.value));
    assert_int_equal(outcome_of("mttd_seconds cut 10%", &result), OUTCOME_UNDECIDED);
}

static void test_a_cut_is_told_as_a_change(void **state)
{
    struct target target;
    char text[96];

    (void)state;
    assert_true(parse("mttr_seconds cut 65%", &target));
    assert_string_equal(target_print(&target, 0.7, text), "-70.0 %");
    assert_string_equal(target_print(&target, -0.2, text), "+20.0 %");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goals_are_read),
        cmocka_unit_test(test_what_no_pool_can_tell_is_refused),
        cmocka_unit_test(test_a_verdict_is_the_intervals),
        cmocka_unit_test(test_no_sample_is_no_pass),
        cmocka_unit_test(test_a_cut_is_told_as_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
