/* timeline.c - see timeline.h. Sorted by the numbers that are in memory; words are
 * fetched for the rows that are shown. */
#include "reports/timeline.h"

#include "reports/markup.h"
#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum entry_kind { ENTRY_FAULT, ENTRY_ISSUE, ENTRY_REMEDIATION, ENTRY_COUNT };

struct entry {
    enum entry_kind kind;
    uint32_t replication;
    heal_time at;
    size_t index; /* in its array of run_data */
};

/* resource and what, by row id. */
static const char *const WORDS[ENTRY_COUNT] = {
    [ENTRY_FAULT] = "SELECT resource, kind || coalesce(' (cause: ' || cause || ')', '') FROM faults WHERE id = ?1",
    [ENTRY_ISSUE] = "SELECT resource, type || ' (' || severity || '): ' || description FROM self_healing_issues"
                    " WHERE id = ?1",
    [ENTRY_REMEDIATION] = "SELECT i.resource, r.action_type || ': ' || r.description, r.status ||"
                          " coalesce(': ' || r.error_message, '') FROM self_healing_remediations r"
                          " JOIN self_healing_issues i ON i.id = r.issue_id WHERE r.id = ?1",
};

static int by_time(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->replication != b->replication)
        return a->replication < b->replication ? -1 : 1;
    if (a->at != b->at)
        return a->at < b->at ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static struct entry *gather(const struct run_data *data, size_t *count)
{
    struct entry *entries =
        malloc((data->fault_count + data->issue_count + data->remediation_count + 1) * sizeof *entries);
    size_t n = 0;

    if (!entries)
        return NULL;
    for (size_t i = 0; i < data->fault_count; i++)
        entries[n++] = (struct entry){ENTRY_FAULT, data->faults[i].replication, data->faults[i].onset, i};
    for (size_t i = 0; i < data->issue_count; i++)
        entries[n++] = (struct entry){ENTRY_ISSUE, data->issues[i].replication, data->issues[i].opened_at, i};
    for (size_t i = 0; i < data->remediation_count; i++)
        entries[n++] = (struct entry){ENTRY_REMEDIATION, data->issues[data->remediations[i].issue].replication,
                                      data->remediations[i].started_at, i};
    qsort(entries, n, sizeof *entries, by_time);
    *count = n;
    return entries;
}

static void describe_fault(const struct run_data *data, const struct match_fault *fault, char *text, size_t size)
{
    char detected[MARKUP_TEXT] = "missed", recovered[MARKUP_TEXT], end[MARKUP_TEXT] = "";
    char seconds[MARKUP_TEXT];

    if (fault->issue != MATCH_NONE)
        snprintf(detected, sizeof detected, "detected after %.40s",
                 markup_seconds(heal_duration_seconds(data->issues[fault->issue].opened_at - fault->onset), seconds));
    if (data->heals && fault->recovered == HEAL_TIME_NEVER)
        snprintf(end, sizeof end, ", no verified recovery");
    else if (data->heals)
        snprintf(end, sizeof end, ", recovered after %.40s",
                 markup_seconds(heal_duration_seconds(fault->recovered - fault->onset), recovered));
    if (!fault->counted)
        snprintf(text, size, "suspect, not counted");
    else
        snprintf(text, size, "%s%s%s", detected, end, fault->by_operator ? " (by an operator)" : "");
}

static const char *verdict_of(const struct run_data *data, size_t index)
{
    if (data->issues[index].verdict == VERDICT_SUSPECT)
        return "about a suspect, not counted";
    if (!run_data_judged(data, index))
        return "no truth to judge it by";
    if (data->issues[index].verdict == VERDICT_CONSEQUENCE)
        return "consequence";
    return data->issues[index].verdict == VERDICT_HIT ? "right" : "false alarm";
}

static int64_t row_of(const struct run_data *data, const struct entry *entry)
{
    if (entry->kind == ENTRY_FAULT)
        return data->faults[entry->index].id;
    return entry->kind == ENTRY_ISSUE ? data->issues[entry->index].id : data->remediations[entry->index].id;
}

static char *copy_column(struct statement *row, int column)
{
    const char *text = statement_text(row, column);

    return strdup(text ? (const char *)text : "");
}

static bool fill_row(struct timeline_row *row, const struct entry *entry, struct statement *query,
                     const struct run_data *data, struct error_list *errors)
{
    static const char *const kinds[ENTRY_COUNT] = {"fault", "issue", "remediation"};
    static const enum page_tone tones[ENTRY_COUNT] = {TONE_FAULT, TONE_ISSUE, TONE_REMEDY};
    char outcome[3 * MARKUP_TEXT] = "";
    bool failed = false;

    row->kind = kinds[entry->kind];
    row->tone = tones[entry->kind];
    row->replication = entry->replication;
    row->at = entry->at;
    if (!statement_bind(query, CELLS(cell_integer(row_of(data, entry))), errors) ||
        !database_next(query, &failed, errors))
        return false;
    row->resource = copy_column(query, 0);
    row->what = copy_column(query, 1);
    if (entry->kind == ENTRY_FAULT)
        describe_fault(data, &data->faults[entry->index], outcome, sizeof outcome);
    row->outcome = entry->kind == ENTRY_REMEDIATION ? copy_column(query, 2)
                   : entry->kind == ENTRY_ISSUE     ? strdup(verdict_of(data, entry->index))
                                                    : strdup(outcome);
    statement_reset(query);
    return row->resource && row->what && row->outcome;
}

static bool fill(struct timeline *timeline, const struct entry *entries, size_t shown, struct database *database,
                 const struct run_data *data, struct error_list *errors)
{
    struct statement *queries[ENTRY_COUNT];
    bool done = database_prepare_all(database, WORDS, ENTRY_COUNT, queries, errors);

    timeline->rows = calloc(shown + 1, sizeof *timeline->rows);
    done = done && timeline->rows;
    for (size_t i = 0; done && i < shown; i++) {
        done = fill_row(&timeline->rows[i], &entries[i], queries[entries[i].kind], data, errors);
        timeline->count++;
    }
    database_finalize_all(queries, ENTRY_COUNT);
    return done;
}

bool timeline_read(struct timeline *timeline, struct database *database, const struct run_data *data, size_t limit,
                   struct error_list *errors)
{
    size_t count = 0, known = errors ? errors->count : 0;
    struct entry *entries = gather(data, &count);
    bool done;

    *timeline = (struct timeline){.left_out = count > limit ? count - limit : 0};
    done = entries && fill(timeline, entries, count - timeline->left_out, database, data, errors);
    free(entries);
    if (!done && errors && errors->count == known)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return done;
}

void timeline_clear(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->count; i++) {
        free(timeline->rows[i].resource);
        free(timeline->rows[i].what);
        free(timeline->rows[i].outcome);
    }
    free(timeline->rows);
    *timeline = (struct timeline){0};
}
