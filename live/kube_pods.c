/* kube_pods.c - one pod goes, so that its owner makes a new one.
 *
 * By eviction, which asks the disruption budgets: 429 means wait. A pod that is not
 * ready counts in no budget; it is deleted, gracefully, because a budget that is
 * already missed would hold a broken pod for ever. Either way only the pod that was
 * looked at goes (precondition: its uid), and none that nobody would make again. */
#include "live/kube_actions_parts.h"

#include <stdio.h>
#include <string.h>

static cJSON *delete_options(const char *version, const char *kind, const char *uid)
{
    cJSON *options = cJSON_CreateObject();

    if (options && kube_set_text(options, "", "apiVersion", version) && kube_set_text(options, "", "kind", kind) &&
        kube_set_text(options, "preconditions", "uid", uid))
        return options;
    cJSON_Delete(options);
    return NULL;
}

/* The version of Eviction that the server takes: "policy/v1", or "policy/v1beta1" before 1.22. */
static void eviction_version(struct kube_work *work, char version[KUBE_NAME])
{
    cJSON *core = kube_read(work, "/api/v1");
    const cJSON *eviction = kube_named(kube_at(core, "resources"), "name", "pods/eviction");
    const char *group = kube_text(eviction, "group"), *number = kube_text(eviction, "version");

    snprintf(version, KUBE_NAME, "%s/%s", group ? group : "policy", number ? number : "v1");
    cJSON_Delete(core);
}

static cJSON *eviction_body(struct kube_work *work, const char *space, const char *name, const char *uid)
{
    cJSON *eviction = cJSON_CreateObject(), *options = delete_options("v1", "DeleteOptions", uid);
    char version[KUBE_NAME];

    eviction_version(work, version);
    if (eviction && options && kube_set_text(eviction, "", "apiVersion", version) &&
        kube_set_text(eviction, "", "kind", "Eviction") && kube_set_text(eviction, "metadata", "name", name) &&
        kube_set_text(eviction, "metadata", "namespace", space)) {
        cJSON_AddItemToObject(eviction, "deleteOptions", options);
        return eviction;
    }
    cJSON_Delete(options);
    cJSON_Delete(eviction);
    return NULL;
}

/* Whether the pod with that uid is still wanted by nobody's deletion. */
static bool is_gone(struct kube_work *work, const char *space, const char *name, const char *uid)
{
    cJSON *pod = kube_read_of(work, "Pod", space, name);
    const char *own = kube_text(pod, "metadata.uid");
    bool gone =
        pod ? (own && strcmp(own, uid) != 0) || kube_text(pod, "metadata.deletionTimestamp") : work->status == 404;

    cJSON_Delete(pod);
    return gone;
}

enum action_outcome kube_evict(struct kube_work *work, const char *space, const char *name, const char *uid)
{
    cJSON *body = eviction_body(work, space, name, uid);
    char path[KUBE_PATH], eviction[KUBE_PATH + 16];
    enum action_outcome outcome = ACTION_FAILED;
    bool again = body && kube_path(kube_type_find("Pod"), space, name, path);

    snprintf(eviction, sizeof eviction, "%s/eviction", again ? path : "");
    while (again) {
        bool good = kube_send(work, "POST", eviction, "application/json", body, NULL);
        bool waits = work->status == 429 || work->status == 503, unclear = kube_is_unclear(work->status);
        bool missing = work->status == 404 || work->status == 409;
        outcome =
            good ? kube_say(work, ACTION_SUCCEEDED, "pod %.100s/%.100s evicted", space, name) : kube_verdict(work);
        if (good || !(waits || unclear || missing))
            break;
        if ((unclear || missing) && is_gone(work, space, name, uid)) {
            outcome = kube_say(work, ACTION_SUCCEEDED, "pod %.100s/%.100s is gone", space, name);
            break;
        }
        again = kube_rest(work);
        if (!again && waits)
            outcome = kube_say(work, ACTION_FAILED, "a disruption budget held pod %.100s/%.100s until the time was up",
                               space, name);
    }
    cJSON_Delete(body);
    return outcome;
}

static enum action_outcome delete_pod(struct kube_work *work, const char *space, const char *name, const char *uid)
{
    cJSON *body = delete_options("v1", "DeleteOptions", uid);
    char path[KUBE_PATH];
    enum action_outcome outcome = ACTION_FAILED;

    if (body && kube_path(kube_type_find("Pod"), space, name, path)) {
        bool good = kube_send(work, "DELETE", path, "application/json", body, NULL);
        outcome =
            good ? kube_say(work, ACTION_SUCCEEDED, "pod %.100s/%.100s deleted", space, name) : kube_verdict(work);
        if (!good && (kube_is_unclear(work->status) || work->status == 404 || work->status == 409) &&
            is_gone(work, space, name, uid))
            outcome = kube_say(work, ACTION_SUCCEEDED, "pod %.100s/%.100s is gone", space, name);
    }
    cJSON_Delete(body);
    return outcome;
}

enum action_outcome kube_take_pod(struct kube_work *work, const cJSON *pod)
{
    const char *space = kube_text(pod, "metadata.namespace"), *name = kube_text(pod, "metadata.name");
    const char *uid = kube_text(pod, "metadata.uid");

    return (strcmp(kube_condition(pod, "Ready"), "True") == 0 ? kube_evict : delete_pod)(work, space, name, uid);
}

enum action_outcome kube_act_pod(struct kube_work *work)
{
    const char *space = work->target.space, *name = work->target.name;
    cJSON *pod = kube_read_of(work, "Pod", space, name);
    enum action_outcome outcome = ACTION_FAILED;

    if (pod && !kube_controller(pod))
        outcome =
            kube_say(work, ACTION_FAILED, "pod %.100s/%.100s has no owner: nobody would make it again", space, name);
    else if (pod && kube_text(pod, "metadata.deletionTimestamp"))
        outcome = kube_say(work, ACTION_SUCCEEDED, "pod %.100s/%.100s is going already", space, name);
    else if (pod && work->order->action->kind == ACTION_RESCHEDULE_POD)
        outcome = kube_move_pod(work, pod);
    else if (kube_text(pod, "metadata.uid") && kube_begin(work, pod))
        outcome = kube_take_pod(work, pod);
    cJSON_Delete(pod);
    return outcome;
}
