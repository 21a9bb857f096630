/* alert_book.c - see alert_book.h; the format is that of Alertmanager's webhook_config. */
#include "live/alert_book.h"

#include "engine/policy.h"
#include "live/prometheus.h"

#include <cJSON.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 64 };

struct entry {
    char key[KEY_BYTES];
    char series[SERIES_ID_MAX + 1];
    heal_time told_at;
    bool firing;
};

struct alert_book {
    const struct alert_settings *settings;
    pthread_mutex_t mutex;
    struct entry *entries; /* by series, then by key */
    size_t count;
    bool fresh;
};

void alert_settings_read(struct reader *root, struct arena *arena, struct alert_settings *settings)
{
    struct reader part = reader_map(root, "alerts");
    size_t count = 0;

    settings->forget_after = 12 * HEAL_HOUR;
    if (!part.map)
        return;
    reader_duration(&part, "forget_after", HEAL_SECOND, 30 * HEAL_DAY, &settings->forget_after);
    reader_require(&part, "map");
    const struct node *const *items = reader_list(&part, "map", &count);
    struct alert_mapping *mappings = reader_array(&part, arena, count, sizeof *mappings);
    for (size_t i = 0; mappings && i < count; i++) {
        struct reader item = reader_item(&part, "map", items, i);
        mappings[i].alert = "*";
        reader_require(&item, "series");
        reader_text_into(&item, "alert", arena, &mappings[i].alert);
        if (reader_text_into(&item, "series", arena, &mappings[i].series) && !strchr(mappings[i].series, ':'))
            reader_error(&item, "series", "expected kind/namespace/name:metric, found \"%s\"", mappings[i].series);
        reader_close(&item);
    }
    settings->mappings = mappings;
    settings->count = mappings ? count : 0;
    reader_close(&part);
}

struct alert_book *alert_book_create(const struct alert_settings *settings)
{
    struct alert_book *book = calloc(1, sizeof *book);

    if (!book)
        return NULL;
    book->settings = settings;
    book->entries = malloc(ALERT_BOOK_ROOM * sizeof *book->entries);
    if (!book->entries) {
        free(book);
        return NULL;
    }
    pthread_mutex_init(&book->mutex, NULL);
    return book;
}

void alert_book_destroy(struct alert_book *book)
{
    if (!book)
        return;
    pthread_mutex_destroy(&book->mutex);
    free(book->entries);
    free(book);
}

/* -- one alert ------------------------------------------------------------------- */

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static const char *label_of(void *context, const char *name)
{
    return text_of(context, name);
}

static bool map(const struct alert_settings *settings, cJSON *labels, char series[SERIES_ID_MAX + 1])
{
    const char *name = text_of(labels, "alertname"), *source = text_of(labels, "source");

    if (source && strcmp(source, "selfheal") == 0)
        return false;
    for (size_t i = 0; i < settings->count; i++) {
        if (series_glob_match(settings->mappings[i].alert, name) &&
            prometheus_expand(settings->mappings[i].series, label_of, labels, series))
            return true;
    }
    return false;
}

/* What tells this alert from all others. */
static void key_of(const cJSON *alert, const cJSON *labels, char key[KEY_BYTES])
{
    const char *fingerprint = text_of(alert, "fingerprint");
    uint64_t sum = 0;
    const cJSON *label;

    if (fingerprint && fingerprint[0] && strlen(fingerprint) < KEY_BYTES) {
        snprintf(key, KEY_BYTES, "%s", fingerprint);
        return;
    }
    cJSON_ArrayForEach(label, labels) /* in any order: FNV-1a of each, added up */
    {
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        const char *parts[] = {label->string, "=", label->valuestring};
        for (size_t i = 0; i < 3; i++) {
            for (const char *at = parts[i]; at && *at; at++)
                hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
        }
        sum += hash;
    }
    snprintf(key, KEY_BYTES, "labels-%016llx", (unsigned long long)sum);
}

static int compare(const struct entry *entry, const char *series, const char *key)
{
    int order = strcmp(entry->series, series);
    return order != 0 ? order : strcmp(entry->key, key);
}

static size_t place_of(const struct alert_book *book, const char *series, const char *key)
{
    size_t low = 0, high = book->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&book->entries[middle], series, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool has_series(const struct alert_book *book, size_t place, const char *series)
{
    return (place < book->count && strcmp(book->entries[place].series, series) == 0) ||
           (place > 0 && strcmp(book->entries[place - 1].series, series) == 0);
}

static bool put(struct alert_book *book, const char *series, const char *key, bool firing, heal_time now)
{
    size_t place = place_of(book, series, key);
    struct entry *entry = &book->entries[place];

    if (place == book->count || compare(entry, series, key) != 0) {
        if (book->count == ALERT_BOOK_ROOM)
            return false;
        book->fresh |= !has_series(book, place, series);
        memmove(entry + 1, entry, (book->count - place) * sizeof *entry);
        book->count++;
        snprintf(entry->series, sizeof entry->series, "%s", series);
        snprintf(entry->key, sizeof entry->key, "%s", key);
    }
    entry->firing = firing;
    entry->told_at = now;
    return true;
}

static void forget(struct alert_book *book, heal_time now)
{
    size_t kept = 0;

    for (size_t i = 0; i < book->count; i++) {
        if (now - book->entries[i].told_at < book->settings->forget_after)
            book->entries[kept++] = book->entries[i];
    }
    book->count = kept;
}

/* -- a body ----------------------------------------------------------------------- */

static bool is_alert(const cJSON *alert)
{
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(alert, "labels"), *label;
    const char *status = text_of(alert, "status"), *name = text_of(labels, "alertname");
    bool good = cJSON_IsObject(labels) && name && *name && status &&
                (strcmp(status, "firing") == 0 || strcmp(status, "resolved") == 0);

    cJSON_ArrayForEach(label, labels)
    {
        good = good && cJSON_IsString(label);
    }
    return good;
}

static bool is_webhook(const cJSON *root)
{
    const cJSON *alerts = cJSON_GetObjectItemCaseSensitive(root, "alerts"), *alert;
    const char *version = text_of(root, "version");
    bool good = version && strcmp(version, "4") == 0 && cJSON_IsArray(alerts);

    cJSON_ArrayForEach(alert, alerts)
    {
        good = good && is_alert(alert);
    }
    return good;
}

enum alert_answer alert_book_take(struct alert_book *book, const char *body, heal_time now, struct alert_count *count)
{
    cJSON *root = cJSON_Parse(body);
    enum alert_answer answer = is_webhook(root) ? ALERTS_TAKEN : ALERTS_WRONG;
    const cJSON *alert, *alerts = answer == ALERTS_TAKEN ? cJSON_GetObjectItemCaseSensitive(root, "alerts") : NULL;
    char series[SERIES_ID_MAX + 1], key[KEY_BYTES];

    *count = (struct alert_count){0, 0};
    pthread_mutex_lock(&book->mutex);
    forget(book, now);
    cJSON_ArrayForEach(alert, alerts)
    {
        cJSON *labels = cJSON_GetObjectItemCaseSensitive(alert, "labels");
        if (!map(book->settings, labels, series)) {
            count->unmapped++;
            continue;
        }
        key_of(alert, labels, key);
        if (put(book, series, key, strcmp(text_of(alert, "status"), "firing") == 0, now))
            count->taken++;
        else
            answer = ALERTS_FULL;
    }
    pthread_mutex_unlock(&book->mutex);
    cJSON_Delete(root);
    return answer;
}

void alert_book_read(struct alert_book *book, heal_time now, struct alert_sink sink)
{
    pthread_mutex_lock(&book->mutex);
    forget(book, now);
    for (size_t i = 0, next; i < book->count; i = next) {
        bool firing = false;
        for (next = i; next < book->count && strcmp(book->entries[next].series, book->entries[i].series) == 0; next++)
            firing |= book->entries[next].firing;
        sink.take(sink.context, book->entries[i].series, firing ? 1.0 : 0.0);
    }
    pthread_mutex_unlock(&book->mutex);
}

bool alert_book_is_fresh(struct alert_book *book)
{
    pthread_mutex_lock(&book->mutex);
    bool fresh = book->fresh;
    pthread_mutex_unlock(&book->mutex);
    return fresh;
}

void alert_book_name(struct alert_book *book, heal_time now, struct alert_sink sink)
{
    pthread_mutex_lock(&book->mutex);
    book->fresh = false;
    pthread_mutex_unlock(&book->mutex);
    alert_book_read(book, now, sink);
}
