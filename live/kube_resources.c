/* kube_resources.c - images, claims and certificates. */
#include "live/kube_actions_parts.h"

#include "live/kube_edit.h"

#include <stdio.h>
#include <string.h>

/* -- images ------------------------------------------------------------------------- */

static bool edit_image(cJSON *workload, void *context, char why[KUBE_MESSAGE])
{
    const struct kube_patch_plan *plan = context;
    return kube_edit_image(workload, plan->image, plan->fixed, why);
}

/* The first patch for an image of the workload: as it runs, or as it became. */
static struct kube_patch_plan *plan_of(const struct kube_plans *plans, const cJSON *workload, bool staging)
{
    for (size_t i = 0; i < plans->patch_count; i++) {
        struct kube_patch_plan *plan = &plans->patches[i];
        if ((!staging || plan->staging) && kube_runs_image(workload, plan->image))
            return plan;
    }
    for (size_t i = 0; i < plans->patch_count; i++) {
        if ((!staging || plans->patches[i].staging) && kube_runs_image(workload, plans->patches[i].fixed))
            return &plans->patches[i];
    }
    return NULL;
}

static enum action_outcome patch_one(struct kube_work *work, const cJSON *workload, struct kube_patch_plan *plan)
{
    bool staging = work->order->action->kind == ACTION_PATCH_STAGING;
    const char *space = staging ? plan->staging : kube_text(workload, "metadata.namespace");
    const struct kube_type *kind = kube_type_find(kube_text(workload, "kind"));
    const char *name = kube_text(workload, "metadata.name");
    char path[KUBE_PATH];
    struct kube_change change = {path, edit_image, plan, NULL};

    if (!kind || !name || !space || !kube_path(kind, space, name, path))
        return kube_say(work, ACTION_FAILED, "the workload has no path");
    enum action_outcome outcome = kube_change(work, &change);
    return outcome == ACTION_SUCCEEDED ? kube_await_rollout(work, path) : outcome;
}

/* "registry/team/shop:1.2" is the image "shop". */
static bool is_called(const char *image, const char *name)
{
    const char *slash = strrchr(image, '/'), *own = slash ? slash + 1 : image;
    size_t length = strcspn(own, ":@");

    return strlen(name) == length && memcmp(own, name, length) == 0;
}

static bool runs_target(const cJSON *workload, const char *name)
{
    const cJSON *container;

    cJSON_ArrayForEach(container, kube_at(workload, "spec.template.spec.containers"))
    {
        const char *image = kube_text(container, "image");
        if (image && is_called(image, name))
            return true;
    }
    return false;
}

/* All workloads of the image's namespace that run it, one after the other. */
static enum action_outcome patch_all(struct kube_work *work)
{
    static const char *const KINDS[] = {"Deployment", "StatefulSet", "DaemonSet"};
    bool staging = work->order->action->kind == ACTION_PATCH_STAGING;
    enum action_outcome outcome = kube_say(
        work, ACTION_FAILED, "nothing in %.100s runs an image that a patch is configured for", work->target.space);

    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++) {
        char path[KUBE_PATH];
        const struct kube_type *kind = kube_type_find(KINDS[i]);
        cJSON *list = kube_path(kind, work->target.space, NULL, path) ? kube_read(work, path) : NULL, *item;
        if (!list)
            return ACTION_FAILED;
        cJSON_ArrayForEach(item, kube_at(list, "items"))
        {
            struct kube_patch_plan *plan =
                runs_target(item, work->target.name) ? plan_of(work->actor->plans, item, staging) : NULL;
            if (!plan || !kube_set_text(item, "", "kind", KINDS[i]))
                continue;
            outcome = patch_one(work, item, plan);
            if (outcome != ACTION_SUCCEEDED)
                break;
        }
        cJSON_Delete(list);
        if (item)
            return outcome;
    }
    return outcome;
}

enum action_outcome kube_act_image(struct kube_work *work)
{
    bool staging = work->order->action->kind == ACTION_PATCH_STAGING;
    enum action_outcome outcome = ACTION_FAILED;

    if (strcmp(work->target.kind, "image") == 0)
        return patch_all(work);
    cJSON *pod, *workload = kube_find_workload(work, &pod);
    struct kube_patch_plan *plan = workload ? plan_of(work->actor->plans, workload, staging) : NULL;
    if (plan)
        outcome = patch_one(work, workload, plan);
    else if (workload)
        outcome = kube_say(work, ACTION_UNSUPPORTED, "no patch is configured for its images");
    cJSON_Delete(workload);
    cJSON_Delete(pod);
    return outcome;
}

/* -- claims --------------------------------------------------------------------------- */

static bool edit_claim(cJSON *claim, void *context, char why[KUBE_MESSAGE])
{
    return kube_edit_claim(claim, context, why);
}

enum action_outcome kube_act_volume(struct kube_work *work)
{
    struct kube_step step = kube_step_of(work->order->action);
    char path[KUBE_PATH];
    struct kube_change change = {path, edit_claim, &step, NULL};

    if (!kube_path(kube_type_find("PersistentVolumeClaim"), work->target.space, work->target.name, path))
        return kube_say(work, ACTION_FAILED, "the claim has no path");
    return kube_change(work, &change);
}

/* -- certificates ----------------------------------------------------------------------- */

static bool edit_issuing(cJSON *certificate, void *context, char why[KUBE_MESSAGE])
{
    const struct kube_order *order = context;
    return kube_edit_issuing(certificate, order->at, order->id, why);
}

static bool edit_issuer(cJSON *certificate, void *context, char why[KUBE_MESSAGE])
{
    const struct kube_plans *plans = context;
    return kube_edit_issuer(certificate, plans->fallback_issuer_kind, plans->fallback_issuer, why);
}

/* Waits until cert-manager has issued it. */
static enum action_outcome await_issued(struct kube_work *work, const char *path)
{
    do {
        cJSON *certificate = kube_read(work, path);
        const char *until = kube_text(certificate, "status.notAfter"),
                   *secret = kube_text(certificate, "spec.secretName");
        bool issuing = strcmp(kube_condition(certificate, "Issuing"), "True") == 0;
        bool ready = certificate && !issuing && strcmp(kube_condition(certificate, "Ready"), "True") == 0;
        heal_time end = 0;
        bool good = ready && until && heal_time_parse(until, strlen(until), &end, NULL) && end > wall_now();
        if (good)
            kube_say(work, ACTION_SUCCEEDED, "good until %.40s, in Secret %.100s, from where pods get it", until,
                     secret ? secret : "?");
        bool gone = !certificate && work->status == 404;
        cJSON_Delete(certificate);
        if (good || gone)
            return good ? ACTION_SUCCEEDED : ACTION_FAILED;
    } while (kube_rest(work));
    return kube_say(work, ACTION_FAILED, "%.300s is not ready", path);
}

enum action_outcome kube_act_certificate(struct kube_work *work)
{
    char path[KUBE_PATH];
    struct kube_change renew = {path, edit_issuing, (void *)work->order, "/status"};
    struct kube_change change_issuer = {path, edit_issuer, (void *)work->actor->plans, NULL};

    if (!kube_path(kube_type_find("Certificate"), work->target.space, work->target.name, path))
        return kube_say(work, ACTION_FAILED, "the certificate has no path");
    switch (work->order->action->kind) {
    case ACTION_RENEW_CERTIFICATE:
        return kube_change(work, &renew);
    case ACTION_RENEW_CERTIFICATE_FALLBACK:
        return kube_change(work, &change_issuer);
    case ACTION_RESTORE_CERTIFICATE: /* cert-manager has the last word on the Secret, and has the newest there */
        return kube_say(work, ACTION_SUCCEEDED, "deploying only waited: the Secret stays as its issuer keeps it");
    default:
        return await_issued(work, path);
    }
}
