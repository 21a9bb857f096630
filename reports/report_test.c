/* report_test.c - the pages of a run as a reader, a phone and a screen reader get them. */
#include "reports/report.h"

#include "reports/page_file.h"
#include "store/test_query.h"

#include <gsl/gsl_errno.h>

/* A small run with every kind of row, about a resource whose name is markup. */
static void write_run(struct test_world *world, int64_t issues)
{
    struct store_run run = test_run(1);
    struct run_store *store;
    struct store_fault fault = test_fault(0, POD_B, ISSUE_HIGH_CPU, 100, 160);

    run.scenario = "<demo>";
    store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_B, CPU_B, 120);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 121);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 121);
    test_action(store, 1, 1, 1, ACTION_SUCCEEDED, 122, 130);
    test_step(store, DECISION_ATTEMPT_VERIFIED, 1, 1, 0, 170);
    test_end(store, 1, 1, REMEDIATION_SUCCESS, 170);
    test_close(store, 1, 190);
    for (int64_t i = 2; i <= issues; i++)
        test_issue(store, (uint64_t)i, ISSUE_HIGH_CPU, POD_A, CPU_A, 200 + i);
    fault.cause = "a | b & c";
    assert_true(run_store_fault(store, &fault, &world->errors));
    for (int64_t i = 0; i < 120; i++)
        assert_true(run_store_plot(store, CPU_B, TEST_START + i * 30 * HEAL_SECOND, 0.4F, i == 4 ? 0.97F : 0.45F,
                                   &world->errors));
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
}

static size_t write_report(struct test_world *world, const char *gnuplot)
{
    struct report_options options = {.gnuplot = gnuplot};
    struct summary *summary = summary_read(world->folder, &world->errors);
    size_t plots = 99;
    char text[512];

    assert_non_null(summary);
    if (!report_write(world->folder, summary, &options, &plots, &world->errors))
        fail_msg("%s", error_format(&world->errors, 0, text, sizeof text));
    summary_destroy(summary);
    return plots;
}

static char *read_page(struct test_world *world, const char *name)
{
    char *path = page_file_path(world->folder, name, &world->errors);
    size_t length;
    char *text = page_file_read(path, &length);

    assert_non_null(text);
    free(path);
    return text;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no %s", part);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("there is %s", part);
}

static bool have_gnuplot(void)
{
    return system("gnuplot --version >/dev/null 2>&1") == 0;
}

static void test_the_page_is_one_file_that_asks_for_nothing(void **state)
{
    static const char *const requests[] = {"http:", "https:", "<script", "src=", "@import", "url("};
    struct test_world *world = *state;
    size_t plots;
    char *html;

    write_run(world, 3);
    plots = write_report(world, NULL);
    html = read_page(world, "report.html");
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        assert_lacks(html, requests[i]);
    assert_has(html, "<!doctype html>");
    assert_has(html, "name=\"viewport\"");
    assert_has(html, "@media print");
    if (have_gnuplot()) {
        assert_int_equal(plots, 2); /* the time line and one series */
        assert_has(html, "<svg role=\"img\" aria-label=\"pod/shop/b&lt;&amp;&quot;&#39;:cpu_utilization_ratio\"");
        assert_has(html, "<svg role=\"img\" aria-label=\"Faults, issues and remediations\"");
    }
    free(html);
}

static void test_names_from_outside_are_text_in_both_forms(void **state)
{
    struct test_world *world = *state;
    char *html, *markdown;

    write_run(world, 1);
    write_report(world, "/nowhere/gnuplot");
    html = read_page(world, "report.html");
    markdown = read_page(world, "report.md");
    assert_lacks(html, "<demo>");
    assert_lacks(html, "b<&");
    assert_has(html, "&lt;demo&gt;: self-healing report");
    assert_has(html, "pod/shop/b&lt;&amp;&quot;&#39;");
    assert_has(markdown, "cause: a \\| b &amp; c");
    assert_has(markdown, "pod/shop/b&lt;&amp;\"'");
    free(html);
    free(markdown);
}

static void test_the_story_of_a_fault_is_told_in_the_time_line(void **state)
{
    struct test_world *world = *state;
    char *markdown;

    write_run(world, 2);
    write_report(world, "/nowhere/gnuplot");
    markdown = read_page(world, "report.md");
    assert_has(markdown,
               "| fault | 0:01:40 | 11-14 22:15:00 | pod/shop/b&lt;&amp;\"' | cpu-stress (cause: a \\| b &amp; c)"
               " | detected after 20.0 s, recovered after 1 min 10 s |");
    assert_has(markdown, "| issue | 0:02:00 | 11-14 22:15:20 | pod/shop/b&lt;&amp;\"' | high\\_cpu (high): "
                         "cpu\\_utilization\\_ratio 0.97 over its threshold 0.85 | right |");
    assert_has(markdown, "| restart: Restart the pod | success |");
    assert_has(markdown, "| false alarm |");
    assert_has(markdown, "| restart | high\\_cpu | 1 | 100 % |");
    free(markdown);
}

static void test_a_long_time_line_is_cut_and_says_so(void **state)
{
    struct test_world *world = *state;
    char *markdown;

    write_run(world, 600);
    write_report(world, "/nowhere/gnuplot");
    markdown = read_page(world, "report.md");
    assert_has(markdown, "The table shows the first 500 rows; 102 later ones are left out and are in run.db.");
    free(markdown);
}

static void test_without_gnuplot_one_line_says_so_and_the_tables_stay(void **state)
{
    struct test_world *world = *state;
    char *html;

    write_run(world, 1);
    assert_int_equal(write_report(world, "/nowhere/gnuplot"), 0);
    html = read_page(world, "report.html");
    assert_has(html, "No plots: gnuplot was not found.");
    assert_lacks(html, "<svg");
    assert_has(html, "MTTR: onset to verified recovery");
    free(html);
}

static void test_a_gnuplot_that_fails_is_told_too(void **state)
{
    struct test_world *world = *state;
    char *html;

    write_run(world, 1);
    assert_int_equal(write_report(world, "/bin/false"), 0);
    html = read_page(world, "report.html");
    assert_has(html, "gnuplot could not draw them");
    free(html);
}

static void test_the_same_run_gives_the_same_pages(void **state)
{
    static const char *const names[] = {"report.html", "report.md", "summary.json"};
    struct test_world *world = *state;
    char *first[3];

    write_run(world, 3);
    write_report(world, NULL);
    for (size_t i = 0; i < 3; i++)
        first[i] = read_page(world, names[i]);
    write_report(world, NULL);
    for (size_t i = 0; i < 3; i++) {
        char *again = read_page(world, names[i]);

        assert_string_equal(again, first[i]);
        free(again);
        free(first[i]);
    }
}

static void test_a_run_that_was_cut_short_or_saw_nothing_has_a_page(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    char *html;

    assert_true(run_store_begin(store, 0, &world->errors));
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store);
    write_report(world, NULL);
    html = read_page(world, "report.html");
    assert_has(html, "This run did not reach its end.");
    assert_has(html, "Nothing happened");
    free(html);
}

static void test_a_folder_that_cannot_be_written_is_told(void **state)
{
    struct test_world *world = *state;
    struct summary *summary;
    char *plots = page_file_path(world->folder, "plots", &world->errors);

    write_run(world, 1);
    summary = summary_read(world->folder, &world->errors);
    assert_true(page_file_write(world->folder, "plots", "a file in the way", 17, &world->errors));
    assert_false(report_write(world->folder, summary, NULL, NULL, &world->errors));
    assert_true(world->errors.environment);
    summary_destroy(summary);
    free(plots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_the_page_is_one_file_that_asks_for_nothing),
        test_in_world(test_names_from_outside_are_text_in_both_forms),
        test_in_world(test_the_story_of_a_fault_is_told_in_the_time_line),
        test_in_world(test_a_long_time_line_is_cut_and_says_so),
        test_in_world(test_without_gnuplot_one_line_says_so_and_the_tables_stay),
        test_in_world(test_a_gnuplot_that_fails_is_told_too),
        test_in_world(test_the_same_run_gives_the_same_pages),
        test_in_world(test_a_run_that_was_cut_short_or_saw_nothing_has_a_page),
        test_in_world(test_a_folder_that_cannot_be_written_is_told),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
