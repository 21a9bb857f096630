#include "cli/test_files.h"

#include <math.h>

static struct policy *read_over(const struct policy *base, const char *text, struct error_list *errors)
{
    struct document *document = test_text("p.yaml", text, errors);
    struct policy *policy = policy_from_document(document, base, errors);
    document_destroy(document);
    return policy;
}

/* Over the default, `text` gives exactly these messages, in this order. */
static void refused(const char *text, const char *const *expected, size_t count)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    assert_null(read_over(base, text, &errors));
    test_messages(&errors, expected, count);
    policy_destroy(base);
}

#define REFUSED(text, ...) refused(text, TEXTS(__VA_ARGS__))

static const struct policy_rule *rule_for(const struct policy *policy, const char *series)
{
    size_t at = policy_rule_for(policy, series);
    assert_true(at < policy->rule_count);
    return &policy->rules[at];
}

static void test_the_default_policy_holds_what_is_promised(void **state)
{
    struct policy *policy = test_policy();
    (void)state;
    assert_string_equal(policy->name, "default");
    assert_true(policy->scan_interval == 30 * HEAL_SECOND);
    assert_int_equal(policy->limits.per_resource_per_hour, 10);
    assert_int_equal(policy->limits.total_per_hour, 100);
    assert_true(policy->strategy_count >= 24);
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
        assert_true(policy->ladders[type].count >= 2);
    policy_destroy(policy);
}

/* Every series name a user is likely to bring has the rule one would expect. */
static void test_the_default_rules_know_their_series(void **state)
{
    static const struct {
        const char *series;
        enum issue_type issue;
        double above, below;
    } EXPECTED[] = {
        {"pod/shop/web-1:cpu_utilization_ratio", ISSUE_HIGH_CPU, 0.85, NAN},
        {"node/default/a:cpu_utilization_ratio", ISSUE_HIGH_CPU, 0.85, NAN},
        {"pod/shop/web-1:node_cpu_utilization_ratio", ISSUE_NONE, NAN, NAN},
        {"pod/shop/web-1:memory_utilization_ratio", ISSUE_HIGH_MEMORY, 0.90, NAN},
        {"pod/shop/web-1:memory_used_bytes", ISSUE_NONE, NAN, NAN},
        {"volume/shop/data:disk_used_ratio", ISSUE_DISK_FULL, 0.95, NAN},
        {"pod/shop/web-1:request_latency_seconds", ISSUE_NETWORK_LATENCY, 0.2, NAN},
        {"link/shop/a-b:request_latency_p50_seconds", ISSUE_NETWORK_LATENCY, 0.2, NAN},
        {"database/shop/orders:query_latency_seconds", ISSUE_DATABASE_SLOW, 5, NAN},
        {"certificate/shop/api:certificate_remaining_days", ISSUE_CERTIFICATE_EXPIRY, NAN, 30},
        {"image/shop/web:vulnerabilities", ISSUE_SECURITY_VULNERABILITY, 0.5, NAN},
        {"config/shop/web:config_drift", ISSUE_CONFIG_DRIFT, 0.5, NAN},
        {"pod/shop/web-1:up", ISSUE_POD_CRASH, NAN, 0.5},
        {"pod/shop/web-1:restarts_total", ISSUE_NONE, NAN, NAN},
        {"trace/nab/ec2_cpu_utilization_24ae8d:value", ISSUE_NONE, NAN, NAN},
    };
    struct policy *policy = test_policy();
    (void)state;
    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++) {
        const struct policy_rule *rule = rule_for(policy, EXPECTED[i].series);
        bool above = isnan(EXPECTED[i].above) ? isnan(rule->above) : rule->above == EXPECTED[i].above;
        bool below = isnan(EXPECTED[i].below) ? isnan(rule->below) : rule->below == EXPECTED[i].below;
        if (rule->issue != EXPECTED[i].issue || !above || !below)
            fail_msg("%s is watched by %s", EXPECTED[i].series, rule->name);
    }
    policy_destroy(policy);
}

static void test_what_a_file_leaves_out_is_the_bases(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    struct policy *policy = read_over(base, "{name: mine, limits: {concurrent: 3}}", &errors);
    (void)state;
    assert_non_null(policy);
    assert_string_equal(policy->name, "mine");
    assert_int_equal(policy->limits.concurrent, 3);
    assert_int_equal(policy->limits.total_per_hour, base->limits.total_per_hour);
    assert_true(policy->scan_interval == base->scan_interval);
    assert_int_equal(policy->rule_count, base->rule_count);
    assert_int_equal(policy->strategy_count, base->strategy_count);
    policy_destroy(base); /* nothing of it is borrowed */
    assert_string_equal(rule_for(policy, "pod/a/b:cpu_utilization_ratio")->name, "high_cpu");
    assert_string_equal(policy->strategies[0].name, "restart_with_backoff");
    policy_destroy(policy);
}

static void test_rules_of_the_file_come_first_and_take_names_over(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    struct policy *policy =
        read_over(base,
                  "rules:\n"
                  "  - {name: quiet, series: 'pod/batch/*', issue: none}\n"
                  "  - {name: high_cpu, series: '*:cpu_utilization_ratio', issue: high_cpu, above: 0.7}\n",
                  &errors);
    (void)state;
    assert_non_null(policy);
    assert_int_equal(policy->rule_count, base->rule_count + 1);
    assert_string_equal(rule_for(policy, "pod/batch/a:cpu_utilization_ratio")->name, "quiet");
    const struct policy_rule *rule = rule_for(policy, "pod/shop/a:cpu_utilization_ratio");
    assert_true(rule->above == 0.7);
    assert_true(rule->clear_ratio == 1);
    assert_false(rule->baseline);
    assert_int_equal(rule->severity, SEVERITY_MEDIUM);
    assert_string_equal(policy->rules[policy->rule_count - 1].name, "anything");
    policy_destroy(policy);
    policy_destroy(base);
}

static void test_a_strategy_with_a_known_name_keeps_its_place(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    struct policy *policy =
        read_over(base,
                  "strategies:\n"
                  "  - {name: expand_volume, issue: disk_full, steps: [{action: expand_volume, amount: 0.5},"
                  "     {action: expand_volume, amount: 10Gi}, {action: raise_memory_limit, amount: +512Mi}],\n"
                  "     irreversible: true}\n"
                  "  - {name: page, issue: disk_full, steps: [{action: page_operator}]}\n"
                  "ladders: {disk_full: [page, expand_volume]}\n",
                  &errors);
    (void)state;
    assert_non_null(policy);
    assert_int_equal(policy->strategy_count, base->strategy_count + 1);
    const struct ladder *ladder = &policy->ladders[ISSUE_DISK_FULL];
    assert_int_equal(ladder->count, 2);
    assert_string_equal(policy->strategies[ladder->rungs[0]].name, "page");
    const struct strategy *expand = &policy->strategies[ladder->rungs[1]];
    assert_true(expand->steps[0].amount == 0.5);
    assert_int_equal(expand->steps[0].unit, AMOUNT_OWN);
    assert_true(expand->steps[1].amount == 10737418240.0);
    assert_int_equal(expand->steps[1].unit, AMOUNT_BYTES);
    assert_true(expand->steps[2].amount == 536870912.0);
    assert_int_equal(expand->steps[2].unit, AMOUNT_BYTES);
    assert_true(expand->steps[0].timeout == HEAL_MINUTE);
    assert_true(expand->undo_on_failure);
    assert_int_equal(expand->attempts, 1);
    /* the other ladders still lead where they led */
    const struct ladder *crash = &policy->ladders[ISSUE_POD_CRASH];
    assert_string_equal(policy->strategies[crash->rungs[0]].name, "undo_crashing_deploy");
    policy_destroy(policy);
    policy_destroy(base);
}

static void test_an_empty_ladder_escalates_at_once(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    struct policy *policy = read_over(base, "ladders: {high_cpu: []}", &errors);
    (void)state;
    assert_non_null(policy);
    assert_int_equal(policy->ladders[ISSUE_HIGH_CPU].count, 0);
    policy_destroy(policy);
    policy_destroy(base);
}

static void test_without_a_base_every_scalar_must_be_given(void **state)
{
    struct error_list errors = {0};
    (void)state;
    assert_null(read_over(NULL, "{name: x, baseline: {window: 1h}}", &errors));
    /* 9 of the head, 7 of the baseline, and 14 maps (limits, health, approval, ...): one message each */
    assert_int_equal(errors.count, 30);
    error_list_clear(&errors);
}

static void test_every_fault_of_a_file_is_named_in_one_pass(void **state)
{
    (void)state;
    REFUSED("scan_interval: fast\n"
            "dryrun: true\n"
            "choice: random\n"
            "limits: {concurrent: 0}\n"
            "health: {penalty: {low: 101}}\n"
            "baseline:\n  warm_up: 100\n",
            "p.yaml:1: scan_interval: expected a duration such as 90s, 5m or 1h30m from 100ms to 1d, found 'fast'",
            "p.yaml:3: choice: expected one of ladder, thompson, lower_bound, found 'random'",
            "p.yaml:7: baseline.warm_up: expected a whole number from 8 to 64, found '100'",
            "p.yaml:4: limits.concurrent: expected a whole number from 1 to 10000, found '0'",
            "p.yaml:5: health.penalty.low: expected a number from 0 to 100, found '101'",
            "p.yaml:2: dryrun: unknown field, expected one of base, name, scan_interval, auto_remediation, dry_run, "
            "learning, choice, issue_cool_down, relapse_within, stale_after, gone_after, baseline, limits, health, "
            "approval, "
            "attempts, futility, comebacks, "
            "circuit, blast_radius, storm, forecast, priority, odds, alerts, patterns, windows, rules, strategies, "
            "ladders");
}

static void test_guards_and_insight_that_disagree_are_named(void **state)
{
    (void)state;
    REFUSED("approval: {actions: [{action: fly}, {resources: x}]}\n"
            "blast_radius: {max_touched: 2}\n"
            "forecast: {window: 1h, min_span: 2h}\n"
            "priority: {severity: 0.9}\n"
            "windows:\n"
            "  - {name: a, from: \"25:00\", to: \"01:00\"}\n"
            "  - {name: a, from: \"01:00\", to: \"02:00\", days: [monday]}\n"
            "strategies:\n"
            "  - {name: s, issue: high_cpu, window: never, steps: [{action: drain, amount_max: 2}]}\n"
            "  - {name: t, issue: high_cpu, urgent_from: high, steps: [{action: rotate_logs}]}\n"
            "  - {name: u, issue: high_cpu, irreversible: true, steps: [{action: drain}]}\n"
            "ladders: {high_cpu: [{timeout: 1m}]}\n",
            "p.yaml:1: approval.actions[0].action: expected one of restart_pod, delete_pod, raise_memory_limit, "
            "lower_memory_limit, raise_cpu_limit, lower_cpu_limit, scale_out, scale_in, roll_back_revision, "
            "roll_forward_revision, tune_workload, restore_workload_settings, drain, undrain, clear_caches, "
            "clean_temp_files, rotate_logs, expand_volume, shift_traffic, restore_traffic, restart_proxy, cordon_node, "
            "uncordon_node, reschedule_pod, add_index, drop_index, tune_database, restore_database_settings, "
            "raise_pool_size, lower_pool_size, renew_certificate, renew_certificate_fallback, validate_certificate, "
            "deploy_certificate, isolate, release, patch_staging, patch_rolling, reconcile_config, restore_config, "
            "page_operator, set_database_timeouts, restore_database_timeouts, restore_certificate, found 'fly'",
            "p.yaml:1: approval.actions[1].action: missing, this field must be given",
            "p.yaml:2: blast_radius.max_touched: expected a number from 0 to 1, found '2'",
            "p.yaml:3: forecast.min_span: expected at most window",
            "p.yaml:4: priority: expected severity, impact and urgency to sum to 1",
            "p.yaml:6: windows[0].from: expected a time of day in quotes, \"00:00\" to \"24:00\", found '25:00'",
            "p.yaml:7: windows[1].days: expected mon, tue, wed, thu, fri, sat or sun",
            "p.yaml:7: windows[1].name: a second window 'a', expected another name",
            "p.yaml:9: strategies[0].steps[0].amount_max: expected only for scale_out",
            "p.yaml:10: strategies[1].irreversible: expected true: nothing takes rotate_logs back",
            "p.yaml:10: strategies[1].urgent_from: expected window to be given as well",
            "p.yaml:11: strategies[2].irreversible: expected false: each of its steps can be taken back",
            "p.yaml:5: windows: expected one named 'never', to which strategy 's' is bound",
            "p.yaml:12: ladders.high_cpu[0].strategy: missing, this field must be given",
            "p.yaml:12: ladders.high_cpu[0]: expected the name of a strategy, found 'no text'");
}

static void test_new_parts_are_read_and_inherited(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    struct policy *middle =
        read_over(base,
                  "windows: [{name: night, from: '22:30', to: '06:00', days: [mon, sun], resources: 'database/*'},\n"
                  "          {name: low_traffic, from: '12:00', to: '13:00'}]\n"
                  "approval: {actions: [{action: drain}]}\n"
                  "strategies: [{name: s, issue: high_cpu, window: night, applies_to: '!node/*', evidence: 'cpu*',\n"
                  "              undo_after: 1h, steps: [{action: scale_out, amount: 1, amount_max: 3}]}]\n"
                  "ladders: {high_cpu: [{strategy: s, timeout: 10m}, raise_cpu_limit]}\n",
                  &errors);
    (void)state;
    test_no_message(&errors);
    struct policy *policy = read_over(middle, "name: top", &errors);
    policy_destroy(middle);
    policy_destroy(base);
    assert_non_null(policy);
    assert_int_equal(policy->window_count, 2);
    assert_string_equal(policy->windows[0].name, "low_traffic"); /* in the default's place */
    assert_int_equal(policy->windows[0].from, 12 * 60);
    assert_int_equal(policy->windows[1].from, 22 * 60 + 30);
    assert_int_equal(policy->windows[1].days, 65);
    assert_int_equal(policy->guards.approval_count, 1);
    assert_string_equal(policy->guards.approvals[0].resources, "*");
    const struct strategy *strategy = &policy->strategies[policy->ladders[ISSUE_HIGH_CPU].rungs[0]];
    assert_string_equal(strategy->window, "night");
    assert_string_equal(strategy->applies_to, "!node/*");
    assert_string_equal(strategy->evidence, "cpu*");
    assert_true(strategy->undo_after == HEAL_HOUR && strategy->steps[0].amount_max == 3);
    assert_true(policy->ladders[ISSUE_HIGH_CPU].timeouts[0] == 10 * HEAL_MINUTE);
    assert_true(policy->ladders[ISSUE_HIGH_CPU].timeouts[1] == 0);
    policy_destroy(policy);
}

static void test_rules_that_disagree_with_themselves_are_named(void **state)
{
    (void)state;
    REFUSED("rules:\n"
            "  - {name: a, series: '*', issue: high_cpu}\n"
            "  - {name: b, series: '*', above: 1, below: 2}\n"
            "  - {name: c, series: '*', above: 1, critical_above: 0.5}\n"
            "  - {name: d, series: '*', critical_below: 1}\n"
            "  - {name: e, series: '*', above: 0, clear_ratio: 0.5}\n"
            "  - {name: f, series: '*', baseline: true}\n"
            "  - {name: g, series: '*', above: 1.1, below: 1, clear_ratio: 0.9}\n"
            "  - {name: a, series: '*', above: 1}\n"
            "  - {series: '*', above: .nan}\n"
            "  - 7\n"
            "  - {name: h, series: '*', above: 1, unless_normal: 3}\n",
            "p.yaml:2: rules[0]: expected above, below or baseline: true, else no high_cpu issue can open",
            "p.yaml:3: rules[1].below: expected less than above (1), found 2",
            "p.yaml:4: rules[2].critical_above: expected at least above (1), found 0.5",
            "p.yaml:5: rules[3].critical_below: expected below to be given as well",
            "p.yaml:6: rules[4].clear_ratio: expected 1 where a limit is not above 0",
            "p.yaml:7: rules[5].baseline: expected deviation to be given with baseline: true",
            "p.yaml:8: rules[6].clear_ratio: expected nearer to 1: with 0.9 no value between below and above clears",
            "p.yaml:9: rules[7].name: a second rule 'a', expected another name",
            "p.yaml:10: rules[8].name: missing, this field must be given",
            "p.yaml:10: rules[8].above: expected a number from -1e+18 to 1e+18, found '.nan'",
            "p.yaml:11: rules[9]: expected a map of fields, found '7'",
            "p.yaml:12: rules[10].unless_normal: expected above and baseline: true with it");
}

static void test_strategies_that_disagree_are_named(void **state)
{
    (void)state;
    REFUSED("strategies:\n"
            "  - {name: a, issue: high_cpu, steps: [{action: scale_out}]}\n"
            "  - {name: b, issue: high_cpu, steps: [{action: restart_pod, amount: 1}]}\n"
            "  - {name: c, issue: high_cpu, steps: []}\n"
            "  - {name: d, issue: none, steps: [{action: drain, target: moon}]}\n"
            "  - {name: e, issue: high_cpu, steps: [{action: drain}], settle: 5m, verify_within: 5m}\n"
            "  - {name: f, issue: high_cpu, steps: [{action: drain}], settle: 3m, verify_hold: 3m, verify_within: 5m}\n"
            "  - {name: e, issue: high_cpu, steps: [{action: drain}], prior_success: 1}\n"
            "  - {name: patch, issue: high_cpu, steps: [{action: drain}]}\n"
            "  - {name: g, issue: high_cpu, steps: [{action: scale_out, amount: 0}]}\n"
            "  - {name: h, issue: high_cpu, steps: [{action: raise_memory_limit, amount: 512}]}\n"
            "  - {name: i, issue: high_cpu, steps: [{action: raise_memory_limit, amount: 512Ki}]}\n"
            "  - {name: j, issue: high_cpu, steps: [{action: raise_cpu_limit, amount: 512Mi}]}\n",
            "p.yaml:2: strategies[0].steps[0].amount: missing, expected replicas to add for scale_out",
            "p.yaml:3: strategies[1].steps[0].amount: expected none for restart_pod",
            "p.yaml:4: strategies[2].steps: 0 steps, expected 1 to 16",
            "p.yaml:5: strategies[3].issue: expected one of pod_crash, high_cpu, high_memory, disk_full, "
            "network_latency, database_slow, certificate_expiry, security_vulnerability, config_drift, found 'none'",
            "p.yaml:5: strategies[3].steps[0].target: expected one of self, owner, node, volume, callee, found 'moon'",
            "p.yaml:6: strategies[4].verify_within: expected more than settle",
            "p.yaml:7: strategies[5].verify_within: expected at least settle and verify_hold together",
            "p.yaml:8: strategies[6].prior_success: expected a number from 0.001 to 0.999, found '1'",
            "p.yaml:8: strategies[6].name: a second strategy 'e', expected another name",
            "p.yaml:9: strategies[7].issue: expected security_vulnerability as in the base's strategy 'patch', or "
            "another name",
            "p.yaml:10: strategies[8].steps[0].amount: expected a number from 1 to 1000, found '0'",
            "p.yaml:11: strategies[9].steps[0].amount: expected a ratio from 0.01 to 10 or a size such as +512Mi (at "
            "least 1Mi), found '512'",
            "p.yaml:12: strategies[10].steps[0].amount: expected a ratio from 0.01 to 10 or a size such as +512Mi (at "
            "least 1Mi), found '512Ki'",
            "p.yaml:13: strategies[11].steps[0].amount: expected a number from 0.01 to 10, found '512Mi'");
}

static void test_ladders_lead_only_to_strategies_of_their_own(void **state)
{
    (void)state;
    REFUSED("ladders:\n"
            "  high_cpu: [raise_cpu_limit, nowhere,\n"
            "    patch, raise_cpu_limit, [x]]\n"
            "  disk_full: expand_volume\n"
            "  flood: []\n",
            "p.yaml:2: ladders.high_cpu[1]: expected the name of a strategy, found 'nowhere'",
            "p.yaml:3: ladders.high_cpu[2]: expected a strategy for this issue, found 'patch'",
            "p.yaml:3: ladders.high_cpu[3]: expected each strategy once, found 'raise_cpu_limit'",
            "p.yaml:3: ladders.high_cpu[4]: expected the name of a strategy, found 'no text'",
            "p.yaml:4: ladders.disk_full: expected a list, found 'expand_volume'",
            "p.yaml:5: ladders.flood: unknown field, expected one of pod_crash, high_cpu, high_memory, disk_full, "
            "network_latency, database_slow, certificate_expiry, security_vulnerability, config_drift");
}

static void test_too_many_rules_with_the_bases_are_refused(void **state)
{
    struct error_list errors = {0};
    struct policy *base = test_policy();
    char *text = malloc(POLICY_RULES_MAX * 64), said[256];
    size_t length = (size_t)sprintf(text, "rules:\n");
    (void)state;
    for (int i = 0; i < POLICY_RULES_MAX - 3; i++)
        length += (size_t)sprintf(text + length, "  - {name: r%d, series: 'a/b/%d:*'}\n", i, i);
    assert_null(read_over(base, text, &errors));
    assert_string_equal(error_format(&errors, 0, said, sizeof said),
                        "p.yaml:1: rules: expected at most 256 rules with those of the base");
    free(text);
    error_list_clear(&errors);
    policy_destroy(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_policy_holds_what_is_promised),
        cmocka_unit_test(test_the_default_rules_know_their_series),
        cmocka_unit_test(test_what_a_file_leaves_out_is_the_bases),
        cmocka_unit_test(test_rules_of_the_file_come_first_and_take_names_over),
        cmocka_unit_test(test_a_strategy_with_a_known_name_keeps_its_place),
        cmocka_unit_test(test_an_empty_ladder_escalates_at_once),
        cmocka_unit_test(test_without_a_base_every_scalar_must_be_given),
        cmocka_unit_test(test_every_fault_of_a_file_is_named_in_one_pass),
        cmocka_unit_test(test_guards_and_insight_that_disagree_are_named),
        cmocka_unit_test(test_new_parts_are_read_and_inherited),
        cmocka_unit_test(test_rules_that_disagree_with_themselves_are_named),
        cmocka_unit_test(test_strategies_that_disagree_are_named),
        cmocka_unit_test(test_ladders_lead_only_to_strategies_of_their_own),
        cmocka_unit_test(test_too_many_rules_with_the_bases_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
