/* kube_nodes.c - a node takes no new pods, and gives up those that it has. */
#include "live/kube_actions_parts.h"

#include "live/kube_edit.h"
#include "live/kube_notes.h"

#include <stdio.h>
#include <string.h>

static bool edit_schedulable(cJSON *node, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_schedulable(node, *(const bool *)context, why);
}

static enum action_outcome cordon(struct kube_work *work, const char *node, bool schedulable)
{
    char path[KUBE_PATH];
    struct kube_change change = {path, edit_schedulable, &schedulable, NULL};

    if (!kube_path(kube_type_find("Node"), NULL, node, path))
        return kube_say(work, ACTION_FAILED, "no such node");
    return kube_change(work, &change);
}

/* Takes a cordon of selfheal's back, and no other: a person may have had the node cordoned before. */
static enum action_outcome give_back(struct kube_work *work, const char *node)
{
    char path[KUBE_PATH];
    struct kube_change change = {path, NULL, NULL, NULL};
    enum action_kind done = action_inverse(work->order->action->kind);

    if (!kube_path(kube_type_find("Node"), NULL, node, path))
        return kube_say(work, ACTION_FAILED, "no such node");
    cJSON *object = kube_read(work, path), *notes = object ? kube_notes_of(object) : NULL;
    bool known = notes != NULL, begun = known && kube_notes_find(notes, work->order->id);
    bool standing = known && kube_notes_standing(notes, object, done);
    cJSON_Delete(notes);
    cJSON_Delete(object);
    if (!known)
        return work->status == 404 ? kube_say(work, ACTION_SUCCEEDED, "node %.200s is gone", node) : ACTION_FAILED;
    if (!standing && !begun)
        return kube_say(work, ACTION_SUCCEEDED, "no cordon of selfheal's stands on node %.200s: left alone", node);
    return kube_take_back(work, &change, done);
}

bool kube_pod_is_drained(const cJSON *pod)
{
    const char *owner = kube_text(kube_controller(pod), "kind"), *phase = kube_text(pod, "status.phase");
    bool ended = phase && (strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0);

    return !ended && !(owner && strcmp(owner, "DaemonSet") == 0) && !kube_text(pod, "metadata.deletionTimestamp") &&
           !kube_entry(pod, "metadata.annotations", "kubernetes.io/config.mirror");
}

/* Evicts what can be; a pod without an owner stops it before anything is evicted. */
static enum action_outcome evict_all(struct kube_work *work, const cJSON *list)
{
    const cJSON *pod;
    int moved = 0;

    cJSON_ArrayForEach(pod, kube_at(list, "items"))
    {
        if (kube_pod_is_drained(pod) && !kube_controller(pod))
            return kube_say(work, ACTION_FAILED, "pod %.100s/%.100s has no owner: nobody would make it again",
                            kube_text(pod, "metadata.namespace"), kube_text(pod, "metadata.name"));
    }
    cJSON_ArrayForEach(pod, kube_at(list, "items"))
    {
        const char *space = kube_text(pod, "metadata.namespace"), *name = kube_text(pod, "metadata.name");
        if (!kube_pod_is_drained(pod))
            continue;
        enum action_outcome outcome = kube_evict(work, space, name, kube_text(pod, "metadata.uid"));
        if (outcome != ACTION_SUCCEEDED)
            return outcome;
        moved++;
    }
    return kube_say(work, ACTION_SUCCEEDED, "%d pods evicted", moved);
}

static enum action_outcome drain(struct kube_work *work, const char *node)
{
    char path[KUBE_PATH];
    enum action_outcome outcome = cordon(work, node, false);

    if (outcome != ACTION_SUCCEEDED)
        return outcome;
    snprintf(path, sizeof path, "/api/v1/pods?fieldSelector=spec.nodeName%%3D%s", node);
    cJSON *list = kube_read(work, path);
    outcome = list ? evict_all(work, list) : ACTION_FAILED;
    cJSON_Delete(list);
    return outcome;
}

enum action_outcome kube_act_node(struct kube_work *work)
{
    enum action_kind kind = work->order->action->kind;
    cJSON *pod = NULL;
    const char *node = work->target.name;
    enum action_outcome outcome;

    if (strcmp(work->target.kind, "pod") == 0) {
        pod = kube_read_of(work, "Pod", work->target.space, work->target.name);
        node = kube_text(pod, "spec.nodeName");
    }
    if (!node)
        outcome = pod ? kube_say(work, ACTION_FAILED, "the pod is on no node") : ACTION_FAILED;
    else if (kind == ACTION_DRAIN)
        outcome = drain(work, node);
    else if (work->order->action->rollback)
        outcome = give_back(work, node);
    else
        outcome = cordon(work, node, kind == ACTION_UNCORDON_NODE || kind == ACTION_UNDRAIN);
    cJSON_Delete(pod);
    return outcome;
}
