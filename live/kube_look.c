/* kube_look.c - the calls of an action: reads, changes behind the fence, its events. */
#include "live/kube_actions_parts.h"

#include "live/kube_events.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const heal_duration PAUSE = HEAL_SECOND;

enum action_outcome kube_say(struct kube_work *work, enum action_outcome outcome, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(work->message, KUBE_MESSAGE, format, arguments);
    va_end(arguments);
    return outcome;
}

cJSON *kube_read(struct kube_work *work, const char *path)
{
    const struct kube_api *api = &work->actor->api;
    struct http_answer answer = {0};
    bool good = api->call(api->context, "GET", path, NULL, NULL, &answer);
    cJSON *object = good ? cJSON_Parse(answer.body) : NULL;

    work->status = answer.status;
    if (good && !object) {
        work->status = 0;
        kube_say(work, ACTION_FAILED, "%.200s: the answer is no JSON", path);
    } else if (!good) {
        kube_say(work, ACTION_FAILED, "%.200s: %s", path, answer.error);
    }
    http_answer_clear(&answer);
    return object;
}

cJSON *kube_read_of(struct kube_work *work, const char *kind, const char *space, const char *name)
{
    const struct kube_type *known = kube_type_find(kind);
    char path[KUBE_PATH];

    if (known && kube_path(known, space, name, path))
        return kube_read(work, path);
    work->status = 404;
    kube_say(work, ACTION_FAILED, "%.60s %.100s is of no kind that is known here", kind, name);
    return NULL;
}

bool kube_send(struct kube_work *work, const char *method, const char *path, const char *type, const cJSON *body,
               cJSON **out)
{
    const struct kube_actor *actor = work->actor;
    struct http_answer answer = {0};
    char why[KUBE_MESSAGE] = "";

    if (out)
        *out = NULL;
    work->status = 403; /* what is not sent is refused */
    if (actor->fence.holds && !actor->fence.holds(actor->fence.context, why)) {
        kube_say(work, ACTION_FAILED, "not sent: %s", why);
        return false;
    }
    if (monotonic_now() >= work->until) {
        kube_say(work, ACTION_FAILED, "not sent: the time is up");
        return false;
    }
    char *text = body ? cJSON_PrintUnformatted(body) : NULL;
    if (body && !text) {
        kube_say(work, ACTION_FAILED, "out of memory");
        return false;
    }
    bool good = actor->api.call(actor->api.context, method, path, type, text, &answer);
    free(text);
    work->status = answer.status;
    if (!good)
        kube_say(work, ACTION_FAILED, "%s %.200s: %s", method, path, answer.error);
    else if (out)
        *out = cJSON_Parse(answer.body);
    http_answer_clear(&answer);
    return good;
}

bool kube_is_unclear(long status)
{
    return status == 0 || (status >= 500 && status != 503);
}

enum action_outcome kube_verdict(const struct kube_work *work)
{
    return kube_is_unclear(work->status) ? ACTION_TIMED_OUT : ACTION_FAILED;
}

bool kube_rest(struct kube_work *work)
{
    heal_duration pause = work->actor->pause > 0 ? work->actor->pause : PAUSE, left = work->until - monotonic_now();

    if (left <= 0)
        return false;
    pause = pause < left ? pause : left;
    nanosleep(&(struct timespec){.tv_sec = pause / HEAL_SECOND, .tv_nsec = (long)(pause % HEAL_SECOND)}, NULL);
    return monotonic_now() < work->until;
}

bool kube_path_of(const cJSON *object, char out[KUBE_PATH])
{
    const struct kube_type *kind = kube_type_find(kube_text(object, "kind"));
    const char *name = kube_text(object, "metadata.name");

    return kind && name && kube_path(kind, kube_text(object, "metadata.namespace"), name, out);
}

static bool post_event(struct kube_work *work, const cJSON *object, bool begins, enum action_outcome outcome,
                       const char *message)
{
    cJSON *event = kube_event(work->order, object, begins, outcome, message, wall_now());
    char path[KUBE_PATH];
    bool good = event && kube_path(kube_type_find("Event"), kube_event_space(object), NULL, path) &&
                kube_send(work, "POST", path, "application/json", event, NULL);

    cJSON_Delete(event);
    return good || work->status == 409; /* it was written before */
}

bool kube_begin(struct kube_work *work, const cJSON *object)
{
    static const char *const KEPT[] = {"apiVersion", "kind"};

    if (work->subject)
        return true;
    while (!post_event(work, object, true, ACTION_SUCCEEDED, "")) {
        if (!kube_is_unclear(work->status) || !kube_rest(work))
            return false;
    }
    work->subject = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++)
        cJSON_AddItemToObject(work->subject, KEPT[i], cJSON_Duplicate(kube_at(object, KEPT[i]), true));
    cJSON *metadata = cJSON_AddObjectToObject(work->subject, "metadata");
    static const char *const NAMES[] = {"namespace", "name", "uid"};
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        cJSON_AddItemToObject(
            metadata, NAMES[i],
            cJSON_Duplicate(cJSON_GetObjectItemCaseSensitive(kube_at(object, "metadata"), NAMES[i]), true));
    return true;
}

void kube_end(struct kube_work *work, enum action_outcome outcome)
{
    char said[KUBE_MESSAGE], unheard[KUBE_MESSAGE];

    if (!work->subject)
        return;
    snprintf(said, sizeof said, "%s", work->message);
    work->message = unheard;
    if (work->until < monotonic_now() + 5 * HEAL_SECOND)
        work->until = monotonic_now() + 5 * HEAL_SECOND;
    post_event(work, work->subject, false, outcome, said);
}
