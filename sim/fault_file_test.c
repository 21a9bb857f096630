#include "cli/test_files.h"

#include <math.h>

static struct fault_catalogue *read_text(const char *text, struct error_list *errors)
{
    struct document *document = test_text("f.yaml", text, errors);
    struct fault_catalogue *catalogue = fault_catalogue_from_document(document, errors);
    document_destroy(document);
    return catalogue;
}

static void test_people_find_faults_under_the_words_they_know(void **state)
{
    static const char *const WORDS[][2] = {
        {"cpu-stress", "pod-cpu-hog"},
        {"cpu-stress", "cpu_contention"},
        {"cpu-stress", "cpu_consumed"},
        {"memory-stress", "pod-memory-hog"},
        {"memory-leak", "memory-leak"},
        {"oom", "oom"},
        {"disk-fill", "disk-fill"},
        {"pod-kill", "pod-delete"},
        {"pod-failure", "pod-failure"},
        {"container-kill", "container-kill"},
        {"network-delay", "network_delay"},
        {"network-delay", "pod-network-latency"},
        {"network-loss", "pod-network-loss"},
        {"missing-index", "missing-index"},
        {"query-regression", "slow-query"},
        {"pool-exhaustion", "pool-exhaustion"},
        {"cert-expiry", "cert-expiry"},
        {"cve-published", "cve-published"},
        {"config-drift", "config-drift"},
        {"bad-deploy", "bad-deploy"},
        {"io-latency", "pod-io-stress"},
        {"step", "step"},
        {"ramp", "ramp"},
        {"spike", "spike"},
        {"leak", "leak"},
        {"drop-out", "drop-out"},
        {"level-shift", "level-shift"},
        {"scale", "scale"},
    };
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const struct fault_kind *kind = fault_kind_find(catalogue, WORDS[i][1]);
        if (!kind || strcmp(kind->name, WORDS[i][0]) != 0)
            fail_msg("%s does not lead to %s", WORDS[i][1], WORDS[i][0]);
        assert_true(kind->source[0] != '\0');
    }
    fault_catalogue_destroy(catalogue);
}

/* Nothing would be learned from a fault that nothing, or everything, cures. */
static void test_no_single_action_cures_every_cause_of_a_named_fault(void **state)
{
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    for (size_t k = 0; k < catalogue->kind_count; k++) {
        const struct fault_kind *kind = &catalogue->kinds[k];
        bool curable = false;
        for (size_t a = 0; a < ACTION_KIND_COUNT; a++) {
            size_t cured = 0;
            for (size_t c = 0; c < kind->cause_count; c++)
                cured += kind->causes[c].cures[a];
            curable = curable || cured > 0;
            if (cured == kind->cause_count)
                fail_msg("%s cures every cause of %s", action_name((enum action_kind)a), kind->name);
        }
        assert_true(curable);
    }
    fault_catalogue_destroy(catalogue);
}

static void test_every_action_of_the_catalogue_has_a_model(void **state)
{
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    for (size_t a = 0; a < ACTION_KIND_COUNT; a++) {
        const struct action_model *model = &catalogue->actions[a];
        assert_true(model->failure < 0.1 && model->lost < 0.01);
        assert_true(a == ACTION_PAGE_OPERATOR || model->mean_seconds > 0);
    }
    fault_catalogue_destroy(catalogue);
}

static void test_every_field_arrives(void **state)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue =
        read_text("actions:\n"
                  "  default: {mean: 1s, sd: 500ms, failure: 0.1, lost: 0.2}\n"
                  "  add_index: {mean: 1m}\n"
                  "faults:\n"
                  "  - name: a\n"
                  "    aliases: [b, c]\n"
                  "    source: somewhere\n"
                  "    issue: disk_full\n"
                  "    recovery: 30s\n"
                  "    bends: [{metric: m, shape: leak, magnitude: -2, jitter: 0.5, low: 0, callers: true}]\n"
                  "    causes:\n"
                  "      - {name: x, weight: 3, cures: [drain], relieves: [restart_pod], relief: 5m, cure_delay: 2s, "
                  "source: s}\n",
                  &errors);
    (void)state;
    assert_non_null(catalogue);
    assert_true(catalogue->actions[ACTION_ADD_INDEX].mean_seconds == 60);
    assert_true(catalogue->actions[ACTION_ADD_INDEX].failure == 0);
    assert_true(catalogue->actions[ACTION_DRAIN].sd_seconds == 0.5);
    assert_true(catalogue->actions[ACTION_DRAIN].lost == 0.2);
    const struct fault_kind *kind = fault_kind_find(catalogue, "c");
    assert_ptr_equal(kind, &catalogue->kinds[0]);
    assert_string_equal(kind->source, "somewhere");
    assert_int_equal(kind->issue, ISSUE_DISK_FULL);
    assert_true(kind->recovery == 30 * HEAL_SECOND);
    assert_true(kind->bends[0].magnitude == -2 && kind->bends[0].low == 0 && kind->bends[0].high == INFINITY);
    assert_true(kind->bends[0].callers);
    const struct cause *cause = &kind->causes[0];
    assert_true(cause->weight == 3 && cause->cures[ACTION_DRAIN] && cause->relieves[ACTION_RESTART_POD]);
    assert_false(cause->cures[ACTION_RESTART_POD]);
    assert_true(cause->relief == 5 * HEAL_MINUTE && cause->cure_delay == 2 * HEAL_SECOND);
    fault_catalogue_destroy(catalogue);
}

static void test_every_fault_of_a_catalogue_is_named_in_one_pass(void **state)
{
    struct error_list errors = {0};
    (void)state;
    assert_null(read_text(
        "actions:\n"
        "  drain: {sd: 1s, failure: 2}\n"
        "  restart_pod: {mean: 0, sd: 1s}\n"
        "  page_operator: {mean: 1s, failure: 0.9, lost: 0.2}\n"
        "faults:\n"
        "  - {name: a, issue: none, bends: [], causes: []}\n"
        "  - {name: a, aliases: [a], source: s, issue: fire, bends: [{metric: m, shape: step, magnitude: 1}],\n"
        "     causes: [{name: x, cures: [pray], relieves: [drain]}, {name: x, weight: 0, cures: [drain], relieves: "
        "[drain], relief: 1m}]}\n"
        "  - {name: 'b c', source: s, issue: none, bends: [{metric: m, shape: step, magnitude: 1}],\n"
        "     causes: [{name: y, relief: 1m}]}\n",
        &errors));
    test_messages(
        &errors,
        TEXTS(
            "f.yaml:2: actions.default: missing, this field must be given",
            "f.yaml:3: actions.restart_pod.sd: expected 0 where mean is 0",
            "f.yaml:2: actions.drain.mean: missing, this field must be given",
            "f.yaml:2: actions.drain.failure: expected a number from 0 to 1, found '2'",
            "f.yaml:4: actions.page_operator.lost: expected failure, lost and partial to be at most 1 together",
            "f.yaml:6: faults[0].source: missing, this field must be given",
            "f.yaml:6: faults[0].bends: expected at least one bend",
            "f.yaml:6: faults[0].causes: 0 causes, expected 1 to 16",
            "f.yaml:7: faults[1].issue: expected one of pod_crash, high_cpu, high_memory, disk_full, "
            "network_latency, database_slow, certificate_expiry, security_vulnerability, config_drift, none, found "
            "'fire'",
            "f.yaml:8: faults[1].causes[0].cures[0]: expected the name of an action such as restart_pod, found 'pray'",
            "f.yaml:8: faults[1].causes[0].relief: missing, expected how long relieves lasts",
            "f.yaml:8: faults[1].causes[1].weight: expected a number from 1e-06 to 1e+06, found '0'",
            "f.yaml:8: faults[1].causes[1].relieves: drain is in cures as well, expected it in one",
            "f.yaml:8: faults[1].causes[1].name: a second cause 'x', expected another name",
            "f.yaml:7: faults[1].name: 'a' is a fault already, expected another name",
            "f.yaml:7: faults[1].aliases: 'a' stands for a already, expected another word",
            "f.yaml:9: faults[2].name: expected a name without blank, ':' and '@'",
            "f.yaml:10: faults[2].causes[0].relief: expected only with relieves"));
}

static void test_a_fault_on_the_command_line_is_read(void **state)
{
    struct error_list errors = {0};
    struct arena *arena = arena_create();
    struct fault_catalogue *catalogue = test_catalogue();
    struct fault_spec spec;
    (void)state;
    assert_true(fault_spec_parse("pod-cpu-hog:pod/shop/web-*@10m+1h30m", catalogue, arena, &spec, &errors));
    assert_string_equal(spec.kind->name, "cpu-stress");
    assert_string_equal(spec.target, "pod/shop/web-*");
    assert_true(spec.at == 10 * HEAL_MINUTE && spec.lasts == 90 * HEAL_MINUTE);
    assert_int_equal(spec.onset, ONSET_AT);
    assert_true(fault_spec_parse("oom:a@b/c/d@0", catalogue, arena, &spec, &errors));
    assert_string_equal(spec.target, "a@b/c/d");
    assert_true(spec.at == 0 && spec.lasts == 0);
    assert_int_equal(errors.count, 0);
    fault_catalogue_destroy(catalogue);
    arena_destroy(arena);
}

static void test_a_wrong_fault_on_the_command_line_names_the_argument(void **state)
{
    static const char *const ARGUMENTS[][2] = {
        {"oom", "expected KIND:TARGET@ONSET"},    {"oom:x", "expected KIND:TARGET@ONSET"},
        {":x@1m", "expected KIND:TARGET@ONSET"},  {"oom:@1m", "expected KIND:TARGET@ONSET"},
        {"oom:x@", "expected KIND:TARGET@ONSET"}, {"a@1m:oom", "expected KIND:TARGET@ONSET"},
        {"fire:x@1m", "expected one of cpu"},     {"oom:x@soon", "behind the '@'"},
        {"oom:x@1m+", "behind the '+'"},          {"oom:x@1m+0", "behind the '+'"},
    };
    struct arena *arena = arena_create();
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    for (size_t i = 0; i < sizeof ARGUMENTS / sizeof *ARGUMENTS; i++) {
        struct error_list errors = {0};
        struct fault_spec spec;
        char said[1200];
        assert_false(fault_spec_parse(ARGUMENTS[i][0], catalogue, arena, &spec, &errors));
        error_format(&errors, 0, said, sizeof said);
        if (strncmp(said, ARGUMENTS[i][0], strlen(ARGUMENTS[i][0])) != 0 || !strstr(said, ARGUMENTS[i][1]))
            fail_msg("%s: %s", ARGUMENTS[i][0], said);
        error_list_clear(&errors);
    }
    fault_catalogue_destroy(catalogue);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_people_find_faults_under_the_words_they_know),
        cmocka_unit_test(test_no_single_action_cures_every_cause_of_a_named_fault),
        cmocka_unit_test(test_every_action_of_the_catalogue_has_a_model),
        cmocka_unit_test(test_every_field_arrives),
        cmocka_unit_test(test_every_fault_of_a_catalogue_is_named_in_one_pass),
        cmocka_unit_test(test_a_fault_on_the_command_line_is_read),
        cmocka_unit_test(test_a_wrong_fault_on_the_command_line_names_the_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
