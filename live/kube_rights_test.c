/* kube_rights_test.c - deploy/kubernetes/rbac.yaml allows what the code calls, and no more.
 *
 * Every action, the lease and the drift are run on the server in memory; each call that
 * they make is turned into the verb on the resource that the real server would ask RBAC
 * about. Each must be allowed, and each verb that is allowed must have been called. */
#include "live/kube_actions.h"

#include "cli/yaml.h"
#include "live/kube_facts.h"
#include "live/kube_lease.h"
#include "live/kube_manifests.h"
#include "live/test_kube_bed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

enum { RIGHTS_MAX = 256, RIGHT_TEXT = 160 };

struct rights {
    char text[RIGHTS_MAX][RIGHT_TEXT]; /* "patch apps/deployments" */
    bool used[RIGHTS_MAX];
    size_t count;
};

static bool use(struct rights *rights, const char *text)
{
    for (size_t i = 0; i < rights->count; i++) {
        if (strcmp(rights->text[i], text) == 0)
            return rights->used[i] = true;
    }
    return false;
}

/* Adds the rules of the role `name`. */
static void allow(struct rights *rights, const struct kube_manifests *manifests, const char *name)
{
    const cJSON *rule, *group, *resource, *verb;
    size_t before = rights->count;

    for (size_t i = 0; i < manifests->count; i++) {
        const char *kind = kube_text(manifests->items[i].object, "kind");
        if (strcmp(kube_text(manifests->items[i].object, "metadata.name"), name) != 0 || strstr(kind, "Binding"))
            continue;
        cJSON_ArrayForEach(rule, kube_at(manifests->items[i].object, "rules"))
            cJSON_ArrayForEach(group, kube_at(rule, "apiGroups"))
                cJSON_ArrayForEach(resource, kube_at(rule, "resources"))
                    cJSON_ArrayForEach(verb, kube_at(rule, "verbs"))
        {
            assert_true(rights->count < RIGHTS_MAX);
            assert_null(strchr(verb->valuestring, '*'));
            assert_null(strchr(resource->valuestring, '*'));
            snprintf(rights->text[rights->count++], RIGHT_TEXT, "%s %s/%s", verb->valuestring, group->valuestring,
                     resource->valuestring);
        }
    }
    assert_true(rights->count > before);
}

/* "PATCH /apis/apps/v1/namespaces/shop/deployments/web/scale" -> "patch apps/deployments/scale".
 * False for discovery, which everybody may. */
static bool right_of(const char *call, char out[RIGHT_TEXT])
{
    char method[16], path[512], *parts[16], *rest = path;
    size_t count = 0, at = 2;

    assert_int_equal(sscanf(call, "%15s %511[^?]", method, path), 2);
    for (char *part; (part = strtok_r(rest, "/", &rest)) != NULL && count < 16;)
        parts[count++] = part;
    bool core = strcmp(parts[0], "api") == 0;
    at = core ? 2 : 3;
    if (count <= at)
        return false;
    if (strcmp(parts[at], "namespaces") == 0 && count > at + 2)
        at += 2;
    bool named = count > at + 1;
    const char *verb = strcmp(method, "GET") == 0     ? (named ? "get" : "list")
                       : strcmp(method, "POST") == 0  ? "create"
                       : strcmp(method, "PUT") == 0   ? "update"
                       : strcmp(method, "PATCH") == 0 ? "patch"
                                                      : "delete";
    snprintf(out, RIGHT_TEXT, "%s %s/%s%s%s", verb, core ? "" : parts[1], parts[at], count > at + 2 ? "/" : "",
             count > at + 2 ? parts[at + 2] : "");
    return true;
}

static void hold_calls(struct rights *rights, const struct test_kube *kube)
{
    char right[RIGHT_TEXT];

    assert_true(kube->call_count <= TEST_CALLS);
    for (size_t i = 0; i < kube->call_count; i++) {
        if (right_of(kube->calls[i], right) && !use(rights, right))
            fail_msg("%s: nothing allows %s", kube->calls[i], right);
    }
}

static void hold_rights(const struct rights *rights)
{
    for (size_t i = 0; i < rights->count; i++) {
        if (!rights->used[i])
            fail_msg("nothing needs %s", rights->text[i]);
    }
}

static void read_rules(struct kube_manifests *manifests)
{
    struct document_reader reader = {yaml_parse, document_destroy};
    struct error_list errors = {0};

    assert_true(kube_manifests_read(manifests, SELFHEAL_SOURCE_DIR "/deploy/kubernetes", &reader, &errors));
}

static void put_others(struct test_kube *kube)
{
    static const char *const KINDS[] = {"StatefulSet", "DaemonSet"};
    static const char *const PLURALS[] = {"statefulsets", "daemonsets"};
    char path[128], json[1024];

    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/apis/apps/v1/namespaces/shop/%s/%s", PLURALS[i], i == 0 ? "db" : "log");
        snprintf(
            json, sizeof json,
            "{'apiVersion': 'apps/v1', 'kind': '%s', 'metadata': {'name': '%s', 'namespace': 'shop', 'uid': 'o%zu',"
            " 'generation': 0}, 'spec': {'replicas': 1, " TEMPLATE(
                "shop/web:1.1") "}, 'status':"
                                " {'observedGeneration': 0, 'updatedReplicas': 1, 'readyReplicas': 1}}",
            KINDS[i], i == 0 ? "db" : "log", i);
        test_put(kube, path, json);
    }
    test_put(
        kube, "/apis/apps/v1/namespaces/shop/controllerrevisions/db-1",
        "{'metadata': {'name': 'db-1', 'namespace': 'shop', 'ownerReferences': [{'uid': 'o0', 'controller': true}]},"
        " 'revision': 1, 'data': {'spec': {" TEMPLATE("shop/db:0") "}}}");
    test_put(
        kube, "/apis/apps/v1/namespaces/shop/controllerrevisions/db-2",
        "{'metadata': {'name': 'db-2', 'namespace': 'shop', 'ownerReferences': [{'uid': 'o0', 'controller': true}]},"
        " 'revision': 2, 'data': {'spec': {" TEMPLATE("shop/db:1") "}}}");
}

static void test_actions_may_do_what_they_do_and_no_more(void **state)
{
    static const char *const TARGETS[] = {"workload/shop/web", "workload/shop/db", "workload/shop/log",
                                          "image/shop/web",    "volume/shop/data", "certificate/shop/front",
                                          "node/default/n1",   "pod/shop/web-1-a"};
    struct bed *bed = *state;
    struct kube_manifests manifests;
    static struct rights rights;
    char id[64];

    rights = (struct rights){0};
    read_rules(&manifests);
    allow(&rights, &manifests, "selfheal-act");
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        for (size_t i = 0; i < sizeof TARGETS / sizeof TARGETS[0]; i++) {
            for (int ready = 0; ready < 2; ready++) {
                cJSON_Delete(bed->kube.objects);
                bed->kube = (struct test_kube){0};
                put_world(&bed->kube);
                put_others(&bed->kube);
                cJSON *conditions =
                    cJSON_GetObjectItem(cJSON_GetObjectItem(test_get(&bed->kube, POD), "status"), "conditions");
                kube_set_text(cJSON_GetArrayItem(conditions, 0), "", "status", ready ? "True" : "False");
                snprintf(id, sizeof id, "t-%u-%zu-%d", kind, i, ready);
                struct action action = {.kind = (enum action_kind)kind, .amount = 1, .timeout = 15 * HEAL_MILLISECOND};
                struct kube_order order = {&action, TARGETS[i], id, 1000 * HEAL_SECOND, NULL};
                kube_action_run(&bed->actor, &order, bed->message);
                action.kind = kind == ACTION_ISOLATE ? ACTION_RELEASE : action.kind;
                if (kind == ACTION_ISOLATE)
                    kube_action_run(&bed->actor, &order, bed->message);
                kube_action_done(&bed->actor, &order, 1001 * HEAL_SECOND);
                hold_calls(&rights, &bed->kube);
            }
        }
    }
    hold_rights(&rights);
    kube_manifests_clear(&manifests);
}

static void test_the_lease_needs_its_role(void **state)
{
    static const struct kube_lease_plan PLAN = {"selfheal", "selfheal", HEAL_SECOND};
    struct bed *bed = *state;
    struct kube_manifests manifests;
    static struct rights rights;
    struct kube_lease *lease = kube_lease_create(&PLAN, "a", HEAL_MILLISECOND);

    rights = (struct rights){0};
    read_rules(&manifests);
    allow(&rights, &manifests, "selfheal-lease");
    for (int i = 0; i < 2; i++)
        assert_true(kube_lease_step(lease, &bed->actor.api, HEAL_SECOND, bed->message));
    kube_lease_release(lease, &bed->actor.api, HEAL_SECOND);
    hold_calls(&rights, &bed->kube);
    hold_rights(&rights);
    kube_lease_destroy(lease);
    kube_manifests_clear(&manifests);
}

/* list and watch for every kind that a feed follows. */
static void test_the_watch_sees_what_the_feed_follows(void **state)
{
    static const char *const VERBS[] = {"list", "watch"};
    struct kube_manifests manifests;
    static struct rights rights;
    char right[RIGHT_TEXT];
    (void)state;

    rights = (struct rights){0};
    read_rules(&manifests);
    allow(&rights, &manifests, "selfheal-watch");
    for (size_t kind = 0; kind < KUBE_KIND_COUNT; kind++) {
        for (size_t i = 0; i < 2; i++) {
            const struct kube_kind_traits *traits = &KUBE_KINDS[kind];
            bool core = strncmp(traits->group, "/api/", 5) == 0;
            snprintf(right, sizeof right, "%s %.*s/%s", VERBS[i], core ? 0 : (int)strcspn(traits->group + 6, "/"),
                     core ? "" : traits->group + 6, traits->plural);
            if (!use(&rights, right))
                fail_msg("nothing allows %s", right);
        }
    }
    hold_rights(&rights);
    kube_manifests_clear(&manifests);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_actions_may_do_what_they_do_and_no_more),
        TEST(test_the_lease_needs_its_role),
        cmocka_unit_test(test_the_watch_sees_what_the_feed_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
