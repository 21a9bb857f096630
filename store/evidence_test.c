/* evidence_test.c - decisions in words. */
#include "store/evidence.h"

#include "store/test_query.h"

struct sentence {
    double value, reference, score;
    bool by_baseline;
    const char *expected;
};

static void test_a_series_is_told_against_what_it_was_judged_by(void **state)
{
    static const struct sentence sentences[] = {
        {0.97, 0.85, NAN, false, "cpu_utilization_ratio 0.97 over its threshold 0.85"},
        {0.1, 0.5, NAN, false, "cpu_utilization_ratio 0.1 under its threshold 0.5"},
        {0.31, 0.1, 12.5, true, "cpu_utilization_ratio 0.31 is 3.1x its median 0.1 (12.5 robust sigmas)"},
        {0.02, 0.1, -4, true, "cpu_utilization_ratio 0.02 is down to 20 % of its median 0.1 (4 robust sigmas)"},
        {0.3, 0, NAN, true, "cpu_utilization_ratio 0.3 away from its median 0"},
        {-0.3, 0.2, NAN, true, "cpu_utilization_ratio -0.3 away from its median 0.2"},
        {0.101, 0.1, NAN, true, "cpu_utilization_ratio 0.101 off its median 0.1"},
        {NAN, 0.1, NAN, true, "cpu_utilization_ratio has no value"},
        {INFINITY, 0.1, NAN, false, "cpu_utilization_ratio has no value"},
        {0.5, NAN, NAN, false, "cpu_utilization_ratio 0.5"},
    };
    struct test_world *world = *state;
    char text[EVIDENCE_TEXT];

    for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
        struct decision decision = test_decision(DECISION_ISSUE_OPENED, 0);

        decision.series = CPU_A;
        decision.value = sentences[i].value;
        decision.reference = sentences[i].reference;
        decision.score = sentences[i].score;
        decision.by_baseline = sentences[i].by_baseline;
        assert_string_equal(evidence_of_series(&decision, world->inventory, text, sizeof text), sentences[i].expected);
    }
}

/* A weekday and time where the series has a day, how long, and what the load says. */
static void test_an_issue_is_told_as_a_person_would(void **state)
{
    static const heal_time TUESDAY_AT_2_PM = INT64_C(1775570820) * HEAL_SECOND; /* 2026-04-07 14:07:00 UTC */
    struct test_world *world = *state;
    struct decision decision = test_decision(DECISION_ISSUE_OPENED, 0);
    char text[EVIDENCE_TEXT];

    decision.at = TUESDAY_AT_2_PM;
    decision.type = ISSUE_HIGH_CPU;
    decision.severity = SEVERITY_HIGH;
    decision.series = CPU_A;
    decision.value = 0.93;
    decision.reference = 0.25;
    decision.score = 12.5;
    decision.by_baseline = true;
    decision.finding =
        (struct decision_finding){.probability = 0.001, .lasted_seconds = 90, .expected = 0.3, .load = 1.1};
    decision.cause = ISSUE_CAUSE_FAULT;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "high high_cpu: cpu_utilization_ratio 0.93 is 3.1x its Tuesday 14:00 normal 0.3 (12.5 robust "
                        "sigmas off its median) for 90 s; load normal");
    decision.cause = ISSUE_CAUSE_DEMAND;
    decision.finding.load = 2.5;
    decision.finding.expected = 0;
    decision.finding.lasted_seconds = 1200;
    assert_string_equal(
        evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
        "high high_cpu: cpu_utilization_ratio 0.93 is 3.72x its median 0.25 (12.5 robust sigmas) for 20 min; load 2.5x "
        "normal: demand");
    char *json = evidence_json(&decision, world->inventory);
    assert_non_null(strstr(json, "\"probability\":0.001,\"lasted_seconds\":1200,\"load\":2.5,\"cause\":\"demand\"}"));
    free(json);
    decision.by_baseline = false;
    decision.reference = 0.85;
    decision.cause = ISSUE_CAUSE_FAULT;
    decision.finding.load = 0.4;
    decision.finding.lasted_seconds = 60;
    assert_string_equal(
        evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
        "high high_cpu: cpu_utilization_ratio 0.93 over its threshold 0.85 for 60 s; load down to 40 % of normal");
    decision.cause = ISSUE_CAUSE_UNKNOWN;
    decision.at = -1;
    decision.by_baseline = true;
    decision.finding = (struct decision_finding){.expected = 0.92};
    assert_string_equal(evidence_of_series(&decision, world->inventory, text, sizeof text),
                        "cpu_utilization_ratio 0.93 about its Wednesday 23:45 normal 0.92 (12.5 robust sigmas off its "
                        "median)");
}

static void test_json_escapes_names_and_has_null_for_what_is_no_number(void **state)
{
    struct test_world *world = *state;
    struct decision decision = test_decision(DECISION_ISSUE_OPENED, 0);
    char *json;

    decision.series = CPU_B;
    decision.value = 0.5;
    json = evidence_json(&decision, world->inventory);
    assert_string_equal(json, "{\"series\":\"pod/shop/b<&\\\"':cpu_utilization_ratio\",\"value\":0.5,"
                              "\"reference\":null,\"score\":null,\"by\":\"threshold\"}");
    free(json);
}

static void test_every_audited_decision_has_words_that_fit(void **state)
{
    struct test_world *world = *state;
    char text[EVIDENCE_TEXT], small[8];

    for (int kind = 0; kind < DECISION_KIND_COUNT; kind++) {
        struct decision decision = test_decision((enum decision_kind)kind, 0);

        decision.strategy = 1;
        decision.action_kind = ACTION_SCALE_OUT;
        decision.gate = GATE_APPROVAL;
        evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text);
        if (kind != DECISION_REMEDIATION_STARTED && kind != DECISION_HEALTH && kind != DECISION_ANOMALY_BEGAN &&
            kind != DECISION_ANOMALY_ENDED)
            assert_true(strlen(text) > 5);
        evidence_of_decision(&decision, &world->policy, world->inventory, small, sizeof small);
        assert_memory_equal(small, text, strlen(small));
    }
}

static void test_an_action_names_target_amount_and_undoing(void **state)
{
    struct test_world *world = *state;
    struct decision decision = test_decision(DECISION_ACTION_STARTED, 0);
    char text[EVIDENCE_TEXT];

    decision.action_kind = ACTION_RAISE_CPU_LIMIT;
    decision.resource = POD_A;
    decision.value = 0.5;
    decision.reference = NAN;
    decision.rollback = true;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "raise_cpu_limit 0.5 on pod/shop/a to roll back");
    decision.value = 0;
    decision.rollback = false;
    decision.resource = RESOURCE_NONE;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "raise_cpu_limit on -");
}

static void test_a_size_and_what_was_before_are_told_in_their_units(void **state)
{
    struct test_world *world = *state;
    struct decision decision = test_decision(DECISION_ACTION_STARTED, 0);
    char text[EVIDENCE_TEXT];

    decision.action_kind = ACTION_LOWER_MEMORY_LIMIT;
    decision.resource = POD_A;
    decision.value = 536870912;
    decision.amount_unit = AMOUNT_BYTES;
    decision.reference = 268435456;
    decision.rollback = true;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "lower_memory_limit 512Mi on pod/shop/a to roll back to 256Mi");
    decision.kind = DECISION_ACTION_ENDED;
    decision.action_kind = ACTION_SCALE_OUT;
    decision.outcome = ACTION_SUCCEEDED;
    decision.value = 3;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "scale_out succeeded; before: 3 replicas");
    decision.value = NAN;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "scale_out succeeded");
    decision.action_kind = ACTION_ROLL_BACK_REVISION;
    decision.value = 7;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "roll_back_revision succeeded; before: revision 7");
}

static void test_a_plan_tells_what_would_take_each_step_back(void **state)
{
    struct test_world *world = *state;
    struct decision decision = test_decision(DECISION_ACTION_PLANNED, 0);
    char text[EVIDENCE_TEXT];

    decision.action_kind = ACTION_EXPAND_VOLUME;
    decision.resource = POD_A;
    decision.value = decision.reference = 0.2;
    assert_string_equal(
        evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
        "would expand_volume 0.2 on pod/shop/a, 0.2 with what is planned already; nothing takes it back");
    decision.action_kind = ACTION_DEPLOY_CERTIFICATE;
    decision.value = decision.reference = 0;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "would deploy_certificate on pod/shop/a; taken back by restore_certificate");
    decision.action_kind = ACTION_RESTART_POD;
    assert_string_equal(evidence_of_decision(&decision, &world->policy, world->inventory, text, sizeof text),
                        "would restart_pod on pod/shop/a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_series_is_told_against_what_it_was_judged_by),
        cmocka_unit_test(test_an_issue_is_told_as_a_person_would),
        cmocka_unit_test(test_json_escapes_names_and_has_null_for_what_is_no_number),
        cmocka_unit_test(test_every_audited_decision_has_words_that_fit),
        cmocka_unit_test(test_an_action_names_target_amount_and_undoing),
        cmocka_unit_test(test_a_plan_tells_what_would_take_each_step_back),
        cmocka_unit_test(test_a_size_and_what_was_before_are_told_in_their_units),
    };

    return cmocka_run_group_tests(tests, test_open_world, test_close_world);
}
