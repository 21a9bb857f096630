/* prometheus.h - Prometheus as a source of samples.
 *
 * A query of the configuration gives samples with labels; its `series` says which
 * series each belongs to, `{label}` standing for the label's value with ':', '/'
 * and blanks as '_'. A sample that lacks a label that is asked for is dropped. Stale series are those
 * that Prometheus no longer gives: it is asked to look back no further than
 * `stale_after`.
 */
#ifndef SELFHEAL_LIVE_PROMETHEUS_H
#define SELFHEAL_LIVE_PROMETHEUS_H

#include "live/history.h"
#include "live/http_client.h"

struct prometheus_query {
    const char *series; /* "node/default/{instance}:cpu_utilization_ratio" */
    const char *query;  /* PromQL */
};

struct prometheus_settings {
    struct http_settings http;
    heal_duration stale_after; /* > 0 */
    heal_duration back_fill;   /* 0: none */
    const struct prometheus_query *queries;
    size_t query_count;
};

struct prometheus;
struct prometheus *prometheus_create(const struct prometheus_settings *settings); /* NULL when out of memory */
void prometheus_destroy(struct prometheus *prometheus);

/* Takes one sample; the text is gone after the call. */
struct prometheus_sink {
    void *context;
    void (*take)(void *context, const char *series, heal_time at, double value);
};

/* All queries at `at`. False when one failed: `error` says which and why; the
 * others have given what they had. */
bool prometheus_read(struct prometheus *prometheus, heal_time at, struct prometheus_sink sink,
                     char error[HTTP_ERROR_TEXT]);

/* All queries over a range, into `history`, in pieces that keep answers small. */
bool prometheus_back_fill(struct prometheus *prometheus, struct history *history, char error[HTTP_ERROR_TEXT]);

/* `series` of a query with labels filled in; for tests. False when a label is
 * missing or the id is over SERIES_ID_MAX. `label` gives a value or NULL. */
bool prometheus_expand(const char *template, const char *(*label)(void *context, const char *name), void *context,
                       char out[SERIES_ID_MAX + 1]);

#endif
