/* precision_test.c - intervals over replications, worked out by hand. */
#include "reports/precision.h"

#include "store/test_query.h"

#include <gsl/gsl_errno.h>

static struct metric metric_named(const char *name)
{
    struct metric metric;

    assert_true(metric_parse(name, strlen(name), &metric));
    assert_true(precision_known(&metric));
    return metric;
}

static struct precision read_precision(struct test_world *world, const char *name, double confidence)
{
    struct metric metric = metric_named(name);
    struct precision precision;

    assert_true(precision_read(world->folder, &metric, confidence, &precision, &world->errors));
    return precision;
}

static void expect(const struct precision *precision, double value, double low, double high)
{
    assert_true(fabs(precision->value - value) < 1e-3);
    assert_true(fabs(precision->interval[0] - low) < 1e-2);
    assert_true(fabs(precision->interval[1] - high) < 1e-2);
}

/* A replication with a fault on pod A for each time to detection, 500 s apart, each 100 s long. */
static void write_replication(struct test_world *world, struct run_store *store, uint32_t number, const int *detected,
                              size_t count)
{
    assert_true(run_store_begin(store, number, &world->errors));
    for (size_t i = 0; i < count; i++) {
        int64_t onset = 500 * (int64_t)(i + 1);
        struct store_fault fault = test_fault(number, POD_A, ISSUE_HIGH_CPU, onset, onset + 100);
        if (detected[i] > 0) {
            test_issue(store, i + 1, ISSUE_HIGH_CPU, POD_A, CPU_A, onset + detected[i]);
            test_close(store, i + 1, onset + 100);
        }
        assert_true(run_store_fault(store, &fault, &world->errors));
    }
}

/* Detected after 10 and 20 s; 40 s; nothing happened. Ratio 70 / 3, residuals -50/3,
 * 50/3, 0; standard error sqrt(2 * (50/3)^2 * 3/2) / 3 = 9.6225, times Student's 4.3027. */
static void test_a_mean_is_as_sure_as_replications_agree(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    write_replication(world, store, 0, (const int[]){10, 20}, 2);
    write_replication(world, store, 1, (const int[]){40}, 1);
    write_replication(world, store, 2, NULL, 0);
    assert_true(run_store_pause(store, 3, &world->errors)); /* read while it is open */
    struct precision precision = read_precision(world, "mttd_seconds", 0.95);
    assert_int_equal(precision.replications, 3);
    expect(&precision, 70.0 / 3, 70.0 / 3 - 41.403, 70.0 / 3 + 41.403);
    precision = read_precision(world, "by_type.high_cpu.mttd_seconds", 0.95);
    expect(&precision, 70.0 / 3, 70.0 / 3 - 41.403, 70.0 / 3 + 41.403);
    precision = read_precision(world, "by_type.disk_full.mttd_seconds", 0.95);
    assert_true(isnan(precision.value) && isnan(precision.interval[0]));
    run_store_destroy(store);
}

/* Alike within a replication, so replications say less than incidents would: residuals
 * -40, 40, error 40 sqrt(4) / 8 = 10 over all eight, times Student's 12.7062. */
static void test_incidents_that_share_a_replication_count_as_one(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    write_replication(world, store, 0, (const int[]){10, 10, 10, 10}, 4);
    write_replication(world, store, 1, (const int[]){30, 30, 30, 30}, 4);
    assert_true(run_store_pause(store, 2, &world->errors));
    struct precision precision = read_precision(world, "mttd_seconds", 0.95);
    expect(&precision, 20, 20 - 127.062, 20 + 127.062);
    run_store_destroy(store);
}

/* Four of four found: no replication differs, Wilson's interval still has a width. */
static void test_a_share_of_all_is_not_certain(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    write_replication(world, store, 0, (const int[]){10, 10}, 2);
    write_replication(world, store, 1, (const int[]){30, 30}, 2);
    assert_true(run_store_pause(store, 2, &world->errors));
    struct precision precision = read_precision(world, "false_negative_rate", 0.95);
    expect(&precision, 0.0, 0.0, 0.4899);
    run_store_destroy(store);
}

/* 200 s and 400 s of one of six resources in an hour: availability 1 - 600 / 43200;
 * residuals 100 and -100 of 21,600 s, times Student's 12.7062 (and 63.6567 at 99 %). */
static void test_availability_has_an_interval(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    double watched = heal_duration_seconds(run.duration) * 6.0;

    write_replication(world, store, 0, (const int[]){10, 10}, 2);
    write_replication(world, store, 1, (const int[]){0, 10, 10, 10}, 4);
    assert_true(run_store_pause(store, 2, &world->errors));
    struct precision precision = read_precision(world, "availability", 0.95);
    double value = 1.0 - 300.0 / watched, margin = 100.0 / watched * 12.7062;
    assert_true(fabs(precision.value - value) < 1e-9);
    assert_true(fabs(precision.interval[0] - (value - margin)) < 1e-6);
    precision = read_precision(world, "availability", 0.99);
    assert_true(fabs(precision.interval[1] - (value + margin / 12.7062 * 63.6567)) < 1e-5);
    run_store_destroy(store);
}

/* Hours of 2, 4 and 6: mean 4, sd 2, error 2 / sqrt(3), times Student's 4.3027. */
static void test_what_a_replication_tells_of_itself_is_one_sample(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);

    for (uint32_t i = 0; i < 3; i++) {
        write_replication(world, store, i, NULL, 0);
        assert_true(run_store_total(store, i, "people_hours", 2.0 * (i + 1), &world->errors));
    }
    assert_true(run_store_pause(store, 3, &world->errors));
    struct precision precision = read_precision(world, "people_hours", 0.95);
    expect(&precision, 4.0, 4.0 - 4.9683, 4.0 + 4.9683);
    run_store_destroy(store);
}

static void test_one_replication_has_no_interval_and_one_cut_short_counts_for_nothing(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(2);
    struct run_store *store = test_store(world, &run);

    write_replication(world, store, 0, (const int[]){10, 20}, 2);
    assert_true(run_store_pause(store, 1, &world->errors));
    write_replication(world, store, 1, (const int[]){400}, 1);
    assert_true(run_store_flush(store, &world->errors)); /* at work still */
    struct precision precision = read_precision(world, "mttr_seconds", 0.95);
    assert_int_equal(precision.replications, 1);
    assert_true(precision.value == 100 && isnan(precision.interval[0]) && isnan(precision.interval[1]));
    run_store_destroy(store);
}

static void test_counts_and_quantiles_are_not_known(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"faults", "alerts", "mttr_seconds.p95", "mttd_seconds.sd"};

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        struct metric metric;
        assert_true(metric_parse(NAMES[i], strlen(NAMES[i]), &metric));
        assert_false(precision_known(&metric));
    }
}

static void test_a_folder_without_the_arm_is_told(void **state)
{
    struct test_world *world = *state;
    struct metric metric = metric_named("baseline.mttr_seconds");
    struct precision precision;

    assert_false(precision_read(world->folder, &metric, 0.95, &precision, &world->errors));
    assert_int_equal(world->errors.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_a_mean_is_as_sure_as_replications_agree),
        test_in_world(test_incidents_that_share_a_replication_count_as_one),
        test_in_world(test_a_share_of_all_is_not_certain),
        test_in_world(test_availability_has_an_interval),
        test_in_world(test_what_a_replication_tells_of_itself_is_one_sample),
        test_in_world(test_one_replication_has_no_interval_and_one_cut_short_counts_for_nothing),
        cmocka_unit_test(test_counts_and_quantiles_are_not_known),
        test_in_world(test_a_folder_without_the_arm_is_told),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("precision", tests, NULL, NULL);
}
