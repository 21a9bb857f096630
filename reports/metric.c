/* metric.c - see metric.h. */
#include "reports/metric.h"

#include "reports/markup.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const NAMES[] = {
    "mttd_seconds",
    "mtta_seconds",
    "mttr_seconds",
    "recovery_from_detection_seconds",
    "remediation_seconds",
    "success_rate",
    "first_attempt_success_rate",
    "fallback_success_rate",
    "rollback_success_rate",
    "false_positive_rate",
    "false_negative_rate",
    "faults",
    "issues",
    "unrecovered",
    "false_positives_per_resource_day",
    "availability",
    "manual_interventions",
    "alerts",
    "cost",
    "cost_capacity",
    "cost_people",
    "cost_users",
    "people_hours",
    "request_availability",
    "pod_hours",
};

/* In the order of NAMES; `whole`: of the run, not of a type. */
static const struct {
    enum metric_kind kind;
    enum metric_unit unit;
    enum metric_wish wish;
    bool whole;
} FIELDS[] = {
    {METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, false},  {METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, false},
    {METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, false},  {METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, false},
    {METRIC_MEAN, METRIC_SECONDS, METRIC_LOWER, false},  {METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, false},
    {METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, false},   {METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, false},
    {METRIC_RATE, METRIC_SHARE, METRIC_HIGHER, false},   {METRIC_RATE, METRIC_SHARE, METRIC_LOWER, false},
    {METRIC_RATE, METRIC_SHARE, METRIC_LOWER, false},    {METRIC_COUNT, METRIC_PLAIN, METRIC_NEITHER, false},
    {METRIC_COUNT, METRIC_PLAIN, METRIC_NEITHER, false}, {METRIC_COUNT, METRIC_PLAIN, METRIC_LOWER, false},
    {METRIC_NUMBER, METRIC_PLAIN, METRIC_LOWER, true},   {METRIC_NUMBER, METRIC_SHARE, METRIC_HIGHER, true},
    {METRIC_COUNT, METRIC_PLAIN, METRIC_LOWER, true},    {METRIC_COUNT, METRIC_PLAIN, METRIC_LOWER, true},
    {METRIC_MEAN, METRIC_PLAIN, METRIC_LOWER, true},     {METRIC_MEAN, METRIC_PLAIN, METRIC_LOWER, true},
    {METRIC_MEAN, METRIC_PLAIN, METRIC_LOWER, true},     {METRIC_MEAN, METRIC_PLAIN, METRIC_LOWER, true},
    {METRIC_MEAN, METRIC_PLAIN, METRIC_LOWER, true},     {METRIC_MEAN, METRIC_SHARE, METRIC_HIGHER, true},
    {METRIC_MEAN, METRIC_PLAIN, METRIC_NEITHER, true},
};
enum { FIELD_COUNT = sizeof FIELDS / sizeof FIELDS[0] };
_Static_assert(FIELD_COUNT == sizeof NAMES / sizeof NAMES[0], "a row per name");

static const char *const STATISTICS[] = {"mean", "p50", "p95", "p99", "max", "sd"};
enum { STATISTIC_COUNT = sizeof STATISTICS / sizeof STATISTICS[0] };

size_t metric_fields(const char *const **names)
{
    *names = NAMES;
    return FIELD_COUNT;
}

/* The part up to the next dot; moves *text and *length behind it. */
static size_t take_part(const char **text, size_t *length, const char **part)
{
    const char *dot = memchr(*text, '.', *length);
    size_t size = dot ? (size_t)(dot - *text) : *length;

    *part = *text;
    *text += size + (dot != NULL);
    *length -= size + (dot != NULL);
    return size;
}

static bool is(const char *part, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(part, word, size) == 0;
}

static bool find_field(const char *part, size_t size, struct metric *out)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!is(part, size, NAMES[i]))
            continue;
        out->field = NAMES[i];
        out->kind = FIELDS[i].kind;
        out->unit = FIELDS[i].unit;
        out->wish = FIELDS[i].wish;
        return !FIELDS[i].whole || out->type == ISSUE_NONE;
    }
    return false;
}

static bool find_statistic(const char *part, size_t size, struct metric *out)
{
    if (out->kind == METRIC_RATE && is(part, size, "value"))
        return true;
    for (size_t i = 0; out->kind == METRIC_MEAN && i < STATISTIC_COUNT; i++) {
        if (is(part, size, STATISTICS[i])) {
            out->statistic = STATISTICS[i];
            out->kind = i == 0 ? METRIC_MEAN : METRIC_QUANTILE;
            return true;
        }
    }
    return false;
}

bool metric_parse(const char *text, size_t length, struct metric *out)
{
    struct metric found = {.type = ISSUE_NONE};
    const char *part;
    size_t size = take_part(&text, &length, &part);

    if (is(part, size, "baseline")) {
        found.operators = true;
        size = take_part(&text, &length, &part);
    }
    if (is(part, size, "by_type")) {
        char name[64];
        size = take_part(&text, &length, &part);
        if (size >= sizeof name)
            return false;
        memcpy(name, part, size);
        name[size] = '\0';
        if (!issue_type_parse(name, &found.type) || found.type == ISSUE_NONE)
            return false;
        size = take_part(&text, &length, &part);
    }
    if (!find_field(part, size, &found))
        return false;
    if (length > 0 && !find_statistic(text, length, &found))
        return false;
    if (found.kind == METRIC_MEAN)
        found.statistic = STATISTICS[0];
    *out = found;
    return true;
}

char *metric_name(const struct metric *metric, char text[METRIC_NAME])
{
    bool typed = metric->type != ISSUE_NONE;

    snprintf(text, METRIC_NAME, "%s%s%s%s%s%s%s", metric->operators ? "baseline." : "", typed ? "by_type." : "",
             typed ? issue_type_name(metric->type) : "", typed ? "." : "", metric->field, metric->statistic ? "." : "",
             metric->statistic ? metric->statistic : "");
    return text;
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

struct metric_value metric_of(const cJSON *summary, const struct metric *metric)
{
    struct metric_value value = {NAN, 0, NAN};
    const cJSON *at = summary;

    if (metric->operators)
        at = cJSON_GetObjectItemCaseSensitive(at, "baseline");
    if (metric->type != ISSUE_NONE)
        at = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(at, "by_type"),
                                              issue_type_name(metric->type));
    if (metric->kind == METRIC_COUNT || metric->kind == METRIC_NUMBER) {
        value.value = number_of(at, metric->field);
        return value;
    }
    at = cJSON_GetObjectItemCaseSensitive(at, metric->field);
    value.value = number_of(at, metric->statistic ? metric->statistic : "value");
    double n = number_of(at, "n");
    value.n = n >= 1 && n < 1e15 ? (size_t)n : 0;
    if (metric->kind == METRIC_MEAN)
        value.sd = number_of(at, "sd");
    return value;
}

bool metric_interval(const struct metric *metric, const struct metric_value *value, double confidence,
                     double interval[2])
{
    double n = (double)value->n, tail = (1 + confidence) / 2, p = value->value;

    if (!isfinite(p))
        return false;
    if (metric->kind == METRIC_RATE && value->n > 0) {
        double z = gsl_cdf_ugaussian_Pinv(tail), centre = p + z * z / (2 * n);
        double margin = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        interval[0] = p <= 0 ? 0 : (centre - margin) / (1 + z * z / n);
        interval[1] = p >= 1 ? 1 : (centre + margin) / (1 + z * z / n);
        return true;
    }
    if (metric->kind == METRIC_MEAN && value->n > 1 && isfinite(value->sd)) {
        double margin = gsl_cdf_tdist_Pinv(tail, n - 1) * value->sd / sqrt(n);
        interval[0] = p - margin;
        interval[1] = p + margin;
        return true;
    }
    return false;
}

char *metric_print(const struct metric *metric, double value, char *text)
{
    if (metric->kind == METRIC_COUNT && fabs(value) < 1e15 && value == floor(value)) { // NOLINT: whole is whole
        snprintf(text, MARKUP_TEXT, "%.0f", value);
        return text;
    }
    switch (metric->unit) {
    case METRIC_SECONDS:
        return markup_seconds(value, text);
    case METRIC_SHARE:
        return markup_percent(value, text);
    case METRIC_PLAIN:
        break;
    }
    return markup_number(value, text);
}
