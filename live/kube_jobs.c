/* kube_jobs.c - an action as a Job of the operator's own, made from a manifest.
 *
 * Its name comes from the action's id: made twice it is one. */
#include "live/fill_in.h"
#include "live/kube_actions_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 8192 };

void kube_job_name(const struct kube_order *order, char out[KUBE_NAME])
{
    size_t length = strlen(order->id);

    /* A Job's name is a label of its pods: at most 63 bytes. The id's end is its own. */
    snprintf(out, KUBE_NAME, "selfheal-%s", order->id + (length > 50 ? length - 50 : 0));
    for (char *at = out + 9; *at == '-'; at++)
        *at = '0';
}

/* What stands for {name} in a manifest's texts. */
struct facts {
    const struct kube_work *work;
    char amount[32];
};

static const char *fact(const void *context, const char *name, size_t length)
{
    static const char *const NAMES[] = {"id", "kind", "namespace", "name", "amount"};
    const struct facts *facts = context;
    const struct kube_work *work = facts->work;
    const char *values[] = {work->order->target, work->target.kind, work->target.space, work->target.name,
                            facts->amount};

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (strlen(NAMES[i]) == length && memcmp(NAMES[i], name, length) == 0)
            return values[i];
    }
    return NULL;
}

static bool fill_text(const struct kube_work *work, cJSON *item)
{
    char out[TEXT_MAX];
    struct facts facts = {.work = work};

    snprintf(facts.amount, sizeof facts.amount, "%.15g", work->order->action->amount);
    return fill_in(item->valuestring, fact, &facts, out, sizeof out) &&
           (strcmp(out, item->valuestring) == 0 || cJSON_SetValuestring(item, out) != NULL);
}

static bool fill_tree(const struct kube_work *work, cJSON *item)
{
    bool good = true;

    for (; item && good; item = item->next)
        good = (!cJSON_IsString(item) || fill_text(work, item)) && fill_tree(work, item->child);
    return good;
}

static cJSON *make_job(struct kube_work *work, const struct kube_job_plan *plan)
{
    cJSON *job = plan->manifest ? cJSON_Parse(plan->manifest) : NULL;
    char name[KUBE_NAME];

    kube_job_name(work->order, name);
    if (job && fill_tree(work, job->child) && kube_set_text(job, "metadata", "name", name) &&
        kube_set_text(job, "metadata.labels", "app.kubernetes.io/managed-by", "selfheal") &&
        kube_set_text(job, "metadata.annotations", "selfheal/action", work->order->id) &&
        (kube_text(job, "metadata.namespace") || kube_set_text(job, "metadata", "namespace", work->target.space)))
        return job;
    cJSON_Delete(job);
    return NULL;
}

static enum action_outcome await(struct kube_work *work, const char *path)
{
    do {
        cJSON *job = kube_read(work, path);
        bool complete = strcmp(kube_condition(job, "Complete"), "True") == 0;
        bool failed = strcmp(kube_condition(job, "Failed"), "True") == 0, gone = !job && work->status == 404;
        cJSON_Delete(job);
        if (complete)
            return kube_say(work, ACTION_SUCCEEDED, "%.300s is complete", path);
        if (failed)
            return kube_say(work, ACTION_FAILED, "%.300s has failed", path);
        if (gone)
            return kube_say(work, ACTION_TIMED_OUT, "%.300s was taken away before its end was seen", path);
    } while (kube_rest(work));
    return kube_say(work, ACTION_TIMED_OUT, "%.300s runs still", path);
}

enum action_outcome kube_act_job(struct kube_work *work)
{
    const struct kube_job_plan *plan =
        kube_plans_job(work->actor->plans, work->order->action->kind, work->order->target);
    const struct kube_type *kind = kube_type_find("Job");
    enum action_outcome outcome = ACTION_FAILED;
    cJSON *job = make_job(work, plan);
    char path[KUBE_PATH], own[KUBE_PATH];

    if (!job)
        return kube_say(work, ACTION_FAILED, "%.200s makes no Job for it", plan->file);
    if (kube_path(kind, kube_text(job, "metadata.namespace"), NULL, path) && kube_path_of(job, own) &&
        kube_begin(work, job)) {
        bool good;
        do
            good = kube_send(work, "POST", path, "application/json", job, NULL) || work->status == 409;
        while (!good && kube_is_unclear(work->status) && kube_rest(work));
        outcome = good ? await(work, own) : kube_verdict(work);
    }
    cJSON_Delete(job);
    return outcome;
}
