/* kube_client_test.c - calls to an API server that is well, ill, or does not know us. */
#include "live/kube_client.h"

#include "live/mailbox.h"
#include "tests/kube_stub/kube_stub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PODS "/api/v1/pods"

struct world {
    struct kube_stub *stub;
    struct kube_settings settings;
    struct kube_client *client;
    struct http_answer answer;
};

static struct world world_of(void)
{
    struct world world = {.stub = kube_stub_start()};

    assert_non_null(world.stub);
    kube_stub_serve(world.stub, PODS);
    world.settings = (struct kube_settings){.url = kube_stub_url(world.stub), .timeout = 5 * HEAL_SECOND, .retries = 1};
    return world;
}

static void connect_to(struct world *world)
{
    char error[HTTP_ERROR_TEXT];

    world->client = kube_client_create(&world->settings, error);
    assert_non_null(world->client);
}

static bool get(struct world *world)
{
    http_answer_clear(&world->answer);
    return kube_call(world->client, "GET", PODS, NULL, NULL, &world->answer);
}

static void end(struct world *world)
{
    http_answer_clear(&world->answer);
    kube_client_destroy(world->client);
    kube_stub_stop(world->stub);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void test_reads_are_repeated_and_changes_are_not(void **state)
{
    struct world world = world_of();
    (void)state;

    connect_to(&world);
    kube_stub_misbehave(world.stub, STUB_500, STUB_LIST, PODS, 1);
    assert_true(get(&world));
    assert_int_equal(kube_stub_calls(world.stub, STUB_LIST), 2);
    kube_stub_misbehave(world.stub, STUB_500, STUB_OTHER, PODS, 1);
    http_answer_clear(&world.answer);
    assert_false(kube_call(world.client, "POST", PODS, "application/json", "{}", &world.answer));
    assert_int_equal(world.answer.status, 500);
    assert_string_equal(world.answer.error, "HTTP status 500: etcd is not well");
    assert_int_equal(kube_stub_calls(world.stub, STUB_OTHER), 1);
    end(&world);
}

static void test_too_many_requests_means_later(void **state)
{
    struct world world = world_of();
    heal_time begun = monotonic_now();
    (void)state;

    connect_to(&world);
    kube_stub_misbehave(world.stub, STUB_429, STUB_LIST, PODS, 1);
    assert_true(get(&world));
    assert_true(monotonic_now() - begun >= HEAL_SECOND);            /* Retry-After: 1 */
    kube_stub_misbehave(world.stub, STUB_429, STUB_OTHER, PODS, 1); /* nothing was done: a change may be repeated */
    http_answer_clear(&world.answer);
    assert_false(kube_call(world.client, "DELETE", PODS, NULL, NULL, &world.answer));
    assert_int_equal(world.answer.status, 404);
    assert_int_equal(kube_stub_calls(world.stub, STUB_OTHER), 2);
    end(&world);
}

static void test_a_budget_s_no_is_no_call_for_patience(void **state)
{
    struct http_answer budget = {.status = 429,
                                 .body = (char[]){"{\"details\":{\"causes\":[{\"reason\":\"DisruptionBudget\"}]}}"}};
    struct http_answer busy = {.status = 429, .body = (char[]){"{\"message\":\"too many requests\"}"}};
    (void)state;

    assert_true(kube_is_budget(&budget));
    assert_false(kube_is_budget(&busy));
}

static void test_a_rotated_token_is_taken_from_its_file(void **state)
{
    struct world world = world_of();
    char path[] = "/tmp/selfheal-token-XXXXXX";
    (void)state;

    close(mkstemp(path));
    world.settings.token_file = path;
    connect_to(&world);
    assert_false(get(&world)); /* empty: nothing leaves */
    assert_int_equal(kube_stub_calls(world.stub, STUB_LIST), 0);
    write_file(path, "first\n", 0600);
    kube_stub_token(world.stub, "first");
    assert_true(get(&world));
    kube_stub_token(world.stub, "second");
    assert_false(get(&world));
    assert_int_equal(world.answer.status, 401);
    write_file(path, "second\n", 0600);
    assert_true(get(&world));
    unlink(path);
    end(&world);
}

static void test_a_plug_in_is_asked_once_and_again_after_a_no(void **state)
{
    struct world world = world_of();
    char folder[] = "/tmp/selfheal-plug-XXXXXX", program[64], count[64], script[512], text[8] = "";
    (void)state;

    assert_non_null(mkdtemp(folder));
    snprintf(program, sizeof program, "%s/plug", folder);
    snprintf(count, sizeof count, "%s/count", folder);
    snprintf(script, sizeof script,
             "#!/bin/sh\ncase \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":false'*) ;; *) exit 9;; esac\n"
             "echo x >>%s\nn=$(wc -l <%s)\n"
             "echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
             "\"status\":{\"token\":\"'$1$WORD$((n))'\"}}'\n",
             count, count);
    write_file(program, script, 0700);
    struct kube_exec_settings settings = {
        .version = "client.authentication.k8s.io/v1", .words = {program, "t-"}, .variables = {"WORD=w"}};
    world.settings.exec = kube_exec_create(&settings);
    connect_to(&world);
    kube_stub_token(world.stub, "t-w1");
    assert_true(get(&world));
    assert_true(get(&world));
    kube_stub_token(world.stub, "t-w2");
    assert_true(get(&world)); /* 401, asked again, and the new one goes */
    FILE *file = fopen(count, "r");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof text, file), 4); /* two runs */
    fclose(file);
    write_file(program, "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"status\":{\"token\":\"secret\"}}'\n", 0700);
    kube_stub_token(world.stub, "t-w3");
    assert_false(get(&world));
    assert_null(strstr(world.answer.error, "secret"));
    end(&world);
    kube_exec_destroy(world.settings.exec);
    unlink(count);
    unlink(program);
    rmdir(folder);
}

static void test_a_plug_in_that_fails_is_named(void **state)
{
    static const char *const WORDS[][2] = {{"/nonexistent/plug", "cannot be started"},
                                           {"false", "exit code 1"},
                                           {"true", "printed no ExecCredential"},
                                           {"sleep", "did not end in time"}};
    (void)state;

    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        struct kube_exec_settings settings = {.version = "client.authentication.k8s.io/v1",
                                              .words = {WORDS[i][0], i == 3 ? "20" : NULL},
                                              .timeout = HEAL_SECOND / 4};
        struct kube_exec *exec = kube_exec_create(&settings);
        struct kube_credential credential;
        char error[HTTP_ERROR_TEXT] = "";
        assert_false(kube_exec_get(exec, 0, &credential, error));
        assert_non_null(strstr(error, WORDS[i][1]));
        kube_exec_destroy(exec);
    }
}

static void test_a_dead_server_opens_the_circuit(void **state)
{
    struct world world = world_of();
    (void)state;

    connect_to(&world);
    kube_stub_misbehave(world.stub, STUB_500, STUB_LIST, PODS, UINT32_MAX);
    for (int i = 0; i < BREAKER_FAILURES; i++)
        assert_false(get(&world));
    uint64_t calls = kube_stub_calls(world.stub, STUB_LIST);
    assert_false(get(&world));
    assert_int_equal(kube_stub_calls(world.stub, STUB_LIST), calls);
    assert_non_null(strstr(world.answer.error, "not called"));
    end(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_are_repeated_and_changes_are_not),
        cmocka_unit_test(test_too_many_requests_means_later),
        cmocka_unit_test(test_a_budget_s_no_is_no_call_for_patience),
        cmocka_unit_test(test_a_rotated_token_is_taken_from_its_file),
        cmocka_unit_test(test_a_plug_in_is_asked_once_and_again_after_a_no),
        cmocka_unit_test(test_a_plug_in_that_fails_is_named),
        cmocka_unit_test(test_a_dead_server_opens_the_circuit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
