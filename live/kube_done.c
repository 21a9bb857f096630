/* kube_done.c - whether an action that nobody saw the end of was done.
 *
 * The event that an action begins says which object it was about to change, and is
 * written before the change: without it nothing was begun. The server forgets events
 * after an hour by default; what is older than EVENTS_LAST is not told apart from what
 * never was. */
#include "live/kube_actions_parts.h"

#include "live/kube_changes.h"
#include "live/kube_events.h"
#include "live/kube_manifests.h"
#include "live/kube_notes.h"

#include <stdio.h>
#include <string.h>

static const heal_duration EVENTS_LAST = 50 * HEAL_MINUTE;

/* The event, wherever what it changed is. NULL: work->status 404 when there is surely none. */
static cJSON *find_event(struct kube_work *work)
{
    const struct kube_plans *plans = work->actor->plans;
    const struct kube_job_plan *job = kube_plans_job(plans, work->order->action->kind, work->order->target);
    cJSON *manifest = job && job->manifest ? cJSON_Parse(job->manifest) : NULL, *event = NULL;
    const char *spaces[2 + 1] = {work->target.space, "default", kube_text(manifest, "metadata.namespace")};
    char name[KUBE_NAME];

    kube_event_name(work->order->id, true, name);
    work->status = 404;
    for (size_t i = 0; !event && work->status == 404 && i < 3 + plans->patch_count; i++) {
        const char *space = i < 3 ? spaces[i] : plans->patches[i - 3].staging;
        if (space)
            event = kube_read_of(work, "Event", space, name);
    }
    cJSON_Delete(manifest);
    return event;
}

/* The object that an event is about; NULL with work->status. */
static cJSON *read_subject(struct kube_work *work, const cJSON *event)
{
    static const char *const PARTS[] = {"namespace", "name"};
    const cJSON *involved = kube_at(event, "involvedObject");
    struct kube_types kinds = {0};
    cJSON *object = cJSON_CreateObject(), *found = NULL;
    char path[KUBE_PATH];
    bool good = object && kube_text(involved, "apiVersion") && kube_text(involved, "kind") &&
                kube_set_text(object, "", "apiVersion", kube_text(involved, "apiVersion")) &&
                kube_set_text(object, "", "kind", kube_text(involved, "kind"));

    for (size_t i = 0; good && i < sizeof PARTS / sizeof PARTS[0]; i++) {
        const char *text = kube_text(involved, PARTS[i]);
        good = !text || kube_set_text(object, "metadata", PARTS[i], text);
    }
    work->status = 0;
    good = good && kube_text(object, "metadata.name") &&
           (kube_path_of(object, path) || kube_manifest_path(&work->actor->api, &kinds, object, path, work->message));
    if (good)
        found = kube_read(work, path);
    kube_types_clear(&kinds);
    cJSON_Delete(object);
    return found;
}

/* What was noted on the object says it. */
static enum kube_done done_by_note(const struct kube_work *work, const cJSON *object)
{
    cJSON *notes = kube_notes_of(object);
    const cJSON *changes = kube_notes_find(notes, work->order->id);
    enum kube_done done = KUBE_DONE_NO;

    if (changes) {
        enum kube_state state = kube_changes_state(object, changes);
        done = state == KUBE_STATE_IS ? KUBE_DONE_YES : state == KUBE_STATE_WAS ? KUBE_DONE_NO : KUBE_DONE_UNKNOWN;
    }
    cJSON_Delete(notes);
    return done;
}

/* The one pod that was looked at is gone or going. */
static enum kube_done done_by_absence(const struct kube_work *work, const cJSON *event, const cJSON *pod)
{
    const char *then = kube_text(event, "involvedObject.uid"), *now = kube_text(pod, "metadata.uid");

    if (!pod)
        return work->status == 404 ? KUBE_DONE_YES : KUBE_DONE_UNKNOWN;
    if (!then || !now)
        return KUBE_DONE_UNKNOWN;
    return strcmp(then, now) != 0 || kube_text(pod, "metadata.deletionTimestamp") ? KUBE_DONE_YES : KUBE_DONE_NO;
}

static enum kube_done done_by_job(const struct kube_work *work, const cJSON *job)
{
    if (!job)
        return work->status == 404 ? KUBE_DONE_NO : KUBE_DONE_UNKNOWN;
    return strcmp(kube_condition(job, "Complete"), "True") == 0 ? KUBE_DONE_YES : KUBE_DONE_UNKNOWN;
}

static enum kube_done done_by_policy(struct kube_work *work, bool isolated)
{
    char name[KUBE_NAME];

    kube_quarantine_name(&work->target, name);
    cJSON *policy = kube_read_of(work, "NetworkPolicy", work->target.space, name);
    bool there = policy != NULL, known = there || work->status == 404;
    cJSON_Delete(policy);
    return !known ? KUBE_DONE_UNKNOWN : there == isolated ? KUBE_DONE_YES : KUBE_DONE_NO;
}

static enum kube_done done_by_issuing(const struct kube_work *work, const cJSON *certificate)
{
    const char *message =
        kube_text(kube_named(kube_at(certificate, "status.conditions"), "type", "Issuing"), "message");
    const char *since = kube_text(certificate, "status.notBefore");
    heal_time begun;

    if (!certificate)
        return KUBE_DONE_UNKNOWN;
    if ((message && strstr(message, work->order->id)) ||
        (since && heal_time_parse(since, strlen(since), &begun, NULL) && begun >= work->order->at))
        return KUBE_DONE_YES;
    return KUBE_DONE_NO;
}

static enum kube_done judge(struct kube_work *work, const cJSON *event, const cJSON *object)
{
    enum action_kind kind = work->order->action->kind;

    if (kube_plans_job(work->actor->plans, kind, work->order->target))
        return done_by_job(work, object);
    switch (kind) {
    case ACTION_RESTART_POD:
    case ACTION_DELETE_POD:
    case ACTION_RESCHEDULE_POD:
        if (strcmp(work->target.kind, "pod") == 0)
            return done_by_absence(work, event, object);
        break;
    case ACTION_ISOLATE:
    case ACTION_RELEASE:
        return done_by_policy(work, kind == ACTION_ISOLATE);
    case ACTION_RENEW_CERTIFICATE:
        return done_by_issuing(work, object);
    case ACTION_DRAIN: /* the note tells of the cordon alone; evicting again evicts nobody twice */
        return KUBE_DONE_NO;
    default:
        break;
    }
    return object ? done_by_note(work, object) : KUBE_DONE_UNKNOWN;
}

enum kube_done kube_action_done(const struct kube_actor *actor, const struct kube_order *order, heal_time now)
{
    char message[KUBE_MESSAGE] = "";
    struct kube_work work = {
        .actor = actor, .order = order, .until = monotonic_now() + 30 * HEAL_SECOND, .message = message};

    if (!kube_target_parse(order->target, &work.target))
        return KUBE_DONE_UNKNOWN;
    cJSON *event = find_event(&work);
    if (!event)
        return work.status == 404 && now - order->at < EVENTS_LAST ? KUBE_DONE_NO : KUBE_DONE_UNKNOWN;
    cJSON *object = read_subject(&work, event);
    enum kube_done done = judge(&work, event, object);
    cJSON_Delete(object);
    cJSON_Delete(event);
    return done;
}
