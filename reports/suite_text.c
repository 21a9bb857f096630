/* suite_text.c - a suite as lines, TAP, JUnit XML, Markdown and JSON. */
#include "reports/markup.h"
#include "reports/suite.h"

#include <stdlib.h>
#include <string.h>

static const char *const MARKS[OUTCOME_COUNT] = {"ok", "MISSED", "CAN'T TELL", "not run"};

static size_t met_checks(const struct suite_case *item)
{
    size_t met = 0;
    for (size_t i = 0; i < item->check_count; i++)
        met += item->checks[i].outcome == OUTCOME_MET;
    return met;
}

/* Each line of `text` behind `lead`. */
static void write_indented(FILE *out, const char *lead, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", lead, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void write_story(const struct suite_case *item, const struct suite_check *check, FILE *out)
{
    fprintf(out, "    expected  %s\n    saw       %s\n", check->text, check->saw);
    write_indented(out, "    |         ", check->story);
    fprintf(out, "    written   %s:%u\n    rerun     %s\n", item->file, check->line, item->rerun);
}

void suite_write_case(const struct suite_case *item, FILE *out)
{
    fprintf(out, "%-10s %s: %zu of %zu expectations met, %u replication%s\n", MARKS[item->outcome], item->name,
            met_checks(item), item->check_count, item->replications, item->replications == 1 ? "" : "s");
    for (size_t i = 0; i < item->check_count; i++) {
        if (item->checks[i].outcome == OUTCOME_MISSED || item->checks[i].outcome == OUTCOME_UNDECIDED)
            write_story(item, &item->checks[i], out);
    }
}

/* "exercised: 9 of 9 issue types, ...": what was not is in the report. */
static void write_coverage(const struct suite *suite, FILE *out)
{
    static const char *const MANY[USE_KIND_COUNT] = {"issue types", "strategies", "rollbacks", "gates"};
    size_t hit[USE_KIND_COUNT] = {0}, total[USE_KIND_COUNT] = {0}, count;
    struct suite_use *uses;

    if (!suite_coverage(suite, &uses, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        total[uses[i].kind]++;
        hit[uses[i].kind] += uses[i].count > 0;
    }
    for (int kind = 0; count > 0 && kind < USE_KIND_COUNT; kind++)
        fprintf(out, "%s%zu of %zu %s", kind == 0 ? "exercised: " : ", ", hit[kind], total[kind], MANY[kind]);
    fputs(count > 0 ? "\n" : "", out);
    free(uses);
}

/* "targets: 7 met, 5 missed, 4 can't tell": which and why is in the report. */
static void write_targets(const struct suite *suite, FILE *out)
{
    size_t counts[OUTCOME_COUNT] = {0};

    for (size_t i = 0; suite->results && i < suite->target_count; i++)
        counts[suite->results[i].outcome]++;
    if (suite->results && suite->target_count > 0)
        fprintf(out, "targets: %zu met, %zu missed, %zu can't tell\n", counts[OUTCOME_MET], counts[OUTCOME_MISSED],
                counts[OUTCOME_UNDECIDED]);
}

void suite_write_totals(const struct suite *suite, FILE *out)
{
    struct suite_counts counts = suite_count(suite);

    fprintf(out, "%s: %zu scenarios, %zu passed, %zu missed, %zu can't tell, %zu not run; %zu expectations, %zu met",
            suite->name, suite->case_count, counts.cases[OUTCOME_MET], counts.cases[OUTCOME_MISSED],
            counts.cases[OUTCOME_UNDECIDED], counts.cases[OUTCOME_NOT_RUN],
            counts.checks[OUTCOME_MET] + counts.checks[OUTCOME_MISSED] + counts.checks[OUTCOME_UNDECIDED] +
                counts.checks[OUTCOME_NOT_RUN],
            counts.checks[OUTCOME_MET]);
    if (suite->shards > 1)
        fprintf(out, " (shard %u of %u)", suite->shard, suite->shards);
    fputc('\n', out);
    write_targets(suite, out);
    write_coverage(suite, out);
}

void suite_write_lines(const struct suite *suite, FILE *out)
{
    for (size_t i = 0; i < suite->case_count; i++)
        suite_write_case(&suite->cases[i], out);
    suite_write_totals(suite, out);
}

/* --- TAP: a test point per expectation ------------------------------------------- */

/* '#' begins a directive in TAP. */
static void tap_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* A scenario without expectations is one point: that it ran. */
static size_t points(const struct suite_case *item)
{
    return item->check_count > 0 ? item->check_count : 1;
}

static void tap_diagnosis(FILE *out, const struct suite_case *item, const struct suite_check *check)
{
    fprintf(out, "  ---\n  outcome: \"%s\"\n  saw: |\n    %s\n  story: |\n", outcome_name(check->outcome), check->saw);
    write_indented(out, "    ", check->story[0] ? check->story : "-");
    fprintf(out, "  at: |\n    %s:%u\n  rerun: |\n    %s\n  ...\n", item->file, check->line, item->rerun);
}

void suite_write_tap(const struct suite *suite, FILE *out)
{
    size_t total = 0, number = 0;

    for (size_t i = 0; i < suite->case_count; i++)
        total += points(&suite->cases[i]);
    fprintf(out, "TAP version 14\n1..%zu\n", total);
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        for (size_t c = 0; c < points(item); c++) {
            const struct suite_check *check = item->check_count > 0 ? &item->checks[c] : NULL;
            enum outcome outcome = check ? check->outcome : item->outcome;
            fprintf(out, "%sok %zu - ", outcome == OUTCOME_MISSED || outcome == OUTCOME_UNDECIDED ? "not " : "",
                    ++number);
            tap_text(out, item->name);
            fputs(": ", out);
            tap_text(out, check ? check->text : "runs");
            fputs(outcome == OUTCOME_NOT_RUN ? " # SKIP not run\n" : "\n", out);
            if (check && (outcome == OUTCOME_MISSED || outcome == OUTCOME_UNDECIDED))
                tap_diagnosis(out, item, check);
        }
    }
}

/* --- JUnit XML ------------------------------------------------------------------- */

/* Control characters may not stand in XML 1.0 at all. */
static void xml_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        char one[2] = {(unsigned char)*text < 0x20 && *text != '\n' && *text != '\t' ? '?' : *text, '\0'};
        markup_html(out, one);
    }
}

static void junit_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    xml_text(out, value);
    fputc('"', out);
}

static void junit_check(const struct suite_case *item, const struct suite_check *check, FILE *out)
{
    enum outcome outcome = check ? check->outcome : item->outcome;

    fputs("    <testcase", out);
    junit_attribute(out, "classname", item->name);
    junit_attribute(out, "name", check ? check->text : "runs");
    junit_attribute(out, "file", item->file);
    if (check)
        fprintf(out, " line=\"%u\"", check->line);
    if (outcome == OUTCOME_MET) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n", out);
    if (outcome == OUTCOME_NOT_RUN || !check) {
        fputs("      <skipped message=\"not run\"/>\n    </testcase>\n", out);
        return;
    }
    fputs("      <failure", out);
    junit_attribute(out, "type", outcome_name(outcome));
    junit_attribute(out, "message", check->saw);
    fputs(">expected  ", out);
    xml_text(out, check->text);
    fputs("\nsaw       ", out);
    xml_text(out, check->saw);
    fputc('\n', out);
    xml_text(out, check->story);
    fputs("rerun     ", out);
    xml_text(out, item->rerun);
    fputs("</failure>\n    </testcase>\n", out);
}

struct junit_counts {
    size_t tests, failures, skipped;
};

static void junit_count(const struct suite_case *item, struct junit_counts *counts)
{
    counts->tests += points(item);
    if (item->check_count == 0)
        counts->skipped += item->outcome == OUTCOME_NOT_RUN;
    for (size_t i = 0; i < item->check_count; i++) {
        counts->skipped += item->checks[i].outcome == OUTCOME_NOT_RUN;
        counts->failures += item->checks[i].outcome == OUTCOME_MISSED || item->checks[i].outcome == OUTCOME_UNDECIDED;
    }
}

static void junit_counts_write(FILE *out, const struct junit_counts *counts)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n", counts->tests, counts->failures,
            counts->skipped);
}

void suite_write_junit(const struct suite *suite, FILE *out)
{
    struct junit_counts all = {0};

    for (size_t i = 0; i < suite->case_count; i++)
        junit_count(&suite->cases[i], &all);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
    junit_attribute(out, "name", suite->name);
    junit_counts_write(out, &all);
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        struct junit_counts counts = {0};
        junit_count(item, &counts);
        fputs("  <testsuite", out);
        junit_attribute(out, "name", item->name);
        junit_counts_write(out, &counts);
        for (size_t c = 0; c < points(item); c++)
            junit_check(item, item->check_count > 0 ? &item->checks[c] : NULL, out);
        fputs("  </testsuite>\n", out);
    }
    fputs("</testsuites>\n", out);
}

/* --- JSON ------------------------------------------------------------------------ */

static void json_checks(cJSON *object, const struct suite_case *item)
{
    cJSON *list = cJSON_AddArrayToObject(object, "expectations");

    for (size_t i = 0; i < item->check_count; i++) {
        const struct suite_check *check = &item->checks[i];
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "text", check->text);
        cJSON_AddNumberToObject(entry, "line", check->line);
        cJSON_AddStringToObject(entry, "outcome", outcome_name(check->outcome));
        cJSON_AddStringToObject(entry, "saw", check->saw);
        cJSON_AddStringToObject(entry, "story", check->story);
        if (!cJSON_AddItemToArray(list, entry))
            cJSON_Delete(entry);
    }
}

static void json_coverage(cJSON *root, const struct suite *suite)
{
    cJSON *list = cJSON_AddArrayToObject(root, "coverage");
    struct suite_use *uses;
    size_t count;

    if (!suite_coverage(suite, &uses, &count))
        return;
    for (size_t i = 0; i < count; i++) {
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "kind", use_kind_name(uses[i].kind));
        cJSON_AddStringToObject(entry, "name", uses[i].name);
        cJSON_AddNumberToObject(entry, "count", (double)uses[i].count);
        if (!cJSON_AddItemToArray(list, entry))
            cJSON_Delete(entry);
    }
    free(uses);
}

char *suite_json(const struct suite *suite)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *list;

    cJSON_AddStringToObject(root, "suite", suite->name);
    cJSON_AddBoolToObject(root, "passed", suite_passed(suite));
    list = cJSON_AddArrayToObject(root, "scenarios");
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "name", item->name);
        cJSON_AddStringToObject(entry, "file", item->file);
        cJSON_AddStringToObject(entry, "outcome", outcome_name(item->outcome));
        cJSON_AddStringToObject(entry, "rerun", item->rerun);
        json_checks(entry, item);
        cJSON *summary = item->summary[0] ? cJSON_Parse(item->summary) : cJSON_CreateNull();
        if (!cJSON_AddItemToObject(entry, "summary", summary))
            cJSON_Delete(summary);
        if (!cJSON_AddItemToArray(list, entry))
            cJSON_Delete(entry);
    }
    json_coverage(root, suite);
    suite_json_targets(root, suite);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
