/* alertmanager.c - see alertmanager.h. */
#include "live/alertmanager.h"

#include "live/mailbox.h"

#include <cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const heal_duration TRY_AGAIN = 5 * HEAL_SECOND, ENDS_AFTER = 4 * HEAL_MINUTE, FOUND_ANEW = 10 * HEAL_MINUTE;

struct told {
    struct told_issue issue;
    heal_time closed_at; /* HEAL_TIME_NEVER: it fires */
    heal_time due;       /* monotonic: when it is to be told */
    heal_time orphan_at; /* monotonic: resolved then unless it fires again; HEAL_TIME_NEVER: it is known to fire */
    uint64_t change;     /* which change this is: what is told meanwhile does not count for a later one */
    bool heard;          /* some of it was told at least once */
    bool waits;          /* the last change was not told yet */
};

struct alertmanager {
    const struct http_settings *settings;
    const char *instance;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    atomic_bool stop;
    struct told *items;
    size_t count, room;
    uint64_t changes;
    bool away; /* the last post failed; of the thread alone */
};

static bool is_same(const struct told *told, const struct told_issue *issue)
{
    return told->issue.type == issue->type && strcmp(told->issue.resource, issue->resource) == 0;
}

/* -- what is to be told: with the mutex held ------------------------------------------ */

static void change(struct alertmanager *alertmanager, struct told *told)
{
    told->change = ++alertmanager->changes;
    told->due = 0;
    told->waits = true;
    pthread_cond_signal(&alertmanager->changed);
}

static void drop(struct alertmanager *alertmanager, struct told *told)
{
    *told = alertmanager->items[--alertmanager->count];
}

static void resolve(struct alertmanager *alertmanager, struct told *told, heal_time at)
{
    told->closed_at = at;
    told->orphan_at = HEAL_TIME_NEVER;
    if (told->heard)
        change(alertmanager, told);
    else
        drop(alertmanager, told); /* nobody knows of it */
}

static struct told *find(struct alertmanager *alertmanager, const struct told_issue *issue, bool fires,
                         enum severity severity)
{
    for (size_t i = 0; i < alertmanager->count; i++) {
        struct told *told = &alertmanager->items[i];
        if (is_same(told, issue) && (told->closed_at == HEAL_TIME_NEVER) == fires &&
            (severity == SEVERITY_COUNT || told->issue.severity == severity))
            return told;
    }
    return NULL;
}

static struct told *add(struct alertmanager *alertmanager)
{
    if (alertmanager->count == ALERTS_TOLD_MAX)
        return NULL;
    if (alertmanager->count == alertmanager->room) {
        size_t room = alertmanager->room > 0 ? 2 * alertmanager->room : 64;
        struct told *items = realloc(alertmanager->items, room * sizeof *items);
        if (!items)
            return NULL;
        alertmanager->items = items;
        alertmanager->room = room;
    }
    return &alertmanager->items[alertmanager->count++];
}

bool alertmanager_fire(struct alertmanager *alertmanager, const struct told_issue *issue)
{
    if (!alertmanager)
        return true;
    pthread_mutex_lock(&alertmanager->mutex);
    struct told *told = find(alertmanager, issue, true, SEVERITY_COUNT);
    if (told && told->issue.severity != issue->severity) { /* other labels: another alert */
        resolve(alertmanager, told, issue->at);
        told = NULL;
    }
    if (told) { /* found anew: the same alert goes on, since then */
        told->issue.row = issue->row;
        told->orphan_at = HEAL_TIME_NEVER;
    } else {
        told = find(alertmanager, issue, false, issue->severity); /* its end is not told yet: it goes on */
        bool heard = told && told->heard;
        told = told ? told : add(alertmanager);
        if (!told) {
            pthread_mutex_unlock(&alertmanager->mutex);
            return false;
        }
        *told =
            (struct told){.issue = *issue, .closed_at = HEAL_TIME_NEVER, .orphan_at = HEAL_TIME_NEVER, .heard = heard};
        change(alertmanager, told);
    }
    pthread_mutex_unlock(&alertmanager->mutex);
    return true;
}

void alertmanager_resolve(struct alertmanager *alertmanager, const struct told_issue *issue)
{
    if (!alertmanager)
        return;
    pthread_mutex_lock(&alertmanager->mutex);
    struct told *told = find(alertmanager, issue, true, SEVERITY_COUNT);
    if (told)
        resolve(alertmanager, told, issue->at);
    pthread_mutex_unlock(&alertmanager->mutex);
}

void alertmanager_begin_anew(struct alertmanager *alertmanager)
{
    if (!alertmanager)
        return;
    pthread_mutex_lock(&alertmanager->mutex);
    for (size_t i = 0; i < alertmanager->count; i++) {
        if (alertmanager->items[i].closed_at == HEAL_TIME_NEVER)
            alertmanager->items[i].orphan_at = monotonic_now() + FOUND_ANEW;
    }
    pthread_mutex_unlock(&alertmanager->mutex);
}

size_t alertmanager_waiting(struct alertmanager *alertmanager)
{
    size_t waiting = 0;

    if (!alertmanager)
        return 0;
    pthread_mutex_lock(&alertmanager->mutex);
    for (size_t i = 0; i < alertmanager->count; i++)
        waiting += alertmanager->items[i].waits;
    pthread_mutex_unlock(&alertmanager->mutex);
    return waiting;
}

/* -- telling it ------------------------------------------------------------------------- */

static void add_alert(cJSON *list, const struct told *told, const char *instance)
{
    const struct told_issue *issue = &told->issue;
    cJSON *alert = cJSON_CreateObject();
    cJSON *labels = cJSON_AddObjectToObject(alert, "labels"), *notes = cJSON_AddObjectToObject(alert, "annotations");
    char at[HEAL_TIME_TEXT], summary[SERIES_ID_MAX + 128];
    heal_time ends = told->closed_at == HEAL_TIME_NEVER ? wall_now() + ENDS_AFTER : told->closed_at;

    cJSON_AddItemToArray(list, alert);
    cJSON_AddStringToObject(labels, "alertname", issue_type_name(issue->type));
    cJSON_AddStringToObject(labels, "severity", severity_name(issue->severity));
    cJSON_AddStringToObject(labels, "resource", issue->resource);
    cJSON_AddStringToObject(labels, "source", "selfheal");
    cJSON_AddStringToObject(labels, "instance", instance);
    snprintf(summary, sizeof summary, "%s on %s (issue %lld)", issue_type_name(issue->type), issue->resource,
             (long long)issue->row);
    cJSON_AddStringToObject(notes, "summary", summary);
    cJSON_AddStringToObject(alert, "startsAt", heal_time_format(issue->at < ends ? issue->at : ends, at));
    cJSON_AddStringToObject(alert, "endsAt", heal_time_format(ends, at));
}

/* Those that are due, at most ALERTS_IN_A_POST, copied; what nobody found anew is resolved. */
static size_t take_due(struct alertmanager *alertmanager, struct told batch[ALERTS_IN_A_POST])
{
    heal_time now = monotonic_now();
    size_t count = 0;

    for (size_t i = alertmanager->count; i > 0; i--) { /* backwards: one that is dropped moves the last */
        if (alertmanager->items[i - 1].orphan_at <= now)
            resolve(alertmanager, &alertmanager->items[i - 1], wall_now());
    }
    for (size_t i = 0; i < alertmanager->count && count < ALERTS_IN_A_POST; i++) {
        if (alertmanager->items[i].due <= now)
            batch[count++] = alertmanager->items[i];
    }
    return count;
}

static void note(struct alertmanager *alertmanager, const struct told *batch, size_t count, bool good)
{
    heal_time now = monotonic_now();

    for (size_t k = 0; k < count; k++) {
        struct told *told = NULL;
        for (size_t i = 0; i < alertmanager->count && !told; i++) {
            if (alertmanager->items[i].change == batch[k].change)
                told = &alertmanager->items[i];
        }
        if (!told)
            continue; /* it has changed meanwhile: that is told next */
        told->due = now + (good ? REPEAT_ALERTS : TRY_AGAIN);
        told->heard |= good;
        told->waits &= !good;
        if (good && told->closed_at != HEAL_TIME_NEVER)
            drop(alertmanager, told);
    }
}

static bool post(struct alertmanager *alertmanager, struct http_client *client, const struct told *batch, size_t count)
{
    cJSON *list = cJSON_CreateArray();
    struct http_answer answer = {0};

    for (size_t i = 0; i < count; i++)
        add_alert(list, &batch[i], alertmanager->instance);
    char *body = cJSON_PrintUnformatted(list);
    cJSON_Delete(list);
    struct http_request request = {
        .path = "/api/v2/alerts", .type = "application/json", .body = body, .stop = &alertmanager->stop};
    bool good = body && http_client_request(client, &request, &answer);
    if (!good && !alertmanager->away && !atomic_load(&alertmanager->stop))
        fprintf(stderr, "selfheal: Alertmanager was not told of %zu alerts, and will be: %s\n", count,
                body ? answer.error : "out of memory");
    if (good && alertmanager->away)
        fprintf(stderr, "selfheal: Alertmanager hears again\n");
    alertmanager->away = !good;
    http_answer_clear(&answer);
    free(body);
    return good;
}

/* With the mutex held; returns when something may be due. */
static void wait_for_work(struct alertmanager *alertmanager)
{
    heal_time next = HEAL_TIME_NEVER;

    for (size_t i = 0; i < alertmanager->count; i++) {
        const struct told *told = &alertmanager->items[i];
        heal_time at = told->due < told->orphan_at ? told->due : told->orphan_at;
        next = at < next ? at : next;
    }
    if (next == HEAL_TIME_NEVER) {
        pthread_cond_wait(&alertmanager->changed, &alertmanager->mutex);
        return;
    }
    struct timespec until = {.tv_sec = next / HEAL_SECOND, .tv_nsec = (long)(next % HEAL_SECOND)};
    if (next > monotonic_now())
        pthread_cond_timedwait(&alertmanager->changed, &alertmanager->mutex, &until);
}

static void *serve(void *context)
{
    struct alertmanager *alertmanager = context;
    struct told *batch = calloc(ALERTS_IN_A_POST, sizeof *batch);
    struct http_client *client = http_client_create(alertmanager->settings);

    pthread_mutex_lock(&alertmanager->mutex);
    while (batch && client && !atomic_load(&alertmanager->stop)) {
        size_t count = take_due(alertmanager, batch);
        if (count == 0) {
            wait_for_work(alertmanager);
            continue;
        }
        pthread_mutex_unlock(&alertmanager->mutex);
        bool good = post(alertmanager, client, batch, count);
        pthread_mutex_lock(&alertmanager->mutex);
        note(alertmanager, batch, count, good);
    }
    pthread_mutex_unlock(&alertmanager->mutex);
    http_client_destroy(client);
    free(batch);
    return NULL;
}

struct alertmanager *alertmanager_create(const struct http_settings *settings, const char *instance)
{
    struct alertmanager *alertmanager = calloc(1, sizeof *alertmanager);
    pthread_condattr_t monotonic;

    if (!alertmanager)
        return NULL;
    alertmanager->settings = settings;
    alertmanager->instance = instance;
    pthread_mutex_init(&alertmanager->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&alertmanager->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&alertmanager->thread, NULL, serve, alertmanager) == 0)
        return alertmanager;
    pthread_cond_destroy(&alertmanager->changed);
    pthread_mutex_destroy(&alertmanager->mutex);
    free(alertmanager);
    return NULL;
}

void alertmanager_destroy(struct alertmanager *alertmanager)
{
    if (!alertmanager)
        return;
    pthread_mutex_lock(&alertmanager->mutex);
    atomic_store(&alertmanager->stop, true);
    pthread_cond_signal(&alertmanager->changed);
    pthread_mutex_unlock(&alertmanager->mutex);
    pthread_join(alertmanager->thread, NULL);
    pthread_cond_destroy(&alertmanager->changed);
    pthread_mutex_destroy(&alertmanager->mutex);
    free(alertmanager->items);
    free(alertmanager);
}
