/* summary_test.c - figures from runs small enough to work out by hand. */
#include "reports/summary.h"

#include "store/test_query.h"

#include <cjson/cJSON.h>
#include <gsl/gsl_errno.h>

static void close_store(struct test_world *world, struct run_store *store)
{
    assert_true(run_store_finish(store, "feed", &world->errors));
    run_store_destroy(store);
}

static struct summary *read_summary(struct test_world *world)
{
    struct summary *summary = summary_read(world->folder, &world->errors);
    char text[512];

    if (!summary)
        fail_msg("%s", error_format(&world->errors, 0, text, sizeof text));
    return summary;
}

static void remedy(struct run_store *store, uint64_t issue, uint64_t remediation, int64_t from,
                   enum remediation_status status, int64_t end)
{
    bool success = status == REMEDIATION_SUCCESS;

    test_step(store, DECISION_REMEDIATION_STARTED, issue, remediation, UINT32_MAX, from);
    test_step(store, DECISION_ATTEMPT_STARTED, issue, remediation, 0, from);
    test_action(store, issue, remediation, remediation, ACTION_SUCCEEDED, from, from + 4);
    test_step(store, success ? DECISION_ATTEMPT_VERIFIED : DECISION_ATTEMPT_FAILED, issue, remediation, 0, end);
    test_end(store, issue, remediation, status, end);
}

/* One fault healed at the first try, one missed, one that never recovers, one
 * suspect; one false alarm. */
static void write_mixed_run_as(struct test_world *world, const struct store_run *run)
{
    struct run_store *store = test_store(world, run);
    struct store_fault faults[] = {
        test_fault(0, POD_A, ISSUE_HIGH_CPU, 100, 150), test_fault(0, DATABASE, ISSUE_NETWORK_LATENCY, 200, 260),
        test_fault(0, POD_B, ISSUE_HIGH_CPU, 1000, -1), test_fault(0, VOLUME, ISSUE_DISK_FULL, 2000, 2100)};

    faults[3].counted = false;
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 120);
    remedy(store, 1, 1, 130, REMEDIATION_SUCCESS, 170);
    test_close(store, 1, 180);
    test_issue(store, 2, ISSUE_HIGH_CPU, POD_B, CPU_B, 1010);
    remedy(store, 2, 2, 1015, REMEDIATION_ESCALATED, 1100);
    test_issue(store, 3, ISSUE_DISK_FULL, VOLUME, SERIES_NONE, 2010);
    test_issue(store, 4, ISSUE_HIGH_CPU, POD_A, CPU_A, 3000);
    for (size_t i = 0; i < 4; i++)
        assert_true(run_store_fault(store, &faults[i], &world->errors));
    close_store(world, store);
}

static void write_mixed_run(struct test_world *world)
{
    struct store_run run = test_run(1);

    write_mixed_run_as(world, &run);
}

static void test_a_mixed_run_adds_up(void **state)
{
    struct test_world *world = *state;
    struct summary *summary;

    write_mixed_run(world);
    summary = read_summary(world);
    assert_int_equal(summary->all.faults, 3); /* the suspect is none */
    assert_int_equal(summary->all.issues, 4);
    assert_int_equal(summary->all.mttd.n, 2);
    assert_true(summary->all.mttd.mean == 15); /* 20 and 10 */
    assert_int_equal(summary->all.mtta.n, 2);
    assert_true(summary->all.mtta.mean == 7.5); /* 10 and 5 */
    assert_int_equal(summary->all.mttr.n, 1);
    assert_true(summary->all.mttr.mean == 70);
    assert_true(summary->all.recovery_from_detection.mean == 50);
    assert_int_equal(summary->all.unrecovered, 2);
    assert_int_equal(summary->all.mttr.n + summary->all.unrecovered, summary->all.faults);
    assert_int_equal(summary->all.remediation.n, 2);
    assert_true(summary->all.remediation.mean == 4);
    assert_true(summary->all.success.value == 0.5 && summary->all.success.n == 2);
    assert_true(summary->all.first_attempt.value == 0.5);
    assert_int_equal(summary->all.fallback.n, 0);
    assert_int_equal(summary->all.rollback.n, 0);
    assert_int_equal(summary->all.false_positive.n, 3); /* the issue about the suspect is left out */
    assert_true(fabs(summary->all.false_positive.value - 1.0 / 3) < 1e-12);
    assert_true(fabs(summary->all.false_negative.value - 1.0 / 3) < 1e-12);
    assert_int_equal(summary->by_type[ISSUE_HIGH_CPU].faults, 2);
    assert_int_equal(summary->by_type[ISSUE_NETWORK_LATENCY].false_negative.n, 1);
    assert_int_equal(summary->by_type[ISSUE_DISK_FULL].issues, 1);
    /* 50 + 60 + (3600 - 1000) of 6 resources x 3600 s */
    assert_true(fabs(summary->availability - (1 - 2710.0 / 21600)) < 1e-12);
    assert_true(fabs(summary->false_positives_per_resource_day - 4) < 1e-12); /* 1 in 6 / 24 days */
    summary_destroy(summary);
}

static char *points_of(struct test_world *world)
{
    struct summary *points = summary_read_points(world->folder, &world->errors);
    char *json = points ? summary_json(points) : NULL;

    assert_non_null(json);
    assert_true(isnan(points->all.mttd.ci95[0]) && isnan(points->all.mttd.ci95[1]));
    summary_destroy(points);
    return json;
}

static void test_a_scratch_run_has_the_figures_of_any_other(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);

    write_mixed_run_as(world, &run);
    struct summary *summary = read_summary(world);
    assert_true(summary->all.mttd.ci95[0] <= 15 && summary->all.mttd.ci95[1] >= 15); /* it has intervals */
    summary_destroy(summary);
    char *kept = points_of(world);
    assert_int_equal(unlink(world->path), 0);
    run.scratch = true;
    write_mixed_run_as(world, &run);
    char *scratch = points_of(world);
    assert_string_equal(scratch, kept);
    assert_non_null(strstr(scratch, "\"mean\":\t15"));
    test_expect(world->path, "SELECT count(*) FROM audit", "0");
    test_expect(world->path, "SELECT audit_rows, audit_head, complete FROM run", "-|-|1");
    free(kept);
    free(scratch);
}

static void test_overlapping_faults_of_one_resource_are_not_counted_twice(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct store_fault faults[] = {
        test_fault(0, POD_A, ISSUE_HIGH_CPU, 100, 200), test_fault(0, POD_A, ISSUE_HIGH_MEMORY, 150, 180),
        test_fault(0, POD_A, ISSUE_HIGH_CPU, 190, 210), test_fault(0, POD_B, ISSUE_HIGH_CPU, 190, 210)};
    struct summary *summary;

    assert_true(run_store_begin(store, 0, &world->errors));
    for (size_t i = 0; i < 4; i++)
        assert_true(run_store_fault(store, &faults[i], &world->errors));
    close_store(world, store);
    summary = read_summary(world);
    assert_true(fabs(summary->availability - (1 - 130.0 / 21600)) < 1e-12);
    summary_destroy(summary);
}

static void test_fallback_and_rollback_have_their_rates(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store = test_store(world, &run);
    struct decision rollback = test_decision(DECISION_ROLLBACK_ENDED, 40);
    struct summary *summary;

    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_step(store, DECISION_REMEDIATION_STARTED, 1, 1, UINT32_MAX, 10);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 0, 10);
    test_action(store, 1, 1, 1, ACTION_SUCCEEDED, 10, 20);
    test_step(store, DECISION_ATTEMPT_FAILED, 1, 1, 0, 30);
    test_step(store, DECISION_ROLLBACK_STARTED, 1, 1, 0, 30);
    rollback.issue = rollback.remediation = 1;
    rollback.outcome = ACTION_FAILED;
    test_write(store, &rollback);
    test_step(store, DECISION_ATTEMPT_STARTED, 1, 1, 1, 40);
    test_action(store, 1, 1, 2, ACTION_SUCCEEDED, 40, 50);
    test_step(store, DECISION_ATTEMPT_VERIFIED, 1, 1, 1, 60);
    test_end(store, 1, 1, REMEDIATION_SUCCESS, 60);
    close_store(world, store);
    summary = read_summary(world);
    assert_true(summary->all.fallback.n == 1 && summary->all.fallback.value == 1);
    assert_true(summary->all.rollback.n == 1 && summary->all.rollback.value == 0);
    assert_true(summary->all.first_attempt.n == 1 && summary->all.first_attempt.value == 0);
    assert_true(summary->all.remediation.mean == 40);
    /* a quiet simulated hour: what opened is a false alarm */
    assert_true(summary->all.false_positive.value == 1);
    assert_true(summary->availability == 1);
    summary_destroy(summary);
}

/* Issues without any truth: neither false nor right. */
static void test_without_truth_there_is_nothing_to_miss(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct run_store *store;
    struct summary *summary;
    char *json;

    run.mode = "replay-open";
    store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    close_store(world, store);
    summary = read_summary(world);
    assert_false(summary->truth);
    assert_int_equal(summary->all.false_positive.n, 0);
    assert_true(isnan(summary->availability));
    assert_true(isnan(summary->false_positives_per_resource_day));
    json = summary_json(summary);
    assert_non_null(strstr(json, "\"faults\":\tnull"));
    free(json);
    summary_destroy(summary);
}

static void test_an_open_loop_with_labels_detects_and_does_not_recover(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(1);
    struct store_fault label = test_fault(0, POD_A, ISSUE_NONE, 5, 100);
    struct run_store *store;
    struct summary *summary;
    char *json;

    run.mode = "replay-open";
    store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
    test_close(store, 1, 120);
    assert_true(run_store_fault(store, &label, &world->errors));
    close_store(world, store);
    summary = read_summary(world);
    assert_true(summary->all.mttd.mean == 5);
    assert_int_equal(summary->by_type[ISSUE_HIGH_CPU].faults, 1); /* of any type: the finder's */
    assert_int_equal(summary->all.mttr.n, 0);
    json = summary_json(summary);
    assert_non_null(strstr(json, "\"mttr_seconds\":\tnull"));
    assert_non_null(strstr(json, "\"unrecovered\":\tnull"));
    free(json);
    summary_destroy(summary);
}

/* Writes the operators' arm as baseline.db: they mend what they are paged for. */
static void write_operators(struct test_world *world)
{
    struct store_run run = test_run(1);
    struct store_operator_act acts[] = {
        {.at = TEST_START + 20 * HEAL_SECOND, .ended_at = TEST_START + 20 * HEAL_SECOND, .kind = "page"},
        {.at = TEST_START + 300 * HEAL_SECOND, .ended_at = TEST_START + 900 * HEAL_SECOND, .kind = "repair"},
        {.at = TEST_START + 2000 * HEAL_SECOND, .ended_at = TEST_START + 2100 * HEAL_SECOND, .kind = "repair"}};
    struct store_fault fault = test_fault(0, POD_A, ISSUE_HIGH_CPU, 10, 900);
    struct store_fault unseen = test_fault(0, VOLUME, ISSUE_DISK_FULL, 1500, 2100);
    char run_path[sizeof world->path];
    struct run_store *store;

    memcpy(run_path, world->path, sizeof run_path);
    snprintf(world->path, sizeof world->path, "%s/baseline.db", world->folder);
    run.arm = "operators";
    store = test_store(world, &run);
    assert_true(run_store_begin(store, 0, &world->errors));
    test_issue(store, 1, ISSUE_HIGH_CPU, NODE, SERIES_NONE, 20);
    test_close(store, 1, 930);
    fault.ended_by = unseen.ended_by = "operator";
    acts[0].resource = acts[1].resource = POD_A;
    acts[2].resource = VOLUME;
    for (size_t i = 0; i < 3; i++)
        assert_true(run_store_operator(store, &acts[i], &world->errors));
    assert_true(run_store_fault(store, &fault, &world->errors));
    assert_true(run_store_fault(store, &unseen, &world->errors));
    close_store(world, store);
    memcpy(world->path, run_path, sizeof run_path);
}

static void test_the_operators_arm_is_the_baseline(void **state)
{
    struct test_world *world = *state;
    struct summary *summary;
    const struct summary *baseline;

    write_mixed_run(world);
    write_operators(world);
    summary = read_summary(world);
    baseline = summary->baseline;
    assert_non_null(baseline);
    assert_int_equal(baseline->manual_interventions, 2);
    assert_int_equal(baseline->alerts, 1);
    assert_true(baseline->all.mtta.n == 1 && baseline->all.mtta.mean == 280); /* the repair of the fault's resource */
    assert_true(baseline->all.remediation.n == 1 && baseline->all.remediation.mean == 600);
    assert_int_equal(baseline->all.mttr.n, 2);
    assert_true(baseline->all.mttr.max == 920);                /* closed at 930 */
    assert_true(baseline->all.mttr.mean == (920 + 600) / 2.0); /* the unseen one counts to its end */
    summary_destroy(summary);
}

static void test_a_replication_cut_short_is_left_out_of_what_needs_the_truth(void **state)
{
    struct test_world *world = *state;
    struct store_run run = test_run(2);
    struct run_store *store = test_store(world, &run);
    struct store_fault fault = test_fault(0, POD_A, ISSUE_HIGH_CPU, 5, 100);
    struct summary *summary;

    for (uint32_t i = 0; i < 2; i++) {
        assert_true(run_store_begin(store, i, &world->errors));
        test_issue(store, 1, ISSUE_HIGH_CPU, POD_A, CPU_A, 10);
        remedy(store, 1, 1, 12, REMEDIATION_SUCCESS, 110);
        if (i == 0)
            assert_true(run_store_fault(store, &fault, &world->errors));
    }
    assert_true(run_store_flush(store, &world->errors));
    run_store_destroy(store); /* without an end */
    summary = read_summary(world);
    assert_false(summary->complete);
    assert_string_equal(summary->digest, "");
    assert_int_equal(summary->all.false_positive.n, 1);
    assert_int_equal(summary->all.success.n, 2);
    assert_true(fabs(summary->availability - (1 - 95.0 / 21600)) < 1e-12);
    summary_destroy(summary);
}

static void assert_keys(const cJSON *object, const char *expected)
{
    char keys[1024] = "";

    for (const cJSON *item = object->child; item; item = item->next) {
        strcat(keys, item->string);
        strcat(keys, " ");
    }
    assert_string_equal(keys, expected);
}

#define PART_KEYS                                                                                                      \
    "faults issues mttd_seconds mtta_seconds mttr_seconds recovery_from_detection_seconds remediation_seconds "        \
    "unrecovered success_rate first_attempt_success_rate fallback_success_rate rollback_success_rate "                 \
    "false_positive_rate false_negative_rate "
#define RUN_KEYS                                                                                                       \
    "scenario seed replications duration_seconds digest " PART_KEYS                                                    \
    "false_positives_per_resource_day availability manual_interventions alerts "                                       \
    "cost cost_capacity cost_people cost_users people_hours request_availability pod_hours by_type "

static void test_the_json_has_the_agreed_keys_and_null_for_no_sample(void **state)
{
    struct test_world *world = *state;
    struct summary *summary;
    cJSON *object;
    char *json;

    write_mixed_run(world);
    write_operators(world);
    summary = read_summary(world);
    json = summary_json(summary);
    assert_non_null(json);
    assert_int_equal(json[strlen(json) - 1], '\n');
    assert_non_null(strstr(json, "\"seed\":\t18446744073709551615,"));
    object = cJSON_Parse(json);
    assert_non_null(object);
    assert_keys(object, RUN_KEYS "baseline ");
    assert_keys(cJSON_GetObjectItem(object, "baseline"), RUN_KEYS);
    assert_keys(cJSON_GetObjectItem(object, "mttd_seconds"), "n mean sd p50 p95 p99 max ci95 ");
    assert_keys(cJSON_GetObjectItem(object, "success_rate"), "value n ci95 ");
    assert_keys(cJSON_GetObjectItem(object, "by_type"), "high_cpu disk_full network_latency ");
    assert_keys(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "by_type"), "high_cpu"), PART_KEYS);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(object, "fallback_success_rate")));
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "mttr_seconds"), "ci95"))); /* n = 1 */
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(cJSON_GetObjectItem(object, "mttd_seconds"), "ci95")), 2);
    cJSON_Delete(object);
    free(json);
    summary_destroy(summary);
}

static void test_a_folder_without_a_run_is_told(void **state)
{
    struct test_world *world = *state;

    assert_null(summary_read(world->folder, &world->errors));
    assert_int_equal(world->errors.count, 1);
    assert_non_null(strstr(world->errors.items[0].file, "run.db"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in_world(test_a_mixed_run_adds_up),
        test_in_world(test_a_scratch_run_has_the_figures_of_any_other),
        test_in_world(test_overlapping_faults_of_one_resource_are_not_counted_twice),
        test_in_world(test_fallback_and_rollback_have_their_rates),
        test_in_world(test_without_truth_there_is_nothing_to_miss),
        test_in_world(test_an_open_loop_with_labels_detects_and_does_not_recover),
        test_in_world(test_the_operators_arm_is_the_baseline),
        test_in_world(test_a_replication_cut_short_is_left_out_of_what_needs_the_truth),
        test_in_world(test_the_json_has_the_agreed_keys_and_null_for_no_sample),
        test_in_world(test_a_folder_without_a_run_is_told),
    };

    gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
