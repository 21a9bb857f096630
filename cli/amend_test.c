/* amend_test.c - documents with fields set otherwise read as if a person had written them. */
#include "cli/amend.h"

#include "cli/test_files.h"

static void test_a_scenario_keeps_all_but_what_is_amended(void **state)
{
    static const struct amendment SET[] = {
        {"resources[pod/a/b].count", "4", 1}, {"seed", "9", 1}, {"warm_up", "5m", 1}};
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct document *document = test_text("s.yaml",
                                          "name: \"a: b\"\nseed: 3\nduration: 1h\nresources:\n"
                                          "  - {id: pod/a/b, series: {\"odd name\": \"1x3 _ 0\", up: {level: 1}}}\n"
                                          "faults:\n  - {kind: oom, target: \"pod/*\", at: 10m}\n",
                                          &errors);
    struct document *made = amend_document(document, SET, 3, "study.yaml", &errors);
    struct scenario *scenario = made ? scenario_from_document(made, catalogue, &errors) : NULL;

    (void)state;
    assert_non_null(made);
    assert_int_equal(errors.count, 1); /* only "odd name" is none, as before */
    error_list_clear(&errors);
    scenario_destroy(scenario);
    document_destroy(made);
    document_destroy(document);
    fault_catalogue_destroy(catalogue);
}

static void test_every_bundled_scenario_survives_being_written(void **state)
{
    static const char *const NAMES[] = {"quickstart.yaml", "quiet-day.yaml", "suites/basic/disk-full.yaml",
                                        "suites/basic/high-cpu.yaml"};
    static const struct amendment SET[] = {{"seed", "77", 1}};
    struct fault_catalogue *catalogue = test_catalogue();

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct error_list errors = {0};
        struct document *document = test_bundled(NAMES[i]);
        struct document *made = amend_document(document, SET, 1, "study.yaml", &errors);
        struct scenario *before = scenario_from_document(document, catalogue, &errors);
        struct scenario *after = scenario_from_document(made, catalogue, &errors);
        test_no_message(&errors);
        assert_true(after->seed == 77);
        assert_true(after->duration == before->duration && after->resource_count == before->resource_count);
        assert_int_equal(after->expect_count, before->expect_count);
        assert_string_equal(after->description, before->description);
        scenario_destroy(before);
        scenario_destroy(after);
        document_destroy(made);
        document_destroy(document);
    }
    fault_catalogue_destroy(catalogue);
}

static void test_a_policy_says_only_what_it_wants_otherwise(void **state)
{
    static const struct amendment SET[] = {{"scan_interval", "15s", 1},
                                           {"rules[high_cpu].hold", "45s", 2},
                                           {"rules[high_cpu].above", "0.7", 3},
                                           {"limits.concurrent", "3", 4},
                                           {"strategies[restart_with_backoff].attempts", "5", 5},
                                           {"ladders.high_cpu", "[restart_hot_pod]", 6}};
    struct error_list errors = {0};
    struct policy *base = test_policy();
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    assert_true(amend_policy(out, "mine", NULL, SET, 6, "study.yaml", &errors));
    fclose(out);
    struct document *document = yaml_parse("mine.yaml", text, length, &errors);
    test_no_message(&errors);
    struct policy *policy = policy_from_document(document, base, &errors);
    test_no_message(&errors);
    assert_true(policy->scan_interval == 15 * HEAL_SECOND);
    assert_int_equal(policy->limits.concurrent, 3);
    assert_true(policy->limits.total_per_hour == base->limits.total_per_hour);
    assert_int_equal(policy->rule_count, base->rule_count);
    assert_int_equal(policy->strategy_count, base->strategy_count);
    assert_int_equal(policy->ladders[ISSUE_HIGH_CPU].count, 1);
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (strcmp(policy->rules[i].name, "high_cpu") == 0)
            assert_true(policy->rules[i].hold == 45 * HEAL_SECOND && policy->rules[i].above == 0.7);
    }
    policy_destroy(policy);
    policy_destroy(base);
    document_destroy(document);
    free(text);
}

static void test_what_is_not_there_is_named(void **state)
{
    static const struct amendment SET[] = {{"rules[nothing].hold", "45s", 7}};
    struct error_list errors = {0};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    assert_false(amend_policy(out, "mine", NULL, SET, 1, "study.yaml", &errors));
    fclose(out);
    test_messages(&errors, TEXTS("study.yaml:7: path: the policy has no rules[nothing].hold"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_scenario_keeps_all_but_what_is_amended),
        cmocka_unit_test(test_every_bundled_scenario_survives_being_written),
        cmocka_unit_test(test_a_policy_says_only_what_it_wants_otherwise),
        cmocka_unit_test(test_what_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
