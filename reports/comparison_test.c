/* comparison_test.c - better, worse, or not to be told; what that means for the verdict. */
#include "reports/comparison.h"

#include "cli/yaml.h"
#include "reports/limits_file.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct limit limit_of(const char *name, double warn, double fail, bool relative)
{
    struct limit limit = {.weight = 1, .warn = warn, .fail = fail, .relative = relative};

    assert_true(metric_parse(name, strlen(name), &limit.metric));
    return limit;
}

static struct difference of_json(const char *a, const char *b, const struct limit *limit)
{
    cJSON *x = cJSON_Parse(a), *y = cJSON_Parse(b);
    struct compared left = {.name = "s", .summary = x}, right = {.name = "s", .summary = y};
    struct difference d = difference_of(&left, &right, limit);

    assert_non_null(x);
    assert_non_null(y);
    cJSON_Delete(x);
    cJSON_Delete(y);
    return d;
}

/* Newcombe 1998, table II (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339. */
static void test_rates_have_newcombes_interval(void **state)
{
    struct limit limit = limit_of("success_rate", 0, 0.1, false);
    struct difference d = of_json("{\"success_rate\": {\"value\": 0.6, \"n\": 80}}",
                                  "{\"success_rate\": {\"value\": 0.8, \"n\": 70}}", &limit);

    (void)state;
    assert_true(fabs(d.interval[0] - 0.0524) < 1e-4 && fabs(d.interval[1] - 0.3339) < 1e-4);
    assert_int_equal(d.verdict, CHANGE_BETTER);
    assert_int_equal(d.grade, GRADE_PASS);
}

/* Equal sizes and sds: Welch is Student with 2n - 2 degrees, t = 2.1009 at 18. */
static void test_means_have_welchs_interval(void **state)
{
    struct limit limit = limit_of("mttr_seconds", 0.05, 0.2, true);
    struct difference d = of_json("{\"mttr_seconds\": {\"mean\": 100, \"n\": 10, \"sd\": 10}}",
                                  "{\"mttr_seconds\": {\"mean\": 130, \"n\": 10, \"sd\": 10}}", &limit);

    (void)state;
    assert_true(fabs(d.interval[0] - (30 - 2.1009 * sqrt(20))) < 1e-3);
    assert_int_equal(d.verdict, CHANGE_WORSE);
    assert_int_equal(d.grade, GRADE_FAIL);
    d = of_json("{\"mttr_seconds\": {\"mean\": 100, \"n\": 10, \"sd\": 10}}",
                "{\"mttr_seconds\": {\"mean\": 112, \"n\": 10, \"sd\": 10}}", &limit);
    assert_int_equal(d.grade, GRADE_WARNING);
    d = of_json("{\"mttr_seconds\": {\"mean\": 100, \"n\": 10, \"sd\": 90}}",
                "{\"mttr_seconds\": {\"mean\": 130, \"n\": 10, \"sd\": 90}}", &limit);
    assert_int_equal(d.verdict, CHANGE_UNKNOWN);
    assert_int_equal(d.grade, GRADE_WARNING);
    d = of_json("{\"mttr_seconds\": null}", "{\"mttr_seconds\": {\"mean\": 1, \"n\": 1}}", &limit);
    assert_int_equal(d.verdict, CHANGE_UNKNOWN);
    assert_int_equal(d.grade, GRADE_PASS);
}

static void test_counts_are_judged_as_they_stand(void **state)
{
    struct limit limit = limit_of("alerts", 0, 2, false);
    struct difference d = of_json("{\"alerts\": 3}", "{\"alerts\": 5}", &limit);

    (void)state;
    assert_int_equal(d.verdict, CHANGE_WORSE);
    assert_int_equal(d.grade, GRADE_WARNING);
    d = of_json("{\"alerts\": 3}", "{\"alerts\": 6}", &limit);
    assert_int_equal(d.grade, GRADE_FAIL);
    d = of_json("{\"alerts\": 3}", "{\"alerts\": 3}", &limit);
    assert_int_equal(d.verdict, CHANGE_SAME);
}

static void test_the_worst_weighted_metric_decides(void **state)
{
    cJSON *x = cJSON_Parse("{\"alerts\": 3, \"unrecovered\": 1}"),
          *y = cJSON_Parse("{\"alerts\": 9, \"unrecovered\": 1}");
    struct compared a = {.name = "s", .summary = x}, b = {.name = "t", .summary = y}, both[] = {b, a};
    struct limit items[] = {limit_of("alerts", 0, 2, false), limit_of("unrecovered", 0, 0, false)};
    struct limits limits = {items, 2};
    struct error_list errors = {0};
    struct comparison *made = comparison_make("a", &a, 1, "b", &b, 1, &limits, &errors);

    (void)state;
    assert_int_equal(made->grade, GRADE_FAIL);
    assert_true(fabs(made->score - 0.5) < 1e-12);
    comparison_destroy(made);
    items[0].weight = 0;
    made = comparison_make("a", &a, 1, "b", &b, 1, &limits, &errors);
    assert_int_equal(made->grade, GRADE_PASS);
    comparison_destroy(made);
    made = comparison_make("a", &a, 1, "b", both, 2, &limits, &errors);
    assert_int_equal(made->count, 1);
    assert_int_equal(made->unpaired_count, 1);
    comparison_destroy(made);
    made = comparison_make("a", both, 1, "b", &a, 0, &limits, &errors);
    assert_null(made);
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    cJSON_Delete(x);
    cJSON_Delete(y);
}

static void test_limits_are_read_or_refused(void **state)
{
    static const char GOOD[] = "metrics:\n  - {metric: mttr_seconds, weight: 3, warn: 5%, fail: 20%}\n"
                               "  - {metric: mttd_seconds.p95, warn: 30s, fail: 2m}\n"
                               "  - {metric: false_positive_rate, fail: 0.05}\n";
    static const char WRONG[] = "metrics:\n  - {metric: speed}\n  - {metric: issues}\n"
                                "  - {metric: mttr_seconds, warn: 5%, fail: 20s}\n  - {metric: alerts, fail: many}\n"
                                "  - {metric: alerts, warn: 3, fail: 2, colour: red}\n";
    struct error_list errors = {0};
    struct arena *arena = arena_create();
    struct limits limits;
    struct document *document = yaml_parse("l.yaml", GOOD, sizeof GOOD - 1, &errors);

    (void)state;
    assert_true(limits_read(document, arena, &limits, &errors));
    assert_int_equal(limits.count, 3);
    assert_true(limits.items[0].relative && fabs(limits.items[0].fail - 0.2) < 1e-12 && limits.items[0].weight == 3);
    assert_true(!limits.items[1].relative && limits.items[1].warn == 30 && limits.items[1].fail == 120);
    assert_true(limits.items[2].warn == 0);
    document_destroy(document);
    document = yaml_parse("l.yaml", WRONG, sizeof WRONG - 1, &errors);
    assert_false(limits_read(document, arena, &limits, &errors));
    assert_int_equal(errors.count, 6);
    document_destroy(document);
    error_list_clear(&errors);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates_have_newcombes_interval),
        cmocka_unit_test(test_means_have_welchs_interval),
        cmocka_unit_test(test_counts_are_judged_as_they_stand),
        cmocka_unit_test(test_the_worst_weighted_metric_decides),
        cmocka_unit_test(test_limits_are_read_or_refused),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
