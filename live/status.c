/* status.c - see status.h. */
#include "live/status.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const double STATUS_BUCKETS[DURATION_BUCKETS] = {1, 5, 15, 30, 60, 120, 300, 900};
enum { STARTS_KEPT = 4096, STRATEGY_TEXT = 128 };

/* Of a decision, what its event says: the text is made for who reads it, because most are
 * overwritten unread when much happens at once. */
struct told {
    heal_time at;
    enum decision_kind kind;
    enum issue_type type;
    enum severity severity;
    enum remediation_status status;
    long long issue, remediation, action;
    double health; /* NaN: of no score */
    char resource[SERIES_ID_MAX + 1];
    char strategy[STRATEGY_TEXT];
};

struct event {
    bool is_told;
    union {
        struct told told;
        char text[EVENT_TEXT];
    };
};

struct status {
    pthread_mutex_t mutex;
    pthread_cond_t told;
    struct status_view view;
    heal_time starts[STARTS_KEPT]; /* of remediations, by row */
    struct event *events;
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

/* The place of the next event; the caller fills it before it unlocks. */
static struct event *put_event(struct status *status)
{
    pthread_cond_broadcast(&status->told);
    return &status->events[status->last_event++ % EVENTS_KEPT];
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

static void write_told(const struct told *told, char json[EVENT_TEXT])
{
    char at[HEAL_TIME_TEXT], resource[2 * SERIES_ID_MAX / 3], strategy[STRATEGY_TEXT], number[32] = "null";

    heal_time_format(told->at, at);
    escape(told->resource, resource, sizeof resource);
    escape(told->strategy, strategy, sizeof strategy);
    if (!isnan(told->health))
        snprintf(number, sizeof number, "%.6g", told->health);
    snprintf(json, EVENT_TEXT,
             "{\"kind\":\"%s\",\"at\":\"%s\",\"issue\":%lld,\"remediation\":%lld,\"action\":%lld,\"type\":\"%s\","
             "\"severity\":\"%s\",\"resource\":\"%s\",\"strategy\":\"%s\",\"status\":\"%s\",\"health\":%s}",
             decision_kind_name(told->kind), at, told->issue, told->remediation, told->action,
             issue_type_name(told->type), severity_name(told->severity), resource, strategy,
             told->kind == DECISION_REMEDIATION_ENDED ? remediation_status_name(told->status) : "", number);
}

static void keep_told(struct told *told, const struct decision *decision, const struct event_rows *rows)
{
    told->at = decision->at;
    told->kind = decision->kind;
    told->type = decision->type;
    told->severity = decision->severity;
    told->status = decision->status;
    told->issue = (long long)rows->issue;
    told->remediation = (long long)rows->remediation;
    told->action = (long long)rows->action;
    told->health = decision->kind == DECISION_HEALTH ? decision->score : NAN;
    snprintf(told->resource, sizeof told->resource, "%s", rows->resource ? rows->resource : "");
    snprintf(told->strategy, sizeof told->strategy, "%s", rows->strategy ? rows->strategy : "");
}

void status_decision(struct status *status, const struct decision *decision, const struct event_rows *rows)
{
    pthread_mutex_lock(&status->mutex);
    count_decision(status, decision, rows);
    if (decision->kind != DECISION_ANOMALY_BEGAN && decision->kind != DECISION_ANOMALY_ENDED) {
        struct event *event = put_event(status);
        event->is_told = true;
        keep_told(&event->told, decision, rows);
    }
    pthread_mutex_unlock(&status->mutex);
}

void status_event(struct status *status, const char *json)
{
    pthread_mutex_lock(&status->mutex);
    struct event *event = put_event(status);
    event->is_told = false;
    snprintf(event->text, EVENT_TEXT, "%s", json);
    pthread_mutex_unlock(&status->mutex);
}

bool status_next_event(struct status *status, uint64_t *number, heal_duration patience, char out[EVENT_TEXT],
                       uint64_t *missed)
{
    struct timespec until;
    struct event event;
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
        event = status->events[*number % EVENTS_KEPT];
        ++*number;
        got = true;
    }
    pthread_mutex_unlock(&status->mutex);
    if (got && event.is_told)
        write_told(&event.told, out);
    else if (got)
        memcpy(out, event.text, EVENT_TEXT);
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
