/* summary_json.c - the figures as summary.json.
 *
 * What has no sample is null as a whole, so that nobody reads a 0 that was never
 * measured. The seed is printed as the integer that it is: a double, which is all
 * that cJSON has for numbers, cannot hold 64 bits. */
#include "reports/summary.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_real(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_count(cJSON *object, const char *name, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    cJSON_AddRawToObject(object, name, text);
}

static void add_interval(cJSON *object, const double interval[2])
{
    cJSON *array;

    if (!isfinite(interval[0]) || !isfinite(interval[1])) {
        cJSON_AddNullToObject(object, "ci95");
        return;
    }
    array = cJSON_CreateDoubleArray(interval, 2);
    if (!cJSON_AddItemToObject(object, "ci95", array))
        cJSON_Delete(array);
}

static void add_figure(cJSON *object, const char *name, const struct figure *figure)
{
    cJSON *item;

    if (figure->n == 0) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    item = cJSON_AddObjectToObject(object, name);
    add_count(item, "n", figure->n);
    add_real(item, "mean", figure->mean);
    add_real(item, "sd", figure->sd);
    add_real(item, "p50", figure->p50);
    add_real(item, "p95", figure->p95);
    add_real(item, "p99", figure->p99);
    add_real(item, "max", figure->max);
    add_interval(item, figure->ci95);
}

static void add_rate(cJSON *object, const char *name, const struct rate *rate)
{
    cJSON *item;

    if (rate->n == 0) {
        cJSON_AddNullToObject(object, name);
        return;
    }
    item = cJSON_AddObjectToObject(object, name);
    add_real(item, "value", rate->value);
    add_count(item, "n", rate->n);
    add_interval(item, rate->ci95);
}

static void add_part(cJSON *object, const struct summary *summary, const struct summary_part *part)
{
    if (summary->truth)
        add_count(object, "faults", part->faults);
    else
        cJSON_AddNullToObject(object, "faults");
    add_count(object, "issues", part->issues);
    add_figure(object, "mttd_seconds", &part->mttd);
    add_figure(object, "mtta_seconds", &part->mtta);
    add_figure(object, "mttr_seconds", &part->mttr);
    add_figure(object, "recovery_from_detection_seconds", &part->recovery_from_detection);
    add_figure(object, "remediation_seconds", &part->remediation);
    if (summary->truth && summary->heals)
        add_count(object, "unrecovered", part->unrecovered);
    else
        cJSON_AddNullToObject(object, "unrecovered");
    add_rate(object, "success_rate", &part->success);
    add_rate(object, "first_attempt_success_rate", &part->first_attempt);
    add_rate(object, "fallback_success_rate", &part->fallback);
    add_rate(object, "rollback_success_rate", &part->rollback);
    add_rate(object, "false_positive_rate", &part->false_positive);
    add_rate(object, "false_negative_rate", &part->false_negative);
}

static void add_types(cJSON *object, const struct summary *summary)
{
    cJSON *types = cJSON_AddObjectToObject(object, "by_type");

    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        const struct summary_part *part = &summary->by_type[type];

        if (part->faults > 0 || part->issues > 0)
            add_part(cJSON_AddObjectToObject(types, issue_type_name((enum issue_type)type)), summary, part);
    }
}

/* All but `baseline`, which has no baseline of its own. */
static void add_summary(cJSON *object, const struct summary *summary)
{
    cJSON_AddStringToObject(object, "scenario", summary->scenario);
    add_count(object, "seed", summary->seed);
    add_count(object, "replications", summary->replications);
    add_real(object, "duration_seconds", summary->duration_seconds);
    if (summary->digest[0] != '\0')
        cJSON_AddStringToObject(object, "digest", summary->digest);
    else
        cJSON_AddNullToObject(object, "digest");
    add_part(object, summary, &summary->all);
    add_real(object, "false_positives_per_resource_day", summary->false_positives_per_resource_day);
    add_real(object, "availability", summary->availability);
    add_count(object, "manual_interventions", summary->manual_interventions);
    add_count(object, "alerts", summary->alerts);
    for (unsigned i = 0; i < TOTAL_COUNT; i++)
        add_figure(object, total_name((enum total)i), &summary->totals[i]);
    add_types(object, summary);
}

char *summary_json(const struct summary *summary)
{
    cJSON *object = cJSON_CreateObject();
    char *printed = NULL, *text = NULL;
    size_t length;

    if (object) {
        add_summary(object, summary);
        if (summary->baseline)
            add_summary(cJSON_AddObjectToObject(object, "baseline"), summary->baseline);
        else
            cJSON_AddNullToObject(object, "baseline");
        printed = cJSON_Print(object);
    }
    cJSON_Delete(object);
    if (!printed)
        return NULL;
    length = strlen(printed);
    text = realloc(printed, length + 2);
    if (!text) {
        free(printed);
        return NULL;
    }
    memcpy(text + length, "\n", 2);
    return text;
}
