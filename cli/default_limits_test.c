/* default_limits_test.c - the built-in policy's limits are those that it is known for.
 *
 * Issue by issue: a series at its limit is quiet, a little beyond it opens the issue
 * of that type, by the fixed limit and not by what is unusual. The values before lie
 * close under the limit where a baseline could speak as well. */
#include "cli/test_files.h"

#include "engine/detector.h"

#include <math.h>

enum { SETTLED = 40, WATCHED = 3 };

struct limit {
    const char *series;
    enum issue_type issue;
    enum severity severity;
    double before, within, beyond;
};

static const struct limit LIMITS[] = {
    {"pod/shop/web-1:container_oom_killed", ISSUE_POD_CRASH, SEVERITY_HIGH, 0, 0, 1},
    {"pod/shop/web-1:crash_loop_back_off", ISSUE_POD_CRASH, SEVERITY_HIGH, 0, 0, 1},
    {"pod/shop/web-1:restarts_per_hour", ISSUE_POD_CRASH, SEVERITY_HIGH, 0, 3, 4},
    {"pod/shop/web-1:cpu_utilization_ratio", ISSUE_HIGH_CPU, SEVERITY_MEDIUM, 0.8, 0.85, 0.86},
    {"node/-/a:cpu_usage_percent", ISSUE_HIGH_CPU, SEVERITY_MEDIUM, 80, 85, 86},
    {"pod/shop/web-1:memory_utilization_ratio", ISSUE_HIGH_MEMORY, SEVERITY_MEDIUM, 0.85, 0.9, 0.91},
    {"node/-/a:memory_used_percent", ISSUE_HIGH_MEMORY, SEVERITY_MEDIUM, 85, 90, 91},
    {"volume/shop/data:disk_used_ratio", ISSUE_DISK_FULL, SEVERITY_HIGH, 0.94, 0.95, 0.951},
    {"node/-/a:filesystem_used_ratio", ISSUE_DISK_FULL, SEVERITY_HIGH, 0.94, 0.95, 0.951},
    {"pod/shop/web-1:request_latency_seconds", ISSUE_NETWORK_LATENCY, SEVERITY_MEDIUM, 0.05, 0.2, 0.21},
    {"link/shop/web-db:request_latency_seconds", ISSUE_NETWORK_LATENCY, SEVERITY_MEDIUM, 0.05, 0.2, 0.21},
    {"link/shop/web-db:tcp_rtt_seconds", ISSUE_NETWORK_LATENCY, SEVERITY_MEDIUM, 0.05, 0.2, 0.21},
    {"database/shop/db:query_latency_seconds", ISSUE_DATABASE_SLOW, SEVERITY_HIGH, 4.8, 5, 5.1},
    {"pod/shop/db-0:slowest_query_seconds", ISSUE_DATABASE_SLOW, SEVERITY_HIGH, 4.8, 5, 5.1},
    {"certificate/shop/api:certificate_remaining_days", ISSUE_CERTIFICATE_EXPIRY, SEVERITY_MEDIUM, 32, 30, 29.9},
    {"certificate/shop/api:certificate_remaining_seconds", ISSUE_CERTIFICATE_EXPIRY, SEVERITY_MEDIUM, 2700000, 2592000,
     2591000},
    {"image/shop/web:critical_vulnerabilities", ISSUE_SECURITY_VULNERABILITY, SEVERITY_CRITICAL, 0, 0, 1},
    {"image/shop/web:high_vulnerabilities", ISSUE_SECURITY_VULNERABILITY, SEVERITY_HIGH, 0, 0, 1},
    {"image/shop/web:medium_vulnerabilities", ISSUE_SECURITY_VULNERABILITY, SEVERITY_MEDIUM, 0, 0, 1},
    {"image/shop/web:low_vulnerabilities", ISSUE_SECURITY_VULNERABILITY, SEVERITY_LOW, 0, 0, 1},
    {"config/shop/web:config_drift", ISSUE_CONFIG_DRIFT, SEVERITY_MEDIUM, 0, 0, 1},
};

struct watch {
    struct policy *policy;
    struct inventory *inventory;
    struct detector *detector;
    heal_time now;
};

static struct watch watch_one(const char *series)
{
    struct watch watch = {.policy = test_policy(), .inventory = inventory_create()};

    assert_int_equal(inventory_add_series(watch.inventory, series, strlen(series)), 0);
    assert_true(inventory_freeze(watch.inventory));
    watch.detector = detector_create(watch.policy, watch.inventory);
    assert_non_null(watch.detector);
    return watch;
}

static void end_watch(struct watch *watch)
{
    detector_destroy(watch->detector);
    inventory_destroy(watch->inventory);
    policy_destroy(watch->policy);
}

/* So many scans at this value, or a few per cent under it; what began in one of them, or NULL. */
static const struct detector_event *scan(struct watch *watch, double value, double spread, int scans)
{
    for (int i = 0; i < scans; i++) {
        size_t count;
        double sample = value * (1.0 - spread * (i % 4));
        watch->now += watch->policy->scan_interval;
        const struct detector_event *event = detector_frame(watch->detector, watch->now, &sample, &count);
        if (count > 0 && event->kind == ANOMALY_BEGAN)
            return event;
    }
    return NULL;
}

static void test_each_default_limit_is_where_it_is_said_to_be(void **state)
{
    bool seen[ISSUE_TYPE_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        const struct limit *limit = &LIMITS[i];
        struct watch watch = watch_one(limit->series);
        const struct policy_rule *rule = detector_rule(watch.detector, 0);
        if (rule->issue != limit->issue || rule->severity != limit->severity)
            fail_msg("%s is watched by %s", limit->series, rule->name);
        if (scan(&watch, limit->before, 0.01, SETTLED) || scan(&watch, limit->within, 0, WATCHED))
            fail_msg("%s: an anomaly within its limit", limit->series);
        const struct detector_event *event = scan(&watch, limit->beyond, 0, WATCHED);
        if (!event || event->by_baseline)
            fail_msg("%s: %g is not over its limit", limit->series, limit->beyond);
        seen[limit->issue] = true;
        end_watch(&watch);
    }
    for (size_t type = 0; type < ISSUE_TYPE_COUNT; type++)
        assert_true(seen[type]);
}

static void test_a_scan_is_every_half_minute(void **state)
{
    struct policy *policy = test_policy();

    (void)state;
    assert_int_equal(policy->scan_interval, 30 * HEAL_SECOND);
    policy_destroy(policy);
}

/* 200 ms are the limit of who is normally faster, and no more. */
static void test_a_service_that_is_always_slower_than_200_ms_opens_nothing_by_that(void **state)
{
    struct watch watch = watch_one("pod/shop/report-1:request_latency_seconds");

    (void)state;
    assert_null(scan(&watch, 0.3, 0.01, 1000)); /* from its first sample on */
    assert_null(scan(&watch, 0.49, 0, WATCHED));
    const struct detector_event *event = scan(&watch, 1.0, 0, WATCHED);
    assert_non_null(event);
    assert_true(event->by_baseline);
    end_watch(&watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_default_limit_is_where_it_is_said_to_be),
        cmocka_unit_test(test_a_scan_is_every_half_minute),
        cmocka_unit_test(test_a_service_that_is_always_slower_than_200_ms_opens_nothing_by_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
