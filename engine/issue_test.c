#include "engine/issue.h"

#include "engine/test_engine.h"

static void test_types_are_spelt_as_the_design_spells_them(void **state)
{
    static const char *const names[] = {
        "pod_crash",       "high_cpu",      "high_memory",        "disk_full",
        "network_latency", "database_slow", "certificate_expiry", "security_vulnerability",
        "config_drift",    "none"};
    enum issue_type type;

    (void)state;
    for (unsigned i = 0; i <= ISSUE_TYPE_COUNT; i++) {
        assert_string_equal(issue_type_name((enum issue_type)i), names[i]);
        assert_true(issue_type_parse(names[i], &type));
        assert_int_equal(type, i);
    }
    assert_string_equal(issue_type_name((enum issue_type)(ISSUE_TYPE_COUNT + 1)), "unknown");
}

static void test_severities_rise_from_low_to_critical(void **state)
{
    static const char *const names[] = {"low", "medium", "high", "critical"};
    enum severity severity;

    (void)state;
    for (unsigned i = 0; i < SEVERITY_COUNT; i++) {
        assert_string_equal(severity_name((enum severity)i), names[i]);
        assert_true(severity_parse(names[i], &severity));
        assert_int_equal(severity, i);
    }
    assert_string_equal(severity_name(SEVERITY_COUNT), "unknown");
}

static void test_other_words_are_not_read(void **state)
{
    static const char *const wrong[] = {"", "Pod_crash", "pod-crash", "pod_crash ", "unknown", "CRITICAL"};
    enum issue_type type = ISSUE_DISK_FULL;
    enum severity severity = SEVERITY_HIGH;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(issue_type_parse(wrong[i], &type));
        assert_false(severity_parse(wrong[i], &severity));
    }
    assert_false(issue_type_parse(NULL, &type));
    assert_false(severity_parse(NULL, &severity));
    assert_int_equal(type, ISSUE_DISK_FULL);
    assert_int_equal(severity, SEVERITY_HIGH);
}

static void test_endings_and_components_are_named(void **state)
{
    static const char *const statuses[] = {"running", "success", "failed", "escalated", "dry_run", "denied"};
    static const char *const components[] = {"compute", "network", "storage", "database", "security"};

    (void)state;
    for (unsigned i = 0; i < REMEDIATION_STATUS_COUNT; i++)
        assert_string_equal(remediation_status_name((enum remediation_status)i), statuses[i]);
    for (unsigned i = 0; i < COMPONENT_COUNT; i++)
        assert_string_equal(component_name((enum component)i), components[i]);
    assert_string_equal(remediation_status_name(REMEDIATION_STATUS_COUNT), "unknown");
    assert_string_equal(component_name(COMPONENT_COUNT), "unknown");
}

static void test_every_type_counts_in_one_component(void **state)
{
    static const enum component where[ISSUE_TYPE_COUNT] = {
        [ISSUE_POD_CRASH] = COMPONENT_COMPUTE,           [ISSUE_HIGH_CPU] = COMPONENT_COMPUTE,
        [ISSUE_HIGH_MEMORY] = COMPONENT_COMPUTE,         [ISSUE_DISK_FULL] = COMPONENT_STORAGE,
        [ISSUE_NETWORK_LATENCY] = COMPONENT_NETWORK,     [ISSUE_DATABASE_SLOW] = COMPONENT_DATABASE,
        [ISSUE_CERTIFICATE_EXPIRY] = COMPONENT_SECURITY, [ISSUE_SECURITY_VULNERABILITY] = COMPONENT_SECURITY,
        [ISSUE_CONFIG_DRIFT] = COMPONENT_SECURITY,
    };

    (void)state;
    for (unsigned i = 0; i < ISSUE_TYPE_COUNT; i++)
        assert_int_equal(issue_component((enum issue_type)i), where[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types_are_spelt_as_the_design_spells_them),
        cmocka_unit_test(test_severities_rise_from_low_to_critical),
        cmocka_unit_test(test_other_words_are_not_read),
        cmocka_unit_test(test_endings_and_components_are_named),
        cmocka_unit_test(test_every_type_counts_in_one_component),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
