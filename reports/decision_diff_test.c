/* decision_diff_test.c - what differs between two small runs, and only that. */
#include "reports/decision_diff.h"

#include "store/test_query.h"

#include <gsl/gsl_errno.h>

/* One fault at 100 s; found `later` s after 120 s; `other` adds an issue that the
 * other run does not have. */
static void write_run(struct test_world *world, int64_t later, bool other)
{
    struct store_run run = test_run(1);
    struct store_fault fault = test_fault(0, POD_A, ISSUE_HIGH_CPU, 100, 160 + later);

    test_world_open(world);
    struct run_store *store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    if (other)
        test_issue(store, 7, ISSUE_DISK_FULL, VOLUME, SERIES_NONE, 50);
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 120 + later);
    test_close(store, 1, 170 + later);
    test_issue(store, 2, ISSUE_HIGH_CPU, POD_B, CPU_B, 900);
    assert_true(run_store_fault(store, &fault, &world->errors));
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
}

static struct decision_diff *made(struct test_world *a, struct test_world *b)
{
    struct error_list errors = {0};
    struct decision_diff *diff = decision_diff_make("a", a->path, "b", b->path, &errors);

    assert_non_null(diff);
    assert_int_equal(errors.count, 0);
    return diff;
}

static void test_equal_runs_do_not_differ(void **state)
{
    struct test_world a, b;

    (void)state;
    write_run(&a, 0, false);
    write_run(&b, 0, false);
    struct decision_diff *diff = made(&a, &b);
    assert_int_equal(diff->count, 0);
    assert_int_equal(diff->alike, 3);
    assert_true(diff->paired && diff->incidents.same == 1);
    decision_diff_destroy(diff);
    test_world_close(&a);
    test_world_close(&b);
}

static void test_a_decision_that_moved_is_one_difference(void **state)
{
    struct test_world a, b;

    (void)state;
    write_run(&a, 0, false);
    write_run(&b, 30, true);
    struct decision_diff *diff = made(&a, &b);
    assert_int_equal(diff->alike, 1);
    assert_int_equal(diff->count, 3);
    assert_string_equal(diff->items[0].what, "issue disk_full (high) on volume/shop/data");
    assert_true(diff->items[0].a == HEAL_TIME_NEVER && diff->items[0].b == 50 * HEAL_SECOND);
    assert_true(diff->items[1].a == 120 * HEAL_SECOND && diff->items[1].b == 150 * HEAL_SECOND);
    assert_int_equal(diff->incidents.worse, 1);
    decision_diff_destroy(diff);
    test_world_close(&a);
    test_world_close(&b);
}

static void test_all_forms_name_the_difference(void **state)
{
    struct test_world a, b;
    void (*const forms[])(const struct decision_diff *, FILE *) = {decision_diff_write_lines, decision_diff_write_page};

    (void)state;
    write_run(&a, 30, true);
    write_run(&b, 0, false);
    struct decision_diff *diff = made(&a, &b);
    for (size_t i = 0; i < 2; i++) {
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        forms[i](diff, out);
        fclose(out);
        assert_non_null(strstr(text, "only A"));
        assert_non_null(strstr(text, "B 30.0 s sooner"));
        free(text);
    }
    char *json = decision_diff_json(diff);
    assert_non_null(strstr(json, "\"b_seconds\":\tnull"));
    free(json);
    decision_diff_destroy(diff);
    test_world_close(&a);
    test_world_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_runs_do_not_differ),
        cmocka_unit_test(test_a_decision_that_moved_is_one_difference),
        cmocka_unit_test(test_all_forms_name_the_difference),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
