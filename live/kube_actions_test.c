/* kube_actions_test.c - each action does to the world what it says, once, and takes back
 * only what is still its own. */
#include "live/kube_actions.h"

#include "live/test_kube_bed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum action_outcome act(struct bed *bed, enum action_kind kind, const char *target, double amount)
{
    char id[32];
    snprintf(id, sizeof id, "t-%zu", bed->kube.call_count); /* another for each */
    return act_as(bed, id, kind, target, amount, false);
}

static enum kube_done done(struct bed *bed, const char *id, enum action_kind kind, const char *target)
{
    struct action action = {.kind = kind, .timeout = HEAL_SECOND};
    struct kube_order order = {&action, target, id, 1000 * HEAL_SECOND, NULL};
    return kube_action_done(&bed->actor, &order, 1060 * HEAL_SECOND);
}

static const char *limit(struct bed *bed, const char *map, const char *resource)
{
    const cJSON *list = kube_at(test_get(&bed->kube, WEB), "spec.template.spec.containers");
    return kube_entry(kube_named(list, "name", "app"), map, resource);
}

static int64_t replicas(struct bed *bed)
{
    return kube_whole(test_get(&bed->kube, WEB), "spec.replicas", -1);
}

static const char *image(struct bed *bed, const char *path)
{
    return kube_text(kube_named(kube_at(test_get(&bed->kube, path), "spec.template.spec.containers"), "name", "app"),
                     "image");
}

/* -- limits ------------------------------------------------------------------------------ */

static void test_limits_and_requests_grow_and_come_back_exactly(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_RAISE_MEMORY_LIMIT, "pod/shop/web-1-a", 0.5), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "memory"), "768Mi");
    assert_string_equal(limit(bed, "resources.requests", "memory"), "384Mi");
    assert_string_equal(limit(bed, "resources.limits", "cpu"), "500m");
    assert_int_equal(act(bed, ACTION_LOWER_MEMORY_LIMIT, "workload/shop/web", 0.5), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "memory"), "512Mi");
    assert_string_equal(limit(bed, "resources.requests", "memory"), "256Mi");
    assert_int_equal(act(bed, ACTION_RAISE_CPU_LIMIT, "workload/shop/web", 1), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "cpu"), "1");
}

static void test_bytes_are_bytes_and_what_was_there_is_told(void **state)
{
    struct bed *bed = *state;
    double before = 0;
    struct action action = {
        .kind = ACTION_RAISE_MEMORY_LIMIT, .amount = 1 << 28, .unit = AMOUNT_BYTES, .timeout = HEAL_SECOND};
    struct kube_order order = {&action, "workload/shop/web", "b1", 1000 * HEAL_SECOND, &before};

    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "memory"), "768Mi");
    assert_string_equal(limit(bed, "resources.requests", "memory"), "512Mi");
    assert_true(before == 512 << 20);
    action.kind = ACTION_LOWER_MEMORY_LIMIT;
    action.amount = 1 << 30; /* more than there is: by note it goes back all the same, then not again */
    order.id = "b2";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "memory"), "512Mi");
    order.id = "b3";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_FAILED);
    action = (struct action){.kind = ACTION_SCALE_OUT, .amount = 1, .timeout = HEAL_SECOND};
    order.id = "b4";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_true(before == 3);
    action = (struct action){.kind = ACTION_RAISE_CPU_LIMIT, .amount = 1, .timeout = HEAL_SECOND};
    order.id = "b5";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_true(before == 0.5);
}

/* The number that runs, which ReplicaSets and ControllerRevisions keep the template of. */
static void test_the_revision_that_ran_is_told(void **state)
{
    struct bed *bed = *state;
    double before = NAN;
    struct action action = {.kind = ACTION_ROLL_BACK_REVISION, .timeout = HEAL_SECOND};
    struct kube_order order = {&action, "workload/shop/web", "r1", 1000 * HEAL_SECOND, &before};

    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_true(before == 2);
    before = NAN;
    action.kind = ACTION_ROLL_FORWARD_REVISION;
    order.id = "r2";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_true(before == 2); /* the bed has no controller that would count on */
    test_put(&bed->kube, "/apis/apps/v1/namespaces/shop/statefulsets/db",
             "{'apiVersion': 'apps/v1', 'kind': 'StatefulSet', 'metadata': {'name': 'db', 'namespace': 'shop', 'uid':"
             " 'o0', 'generation': 1}, 'spec': {'replicas': 1, " TEMPLATE("shop/db:1") "}}");
    for (int number = 6; number <= 7; number++) {
        char path[128], json[512];
        snprintf(path, sizeof path, "/apis/apps/v1/namespaces/shop/controllerrevisions/db-%d", number);
        snprintf(json, sizeof json,
                 "{'metadata': {'name': 'db-%d', 'namespace': 'shop', 'ownerReferences': [{'uid': 'o0', 'controller':"
                 " true}]}, 'revision': %d, 'data': {'spec': {" TEMPLATE("shop/db:%d") "}}}",
                 number, number, number - 6);
        test_put(&bed->kube, path, json);
    }
    action.kind = ACTION_ROLL_BACK_REVISION;
    order.target = "workload/shop/db";
    order.id = "r3";
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_SUCCEEDED);
    assert_true(before == 7);
}

static void test_what_another_changed_since_is_not_taken_back(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_ROLL_BACK_REVISION, "workload/shop/web", 0), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, WEB), "shop/web:1.0");
    cJSON *app = kube_named(kube_at(test_get(&bed->kube, WEB), "spec.template.spec.containers"), "name", "app");
    kube_set_text(app, "", "image", "shop/web:by-hand");
    assert_int_equal(act(bed, ACTION_ROLL_FORWARD_REVISION, "workload/shop/web", 0), ACTION_FAILED);
    assert_string_equal(image(bed, WEB), "shop/web:by-hand");
}

/* -- never over somebody else's change, never twice ---------------------------------------- */

static void test_somebody_quicker_is_looked_at_again_and_kept(void **state)
{
    struct bed *bed = *state;

    bed->kube.meddle_path = WEB;
    bed->kube.meddle_key = "team";
    bed->kube.meddle_value = "blue";
    assert_int_equal(act(bed, ACTION_RAISE_MEMORY_LIMIT, "workload/shop/web", 0.5), ACTION_SUCCEEDED);
    assert_string_equal(limit(bed, "resources.limits", "memory"), "768Mi");
    assert_string_equal(kube_entry(test_get(&bed->kube, WEB), "metadata.labels", "team"), "blue");
    assert_int_equal(bed->kube.changes, 1);
}

/* A lost answer, a server's fault, a repeat under the same id: at every step, once. */
static void test_every_lost_answer_ends_with_the_change_made_once(void **state)
{
    static const struct {
        enum action_kind kind;
        double amount;
    } ACTIONS[] = {{ACTION_RAISE_MEMORY_LIMIT, 0.5}, {ACTION_SCALE_OUT, 2}, {ACTION_ROLL_BACK_REVISION, 0}};
    struct bed *bed = *state;

    for (size_t a = 0; a < sizeof ACTIONS / sizeof ACTIONS[0]; a++) {
        for (int step = 0; step < 6; step++) {
            cJSON_Delete(bed->kube.objects);
            bed->kube = (struct test_kube){0};
            put_world(&bed->kube);
            *(step < 3 ? &bed->kube.lose : &bed->kube.break_at) = step % 3;
            for (int repeat = 0; repeat < 2; repeat++)
                assert_int_equal(act_as(bed, "same", ACTIONS[a].kind, "workload/shop/web", ACTIONS[a].amount, false),
                                 ACTION_SUCCEEDED);
            assert_string_equal(limit(bed, "resources.limits", "memory"), a == 0 ? "768Mi" : "512Mi");
            assert_int_equal(replicas(bed), a == 1 ? 5 : 3);
            assert_string_equal(image(bed, WEB), a == 2 ? "shop/web:1.0" : "shop/web:1.1");
            assert_int_equal(done(bed, "same", ACTIONS[a].kind, "workload/shop/web"), KUBE_DONE_YES);
        }
    }
}

/* kill -9 after the note and before the count: the note says how many, not how many more. */
static void test_a_scale_that_was_begun_is_finished_once(void **state)
{
    struct bed *bed = *state;
    struct action action = {.kind = ACTION_SCALE_OUT, .amount = 2, .timeout = 30 * HEAL_MILLISECOND};
    struct kube_order order = {&action, "workload/shop/web", "half", 1000 * HEAL_SECOND, NULL};

    bed->kube.break_at = 2; /* the count is never set ... */
    bed->actor.pause = HEAL_SECOND;
    assert_int_equal(kube_action_run(&bed->actor, &order, bed->message), ACTION_TIMED_OUT);
    assert_int_equal(replicas(bed), 3);
    assert_int_equal(done(bed, "half", ACTION_SCALE_OUT, "workload/shop/web"), KUBE_DONE_NO);
    bed->actor.pause = 5 * HEAL_MILLISECOND;
    assert_int_equal(act_as(bed, "half", ACTION_SCALE_OUT, "workload/shop/web", 2, false), ACTION_SUCCEEDED);
    assert_int_equal(act_as(bed, "half", ACTION_SCALE_OUT, "workload/shop/web", 2, false), ACTION_SUCCEEDED);
    assert_int_equal(replicas(bed), 5);
}

static void test_nobody_asked_is_known_and_silence_is_not(void **state)
{
    struct bed *bed = *state;
    struct action action = {.kind = ACTION_RESTART_POD, .timeout = HEAL_SECOND};
    struct kube_order order = {&action, "pod/shop/web-1-a", "never", 1000 * HEAL_SECOND, NULL};

    assert_int_equal(kube_action_done(&bed->actor, &order, 1060 * HEAL_SECOND), KUBE_DONE_NO);
    assert_int_equal(kube_action_done(&bed->actor, &order, 1000 * HEAL_SECOND + HEAL_HOUR), KUBE_DONE_UNKNOWN);
    bed->kube.down = true;
    assert_int_equal(kube_action_done(&bed->actor, &order, 1060 * HEAL_SECOND), KUBE_DONE_UNKNOWN);
}

static void test_the_deposed_send_nothing(void **state)
{
    static const enum action_kind KINDS[] = {ACTION_RESTART_POD, ACTION_RAISE_MEMORY_LIMIT, ACTION_SCALE_OUT,
                                             ACTION_ISOLATE};
    struct bed *bed = *state;

    bed->fenced = true;
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        assert_int_equal(act(bed, KINDS[i], "pod/shop/web-1-a", 1), ACTION_FAILED);
        assert_non_null(strstr(bed->message, "deposed"));
    }
    for (size_t i = 0; i < bed->kube.call_count; i++)
        assert_true(strncmp(bed->kube.calls[i], "GET ", 4) == 0);
}

static void test_a_dead_server_is_waited_for_and_no_longer(void **state)
{
    struct bed *bed = *state;

    bed->kube.down = true;
    assert_int_equal(act(bed, ACTION_RAISE_MEMORY_LIMIT, "workload/shop/web", 0.5), ACTION_FAILED);
    assert_int_equal(act(bed, ACTION_RESTART_POD, "pod/shop/web-1-a", 0), ACTION_FAILED);
    assert_int_equal(bed->kube.changes, 0);
}

/* -- replicas, revisions, images ----------------------------------------------------------- */

static void test_replicas_go_through_scale_and_never_to_none(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_SCALE_OUT, "pod/shop/web-1-a", 2), ACTION_SUCCEEDED);
    assert_int_equal(replicas(bed), 5);
    assert_true(test_called(&bed->kube, "PUT " WEB "/scale"));
    assert_int_equal(act(bed, ACTION_SCALE_IN, "workload/shop/web", 2), ACTION_SUCCEEDED);
    assert_int_equal(replicas(bed), 3);
    assert_int_equal(act(bed, ACTION_SCALE_IN, "workload/shop/web", 3), ACTION_FAILED);
    assert_int_equal(replicas(bed), 3);
}

static void test_a_revision_goes_back_and_forward(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_ROLL_BACK_REVISION, "pod/shop/web-1-a", 0), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, WEB), "shop/web:1.0");
    assert_int_equal(act(bed, ACTION_ROLL_FORWARD_REVISION, "workload/shop/web", 0), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, WEB), "shop/web:1.1");
    assert_int_equal(act(bed, ACTION_ROLL_FORWARD_REVISION, "workload/shop/web", 0), ACTION_FAILED);
}

static void test_an_image_is_patched_in_staging_and_then_rolled(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_PATCH_STAGING, "image/shop/web", 0), ACTION_FAILED); /* no such workload there */
    test_put(&bed->kube, "/apis/apps/v1/namespaces/staging/deployments/web",
             "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'web', 'namespace': 'staging',"
             " 'generation': 1}, 'spec': {'replicas': 1," TEMPLATE(
                 "shop/web:1.1") "},"
                                 " 'status': {'observedGeneration': 1, 'updatedReplicas': 1, 'readyReplicas': 1, "
                                 "'availableReplicas': 1}}");
    assert_int_equal(act(bed, ACTION_PATCH_STAGING, "image/shop/web", 0), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, "/apis/apps/v1/namespaces/staging/deployments/web"), "shop/web:2.0");
    assert_string_equal(image(bed, WEB), "shop/web:1.1");
    assert_int_equal(act(bed, ACTION_PATCH_ROLLING, "workload/shop/web", 0), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, WEB), "shop/web:2.0");
    assert_int_equal(act_as(bed, "back", ACTION_ROLL_BACK_REVISION, "workload/shop/web", 0, true), ACTION_SUCCEEDED);
    assert_string_equal(image(bed, WEB), "shop/web:1.1");
}

static void test_a_rollout_that_does_not_end_is_told(void **state)
{
    struct bed *bed = *state;
    cJSON *ready = cJSON_GetObjectItem(cJSON_GetObjectItem(test_get(&bed->kube, WEB), "status"), "readyReplicas");

    cJSON_SetNumberValue(ready, 2);
    assert_int_equal(act(bed, ACTION_PATCH_ROLLING, "workload/shop/web", 0), ACTION_TIMED_OUT);
    assert_int_equal(act(bed, ACTION_PATCH_ROLLING, "volume/shop/data", 0), ACTION_UNSUPPORTED);
}

/* -- pods and nodes ------------------------------------------------------------------------- */

static void test_a_ready_pod_waits_for_its_budget(void **state)
{
    struct bed *bed = *state;

    bed->kube.budget = 3;
    assert_int_equal(act_as(bed, "e", ACTION_RESTART_POD, "pod/shop/web-1-a", 0, false), ACTION_SUCCEEDED);
    assert_null(test_get(&bed->kube, POD));
    assert_int_equal(bed->kube.budget, 0);
    assert_int_equal(done(bed, "e", ACTION_RESTART_POD, "pod/shop/web-1-a"), KUBE_DONE_YES);
}

static void test_a_budget_that_holds_is_respected_to_the_end(void **state)
{
    struct bed *bed = *state;

    bed->kube.budget = 1000000;
    assert_int_equal(act_as(bed, "e", ACTION_DELETE_POD, "pod/shop/web-1-a", 0, false), ACTION_FAILED);
    assert_non_null(strstr(bed->message, "disruption budget"));
    assert_non_null(test_get(&bed->kube, POD));
    assert_int_equal(done(bed, "e", ACTION_DELETE_POD, "pod/shop/web-1-a"), KUBE_DONE_NO);
}

static void test_a_broken_pod_is_deleted_and_an_orphan_left(void **state)
{
    struct bed *bed = *state;
    cJSON *pod = test_get(&bed->kube, POD);

    kube_set_text(cJSON_GetArrayItem(cJSON_GetObjectItem(cJSON_GetObjectItem(pod, "status"), "conditions"), 0), "",
                  "status", "False");
    bed->kube.budget = 1000000;
    assert_int_equal(act(bed, ACTION_RESTART_POD, "pod/shop/web-1-a", 0), ACTION_SUCCEEDED);
    assert_null(test_get(&bed->kube, POD));
    test_put(&bed->kube, POD,
             "{'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web-1-a', 'namespace': 'shop'}}");
    assert_int_equal(act(bed, ACTION_RESTART_POD, "pod/shop/web-1-a", 0), ACTION_FAILED);
    assert_non_null(test_get(&bed->kube, POD));
}

static void test_a_node_is_emptied_but_for_its_daemons(void **state)
{
    struct bed *bed = *state;

    test_put(&bed->kube, "/api/v1/namespaces/sys/pods/log",
             "{'metadata': {'name': 'log', 'namespace': 'sys', 'ownerReferences': [{'kind': 'DaemonSet', 'name': 'log',"
             " 'controller': true}]}, 'spec': {'nodeName': 'n1'}}");
    test_put(
        &bed->kube, "/api/v1/namespaces/sys/pods/other",
        "{'metadata': {'name': 'other', 'namespace': 'sys', 'ownerReferences': [{'kind': 'ReplicaSet', 'name': 'o',"
        " 'controller': true}]}, 'spec': {'nodeName': 'n2'}}");
    assert_int_equal(act(bed, ACTION_DRAIN, "node/default/n1", 0), ACTION_SUCCEEDED);
    assert_true(cJSON_IsTrue(kube_at(test_get(&bed->kube, NODE), "spec.unschedulable")));
    assert_null(test_get(&bed->kube, POD));
    assert_non_null(test_get(&bed->kube, "/api/v1/namespaces/sys/pods/log"));
    assert_non_null(test_get(&bed->kube, "/api/v1/namespaces/sys/pods/other"));
    assert_int_equal(act(bed, ACTION_UNDRAIN, "node/default/n1", 0), ACTION_SUCCEEDED);
    assert_null(kube_at(test_get(&bed->kube, NODE), "spec.unschedulable"));
    assert_int_equal(act(bed, ACTION_DRAIN, "pod/shop/web-1-a", 0), ACTION_UNSUPPORTED);
}

static void test_a_drain_stops_before_what_nobody_would_make_again(void **state)
{
    struct bed *bed = *state;

    test_put(&bed->kube, "/api/v1/namespaces/sys/pods/alone",
             "{'metadata': {'name': 'alone', 'namespace': 'sys'}, 'spec': {'nodeName': 'n1'}}");
    assert_int_equal(act(bed, ACTION_DRAIN, "node/default/n1", 0), ACTION_FAILED);
    assert_non_null(test_get(&bed->kube, POD));
}

static void test_the_node_of_a_pod_is_cordoned(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_CORDON_NODE, "pod/shop/web-1-a", 0), ACTION_SUCCEEDED);
    assert_true(cJSON_IsTrue(kube_at(test_get(&bed->kube, NODE), "spec.unschedulable")));
}

/* -- a pod is moved ----------------------------------------------------------------------------- */

static bool is_cordoned(struct bed *bed)
{
    return cJSON_IsTrue(kube_at(test_get(&bed->kube, NODE), "spec.unschedulable"));
}

static void test_a_moved_pod_comes_up_elsewhere_and_its_node_is_given_back(void **state)
{
    struct bed *bed = *state;

    bed->kube.next_node = "n2";
    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/web-1-a", 0), ACTION_SUCCEEDED);
    assert_non_null(strstr(bed->message, "went from n1 to n2"));
    assert_true(bed->kube.was_cordoned); /* while its pod went */
    assert_false(is_cordoned(bed));
    assert_null(test_get(&bed->kube, POD));
}

static void test_a_pod_that_no_other_node_takes_fails_and_leaves_no_cordon(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/web-1-a", 0), ACTION_FAILED);
    assert_non_null(strstr(bed->message, "no other node than n1"));
    assert_false(is_cordoned(bed));
}

static void test_a_pod_that_comes_back_to_its_node_was_not_moved(void **state)
{
    struct bed *bed = *state;

    bed->kube.next_node = "n1";
    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/web-1-a", 0), ACTION_FAILED);
    assert_false(is_cordoned(bed));
}

static void test_a_node_that_somebody_else_cordoned_stays_so_after_a_move(void **state)
{
    struct bed *bed = *state;

    test_put(&bed->kube, NODE,
             "{'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': 'n1'}, 'spec': {'unschedulable': true}}");
    bed->kube.next_node = "n2";
    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/web-1-a", 0), ACTION_SUCCEEDED);
    assert_true(is_cordoned(bed));
}

static void test_a_budget_that_holds_the_pod_leaves_no_cordon(void **state)
{
    struct bed *bed = *state;

    bed->kube.budget = 100000;
    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/web-1-a", 0), ACTION_FAILED);
    assert_non_null(test_get(&bed->kube, POD));
    assert_false(is_cordoned(bed));
}

/* Killed between cordon and uncordon: the next process finds the cordon by its note. */
static void test_a_cordon_that_a_kill_left_is_given_back_by_its_note(void **state)
{
    struct bed *bed = *state;
    struct action action = {.kind = ACTION_RESCHEDULE_POD, .timeout = HEAL_SECOND};
    struct kube_order order = {&action, "pod/shop/web-1-a", "left", 1000 * HEAL_SECOND, NULL};
    char message[KUBE_MESSAGE] = "";

    test_put(&bed->kube, "/api/v1/nodes/n2",
             "{'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': 'n2'}, 'spec': {'unschedulable': true}}");
    assert_int_equal(act_as(bed, "left", ACTION_CORDON_NODE, "node/default/n1", 0, false), ACTION_SUCCEEDED);
    assert_true(is_cordoned(bed));
    bed->kube.down = true;
    assert_false(kube_action_give_back(&bed->actor, &order, message));
    bed->kube.down = false;
    assert_true(kube_action_give_back(&bed->actor, &order, message));
    assert_false(is_cordoned(bed));
    assert_true(cJSON_IsTrue(kube_at(test_get(&bed->kube, "/api/v1/nodes/n2"), "spec.unschedulable"))); /* a person's */
    int changes = bed->kube.changes;
    assert_true(kube_action_give_back(&bed->actor, &order, message)); /* again: nothing to do */
    assert_int_equal(bed->kube.changes, changes);
}

static void test_a_daemons_pod_is_not_moved(void **state)
{
    struct bed *bed = *state;

    test_put(&bed->kube, "/api/v1/namespaces/shop/pods/log",
             "{'metadata': {'name': 'log', 'namespace': 'shop', 'uid': 'l', 'ownerReferences': [{'kind': 'DaemonSet',"
             " 'name': 'log', 'uid': 'ds', 'controller': true}]}, 'spec': {'nodeName': 'n1'}}");
    assert_int_equal(act(bed, ACTION_RESCHEDULE_POD, "pod/shop/log", 0), ACTION_FAILED);
    assert_int_equal(bed->kube.changes, 0);
}

/* What a rollback uncordons is selfheal's own cordon, and no other. */
static void test_a_rollback_leaves_a_cordon_of_somebody_else(void **state)
{
    struct bed *bed = *state;

    test_put(&bed->kube, NODE,
             "{'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': 'n1'}, 'spec': {'unschedulable': true}}");
    assert_int_equal(act(bed, ACTION_CORDON_NODE, "node/default/n1", 0), ACTION_SUCCEEDED); /* so already */
    assert_int_equal(act_as(bed, "back", ACTION_UNCORDON_NODE, "node/default/n1", 0, true), ACTION_SUCCEEDED);
    assert_true(is_cordoned(bed));
    assert_int_equal(act(bed, ACTION_UNCORDON_NODE, "node/default/n1", 0), ACTION_SUCCEEDED); /* a step is a step */
    assert_false(is_cordoned(bed));
    assert_int_equal(act_as(bed, "own", ACTION_DRAIN, "node/default/n1", 0, false), ACTION_SUCCEEDED);
    assert_true(is_cordoned(bed));
    assert_int_equal(act_as(bed, "own-back", ACTION_UNDRAIN, "node/default/n1", 0, true), ACTION_SUCCEEDED);
    assert_false(is_cordoned(bed));
}

/* -- the others ----------------------------------------------------------------------------- */

static void test_a_claim_grows(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act(bed, ACTION_EXPAND_VOLUME, "volume/shop/data", 0.2), ACTION_SUCCEEDED);
    assert_string_equal(kube_text(test_get(&bed->kube, CLAIM), "spec.resources.requests.storage"), "12288Mi");
}

static void test_a_certificate_is_renewed_as_cmctl_does_it(void **state)
{
    struct bed *bed = *state;

    assert_int_equal(act_as(bed, "c", ACTION_RENEW_CERTIFICATE, "certificate/shop/front", 0, false), ACTION_SUCCEEDED);
    const cJSON *issuing =
        kube_named(kube_at(test_get(&bed->kube, CERTIFICATE), "status.conditions"), "type", "Issuing");
    assert_string_equal(kube_text(issuing, "status"), "True");
    assert_string_equal(kube_text(issuing, "reason"), "ManuallyTriggered");
    assert_int_equal(kube_whole(issuing, "observedGeneration", 0), 4);
    assert_string_equal(kube_condition(test_get(&bed->kube, CERTIFICATE), "Ready"), "True");
    assert_true(test_called(&bed->kube, "PATCH " CERTIFICATE "/status"));
    assert_int_equal(done(bed, "c", ACTION_RENEW_CERTIFICATE, "certificate/shop/front"), KUBE_DONE_YES);
    assert_int_equal(act(bed, ACTION_VALIDATE_CERTIFICATE, "certificate/shop/front", 0),
                     ACTION_FAILED); /* not issued yet */
    cJSON_SetValuestring(cJSON_GetObjectItem(issuing, "status"), "False");
    assert_int_equal(act(bed, ACTION_VALIDATE_CERTIFICATE, "certificate/shop/front", 0), ACTION_SUCCEEDED);
    assert_int_equal(act(bed, ACTION_RENEW_CERTIFICATE_FALLBACK, "certificate/shop/front", 0), ACTION_SUCCEEDED);
    assert_string_equal(kube_text(test_get(&bed->kube, CERTIFICATE), "spec.issuerRef.name"), "spare");
}

static void test_quarantine_shuts_in_and_lets_out(void **state)
{
    static const char *const TARGETS[] = {"pod/shop/web-1-a", "workload/shop/web"};
    struct bed *bed = *state;

    for (size_t i = 0; i < 2; i++) {
        cJSON *policy = NULL, *item;
        assert_int_equal(act(bed, ACTION_ISOLATE, TARGETS[i], 0), ACTION_SUCCEEDED);
        assert_int_equal(act(bed, ACTION_ISOLATE, TARGETS[i], 0), ACTION_SUCCEEDED);
        cJSON_ArrayForEach(item, bed->kube.objects)
        {
            if (strstr(item->string, "/networkpolicies/"))
                policy = item;
        }
        assert_int_equal(cJSON_GetArraySize(kube_at(policy, "spec.policyTypes")), 2);
        assert_null(kube_at(policy, "spec.ingress"));
        assert_null(kube_at(policy, "spec.egress"));
        const char *label = kube_entry(test_get(&bed->kube, POD), "metadata.labels", "selfheal/quarantine");
        if (i == 0)
            assert_string_equal(kube_entry(policy, "spec.podSelector.matchLabels", "selfheal/quarantine"), label);
        else
            assert_string_equal(kube_entry(policy, "spec.podSelector.matchLabels", "app"), "web");
        assert_int_equal(act(bed, ACTION_RELEASE, TARGETS[i], 0), ACTION_SUCCEEDED);
        cJSON_ArrayForEach(item, bed->kube.objects) assert_null(strstr(item->string, "/networkpolicies/"));
        assert_null(kube_entry(test_get(&bed->kube, POD), "metadata.labels", "selfheal/quarantine"));
    }
}

static void test_a_job_is_made_once_and_waited_for(void **state)
{
    struct bed *bed = *state;
    cJSON *job = NULL, *item;

    assert_int_equal(act_as(bed, "live-12-18c", ACTION_CLEAN_TEMP_FILES, "volume/shop/data", 7, false),
                     ACTION_TIMED_OUT);
    cJSON_ArrayForEach(item, bed->kube.objects) job = strstr(item->string, "/jobs/") ? item : job;
    assert_string_equal(job->string, "/apis/batch/v1/namespaces/shop/jobs/selfheal-live-12-18c");
    const cJSON *args = kube_at(cJSON_GetArrayItem(kube_at(job, "spec.template.spec.containers"), 0), "args");
    assert_string_equal(cJSON_GetArrayItem(args, 0)->valuestring, "data");
    assert_string_equal(cJSON_GetArrayItem(args, 1)->valuestring, "+7");
    assert_string_equal(cJSON_GetArrayItem(args, 2)->valuestring, "{other}");
    assert_int_equal(done(bed, "live-12-18c", ACTION_CLEAN_TEMP_FILES, "volume/shop/data"), KUBE_DONE_UNKNOWN);
    cJSON_AddItemToObject(kube_make(job, "status"), "conditions",
                          cJSON_Parse("[{\"type\":\"Complete\",\"status\":\"True\"}]"));
    assert_int_equal(act_as(bed, "live-12-18c", ACTION_CLEAN_TEMP_FILES, "volume/shop/data", 7, false),
                     ACTION_SUCCEEDED);
    assert_int_equal(done(bed, "live-12-18c", ACTION_CLEAN_TEMP_FILES, "volume/shop/data"), KUBE_DONE_YES);
    assert_int_equal(bed->kube.changes, 1);
}

static void test_what_it_does_is_told_in_events(void **state)
{
    struct bed *bed = *state;
    const char *const base = "/api/v1/namespaces/shop/events/selfheal.ev.";
    char path[128];

    act_as(bed, "ev", ACTION_SCALE_OUT, "workload/shop/web", 1, false);
    snprintf(path, sizeof path, "%sbegin", base);
    assert_string_equal(kube_text(test_get(&bed->kube, path), "reason"), "Healing");
    assert_string_equal(kube_text(test_get(&bed->kube, path), "involvedObject.kind"), "Deployment");
    snprintf(path, sizeof path, "%send", base);
    assert_string_equal(kube_text(test_get(&bed->kube, path), "reason"), "Healed");
    act_as(bed, "no", ACTION_SCALE_IN, "workload/shop/web", 9, false); /* nothing was begun: nothing is told */
    assert_null(test_get(&bed->kube, "/api/v1/namespaces/shop/events/selfheal.no.begin"));
}

static void test_names_that_are_none_never_reach_the_server(void **state)
{
    static const char *const BAD[] = {"pod/shop/../../x", "pod/shop/a b", "pod/shop/A", "pod/shop/",
                                      "pod/a?b/c",        "pod",          "pod/s/a%2f"};
    struct bed *bed = *state;

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_int_equal(act(bed, ACTION_DELETE_POD, BAD[i], 0), ACTION_UNSUPPORTED);
    assert_int_equal(act(bed, ACTION_CLEAR_CACHES, "pod/shop/web-1-a", 0), ACTION_UNSUPPORTED);
    assert_int_equal(bed->kube.call_count, 0);
}

static void test_ids_are_names_and_differ(void **state)
{
    char a[KUBE_ID], b[KUBE_ID];
    (void)state;

    assert_string_equal(kube_action_id("My Cluster (EU)", 12, 1000 * HEAL_SECOND, a), "my-cluster-eu-12-f4240");
    assert_string_not_equal(kube_action_id("x", 12, 1001 * HEAL_SECOND, a),
                            kube_action_id("x", 12, 1000 * HEAL_SECOND, b));
    assert_string_equal(kube_action_id("--", 1, 0, a), "1-0");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_limits_and_requests_grow_and_come_back_exactly),
        TEST(test_bytes_are_bytes_and_what_was_there_is_told),
        TEST(test_what_another_changed_since_is_not_taken_back),
        TEST(test_somebody_quicker_is_looked_at_again_and_kept),
        TEST(test_every_lost_answer_ends_with_the_change_made_once),
        TEST(test_a_scale_that_was_begun_is_finished_once),
        TEST(test_nobody_asked_is_known_and_silence_is_not),
        TEST(test_the_deposed_send_nothing),
        TEST(test_a_dead_server_is_waited_for_and_no_longer),
        TEST(test_replicas_go_through_scale_and_never_to_none),
        TEST(test_a_revision_goes_back_and_forward),
        TEST(test_the_revision_that_ran_is_told),
        TEST(test_an_image_is_patched_in_staging_and_then_rolled),
        TEST(test_a_rollout_that_does_not_end_is_told),
        TEST(test_a_ready_pod_waits_for_its_budget),
        TEST(test_a_budget_that_holds_is_respected_to_the_end),
        TEST(test_a_broken_pod_is_deleted_and_an_orphan_left),
        TEST(test_a_node_is_emptied_but_for_its_daemons),
        TEST(test_a_drain_stops_before_what_nobody_would_make_again),
        TEST(test_the_node_of_a_pod_is_cordoned),
        TEST(test_a_moved_pod_comes_up_elsewhere_and_its_node_is_given_back),
        TEST(test_a_pod_that_no_other_node_takes_fails_and_leaves_no_cordon),
        TEST(test_a_pod_that_comes_back_to_its_node_was_not_moved),
        TEST(test_a_node_that_somebody_else_cordoned_stays_so_after_a_move),
        TEST(test_a_budget_that_holds_the_pod_leaves_no_cordon),
        TEST(test_a_cordon_that_a_kill_left_is_given_back_by_its_note),
        TEST(test_a_daemons_pod_is_not_moved),
        TEST(test_a_rollback_leaves_a_cordon_of_somebody_else),
        TEST(test_a_claim_grows),
        TEST(test_a_certificate_is_renewed_as_cmctl_does_it),
        TEST(test_quarantine_shuts_in_and_lets_out),
        TEST(test_a_job_is_made_once_and_waited_for),
        TEST(test_what_it_does_is_told_in_events),
        TEST(test_names_that_are_none_never_reach_the_server),
        TEST(test_ids_are_names_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
