#include "engine/action.h"

#include "engine/test_engine.h"

static void test_every_kind_has_a_name_of_its_own_that_reads_back(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *name = action_name((enum action_kind)kind);
        enum action_kind back = ACTION_KIND_COUNT;
        assert_non_null(name);
        assert_true(strlen(name) > 0);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(action_parse(name, &back));
        assert_int_equal(back, kind); /* the first of that name: so it is the only one */
    }
}

static void test_what_is_no_kind_is_unknown_and_not_read(void **state)
{
    static const char *const wrong[] = {"", "unknown", "Restart_pod", "restart_pod ", "restart"};
    enum action_kind kind = ACTION_DRAIN;

    (void)state;
    assert_string_equal(action_name(ACTION_KIND_COUNT), "unknown");
    assert_string_equal(action_name((enum action_kind)1000), "unknown");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(action_parse(wrong[i], &kind));
    assert_false(action_parse(NULL, &kind));
    assert_int_equal(kind, ACTION_DRAIN);
}

static void test_only_sizes_are_told_in_bytes(void **state)
{
    (void)state;
    assert_string_equal(amount_unit_name(AMOUNT_OWN), "own");
    assert_string_equal(amount_unit_name(AMOUNT_BYTES), "bytes");
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *before = action_before_unit((enum action_kind)kind);
        bool bytes = action_takes_bytes((enum action_kind)kind);
        assert_int_equal(bytes, before && strcmp(before, "bytes") == 0);
    }
    assert_false(action_takes_bytes(ACTION_KIND_COUNT));
    assert_null(action_before_unit(ACTION_RESTART_POD));
}

/* An undo carries the step's amount and what was before: both sides speak of one thing. */
static void test_a_kind_and_its_inverse_have_one_unit(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        enum action_kind inverse = action_inverse((enum action_kind)kind);
        const char *before = action_before_unit((enum action_kind)kind);
        if (inverse == ACTION_KIND_COUNT)
            continue;
        assert_int_equal(action_takes_bytes((enum action_kind)kind), action_takes_bytes(inverse));
        if (before)
            assert_string_equal(before, action_before_unit(inverse));
        else
            assert_null(action_before_unit(inverse));
    }
}

static void test_outcomes_are_named(void **state)
{
    (void)state;
    assert_string_equal(action_outcome_name(ACTION_SUCCEEDED), "succeeded");
    assert_string_equal(action_outcome_name(ACTION_FAILED), "failed");
    assert_string_equal(action_outcome_name(ACTION_TIMED_OUT), "timed_out");
    assert_string_equal(action_outcome_name(ACTION_UNSUPPORTED), "unsupported");
    assert_string_equal(action_outcome_name(ACTION_OUTCOME_COUNT), "unknown");
}

/* Undoing the undoing is the action itself; the one that has two ways to be
 * undone (a patch goes out by another road than it goes back) is named here. */
static void test_the_inverse_of_the_inverse_is_the_action(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ACTION_KIND_COUNT; i++) {
        enum action_kind kind = (enum action_kind)i;
        enum action_kind inverse = action_inverse(kind);
        if (inverse == ACTION_KIND_COUNT || kind == ACTION_PATCH_ROLLING)
            continue;
        assert_int_not_equal(inverse, kind);
        assert_int_equal(action_inverse(inverse), kind);
    }
    assert_int_equal(action_inverse(ACTION_PATCH_ROLLING), ACTION_ROLL_BACK_REVISION);
}

static void test_what_cannot_or_need_not_be_undone_has_no_inverse(void **state)
{
    static const enum action_kind kinds[] = {ACTION_RESTART_POD,    ACTION_DELETE_POD,    ACTION_CLEAN_TEMP_FILES,
                                             ACTION_ROTATE_LOGS,    ACTION_RESTART_PROXY, ACTION_EXPAND_VOLUME,
                                             ACTION_RESCHEDULE_POD, ACTION_PAGE_OPERATOR};

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        assert_int_equal(action_inverse(kinds[i]), ACTION_KIND_COUNT);
    assert_int_equal(action_inverse(ACTION_KIND_COUNT), ACTION_KIND_COUNT);
}

/* Nothing is both; what can be neither had better change nothing that lasts. */
static void test_what_is_irreversible_has_no_inverse(void **state)
{
    size_t irreversible = 0;

    (void)state;
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        bool stays = action_is_irreversible((enum action_kind)kind);
        irreversible += stays;
        assert_false(stays && action_inverse((enum action_kind)kind) != ACTION_KIND_COUNT);
    }
    assert_int_equal(irreversible, 3);
    assert_true(action_is_irreversible(ACTION_EXPAND_VOLUME));
    assert_false(action_is_irreversible(ACTION_DEPLOY_CERTIFICATE));
    assert_false(action_is_irreversible(ACTION_KIND_COUNT));
}

static void test_what_changes_by_an_amount_is_not_repeatable(void **state)
{
    (void)state;
    assert_true(action_is_repeatable(ACTION_RESTART_POD));
    assert_true(action_is_repeatable(ACTION_PAGE_OPERATOR));
    assert_false(action_is_repeatable(ACTION_SCALE_OUT));
    assert_false(action_is_repeatable(ACTION_ROLL_BACK_REVISION));
    assert_false(action_is_repeatable(ACTION_EXPAND_VOLUME));
    assert_false(action_is_repeatable(ACTION_LOWER_POOL_SIZE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_a_name_of_its_own_that_reads_back),
        cmocka_unit_test(test_what_is_no_kind_is_unknown_and_not_read),
        cmocka_unit_test(test_only_sizes_are_told_in_bytes),
        cmocka_unit_test(test_a_kind_and_its_inverse_have_one_unit),
        cmocka_unit_test(test_outcomes_are_named),
        cmocka_unit_test(test_the_inverse_of_the_inverse_is_the_action),
        cmocka_unit_test(test_what_cannot_or_need_not_be_undone_has_no_inverse),
        cmocka_unit_test(test_what_is_irreversible_has_no_inverse),
        cmocka_unit_test(test_what_changes_by_an_amount_is_not_repeatable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
