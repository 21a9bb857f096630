/* kube_actions.c - which function does which action, and the frame around it. */
#include "live/kube_actions_parts.h"

#include <stdio.h>
#include <string.h>

typedef enum action_outcome action_function(struct kube_work *work);

/* Who does an action on a kind of target; NULL: nobody. */
static action_function *function_of(enum action_kind kind, const char *target)
{
    static const struct {
        enum action_kind kind;
        const char *targets; /* kinds, each between blanks */
        action_function *run;
    } FUNCTIONS[] = {
        {ACTION_RESTART_POD, " pod ", kube_act_pod},
        {ACTION_RESTART_POD, " workload ", kube_act_restart_workload},
        {ACTION_DELETE_POD, " pod ", kube_act_pod},
        {ACTION_RESCHEDULE_POD, " pod ", kube_act_pod},
        {ACTION_RAISE_MEMORY_LIMIT, " pod workload ", kube_act_limits},
        {ACTION_LOWER_MEMORY_LIMIT, " pod workload ", kube_act_limits},
        {ACTION_RAISE_CPU_LIMIT, " pod workload ", kube_act_limits},
        {ACTION_LOWER_CPU_LIMIT, " pod workload ", kube_act_limits},
        {ACTION_SCALE_OUT, " pod workload ", kube_act_scale},
        {ACTION_SCALE_IN, " pod workload ", kube_act_scale},
        {ACTION_ROLL_BACK_REVISION, " pod workload ", kube_act_revision},
        {ACTION_ROLL_FORWARD_REVISION, " pod workload ", kube_act_revision},
        {ACTION_DRAIN, " node ", kube_act_node},
        {ACTION_UNDRAIN, " node ", kube_act_node},
        {ACTION_CORDON_NODE, " node pod ", kube_act_node},
        {ACTION_UNCORDON_NODE, " node pod ", kube_act_node},
        {ACTION_EXPAND_VOLUME, " volume ", kube_act_volume},
        {ACTION_RENEW_CERTIFICATE, " certificate ", kube_act_certificate},
        {ACTION_RENEW_CERTIFICATE_FALLBACK, " certificate ", kube_act_certificate},
        {ACTION_VALIDATE_CERTIFICATE, " certificate ", kube_act_certificate},
        {ACTION_DEPLOY_CERTIFICATE, " certificate ", kube_act_certificate},
        {ACTION_RESTORE_CERTIFICATE, " certificate ", kube_act_certificate},
        {ACTION_ISOLATE, " pod workload ", kube_act_quarantine},
        {ACTION_RELEASE, " pod workload ", kube_act_quarantine},
        {ACTION_PATCH_STAGING, " pod workload image ", kube_act_image},
        {ACTION_PATCH_ROLLING, " pod workload image ", kube_act_image},
        {ACTION_RECONCILE_CONFIG, " config workload ", kube_act_config},
        {ACTION_RESTORE_CONFIG, " config workload ", kube_act_config},
    };
    char word[KUBE_NAME + 2];

    snprintf(word, sizeof word, " %s ", target);
    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        if (FUNCTIONS[i].kind == kind && strstr(FUNCTIONS[i].targets, word))
            return FUNCTIONS[i].run;
    }
    return NULL;
}

/* Whether what the action needs of the configuration is there. */
static bool is_configured(const struct kube_plans *plans, enum action_kind kind)
{
    bool staged = false;

    for (size_t i = 0; i < plans->patch_count; i++)
        staged |= plans->patches[i].staging != NULL;
    switch (kind) {
    case ACTION_PATCH_STAGING:
        return staged;
    case ACTION_PATCH_ROLLING:
        return plans->patch_count > 0;
    case ACTION_RENEW_CERTIFICATE_FALLBACK:
        return plans->fallback_issuer != NULL;
    case ACTION_RECONCILE_CONFIG:
    case ACTION_RESTORE_CONFIG:
        return plans->manifests != NULL;
    default:
        return true;
    }
}

static action_function *choose(const struct kube_plans *plans, enum action_kind kind, const char *id,
                               struct kube_target *target)
{
    if (!kube_target_parse(id, target))
        return NULL;
    if (kube_plans_job(plans, kind, id))
        return kube_act_job;
    return is_configured(plans, kind) ? function_of(kind, target->kind) : NULL;
}

bool kube_action_is_known(const struct kube_plans *plans, enum action_kind kind, const char *target)
{
    struct kube_target parts;
    return choose(plans, kind, target, &parts) != NULL;
}

const char *kube_action_id(const char *instance, int64_t row, heal_time at, char out[KUBE_ID])
{
    size_t used = 0;

    for (const char *from = instance; *from && used < 48; from++) {
        char letter = *from >= 'A' && *from <= 'Z' ? (char)(*from - 'A' + 'a') : *from;
        bool fits = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
        if (fits || (used > 0 && out[used - 1] != '-'))
            out[used++] = fits ? letter : '-';
    }
    snprintf(out + used, KUBE_ID - used, "%s%lld-%llx", used > 0 && out[used - 1] != '-' ? "-" : "", (long long)row,
             (unsigned long long)(at / HEAL_MILLISECOND));
    return out;
}

enum action_outcome kube_action_run(const struct kube_actor *actor, const struct kube_order *order,
                                    char message[KUBE_MESSAGE])
{
    struct kube_work work = {
        .actor = actor, .order = order, .until = monotonic_now() + order->action->timeout, .message = message};
    action_function *run = choose(actor->plans, order->action->kind, order->target, &work.target);

    message[0] = '\0';
    if (!run)
        return kube_say(&work, ACTION_UNSUPPORTED, "Kubernetes can do no such thing with it as configured");
    enum action_outcome outcome = run(&work);
    kube_end(&work, outcome);
    cJSON_Delete(work.subject);
    return outcome;
}
