/* study_test.c - studies are read or refused, candidates laid out, judged and kept. */
#include "cli/test_files.h"
#include "reports/study_result.h"
#include "reports/study_store.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <unistd.h>

static const char WHOLE[] = "name: s\nscenarios: [a.yaml]\npolicy: p.yaml\n"
                            "parameters:\n"
                            "  - {path: policy.scan_interval, low: 10s, high: 2m, log: true}\n"
                            "  - {path: policy.limits.concurrent, low: 1, high: 9, integer: true}\n"
                            "  - {path: policy.ladders.high_cpu, choices: [[a, b], [b, a]]}\n"
                            "objectives: [{metric: mttr_seconds, weight: 2}, {metric: success_rate}]\n"
                            "constraints: [\"false_positive_rate < 0.05\"]\n"
                            "search: {method: grid, points: 3}\n"
                            "racing: {rounds: 4, first: 2, replications: 3}\n"
                            "stop: {evaluations: 50, time: 1m}\n"
                            "fresh: 5\n";

static struct study *whole(void)
{
    struct error_list errors = {0};
    struct document *document = test_text("s.yaml", WHOLE, &errors);
    struct study *study = study_read(document, &errors);

    test_no_message(&errors);
    document_destroy(document);
    return study;
}

static void test_every_field_arrives(void **state)
{
    struct study *study = whole();

    (void)state;
    assert_int_equal(study->parameter_count, 3);
    assert_true(study->parameters[0].unit == STUDY_DURATION && study->parameters[0].high == 120 &&
                study->parameters[0].log);
    assert_int_equal(study->parameters[1].unit, STUDY_INTEGER);
    assert_string_equal(study->parameters[2].choices[1], "[b, a]");
    assert_int_equal(study->objective_count, 2);
    assert_int_equal(study->goal_count, 3);
    assert_true(!study->goals[0].maximise && study->goals[1].maximise && study->goals[2].constraint);
    assert_true(study->evaluations == 50 && study->time == HEAL_MINUTE && study->fresh == 5);
    study_destroy(study);
}

static void test_all_faults_are_named(void **state)
{
    struct error_list errors = {0};
    struct document *document = test_text("s.yaml",
                                          "name: s\nscenarios: [a.yaml]\n"
                                          "parameters:\n"
                                          "  - {path: scan_interval, low: 10s, high: 2m}\n"
                                          "  - {path: policy.x, low: 5, high: 1}\n"
                                          "  - {path: policy.y, choices: [1]}\n"
                                          "objectives: [{metric: speed}]\n"
                                          "constraints: [\"never issue()\"]\n",
                                          &errors);

    (void)state;
    assert_null(study_read(document, &errors));
    test_messages(&errors,
                  TEXTS("s.yaml:4: parameters[0].path: expected policy. or scenario. and a field, such as "
                        "policy.rules[high_cpu].above",
                        "s.yaml:5: parameters[1].high: expected more than low",
                        "s.yaml:6: parameters[2].choices: expected 2 to 64 choices",
                        "s.yaml:7: objectives[0].metric: 'speed' is no figure of summary.json, such as mttr_seconds",
                        "s.yaml:8: constraints[0]: expected a bound on a figure, such as false_positive_rate < 0.05"));
    document_destroy(document);
}

static void test_values_lie_in_their_ranges(void **state)
{
    struct study *study = whole();

    (void)state;
    assert_string_equal(study_value(&study->parameters[0], 0, study->arena), "10s");
    assert_string_equal(study_value(&study->parameters[0], 0.5, study->arena), "35s"); /* sqrt(10 * 120) */
    assert_string_equal(study_value(&study->parameters[0], 1, study->arena), "120s");
    assert_string_equal(study_value(&study->parameters[1], 0.49, study->arena), "5");
    assert_string_equal(study_value(&study->parameters[2], 1, study->arena), "[b, a]");
    study_destroy(study);
}

static void test_a_grid_has_every_point_once(void **state)
{
    struct study *study = whole();
    struct study_design *design = study_design_create(study);
    double x[3];
    bool seen[3][3][2] = {{{false}}};
    size_t count = 0;

    (void)state;
    for (; study_design_next(design, x); count++) {
        size_t a = (size_t)(2 * x[0] + 0.5), b = (size_t)(2 * x[1] + 0.5), c = x[2] > 0.5;
        assert_false(seen[a][b][c]);
        seen[a][b][c] = true;
    }
    assert_int_equal(count, 18);
    study_design_destroy(design);
    study_destroy(study);
}

/* Sobol's first points (Bratley and Fox 1988): 1/2, 3/4, 1/4 in the first dimension. */
static void test_sobol_begins_as_in_the_book(void **state)
{
    struct study *study = whole();
    double x[3];

    (void)state;
    study->method = STUDY_SOBOL;
    struct study_design *design = study_design_create(study);
    const double first[] = {0.5, 0.75, 0.25};
    for (size_t i = 0; i < 3; i++) {
        assert_true(study_design_next(design, x));
        assert_true(fabs(x[0] - first[i]) < 1e-12);
    }
    study_design_destroy(design);
    study_destroy(study);
}

/* Base: MTTR 100, success 0.5; b is a fifth faster, and as good otherwise. */
static void test_scores_are_relative_and_weighted(void **state)
{
    struct study *study = whole();
    double base[] = {100, 0.5, 0, 200, 0.5, 0}, better[] = {80, 0.5, 0, 160, 0.5, 0}, gone[] = {NAN, 0.5, 0.2};
    struct study_values a = {base, 2}, b = {better, 2}, c = {gone, 1};

    (void)state;
    assert_true(fabs(study_score(study, better, base) + 2 * 0.2 / 3) < 1e-12);
    assert_true(fabs(study_score(study, gone, base) - 2.0 / 3) < 1e-12);
    assert_true(study_duel(study, &a, &b, &a).high < 0);
    assert_int_equal(study_violations(study, &a), 0);
    assert_int_equal(study_violations(study, &c), 1);
    assert_true(fabs(study_estimate(study, &b, &a, 0).mean + 30) < 1e-12);
    study_destroy(study);
}

static void test_the_front_and_the_best(void **state)
{
    struct study *study = whole();
    double values[4][3] = {{100, 0.5, 0}, {80, 0.4, 0}, {70, 0.3, 0.9}, {90, 0.3, 0}};
    double x[4][3] = {{0}, {0.1, 0.5, 0}, {0.5, 0.5, 0}, {0.9, 0.5, 0.9}};
    struct study_candidate candidates[4] = {{0}};
    struct study_result result = {.study = study, .candidates = candidates, .count = 4};

    (void)state;
    for (size_t i = 0; i < 4; i++)
        candidates[i] = (struct study_candidate){.key = "k", .values = values[i], .rounds = 1, .x = x[i]};
    study_mark_front(&result);
    assert_true(candidates[0].front && candidates[1].front);
    assert_false(candidates[2].front); /* breaks the constraint */
    assert_false(candidates[3].front); /* 1 is better in both */
    assert_int_equal(study_best(&result, false), 1);
    assert_true(study_sensitivity(&result, 0, 0) > 0.99); /* each in a bin of its own */
    assert_true(study_sensitivity(&result, 1, 0) < 0.01);
    study_destroy(study);
}

/* The second round is a hard one: who has not run it is not better for that. */
static void test_the_front_compares_common_rounds(void **state)
{
    struct study *study = whole();
    double base[] = {100, 0.5, 0, 200, 0.5, 0}, good[] = {80, 0.5, 0, 160, 0.5, 0}, dropped[] = {90, 0.5, 0};
    struct study_candidate candidates[] = {{.key = "0", .values = base, .rounds = 2},
                                           {.key = "1", .values = good, .rounds = 2},
                                           {.key = "2", .values = dropped, .rounds = 1, .dropped = true}};
    struct study_result result = {.study = study, .candidates = candidates, .count = 3};

    (void)state;
    study_mark_front(&result);
    assert_false(candidates[0].front);
    assert_true(candidates[1].front);
    assert_false(candidates[2].front);
    assert_int_equal(study_best(&result, true), 1);
    study_destroy(study);
}

static void test_finished_evaluations_are_kept(void **state)
{
    char folder[] = "/tmp/selfheal-study-XXXXXX", path[64];
    struct error_list errors = {0};
    double in[] = {1.5, NAN}, out[] = {0, 0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/study.db", folder);
    struct study_store *store = study_store_open(path, "one", &errors);
    assert_non_null(store);
    assert_false(study_store_get(store, "a", 3, out, 2));
    assert_true(study_store_put(store, "a", 3, in, 2, &errors));
    assert_false(study_store_put(store, "a", 3, in, 2, &errors)); /* never twice */
    study_store_close(store);
    error_list_clear(&errors);
    store = study_store_open(path, "one", &errors);
    assert_true(study_store_get(store, "a", 3, out, 2));
    assert_true(out[0] == 1.5 && isnan(out[1]));
    assert_int_equal(study_store_count(store), 1);
    study_store_close(store);
    assert_null(study_store_open(path, "another", &errors));
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_arrives),           cmocka_unit_test(test_all_faults_are_named),
        cmocka_unit_test(test_values_lie_in_their_ranges),    cmocka_unit_test(test_a_grid_has_every_point_once),
        cmocka_unit_test(test_sobol_begins_as_in_the_book),   cmocka_unit_test(test_scores_are_relative_and_weighted),
        cmocka_unit_test(test_the_front_and_the_best),        cmocka_unit_test(test_the_front_compares_common_rounds),
        cmocka_unit_test(test_finished_evaluations_are_kept),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
