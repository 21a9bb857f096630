/* kube_quarantine.c - nothing in, nothing out: a NetworkPolicy without rules.
 *
 * Of a workload it selects what the workload selects; of a pod a label that only this
 * pod gets, after the policy is there, so that the pod is shut in at once. Whether
 * policies are kept is up to the cluster's network. */
#include "live/kube_actions_parts.h"

#include "live/kube_edit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a (Fowler, Noll, Vo), 64 bit: a short name for a long one. */
static uint64_t hash(const char *text)
{
    uint64_t value = UINT64_C(14695981039346656037);

    for (; *text; text++)
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return value;
}

void kube_quarantine_name(const struct kube_target *target, char out[KUBE_NAME])
{
    char id[3 * KUBE_NAME];

    snprintf(id, sizeof id, "%s/%s/%s", target->kind, target->space, target->name);
    snprintf(out, KUBE_NAME, "selfheal-quarantine-%016" PRIx64, hash(id));
}

static cJSON *policy_of(const struct kube_order *order, const char *space, const char *name, const cJSON *selector)
{
    cJSON *policy = cJSON_CreateObject(), *spec, *types;
    bool good = policy && kube_set_text(policy, "", "apiVersion", "networking.k8s.io/v1") &&
                kube_set_text(policy, "", "kind", "NetworkPolicy") && kube_set_text(policy, "metadata", "name", name) &&
                kube_set_text(policy, "metadata", "namespace", space) &&
                kube_set_text(policy, "metadata.labels", "app.kubernetes.io/managed-by", "selfheal") &&
                kube_set_text(policy, "metadata.annotations", "selfheal/target", order->target) &&
                kube_set_text(policy, "metadata.annotations", "selfheal/action", order->id) &&
                (spec = kube_make(policy, "spec")) != NULL &&
                (types = cJSON_AddArrayToObject(spec, "policyTypes")) != NULL;

    if (good && cJSON_AddItemToArray(types, cJSON_CreateString("Ingress")) &&
        cJSON_AddItemToArray(types, cJSON_CreateString("Egress"))) {
        if (selector)
            good = cJSON_AddItemToObject(spec, "podSelector", cJSON_Duplicate(selector, true));
        else
            good = kube_set_text(policy, "spec.podSelector.matchLabels", "selfheal/quarantine", name);
        if (good)
            return policy;
    }
    cJSON_Delete(policy);
    return NULL;
}

static bool edit_label(cJSON *pod, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_quarantine(pod, context, why);
}

static enum action_outcome label_pod(struct kube_work *work, const cJSON *pod, char *value)
{
    char path[KUBE_PATH];
    struct kube_change change = {path, edit_label, value, NULL};

    return kube_path_of(pod, path) ? kube_change(work, &change) : ACTION_FAILED;
}

static enum action_outcome isolate(struct kube_work *work, const cJSON *object, bool is_pod, char *name)
{
    char path[KUBE_PATH];
    const cJSON *selector = is_pod ? NULL : kube_at(object, "spec.selector");
    cJSON *policy = policy_of(work->order, work->target.space, name, selector);
    bool good = policy && kube_path(kube_type_find("NetworkPolicy"), work->target.space, NULL, path) &&
                kube_begin(work, object);

    while (good && !(good = kube_send(work, "POST", path, "application/json", policy, NULL))) {
        good = work->status == 409; /* it is there: by us, its name says so */
        if (good || !kube_is_unclear(work->status) || !kube_rest(work))
            break;
        good = true;
    }
    cJSON_Delete(policy);
    if (!good)
        return kube_verdict(work);
    if (is_pod) {
        enum action_outcome outcome = label_pod(work, object, name);
        if (outcome != ACTION_SUCCEEDED)
            return outcome;
    }
    return kube_say(work, ACTION_SUCCEEDED, "NetworkPolicy %s lets nothing in or out", name);
}

static enum action_outcome release(struct kube_work *work, const cJSON *object, bool is_pod, const char *name)
{
    char path[KUBE_PATH];
    cJSON *policy = kube_read_of(work, "NetworkPolicy", work->target.space, name);
    const char *by = kube_entry(policy, "metadata.labels", "app.kubernetes.io/managed-by");
    const char *uid = kube_text(policy, "metadata.uid");
    cJSON *options = cJSON_CreateObject();
    enum action_outcome outcome = ACTION_FAILED;

    if (!policy && work->status == 404)
        outcome = kube_say(work, ACTION_SUCCEEDED, "it is in no quarantine");
    else if (policy && (!by || strcmp(by, "selfheal") != 0))
        outcome = kube_say(work, ACTION_FAILED, "NetworkPolicy %s is somebody else's", name);
    else if (policy && kube_path_of(policy, path) && kube_begin(work, object ? object : policy) && uid &&
             kube_set_text(options, "preconditions", "uid", uid))
        outcome = kube_send(work, "DELETE", path, "application/json", options, NULL) || work->status == 404
                      ? kube_say(work, ACTION_SUCCEEDED, "NetworkPolicy %s is gone", name)
                      : kube_verdict(work);
    cJSON_Delete(options);
    cJSON_Delete(policy);
    if (outcome == ACTION_SUCCEEDED && is_pod && object)
        outcome = label_pod(work, object, NULL);
    return outcome;
}

enum action_outcome kube_act_quarantine(struct kube_work *work)
{
    bool is_pod = strcmp(work->target.kind, "pod") == 0, into = work->order->action->kind == ACTION_ISOLATE;
    enum action_outcome outcome = ACTION_FAILED;
    char name[KUBE_NAME];
    cJSON *pod = NULL, *object = is_pod ? kube_read_of(work, "Pod", work->target.space, work->target.name)
                                        : kube_find_workload(work, &pod);
    bool gone = !object && work->status == 404;

    kube_quarantine_name(&work->target, name);
    if (into && object)
        outcome = isolate(work, object, is_pod, name);
    else if (!into && (object || gone))
        outcome = release(work, object, is_pod, name);
    cJSON_Delete(object);
    return outcome;
}
