/* daemon_act.c - what workers do: programs of the operator's, actions in databases and in Kubernetes. */
#include "live/daemon_parts.h"
#include "live/kube_manifests.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void tell(const struct job *job, enum action_outcome outcome, const char *output)
{
    fprintf(stderr, "selfheal: action %lld %s on %s %s%s%.*s\n", (long long)job->row, action_name(job->action.kind),
            job->target, action_outcome_name(outcome), output[0] ? ": " : "", (int)strcspn(output, "\n"), output);
}

/* What the action is done to: a pod that is gone has another that stands in for it. */
static const char *target_now(const struct daemon *daemon, const char *target, char stand_in[SERIES_ID_MAX + 1])
{
    bool moved = strncmp(target, "pod/", 4) == 0 && kube_feed_stand_in(daemon->kubernetes, target, stand_in);
    return moved ? stand_in : target;
}

_Static_assert((int)HOOK_OUTPUT == (int)POSTGRES_OUTPUT, "one buffer serves both");

void daemon_run_job(void *context, const struct job *job)
{
    struct daemon *daemon = context;
    const struct live_config *config = daemon->setup->config;
    const struct hook *hook = hook_find(config->hooks, config->hook_count, job->action.kind, job->target);
    char output[HOOK_OUTPUT] = "", why[KUBE_MESSAGE] = "", stand_in[SERIES_ID_MAX + 1];
    enum action_outcome outcome = ACTION_UNSUPPORTED;
    double before = NAN;

    char fence[STORE_LEASE_WHY] = "";
    bool database = postgres_serves(daemon->postgres, job->action.kind, job->target);

    if (job->action.kind != ACTION_PAGE_OPERATOR && !daemon_may_act(daemon, fence)) {
        outcome = ACTION_FAILED;
        snprintf(output, sizeof output, "not started: %.400s", fence);
    } else if ((hook || database) && daemon->actuator && !kube_actuator_may_act(daemon->actuator, why)) {
        outcome = ACTION_FAILED;
        snprintf(output, sizeof output, "not started: %s", why);
    } else if (hook) {
        outcome = hook_run(hook, &job->action, job->row, job->target, output);
        before = hook_before(output);
    } else if (database) {
        outcome =
            postgres_act(daemon->postgres,
                         &(struct postgres_order){&job->action, job->target, job->row, job->chapter, job->at}, output);
        before = hook_before(output);
    } else if (daemon->actuator && kube_actuator_can(daemon->actuator, job->action.kind, job->target))
        outcome = kube_actuator_run(daemon->actuator, job, target_now(daemon, job->target, stand_in), &before, output);
    else if (job->action.kind == ACTION_PAGE_OPERATOR)
        outcome = ACTION_SUCCEEDED; /* the log, the API and, if there is one, Alertmanager show the issue */
    else
        snprintf(output, sizeof output, "no action of this kind is configured for it");
    tell(job, outcome, output);
    mailbox_put(daemon->mailbox,
                &(struct message){.kind = MESSAGE_ACTION_ENDED,
                                  .id = job->action.id,
                                  .chapter = job->chapter,
                                  .value = (uint32_t)outcome,
                                  .before = before},
                true);
}

/* -- Kubernetes ------------------------------------------------------------------------ */

bool daemon_start_actuator(struct daemon *daemon)
{
    const struct live_config *config = daemon->setup->config;
    char error[HTTP_ERROR_TEXT];

    daemon->actuator = kube_actuator_create(&config->kubernetes, config->name);
    if (config->kubernetes.plans.manifests)
        daemon->manifests = kube_client_create(&config->kubernetes.access, error);
    if (!daemon->actuator || (config->kubernetes.plans.manifests && !daemon->manifests))
        return false;
    kube_actuator_settle(daemon->actuator);
    return true;
}

/* False: what the database shows tells nothing. */
static bool look_in_database(const struct daemon *daemon, const struct store_interrupted *interrupted, bool *done)
{
    struct action action = {.kind = interrupted->kind};
    enum postgres_done said = postgres_action_done(
        daemon->postgres,
        &(struct postgres_order){
            .action = &action, .target = interrupted->target, .row = interrupted->row, .at = interrupted->at});

    *done = said == POSTGRES_DONE_YES;
    return said != POSTGRES_DONE_UNKNOWN;
}

/* False: not yet, and it is looked at again by the next chapter. */
static bool give_back(const struct daemon *daemon, const struct store_interrupted *action)
{
    char why[KUBE_MESSAGE];

    if (daemon->switches[SWITCH_DRY_RUN])
        return false;
    if (kube_actuator_give_back(daemon->actuator, action->kind, action->target, action->row, action->at, why))
        return true;
    fprintf(stderr, "selfheal: action %lld: its cordon cannot be taken back: %s\n", (long long)action->row, why);
    return false;
}

bool daemon_look(void *context, const struct store_interrupted *action, bool *done)
{
    const struct daemon *daemon = context;
    const struct live_config *config = daemon->setup->config;

    if (hook_find(config->hooks, config->hook_count, action->kind, action->target))
        return false;
    if (postgres_serves(daemon->postgres, action->kind, action->target))
        return look_in_database(daemon, action, done);
    if (!daemon->actuator || !kube_actuator_can(daemon->actuator, action->kind, action->target))
        return false;
    if (action->kind == ACTION_RESCHEDULE_POD && !give_back(daemon, action))
        return false;
    enum kube_done said = kube_actuator_done(daemon->actuator, action->kind, action->target, action->row, action->at);
    *done = said == KUBE_DONE_YES;
    return said != KUBE_DONE_UNKNOWN;
}

void daemon_add_manifests(const struct live_config *config, struct inventory *inventory)
{
    const struct kube_plans *plans = &config->kubernetes.plans;
    struct error_list errors = {0};
    struct kube_manifests manifests;
    char series[SERIES_ID_MAX + 32], text[512];

    if (!plans->manifests)
        return;
    kube_manifests_read(&manifests, plans->manifests, &plans->reader, &errors);
    for (size_t i = 0; i < manifests.count; i++) {
        snprintf(series, sizeof series, "%s:config_drift", manifests.items[i].id);
        inventory_add_series(inventory, series, strlen(series)); /* known from the database: no fault */
    }
    for (size_t i = 0; i < errors.kept; i++)
        fprintf(stderr, "selfheal: %s\n", error_format(&errors, i, text, sizeof text));
    error_list_clear(&errors);
    kube_manifests_clear(&manifests);
}

static bool call_server(void *context, const char *method, const char *path, const char *type, const char *body,
                        struct http_answer *answer)
{
    return kube_call(context, method, path, type, body, answer);
}

static void onto_board(void *context, const char *series, double fields)
{
    board_put(context, series, fields);
}

bool daemon_read_manifests(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    const struct daemon *daemon = context;
    struct kube_api api = {daemon->manifests, call_server};

    (void)at;
    return kube_manifests_drift(&api, &daemon->setup->config->kubernetes.plans,
                                (struct kube_drift_sink){place, onto_board}, error);
}
