/* suite_test.c - results are kept, written and merged without a change. */
#include "reports/suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct suite_check CHECKS[] = {
    {"success_rate > 0.9", 3, OUTCOME_MET, "success_rate 95 %", ""},
    {"issue(type=disk_full) within 2m", 4, OUTCOME_MISSED, "holds in 1 of 2 <replications>",
     "0:01:40 fault disk-fill # 1\n0:02:00 \x01 nothing\n"},
    {"unrecovered == 0", 5, OUTCOME_UNDECIDED, "no sample", ""},
};
static struct suite_case CASES[] = {
    {0, "first", "a.yaml", "selfheal test s --filter first", UINT64_MAX, 2, OUTCOME_MET, "feed", "{\"issues\": 1}",
     CHECKS, 1, NULL, 0, NULL, 0},
    {1, "sec#ond", "b.yaml", "selfheal test s", 1, 1, OUTCOME_MISSED, "beef", "{}", CHECKS, 3, NULL, 0, NULL, 0},
    {2, "third", "c.yaml", "selfheal test s", 1, 1, OUTCOME_NOT_RUN, "", "", NULL, 0, NULL, 0, NULL, 0},
};

static struct suite suite_of(struct suite_case *cases, size_t count, uint32_t shard, uint32_t shards)
{
    return (struct suite){.name = "all",
                          .source = "s",
                          .fingerprint = "print",
                          .total = 3,
                          .shard = shard,
                          .shards = shards,
                          .cases = cases,
                          .case_count = count};
}

static char *written(const struct suite *suite, void (*write)(const struct suite *, FILE *))
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    write(suite, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void test_what_was_saved_is_loaded(void **state)
{
    char folder[] = "/tmp/selfheal-suite-XXXXXX", path[64];
    struct error_list errors = {0};
    struct suite suite = suite_of(CASES, 3, 1, 1);

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/suite.db", folder);
    assert_true(suite_save(&suite, path, &errors));
    assert_false(suite_save(&suite, path, &errors));
    struct suite *loaded = suite_load(path, &errors);
    assert_non_null(loaded);
    assert_true(loaded->cases[0].seed == UINT64_MAX);
    char *a = written(&suite, suite_write_junit), *b = written(loaded, suite_write_junit);
    assert_string_equal(a, b);
    free(a);
    free(b);
    suite_destroy(loaded);
    unlink(path);
    rmdir(folder);
    error_list_clear(&errors);
}

static void test_a_verdict_needs_every_case(void **state)
{
    struct suite suite = suite_of(CASES, 3, 1, 1);

    (void)state;
    assert_false(suite_passed(&suite));
    suite.case_count = 1;
    assert_true(suite_passed(&suite));
}

static void test_tap_has_a_point_per_expectation(void **state)
{
    struct suite suite = suite_of(CASES, 3, 1, 1);
    char *text = written(&suite, suite_write_tap);

    (void)state;
    assert_non_null(strstr(text, "TAP version 14\n1..5\nok 1 - first: success_rate > 0.9\n"));
    assert_non_null(strstr(text, "not ok 3 - sec\\#ond: issue(type=disk_full) within 2m\n"));
    assert_non_null(strstr(text, "ok 5 - third: runs # SKIP not run\n"));
    free(text);
}

static void test_junit_is_escaped_and_counts(void **state)
{
    struct suite suite = suite_of(CASES, 3, 1, 1);
    char *text = written(&suite, suite_write_junit);

    (void)state;
    assert_non_null(strstr(text, "tests=\"5\" failures=\"2\" errors=\"0\" skipped=\"1\""));
    assert_non_null(strstr(text, "holds in 1 of 2 &lt;replications&gt;"));
    assert_null(strchr(text, '\x01'));
    free(text);
}

static void test_pages_name_each_miss(void **state)
{
    struct suite suite = suite_of(CASES, 3, 1, 1);
    char *html = written(&suite, suite_write_page), *markdown = written(&suite, suite_write_markdown);

    (void)state;
    assert_non_null(strstr(html, "What was not met"));
    assert_non_null(strstr(html, "selfheal test s"));
    assert_non_null(strstr(markdown, "What was not met"));
    free(html);
    free(markdown);
}

static void test_shards_make_the_whole(void **state)
{
    struct suite_case odd[] = {CASES[0], CASES[2]}, even[] = {CASES[1]};
    struct suite first = suite_of(odd, 2, 1, 2), second = suite_of(even, 1, 2, 2), whole = suite_of(CASES, 3, 1, 1);
    struct suite *shards[] = {&second, &first};
    const char *const paths[] = {"second", "first"};
    struct error_list errors = {0};
    struct suite *merged = suite_merge(shards, paths, 2, &errors);

    (void)state;
    assert_non_null(merged);
    assert_int_equal(merged->shards, 1);
    char *a = written(&whole, suite_write_lines), *b = written(merged, suite_write_lines);
    assert_string_equal(a, b);
    free(a);
    free(b);
    suite_destroy(merged);
}

static void test_shards_that_do_not_fit_are_refused(void **state)
{
    struct suite first = suite_of(CASES, 1, 1, 3), other = suite_of(CASES + 1, 2, 2, 3);
    struct suite *shards[] = {&first, &other}, *twice[] = {&first, &first};
    const char *const paths[] = {"a", "b"};
    struct error_list errors = {0};
    char said[256];

    (void)state;
    assert_null(suite_merge(twice, paths, 2, &errors));
    assert_string_equal(error_format(&errors, 0, said, sizeof said), "b: scenario first is in a already");
    error_list_clear(&errors);
    assert_null(suite_merge(shards, paths, 1, &errors));
    assert_string_equal(error_format(&errors, 0, said, sizeof said),
                        "2 of 3 scenarios are in no shard, number 2 first");
    error_list_clear(&errors);
    other.fingerprint = "another";
    assert_null(suite_merge(shards, paths, 2, &errors));
    assert_string_equal(error_format(&errors, 0, said, sizeof said),
                        "b: is of another suite, or of other options, than a");
    error_list_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_saved_is_loaded),
        cmocka_unit_test(test_a_verdict_needs_every_case),
        cmocka_unit_test(test_tap_has_a_point_per_expectation),
        cmocka_unit_test(test_junit_is_escaped_and_counts),
        cmocka_unit_test(test_pages_name_each_miss),
        cmocka_unit_test(test_shards_make_the_whole),
        cmocka_unit_test(test_shards_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
