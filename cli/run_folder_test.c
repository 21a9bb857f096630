/* run_folder_test.c - a run becomes a folder, an older run gives way, nothing else is touched. */
#include "cli/run_folder.h"

#include "cli/test_capture.h"
#include "store/run_store.h"

static const char SCENARIO[] = "name: tiny\n"
                               "seed: 3\n"
                               "replications: 2\n"
                               "duration: 30m\n"
                               "resources:\n"
                               "  - id: pod/shop/web\n"
                               "    count: 2\n"
                               "    owner: workload/shop/web\n"
                               "    series:\n"
                               "      cpu_utilization_ratio: {level: 0.3, noise: 0.02, high: 1}\n"
                               "faults:\n"
                               "  - {kind: cpu-stress, target: \"pod/*\", at: 10m}\n";
static const char OPERATORS[] = "operators:\n"
                                "  acknowledge: {mean: 2m, sd: 1m}\n"
                                "  repair: {mean: 4m, sd: 2m}\n";

/* One run of SCENARIO and what it said. */
struct ran {
    enum exit_code code;
    char out[1 << 16], err[4096];
};

static void run_text(const char *folder, const char *text, const struct run_options *options, struct ran *ran)
{
    struct bundle bundle = {0};
    struct bundle_options as_it_says = {0};
    struct error_list errors = {0};
    char path[TEST_PATH];

    test_write_file(folder, "tiny.yaml", text);
    assert_true(bundle_scenario(&bundle, test_path(path, folder, "tiny.yaml"), &as_it_says, &errors));
    struct capture out = capture_begin(stdout), err = capture_begin(stderr);
    ran->code = run_to_folder(&bundle, options);
    capture_end(&out, ran->out, sizeof ran->out);
    capture_end(&err, ran->err, sizeof ran->err);
    bundle_clear(&bundle);
}

static struct run_options options_to(const char *out)
{
    return (struct run_options){.out = out, .mode = "simulate", .source = "tiny.yaml", .threads = 1, .no_report = true};
}

/* Runs into folder/name; the caller looks at *ran. */
static void run_to(const char *folder, const char *name, struct ran *ran)
{
    char out[TEST_PATH];
    struct run_options options = options_to(test_path(out, folder, name));

    run_text(folder, SCENARIO, &options, ran);
}

static void expect_audit(const char *folder, const char *name)
{
    struct error_list errors = {0};
    char path[TEST_PATH];
    int64_t rows, broken;

    assert_true(audit_verify(test_path(path, folder, name), &rows, &broken, &errors));
    assert_true(rows > 0);
}

static void test_a_run_makes_its_folder_and_those_above_it(void **state)
{
    struct ran ran;

    run_to(*state, "a/b/run", &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    assert_string_equal(ran.err, "");
    assert_true(test_is_there(*state, "a/b/run/run.db"));
    assert_true(test_is_there(*state, "a/b/run/summary.json"));
    assert_false(test_is_there(*state, "a/b/run/run.db-wal")); /* all of it is in the one file */
    assert_false(test_is_there(*state, "a/b/run/baseline.db"));
    expect_audit(*state, "a/b/run/run.db");
    assert_non_null(strstr(ran.out, "tiny: 2 faults"));
    assert_non_null(strstr(ran.out, "a/b/run/summary.json"));
}

static void test_with_operators_people_alone_are_run_too(void **state)
{
    struct ran ran;
    char out[TEST_PATH], text[2048];
    struct run_options options = options_to(test_path(out, *state, "run"));

    snprintf(text, sizeof text, "%s%s", SCENARIO, OPERATORS);
    run_text(*state, text, &options, &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    expect_audit(*state, "run/run.db");
    expect_audit(*state, "run/baseline.db");
    assert_non_null(strstr(ran.out, "operators alone"));
    run_to(*state, "run", &ran); /* without them the older baseline goes */
    assert_int_equal(ran.code, EXIT_DONE);
    assert_false(test_is_there(*state, "run/baseline.db"));
}

static void test_json_goes_to_stdout_as_it_is_in_the_folder(void **state)
{
    struct ran ran;
    char out[TEST_PATH];
    struct run_options options = options_to(test_path(out, *state, "run"));

    options.json = true;
    run_text(*state, SCENARIO, &options, &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    char *summary = test_read_file(*state, "run/summary.json");
    assert_string_equal(ran.out, summary);
    assert_int_equal(summary[0], '{');
    free(summary);
}

static void test_the_same_run_gives_the_same_summary_on_any_threads(void **state)
{
    struct ran ran;
    char one[TEST_PATH], other[TEST_PATH];
    struct run_options options = options_to(test_path(one, *state, "one"));

    run_text(*state, SCENARIO, &options, &ran);
    options.out = test_path(other, *state, "other");
    options.threads = 2;
    run_text(*state, SCENARIO, &options, &ran);
    char *first = test_read_file(*state, "one/summary.json"), *second = test_read_file(*state, "other/summary.json");
    assert_string_equal(first, second);
    assert_non_null(strstr(first, "\"digest\""));
    free(first);
    free(second);
}

static void test_an_older_run_is_replaced_and_what_is_beside_it_stays(void **state)
{
    struct ran ran;

    run_to(*state, "run", &ran);
    char *first = test_read_file(*state, "run/summary.json");
    test_write_file(*state, "run/notes.txt", "mine");
    test_write_file(*state, "run/summary.json", "old");
    test_write_file(*state, "run/report.html", "old");
    test_write_file(*state, "run/baseline.db", "old");
    run_to(*state, "run", &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    char *second = test_read_file(*state, "run/summary.json"), *notes = test_read_file(*state, "run/notes.txt");
    assert_string_equal(first, second);
    assert_string_equal(notes, "mine");
    assert_false(test_is_there(*state, "run/report.html"));
    assert_false(test_is_there(*state, "run/baseline.db"));
    free(first);
    free(second);
    free(notes);
}

/* A killed run leaves a database and perhaps its write-ahead log. */
static void test_a_broken_older_run_is_replaced(void **state)
{
    struct ran ran;
    char path[TEST_PATH];

    assert_int_equal(mkdir(test_path(path, *state, "run"), 0777), 0);
    test_write_file(*state, "run/run.db", "not a database");
    test_write_file(*state, "run/run.db-wal", "not a log");
    run_to(*state, "run", &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    expect_audit(*state, "run/run.db");
}

static void test_an_empty_folder_is_taken(void **state)
{
    struct ran ran;
    char path[TEST_PATH], here[TEST_PATH];

    assert_int_equal(mkdir(test_path(path, *state, "run"), 0750), 0);
    run_to(*state, "run", &ran);
    assert_int_equal(ran.code, EXIT_DONE);
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0750); /* it is the same folder still */
    assert_int_equal(mkdir(test_path(path, *state, "empty"), 0777), 0);
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(path), 0);
    struct run_options options = options_to(".");
    run_text(*state, SCENARIO, &options, &ran);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(ran.code, EXIT_DONE);
    assert_true(test_is_there(path, "run.db"));
}

static void expect_refused(const char *folder, const char *name)
{
    struct ran ran;

    run_to(folder, name, &ran);
    assert_int_equal(ran.code, EXIT_BAD_INPUT);
    assert_non_null(strstr(ran.err, "--out"));
    assert_non_null(strstr(ran.err, name));
    assert_string_equal(ran.out, "");
}

static void test_a_folder_with_something_else_in_it_is_refused_and_left_alone(void **state)
{
    char path[TEST_PATH];

    assert_int_equal(mkdir(test_path(path, *state, "photos"), 0777), 0);
    test_write_file(*state, "photos/summary.json", "mine");
    expect_refused(*state, "photos");
    char *text = test_read_file(*state, "photos/summary.json");
    assert_string_equal(text, "mine");
    free(text);
    assert_false(test_is_there(*state, "photos/run.db"));
    assert_int_equal(mkdir(test_path(path, *state, "nested"), 0777), 0);
    assert_int_equal(mkdir(test_path(path, *state, "nested/.hidden"), 0777), 0);
    expect_refused(*state, "nested");
}

static void test_a_file_in_the_place_of_the_folder_is_refused(void **state)
{
    test_write_file(*state, "report", "mine");
    expect_refused(*state, "report");
    char *text = test_read_file(*state, "report");
    assert_string_equal(text, "mine");
    free(text);
}

static void test_a_folder_that_cannot_be_made_is_the_environment_s_fault(void **state)
{
    struct ran ran;

    test_write_file(*state, "file", "mine");
    run_to(*state, "file/run", &ran);
    assert_int_equal(ran.code, EXIT_ENVIRONMENT);
    assert_non_null(strstr(ran.err, "cannot make the folder"));
}

static void test_a_path_that_is_too_long_is_told(void **state)
{
    struct ran ran;
    static char longer[5000];
    struct run_options options = options_to(longer);

    memset(longer, 'x', sizeof longer - 1);
    run_text(*state, SCENARIO, &options, &ran);
    assert_int_equal(ran.code, EXIT_BAD_INPUT);
    assert_non_null(strstr(ran.err, "--out"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_folder(test_a_run_makes_its_folder_and_those_above_it),
        test_in_folder(test_with_operators_people_alone_are_run_too),
        test_in_folder(test_json_goes_to_stdout_as_it_is_in_the_folder),
        test_in_folder(test_the_same_run_gives_the_same_summary_on_any_threads),
        test_in_folder(test_an_older_run_is_replaced_and_what_is_beside_it_stays),
        test_in_folder(test_a_broken_older_run_is_replaced),
        test_in_folder(test_an_empty_folder_is_taken),
        test_in_folder(test_a_folder_with_something_else_in_it_is_refused_and_left_alone),
        test_in_folder(test_a_file_in_the_place_of_the_folder_is_refused),
        test_in_folder(test_a_folder_that_cannot_be_made_is_the_environment_s_fault),
        test_in_folder(test_a_path_that_is_too_long_is_told),
    };
    return cmocka_run_group_tests_name("run_folder", tests, NULL, NULL);
}
