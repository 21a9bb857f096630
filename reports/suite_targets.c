/* suite_targets.c - the targets of a suite on its page and in its JSON: what was asked,
 * what was measured, why what was not met was not. */
#include "reports/markup.h"
#include "reports/page.h"
#include "reports/suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const enum page_tone TONES[OUTCOME_COUNT] = {TONE_GOOD, TONE_BAD, TONE_ISSUE, TONE_PLAIN};

static char *interval_text(const struct target *target, const double interval[2], char text[2 * MARKUP_TEXT])
{
    char low[MARKUP_TEXT], high[MARKUP_TEXT];
    bool cut = target->question.cut; /* told as a change, so the larger cut is the lower end */

    if (!isfinite(interval[0]))
        snprintf(text, 2 * MARKUP_TEXT, "\xe2\x80\x93");
    else
        snprintf(text, 2 * MARKUP_TEXT, "%s to %s", target_print(target, interval[cut], low),
                 target_print(target, interval[!cut], high));
    return text;
}

static void table_of_targets(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {{"target", false},       {"goal", false}, {"measured", true},
                                                 {"95 % interval", true}, {"n", true},     {"people with alerts", true},
                                                 {"verdict", false}};

    page_table_begin(page, "Targets, over all scenarios together", COLUMNS, 7);
    for (size_t i = 0; i < suite->target_count; i++) {
        const struct target *target = &suite->targets[i];
        const struct target_result *result = &suite->results[i];
        char measured[3 * MARKUP_TEXT], value[MARKUP_TEXT], own[MARKUP_TEXT], interval[2 * MARKUP_TEXT], n[24];
        char people[MARKUP_TEXT];
        target_print(target, result->value, value);
        metric_print(&target->question.metric, result->own, own);
        if (target->question.cut && isfinite(result->value))
            snprintf(measured, sizeof measured, "%s (to %s)", value, own);
        else
            snprintf(measured, sizeof measured, "%s", value);
        snprintf(n, sizeof n, "%zu", result->n);
        page_row(page,
                 (const char *const[]){
                     target->name, target->goal, measured, interval_text(target, result->interval, interval), n,
                     metric_print(&target->question.metric, result->people, people), outcome_name(result->outcome)},
                 TONES[result->outcome]);
    }
    page_table_end(page);
    page_note(page,
              "Times are pooled over all scenarios, rates are sums over sums, availabilities weighted by simulated "
              "time. Intervals: replications resampled whole, by scenario; Wilson's for rates. Can't tell: the bound "
              "lies inside the interval, or there was no sample. A maximum has no interval. \"cut\": by what share "
              "the figure lies below that of people whom alerts call, on the same faults; of times over the faults "
              "that recovered in both. A target that is missed does not fail the suite.");
}

static void blame_rows(struct page *page, const struct target *target, const struct target_result *result)
{
    for (int by = 0; by < POOL_BY_COUNT; by++) {
        for (size_t i = 0; i < result->blamed_count[by]; i++) {
            const struct pool_group *group = &result->blamed[by][i];
            char n[24], beyond[24] = "\xe2\x80\x93", own[MARKUP_TEXT], without[MARKUP_TEXT];
            snprintf(n, sizeof n, "%zu", group->n);
            if (target->question.metric.unit == METRIC_SECONDS && !target->question.cut)
                snprintf(beyond, sizeof beyond, "%zu", group->beyond);
            page_row(page,
                     (const char *const[]){pool_group_by_name((enum pool_group_by)by), group->name, n, beyond,
                                           target_print(target, group->own, own),
                                           target_print(target, group->without, without)},
                     TONE_PLAIN);
        }
    }
}

static void reasons(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {{"by", false},     {"which", false},
                                                 {"samples", true}, {"beyond the bound", true},
                                                 {"alone", true},   {"without it", true}};

    for (size_t i = 0; i < suite->target_count; i++) {
        const struct target *target = &suite->targets[i];
        const struct target_result *result = &suite->results[i];
        char title[320], caption[320], value[MARKUP_TEXT];
        if (result->outcome == OUTCOME_MET)
            continue;
        snprintf(title, sizeof title, "%s: %s", outcome_name(result->outcome), target->name);
        page_heading(page, title);
        if (!isfinite(result->value)) {
            page_text(page, "There was no sample.");
            continue;
        }
        snprintf(caption, sizeof caption,
                 "%s: measured %s. What the figure would be without the incidents that "
                 "move it most away from the goal, and how these are alone",
                 target->goal, target_print(target, result->value, value));
        page_table_begin(page, caption, COLUMNS, 6);
        blame_rows(page, target, result);
        page_table_end(page);
    }
}

static const char *row_label(const struct metric *metric, char text[METRIC_NAME + 16])
{
    char name[METRIC_NAME];
    bool daily = strncmp(metric->field, "cost", 4) == 0 || strcmp(metric->field, "people_hours") == 0;

    snprintf(text, METRIC_NAME + 16, "%s%s", daily ? metric->field : metric_name(metric, name),
             daily ? " per day" : "");
    return text;
}

/* A difference: "-12 min 40 s", "+0.52 %". */
static char *signed_text(const struct metric *metric, double value, char text[MARKUP_TEXT + 2])
{
    char bare[MARKUP_TEXT];

    if (!isfinite(value))
        snprintf(text, MARKUP_TEXT + 2, "\xe2\x80\x93");
    else if (metric->unit == METRIC_SHARE)
        snprintf(text, MARKUP_TEXT + 2, "%+.3f points", 100 * value);
    else
        snprintf(text, MARKUP_TEXT + 2, "%s%s", value < 0 ? "-" : "+", metric_print(metric, fabs(value), bare));
    return text;
}

static char *difference_text(const struct metric *metric, double value, const double interval[2], char *text,
                             size_t size)
{
    char middle[MARKUP_TEXT + 2], low[MARKUP_TEXT + 2], high[MARKUP_TEXT + 2];

    signed_text(metric, value, middle);
    if (isfinite(value) && isfinite(interval[0]))
        snprintf(text, size, "%s (%s to %s)", middle, signed_text(metric, interval[0], low),
                 signed_text(metric, interval[1], high));
    else
        snprintf(text, size, "%s", middle);
    return text;
}

static void arms(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {{"figure", false},
                                                 {"selfheal", true},
                                                 {"people with alerts", true},
                                                 {"people, no alerts", true},
                                                 {"selfheal less people with alerts", true},
                                                 {"selfheal less people, no alerts", true}};

    page_section(page, "arms", "Who heals");
    page_table_begin(page, "Three arms under the same random numbers, and differences with their 95 % intervals",
                     COLUMNS, 6);
    for (size_t i = 0; i < suite->arm_row_count; i++) {
        const struct suite_arm_row *row = &suite->arm_rows[i];
        char label[METRIC_NAME + 16], values[POOL_ARM_COUNT][MARKUP_TEXT], differences[POOL_ARM_COUNT][4 * MARKUP_TEXT];
        for (int arm = 0; arm < POOL_ARM_COUNT; arm++) {
            metric_print(&row->metric, row->values[arm], values[arm]);
            difference_text(&row->metric, row->differences[arm], row->intervals[arm], differences[arm],
                            sizeof differences[arm]);
        }
        page_row(page,
                 (const char *const[]){row_label(&row->metric, label), values[0], values[1], values[2],
                                       differences[POOL_OPERATORS], differences[POOL_COMPLAINTS]},
                 TONE_PLAIN);
    }
    page_table_end(page);
    page_note(
        page,
        "What strikes is drawn from the same random numbers in every arm, and replications are resampled together, so "
        "the differences are of pairs. A fault counts in an arm where users felt it or somebody mended it, and a fault "
        "that another one brings strikes only while that one stands, so their numbers differ. What never recovered is "
        "counted and in no mean. request_availability: requests served within their objective / offered; availability: "
        "resource-time without a fault. People with no alerts hear of a fault when users complain.");
    page_section_end(page);
}

void suite_page_targets(struct page *page, const struct suite *suite)
{
    if (!suite->results)
        return;
    page_section(page, "targets", "Targets");
    table_of_targets(page, suite);
    reasons(page, suite);
    page_section_end(page);
    arms(page, suite);
    suite_page_sensitivity(page, suite);
}

/* --- JSON ------------------------------------------------------------------------ */

static void add_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_interval(cJSON *object, const char *name, const double interval[2])
{
    if (isfinite(interval[0]))
        cJSON_AddItemToObject(object, name, cJSON_CreateDoubleArray(interval, 2));
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *new_item(cJSON *list)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddItemToArray(list, item);
    return item;
}

static void json_blame(cJSON *object, const struct target_result *result)
{
    cJSON *list = cJSON_AddArrayToObject(object, "why");

    for (int by = 0; by < POOL_BY_COUNT; by++) {
        for (size_t i = 0; i < result->blamed_count[by]; i++) {
            const struct pool_group *group = &result->blamed[by][i];
            cJSON *item = new_item(list);
            cJSON_AddStringToObject(item, "by", pool_group_by_name((enum pool_group_by)by));
            cJSON_AddStringToObject(item, "name", group->name);
            cJSON_AddNumberToObject(item, "n", (double)group->n);
            cJSON_AddNumberToObject(item, "beyond", (double)group->beyond);
            add_number(item, "alone", group->own);
            add_number(item, "without", group->without);
        }
    }
}

static void json_arms(cJSON *root, const struct suite *suite)
{
    static const char *const NAMES[POOL_ARM_COUNT] = {"selfheal", "operators", "complaints"};
    cJSON *list = cJSON_AddArrayToObject(root, "arms");

    for (size_t i = 0; i < suite->arm_row_count; i++) {
        const struct suite_arm_row *row = &suite->arm_rows[i];
        char name[METRIC_NAME];
        cJSON *item = new_item(list);
        cJSON_AddStringToObject(item, "metric", metric_name(&row->metric, name));
        for (int arm = 0; arm < POOL_ARM_COUNT; arm++) {
            cJSON *object = cJSON_AddObjectToObject(item, NAMES[arm]);
            add_number(object, "value", row->values[arm]);
            if (arm == POOL_SELFHEAL)
                continue;
            add_number(object, "difference", row->differences[arm]);
            add_interval(object, "ci95", row->intervals[arm]);
        }
    }
}

static void json_variations(cJSON *root, const struct suite *suite)
{
    cJSON *list = suite->variation_count > 0 ? cJSON_AddArrayToObject(root, "sensitivity") : NULL;

    for (size_t v = 0; v < suite->variation_count; v++) {
        const struct suite_variation *variation = &suite->variations[v];
        cJSON *item = new_item(list);
        cJSON_AddStringToObject(item, "variation", variation->name);
        cJSON *figures = cJSON_AddArrayToObject(item, "figures");
        for (size_t t = 0; t < suite->target_count; t++) {
            cJSON *figure = new_item(figures);
            cJSON_AddStringToObject(figure, "target", suite->targets[t].name);
            add_number(figure, "value", variation->values[t]);
            add_number(figure, "change", variation->changes[t]);
            add_interval(figure, "ci95", variation->intervals[t]);
        }
    }
}

void suite_json_targets(cJSON *root, const struct suite *suite)
{
    if (!suite->results)
        return;
    cJSON *list = cJSON_AddArrayToObject(root, "targets");
    for (size_t i = 0; i < suite->target_count; i++) {
        const struct target *target = &suite->targets[i];
        const struct target_result *result = &suite->results[i];
        cJSON *item = new_item(list);
        cJSON_AddStringToObject(item, "name", target->name);
        cJSON_AddStringToObject(item, "goal", target->goal);
        cJSON_AddStringToObject(item, "outcome", outcome_name(result->outcome));
        add_number(item, "value", result->value);
        add_interval(item, "ci95", result->interval);
        cJSON_AddNumberToObject(item, "n", (double)result->n);
        add_number(item, "selfheal", result->own);
        add_number(item, "operators", result->people);
        json_blame(item, result);
    }
    json_arms(root, suite);
    json_variations(root, suite);
}
