/* config_test.c - a live process is told what to do, or what is wrong with it. */
#include "live/config.h"

#include "cli/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define QUERIES "prometheus: {url: 'http://p:9090/', queries: [{series: 'a/b/{c}:d', query: up}]}\n"

static const char *nothing(const char *name)
{
    (void)name;
    return NULL;
}

static const char *everything(const char *name)
{
    static const char *const SET[][2] = {
        {"AUTO_REMEDIATION_ENABLED", "false"}, {"LEARNING_MODE", "0"},
        {"MAX_REMEDIATIONS_PER_HOUR", "7"},    {"DRY_RUN_MODE", "false"},
        {"SCAN_INTERVAL_SECONDS", "15"},       {"HEALTH_CHECK_INTERVAL", "20"},
        {"PROMETHEUS_URL", "https://other/"},  {"ALERTMANAGER_URL", "http://am:9093"},
        {"KUBERNETES_URL", "https://k:6443/"},
    };
    for (size_t i = 0; i < sizeof SET / sizeof SET[0]; i++) {
        if (strcmp(SET[i][0], name) == 0)
            return SET[i][1];
    }
    return NULL;
}

static const char *nonsense(const char *name)
{
    return strcmp(name, "LEARNING_MODE") == 0 ? "perhaps" : strcmp(name, "SCAN_INTERVAL_SECONDS") == 0 ? "0" : NULL;
}

static struct live_config *read(const char *text, live_environment *environment, struct error_list *errors)
{
    struct document *document = yaml_parse("live.yaml", text, strlen(text), errors);
    struct live_config *config = document ? live_config_from_document(document, environment, errors) : NULL;
    document_destroy(document);
    return config;
}

static void test_a_short_file_has_safe_defaults(void **state)
{
    struct error_list errors = {0};
    struct live_config *config = read(QUERIES, nothing, &errors);
    (void)state;

    assert_non_null(config);
    assert_string_equal(config->layer, "dry_run: true\n");
    assert_string_equal(config->api.listen, "127.0.0.1");
    assert_int_equal(config->api.port, 8400);
    assert_null(config->api.tokens);
    assert_string_equal(config->prometheus.http.url, "http://p:9090");
    assert_int_equal(config->flight_disk, 1 << 30);
    live_config_destroy(config);
}

static void test_the_environment_overrides_the_file(void **state)
{
    struct error_list errors = {0};
    struct live_config *config = read("dry_run: true\n" QUERIES, everything, &errors);
    (void)state;

    assert_non_null(config);
    assert_string_equal(config->layer, "dry_run: false\nauto_remediation: false\nlearning: false\n"
                                       "limits: {total_per_hour: 7}\nscan_interval: 15s\nhealth: {interval: 20s}\n");
    assert_string_equal(config->prometheus.http.url, "https://other");
    assert_string_equal(config->alertmanager.url, "http://am:9093");
    assert_true(config->kubernetes.on);
    assert_string_equal(config->kubernetes.url_override, "https://k:6443");
    live_config_destroy(config);
}

static void test_actions_sizes_and_topology_are_read(void **state)
{
    struct error_list errors = {0};
    struct live_config *config =
        read("dry_run: false\nflight: {file: 2Mi, disk: 4096}\n"
             "actions: [{action: restart_pod, target: 'pod/*', run: [systemctl, restart, '{name}']}]\n"
             "topology: [{source: pod/a/b, relation: runs_on, target: node/-/n}]\n" QUERIES,
             nothing, &errors);
    (void)state;

    assert_non_null(config);
    assert_string_equal(config->layer, "dry_run: false\n");
    assert_int_equal(config->flight_file, 2 << 20);
    assert_int_equal(config->flight_disk, 4096);
    assert_int_equal(config->hooks[0].kind, ACTION_RESTART_POD);
    assert_string_equal(config->hooks[0].run[2], "{name}");
    assert_null(config->hooks[0].run[3]);
    assert_int_equal(config->edges[0].relation, RELATION_RUNS_ON);
    live_config_destroy(config);
}

static void test_kubernetes_alone_is_enough_to_watch(void **state)
{
    struct error_list errors = {0};
    struct live_config *config = read(
        "kubernetes: {kubeconfig: 'a:b', context: c, namespaces: [shop, pay], start_within: 5m}\n", nothing, &errors);
    (void)state;

    assert_non_null(config);
    assert_true(config->kubernetes.on);
    assert_string_equal(config->kubernetes.kubeconfig, "a:b");
    assert_int_equal(config->kubernetes.namespace_count, 2);
    assert_string_equal(config->kubernetes.namespaces[1], "pay");
    assert_int_equal(config->kubernetes.start_within, 5 * HEAL_MINUTE);
    assert_int_equal(config->kubernetes.timeout, 10 * HEAL_SECOND);
    live_config_destroy(config);
    assert_null(read("kubernetes: {namespaces: [Shop, ''], url: k, token_file: t, kubeconfig: x}\n", nothing, &errors));
    assert_int_equal(errors.count, 3);
    error_list_clear(&errors);
}

static void test_all_that_is_wrong_is_said_at_once(void **state)
{
    struct error_list errors = {0};
    char text[512];
    (void)state;

    assert_null(read("nam: x\nflight: {file: many}\napi: {port: 70000, key: k}\n"
                     "actions: [{action: dance, run: []}]\ntopology: [{source: a, relation: likes}]\n"
                     "prometheus: {url: 'ftp://x', queries: [{series: s}]}\n",
                     nonsense, &errors));
    assert_true(errors.count >= 11);
    assert_string_equal(error_format(&errors, errors.kept - 1, text, sizeof text),
                        "environment: SCAN_INTERVAL_SECONDS: expected a whole number from 1 to 86400, found \"0\"");
    error_list_clear(&errors);
    assert_null(read("name: x\n", nothing, &errors));
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
}

static void test_plans_for_kubernetes_are_read(void **state)
{
    struct error_list errors = {0};
    struct live_config *config =
        read("kubernetes: {kubeconfig: k, patches: [{image: 'a:*', fixed: 'a:2'}], manifests: m,\n"
             "  jobs: [{action: rotate_logs, manifest: j.yaml}], fallback_issuer: {name: spare},\n"
             "  lease: {name: l, duration: 9s}}\n",
             nothing, &errors);
    (void)state;

    assert_non_null(config);
    const struct kube_plans *plans = &config->kubernetes.plans;
    assert_string_equal(plans->patches[0].fixed, "a:2");
    assert_null(plans->patches[0].staging);
    assert_string_equal(plans->jobs[0].target, "*");
    assert_int_equal(plans->jobs[0].kind, ACTION_ROTATE_LOGS);
    assert_string_equal(plans->fallback_issuer_kind, "Issuer");
    assert_string_equal(plans->lease.space, "default");
    assert_int_equal(plans->lease.duration, 9 * HEAL_SECOND);
    live_config_destroy(config);
    assert_null(read("kubernetes: {patches: [{image: a}], jobs: [{action: dance, manifest: j}],\n"
                     "  lease: {duration: 1s}, fallback_issuer: {kind: Issuer}}\n",
                     nothing, &errors));
    assert_int_equal(errors.count, 5);
    error_list_clear(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_short_file_has_safe_defaults),
        cmocka_unit_test(test_the_environment_overrides_the_file),
        cmocka_unit_test(test_actions_sizes_and_topology_are_read),
        cmocka_unit_test(test_kubernetes_alone_is_enough_to_watch),
        cmocka_unit_test(test_all_that_is_wrong_is_said_at_once),
        cmocka_unit_test(test_plans_for_kubernetes_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
