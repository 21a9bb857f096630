/* kube_reconcile.c - what has drifted is put back to its manifest, by server-side apply.
 *
 * First as a dry run, to know what it would change and keep what was there; then for the
 * version that was looked at. */
#include "live/kube_actions_parts.h"

#include "live/kube_changes.h"
#include "live/kube_manifests.h"
#include "live/kube_notes.h"

#include <stdio.h>
#include <string.h>

static const char APPLY[] = "application/apply-patch+yaml";

static bool is_of(const struct kube_manifest *manifest, const struct kube_order *order,
                  const struct kube_target *target)
{
    static const char *const WORKLOADS[] = {"Deployment", "StatefulSet", "DaemonSet"};
    const char *kind = kube_text(manifest->object, "kind"), *name = kube_text(manifest->object, "metadata.name");
    const char *space = kube_text(manifest->object, "metadata.namespace");

    if (strcmp(target->kind, "config") == 0)
        return strcmp(manifest->id, order->target) == 0;
    for (size_t i = 0; i < sizeof WORKLOADS / sizeof WORKLOADS[0]; i++) {
        if (strcmp(kind, WORKLOADS[i]) == 0)
            return strcmp(name, target->name) == 0 && strcmp(space ? space : "default", target->space) == 0;
    }
    return false;
}

static cJSON *dry_run(struct kube_work *work, const char *path, const cJSON *manifest)
{
    char query[KUBE_PATH + 64];
    cJSON *wanted;

    snprintf(query, sizeof query, "%s?fieldManager=selfheal&force=true&dryRun=All", path);
    kube_send(work, "PATCH", query, APPLY, manifest, &wanted);
    return wanted;
}

/* The manifest with the notes so far and this action's, for this version alone. */
static cJSON *body_of(struct kube_work *work, const cJSON *manifest, const cJSON *now, const cJSON *changes)
{
    const struct kube_order *order = work->order;
    cJSON *body = cJSON_Duplicate(manifest, true);
    const char *notes = kube_entry(now, "metadata.annotations", "selfheal/actions");
    const char *version = kube_text(now, "metadata.resourceVersion");
    bool good = body && (!notes || kube_set_text(body, "metadata.annotations", "selfheal/actions", notes)) &&
                kube_notes_add(body, order->id, order->action->kind, order->at, changes) &&
                (!version || kube_set_text(body, "metadata", "resourceVersion", version));

    if (good)
        return body;
    cJSON_Delete(body);
    return NULL;
}

/* One look and one apply. True when it is over. */
static bool apply_once(struct kube_work *work, const char *path, const cJSON *manifest, enum action_outcome *outcome)
{
    cJSON *now = kube_read(work, path), *changes = NULL, *body = NULL;
    char query[KUBE_PATH + 64];
    bool missing = !now && work->status == 404, over = true;

    *outcome = now || missing ? ACTION_FAILED : kube_verdict(work);
    cJSON *notes = kube_notes_of(now);
    const cJSON *begun = kube_notes_find(notes, work->order->id);
    bool done = begun && kube_changes_state(now, begun) == KUBE_STATE_IS;
    cJSON *wanted = (now || missing) && !done ? dry_run(work, path, manifest) : NULL;
    cJSON *before = cJSON_Duplicate(now, true);
    if (wanted) {
        kube_strip(before);
        kube_strip(wanted);
        changes = missing ? cJSON_CreateArray() : kube_changes_between(before, wanted);
        body = changes ? body_of(work, manifest, now, changes) : NULL;
    }
    if (done)
        *outcome = kube_say(work, ACTION_SUCCEEDED, "it was done already");
    else if (changes && !changes->child && !missing)
        *outcome = kube_say(work, ACTION_SUCCEEDED, "%.300s is as its manifest says", path);
    else if (body && kube_begin(work, now ? now : manifest)) {
        snprintf(query, sizeof query, "%s?fieldManager=selfheal&force=true", path);
        bool good = kube_send(work, "PATCH", query, APPLY, body, NULL);
        *outcome =
            good ? kube_say(work, ACTION_SUCCEEDED, "%.300s: %d fields put back", path, cJSON_GetArraySize(changes))
                 : kube_verdict(work);
        over = good || (work->status != 409 && !kube_is_unclear(work->status));
    }
    cJSON_Delete(body);
    cJSON_Delete(changes);
    cJSON_Delete(before);
    cJSON_Delete(wanted);
    cJSON_Delete(notes);
    cJSON_Delete(now);
    return over;
}

static enum action_outcome reconcile(struct kube_work *work, const char *path, const cJSON *manifest)
{
    enum action_outcome outcome = ACTION_FAILED;

    for (int tries = 0; tries < KUBE_CHANGE_TRIES && !apply_once(work, path, manifest, &outcome); tries++) {
        if (work->status != 409 && !kube_rest(work))
            break;
    }
    return outcome;
}

static enum action_outcome act_on(struct kube_work *work, const cJSON *manifest)
{
    struct kube_types kinds = {0};
    char path[KUBE_PATH];
    bool found = kube_manifest_path(&work->actor->api, &kinds, manifest, path, work->message);
    struct kube_change change = {path, NULL, NULL, NULL};

    kube_types_clear(&kinds);
    if (!found)
        return ACTION_FAILED;
    return work->order->action->kind == ACTION_RECONCILE_CONFIG
               ? reconcile(work, path, manifest)
               : kube_take_back(work, &change, ACTION_RECONCILE_CONFIG);
}

enum action_outcome kube_act_config(struct kube_work *work)
{
    const struct kube_plans *plans = work->actor->plans;
    struct kube_manifests manifests;
    struct error_list errors = {0};
    enum action_outcome outcome = kube_say(work, ACTION_FAILED, "no manifest is about it");

    if (!kube_manifests_read(&manifests, plans->manifests, &plans->reader, &errors) && errors.kept > 0)
        error_format(&errors, 0, work->message, KUBE_MESSAGE);
    for (size_t i = 0; i < manifests.count; i++) {
        if (is_of(&manifests.items[i], work->order, &work->target)) {
            outcome = act_on(work, manifests.items[i].object);
            break;
        }
    }
    error_list_clear(&errors);
    kube_manifests_clear(&manifests);
    return outcome;
}
