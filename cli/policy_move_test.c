#include "cli/policy_move.h"

#include "engine/test_engine.h"

static size_t index_of(const char *name)
{
    size_t at = 0;
    while (at < POLICY_MOVES && strcmp(POLICY_MOVE_NAMES[at], name) != 0)
        at++;
    assert_true(at < POLICY_MOVES);
    return at;
}

static void test_a_move_is_of_one_figure_of_every_rule(void **state)
{
    struct policy_rule rules[2] = {test_rule("a", ISSUE_HIGH_CPU), test_rule("b", ISSUE_HIGH_CPU)};
    struct policy policy = test_policy(rules, 2);
    (void)state;
    rules[0].hold = rules[1].hold = 30 * HEAL_SECOND;
    rules[0].min_ratio = 0.5;
    policy_move(&policy, index_of("hold"), 2);
    assert_true(rules[0].hold == HEAL_MINUTE && rules[1].hold == HEAL_MINUTE && rules[0].baseline_hold == 0);
    policy_move(&policy, index_of("deviation"), 0.5);
    assert_true(rules[0].deviation == 4 && rules[1].deviation == 4 && rules[0].min_ratio == 0.5);
    policy_move(&policy, index_of("min_ratio"), 0.5);
    assert_true(rules[0].min_ratio == 0.25 && rules[1].min_ratio == 0);
}

static void test_a_baseline_stays_one_that_can_be(void **state)
{
    struct policy policy = test_policy(NULL, 0);
    (void)state;
    policy.baseline.warm_up = 10;
    policy_move(&policy, index_of("baseline.warm_up"), 0.5);
    assert_int_equal(policy.baseline.warm_up, 8);
    policy_move(&policy, index_of("baseline.warm_up"), 20);
    assert_int_equal(policy.baseline.warm_up, 64);
    heal_duration window = policy.baseline.window;
    policy_move(&policy, index_of("baseline.window"), 1.25);
    assert_true(policy.baseline.window == window / 4 * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_move_is_of_one_figure_of_every_rule),
        cmocka_unit_test(test_a_baseline_stays_one_that_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
