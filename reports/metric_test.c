/* metric_test.c - figures by their names, and how sure they are. */
#include "reports/metric.h"

#include "reports/markup.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct metric parsed(const char *text)
{
    struct metric metric;

    if (!metric_parse(text, strlen(text), &metric))
        fail_msg("%s was not understood", text);
    return metric;
}

static void test_a_name_is_read_and_written_back(void **state)
{
    static const char *const NAMES[] = {"mttr_seconds.p95",
                                        "false_positive_rate",
                                        "by_type.disk_full.mttd_seconds.mean",
                                        "baseline.mttr_seconds.max",
                                        "availability",
                                        "unrecovered",
                                        "baseline.by_type.pod_crash.success_rate"};
    char text[METRIC_NAME];

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        struct metric metric = parsed(NAMES[i]);
        assert_string_equal(metric_name(&metric, text), NAMES[i]);
    }
    assert_int_equal(parsed("mttr_seconds").kind, METRIC_MEAN);
    assert_int_equal(parsed("success_rate.value").kind, METRIC_RATE);
    assert_int_equal(parsed("availability").wish, METRIC_HIGHER);
}

static void test_what_is_no_figure_is_refused(void **state)
{
    static const char *const WRONG[] = {"",
                                        "mttr",
                                        "mttr_seconds.p96",
                                        "success_rate.p95",
                                        "by_type.mttr_seconds",
                                        "by_type.none.issues",
                                        "by_type.disk_full.availability",
                                        "issues.mean",
                                        "baseline",
                                        "mttr_seconds."};
    struct metric metric;

    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG - 1; i++) {
        if (metric_parse(WRONG[i], strlen(WRONG[i]), &metric))
            fail_msg("%s was taken", WRONG[i]);
    }
}

static void test_every_field_of_the_table_is_a_figure(void **state)
{
    const char *const *names;
    size_t count = metric_fields(&names);
    struct metric metric;

    (void)state;
    assert_true(count >= 18);
    for (size_t i = 0; i < count; i++)
        assert_true(metric_parse(names[i], strlen(names[i]), &metric));
}

static void test_values_come_out_of_the_json(void **state)
{
    cJSON *summary = cJSON_Parse("{\"issues\": 7, \"mttr_seconds\": {\"n\": 4, \"mean\": 90, \"sd\": 12, \"p95\": 110},"
                                 "\"success_rate\": {\"value\": 0.75, \"n\": 8}, \"mttd_seconds\": null,"
                                 "\"by_type\": {\"disk_full\": {\"issues\": 2}}}");
    struct metric metric = parsed("mttr_seconds.mean");
    struct metric_value value = metric_of(summary, &metric);

    (void)state;
    assert_true(value.value == 90 && value.n == 4 && value.sd == 12);
    metric = parsed("by_type.disk_full.issues");
    assert_true(metric_of(summary, &metric).value == 2);
    metric = parsed("mttd_seconds.p95");
    assert_true(isnan(metric_of(summary, &metric).value));
    metric = parsed("baseline.issues");
    assert_true(isnan(metric_of(summary, &metric).value));
    cJSON_Delete(summary);
}

/* Wilson's interval of 8 of 10: Newcombe 1998, table I, method 3 gives 0.4902, 0.9433.
 * Student's of n = 4, sd 12: 90 -+ 3.1824 * 6. */
static void test_intervals_are_the_books(void **state)
{
    struct metric rate = parsed("success_rate"), mean = parsed("mttr_seconds"), quantile = parsed("mttr_seconds.p95");
    struct metric_value value = {0.8, 10, NAN};
    double interval[2];

    (void)state;
    assert_true(metric_interval(&rate, &value, 0.95, interval));
    assert_true(fabs(interval[0] - 0.4902) < 1e-4 && fabs(interval[1] - 0.9433) < 1e-4);
    value = (struct metric_value){90, 4, 12};
    assert_true(metric_interval(&mean, &value, 0.95, interval));
    assert_true(fabs(interval[0] - 70.905) < 1e-2 && fabs(interval[1] - 109.095) < 1e-2);
    assert_false(metric_interval(&quantile, &value, 0.95, interval));
    value.n = 1;
    assert_false(metric_interval(&mean, &value, 0.95, interval));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_is_read_and_written_back),
        cmocka_unit_test(test_what_is_no_figure_is_refused),
        cmocka_unit_test(test_every_field_of_the_table_is_a_figure),
        cmocka_unit_test(test_values_come_out_of_the_json),
        cmocka_unit_test(test_intervals_are_the_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
