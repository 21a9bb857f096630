/* metric.h - one figure of a run by its name in summary.json.
 *
 * "mttr_seconds.p95", "false_positive_rate", "by_type.disk_full.mttr_seconds.mean",
 * "baseline.mttr_seconds". A time without a statistic is its mean. Looked up in the
 * JSON, so that a run's database, a result that was kept and a committed baseline
 * are asked alike.
 */
#ifndef SELFHEAL_REPORTS_METRIC_H
#define SELFHEAL_REPORTS_METRIC_H

#include "engine/issue.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

enum metric_kind {
    METRIC_COUNT,    /* a whole number of things */
    METRIC_NUMBER,   /* one number of the whole run */
    METRIC_RATE,     /* a share hits / n */
    METRIC_MEAN,     /* of n times */
    METRIC_QUANTILE, /* p50, p95, p99, max, sd of them */
};
enum metric_unit { METRIC_PLAIN, METRIC_SECONDS, METRIC_SHARE };
enum metric_wish { METRIC_LOWER, METRIC_HIGHER, METRIC_NEITHER }; /* which way is better */

struct metric {
    enum metric_kind kind;
    enum metric_unit unit;
    enum metric_wish wish;
    bool operators;        /* of the arm with people alone */
    enum issue_type type;  /* ISSUE_NONE: of all types */
    const char *field;     /* static: "mttr_seconds" */
    const char *statistic; /* static: "p95"; NULL where the field has none */
};

struct metric_value {
    double value; /* NaN: no figure */
    size_t n;     /* samples behind it; 0 for counts and numbers */
    double sd;    /* of the samples of a mean; NaN where there is none */
};

enum { METRIC_NAME = 128 };

/* Reads text[0 .. length), all of it. False when there is no such figure. */
bool metric_parse(const char *text, size_t length, struct metric *out);
/* The full name, "by_type.disk_full.mttr_seconds.mean". Returns `text`. */
char *metric_name(const struct metric *metric, char text[METRIC_NAME]);

/* `summary`: the object of summary.json. */
struct metric_value metric_of(const cJSON *summary, const struct metric *metric);

/* The interval that holds the true rate (Wilson 1927) or mean (Student 1908) with
 * `confidence`, 0 < c < 1. False for other kinds and where n does not suffice. */
bool metric_interval(const struct metric *metric, const struct metric_value *value, double confidence,
                     double interval[2]);

/* "4 min 05 s", "93.3 %" or a number, by the metric's unit, into text of MARKUP_TEXT bytes. */
char *metric_print(const struct metric *metric, double value, char *text);

/* Names of all fields, for messages: count of them; names[] is static. */
size_t metric_fields(const char *const **names);

#endif
