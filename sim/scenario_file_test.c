
#include "sim/test_scenario.h"
#include <math.h>

static const char WHOLE[] =
    "name: whole\n"
    "description: every field once\n"
    "seed: 42\n"
    "replications: 7\n"
    "start: 2026-03-01T00:00:00Z\n"
    "duration: 2h\n"
    "warm_up: 10m\n"
    "policy: my/policy.yaml\n"
    "faults_catalogue: my/faults.yaml\n"
    "trace: {file: t.csv, labels: l.csv, topology: c.csv}\n"
    "resources:\n"
    "  - id: pod/shop/web\n"
    "    count: 3\n"
    "    owner: workload/shop/web\n"
    "    node: node/default/a\n"
    "    series:\n"
    "      up: \"1x3 _ 0\"\n"
    "      load: {level: 2, daily: 1, noise: 0.5, correlation: 0.9, low: 0, high: 9}\n"
    "topology:\n"
    "  - {source: pod/shop/web-1, relation: calls, target: database/shop/orders}\n"
    "faults:\n"
    "  - {kind: pod-cpu-hog, target: 'pod/shop/*', at: 20m, lasts: 5m, cause: tight_limit}\n"
    "  - {kind: oom, target: 'pod/shop/web-1', every: 30m}\n"
    "  - {kind: level-shift, target: 'pod/*', poisson: 1h, at: 15m, metric: load, magnitude: 4}\n"
    "  - {kind: ramp, target: 'pod/*', at: 30m, over: 1m}\n"
    "  - {kind: oom, target: x, at: 40m, bends: [{metric: m, shape: spike, magnitude: 1, over: 3m, jitter: 0.5}]}\n"
    "operators:\n"
    "  acknowledge: {mean: 5m, sd: 4m}\n"
    "  repair: {mean: 40m}\n"
    "expect:\n"
    "  - mttr_seconds.p95 < 5m\n"
    "  - \"issue(type=pod_crash) within 2m\"\n";

static void test_every_field_arrives(void **state)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct scenario *scenario = test_scenario(catalogue, WHOLE, &errors);
    (void)state;
    test_no_message(&errors);
    assert_string_equal(scenario->file, "s.yaml");
    assert_string_equal(scenario->name, "whole");
    assert_string_equal(scenario->description, "every field once");
    assert_true(scenario->seed == 42);
    assert_int_equal(scenario->replications, 7);
    assert_true(scenario->duration == 2 * HEAL_HOUR);
    assert_true(scenario->warm_up == 10 * HEAL_MINUTE);
    assert_string_equal(scenario->policy_path, "my/policy.yaml");
    assert_string_equal(scenario->faults_path, "my/faults.yaml");
    assert_string_equal(scenario->trace_path, "t.csv");
    assert_string_equal(scenario->labels_path, "l.csv");
    assert_string_equal(scenario->topology_path, "c.csv");
    const struct resource_spec *web = &scenario->resources[0];
    assert_int_equal(web->count, 3);
    assert_string_equal(web->owner, "workload/shop/web");
    assert_string_equal(web->node, "node/default/a");
    assert_int_equal(web->series_count, 2);
    assert_int_equal(web->series[0].sample_count, 6);
    assert_true(isnan(web->series[0].samples[4]));
    assert_null(web->series[1].samples);
    assert_true(web->series[1].generated.correlation == 0.9);
    assert_int_equal(web->series[1].line, 18);
    assert_int_equal(scenario->edges[0].relation, RELATION_CALLS);
    assert_true(scenario->operators.present);
    assert_true(scenario->operators.acknowledge.sd_seconds == 240);
    assert_true(scenario->operators.repair.mean_seconds == 2400);
    assert_int_equal(scenario->expect_count, 2);
    assert_string_equal(scenario->expects[0].text, "mttr_seconds.p95 < 5m");
    assert_int_equal(scenario->expects[1].line, scenario->expects[0].line + 1);
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
}

static void test_faults_get_their_onset_and_their_bends(void **state)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct scenario *scenario = test_scenario(catalogue, WHOLE, &errors);
    (void)state;
    assert_non_null(scenario);
    assert_int_equal(scenario->fault_count, 5);
    const struct fault_spec *faults = scenario->faults;
    assert_string_equal(faults[0].kind->name, "cpu-stress");
    assert_int_equal(faults[0].onset, ONSET_AT);
    assert_true(faults[0].lasts == 5 * HEAL_MINUTE);
    assert_string_equal(faults[0].cause, "tight_limit");
    assert_int_equal(faults[0].bend_count, 0);
    assert_int_equal(faults[1].onset, ONSET_PERIODIC);
    assert_true(faults[1].at == 10 * HEAL_MINUTE); /* the end of the warm-up */
    assert_true(faults[1].every == 30 * HEAL_MINUTE);
    assert_int_equal(faults[2].onset, ONSET_POISSON);
    assert_true(faults[2].every == HEAL_HOUR);
    assert_int_equal(faults[2].bend_count, 1);
    assert_string_equal(faults[2].bends[0].metric, "load");
    assert_true(faults[2].bends[0].magnitude == 4);
    assert_true(faults[3].bends[0].over == HEAL_MINUTE);
    assert_string_equal(faults[3].bends[0].metric, "*");
    assert_true(faults[4].bends[0].jitter == 0.5);
    assert_int_equal(faults[4].line, 26);
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
}

static void test_a_small_scenario_has_defaults(void **state)
{
    struct error_list errors = {0};
    struct fault_catalogue *catalogue = test_catalogue();
    struct scenario *scenario =
        test_scenario(catalogue, "{name: s, resources: [{id: pod/a/b, series: {up: '1x9'}}]}", &errors);
    (void)state;
    assert_non_null(scenario);
    assert_true(scenario->seed == 1);
    assert_int_equal(scenario->replications, 1);
    assert_true(scenario->duration == 0);
    assert_int_equal(scenario->resources[0].count, 1);
    assert_null(scenario->policy_path);
    assert_null(scenario->trace_path);
    assert_false(scenario->operators.present);
    scenario_destroy(scenario);
    fault_catalogue_destroy(catalogue);
}

static void test_every_fault_of_the_head_is_named_in_one_pass(void **state)
{
    (void)state;
    REFUSED("seed: -1\n"
            "replications: many\n"
            "start: yesterday\n"
            "duration: 10m\n"
            "warm_up: 10m\n"
            "trace: {labels: l.csv, format: x}\n"
            "operators: {repair: {sd: 1m}}\n"
            "colour: red\n"
            "expect: [\"issues < 1\", {a: b}]\n",
            "s.yaml:1: name: missing, this field must be given",
            "s.yaml:1: seed: expected a whole number from 0 to 9223372036854775807, found '-1'",
            "s.yaml:2: replications: expected a whole number from 1 to 1000000, found 'many'",
            "s.yaml:3: start: expected a time such as 2026-01-31T08:00:00Z, found 'yesterday'",
            "s.yaml:5: warm_up: expected less than duration", "s.yaml:6: trace.file: missing, this field must be given",
            "s.yaml:6: trace.format: unknown field, expected one of file, labels, suspects, topology",
            "s.yaml:7: operators.acknowledge: missing, this field must be given",
            "s.yaml:7: operators.repair.mean: missing, this field must be given",
            "s.yaml:9: expect[1]: expected a text such as \"mttr_seconds.p95 < 5m\"",
            "s.yaml:8: colour: unknown field, expected one of name, description, seed, replications, start, duration, "
            "warm_up, policy, faults_catalogue, trace, resources, topology, cluster, faults, operators, costs, expect");
}

static void test_resources_that_cannot_be_are_named(void **state)
{
    (void)state;
    REFUSED("name: r\n"
            "resources:\n"
            "  - {id: pod/a, series: {up: '1'}}\n"
            "  - {id: pod/a/b, series: {up: '1 x', load: {daily: 1}, 'a b': '1', none: }}\n"
            "  - {id: pod/a/b}\n"
            "  - {id: pod/a/c, count: 2}\n"
            "  - {id: pod/a/c-2}\n"
            "  - {id: pod/a/d, owner: web, node: 'a:b/c/d', size: 3}\n"
            "  - {id: pod/a/e, series: {x: {level: 5, high: 4}, y: {level: 0, low: 2, high: 1}}}\n"
            "topology:\n"
            "  - {source: pod/a/b, relation: likes, target: pod/a/c}\n"
            "  - {source: b}\n",
            "s.yaml:3: resources[0].id: expected kind/namespace/name without blank or ':', found 'pod/a'",
            "s.yaml:4: resources[1].series.up: expected a finite number, _ or stale, at 'x'",
            "s.yaml:4: resources[1].series.load.level: missing, this field must be given",
            "s.yaml:4: resources[1].series.none: expected a map of fields, found no value",
            "s.yaml:4: resources[1].series: expected a metric name without blank, found 'a b'",
            "s.yaml:5: resources[2].id: 'pod/a/b' is there already, expected each resource once",
            "s.yaml:7: resources[4].id: 'pod/a/c-2' is there already, expected each resource once",
            "s.yaml:8: resources[5].size: unknown field, expected one of id, count, series, owner, node",
            "s.yaml:9: resources[6].series.x.level: expected from low (-inf) to high (4), found 5",
            "s.yaml:9: resources[6].series.y.low: expected less than high (1), found 2",
            "s.yaml:8: resources[5].owner: expected kind/namespace/name without blank or ':', found 'web'",
            "s.yaml:8: resources[5].node: expected kind/namespace/name without blank or ':', found 'a:b/c/d'",
            "s.yaml:11: topology[0].relation: expected one of runs_on, owned_by, calls, mounts, found 'likes'",
            "s.yaml:12: topology[1].source: expected kind/namespace/name without blank or ':', found 'b'",
            "s.yaml:12: topology[1].relation: missing, this field must be given",
            "s.yaml:12: topology[1].target: missing, this field must be given");
}

static void test_faults_that_cannot_be_are_named(void **state)
{
    (void)state;
    REFUSED("name: f\n"
            "duration: 1h\n"
            "warm_up: 10m\n"
            "trace: {file: t.csv}\n"
            "faults:\n"
            "  - {kind: oom, target: x}\n"
            "  - {kind: oom, target: x, at: 5m}\n"
            "  - {kind: oom, target: x, at: 1h}\n"
            "  - {kind: oom, target: x, every: 5m, poisson: 5m}\n"
            "  - {kind: oom, at: 20m, cause: magic}\n"
            "  - {kind: oom, target: x, at: 20m, magnitude: 3}\n"
            "  - {kind: step, target: x, at: 20m, over: 3m}\n"
            "  - {kind: drop-out, target: x, at: 20m, magnitude: 3}\n"
            "  - {kind: step, target: x, at: 20m, bends: [{metric: m, shape: wave}, {metric: m, shape: ramp}]}\n"
            "  - {kind: step, target: x, at: 20m, bends: [{shape: step, magnitude: 1, over: 1m, low: 2, high: 1}]}\n",
            "s.yaml:6: faults[0].at: missing, expected at, every, poisson, times, onsets or after",
            "s.yaml:7: faults[1].at: expected at or after the end of the warm-up",
            "s.yaml:8: faults[2].at: expected before the end of the scenario",
            "s.yaml:9: faults[3].poisson: expected every or poisson, not both",
            "s.yaml:10: faults[4].target: missing, this field must be given",
            "s.yaml:10: faults[4].cause: expected a cause of oom such as 'tight_limit', found 'magic'",
            "s.yaml:11: faults[5].magnitude: expected only with a kind of one bend and without bends",
            "s.yaml:12: faults[6].over: expected only with ramp and spike",
            "s.yaml:13: faults[7].magnitude: expected none for drop_out",
            "s.yaml:14: faults[8].bends[0].shape: expected one of step, ramp, spike, leak, drop_out, level_shift, "
            "scale, found 'wave'",
            "s.yaml:14: faults[8].bends[1].magnitude: missing, this field must be given",
            "s.yaml:14: faults[8].bends[1].over: missing, expected how long the ramp takes",
            "s.yaml:15: faults[9].bends[0].metric: missing, this field must be given",
            "s.yaml:15: faults[9].bends[0].over: expected only with ramp and spike",
            "s.yaml:15: faults[9].bends[0].low: expected less than high (1), found 2");
}

static void test_an_unknown_kind_is_answered_with_the_known_ones(void **state)
{
    struct error_list errors = {0};
    char said[1200];
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    assert_null(
        test_scenario(catalogue, "{name: f, trace: {file: t}, faults: [{kind: gremlin, target: x, at: 1m}]}", &errors));
    error_format(&errors, 0, said, sizeof said);
    assert_non_null(strstr(said, "s.yaml:1: faults[0].kind: expected one of cpu-stress, memory-stress"));
    assert_non_null(strstr(said, "scale, found 'gremlin'"));
    error_list_clear(&errors);
    fault_catalogue_destroy(catalogue);
}

static void test_a_world_needs_series_and_an_end(void **state)
{
    (void)state;
    REFUSED("name: w\n", "s.yaml:1: expected a trace, a cluster, or resources with series");
    REFUSED("name: w\nresources: [{id: a/b/c}]\n", "s.yaml:1: expected a trace, a cluster, or resources with series");
    REFUSED("name: w\nresources: [{id: a/b/c, series: {x: {level: 1}}}]\n",
            "s.yaml:1: duration: missing, expected how long the cluster or the generated series run");
    REFUSED("[1, 2]\n", "s.yaml:1: expected a map of fields, found a list");
}

static void test_too_many_samples_and_series_are_refused(void **state)
{
    (void)state;
    REFUSED("name: m\n"
            "resources:\n"
            "  - {id: a/b/c, series: {x: '0x9000000', y: '0x9000000', z: '0x9000000'}}\n",
            "s.yaml:3: resources[0].series.y: more than 16777216 samples in the file, expected fewer or a trace");
    REFUSED("name: m\nduration: 1h\n"
            "resources:\n"
            "  - {id: a/b/c, count: 100000, series: {a: {level: 1}, b: {level: 1}, c: {level: 1}, d: {level: 1},\n"
            "     e: {level: 1}, f: {level: 1}, g: {level: 1}, h: {level: 1}, i: {level: 1}, j: {level: 1}, k: {level: "
            "1}}}\n",
            "s.yaml:4: resources[0]: more than 1048576 series with this resource, expected fewer");
}

static void test_paths_are_read_without_a_word(void **state)
{
    struct error_list errors = {0};
    const char *policy = "x", *faults = "x";
    (void)state;
    struct document *document = yaml_parse("s", "{policy: p.yaml, faults_catalogue: [1], a: b}", 45, &errors);
    scenario_paths(document, &policy, &faults);
    assert_string_equal(policy, "p.yaml");
    assert_null(faults);
    document_destroy(document);
    document = yaml_parse("s", "[]", 2, &errors);
    scenario_paths(document, &policy, &faults);
    assert_null(policy);
    document_destroy(document);
    assert_int_equal(errors.count, 0);
}

static void test_the_bundled_scenarios_are_read(void **state)
{
    static const char *const NAMES[] = {"quickstart", "quiet-day", "day-1000-pods"};
    struct fault_catalogue *catalogue = test_catalogue();
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct error_list errors = {0};
        char name[64];
        snprintf(name, sizeof name, "%s.yaml", NAMES[i]);
        struct document *document = test_bundled(name);
        struct scenario *scenario = scenario_from_document(document, catalogue, &errors);
        test_no_message(&errors);
        assert_string_equal(scenario->name, NAMES[i]);
        scenario_destroy(scenario);
        document_destroy(document);
    }
    fault_catalogue_destroy(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_arrives),
        cmocka_unit_test(test_faults_get_their_onset_and_their_bends),
        cmocka_unit_test(test_a_small_scenario_has_defaults),
        cmocka_unit_test(test_every_fault_of_the_head_is_named_in_one_pass),
        cmocka_unit_test(test_resources_that_cannot_be_are_named),
        cmocka_unit_test(test_faults_that_cannot_be_are_named),
        cmocka_unit_test(test_an_unknown_kind_is_answered_with_the_known_ones),
        cmocka_unit_test(test_a_world_needs_series_and_an_end),
        cmocka_unit_test(test_too_many_samples_and_series_are_refused),
        cmocka_unit_test(test_paths_are_read_without_a_word),
        cmocka_unit_test(test_the_bundled_scenarios_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
