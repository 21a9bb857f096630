/* kube_workload.c - actions on a workload: limits, replicas, restarts, revisions. */
#include "live/kube_actions_parts.h"

#include "live/kube_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- which workload ------------------------------------------------------------------ */

static const char *const WORKLOADS[] = {"Deployment", "StatefulSet", "DaemonSet"};
enum { WORKLOAD_KINDS = sizeof WORKLOADS / sizeof WORKLOADS[0] };

static cJSON *find_by_name(struct kube_work *work, const char *space, const char *name)
{
    for (size_t i = 0; i < WORKLOAD_KINDS; i++) {
        cJSON *workload = kube_read_of(work, WORKLOADS[i], space, name);
        if (workload || work->status != 404)
            return workload;
    }
    kube_say(work, ACTION_FAILED, "there is no Deployment, StatefulSet or DaemonSet %.100s/%.100s", space, name);
    return NULL;
}

/* Up the controllers of a pod to what has a template: pod, ReplicaSet, Deployment. */
static cJSON *climb(struct kube_work *work, const cJSON *pod)
{
    const cJSON *owner = kube_controller(pod);
    cJSON *object = NULL;

    for (int steps = 0; owner && steps < 3; steps++) {
        const char *kind = kube_text(owner, "kind"), *name = kube_text(owner, "name");
        cJSON *above = kind && name ? kube_read_of(work, kind, work->target.space, name) : NULL;
        cJSON_Delete(object);
        if (!above)
            return NULL;
        for (size_t i = 0; i < WORKLOAD_KINDS; i++) {
            const char *own = kube_text(above, "kind");
            if (own && strcmp(own, WORKLOADS[i]) == 0)
                return above;
        }
        object = above;
        owner = kube_controller(object);
    }
    cJSON_Delete(object);
    kube_say(work, ACTION_FAILED, "no Deployment, StatefulSet or DaemonSet controls pod %.100s/%.100s",
             work->target.space, work->target.name);
    return NULL;
}

cJSON *kube_find_workload(struct kube_work *work, cJSON **pod)
{
    *pod = NULL;
    if (strcmp(work->target.kind, "pod") != 0)
        return find_by_name(work, work->target.space, work->target.name);
    *pod = kube_read_of(work, "Pod", work->target.space, work->target.name);
    return *pod ? climb(work, *pod) : NULL;
}

/* -- limits --------------------------------------------------------------------------- */

struct limits {
    const char *resource;
    struct kube_step step;
};

static bool edit_limits(cJSON *workload, void *context, char why[KUBE_MESSAGE])
{
    const struct limits *limits = context;
    return kube_edit_limits(workload, limits->resource, &limits->step, why);
}

struct kube_step kube_step_of(const struct action *action)
{
    bool less = action->kind == ACTION_LOWER_MEMORY_LIMIT || action->kind == ACTION_LOWER_CPU_LIMIT;

    if (action->unit == AMOUNT_BYTES && action->amount >= 1 && action->amount < 1e15)
        return (struct kube_step){.units = (int64_t)(less ? -action->amount : action->amount)};
    return (struct kube_step){.ratio = less ? 1 / (1 + action->amount) - 1 : action->amount};
}

enum action_outcome kube_act_limits(struct kube_work *work)
{
    const struct action *action = work->order->action;
    bool memory = action->kind == ACTION_RAISE_MEMORY_LIMIT || action->kind == ACTION_LOWER_MEMORY_LIMIT;
    bool raise = action->kind == ACTION_RAISE_MEMORY_LIMIT || action->kind == ACTION_RAISE_CPU_LIMIT;
    enum action_outcome outcome = ACTION_FAILED;
    char path[KUBE_PATH];
    cJSON *pod, *workload = kube_find_workload(work, &pod);
    struct limits limits = {memory ? "memory" : "cpu", kube_step_of(action)};
    struct kube_change change = {path, edit_limits, &limits, NULL};

    if (workload && kube_path_of(workload, path))
        outcome = raise ? kube_change(work, &change) : kube_take_back(work, &change, action_inverse(action->kind));
    cJSON_Delete(workload);
    cJSON_Delete(pod);
    return outcome;
}

/* -- replicas --------------------------------------------------------------------------- */

static bool edit_replicas(cJSON *workload, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_replicas(workload, *(const int64_t *)context, why);
}

enum action_outcome kube_act_scale(struct kube_work *work)
{
    const struct action *action = work->order->action;
    int64_t count = action->amount >= 1 && action->amount <= 100000 ? (int64_t)(action->amount + 0.5) : 0;
    int64_t more = action->kind == ACTION_SCALE_OUT ? count : -count;
    enum action_outcome outcome = ACTION_FAILED;

    if (count == 0)
        return kube_say(work, ACTION_FAILED, "expected a whole number of replicas");
    char path[KUBE_PATH];
    cJSON *pod, *workload = kube_find_workload(work, &pod);
    struct kube_change change = {path, edit_replicas, &more, "/scale"};

    if (workload && strcmp(kube_text(workload, "kind"), "DaemonSet") == 0)
        outcome = kube_say(work, ACTION_UNSUPPORTED, "a DaemonSet has one pod a node: it cannot be scaled");
    else if (workload && kube_path_of(workload, path))
        outcome = kube_change(work, &change);
    cJSON_Delete(workload);
    cJSON_Delete(pod);
    return outcome;
}

/* -- restart ----------------------------------------------------------------------------- */

static bool edit_restart(cJSON *workload, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_restart(workload, *(const heal_time *)context, why);
}

enum action_outcome kube_act_restart_workload(struct kube_work *work)
{
    enum action_outcome outcome = ACTION_FAILED;
    heal_time at = work->order->at;
    char path[KUBE_PATH];
    cJSON *pod, *workload = kube_find_workload(work, &pod);
    struct kube_change change = {path, edit_restart, &at, NULL};

    if (workload && kube_path_of(workload, path))
        outcome = kube_change(work, &change);
    cJSON_Delete(workload);
    cJSON_Delete(pod);
    return outcome;
}

/* -- revisions ---------------------------------------------------------------------------- */

int64_t kube_revision_number(const cJSON *object)
{
    const char *text = kube_entry(object, "metadata.annotations", "deployment.kubernetes.io/revision");
    return text ? strtoll(text, NULL, 10) : kube_whole(object, "revision", -1);
}

static bool is_owned_by(const cJSON *object, const char *uid)
{
    const char *owner = kube_text(kube_controller(object), "uid");
    return owner && uid && strcmp(owner, uid) == 0;
}

/* The number of the revision that runs: a Deployment's own annotation, or the highest. */
static int64_t current_number(const cJSON *workload, const cJSON *list)
{
    const cJSON *item;
    int64_t highest = kube_revision_number(workload);

    if (highest >= 0)
        return highest;
    cJSON_ArrayForEach(item, kube_at(list, "items"))
    {
        if (is_owned_by(item, kube_text(workload, "metadata.uid")) && kube_revision_number(item) > highest)
            highest = kube_revision_number(item);
    }
    return highest;
}

/* The revision before the one that runs: the highest number below. In `list`, or NULL. */
static const cJSON *previous_revision(const cJSON *workload, const cJSON *list)
{
    int64_t current = current_number(workload, list);
    const cJSON *item, *best = NULL;

    cJSON_ArrayForEach(item, kube_at(list, "items"))
    {
        int64_t number = kube_revision_number(item);
        if (is_owned_by(item, kube_text(workload, "metadata.uid")) && number >= 0 && number < current &&
            (!best || number > kube_revision_number(best)))
            best = item;
    }
    return best;
}

struct undo {
    struct kube_work *work;
    const char *space;
};

/* Looks for the revisions at each look at the workload: what was previous may be so no more. */
static bool edit_previous(cJSON *workload, void *context, char why[KUBE_MESSAGE])
{
    const struct undo *undo = context;
    bool deploys = strcmp(kube_text(workload, "kind"), "Deployment") == 0;
    const struct kube_type *kind = kube_type_find(deploys ? "ReplicaSet" : "ControllerRevision");
    char path[KUBE_PATH];
    cJSON *list = kube_path(kind, undo->space, NULL, path) ? kube_read(undo->work, path) : NULL;
    const cJSON *previous = list ? previous_revision(workload, list) : NULL;
    if (previous && undo->work->order->before)
        *undo->work->order->before = (double)current_number(workload, list);
    bool good = previous && kube_edit_template(workload, previous, why);

    if (!list)
        memcpy(why, undo->work->message, KUBE_MESSAGE);
    else if (!previous)
        snprintf(why, KUBE_MESSAGE, "there is no revision before the one that runs");
    cJSON_Delete(list);
    return good;
}

enum action_outcome kube_act_revision(struct kube_work *work)
{
    enum action_kind kind = work->order->action->kind;
    enum action_outcome outcome = ACTION_FAILED;
    char path[KUBE_PATH];
    cJSON *pod, *workload = kube_find_workload(work, &pod);
    struct undo undo = {work, work->target.space};
    struct kube_change change = {path, edit_previous, &undo, NULL};

    if (workload && kube_path_of(workload, path)) {
        if (kind == ACTION_ROLL_BACK_REVISION && work->order->action->rollback) {
            outcome = kube_take_back(work, &change, ACTION_PATCH_ROLLING);
        } else if (kind == ACTION_ROLL_BACK_REVISION) {
            outcome = kube_change(work, &change);
        } else {
            change.edit = NULL; /* forward is only where it was rolled back from */
            outcome = kube_take_back(work, &change, ACTION_ROLL_BACK_REVISION);
        }
    }
    cJSON_Delete(workload);
    cJSON_Delete(pod);
    return outcome;
}

/* -- rollouts ------------------------------------------------------------------------------ */

/* As kubectl rollout status judges it. */
static bool is_rolled_out(const cJSON *workload)
{
    int64_t generation = kube_whole(workload, "metadata.generation", 0), wanted;

    if (kube_whole(workload, "status.observedGeneration", -1) < generation)
        return false;
    if (strcmp(kube_text(workload, "kind"), "DaemonSet") == 0) {
        wanted = kube_whole(workload, "status.desiredNumberScheduled", 0);
        return kube_whole(workload, "status.updatedNumberScheduled", 0) >= wanted &&
               kube_whole(workload, "status.numberAvailable", 0) >= wanted;
    }
    wanted = kube_whole(workload, "spec.replicas", 1);
    bool updated = kube_whole(workload, "status.updatedReplicas", 0) >= wanted &&
                   kube_whole(workload, "status.readyReplicas", 0) >= wanted;
    if (strcmp(kube_text(workload, "kind"), "Deployment") != 0)
        return updated;
    return updated && kube_whole(workload, "status.replicas", 0) <= kube_whole(workload, "status.updatedReplicas", 0) &&
           kube_whole(workload, "status.availableReplicas", 0) >= wanted;
}

enum action_outcome kube_await_rollout(struct kube_work *work, const char *path)
{
    do {
        cJSON *workload = kube_read(work, path);
        bool over = workload && is_rolled_out(workload), gone = !workload && work->status == 404;
        const char *reason =
            kube_text(kube_named(kube_at(workload, "status.conditions"), "type", "Progressing"), "reason");
        bool stuck =
            reason && strcmp(reason, "ProgressDeadlineExceeded") == 0 &&
            kube_whole(workload, "status.observedGeneration", -1) >= kube_whole(workload, "metadata.generation", 0);
        cJSON_Delete(workload);
        if (over)
            return kube_say(work, ACTION_SUCCEEDED, "%.300s runs everywhere", path);
        if (gone)
            return ACTION_FAILED;
        if (stuck)
            return kube_say(work, ACTION_FAILED, "%.300s does not come up: ProgressDeadlineExceeded", path);
    } while (kube_rest(work));
    return kube_say(work, ACTION_TIMED_OUT, "%.300s was changed and does not run everywhere yet", path);
}
