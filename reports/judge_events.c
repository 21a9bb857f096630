/* judge_events.c - see judge_events.h.
 *
 * Everything is asked of the database in the order of (replication, time), so the
 * first miss is the first in time. An event belongs to a fault when its issue lies
 * on the fault's resource or one edge away, as in matching.h. */
#include "reports/judge_events.h"

#include "engine/policy.h"
#include "reports/markup.h"
#include "store/database.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What each replication says. */
struct answers {
    enum { NO_ANSWER, HOLDS, FAILS } * of;
    uint32_t count;
    struct event_tally *tally;
    const struct run_data *data;
};

static void answer(struct answers *answers, int64_t replication, bool holds, heal_time at, const char *miss)
{
    if (replication < 0 || (uint64_t)replication >= answers->count)
        return;
    if (!holds && answers->of[replication] != FAILS && answers->tally->missed_in == UINT32_MAX) {
        char when[MARKUP_TEXT] = "";
        if (at != HEAL_TIME_NEVER)
            markup_elapsed(heal_duration_seconds(at - answers->data->start), when);
        answers->tally->missed_in = (uint32_t)replication;
        answers->tally->missed_at = at;
        snprintf(answers->tally->first_miss, sizeof answers->tally->first_miss,
                 "first missed in replication %lld%s%s: %s", (long long)replication, when[0] ? " at " : "", when, miss);
    }
    if (answers->of[replication] != FAILS)
        answers->of[replication] = holds ? HOLDS : FAILS;
}

static const char ISSUES[] =
    "SELECT i.replication, i.opened_at_ns, s.resource, s.type, s.severity, i.resource_id"
    " FROM issue_facts i JOIN self_healing_issues s ON s.id = i.issue_id ORDER BY 1, 2, i.issue_id";
static const char ACTIONS[] =
    "SELECT a.replication, a.started_at_ns, coalesce(r.name, ''), a.kind, '', coalesce(i.resource_id, a.target_id)"
    " FROM actions a LEFT JOIN resources r ON r.id = a.target_id LEFT JOIN issue_facts i ON i.issue_id = a.issue_id"
    " WHERE NOT a.rollback ORDER BY 1, 2, a.id";
static const char FAULTS[] =
    "SELECT replication, onset_ns, resource, type_id, resource_id FROM faults WHERE counted ORDER BY 1, 2, id";
static const char NEIGHBOURS[] =
    "SELECT 1 FROM relations WHERE (source_id = ?1 AND target_id = ?2) OR (source_id = ?2 AND target_id = ?1)";

struct event {
    int64_t replication;
    heal_time at;
    int64_t place; /* the resource that it is about */
    enum action_kind kind;
};

struct events {
    struct event *items;
    size_t count, room;
};

static bool fits(const struct event_pattern *pattern, struct statement *row)
{
    const char *resource = statement_text(row, 2), *what = statement_text(row, 3);
    const char *severity = statement_text(row, 4);

    if (pattern->resource && (!resource || !series_glob_match(pattern->resource, resource)))
        return false;
    if (pattern->action)
        return pattern->kind == ACTION_KIND_COUNT || (what && strcmp(what, action_name(pattern->kind)) == 0);
    if (pattern->severity != SEVERITY_COUNT && (!severity || strcmp(severity, severity_name(pattern->severity)) != 0))
        return false;
    return pattern->type == ISSUE_NONE || (what && strcmp(what, issue_type_name(pattern->type)) == 0);
}

static bool keep(struct events *events, const struct event *event)
{
    if (events->count == events->room) {
        size_t room = events->room ? 2 * events->room : 64;
        struct event *items = realloc(events->items, room * sizeof *items);
        if (!items)
            return false;
        events->items = items;
        events->room = room;
    }
    events->items[events->count++] = *event;
    return true;
}

/* The events that fit one of patterns[0 .. count). */
static bool read_events(const struct judged_run *run, const struct event_pattern *patterns, size_t count,
                        struct events *out, struct error_list *errors)
{
    struct statement *rows = database_prepare(run->database, patterns[0].action ? ACTIONS : ISSUES, errors);
    bool failed = rows == NULL, full = false;

    while (!failed && !full && database_next(rows, &failed, errors)) {
        struct event event = {statement_integer(rows, 0), statement_integer(rows, 1), statement_integer(rows, 5),
                              ACTION_KIND_COUNT};
        for (size_t i = 0; i < count; i++) {
            if (!fits(&patterns[i], rows))
                continue;
            event.kind = patterns[i].kind;
            full = !keep(out, &event);
            break;
        }
    }
    statement_finalize(rows);
    if (full)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return !failed && !full;
}

/* The first event at or after (replication, from). */
static size_t first_from(const struct events *events, int64_t replication, heal_time from)
{
    size_t low = 0, high = events->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct event *event = &events->items[middle];
        bool before = event->replication != replication ? event->replication < replication : event->at < from;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* Whether some event is about `place` or a neighbour in [from, from + within]. */
static bool answered(const struct events *events, struct statement *neighbours, int64_t replication, int64_t place,
                     heal_time from, heal_duration within)
{
    for (size_t i = first_from(events, replication, from); i < events->count; i++) {
        const struct event *event = &events->items[i];
        if (event->replication != replication || event->at - from > within)
            return false;
        if (event->place == place)
            return true;
        bool failed = false;
        bool near = statement_bind(neighbours, CELLS(cell_integer(event->place), cell_integer(place)), NULL) &&
                    database_next(neighbours, &failed, NULL);
        statement_reset(neighbours);
        if (near)
            return true;
    }
    return false;
}

/* Each fault that fits the pattern has its event in time. */
static bool within_of_faults(const struct judged_run *run, const struct expectation *expectation,
                             const struct events *events, struct answers *answers, struct error_list *errors)
{
    const struct event_pattern *pattern = &expectation->events[0];
    struct statement *faults = database_prepare(run->database, FAULTS, errors);
    struct statement *neighbours = faults ? database_prepare(run->database, NEIGHBOURS, errors) : NULL;
    bool failed = neighbours == NULL;

    while (!failed && database_next(faults, &failed, errors)) {
        const char *resource = statement_text(faults, 2);
        char miss[100];
        if (pattern->type != ISSUE_NONE && (int)statement_integer(faults, 3) != (int)pattern->type)
            continue;
        if (!pattern->action && pattern->resource && (!resource || !series_glob_match(pattern->resource, resource)))
            continue;
        snprintf(miss, sizeof miss, "the fault on %s has none in time", resource ? resource : "?");
        answer(answers, statement_integer(faults, 0),
               answered(events, neighbours, statement_integer(faults, 0), statement_integer(faults, 4),
                        statement_integer(faults, 1), expectation->within),
               statement_integer(faults, 1), miss);
    }
    statement_finalize(neighbours);
    statement_finalize(faults);
    return !failed;
}

/* At least one event in the span of each replication, or never one. */
static void in_each(const struct expectation *expectation, const struct events *events, struct answers *answers)
{
    heal_time from = expectation->from_start ? answers->data->start + expectation->from : INT64_MIN;
    bool never = expectation->kind == EXPECT_NEVER;
    size_t next = 0;

    for (uint32_t r = 0; r < answers->count; r++) {
        heal_time at = HEAL_TIME_NEVER;
        for (; next < events->count && events->items[next].replication <= (int64_t)r; next++) {
            const struct event *event = &events->items[next];
            bool inside = !expectation->from_start || (event->at >= from && event->at - from <= expectation->within);
            if (event->replication == (int64_t)r && inside && at == HEAL_TIME_NEVER)
                at = event->at;
        }
        if (r < answers->data->replication_count && answers->data->replication_complete[r])
            answer(answers, r, (at != HEAL_TIME_NEVER) != never, at, never ? "it happened" : "it did not happen");
    }
}

/* Each action of the chain comes after the one ahead of it on the same resource. */
static void in_order(const struct expectation *expectation, const struct events *events, struct answers *answers)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];
        size_t step = 0;
        bool after = false;
        char miss[100];
        while (step < expectation->event_count && expectation->events[step].kind != event->kind)
            step++;
        for (size_t j = i; step > 0 && j-- > 0 && !after && events->items[j].replication == event->replication;)
            after =
                events->items[j].place == event->place && events->items[j].kind == expectation->events[step - 1].kind;
        snprintf(miss, sizeof miss, "%s came with no %s before it", action_name(event->kind),
                 step > 0 ? action_name(expectation->events[step - 1].kind) : "");
        answer(answers, event->replication, step == 0 || after, event->at, miss);
    }
}

static bool lowest_scores(const struct judged_run *run, const struct expectation *expectation, struct answers *answers,
                          struct error_list *errors)
{
    char sql[256];
    const char *name = expectation->component == COMPONENT_COUNT ? "overall" : component_name(expectation->component);

    snprintf(sql, sizeof sql,
             "SELECT f.replication, f.at_ns, min(h.%s_score) FROM health_facts f"
             " JOIN health_scores h ON h.id = f.health_id GROUP BY f.replication ORDER BY 1",
             name);
    struct statement *rows = database_prepare(run->database, sql, errors);
    bool failed = rows == NULL;
    while (!failed && database_next(rows, &failed, errors)) {
        double lowest = statement_real(rows, 2);
        char miss[100];
        snprintf(miss, sizeof miss, "health.%s fell to %.4g", name, lowest);
        answer(answers, statement_integer(rows, 0),
               comparison_holds(expectation->comparison, lowest, expectation->bound), statement_integer(rows, 1), miss);
    }
    statement_finalize(rows);
    return !failed;
}

static bool gather(const struct judged_run *run, const struct expectation *expectation, struct answers *answers,
                   struct error_list *errors)
{
    struct events events = {0};
    bool good = true;

    if (expectation->kind == EXPECT_HEALTH) {
        answers->tally->nothing = "no health score was written";
        return lowest_scores(run, expectation, answers, errors);
    }
    good = read_events(run, expectation->events, expectation->event_count, &events, errors);
    answers->tally->nothing = "no replication reached its end";
    if (good && expectation->kind == EXPECT_ORDER) {
        answers->tally->nothing = "none of these actions was started";
        in_order(expectation, &events, answers);
    } else if (good && expectation->kind == EXPECT_EVENT && expectation->within > 0 && !expectation->from_start) {
        answers->tally->nothing = "no fault fits";
        good = within_of_faults(run, expectation, &events, answers, errors);
    } else if (good) {
        in_each(expectation, &events, answers);
    }
    free(events.items);
    return good;
}

bool events_tally(const struct judged_run *run, const struct expectation *expectation, struct event_tally *out,
                  struct error_list *errors)
{
    struct answers answers = {NULL, run->data->replications, out, run->data};

    *out = (struct event_tally){.missed_in = UINT32_MAX, .missed_at = HEAL_TIME_NEVER, .nothing = ""};
    answers.of = calloc(answers.count + 1, sizeof *answers.of);
    if (!answers.of) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    bool good = gather(run, expectation, &answers, errors);
    for (uint32_t r = 0; r < answers.count; r++) {
        out->judged += answers.of[r] != NO_ANSWER;
        out->held += answers.of[r] == HOLDS;
    }
    free(answers.of);
    return good;
}
