/* prometheus.c - see prometheus.h; the HTTP API is that of Prometheus v1
 * (/api/v1/query, /api/v1/query_range). */
#include "live/prometheus.h"

#include <cJSON.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 8 << 20, PIECE_FIRST = 10, PIECE_MOST = 10000, LABEL_MAX = 128 };

struct prometheus {
    const struct prometheus_settings *settings;
    struct http_client *http;
};

struct prometheus *prometheus_create(const struct prometheus_settings *settings)
{
    struct prometheus *prometheus = calloc(1, sizeof *prometheus);

    if (!prometheus)
        return NULL;
    prometheus->settings = settings;
    prometheus->http = http_client_create(&settings->http);
    if (prometheus->http)
        return prometheus;
    free(prometheus);
    return NULL;
}

void prometheus_destroy(struct prometheus *prometheus)
{
    if (!prometheus)
        return;
    http_client_destroy(prometheus->http);
    free(prometheus);
}

bool prometheus_expand(const char *template, const char *(*label)(void *context, const char *name), void *context,
                       char out[SERIES_ID_MAX + 1])
{
    size_t used = 0;

    for (const char *at = template; *at; at++) {
        const char *end = *at == '{' ? strchr(at, '}') : NULL;
        if (!end || end - at > LABEL_MAX) {
            if (used == SERIES_ID_MAX)
                return false;
            out[used++] = *at;
            continue;
        }
        char name[LABEL_MAX + 1];
        snprintf(name, sizeof name, "%.*s", (int)(end - at - 1), at + 1);
        const char *value = label(context, name);
        if (!value || !*value)
            return false;
        for (; *value; value++) {
            if (used == SERIES_ID_MAX)
                return false;
            out[used++] = strchr(":/ \t", *value) ? '_' : *value;
        }
        at = end;
    }
    out[used] = '\0';
    return true;
}

static const char *label_of(void *context, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(context, name));
}

/* One [instant, "value"]. */
static void take_pair(const cJSON *pair, const char *series, struct prometheus_sink sink)
{
    const cJSON *at = cJSON_GetArrayItem(pair, 0);
    const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
    char *end = NULL;

    if (!cJSON_IsNumber(at) || !text)
        return;
    double value = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(value))
        sink.take(sink.context, series, (heal_time)llround(at->valuedouble * 1000.0) * HEAL_MILLISECOND, value);
}

/* The body of an answer into the sink. False when it is not what Prometheus says. */
static bool take_answer(const char *body, const char *template, struct prometheus_sink sink)
{
    cJSON *root = cJSON_Parse(body);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(data, "result"), *item;
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "resultType"));
    char series[SERIES_ID_MAX + 1];
    bool good = cJSON_IsArray(result) && type;

    if (good && strcmp(type, "scalar") == 0) {
        if (prometheus_expand(template, label_of, NULL, series))
            take_pair(result, series, sink);
        cJSON_Delete(root);
        return true;
    }
    if (!good)
        result = NULL;
    cJSON_ArrayForEach(item, result)
    {
        const cJSON *values = cJSON_GetObjectItemCaseSensitive(item, "values"), *pair;
        cJSON *labels = cJSON_GetObjectItemCaseSensitive(item, "metric");
        if (!prometheus_expand(template, label_of, labels, series))
            continue;
        take_pair(cJSON_GetObjectItemCaseSensitive(item, "value"), series, sink);
        cJSON_ArrayForEach(pair, values)
        {
            take_pair(pair, series, sink);
        }
    }
    cJSON_Delete(root);
    return good;
}

/* What Prometheus says to a query that it does not like. */
static void explain(const struct prometheus_query *query, const struct http_answer *answer, char *error)
{
    cJSON *root = answer->body ? cJSON_Parse(answer->body) : NULL;
    const char *said = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "error"));

    snprintf(error, HTTP_ERROR_TEXT, "%.80s: %.160s", query->series, said ? said : answer->error);
    cJSON_Delete(root);
}

static bool ask(struct prometheus *prometheus, const struct prometheus_query *query, const char *path,
                const char *times, struct prometheus_sink sink, size_t *bytes, char *error)
{
    char *escaped = http_escape(query->query);
    size_t size = escaped ? strlen(escaped) + strlen(times) + 64 : 0;
    char *body = escaped ? malloc(size) : NULL;
    struct http_answer answer = {0};
    bool good = false;

    if (body) {
        snprintf(body, size, "query=%s&%s&lookback_delta=%.3f", escaped, times,
                 heal_duration_seconds(prometheus->settings->stale_after));
        good = http_client_call(prometheus->http, path, "application/x-www-form-urlencoded", body, &answer);
        if (!good)
            explain(query, &answer, error);
        else if (!(good = take_answer(answer.body, query->series, sink)))
            snprintf(error, HTTP_ERROR_TEXT, "%.80s: the answer is none of Prometheus's", query->series);
    } else {
        snprintf(error, HTTP_ERROR_TEXT, "out of memory");
    }
    if (bytes)
        *bytes = answer.length;
    http_answer_clear(&answer);
    free(body);
    free(escaped);
    return good;
}

bool prometheus_read(struct prometheus *prometheus, heal_time at, struct prometheus_sink sink,
                     char error[HTTP_ERROR_TEXT])
{
    bool good = true;
    char times[64];

    snprintf(times, sizeof times, "time=%.3f", heal_duration_seconds(at));
    for (size_t i = 0; i < prometheus->settings->query_count; i++)
        good &= ask(prometheus, &prometheus->settings->queries[i], "/api/v1/query", times, sink, NULL, error);
    return good;
}

static void into_history(void *context, const char *series, heal_time at, double value)
{
    history_put(context, series, at, value);
}

static bool fill_from(struct prometheus *prometheus, const struct prometheus_query *query, struct history *history,
                      char *error)
{
    struct prometheus_sink sink = {history, into_history};
    size_t frames = history_frames(history), piece = PIECE_FIRST, bytes = 0;

    for (size_t first = 0, next = 0; first < frames; first = next) {
        if (first > 0 && bytes > 0) { /* the next piece by the size of the last */
            double fit = (double)piece * PIECE_BYTES / (double)bytes;
            piece = fit < 1.0 ? 1 : fit > PIECE_MOST ? PIECE_MOST : (size_t)fit;
        }
        next = first + piece < frames ? first + piece : frames;
        size_t last = next - 1;
        heal_duration step = frames > 1 ? history_instant(history, 1) - history_instant(history, 0) : HEAL_SECOND;
        char times[128];
        snprintf(times, sizeof times, "start=%.3f&end=%.3f&step=%.3f",
                 heal_duration_seconds(history_instant(history, first)),
                 heal_duration_seconds(history_instant(history, last)), heal_duration_seconds(step));
        if (!ask(prometheus, query, "/api/v1/query_range", times, sink, &bytes, error))
            return false;
    }
    return true;
}

bool prometheus_back_fill(struct prometheus *prometheus, struct history *history, char error[HTTP_ERROR_TEXT])
{
    bool good = true;

    for (size_t i = 0; i < prometheus->settings->query_count; i++)
        good &= fill_from(prometheus, &prometheus->settings->queries[i], history, error);
    return good;
}
