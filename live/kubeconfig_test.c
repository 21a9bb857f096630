/* kubeconfig_test.c - the files that kubectl reads mean the same here, or it is said why not. */
#include "live/kubeconfig.h"

#include "cli/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PEM_TEXT "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==" /* "-----BEGIN CERTIFICATE-----\n" */
#define CLUSTERS                                                                                                       \
    "clusters:\n- name: here\n  cluster: {server: 'https://h:6443/', certificate-authority: ca.pem}\n"                 \
    "- name: there\n  cluster: {server: 'https://t', certificate-authority-data: " PEM_TEXT ", tls-server-name: n}\n"
#define USERS                                                                                                          \
    "users:\n- name: me\n  user: {client-certificate: pki/me.crt, client-key: /abs/me.key}\n"                          \
    "- name: robot\n  user: {tokenFile: token, token: old}\n"                                                          \
    "- name: plug\n  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./get-token, "                \
    "args: [--for, it], env: [{name: A, value: b}], provideClusterInfo: true, interactiveMode: Never}}\n"
#define CONTEXTS                                                                                                       \
    "contexts:\n- name: a\n  context: {cluster: here, user: me, namespace: shop}\n"                                    \
    "- name: b\n  context: {cluster: there, user: robot}\n- name: c\n  context: {cluster: there, user: plug}\n"

struct given {
    struct document *documents[4];
    size_t count;
    struct arena *arena;
    struct kube_settings settings;
    struct error_list errors;
    bool good;
};

static void give(struct given *given, const char *file, const char *text)
{
    given->documents[given->count] = yaml_parse(file, text, strlen(text), &given->errors);
    assert_non_null(given->documents[given->count]);
    given->count++;
}

static void read_as(struct given *given, const char *context)
{
    given->arena = arena_create();
    given->good = kubeconfig_read((const struct document *const *)given->documents, given->count, context, given->arena,
                                  &given->settings, &given->errors);
}

static void clear(struct given *given)
{
    kube_exec_destroy(given->settings.exec);
    for (size_t i = 0; i < given->count; i++)
        document_destroy(given->documents[i]);
    arena_destroy(given->arena);
    error_list_clear(&given->errors);
}

static void says(const struct given *given, size_t index, const char *wanted)
{
    char text[512];

    assert_false(given->good);
    assert_true(index < given->errors.kept);
    assert_string_equal(error_format(&given->errors, index, text, sizeof text), wanted);
}

static void test_the_current_context_gives_server_and_certificate(void **state)
{
    struct given given = {0};
    (void)state;

    give(&given, "/etc/k/config",
         "apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: a\n" CLUSTERS USERS CONTEXTS);
    read_as(&given, NULL);
    assert_true(given.good);
    assert_string_equal(given.settings.url, "https://h:6443");
    assert_string_equal(given.settings.ca_file, "/etc/k/ca.pem");
    assert_string_equal(given.settings.certificate_file, "/etc/k/pki/me.crt");
    assert_string_equal(given.settings.key_file, "/abs/me.key");
    assert_string_equal(given.settings.own_namespace, "shop");
    assert_null(given.settings.exec);
    clear(&given);
}

static void test_another_context_can_be_asked_for(void **state)
{
    struct given given = {0};
    (void)state;

    give(&given, "config", "current-context: a\n" CLUSTERS USERS CONTEXTS);
    read_as(&given, "b");
    assert_true(given.good);
    assert_string_equal(given.settings.url, "https://t");
    assert_string_equal(given.settings.ca_data, "-----BEGIN CERTIFICATE-----\n");
    assert_string_equal(given.settings.server_name, "n");
    assert_string_equal(given.settings.token_file, "token");
    clear(&given);
}

static void test_a_plug_in_is_read(void **state)
{
    struct given given = {0};
    (void)state;

    give(&given, "config", "current-context: c\n" CLUSTERS USERS CONTEXTS);
    read_as(&given, NULL);
    assert_true(given.good);
    assert_non_null(given.settings.exec);
    clear(&given);
}

static void test_of_several_files_the_first_counts(void **state)
{
    struct given given = {0};
    (void)state;

    give(&given, "one", "current-context: b\nclusters: [{name: there, cluster: {server: 'https://first'}}]\n");
    give(&given, "dir/two", "current-context: a\n" CLUSTERS USERS CONTEXTS);
    read_as(&given, NULL);
    assert_true(given.good);
    assert_string_equal(given.settings.url, "https://first");
    assert_string_equal(given.settings.token_file, "dir/token");
    clear(&given);
}

static void test_what_is_missing_is_named(void **state)
{
    struct given given = {0}, other = {0}, none = {0};
    (void)state;

    give(&given, "config", CLUSTERS USERS CONTEXTS);
    read_as(&given, NULL);
    says(&given, 0, "config: current-context: is missing, and no context was asked for");
    clear(&given);
    give(&other, "config", CLUSTERS USERS CONTEXTS);
    read_as(&other, "z");
    says(&other, 0, "config: contexts: the context \"z\" is not there, found a, b, c");
    clear(&other);
    give(&none, "config", "current-context: a\nclusters: []\nusers: []\n" CONTEXTS);
    read_as(&none, NULL);
    says(&none, 0, "config: clusters: the context's cluster \"here\" is not there, found none at all");
    clear(&none);
}

static void test_what_is_wrong_is_said_with_line_and_field(void **state)
{
    struct given given = {0};
    (void)state;

    give(&given, "config",
         "current-context: a\nclusters:\n- name: here\n  cluster:\n    server: h:6443\n    proxy-url: http://p\n"
         "    certificate-authority-data: aGVsbG8=\nusers:\n- name: me\n  user:\n    username: me\n"
         "    client-certificate: a.crt\n" CONTEXTS);
    read_as(&given, NULL);
    says(&given, 0, "config:5: clusters[0].cluster.server: expected https://... or http://..., found \"h:6443\"");
    says(&given, 1, "config:7: clusters[0].cluster.certificate-authority-data: expected PEM text in base64");
    says(&given, 2,
         "config:6: clusters[0].cluster.proxy-url: is not supported here, the server is called without a proxy");
    says(&given, 3,
         "config:11: users[0].user.username: is not supported here, expected a client certificate, a token "
         "or an exec plug-in");
    says(&given, 4, "config:12: users[0].user.client-certificate: a client certificate and its key go together");
    assert_int_equal(given.errors.count, 5);
    clear(&given);
}

static void test_a_plug_in_of_an_old_version_is_refused(void **state)
{
    struct given given = {0};
    char text[512];
    (void)state;

    give(&given, "config",
         "current-context: a\n" CLUSTERS CONTEXTS
         "users: [{name: me, user: {exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}}]\n");
    read_as(&given, NULL);
    assert_false(given.good);
    assert_non_null(strstr(error_format(&given.errors, 0, text, sizeof text), "users[0].user.exec.apiVersion"));
    clear(&given);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_a_pod_knows_its_server_by_its_service_account(void **state)
{
    struct kube_settings settings = {0};
    struct error_list errors = {0};
    struct arena *arena = arena_create();
    char folder[] = "/tmp/selfheal-account-XXXXXX", path[64];
    (void)state;

    assert_non_null(mkdtemp(folder));
    assert_false(kubeconfig_in_cluster(folder, "10.0.0.1", "443", arena, &settings, &errors));
    assert_int_equal(errors.count, 1);
    error_list_clear(&errors);
    write_file(folder, "token", "abc\n");
    write_file(folder, "namespace", "watch");
    assert_true(kubeconfig_in_cluster(folder, "fd00::1", "6443", arena, &settings, &errors));
    assert_string_equal(settings.url, "https://[fd00::1]:6443");
    assert_string_equal(settings.own_namespace, "watch");
    assert_null(settings.token);
    assert_memory_equal(settings.token_file, folder, strlen(folder));
    arena_destroy(arena);
    snprintf(path, sizeof path, "%s/token", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/namespace", folder);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_current_context_gives_server_and_certificate),
        cmocka_unit_test(test_another_context_can_be_asked_for),
        cmocka_unit_test(test_a_plug_in_is_read),
        cmocka_unit_test(test_of_several_files_the_first_counts),
        cmocka_unit_test(test_what_is_missing_is_named),
        cmocka_unit_test(test_what_is_wrong_is_said_with_line_and_field),
        cmocka_unit_test(test_a_plug_in_of_an_old_version_is_refused),
        cmocka_unit_test(test_a_pod_knows_its_server_by_its_service_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
