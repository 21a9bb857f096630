/* kube_actuator.c - see kube_actuator.h. */
#include "live/kube_actuator.h"

#include "live/kube_lease.h"
#include "live/mailbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct kube_actuator {
    const struct kube_config *config;
    struct kube_settings access; /* as the configuration's; shorter where a lease bounds it */
    char instance[KUBE_NAME];
    struct kube_lease *lease; /* NULL: the only replica */
    pthread_mutex_t lock;
    pthread_cond_t change;
    pthread_t thread;
    bool started, stopping, settled; /* guarded by lock, but for started */
    char told[KUBE_MESSAGE];         /* of the lease's thread: not twice the same */
};

static bool call_server(void *context, const char *method, const char *path, const char *type, const char *body,
                        struct http_answer *answer)
{
    return kube_call(context, method, path, type, body, answer);
}

static void say(struct kube_actuator *actuator, const char *text)
{
    if (strcmp(actuator->told, text) == 0)
        return;
    snprintf(actuator->told, sizeof actuator->told, "%s", text);
    if (text[0])
        fprintf(stderr, "selfheal: %s\n", text);
}

static void step(struct kube_actuator *actuator, const struct kube_api *api)
{
    char why[KUBE_MESSAGE] = "", text[KUBE_MESSAGE];
    bool answered = kube_lease_step(actuator->lease, api, wall_now(), why);

    if (!answered)
        snprintf(text, sizeof text, "the lease cannot be looked at: %.400s", why);
    else if (kube_lease_leads(actuator->lease))
        snprintf(text, sizeof text, "this replica leads (token %lld)", (long long)kube_lease_token(actuator->lease));
    else
        snprintf(text, sizeof text, "another replica leads: this one watches");
    say(actuator, text);
    pthread_mutex_lock(&actuator->lock);
    actuator->settled = true;
    pthread_cond_broadcast(&actuator->change);
    pthread_mutex_unlock(&actuator->lock);
}

/* Waits for the next step; false when it is over. */
static bool wait_for_step(struct kube_actuator *actuator)
{
    heal_time due = kube_lease_due(actuator->lease);
    struct timespec until = {.tv_sec = due / HEAL_SECOND, .tv_nsec = (long)(due % HEAL_SECOND)};

    pthread_mutex_lock(&actuator->lock);
    while (!actuator->stopping && monotonic_now() < due)
        pthread_cond_timedwait(&actuator->change, &actuator->lock, &until);
    bool go_on = !actuator->stopping;
    pthread_mutex_unlock(&actuator->lock);
    return go_on;
}

static void *keep_lease(void *context)
{
    struct kube_actuator *actuator = context;
    char error[HTTP_ERROR_TEXT];
    struct kube_client *client = kube_client_create(&actuator->access, error);
    struct kube_api api = {client, call_server};

    if (!client)
        return NULL; /* out of memory: never leads */
    do
        step(actuator, &api);
    while (wait_for_step(actuator));
    kube_lease_release(actuator->lease, &api, wall_now());
    kube_client_destroy(client);
    return NULL;
}

/* A name of this process that no other has had: the host's, the process's, and when. */
static void name_process(char identity[KUBE_NAME])
{
    char host[128] = "";

    gethostname(host, sizeof host - 1);
    snprintf(identity, KUBE_NAME, "%s_%ld_%llx", host, (long)getpid(),
             (unsigned long long)(wall_now() / HEAL_MILLISECOND));
}

static bool start_lease(struct kube_actuator *actuator)
{
    const struct kube_lease_plan *plan = &actuator->config->plans.lease;
    char identity[KUBE_NAME];

    if (!plan->name)
        return true;
    /* A call that is on its way when the lease ends must not arrive later than it. */
    if (actuator->access.timeout <= 0 || actuator->access.timeout > plan->duration / 3)
        actuator->access.timeout = plan->duration / 3;
    actuator->access.retries = 0;
    name_process(identity);
    actuator->lease = kube_lease_create(plan, identity, actuator->access.timeout);
    actuator->started = actuator->lease && pthread_create(&actuator->thread, NULL, keep_lease, actuator) == 0;
    return actuator->started;
}

struct kube_actuator *kube_actuator_create(const struct kube_config *config, const char *instance)
{
    struct kube_actuator *actuator = calloc(1, sizeof *actuator);
    pthread_condattr_t attributes;

    if (!actuator)
        return NULL;
    actuator->config = config;
    actuator->access = config->access;
    snprintf(actuator->instance, sizeof actuator->instance, "%s", instance);
    pthread_mutex_init(&actuator->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&actuator->change, &attributes);
    pthread_condattr_destroy(&attributes);
    if (start_lease(actuator))
        return actuator;
    kube_actuator_destroy(actuator);
    return NULL;
}

void kube_actuator_destroy(struct kube_actuator *actuator)
{
    if (!actuator)
        return;
    if (actuator->started) {
        pthread_mutex_lock(&actuator->lock);
        actuator->stopping = true;
        pthread_cond_broadcast(&actuator->change);
        pthread_mutex_unlock(&actuator->lock);
        pthread_join(actuator->thread, NULL);
    }
    kube_lease_destroy(actuator->lease);
    pthread_cond_destroy(&actuator->change);
    pthread_mutex_destroy(&actuator->lock);
    free(actuator);
}

bool kube_actuator_can(const struct kube_actuator *actuator, enum action_kind kind, const char *target)
{
    return kube_action_is_known(&actuator->config->plans, kind, target);
}

/* An action's own client, and the fence that asks through it. */
struct hand {
    struct kube_actuator *actuator;
    struct kube_api api;
};

static bool ask_lease(void *context, char why[KUBE_MESSAGE])
{
    struct hand *hand = context;
    return kube_lease_holds(hand->actuator->lease, &hand->api, why);
}

static struct kube_actor actor_of(struct hand *hand)
{
    struct kube_actor actor = {.api = hand->api, .plans = &hand->actuator->config->plans};

    if (hand->actuator->lease)
        actor.fence = (struct kube_fence){hand, ask_lease};
    return actor;
}

enum action_outcome kube_actuator_run(struct kube_actuator *actuator, const struct job *job, const char *target,
                                      double *before, char message[KUBE_MESSAGE])
{
    char error[HTTP_ERROR_TEXT], id[KUBE_ID];
    struct kube_client *client = kube_client_create(&actuator->access, error);
    struct hand hand = {actuator, {client, call_server}};
    struct kube_actor actor = actor_of(&hand);
    struct kube_order order = {&job->action, target, kube_action_id(actuator->instance, job->row, job->at, id), job->at,
                               before};

    if (!client) {
        snprintf(message, KUBE_MESSAGE, "%s", error);
        return ACTION_FAILED;
    }
    enum action_outcome outcome = kube_action_run(&actor, &order, message);
    kube_client_destroy(client);
    return outcome;
}

enum kube_done kube_actuator_done(struct kube_actuator *actuator, enum action_kind kind, const char *target,
                                  int64_t row, heal_time at)
{
    char error[HTTP_ERROR_TEXT], id[KUBE_ID];
    struct action action = {.kind = kind, .timeout = HEAL_MINUTE};
    struct kube_client *client = kube_client_create(&actuator->access, error);
    struct hand hand = {actuator, {client, call_server}};
    struct kube_actor actor = actor_of(&hand);
    struct kube_order order = {&action, target, kube_action_id(actuator->instance, row, at, id), at, NULL};
    enum kube_done done = client ? kube_action_done(&actor, &order, wall_now()) : KUBE_DONE_UNKNOWN;

    kube_client_destroy(client);
    return done;
}

bool kube_actuator_give_back(struct kube_actuator *actuator, enum action_kind kind, const char *target, int64_t row,
                             heal_time at, char message[KUBE_MESSAGE])
{
    char error[HTTP_ERROR_TEXT], id[KUBE_ID];
    struct action action = {.kind = kind, .timeout = HEAL_MINUTE};
    struct kube_client *client = kube_client_create(&actuator->access, error);
    struct hand hand = {actuator, {client, call_server}};
    struct kube_actor actor = actor_of(&hand);
    struct kube_order order = {&action, target, kube_action_id(actuator->instance, row, at, id), at, NULL};

    snprintf(message, KUBE_MESSAGE, "%s", client ? "" : error);
    bool good = client && kube_action_give_back(&actor, &order, message);
    kube_client_destroy(client);
    return good;
}

bool kube_actuator_leads(struct kube_actuator *actuator)
{
    return !actuator->lease || kube_lease_leads(actuator->lease);
}

bool kube_actuator_may_act(struct kube_actuator *actuator, char why[KUBE_MESSAGE])
{
    char error[HTTP_ERROR_TEXT];
    struct kube_client *client = actuator->lease ? kube_client_create(&actuator->access, error) : NULL;
    struct kube_api api = {client, call_server};

    if (!actuator->lease)
        return true;
    snprintf(why, KUBE_MESSAGE, "out of memory");
    bool may = client && kube_lease_holds(actuator->lease, &api, why);
    kube_client_destroy(client);
    return may;
}

void kube_actuator_settle(struct kube_actuator *actuator)
{
    heal_time end = monotonic_now() + 10 * HEAL_SECOND;
    struct timespec until = {.tv_sec = end / HEAL_SECOND, .tv_nsec = (long)(end % HEAL_SECOND)};

    pthread_mutex_lock(&actuator->lock);
    while (actuator->started && !actuator->settled && monotonic_now() < end)
        pthread_cond_timedwait(&actuator->change, &actuator->lock, &until);
    pthread_mutex_unlock(&actuator->lock);
}
