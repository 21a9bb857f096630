/* api_data.c - what answers are made from: read connections to the database, lent
 * one request at a time, what was answered a moment ago, and growing texts. */
#include "live/api_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS_MAX = 4 };
static const heal_duration CACHED_FOR = 5 * HEAL_SECOND;

void text_add(struct text *text, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    int more = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (more < 0 || text->failed)
        return;
    if (text->used + (size_t)more + 1 > text->room) {
        size_t room = 2 * text->room + (size_t)more + 256;
        char *data = realloc(text->data, room);
        if (!data) {
            text->failed = true;
            return;
        }
        text->data = data;
        text->room = room;
    }
    va_start(values, format);
    vsnprintf(text->data + text->used, text->room - text->used, format, values);
    va_end(values);
    text->used += (size_t)more;
}

void reply_text(struct reply *reply, struct text *text, const char *type)
{
    if (text->failed) {
        free(text->data);
        *reply = (struct reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR, .why = "out of memory"};
        return;
    }
    reply->body = text->data;
    reply->length = text->used;
    reply->type = type;
}

static size_t borrow(struct api *api)
{
    size_t at = API_READERS;

    pthread_mutex_lock(&api->mutex);
    while (at == API_READERS) {
        for (at = 0; at < API_READERS && api->lent[at]; at++)
            ;
        if (at == API_READERS)
            pthread_cond_wait(&api->freed, &api->mutex);
    }
    api->lent[at] = true;
    pthread_mutex_unlock(&api->mutex);
    return at;
}

static void give_back(struct api *api, size_t at)
{
    pthread_mutex_lock(&api->mutex);
    api->lent[at] = false;
    pthread_cond_signal(&api->freed);
    pthread_mutex_unlock(&api->mutex);
}

void api_query(struct request *request, struct reply *reply, const char *sql, const int64_t *numbers, size_t count)
{
    struct api *api = request->api;
    struct error_list errors = {0};
    char path[LIVE_STORE_PATH];
    size_t at = borrow(api);
    struct cell cells[NUMBERS_MAX];
    bool failed = false;
    struct statement *query = NULL;

    if (!api->readers[at])
        api->readers[at] = database_open(live_config_store(api->setup->config, path), &errors);
    for (size_t i = 0; i < count; i++)
        cells[i] = cell_integer(numbers[i]);
    if (api->readers[at])
        query = database_query(api->readers[at], sql, cells, count, &errors);
    if (query && database_next(query, &failed, &errors) && statement_text(query, 0)) {
        reply->body = strdup(statement_text(query, 0));
        reply->length = reply->body ? strlen(reply->body) : 0;
    }
    if (!reply->body) {
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply->why = "the database cannot be read now";
    }
    statement_finalize(query);
    if (errors.count > 0) { /* a connection that is lost does not mend itself */
        database_close(api->readers[at]);
        api->readers[at] = NULL;
    }
    error_list_clear(&errors);
    give_back(api, at);
}

bool api_cached(struct request *request, struct reply *reply, int64_t key, uint64_t decisions)
{
    struct api *api = request->api;

    pthread_mutex_lock(&api->mutex);
    const struct cached *slot = &api->cache[(uint64_t)key % API_CACHED];
    bool fresh = slot->key == key && slot->decisions == decisions && monotonic_now() - slot->at < CACHED_FOR;
    if (fresh && (reply->body = strdup(slot->text)) != NULL)
        reply->length = strlen(reply->body);
    pthread_mutex_unlock(&api->mutex);
    return reply->body != NULL;
}

void api_keep(struct request *request, const struct reply *reply, int64_t key, uint64_t decisions)
{
    struct api *api = request->api;
    char *text = reply->body ? strdup(reply->body) : NULL;

    if (!text)
        return;
    pthread_mutex_lock(&api->mutex);
    struct cached *slot = &api->cache[(uint64_t)key % API_CACHED];
    free(slot->text);
    *slot = (struct cached){key, decisions, monotonic_now(), text};
    pthread_mutex_unlock(&api->mutex);
}

int64_t api_number(struct request *request, struct reply *reply, const char *name, int64_t low, int64_t high,
                   int64_t fallback)
{
    const char *text = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    char *end = NULL;

    if (!text)
        return fallback;
    long long value = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
    if (end && *end == '\0' && value >= low && value <= high)
        return value;
    reply->status = MHD_HTTP_BAD_REQUEST;
    reply->why = "a number of the query is out of range";
    return -1;
}
