/* load_test.c - scenarios and all they name, found beside them; and all that is wrong, at once. */
#include "cli/load.h"

#include "cli/options.h"
#include "cli/test_capture.h"

#include <math.h>

static const struct bundle_options AS_IT_SAYS = {0};

static const char SCENARIO[] = "name: small\n"
                               "duration: 30m\n"
                               "resources:\n"
                               "  - id: pod/shop/web\n"
                               "    count: 2\n"
                               "    series:\n"
                               "      cpu_utilization_ratio: {level: 0.3}\n"
                               "faults:\n"
                               "  - {kind: cpu-stress, target: \"pod/*\", at: 10m}\n";

static const char TRACE[] = "time,pod/shop/db:cpu_utilization_ratio\n"
                            "2026-01-01T00:00:00Z,0.1\n"
                            "2026-01-01T00:01:00Z,0.2\n"
                            "2026-01-01T00:02:00Z,0.3\n";

/* All messages, one a line. */
static char *told(const struct error_list *errors, char text[4096])
{
    size_t length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < errors->kept && length < 3500; i++) {
        error_format(errors, i, text + length, 512);
        length += strlen(text + length);
        text[length++] = '\n';
        text[length] = '\0';
    }
    return text;
}

static void expect_told(const struct error_list *errors, const char *what)
{
    char text[4096];

    if (!strstr(told(errors, text), what))
        fail_msg("no \"%s\" in:\n%s", what, text);
}

static bool read_scenario(struct bundle *bundle, const char *folder, const char *name,
                          const struct bundle_options *options, struct error_list *errors)
{
    char path[TEST_PATH];

    return bundle_scenario(bundle, test_path(path, folder, name), options, errors);
}

static bool read_trace(struct bundle *bundle, const char *folder, const char *name,
                       const struct bundle_options *options, struct error_list *errors)
{
    char path[TEST_PATH];

    return bundle_trace(bundle, test_path(path, folder, name), options, errors);
}

static void must_read(struct bundle *bundle, const char *folder, const char *name, const struct bundle_options *options)
{
    struct error_list errors = {0};
    char text[4096];

    if (!read_scenario(bundle, folder, name, options, &errors))
        fail_msg("%s", told(&errors, text));
    assert_int_equal(errors.count, 0);
}

/* --- paths ---------------------------------------------------------------- */

static void expect_beside(const char *beside, const char *path, const char *expected)
{
    char *joined = path_beside(beside, path);

    assert_string_equal(joined, expected);
    free(joined);
}

static void test_paths_are_beside_the_file_that_names_them(void **state)
{
    (void)state;
    expect_beside("scenarios/demo.yaml", "traces/a.csv", "scenarios/traces/a.csv");
    expect_beside("/x/y/demo.yaml", "../a.csv", "/x/y/../a.csv");
    expect_beside("demo.yaml", "a.csv", "a.csv");
    expect_beside("/demo.yaml", "a.csv", "/a.csv");
    expect_beside("scenarios/demo.yaml", "/tmp/a.csv", "/tmp/a.csv");
    expect_beside(NULL, "a.csv", "a.csv");
    expect_beside("scenarios/demo.yaml", "", "scenarios/");
    assert_null(path_beside("scenarios/demo.yaml", NULL));
    assert_null(path_beside(NULL, NULL));
}

static void test_a_stem_is_the_name_without_folder_and_last_ending(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"dir/demo.labels.csv", "demo.labels"}, {"demo", "demo"}, {"a.b/demo", "demo"}, {".hidden", ".hidden"},
        {"dir/.hidden.csv", ".hidden"},         {"dir/", ""},
    };
    char text[32], small[4];

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(path_stem(CASES[i][0], text, sizeof text), CASES[i][1]);
    assert_string_equal(path_stem("longer", small, sizeof small), "lon");
}

/* --- policies and catalogues ---------------------------------------------- */

static void test_policy_and_catalogue_are_built_in(void **state)
{
    (void)state;
    struct error_list errors = {0};
    struct policy *policy = load_policy(NULL, &errors), *named = load_policy("default", &errors);
    struct fault_catalogue *catalogue = load_catalogue(NULL, &errors);

    assert_int_equal(errors.count, 0);
    assert_non_null(policy);
    assert_string_equal(policy->name, "default");
    assert_non_null(named);
    assert_int_equal(named->rule_count, policy->rule_count);
    assert_non_null(fault_kind_find(catalogue, "cpu-stress"));
    policy_destroy(policy);
    policy_destroy(named);
    fault_catalogue_destroy(catalogue);
}

static void test_a_policy_stands_on_its_base_found_beside_it(void **state)
{
    struct error_list errors = {0};
    char path[TEST_PATH], below[TEST_PATH];

    assert_int_equal(mkdir(test_path(below, *state, "below"), 0777), 0);
    test_write_file(*state, "base.yaml", "name: base\nscan_interval: 7s\nissue_cool_down: 9m\n");
    test_write_file(below, "top.yaml", "name: top\nbase: ../base.yaml\nissue_cool_down: 1m\n");
    struct policy *policy = load_policy(test_path(path, below, "top.yaml"), &errors);
    assert_non_null(policy);
    assert_string_equal(policy->name, "top");
    assert_int_equal(policy->scan_interval, 7 * HEAL_SECOND);
    assert_int_equal(policy->issue_cool_down, HEAL_MINUTE);
    assert_true(policy->rule_count > 5); /* from the built-in one below both */
    policy_destroy(policy);
}

static void test_a_policy_that_stands_on_itself_is_refused(void **state)
{
    struct error_list errors = {0};
    char path[TEST_PATH];

    test_write_file(*state, "round.yaml", "name: round\nbase: round.yaml\n");
    assert_null(load_policy(test_path(path, *state, "round.yaml"), &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "on top of each other");
    error_list_clear(&errors);
}

static void test_a_missing_base_is_told_by_its_own_path(void **state)
{
    struct error_list errors = {0};
    char path[TEST_PATH];

    test_write_file(*state, "top.yaml", "name: top\nbase: gone.yaml\n");
    assert_null(load_policy(test_path(path, *state, "top.yaml"), &errors));
    expect_told(&errors, "gone.yaml");
    error_list_clear(&errors);
}

/* --- scenarios ------------------------------------------------------------ */

static void test_a_scenario_is_put_together(void **state)
{
    struct bundle bundle = {0};

    test_write_file(*state, "small.yaml", SCENARIO);
    must_read(&bundle, *state, "small.yaml", &AS_IT_SAYS);
    assert_string_equal(bundle.scenario->name, "small");
    assert_string_equal(bundle.policy->name, "default");
    assert_null(bundle.trace);
    assert_int_equal(inventory_series_count(bundle.inventory), 2);
    assert_int_equal(bundle.start, bundle.scenario->start);
    assert_int_equal(bundle.duration, 30 * HEAL_MINUTE);
    bundle_clear(&bundle);
    assert_null(bundle.scenario);
    bundle_clear(&bundle); /* once more is fine */
}

static void test_a_trace_s_series_come_first_and_it_sets_the_span(void **state)
{
    struct bundle bundle = {0};

    test_write_file(*state, "t.csv", TRACE);
    test_write_file(*state, "traced.yaml",
                    "name: traced\n"
                    "trace: {file: t.csv}\n"
                    "resources:\n"
                    "  - id: pod/shop/a\n"
                    "    series: {up: {level: 1}}\n");
    must_read(&bundle, *state, "traced.yaml", &AS_IT_SAYS);
    assert_int_equal(inventory_series_count(bundle.inventory), 2);
    assert_string_equal(inventory_series_id(bundle.inventory, 0), "pod/shop/db:cpu_utilization_ratio");
    assert_string_equal(inventory_series_id(bundle.inventory, 1), "pod/shop/a:up");
    assert_int_equal(bundle.start, trace_times(bundle.trace)[0]);
    assert_int_equal(bundle.duration, 3 * HEAL_MINUTE);
    bundle_clear(&bundle);
}

static void test_a_span_that_is_asked_for_counts_up_to_the_trace_s_end(void **state)
{
    struct bundle bundle = {0};
    struct bundle_options options = {.duration = 90 * HEAL_SECOND};

    test_write_file(*state, "t.csv", TRACE);
    test_write_file(*state, "traced.yaml", "name: traced\nduration: 2m\ntrace: {file: t.csv}\n");
    test_write_file(*state, "small.yaml", SCENARIO);
    must_read(&bundle, *state, "traced.yaml", &AS_IT_SAYS);
    assert_int_equal(bundle.duration, 2 * HEAL_MINUTE);
    bundle_clear(&bundle);
    must_read(&bundle, *state, "traced.yaml", &options);
    assert_int_equal(bundle.duration, 90 * HEAL_SECOND);
    bundle_clear(&bundle);
    options.duration = HEAL_HOUR;
    must_read(&bundle, *state, "traced.yaml", &options);
    assert_int_equal(bundle.duration, 3 * HEAL_MINUTE);
    bundle_clear(&bundle);
    must_read(&bundle, *state, "small.yaml", &options); /* a made-up world goes on */
    assert_int_equal(bundle.duration, HEAL_HOUR);
    bundle_clear(&bundle);
}

static void test_hand_written_series_last_as_long_as_their_samples(void **state)
{
    struct bundle bundle = {0};

    test_write_file(*state, "p.yaml", "name: p\nscan_interval: 10s\n");
    test_write_file(*state, "hand.yaml",
                    "name: hand\n"
                    "policy: p.yaml\n"
                    "resources:\n"
                    "  - id: pod/shop/a\n"
                    "    series: {up: 1x5, cpu_utilization_ratio: 0.3x29}\n");
    must_read(&bundle, *state, "hand.yaml", &AS_IT_SAYS);
    assert_string_equal(bundle.policy->name, "p");
    assert_int_equal(bundle.duration, 300 * HEAL_SECOND);
    bundle_clear(&bundle);
}

static void test_a_command_line_s_policy_is_beside_nothing(void **state)
{
    struct bundle bundle = {0};
    char policy[TEST_PATH];
    struct bundle_options options = {.policy = test_path(policy, *state, "other.yaml")};

    test_write_file(*state, "other.yaml", "name: other\n");
    test_write_file(*state, "small.yaml", SCENARIO);
    must_read(&bundle, *state, "small.yaml", &options);
    assert_string_equal(bundle.policy->name, "other");
    bundle_clear(&bundle);
}

static void test_injected_faults_stand_behind_the_scenario_s(void **state)
{
    struct bundle bundle = {0};
    static struct option_list inject;
    struct bundle_options options = {.inject = &inject};

    inject.items[inject.count++] = "memory-stress:pod/shop/web-1@5m+2m";
    inject.items[inject.count++] = "cpu-stress:pod/shop/web-2@7m";
    test_write_file(*state, "small.yaml", SCENARIO);
    struct error_list errors = {0}; /* no pod has a memory series */
    assert_false(read_scenario(&bundle, *state, "small.yaml", &options, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "memory-stress");
    error_list_clear(&errors);
    bundle_clear(&bundle);
    inject.items[0] = "cpu-stress:pod/shop/web-1@5m+2m";
    must_read(&bundle, *state, "small.yaml", &options);
    assert_int_equal(bundle.scenario->fault_count, 3);
    assert_string_equal(bundle.scenario->faults[0].target, "pod/*");
    assert_int_equal(bundle.scenario->faults[1].lasts, 2 * HEAL_MINUTE);
    assert_int_equal(bundle.scenario->faults[2].at, 7 * HEAL_MINUTE);
    bundle_clear(&bundle);
    inject.count = 0;
}

/* --- all messages at once ------------------------------------------------- */

static void test_every_file_that_is_missing_is_told_at_once(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    static struct option_list inject = {.items = {"nonsense"}, .count = 1};
    struct bundle_options options = {.inject = &inject};

    test_write_file(*state, "bad.yaml",
                    "name: bad\n"
                    "policy: no-policy.yaml\n"
                    "trace: {file: no-trace.csv, labels: no-labels.csv, topology: no-edges.csv}\n");
    assert_false(read_scenario(&bundle, *state, "bad.yaml", &options, &errors));
    expect_told(&errors, "no-policy.yaml");
    expect_told(&errors, "no-trace.csv");
    expect_told(&errors, "no-labels.csv");
    expect_told(&errors, "no-edges.csv");
    expect_told(&errors, "nonsense");
    assert_int_equal(errors.count, 5);
    assert_false(errors.environment);
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_files_are_judged_though_the_scenario_is_wrong_too(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};

    test_write_file(*state, "p.yaml", "name: p\nwhat: 1\n");
    test_write_file(*state, "t.csv", "time,x\n2026-01-01T00:00:00Z,1\n2026-01-01T00:00:00Z,2\n");
    test_write_file(*state, "bad.yaml",
                    "name: bad\n"
                    "colour: blue\n"
                    "policy: p.yaml\n"
                    "trace: {file: t.csv, labels: no-labels.csv}\n");
    assert_false(read_scenario(&bundle, *state, "bad.yaml", &AS_IT_SAYS, &errors));
    expect_told(&errors, "bad.yaml:2: colour");
    expect_told(&errors, "p.yaml:2: what");
    expect_told(&errors, "t.csv:3");
    expect_told(&errors, "no-labels.csv");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_targets_are_judged_though_the_policy_is_wrong(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    static const char MORE[] = "  - {kind: cpu-stress, target: pod/shop/nobody, at: 5m}\npolicy: gone.yaml\n";
    char text[1024];

    snprintf(text, sizeof text, "%s%s", SCENARIO, MORE);
    test_write_file(*state, "bad.yaml", text);
    assert_false(read_scenario(&bundle, *state, "bad.yaml", &AS_IT_SAYS, &errors));
    expect_told(&errors, "gone.yaml");
    expect_told(&errors, "bad.yaml:10: target: no resource matches \"pod/shop/nobody\"");
    assert_int_equal(errors.count, 2);
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_a_scenario_that_is_missing_is_one_message(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};

    assert_false(read_scenario(&bundle, *state, "gone.yaml", &AS_IT_SAYS, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "gone.yaml");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_a_series_of_trace_and_scenario_alike_is_refused(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};

    test_write_file(*state, "t.csv", TRACE);
    test_write_file(*state, "twice.yaml",
                    "name: twice\n"
                    "trace: {file: t.csv}\n"
                    "resources:\n"
                    "  - id: pod/shop/db\n"
                    "    series:\n"
                    "      cpu_utilization_ratio: {level: 1}\n");
    assert_false(read_scenario(&bundle, *state, "twice.yaml", &AS_IT_SAYS, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "twice.yaml:6");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_too_many_faults_are_refused_beforehand(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    struct bundle_options options = {.duration = 2 * HEAL_HOUR};

    test_write_file(*state, "many.yaml",
                    "name: many\n"
                    "duration: 10m\n"
                    "resources:\n"
                    "  - id: pod/shop/web\n"
                    "    series: {cpu_utilization_ratio: {level: 0.3}}\n"
                    "faults:\n"
                    "  - {kind: cpu-stress, target: \"pod/*\", poisson: 1s}\n");
    must_read(&bundle, *state, "many.yaml", &AS_IT_SAYS);
    bundle_clear(&bundle);
    assert_false(read_scenario(&bundle, *state, "many.yaml", &options, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "many.yaml:7: faults");
    expect_told(&errors, "at most 4096");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_a_run_that_ends_beyond_all_time_is_refused(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};

    test_write_file(*state, "late.yaml",
                    "name: late\n"
                    "start: 2261-01-01T00:00:00Z\n"
                    "duration: 3650d\n"
                    "resources:\n"
                    "  - id: pod/shop/web\n"
                    "    series: {cpu_utilization_ratio: {level: 0.3}}\n");
    assert_false(read_scenario(&bundle, *state, "late.yaml", &AS_IT_SAYS, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "start");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

/* --- bare traces ---------------------------------------------------------- */

static void test_a_bare_trace_makes_a_scenario_of_its_own(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};

    test_write_file(*state, "demo.trace.csv", TRACE);
    assert_true(read_trace(&bundle, *state, "demo.trace.csv", &AS_IT_SAYS, &errors));
    assert_string_equal(bundle.scenario->name, "demo.trace");
    assert_int_equal(bundle.scenario->seed, 1);
    assert_int_equal(bundle.scenario->replications, 1);
    assert_false(bundle.scenario->operators.present);
    assert_int_equal(bundle.scenario->fault_count, 0);
    assert_int_equal(bundle.duration, 3 * HEAL_MINUTE);
    bundle_clear(&bundle);
}

static void test_faults_are_picked_that_fit_the_trace(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    struct bundle_options options = {.pick_faults = true};

    test_write_file(*state, "t.csv", TRACE);
    assert_true(read_trace(&bundle, *state, "t.csv", &options, &errors));
    assert_true(bundle.scenario->fault_count >= 1);
    assert_string_equal(bundle.scenario->faults[0].kind->name, "cpu-stress");
    for (size_t i = 0; i < bundle.scenario->fault_count; i++)
        assert_string_not_equal(bundle.scenario->faults[i].kind->name, "scale");
    assert_int_equal(bundle.scenario->faults[1].every, 90 * HEAL_SECOND);
    bundle_clear(&bundle);
    test_write_file(*state, "odd.csv", "time,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\n");
    assert_true(read_trace(&bundle, *state, "odd.csv", &options, &errors)); /* nothing fits: the values are scaled */
    assert_int_equal(bundle.scenario->fault_count, 2); /* one that is sure to come, and some at random */
    assert_int_equal(bundle.scenario->faults[0].onset, ONSET_AT);
    assert_string_equal(bundle.scenario->faults[0].kind->name, "scale");
    bundle_clear(&bundle);
}

static void test_labels_and_suspects_of_a_trace_are_read(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    char labels[TEST_PATH], suspects[TEST_PATH];
    struct bundle_options options = {.labels = test_path(labels, *state, "l.csv"),
                                     .suspects = test_path(suspects, *state, "s.csv")};

    test_write_file(*state, "t.csv", TRACE);
    test_write_file(*state, "l.csv",
                    "start,end,resource,fault_type\n"
                    "2026-01-01T00:00:30Z,2026-01-01T00:01:30Z,pod/shop/db,cpu-stress\n");
    test_write_file(*state, "s.csv",
                    "start,end,resource\n2026-01-01T00:00:30Z,2026-01-01T00:01:30Z,pod/shop/db\n"
                    "2026-01-01T00:01:30Z,2026-01-01T00:01:40Z,pod/shop/db\n");
    assert_true(read_trace(&bundle, *state, "t.csv", &options, &errors));
    assert_int_equal(bundle.labels.count, 1);
    assert_int_equal(bundle.suspects.count, 2);
    bundle_clear(&bundle);
}

/* Onsets as a recording had its incidents: by their distances, whatever the file's order. */
static void test_onsets_are_as_far_apart_as_recorded_incidents(void **state)
{
    static const char ONSETS[] = "name: small\n"
                                 "duration: 2h\n"
                                 "resources: [{id: pod/shop/web, series: {cpu_utilization_ratio: {level: 0.3}}}]\n"
                                 "faults: [{kind: cpu-stress, target: pod/shop/web, at: 10m, onsets: l.csv}]\n";
    struct bundle bundle = {0};
    struct error_list errors = {0};

    test_write_file(*state, "s.yaml", ONSETS);
    test_write_file(*state, "l.csv",
                    "start,end,resource,fault_type\n"
                    "2026-01-01T05:30:00Z,2026-01-01T05:31:00Z,a,x\n"
                    "2026-01-01T05:00:00Z,2026-01-01T05:01:30Z,b,y\n"
                    "2026-01-01T05:00:40Z,2026-01-01T05:50:00Z,a,x\n");
    must_read(&bundle, *state, "s.yaml", &AS_IT_SAYS);
    const struct fault_spec *fault = &bundle.scenario->faults[0];
    assert_int_equal(fault->onset, ONSET_LISTED);
    assert_int_equal(fault->time_count, 3);
    assert_int_equal(fault->times[0], 10 * HEAL_MINUTE);
    assert_int_equal(fault->times[1], 10 * HEAL_MINUTE + 40 * HEAL_SECOND);
    assert_int_equal(fault->times[2], 40 * HEAL_MINUTE);
    bundle_clear(&bundle);
    test_write_file(*state, "l.csv", "start,end,resource,fault_type\n");
    assert_false(read_scenario(&bundle, *state, "s.yaml", &AS_IT_SAYS, &errors));
    assert_int_equal(errors.count, 1);
    expect_told(&errors, "l.csv");
    error_list_clear(&errors);
    bundle_clear(&bundle);
    test_write_file(*state, "l.csv", "start,end,resource,fault_type\nsoon,later,a,x\n");
    assert_false(read_scenario(&bundle, *state, "s.yaml", &AS_IT_SAYS, &errors));
    expect_told(&errors, "l.csv:2: start");
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

static void test_all_that_a_bare_trace_lacks_is_told_at_once(void **state)
{
    struct bundle bundle = {0};
    struct error_list errors = {0};
    struct bundle_options options = {.policy = "no-policy.yaml",
                                     .catalogue = "no-faults.yaml",
                                     .labels = "no-labels.csv",
                                     .suspects = "no-suspects.csv"};

    assert_false(read_trace(&bundle, *state, "no-trace.csv", &options, &errors));
    expect_told(&errors, "no-policy.yaml");
    expect_told(&errors, "no-faults.yaml");
    expect_told(&errors, "no-labels.csv");
    expect_told(&errors, "no-suspects.csv");
    expect_told(&errors, "no-trace.csv");
    assert_int_equal(errors.count, 5);
    error_list_clear(&errors);
    bundle_clear(&bundle);
}

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
        cmocka_unit_test(test_paths_are_beside_the_file_that_names_them),
        cmocka_unit_test(test_a_stem_is_the_name_without_folder_and_last_ending),
        cmocka_unit_test(test_policy_and_catalogue_are_built_in),
        test_in_folder(test_a_policy_stands_on_its_base_found_beside_it),
        test_in_folder(test_a_policy_that_stands_on_itself_is_refused),
        test_in_folder(test_a_missing_base_is_told_by_its_own_path),
        test_in_folder(test_a_scenario_is_put_together),
        test_in_folder(test_a_trace_s_series_come_first_and_it_sets_the_span),
        test_in_folder(test_a_span_that_is_asked_for_counts_up_to_the_trace_s_end),
        test_in_folder(test_hand_written_series_last_as_long_as_their_samples),
        test_in_folder(test_a_command_line_s_policy_is_beside_nothing),
        test_in_folder(test_injected_faults_stand_behind_the_scenario_s),
        test_in_folder(test_every_file_that_is_missing_is_told_at_once),
        test_in_folder(test_files_are_judged_though_the_scenario_is_wrong_too),
        test_in_folder(test_targets_are_judged_though_the_policy_is_wrong),
        test_in_folder(test_a_scenario_that_is_missing_is_one_message),
        test_in_folder(test_a_series_of_trace_and_scenario_alike_is_refused),
        test_in_folder(test_too_many_faults_are_refused_beforehand),
        test_in_folder(test_a_run_that_ends_beyond_all_time_is_refused),
        test_in_folder(test_a_bare_trace_makes_a_scenario_of_its_own),
        test_in_folder(test_faults_are_picked_that_fit_the_trace),
        test_in_folder(test_labels_and_suspects_of_a_trace_are_read),
        test_in_folder(test_onsets_are_as_far_apart_as_recorded_incidents),
        test_in_folder(test_all_that_a_bare_trace_lacks_is_told_at_once),
    };
    return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
