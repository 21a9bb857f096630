/* suite_file_test.c - suites are read whole or refused with all their faults. */
#include "cli/test_files.h"
#include "sim/suite_file.h"

static bool read_text(struct arena *arena, const char *text, struct suite_file *suite, struct error_list *errors)
{
    struct document *document = test_text("s.yaml", text, errors);
    bool good = suite_file_read(document, arena, suite, errors);

    document_destroy(document);
    return good;
}

static void test_every_field_arrives(void **state)
{
    struct arena *arena = arena_create();
    struct error_list errors = {0};
    struct suite_file suite = {0};

    (void)state;
    assert_true(
        read_text(arena,
                  "name: basic\ndescription: all\npolicy: p.yaml\nreplications: 4\n"
                  "scenarios:\n  - a.yaml\n  - \"b/*.yaml\"\ntargets: [{name: MTTR, goal: mttr_seconds cut 65%}]\n",
                  &suite, &errors));
    assert_string_equal(suite.name, "basic");
    assert_string_equal(suite.policy_path, "p.yaml");
    assert_int_equal(suite.replications, 4);
    assert_int_equal(suite.entry_count, 2);
    assert_string_equal(suite.entries[1].path, "b/*.yaml");
    assert_int_equal(suite.entries[1].line, 7);
    assert_int_equal(suite.target_count, 1);
    assert_string_equal(suite.targets[0].name, "MTTR");
    assert_string_equal(suite.targets[0].goal, "mttr_seconds cut 65%");
    arena_destroy(arena);
}

static void test_all_faults_are_named(void **state)
{
    struct arena *arena = arena_create();
    struct error_list errors = {0};
    struct suite_file suite = {0};

    (void)state;
    assert_false(read_text(arena, "name: a/b\nreplications: 0\nscenarios: [{x: 1}]\ncolour: red\n", &suite, &errors));
    test_messages(&errors,
                  TEXTS("s.yaml:1: name: expected 1 to 100 bytes without '/' that do not begin with '.', as it names "
                        "the suite's folder",
                        "s.yaml:2: replications: expected a whole number from 1 to 1000000, found '0'",
                        "s.yaml:3: scenarios[0]: expected a path or a pattern such as \"more/*.yaml\"",
                        "s.yaml:4: colour: unknown field, expected one of name, description, policy, replications, "
                        "scenarios, targets"));
    assert_false(read_text(arena, "scenarios: []\n", &suite, &errors));
    assert_int_equal(errors.count, 2);
    error_list_clear(&errors);
    assert_false(read_text(arena, "name: a\nscenarios: [a.yaml]\ntargets: [{name: \"\", goal: x, bound: 3}, {}]\n",
                           &suite, &errors));
    assert_int_equal(errors.count, 4); /* empty name, unknown field, and two that are not there */
    error_list_clear(&errors);
    arena_destroy(arena);
}

static void test_a_scenario_is_no_suite(void **state)
{
    struct error_list errors = {0};
    struct document *scenario = test_bundled("quickstart.yaml"), *suite = test_bundled("suites/basic/suite.yaml");

    (void)state;
    assert_false(suite_file_is(scenario));
    assert_true(suite_file_is(suite));
    document_destroy(scenario);
    document_destroy(suite);
    error_list_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_arrives),
        cmocka_unit_test(test_all_faults_are_named),
        cmocka_unit_test(test_a_scenario_is_no_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
