#include "cli/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static bool learns_with(const char *mode)
{
    struct error_list errors = {0};

    assert_int_equal(mode ? setenv("LEARNING_MODE", mode, 1) : unsetenv("LEARNING_MODE"), 0);
    struct policy *policy = load_policy(NULL, &errors);
    assert_non_null(policy);
    bool learns = policy->learning;
    policy_destroy(policy);
    return learns;
}

static void test_the_environment_can_freeze_the_odds(void **state)
{
    (void)state;
    assert_true(learns_with(NULL));
    assert_false(learns_with("false"));
    assert_false(learns_with("0"));
    assert_true(learns_with("true"));
    assert_true(learns_with(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_environment_can_freeze_the_odds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
