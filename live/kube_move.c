/* kube_move.c - a pod goes to another node.
 *
 * Who deletes a pod leaves the place of the new one to the scheduler, which may well
 * choose the node that is to be got away from. So the node takes no new pods for the time
 * of the move: cordon, evict, wait until the owner's new pod has been given a node,
 * uncordon; the last also when the move fails, because a pod that no other node takes
 * runs better where it was than nowhere. The cordon is noted on the node like any change,
 * with the action's id: only selfheal's own is taken back, and one that a kill left is found by
 * its note (kube_move_give_back). */
#include "live/kube_actions_parts.h"

#include "live/kube_changes.h"
#include "live/kube_notes.h"

#include <stdio.h>
#include <string.h>

static const heal_duration GIVE_BACK_TIME = 20 * HEAL_SECOND; /* to uncordon, after the time of the move */

static bool edit_schedulable(cJSON *node, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_schedulable(node, *(const bool *)context, why);
}

static enum action_outcome cordon(struct kube_work *work, const char *node)
{
    bool schedulable = false;
    char path[KUBE_PATH];
    struct kube_change change = {path, edit_schedulable, &schedulable, NULL};

    if (!kube_path(kube_type_find("Node"), NULL, node, path))
        return kube_say(work, ACTION_FAILED, "no such node");
    return kube_change(work, &change);
}

static bool put_back(cJSON *node, void *context, char why[KUBE_MESSAGE])
{
    const struct kube_work *work = context;
    cJSON *notes = kube_notes_of(node);
    const cJSON *changes = kube_notes_find(notes, work->order->id);
    bool mine = changes && changes->child && kube_changes_state(node, changes) == KUBE_STATE_IS;
    bool good = !mine || kube_changes_apply(node, changes, true);

    if (!good)
        snprintf(why, KUBE_MESSAGE, "out of memory");
    cJSON_Delete(notes);
    return good;
}

/* Takes the action's own cordon back, as an action of its own name: it is noted too. */
static enum action_outcome uncordon(const struct kube_work *work, const char *node, char message[KUBE_MESSAGE])
{
    struct action action = *work->order->action;
    char id[KUBE_ID], path[KUBE_PATH];
    struct kube_order order = *work->order;
    struct kube_work back = *work;
    struct kube_change change = {path, put_back, (void *)work, NULL};

    snprintf(id, sizeof id, "%.*s-back", (int)sizeof id - 8, work->order->id);
    action.kind = ACTION_UNCORDON_NODE;
    order.action = &action;
    order.id = id;
    order.before = NULL;
    back.order = &order;
    back.until = monotonic_now() + GIVE_BACK_TIME;
    back.subject = NULL;
    back.message = message;
    if (!kube_path(kube_type_find("Node"), NULL, node, path))
        return ACTION_FAILED;
    enum action_outcome outcome = kube_change(&back, &change);
    kube_end(&back, outcome);
    cJSON_Delete(back.subject);
    return outcome;
}

/* The pods of the namespace; NULL with a message. The caller frees. */
static cJSON *list_pods(struct kube_work *work)
{
    char path[KUBE_PATH];

    return kube_path(kube_type_find("Pod"), work->target.space, NULL, path) ? kube_read(work, path) : NULL;
}

static bool was_there(const cJSON *before, const char *uid)
{
    const cJSON *pod;

    cJSON_ArrayForEach(pod, kube_at(before, "items"))
    {
        const char *known = kube_text(pod, "metadata.uid");
        if (known && strcmp(known, uid) == 0)
            return true;
    }
    return false;
}

/* A pod of the owner that was not there before and has a node, in `list`; NULL: none yet. */
static const cJSON *find_new(const cJSON *before, const cJSON *list, const char *owner)
{
    const cJSON *pod;

    cJSON_ArrayForEach(pod, kube_at(list, "items"))
    {
        const char *uid = kube_text(pod, "metadata.uid"), *by = kube_text(kube_controller(pod), "uid");
        if (uid && by && strcmp(by, owner) == 0 && kube_text(pod, "spec.nodeName") && !was_there(before, uid))
            return pod;
    }
    return NULL;
}

/* Waits until the new pod has a node. */
static enum action_outcome await(struct kube_work *work, const cJSON *before, const char *owner, const char *from)
{
    for (;;) {
        cJSON *list = list_pods(work);
        const cJSON *pod = find_new(before, list, owner);
        const char *node = kube_text(pod, "spec.nodeName");
        if (node) {
            bool moved = strcmp(node, from) != 0;
            enum action_outcome outcome =
                kube_say(work, moved ? ACTION_SUCCEEDED : ACTION_FAILED, "pod %.100s/%.100s went from %.100s to %.100s",
                         work->target.space, kube_text(pod, "metadata.name"), from, node);
            cJSON_Delete(list);
            return outcome;
        }
        cJSON_Delete(list);
        if (!kube_rest(work))
            return kube_say(work, ACTION_FAILED, "no other node than %.150s took the new pod in time", from);
    }
}

enum action_outcome kube_move_pod(struct kube_work *work, const cJSON *pod)
{
    const char *from = kube_text(pod, "spec.nodeName"), *kind = kube_text(kube_controller(pod), "kind");
    const char *owner = kube_text(kube_controller(pod), "uid");
    char message[KUBE_MESSAGE] = "";

    if (kind && strcmp(kind, "DaemonSet") == 0)
        return kube_say(work, ACTION_FAILED, "a DaemonSet's pod belongs on its node");
    if (!owner || !kube_begin(work, pod))
        return ACTION_FAILED;
    if (!from) /* it is on no node yet: nothing to get away from */
        return kube_take_pod(work, pod);
    cJSON *before = list_pods(work);
    enum action_outcome outcome = before ? cordon(work, from) : ACTION_FAILED;
    if (outcome == ACTION_SUCCEEDED)
        outcome = kube_take_pod(work, pod);
    if (outcome == ACTION_SUCCEEDED)
        outcome = await(work, before, owner, from);
    /* Also where the cordon's answer got lost: perhaps it is there. */
    if (before && uncordon(work, from, message) != ACTION_SUCCEEDED)
        outcome = kube_say(work, ACTION_FAILED, "node %.100s is left cordoned: %.250s", from, message);
    cJSON_Delete(before);
    return outcome;
}

bool kube_action_give_back(const struct kube_actor *actor, const struct kube_order *order, char message[KUBE_MESSAGE])
{
    struct kube_work work = {
        .actor = actor, .order = order, .until = monotonic_now() + GIVE_BACK_TIME, .message = message};
    bool good = true;

    if (order->action->kind != ACTION_RESCHEDULE_POD)
        return true;
    cJSON *nodes = kube_read(&work, "/api/v1/nodes");
    const cJSON *node;
    cJSON_ArrayForEach(node, kube_at(nodes, "items"))
    {
        cJSON *notes = kube_notes_of(node);
        const cJSON *changes = kube_notes_find(notes, order->id);
        if (changes && changes->child && kube_changes_state(node, changes) == KUBE_STATE_IS)
            good &= uncordon(&work, kube_text(node, "metadata.name"), message) == ACTION_SUCCEEDED;
        cJSON_Delete(notes);
    }
    good &= nodes != NULL;
    cJSON_Delete(nodes);
    return good;
}
