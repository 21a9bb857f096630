/* kube_change.c - look, decide, write down, send; and again where somebody was quicker. */
#include "live/kube_actions_parts.h"

#include "live/kube_changes.h"
#include "live/kube_notes.h"
#include "live/kube_quantity.h"

#include <stdio.h>
#include <string.h>

static const char MERGE[] = "application/merge-patch+json";

/* How one look ended. */
enum next { NEXT_END, NEXT_AGAIN, NEXT_AGAIN_LATER };

/* What the object should become. */
struct decision_of_change {
    cJSON *wanted;  /* with the note */
    cJSON *changes; /* without it */
};

static void forget(struct decision_of_change *decision)
{
    cJSON_Delete(decision->wanted);
    cJSON_Delete(decision->changes);
}

static bool decide(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                   struct decision_of_change *out)
{
    char why[KUBE_MESSAGE] = "out of memory";

    *out = (struct decision_of_change){.wanted = cJSON_Duplicate(object, true)};
    if (out->wanted && change->edit(out->wanted, change->context, why) &&
        (out->changes = kube_changes_between(object, out->wanted)) != NULL)
        return true;
    kube_say(work, ACTION_FAILED, "%s", why);
    return false;
}

static enum next after_send(struct kube_work *work, const struct kube_change *change, bool good,
                            enum action_outcome *outcome)
{
    *outcome = good ? kube_say(work, ACTION_SUCCEEDED, "%.300s changed", change->path) : kube_verdict(work);
    if (good)
        return NEXT_END;
    if (work->status == 409)
        return NEXT_AGAIN;
    return *outcome == ACTION_TIMED_OUT ? NEXT_AGAIN_LATER : NEXT_END;
}

/* A merge patch of `path` that holds only for the version of `object`. */
static bool send_patch(struct kube_work *work, const char *path, const cJSON *object, cJSON *patch, cJSON **out)
{
    const char *version = kube_text(object, "metadata.resourceVersion");
    char query[KUBE_PATH + 32];

    *out = NULL;
    snprintf(query, sizeof query, "%s?fieldManager=selfheal", path);
    if (patch && version && kube_set_text(patch, "metadata", "resourceVersion", version))
        return kube_send(work, "PATCH", query, MERGE, patch, out);
    work->status = 403;
    kube_say(work, ACTION_FAILED, "%.200s: the object has no version", path);
    return false;
}

/* The whole change in one patch. */
static enum next send_whole(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                            const cJSON *wanted, enum action_outcome *outcome)
{
    cJSON *patch = kube_merge_patch(object, wanted), *answer;
    char path[KUBE_PATH];

    snprintf(path, sizeof path, "%s%s", change->path, change->subresource ? change->subresource : "");
    bool good = send_patch(work, path, object, patch, &answer);
    cJSON_Delete(patch);
    cJSON_Delete(answer);
    return after_send(work, change, good, outcome);
}

/* The note first, then the count through the scale subresource: it is a count and no
 * step, so that sending it again is no second step. */
static enum next send_scale(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                            const cJSON *wanted, enum action_outcome *outcome)
{
    cJSON *noted = cJSON_Duplicate(object, true), *patch = NULL, *answer = NULL, *scale = cJSON_CreateObject();
    const cJSON *notes = kube_at(wanted, "metadata.annotations");
    cJSON *metadata = noted ? kube_make(noted, "metadata") : NULL;
    char path[KUBE_PATH];
    bool good = metadata && scale;

    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "annotations");
    good = good && cJSON_AddItemToObject(metadata, "annotations", cJSON_Duplicate(notes, true));
    patch = good ? kube_merge_patch(object, noted) : NULL;
    good = good && patch && send_patch(work, change->path, object, patch, &answer);
    if (good) {
        const char *version = kube_text(answer, "metadata.resourceVersion");
        snprintf(path, sizeof path, "%s/scale?fieldManager=selfheal", change->path);
        good = version && kube_set_text(scale, "", "apiVersion", "autoscaling/v1") &&
               kube_set_text(scale, "", "kind", "Scale") &&
               kube_set_text(scale, "metadata", "name", kube_text(object, "metadata.name")) &&
               kube_set_text(scale, "metadata", "namespace", kube_text(object, "metadata.namespace")) &&
               kube_set_text(scale, "metadata", "resourceVersion", version) &&
               cJSON_AddItemToObject(kube_make(scale, "spec"), "replicas",
                                     cJSON_Duplicate(kube_at(wanted, "spec.replicas"), true)) &&
               kube_send(work, "PUT", path, "application/json", scale, NULL);
    }
    cJSON_Delete(noted);
    cJSON_Delete(patch);
    cJSON_Delete(answer);
    cJSON_Delete(scale);
    return after_send(work, change, good, outcome);
}

static enum next send(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                      const cJSON *wanted, enum action_outcome *outcome)
{
    bool scales = change->subresource && strcmp(change->subresource, "/scale") == 0;
    return (scales ? send_scale : send_whole)(work, change, object, wanted, outcome);
}

/* What the action left on the object when it was here before: done, or to be finished. */
static enum next go_on(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                       const cJSON *changes, enum action_outcome *outcome)
{
    enum kube_state state = kube_changes_state(object, changes);
    cJSON *wanted = state == KUBE_STATE_WAS ? cJSON_Duplicate(object, true) : NULL;
    enum next next = NEXT_END;

    if (state == KUBE_STATE_IS)
        *outcome = kube_say(work, ACTION_SUCCEEDED, "it was done already");
    else if (state == KUBE_STATE_OTHER)
        *outcome = kube_say(work, ACTION_FAILED, "it was begun, and somebody else has changed it since: left alone");
    else if (wanted && kube_changes_apply(wanted, changes, false))
        next = send(work, change, object, wanted, outcome);
    else
        *outcome = kube_say(work, ACTION_FAILED, "what was begun cannot be finished");
    cJSON_Delete(wanted);
    return next;
}

/* The number that a Deployment's own annotation has; of other workloads the editor tells. */
static void tell_revision(const struct kube_work *work, const cJSON *object)
{
    int64_t number = kube_revision_number(object);

    if (number >= 0)
        *work->order->before = (double)number;
}

/* What was there before, of the first value that has a unit. */
static void tell_before(const struct kube_work *work, const cJSON *object, const cJSON *changes)
{
    const char *unit = action_before_unit(work->order->action->kind);
    const cJSON *change, *key;
    int64_t milli;

    if (!unit || !work->order->before)
        return;
    if (strcmp(unit, "revision") == 0) {
        tell_revision(work, object);
        return;
    }
    cJSON_ArrayForEach(change, changes)
    {
        const cJSON *was = cJSON_GetObjectItemCaseSensitive(change, "was");
        bool measured = strcmp(unit, "replicas") == 0;
        cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(change, "path")) measured |=
            strcmp(key->valuestring, "limits") == 0 || strcmp(key->valuestring, "storage") == 0;
        if (measured && cJSON_IsNumber(was))
            *work->order->before = was->valuedouble;
        else if (measured && cJSON_IsString(was) && kube_quantity_parse(was->valuestring, &milli))
            *work->order->before = (double)milli / 1000;
        else
            continue;
        return;
    }
}

static enum next act(struct kube_work *work, const struct kube_change *change, const cJSON *object,
                     enum action_outcome *outcome)
{
    bool noteless = change->subresource && strcmp(change->subresource, "/status") == 0;
    struct decision_of_change decision;
    enum next next = NEXT_END;

    *outcome = ACTION_FAILED;
    if (decide(work, change, object, &decision)) {
        if (!decision.changes->child)
            *outcome = kube_say(work, ACTION_SUCCEEDED, "it is so already");
        else if (!noteless && !kube_notes_add(decision.wanted, work->order->id, work->order->action->kind,
                                              work->order->at, decision.changes))
            *outcome = kube_say(work, ACTION_FAILED, "what was there before cannot be kept: too large");
        else if (kube_begin(work, object)) {
            tell_before(work, object, decision.changes);
            next = send(work, change, object, decision.wanted, outcome);
        }
    }
    forget(&decision);
    return next;
}

enum action_outcome kube_change(struct kube_work *work, const struct kube_change *change)
{
    enum action_outcome outcome = ACTION_FAILED;
    enum next next = NEXT_AGAIN;
    bool sent_unclear = false;

    for (int tries = 0; tries < KUBE_CHANGE_TRIES && next != NEXT_END; tries++) {
        if (next == NEXT_AGAIN_LATER && !kube_rest(work))
            break;
        cJSON *object = kube_read(work, change->path);
        if (!object) {
            outcome = sent_unclear ? ACTION_TIMED_OUT : ACTION_FAILED;
            next = kube_is_unclear(work->status) ? NEXT_AGAIN_LATER : NEXT_END;
            continue;
        }
        cJSON *notes = kube_notes_of(object);
        const cJSON *begun = kube_notes_find(notes, work->order->id);
        next = begun ? go_on(work, change, object, begun, &outcome) : act(work, change, object, &outcome);
        sent_unclear = outcome == ACTION_TIMED_OUT;
        cJSON_Delete(notes);
        cJSON_Delete(object);
    }
    return outcome;
}

/* -- taking back --------------------------------------------------------------------- */

struct taking_back {
    const struct kube_change *change;
    enum action_kind kind;
};

static bool edit_back(cJSON *object, void *context, char why[KUBE_MESSAGE])
{
    const struct taking_back *back = context;
    cJSON *notes = kube_notes_of(object);
    const cJSON *standing = kube_notes_standing(notes, object, back->kind);
    bool good = standing             ? kube_changes_apply(object, standing, true)
                : back->change->edit ? back->change->edit(object, back->change->context, why)
                                     : false;

    if (!good && !back->change->edit)
        snprintf(why, KUBE_MESSAGE, "nothing of it stands any more as it was made: left alone");
    cJSON_Delete(notes);
    return good;
}

enum action_outcome kube_take_back(struct kube_work *work, const struct kube_change *change, enum action_kind kind)
{
    struct taking_back back = {change, kind};
    struct kube_change undo = {change->path, edit_back, &back, change->subresource};

    return kube_change(work, &undo);
}
