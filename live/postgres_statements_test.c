/* postgres_statements_test.c - two looks at counters, and what happened in between. */
#include "live/postgres_statements.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct statement_news look(struct statements *statements, heal_time at, size_t count,
                                  const struct statement_count *counts)
{
    struct statement_count *copy = malloc((count + 1) * sizeof *copy);

    assert_non_null(copy);
    if (count > 0)
        memcpy(copy, counts, count * sizeof *copy);
    return statements_look(statements, at, copy, count);
}
#define LOOK(at, ...)                                                                                                  \
    look(&statements, at, sizeof((struct statement_count[]){__VA_ARGS__}) / sizeof(struct statement_count),            \
         (struct statement_count[]){__VA_ARGS__})

static void near(double value, double expected)
{
    assert_true(fabs(value - expected) < 1e-9);
}

static void test_the_first_look_says_nothing(void **state)
{
    struct statements statements = {0};
    struct statement_news news = LOOK(1, {5, 100, 50});
    (void)state;

    assert_true(isnan(news.mean) && isnan(news.slowest));
    assert_int_equal(statements.slow_count, 0);
    news = LOOK(2, {5, 100, 50}); /* nothing ended */
    assert_true(isnan(news.mean) && isnan(news.slowest));
    statements_clear(&statements);
}

static void test_differences_give_means(void **state)
{
    struct statements statements = {0};
    (void)state;

    LOOK(1, {-3, 10, 1}, {5, 100, 50}, {7, 1, 1});
    struct statement_news news = LOOK(2, {-3, 19, 1.9}, {5, 101, 54}, {7, 1, 1});
    near(news.mean, 4.9 / 10);
    near(news.slowest, 4);
    assert_int_equal(statements.slow_count, 2);
    assert_int_equal(statements.slow[0].id, 5);
    near(statements.slow[1].mean, 0.1);
    statements_clear(&statements);
}

static void test_what_is_new_or_was_reset_counts_from_nothing(void **state)
{
    struct statements statements = {0};
    (void)state;

    LOOK(1, {5, 100, 50});
    struct statement_news news = LOOK(2, {2, 4, 8}, {5, 1, 6});
    near(news.mean, 14.0 / 5);
    near(news.slowest, 6);
    statements_clear(&statements);
}

static void test_an_empty_look_is_a_look(void **state)
{
    struct statements statements = {0};
    (void)state;

    statements_look(&statements, 1, NULL, 0);
    near(LOOK(2, {5, 2, 6}).mean, 3);
    statements_clear(&statements);
}

static void test_the_dearest_are_remembered_for_a_while(void **state)
{
    struct statements statements = {0};
    struct statement_count counts[40] = {0};
    (void)state;

    look(&statements, HEAL_SECOND, 0, counts);
    for (int i = 0; i < 40; i++)
        counts[i] = (struct statement_count){i, 1, (double)((i * 7) % 40)};
    look(&statements, 2 * HEAL_SECOND, 40, counts);
    assert_int_equal(statements.slow_count, STATEMENTS_SLOW);
    for (int i = 0; i < STATEMENTS_SLOW; i++)
        near(statements.slow[i].total, 39 - i);
    counts[0].calls += 1; /* the cheapest is now the dearest */
    counts[0].seconds += 100;
    look(&statements, 3 * HEAL_SECOND, 40, counts);
    assert_int_equal(statements.slow[0].id, 0);
    assert_int_equal(statements.slow_count, STATEMENTS_SLOW);
    counts[0].calls += 1; /* and cheap again */
    look(&statements, 4 * HEAL_SECOND, 40, counts);
    assert_int_equal(statements.slow[STATEMENTS_SLOW - 1].id, 0);
    look(&statements, 3 * HEAL_SECOND + STATEMENTS_REMEMBERED, 40, counts);
    assert_int_equal(statements.slow_count, 1);
    statements_clear(&statements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_look_says_nothing),
        cmocka_unit_test(test_differences_give_means),
        cmocka_unit_test(test_what_is_new_or_was_reset_counts_from_nothing),
        cmocka_unit_test(test_an_empty_look_is_a_look),
        cmocka_unit_test(test_the_dearest_are_remembered_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
