/* suite_order_test.c - the longest first, and the very long on several threads. */
#include "cli/suite_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CASES = 4 };

struct fixture {
    struct policy policy;
    struct inventory *inventory;
    struct scenario scenarios[CASES];
    struct planned_case cases[CASES];
    struct suite_plan plan;
};

/* Alike but for how often they are run. */
static void open_plan(struct fixture *fixture, const uint32_t replications[CASES])
{
    *fixture = (struct fixture){.policy = {.scan_interval = 30 * HEAL_SECOND}, .inventory = inventory_create()};
    assert_non_null(fixture->inventory);
    assert_true(inventory_freeze(fixture->inventory));
    for (size_t i = 0; i < CASES; i++) {
        fixture->scenarios[i].replications = replications[i];
        fixture->cases[i].bundle = (struct bundle){.policy = &fixture->policy,
                                                   .inventory = fixture->inventory,
                                                   .scenario = &fixture->scenarios[i],
                                                   .duration = HEAL_HOUR};
    }
    fixture->plan.cases = fixture->cases;
    fixture->plan.case_count = CASES;
}

static void expect_turn(const struct suite_turn *turn, size_t item, uint32_t threads)
{
    assert_int_equal(turn->item, item);
    assert_int_equal(turn->threads, threads);
}

static void test_the_longest_comes_first_and_equals_as_they_stand(void **state)
{
    static const uint32_t REPLICATIONS[CASES] = {10, 20, 10, 30};
    static const size_t PLANNED[CASES] = {0, 1, 2, 3};
    struct fixture fixture;
    struct suite_turn turns[CASES];

    (void)state;
    open_plan(&fixture, REPLICATIONS);
    suite_order(&fixture.plan, PLANNED, CASES, 2, false, turns);
    expect_turn(&turns[0], 3, 1);
    expect_turn(&turns[1], 1, 1);
    expect_turn(&turns[2], 0, 1);
    expect_turn(&turns[3], 2, 1);
    suite_order(&fixture.plan, PLANNED, CASES, 2, true, turns);
    for (size_t i = 0; i < CASES; i++)
        expect_turn(&turns[i], i, 1);
    inventory_destroy(fixture.inventory);
}

static void test_what_is_longer_than_a_threads_share_gets_more_threads(void **state)
{
    static const uint32_t REPLICATIONS[CASES] = {5, 999, 80, 15};
    static const size_t PLANNED[] = {0, 2, 3}; /* the second is of another shard */
    struct fixture fixture;
    struct suite_turn turns[CASES];

    (void)state;
    open_plan(&fixture, REPLICATIONS);
    suite_order(&fixture.plan, PLANNED, 3, 4, false, turns);
    expect_turn(&turns[0], 1, 4); /* 80 of 100, of 25 a thread */
    expect_turn(&turns[1], 2, 1);
    expect_turn(&turns[2], 0, 1);
    suite_order(&fixture.plan, PLANNED, 3, 1, false, turns);
    expect_turn(&turns[0], 1, 1);
    inventory_destroy(fixture.inventory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_comes_first_and_equals_as_they_stand),
        cmocka_unit_test(test_what_is_longer_than_a_threads_share_gets_more_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
