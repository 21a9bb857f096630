/* hook_test.c - a program is started as written, and ended when it does not end. */
#include "live/hook.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const struct action ACTION = {
    .id = 3, .kind = ACTION_SCALE_OUT, .amount = 2, .before = NAN, .timeout = 5 * HEAL_SECOND, .rollback = true};

static enum action_outcome run(const struct hook *hook, char output[HOOK_OUTPUT])
{
    return hook_run(hook, &ACTION, 41, "pod/shop/a b;$(x)", output);
}

static void test_words_are_filled_in_and_no_shell_reads_them(void **state)
{
    const struct hook hook = {
        ACTION_SCALE_OUT, "*", {"printf", "%s|", "{kind}", "{namespace}/{name}", "{amount}", "{other}"}};
    char output[HOOK_OUTPUT];
    (void)state;

    assert_int_equal(run(&hook, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "pod|shop/a b;$(x)|2|{other}|");
}

static void test_the_environment_tells_what_it_is_about(void **state)
{
    const struct hook hook = {
        ACTION_SCALE_OUT,
        "*",
        {"sh", "-c", "echo $SELFHEAL_ACTION $SELFHEAL_ACTION_ID $SELFHEAL_ROLLBACK $SELFHEAL_TARGET"}};
    char output[HOOK_OUTPUT];
    (void)state;

    assert_int_equal(run(&hook, output), ACTION_SUCCEEDED);
    assert_string_equal(output, "scale_out 41 1 pod/shop/a b;$(x)\n");
}

static void test_bytes_and_what_was_before_are_told(void **state)
{
    const struct hook hook = {ACTION_LOWER_MEMORY_LIMIT,
                              "*",
                              {"sh", "-c", "echo {amount} {unit} [{before}] [$SELFHEAL_UNIT] [$SELFHEAL_BEFORE]"}};
    struct action action = ACTION;
    char output[HOOK_OUTPUT];
    (void)state;

    action.kind = ACTION_LOWER_MEMORY_LIMIT;
    action.amount = 536870912;
    action.unit = AMOUNT_BYTES;
    action.before = 268435456;
    assert_int_equal(hook_run(&hook, &action, 1, "pod/a/b", output), ACTION_SUCCEEDED);
    assert_string_equal(output, "536870912 bytes [268435456] [bytes] [268435456]\n");
    action.before = NAN;
    assert_int_equal(hook_run(&hook, &action, 1, "pod/a/b", output), ACTION_SUCCEEDED);
    assert_string_equal(output, "536870912 bytes [] [bytes] []\n");
}

static void test_a_program_says_what_was_before(void **state)
{
    static const char *const nothing[] = {"",         "before",      "before ", "before much", "not before 3",
                                          "Before 3", "before 1e999"};
    (void)state;

    assert_true(hook_before("before 268435456") == 268435456);
    assert_true(hook_before("patched\nbefore 0.25\r\ndone\n") == 0.25);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_true(isnan(hook_before(nothing[i])));
}

static void test_failure_is_told(void **state)
{
    const struct hook fails = {ACTION_SCALE_OUT, "*", {"sh", "-c", "echo no >&2; exit 7"}};
    const struct hook is_not_there = {ACTION_SCALE_OUT, "*", {"/nonexistent/program"}};
    char output[HOOK_OUTPUT];
    (void)state;

    assert_int_equal(run(&fails, output), ACTION_FAILED);
    assert_string_equal(output, "no\n");
    assert_int_equal(run(&is_not_there, output), ACTION_FAILED);
    assert_non_null(strstr(output, "cannot be started"));
}

static void test_a_time_out_ends_the_whole_group(void **state)
{
    const struct hook hook = {ACTION_SCALE_OUT, "*", {"sh", "-c", "echo begun; sleep 60 & wait"}};
    struct action action = ACTION;
    char output[HOOK_OUTPUT];
    time_t start = time(NULL);
    (void)state;

    action.timeout = 300 * HEAL_MILLISECOND;
    assert_int_equal(hook_run(&hook, &action, 1, "pod/a/b", output), ACTION_TIMED_OUT);
    assert_string_equal(output, "begun\n");
    assert_true(time(NULL) - start < 10);
}

static void test_much_output_is_cut(void **state)
{
    const struct hook hook = {ACTION_SCALE_OUT, "*", {"seq", "1", "100000"}};
    char output[HOOK_OUTPUT];
    (void)state;

    assert_int_equal(run(&hook, output), ACTION_SUCCEEDED);
    assert_int_equal(strlen(output), HOOK_OUTPUT - 1);
}

static void test_the_first_that_fits_is_found(void **state)
{
    const struct hook hooks[] = {{ACTION_RESTART_POD, "pod/shop/*", {"a"}}, {ACTION_RESTART_POD, "*", {"b"}}};
    (void)state;

    assert_ptr_equal(hook_find(hooks, 2, ACTION_RESTART_POD, "pod/shop/x"), &hooks[0]);
    assert_ptr_equal(hook_find(hooks, 2, ACTION_RESTART_POD, "pod/bank/x"), &hooks[1]);
    assert_null(hook_find(hooks, 2, ACTION_DELETE_POD, "pod/shop/x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_filled_in_and_no_shell_reads_them),
        cmocka_unit_test(test_the_environment_tells_what_it_is_about),
        cmocka_unit_test(test_bytes_and_what_was_before_are_told),
        cmocka_unit_test(test_a_program_says_what_was_before),
        cmocka_unit_test(test_failure_is_told),
        cmocka_unit_test(test_a_time_out_ends_the_whole_group),
        cmocka_unit_test(test_much_output_is_cut),
        cmocka_unit_test(test_the_first_that_fits_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
