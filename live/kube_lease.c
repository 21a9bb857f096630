/* kube_lease.c - see kube_lease.h. */
#include "live/kube_lease.h"

#include "live/mailbox.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIME_TEXT = 40 };

struct kube_lease {
    const struct kube_lease_plan *plan;
    heal_duration margin;
    char identity[KUBE_NAME], path[KUBE_PATH];
    heal_time due;
    /* Of others' leases: what was seen last, and when. */
    char seen[2 * KUBE_NAME];
    heal_time seen_at;
    pthread_mutex_t lock; /* guards what follows */
    int64_t token;        /* -1: we do not hold it */
    heal_time renewed;    /* monotonic, before the renewal was sent */
};

struct kube_lease *kube_lease_create(const struct kube_lease_plan *plan, const char *identity, heal_duration call_most)
{
    struct kube_lease *lease = calloc(1, sizeof *lease);

    if (!lease)
        return NULL;
    lease->plan = plan;
    lease->margin = call_most < plan->duration / 3 ? call_most : plan->duration / 3;
    lease->token = -1;
    snprintf(lease->identity, sizeof lease->identity, "%s", identity);
    kube_path(kube_type_find("Lease"), plan->space, plan->name, lease->path);
    pthread_mutex_init(&lease->lock, NULL);
    return lease;
}

void kube_lease_destroy(struct kube_lease *lease)
{
    if (!lease)
        return;
    pthread_mutex_destroy(&lease->lock);
    free(lease);
}

/* MicroTime: always six digits. */
static const char *micro_time(heal_time at, char out[TIME_TEXT])
{
    time_t seconds = (time_t)(at / HEAL_SECOND);
    struct tm parts;
    char day[24];

    gmtime_r(&seconds, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(out, TIME_TEXT, "%s.%06dZ", day, (int)(at % HEAL_SECOND / 1000));
    return out;
}

static void hold(struct kube_lease *lease, int64_t token, heal_time renewed)
{
    pthread_mutex_lock(&lease->lock);
    lease->token = token;
    lease->renewed = renewed;
    pthread_mutex_unlock(&lease->lock);
}

bool kube_lease_leads(struct kube_lease *lease)
{
    pthread_mutex_lock(&lease->lock);
    bool leads = lease->token >= 0 && monotonic_now() < lease->renewed + lease->plan->duration - lease->margin;
    pthread_mutex_unlock(&lease->lock);
    return leads;
}

int64_t kube_lease_token(struct kube_lease *lease)
{
    if (!kube_lease_leads(lease))
        return -1;
    pthread_mutex_lock(&lease->lock);
    int64_t token = lease->token;
    pthread_mutex_unlock(&lease->lock);
    return token;
}

heal_time kube_lease_due(const struct kube_lease *lease)
{
    return lease->due;
}

static cJSON *call(const struct kube_api *api, const char *method, const char *path, const cJSON *body, long *status,
                   char *why)
{
    struct http_answer answer = {0};
    char *text = body ? cJSON_PrintUnformatted(body) : NULL;
    bool good = api->call(api->context, method, path, text ? "application/json" : NULL, text, &answer);
    cJSON *object = good ? cJSON_Parse(answer.body) : NULL;

    *status = answer.status;
    if (!object)
        snprintf(why, KUBE_MESSAGE, "lease: %s", answer.error[0] ? answer.error : "the answer is no JSON");
    http_answer_clear(&answer);
    free(text);
    return object;
}

static bool is_ours(const struct kube_lease *lease, const cJSON *object)
{
    const char *holder = kube_text(object, "spec.holderIdentity");
    return holder && strcmp(holder, lease->identity) == 0;
}

/* Whether somebody else holds it and may still be alive. */
static bool is_taken(struct kube_lease *lease, const cJSON *object)
{
    const char *holder = kube_text(object, "spec.holderIdentity"), *renewed = kube_text(object, "spec.renewTime");
    int64_t seconds = kube_whole(object, "spec.leaseDurationSeconds", 0);
    char now[sizeof lease->seen];

    if (!holder || !*holder)
        return false;
    snprintf(now, sizeof now, "%.200s %.60s %" PRId64, holder, renewed ? renewed : "",
             kube_whole(object, "spec.leaseTransitions", 0));
    if (strcmp(now, lease->seen) != 0) {
        memcpy(lease->seen, now, sizeof now);
        lease->seen_at = monotonic_now();
    }
    heal_duration lasts = seconds > 0 && seconds < 86400 ? seconds * HEAL_SECOND : lease->plan->duration;
    return monotonic_now() < lease->seen_at + lasts;
}

static bool fill(const struct kube_lease *lease, cJSON *object, int64_t transitions, bool taken_now, heal_time now)
{
    cJSON *spec = kube_make(object, "spec");
    int64_t seconds = lease->plan->duration / HEAL_SECOND;
    char text[TIME_TEXT];
    bool good = spec && kube_set_text(object, "spec", "holderIdentity", lease->identity) &&
                kube_set_text(object, "spec", "renewTime", micro_time(now, text)) &&
                (!taken_now || kube_set_text(object, "spec", "acquireTime", text));

    cJSON_DeleteItemFromObjectCaseSensitive(spec, "leaseDurationSeconds");
    cJSON_DeleteItemFromObjectCaseSensitive(spec, "leaseTransitions");
    return good && cJSON_AddNumberToObject(spec, "leaseDurationSeconds", (double)seconds) &&
           cJSON_AddNumberToObject(spec, "leaseTransitions", (double)transitions);
}

/* Makes the lease when there is none. */
static bool make(struct kube_lease *lease, const struct kube_api *api, heal_time now, char *why)
{
    const struct kube_type *kind = kube_type_find("Lease");
    cJSON *object = cJSON_CreateObject(), *answer = NULL;
    heal_time sent = monotonic_now();
    char path[KUBE_PATH];
    long status = 0;
    bool good = object && kube_set_text(object, "", "apiVersion", kind->version) &&
                kube_set_text(object, "", "kind", kind->kind) &&
                kube_set_text(object, "metadata", "name", lease->plan->name) &&
                kube_set_text(object, "metadata", "namespace", lease->plan->space) &&
                fill(lease, object, 0, true, now) && kube_path(kind, lease->plan->space, NULL, path);

    if (good)
        answer = call(api, "POST", path, object, &status, why);
    hold(lease, answer ? 0 : -1, sent);
    cJSON_Delete(object);
    cJSON_Delete(answer);
    return status == 409 || answer;
}

/* Writes our name or our time into what was read: for this version alone. */
static bool write(struct kube_lease *lease, const struct kube_api *api, cJSON *object, heal_time now, char *why)
{
    bool ours = is_ours(lease, object);
    int64_t transitions = kube_whole(object, "spec.leaseTransitions", 0) + !ours;
    heal_time sent = monotonic_now();
    long status = 0;
    cJSON *answer =
        fill(lease, object, transitions, !ours, now) ? call(api, "PUT", lease->path, object, &status, why) : NULL;

    if (answer)
        hold(lease, transitions, sent);
    else if (status == 409 || !ours)
        hold(lease, -1, 0); /* somebody was quicker */
    cJSON_Delete(answer);
    return answer || status == 409;
}

bool kube_lease_step(struct kube_lease *lease, const struct kube_api *api, heal_time now, char why[KUBE_MESSAGE])
{
    long status;
    cJSON *object = call(api, "GET", lease->path, NULL, &status, why);
    bool good;

    lease->due = monotonic_now() + lease->plan->duration / 3;
    if (!object)
        return status == 404 && make(lease, api, now, why);
    if (!is_ours(lease, object) && is_taken(lease, object)) {
        hold(lease, -1, 0);
        good = true;
    } else {
        good = write(lease, api, object, now, why);
    }
    cJSON_Delete(object);
    return good;
}

void kube_lease_release(struct kube_lease *lease, const struct kube_api *api, heal_time now)
{
    char why[KUBE_MESSAGE], text[TIME_TEXT];
    long status;
    cJSON *object = kube_lease_leads(lease) ? call(api, "GET", lease->path, NULL, &status, why) : NULL, *answer = NULL;

    if (object && is_ours(lease, object) && kube_set_text(object, "spec", "holderIdentity", "") &&
        kube_set_text(object, "spec", "renewTime", micro_time(now, text)))
        answer = call(api, "PUT", lease->path, object, &status, why);
    hold(lease, -1, 0);
    cJSON_Delete(object);
    cJSON_Delete(answer);
}

bool kube_lease_holds(struct kube_lease *lease, const struct kube_api *api, char why[KUBE_MESSAGE])
{
    int64_t token = kube_lease_token(lease);
    long status;

    if (token < 0) {
        snprintf(why, KUBE_MESSAGE, "another replica acts, or nobody knows: we do not hold the lease");
        return false;
    }
    cJSON *object = call(api, "GET", lease->path, NULL, &status, why);
    if (!object)
        return false;
    bool holds = is_ours(lease, object) && kube_whole(object, "spec.leaseTransitions", -1) == token;
    cJSON_Delete(object);
    if (!holds) {
        hold(lease, -1, 0);
        snprintf(why, KUBE_MESSAGE, "another replica has taken the lease");
    } else if (!kube_lease_leads(lease)) {
        holds = false;
        snprintf(why, KUBE_MESSAGE, "the lease ran out while it was asked for");
    }
    return holds;
}
