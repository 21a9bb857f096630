/* status.c - see status.h. */
#include "live/status.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const double STATUS_BUCKETS[DURATION_BUCKETS] = {1, 5, 15, 30, 60, 120, 300, 900};
enum { STARTS_KEPT = 4096 };

struct status {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    struct status_view view;
    heal_time starts[STARTS_KEPT]; /* of remediations, by row */
    char (*events)[EVENT_TEXT];
    uint64_t last_event;
    bool closed;
};

struct status *status_create(heal_time now)
{
    struct status *status = calloc(1, sizeof *status);
    pthread_condattr_t monotonic;

    if (!status || !(status->events = calloc(EVENTS_KEPT, sizeof *status->events))) {
        free(status);
        return NULL;
    }
    status->view.started_at = now;
    status->view.overall = NAN;
    for (int i = 0; i < COMPONENT_COUNT; i++)
        status->view.health[i] = NAN;
    snprintf(status->view.why_not, STATUS_TEXT, "starting");
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&status->mutex, NULL);
    pthread_cond_init(&status->told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return status;
}

void status_destroy(struct status *status)
{
    if (!status)
        return;
    pthread_cond_destroy(&status->told);
    pthread_mutex_destroy(&status->mutex);
    free(status->events);
    free(status);
}

void status_read(struct status *status, struct status_view *out)
{
    pthread_mutex_lock(&status->mutex);
    *out = status->view;
    pthread_mutex_unlock(&status->mutex);
}

struct status_view *status_lock(struct status *status)
{
    pthread_mutex_lock(&status->mutex);
    return &status->view;
}

void status_unlock(struct status *status)
{
    pthread_mutex_unlock(&status->mutex);
}

static void note_duration(struct status_view *view, double seconds)
{
    size_t bucket = 0;

    while (bucket < DURATION_BUCKETS && seconds > STATUS_BUCKETS[bucket])
        bucket++;
    if (bucket < DURATION_BUCKETS)
        view->duration_buckets[bucket]++;
    view->duration_count++;
    view->duration_sum += seconds;
}

static void count_decision(struct status *status, const struct decision *decision, const struct event_rows *rows)
{
    struct status_view *view = &status->view;
    heal_time *start = &status->starts[(uint64_t)rows->remediation % STARTS_KEPT];

    view->decisions++;
    switch (decision->kind) {
    case DECISION_ISSUE_OPENED:
        if (decision->type < ISSUE_TYPE_COUNT && decision->severity < SEVERITY_COUNT)
            view->issues[decision->type][decision->severity]++;
        break;
    case DECISION_REMEDIATION_STARTED:
        *start = decision->at;
        break;
    case DECISION_REMEDIATION_ENDED:
        view->remediations[decision->status]++;
        if (decision->status != REMEDIATION_DRY_RUN && *start > 0)
            note_duration(view, heal_duration_seconds(decision->at - *start));
        break;
    case DECISION_HEALTH:
        memcpy(view->health, decision->health, sizeof view->health);
        view->overall = decision->score;
        view->health_at = decision->at;
        view->issues_detected = (uint64_t)decision->value;
        view->auto_remediated = (uint64_t)decision->reference;
        break;
    default:
        break;
    }
}

static void put_event(struct status *status, const char *json)
{
    snprintf(status->events[status->last_event++ % EVENTS_KEPT], EVENT_TEXT, "%s", json);
    pthread_cond_broadcast(&status->told);
}

/* Resource ids and strategy names hold no control bytes; quotes and backslashes are escaped. */
static void escape(const char *text, char *out, size_t size)
{
    size_t used = 0;

    for (; text && *text && used + 2 < size; text++) {
        if (*text == '"' || *text == '\\')
            out[used++] = '\\';
        out[used++] = *text;
    }
    out[used] = '\0';
}

void status_decision(struct status *status, const struct decision *decision, const struct event_rows *rows)
{
    char at[HEAL_TIME_TEXT], resource[2 * SERIES_ID_MAX / 3], strategy[128], json[EVENT_TEXT], number[32] = "null";

    heal_time_format(decision->at, at);
    escape(rows->resource, resource, sizeof resource);
    escape(rows->strategy, strategy, sizeof strategy);
    if (decision->kind == DECISION_HEALTH)
        snprintf(number, sizeof number, "%.6g", decision->score);
    snprintf(json, sizeof json,
             "{\"kind\":\"%s\",\"at\":\"%s\",\"issue\":%lld,\"remediation\":%lld,\"action\":%lld,\"type\":\"%s\","
             "\"severity\":\"%s\",\"resource\":\"%s\",\"strategy\":\"%s\",\"status\":\"%s\",\"health\":%s}",
             decision_kind_name(decision->kind), at, (long long)rows->issue, (long long)rows->remediation,
             (long long)rows->action, issue_type_name(decision->type), severity_name(decision->severity), resource,
             strategy, decision->kind == DECISION_REMEDIATION_ENDED ? remediation_status_name(decision->status) : "",
             number);
    pthread_mutex_lock(&status->mutex);
    count_decision(status, decision, rows);
    if (decision->kind != DECISION_ANOMALY_BEGAN && decision->kind != DECISION_ANOMALY_ENDED)
        put_event(status, json);
    pthread_mutex_unlock(&status->mutex);
}

void status_event(struct status *status, const char *json)
{
    pthread_mutex_lock(&status->mutex);
    put_event(status, json);
    pthread_mutex_unlock(&status->mutex);
}

bool status_next_event(struct status *status, uint64_t *number, heal_duration patience, char out[EVENT_TEXT],
                       uint64_t *missed)
{
    struct timespec until;
    bool got = false;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(patience / HEAL_SECOND);
    *missed = 0;
    pthread_mutex_lock(&status->mutex);
    while (!status->closed && status->last_event <= *number &&
           pthread_cond_timedwait(&status->told, &status->mutex, &until) == 0)
        ;
    if (!status->closed && status->last_event > *number) {
        if (status->last_event - *number > EVENTS_KEPT) {
            *missed = status->last_event - EVENTS_KEPT - *number;
            *number += *missed;
        }
        memcpy(out, status->events[*number % EVENTS_KEPT], EVENT_TEXT);
        ++*number;
        got = true;
    }
    pthread_mutex_unlock(&status->mutex);
    return got;
}

uint64_t status_last_event(struct status *status)
{
    pthread_mutex_lock(&status->mutex);
    uint64_t last = status->last_event;
    pthread_mutex_unlock(&status->mutex);
    return last;
}

bool status_is_closed(struct status *status)
{
    pthread_mutex_lock(&status->mutex);
    bool closed = status->closed;
    pthread_mutex_unlock(&status->mutex);
    return closed;
}

void status_close(struct status *status)
{
    pthread_mutex_lock(&status->mutex);
    status->closed = true;
    pthread_cond_broadcast(&status->told);
    pthread_mutex_unlock(&status->mutex);
}
