/* kube_facts_test.c - objects as the API server gives them, and what they mean. */
#include "live/kube_facts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BORN "2026-01-02T03:00:00Z"
#define POD_HEAD                                                                                                       \
    "{\"metadata\":{\"name\":\"web-1\",\"namespace\":\"shop\",\"creationTimestamp\":\"" BORN                           \
    "\",\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"web-7f\",\"controller\":true}]},"                     \
    "\"spec\":{\"nodeName\":\"n1\",\"volumes\":[{\"name\":\"d\",\"persistentVolumeClaim\":{\"claimName\":\"data\"}},"  \
    "{\"name\":\"e\",\"ephemeral\":{}},{\"name\":\"c\",\"configMap\":{}}]},\"status\":"

static heal_time at(const char *text)
{
    heal_time out = 0;
    assert_true(heal_time_parse(text, strlen(text), &out, NULL));
    return out;
}

static struct kube_facts *facts_of(enum kube_kind kind, const char *text)
{
    cJSON *object = cJSON_Parse(text);
    assert_non_null(object);
    struct kube_facts *facts = kube_facts_read(kind, object, 2 * HEAL_MINUTE);
    cJSON_Delete(object);
    return facts;
}

static struct kube_facts *pod(const char *status)
{
    char text[4096];
    snprintf(text, sizeof text, "%s%s}", POD_HEAD, status);
    struct kube_facts *facts = facts_of(KUBE_POD, text);
    assert_non_null(facts);
    return facts;
}

static double sample(const struct kube_facts *facts, const char *metric, const char *now)
{
    for (size_t i = 0; i < facts->sample_count; i++) {
        if (strcmp(facts->samples[i].metric, metric) == 0)
            return kube_sample_value(&facts->samples[i], at(now));
    }
    fail_msg("no sample %s", metric);
    return NAN;
}

static bool is_number(double value, double wanted)
{
    return fabs(value - wanted) < 1e-9;
}

static void test_a_running_pod_is_well_and_knows_its_place(void **state)
{
    struct kube_facts *facts = pod("{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
                                   "\"containerStatuses\":[{\"restartCount\":2,\"state\":{\"running\":{}}}]}");
    (void)state;

    assert_string_equal(facts->key, "shop/web-1");
    assert_string_equal(facts->resource, "pod/shop/web-1");
    assert_string_equal(facts->owner, "ReplicaSet/shop/web-7f");
    assert_string_equal(facts->node, "node/default/n1");
    assert_int_equal(facts->claim_count, 2);
    assert_string_equal(facts->claims[0], "volume/shop/data");
    assert_string_equal(facts->claims[1], "volume/shop/web-1-e");
    assert_false(facts->leaving);
    assert_true(is_number(sample(facts, "up", BORN), 1));
    assert_true(is_number(sample(facts, "ready", BORN), 1));
    assert_true(is_number(sample(facts, "crash_loop", BORN), 0));
    assert_true(is_number(sample(facts, "oom_killed", BORN), 0));
    assert_true(is_number(sample(facts, "restarts_total", BORN), 2));
    kube_facts_free(facts);
}

static void test_a_pod_that_starts_has_time_to(void **state)
{
    struct kube_facts *facts = pod("{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"False\"}],"
                                   "\"containerStatuses\":[{\"restartCount\":0,\"state\":{\"waiting\":{}}}]}");
    (void)state;

    assert_true(isnan(sample(facts, "up", "2026-01-02T03:01:59Z")));
    assert_true(isnan(sample(facts, "ready", "2026-01-02T03:01:59Z")));
    assert_true(is_number(sample(facts, "up", "2026-01-02T03:02:01Z"), 0));
    assert_true(is_number(sample(facts, "ready", "2026-01-02T03:02:01Z"), 0));
    kube_facts_free(facts);
}

static void test_a_crash_loop_is_seen_at_once(void **state)
{
    struct kube_facts *facts =
        pod("{\"phase\":\"Running\",\"containerStatuses\":[{\"restartCount\":3,\"state\":{\"waiting\":{\"reason\":"
            "\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"reason\":\"OOMKilled\",\"finishedAt\":\"" BORN
            "\"}}}]}");
    (void)state;

    assert_true(is_number(sample(facts, "crash_loop", BORN), 1));
    assert_true(is_number(sample(facts, "up", BORN), 0));
    assert_true(is_number(sample(facts, "oom_killed", "2026-01-02T09:00:00Z"), 1)); /* it does not run again */
    kube_facts_free(facts);
}

static void test_an_old_kill_is_forgotten_when_the_container_runs(void **state)
{
    struct kube_facts *facts =
        pod("{\"phase\":\"Running\",\"containerStatuses\":[{\"restartCount\":1,\"state\":{\"running\":{}},"
            "\"lastState\":{\"terminated\":{\"reason\":\"OOMKilled\",\"finishedAt\":\"" BORN "\"}}}]}");
    (void)state;

    assert_true(is_number(sample(facts, "oom_killed", "2026-01-02T03:04:59Z"), 1));
    assert_true(is_number(sample(facts, "oom_killed", "2026-01-02T03:05:01Z"), 0));
    assert_true(is_number(sample(facts, "up", BORN), 1));
    kube_facts_free(facts);
}

static void test_what_ended_is_not_missed(void **state)
{
    static const char *const ENDS[] = {"{\"phase\":\"Succeeded\"}", "{\"phase\":\"Failed\",\"reason\":\"Evicted\"}"};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct kube_facts *facts = pod(ENDS[i]);
        assert_true(facts->leaving);
        kube_facts_free(facts);
    }
    struct kube_facts *bare =
        facts_of(KUBE_POD, "{\"metadata\":{\"name\":\"b\"},\"spec\":{},\"status\":{\"phase\":\"Failed\"}}");
    assert_string_equal(bare->key, "default/b");
    assert_false(bare->leaving);
    assert_true(is_number(sample(bare, "up", BORN), 0));
    kube_facts_free(bare);
}

static void test_the_other_kinds(void **state)
{
    struct kube_facts *node = facts_of(KUBE_NODE, "{\"metadata\":{\"name\":\"n1\",\"creationTimestamp\":\"" BORN
                                                  "\"},\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":"
                                                  "\"Unknown\"}]}}");
    struct kube_facts *workload =
        facts_of(KUBE_DEPLOYMENT, "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"annotations\":"
                                  "{\"deployment.kubernetes.io/revision\":\"7\"}},\"spec\":{\"replicas\":4},"
                                  "\"status\":{\"readyReplicas\":3}}");
    struct kube_facts *daemons =
        facts_of(KUBE_DAEMON_SET, "{\"metadata\":{\"name\":\"log\",\"namespace\":\"shop\"},"
                                  "\"status\":{\"desiredNumberScheduled\":0,\"numberReady\":0}}");
    struct kube_facts *claim = facts_of(KUBE_CLAIM, "{\"metadata\":{\"name\":\"data\",\"namespace\":\"shop\"},"
                                                    "\"status\":{\"capacity\":{\"storage\":\"10Gi\"}}}");
    struct kube_facts *certificate =
        facts_of(KUBE_CERTIFICATE, "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\"},"
                                   "\"status\":{\"notAfter\":\"2026-01-12T03:00:00Z\"}}");
    (void)state;

    assert_string_equal(node->resource, "node/default/n1");
    assert_true(is_number(sample(node, "ready", "2026-02-01T00:00:00Z"), 0));
    assert_string_equal(workload->resource, "workload/shop/web");
    assert_true(is_number(sample(workload, "replicas_ready_ratio", BORN), 0.75));
    assert_true(is_number(sample(workload, "revision", BORN), 7));
    assert_true(isnan(sample(daemons, "replicas_ready_ratio", BORN)));
    assert_true(isnan(sample(daemons, "revision", BORN)));
    assert_true(is_number(sample(claim, "volume_capacity_bytes", BORN), 10.0 * 1073741824.0));
    assert_string_equal(certificate->resource, "certificate/shop/web");
    assert_true(is_number(sample(certificate, "certificate_remaining_days", BORN), 10));
    assert_true(is_number(sample(certificate, "certificate_remaining_days", "2026-01-13T03:00:00Z"), -1));
    kube_facts_free(node);
    kube_facts_free(workload);
    kube_facts_free(daemons);
    kube_facts_free(claim);
    kube_facts_free(certificate);
}

static void test_a_report_belongs_to_what_was_looked_at(void **state)
{
    struct kube_facts *report = facts_of(
        KUBE_VULNERABILITY, "{\"metadata\":{\"name\":\"replicaset-web-7f-app\",\"namespace\":\"shop\",\"labels\":{"
                            "\"trivy-operator.resource.kind\":\"ReplicaSet\",\"trivy-operator.resource.name\":"
                            "\"web-7f\",\"trivy-operator.resource.namespace\":\"shop\"}},\"report\":{\"summary\":{"
                            "\"criticalCount\":1,\"highCount\":2,\"mediumCount\":3,\"lowCount\":4}}}");
    (void)state;

    assert_null(report->resource);
    assert_string_equal(report->owner, "ReplicaSet/shop/web-7f");
    assert_true(is_number(sample(report, "critical_vulnerabilities", BORN), 1));
    assert_true(is_number(sample(report, "vulnerability_count_low", BORN), 4));
    kube_facts_free(report);
}

static void test_what_is_no_object_is_nothing(void **state)
{
    static const char *const TEXTS[] = {"{}", "[]", "\"x\"", "{\"metadata\":{\"name\":7}}",
                                        "{\"metadata\":{\"name\":\"\"}}"};
    (void)state;

    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++)
            assert_null(facts_of(kind, TEXTS[i]));
    for (enum kube_kind kind = 0; kind < KUBE_KIND_COUNT; kind++) { /* all of it missing, or of another type */
        kube_facts_free(facts_of(kind, "{\"metadata\":{\"name\":\"n\"}}"));
        kube_facts_free(facts_of(kind,
                                 "{\"metadata\":{\"name\":\"n\",\"ownerReferences\":{},\"labels\":[]},\"spec\":[],"
                                 "\"status\":{\"conditions\":{\"a\":1},\"containerStatuses\":[1,null,{\"state\":"
                                 "[]}],\"capacity\":{\"storage\":\"\"}},\"report\":3}"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_running_pod_is_well_and_knows_its_place),
        cmocka_unit_test(test_a_pod_that_starts_has_time_to),
        cmocka_unit_test(test_a_crash_loop_is_seen_at_once),
        cmocka_unit_test(test_an_old_kill_is_forgotten_when_the_container_runs),
        cmocka_unit_test(test_what_ended_is_not_missed),
        cmocka_unit_test(test_the_other_kinds),
        cmocka_unit_test(test_a_report_belongs_to_what_was_looked_at),
        cmocka_unit_test(test_what_is_no_object_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
