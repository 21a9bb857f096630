/* kube_watch.c - see kube_watch.h. */
#include "live/kube_watch.h"

#include "engine/random.h"
#include "live/mailbox.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 250, PATH_ROOM = 512, VERSION_ROOM = 64, CONTINUE_ROOM = 4096, STACK = 512 << 10 };
static const heal_duration FIRST = HEAL_SECOND / 2, LONGEST = 30 * HEAL_SECOND, ABSENT = HEAL_MINUTE;
static const heal_duration TURN = 4 * HEAL_MINUTE, SLACK = 30 * HEAL_SECOND, LASTED = 5 * HEAL_SECOND;

struct kube_watch {
    struct kube_watch_settings settings;
    struct kube_client *client;
    pthread_t thread;
    pthread_mutex_t mutex; /* state and stop's condition */
    pthread_cond_t wake;
    atomic_bool stop;
    struct kube_settings server; /* as given, but without repeats: the watch itself rests and tries again */
    struct kube_watch_state state;
    struct random_stream jitter;
    uint32_t failed; /* in a row */
    char version[VERSION_ROOM];
    char *line; /* what has come of the next event */
    size_t length, room;
    bool gone, broken; /* what ends the stream under way */
};

/* -- what is known of it --------------------------------------------------------- */

static void note_good(struct kube_watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    watch->state.good_at = monotonic_now();
    watch->state.error[0] = '\0';
    pthread_mutex_unlock(&watch->mutex);
}

static void note_failure(struct kube_watch *watch, const char *error)
{
    pthread_mutex_lock(&watch->mutex);
    watch->state.failures++;
    watch->state.tried = true;
    snprintf(watch->state.error, sizeof watch->state.error, "%.60s: %.190s", watch->settings.path, error);
    pthread_mutex_unlock(&watch->mutex);
}

void kube_watch_look(struct kube_watch *watch, struct kube_watch_state *out)
{
    pthread_mutex_lock(&watch->mutex);
    *out = watch->state;
    if (out->watching)
        out->good_at = monotonic_now();
    pthread_mutex_unlock(&watch->mutex);
}

static void rest_for(struct kube_watch *watch, heal_duration pause)
{
    heal_time until = monotonic_now() + pause;
    struct timespec at = {.tv_sec = until / HEAL_SECOND, .tv_nsec = (long)(until % HEAL_SECOND)};

    pthread_mutex_lock(&watch->mutex);
    while (!atomic_load(&watch->stop) && monotonic_now() < until)
        pthread_cond_timedwait(&watch->wake, &watch->mutex, &at);
    pthread_mutex_unlock(&watch->mutex);
}

static void rest(struct kube_watch *watch, heal_duration asked_for)
{
    heal_duration pause = watch->settings.first > 0 ? watch->settings.first : FIRST;

    for (uint32_t i = 0; i < watch->failed && pause < LONGEST; i++)
        pause *= 2;
    pause = pause < LONGEST ? pause : LONGEST;
    pause = (heal_duration)((double)pause * (0.5 + 0.5 * random_uniform(&watch->jitter)));
    asked_for = asked_for < LONGEST ? asked_for : LONGEST;
    watch->failed++;
    rest_for(watch, pause > asked_for ? pause : asked_for);
}

/* -- listing --------------------------------------------------------------------- */

static bool keep_version(struct kube_watch *watch, const cJSON *metadata)
{
    static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "resourceVersion"));

    if (!version || !*version || strlen(version) >= VERSION_ROOM || version[strspn(version, ALLOWED)] != '\0')
        return false;
    memcpy(watch->version, version, strlen(version) + 1);
    return true;
}

/* One page to the sink; `next` is then what the following one is asked for by, "" at the end. */
static bool take_page(struct kube_watch *watch, const char *body, char next[CONTINUE_ROOM])
{
    cJSON *root = cJSON_Parse(body), *item;
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(root, "items");
    const cJSON *metadata = cJSON_GetObjectItemCaseSensitive(root, "metadata");
    const char *more = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(metadata, "continue"));
    bool good = cJSON_IsArray(items) || cJSON_IsNull(items);

    good = good && keep_version(watch, metadata) && (!more || strlen(more) < CONTINUE_ROOM);
    if (good) {
        snprintf(next, CONTINUE_ROOM, "%s", more ? more : "");
        cJSON_ArrayForEach(item, items)
        {
            watch->settings.sink.put(watch->settings.sink.context, item);
        }
    }
    cJSON_Delete(root);
    return good;
}

/* The whole list. False with the answer of the page that failed. */
static bool list_all(struct kube_watch *watch, struct http_answer *answer)
{
    const struct kube_watch_settings *settings = &watch->settings;
    char next[CONTINUE_ROOM] = "";

    settings->sink.begin(settings->sink.context);
    do {
        char *escaped = http_escape(next), path[PATH_ROOM + CONTINUE_ROOM * 3];
        snprintf(path, sizeof path, "%s?limit=%u%s%s", settings->path, settings->page > 0 ? settings->page : PAGE,
                 next[0] ? "&continue=" : "", escaped ? escaped : "");
        free(escaped);
        http_answer_clear(answer);
        if (atomic_load(&watch->stop) || !kube_call(watch->client, "GET", path, NULL, NULL, answer))
            return false;
        if (!take_page(watch, answer->body, next)) {
            snprintf(answer->error, sizeof answer->error, "the answer is no list");
            return false;
        }
        note_good(watch);
    } while (next[0]);
    settings->sink.end(settings->sink.context);
    pthread_mutex_lock(&watch->mutex);
    watch->state.listed = watch->state.tried = true;
    watch->state.absent = false;
    watch->state.lists++;
    pthread_mutex_unlock(&watch->mutex);
    return true;
}

/* True when the collection is whole; else it has rested. */
static bool list(struct kube_watch *watch)
{
    struct http_answer answer = {0};
    bool good = list_all(watch, &answer),
         absent = watch->settings.optional && (answer.status == 403 || answer.status == 404);

    if (good) {
        watch->failed = 0;
    } else if (absent) {
        const struct kube_watch_sink *sink = &watch->settings.sink;
        sink->begin(sink->context); /* nothing of it is left */
        sink->end(sink->context);
        note_good(watch);
        pthread_mutex_lock(&watch->mutex);
        watch->state.absent = watch->state.tried = true;
        pthread_mutex_unlock(&watch->mutex);
        rest_for(watch, ABSENT);
    } else if (!atomic_load(&watch->stop)) {
        note_failure(watch, answer.error);
        rest(watch, answer.retry_after);
    }
    http_answer_clear(&answer);
    return good;
}

/* -- watching -------------------------------------------------------------------- */

/* One event. False ends the stream. */
static bool take_event(struct kube_watch *watch, const char *line, size_t length)
{
    const struct kube_watch_sink *sink = &watch->settings.sink;
    cJSON *root = cJSON_ParseWithLength(line, length);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "type"));
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "object");

    watch->broken = !type || !cJSON_IsObject(object);
    if (!watch->broken && strcmp(type, "ERROR") == 0) {
        const cJSON *code = cJSON_GetObjectItemCaseSensitive(object, "code");
        watch->gone = cJSON_IsNumber(code) && code->valueint == 410;
        watch->broken = !watch->gone;
    } else if (!watch->broken && keep_version(watch, cJSON_GetObjectItemCaseSensitive(object, "metadata"))) {
        bool real = strcmp(type, "BOOKMARK") != 0;
        if (strcmp(type, "DELETED") == 0)
            sink->gone(sink->context, object);
        else if (real)
            sink->put(sink->context, object);
        pthread_mutex_lock(&watch->mutex);
        watch->state.events += real;
        watch->state.error[0] = '\0';
        pthread_mutex_unlock(&watch->mutex);
        watch->failed = 0;
    } else {
        watch->broken = watch->broken || !watch->gone;
    }
    cJSON_Delete(root);
    return !watch->broken && !watch->gone;
}

static bool keep(struct kube_watch *watch, const char *data, size_t length)
{
    if (watch->length + length > KUBE_EVENT_MAX)
        return false;
    if (watch->length + length > watch->room) {
        size_t room = 2 * (watch->length + length);
        char *line = realloc(watch->line, room);
        if (!line)
            return false;
        watch->line = line;
        watch->room = room;
    }
    memcpy(watch->line + watch->length, data, length);
    watch->length += length;
    return true;
}

static bool take_bytes(void *context, const char *data, size_t length)
{
    struct kube_watch *watch = context;

    while (length > 0) {
        const char *end = memchr(data, '\n', length);
        size_t piece = end ? (size_t)(end - data) : length;
        if (atomic_load(&watch->stop))
            return false;
        if (end && watch->length == 0) { /* whole, as most are: not copied */
            if (piece > 0 && !take_event(watch, data, piece))
                return false;
        } else if (!keep(watch, data, piece)) {
            watch->broken = true;
            return false;
        } else if (end) {
            size_t whole = watch->length;
            watch->length = 0;
            if (!take_event(watch, watch->line, whole))
                return false;
        }
        data += piece + (end != NULL);
        length -= piece + (end != NULL);
    }
    return true;
}

static void set_watching(struct kube_watch *watch, bool on)
{
    pthread_mutex_lock(&watch->mutex);
    if (watch->state.watching)
        watch->state.good_at = monotonic_now();
    watch->state.watching = on;
    watch->state.streams += on;
    pthread_mutex_unlock(&watch->mutex);
}

static bool take_stream(void *context, const char *data, size_t length)
{
    struct kube_watch *watch = context;

    if (!watch->state.watching)
        set_watching(watch, true);
    return take_bytes(context, data, length);
}

/* One stream, to its end. False when the collection has to be listed again. */
static bool follow(struct kube_watch *watch)
{
    heal_duration turn = watch->settings.turn > 0 ? watch->settings.turn : TURN;
    struct kube_stream stream = {.take = take_stream, .context = watch, .timeout = turn + SLACK};
    struct http_answer answer = {0};
    heal_time begun = monotonic_now();
    char path[PATH_ROOM];

    watch->gone = watch->broken = false;
    watch->length = 0;
    turn -= (heal_duration)((double)turn * 0.25 * random_uniform(&watch->jitter)); /* not all at once */
    snprintf(path, sizeof path, "%s?watch=1&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%lld",
             watch->settings.path, watch->version, (long long)(turn / HEAL_SECOND > 0 ? turn / HEAL_SECOND : 1));
    bool good = kube_stream(watch->client, path, &stream, &answer);
    set_watching(watch, false);
    bool gone = watch->gone || answer.status == 410, absent = answer.status == 404 || answer.status == 403;
    if (watch->broken)
        note_failure(watch, "an event could not be read");
    else if (!good && !gone && !atomic_load(&watch->stop))
        note_failure(watch, answer.error);
    else if (good)
        note_good(watch);
    bool lasted = monotonic_now() - begun > LASTED;
    if (lasted)
        watch->failed = 0;
    if (!atomic_load(&watch->stop) && (!good || !lasted)) /* a stream that ends at once must not spin */
        rest(watch, answer.retry_after);
    http_answer_clear(&answer);
    return !gone && !absent;
}

static void *serve(void *context)
{
    struct kube_watch *watch = context;
    bool listed = false;

    while (!atomic_load(&watch->stop))
        listed = listed ? follow(watch) : list(watch);
    return NULL;
}

static bool start(struct kube_watch *watch)
{
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    bool good = pthread_create(&watch->thread, &attributes, serve, watch) == 0;
    pthread_attr_destroy(&attributes);
    return good;
}

struct kube_watch *kube_watch_create(const struct kube_watch_settings *settings)
{
    struct kube_watch *watch = calloc(1, sizeof *watch);
    char error[HTTP_ERROR_TEXT];
    pthread_condattr_t monotonic;

    if (!watch)
        return NULL;
    watch->settings = *settings;
    watch->server = *settings->server;
    watch->server.retries = 0;
    watch->client = kube_client_create(&watch->server, error);
    if (watch->client)
        kube_client_stop_on(watch->client, &watch->stop);
    watch->jitter = random_stream_named((uint64_t)wall_now(), settings->path, "watch", 0);
    pthread_mutex_init(&watch->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (watch->client && start(watch))
        return watch;
    kube_client_destroy(watch->client);
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->mutex);
    free(watch);
    return NULL;
}

void kube_watch_stop(struct kube_watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->mutex);
    atomic_store(&watch->stop, true);
    pthread_cond_signal(&watch->wake);
    pthread_mutex_unlock(&watch->mutex);
}

void kube_watch_destroy(struct kube_watch *watch)
{
    if (!watch)
        return;
    kube_watch_stop(watch);
    pthread_join(watch->thread, NULL);
    kube_client_destroy(watch->client);
    pthread_cond_destroy(&watch->wake);
    pthread_mutex_destroy(&watch->mutex);
    free(watch->line);
    free(watch);
}
