/* decision_diff.c - see decision_diff.h: both lists in one order, walked together. */
#include "reports/decision_diff.h"

#include "reports/pairs.h"
#include "reports/run_data.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

static const heal_duration MOVED_WITHIN = HEAL_HOUR;

static const char DECISIONS[] =
    "SELECT replication, at, what FROM ("
    " SELECT f.replication, f.opened_at_ns AS at, 'issue ' || i.type || ' (' || i.severity || ') on ' || i.resource AS "
    "what"
    "  FROM issue_facts f JOIN self_healing_issues i ON i.id = f.issue_id"
    " UNION ALL SELECT f.replication, f.closed_at_ns, 'end of ' || i.type || ' on ' || i.resource"
    "  FROM issue_facts f JOIN self_healing_issues i ON i.id = f.issue_id WHERE f.closed_at_ns IS NOT NULL"
    " UNION ALL SELECT f.replication, f.started_at_ns, 'remedy of ' || i.type || ' on ' || i.resource || ': ' ||"
    "  m.action_type || ', ' || m.status FROM remediation_facts f"
    "  JOIN self_healing_remediations m ON m.id = f.remediation_id JOIN self_healing_issues i ON i.id = f.issue_id"
    " UNION ALL SELECT a.replication, a.started_at_ns, CASE WHEN a.rollback THEN 'rollback ' ELSE 'action ' END ||"
    "  a.kind || coalesce(' on ' || r.name, '') FROM actions a LEFT JOIN resources r ON r.id = a.target_id)"
    " ORDER BY replication, at, what";

struct row {
    uint32_t replication;
    heal_time at;
    const char *what;
    bool matched;
};

struct rows {
    struct row *items;
    size_t count, room;
};

static bool read_rows(const char *path, struct arena *arena, struct rows *out, struct error_list *errors)
{
    struct database *database = database_open(path, errors);
    struct statement *query = database ? database_prepare(database, DECISIONS, errors) : NULL;
    bool failed = query == NULL;

    while (!failed && database_next(query, &failed, errors)) {
        const char *what = statement_text(query, 2);
        if (out->count == out->room) {
            size_t room = out->room ? 2 * out->room : 256;
            struct row *items = realloc(out->items, room * sizeof *items);
            if (items) {
                out->items = items;
                out->room = room;
            }
        }
        const char *copy = what ? arena_text(arena, what, strlen(what)) : NULL;
        failed = !copy || out->count == out->room;
        if (failed)
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
        else
            out->items[out->count++] =
                (struct row){(uint32_t)statement_integer(query, 0), statement_integer(query, 1), copy, false};
    }
    statement_finalize(query);
    database_close(database);
    return !failed;
}

static int in_order(const struct row *x, const struct row *y)
{
    if (x->replication != y->replication)
        return x->replication < y->replication ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return strcmp(x->what, y->what);
}

/* Marks what both have at the same instant. */
static uint64_t match_alike(struct rows *a, struct rows *b)
{
    uint64_t alike = 0;

    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        int order = in_order(&a->items[i], &b->items[j]);
        if (order == 0) {
            a->items[i].matched = b->items[j].matched = true;
            alike++;
        }
        i += order <= 0;
        j += order >= 0;
    }
    return alike;
}

/* The nearest decision of `rows` that is the same, at another time, and still alone. */
static struct row *find_moved(struct rows *rows, size_t *from, const struct row *wanted)
{
    while (*from < rows->count && (rows->items[*from].replication < wanted->replication ||
                                   (rows->items[*from].replication == wanted->replication &&
                                    rows->items[*from].at < wanted->at - MOVED_WITHIN)))
        ++*from;
    for (size_t j = *from; j < rows->count; j++) {
        struct row *row = &rows->items[j];
        if (row->replication != wanted->replication || row->at > wanted->at + MOVED_WITHIN)
            return NULL;
        if (!row->matched && strcmp(row->what, wanted->what) == 0)
            return row;
    }
    return NULL;
}

static int by_time(const void *left, const void *right)
{
    const struct decision_difference *x = left, *y = right;
    heal_duration u = x->a < x->b ? x->a : x->b, v = y->a < y->b ? y->a : y->b;

    if (x->replication != y->replication)
        return x->replication < y->replication ? -1 : 1;
    return u != v ? (u < v ? -1 : 1) : strcmp(x->what, y->what);
}

static bool list_differences(struct decision_diff *diff, struct rows *a, struct rows *b, heal_time start)
{
    size_t from = 0;

    diff->decisions_a = a->count;
    diff->decisions_b = b->count;
    diff->alike = match_alike(a, b);
    diff->items = arena_array(diff->arena, a->count + b->count, sizeof *diff->items);
    if (!diff->items)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct row *row = &a->items[i];
        struct row *moved = row->matched ? NULL : find_moved(b, &from, row);
        if (row->matched)
            continue;
        if (moved)
            moved->matched = true;
        diff->items[diff->count++] = (struct decision_difference){row->replication, row->what, row->at - start,
                                                                  moved ? moved->at - start : HEAL_TIME_NEVER};
    }
    for (size_t j = 0; j < b->count; j++) {
        if (!b->items[j].matched)
            diff->items[diff->count++] = (struct decision_difference){b->items[j].replication, b->items[j].what,
                                                                      HEAL_TIME_NEVER, b->items[j].at - start};
    }
    qsort(diff->items, diff->count, sizeof *diff->items, by_time);
    return true;
}

static void count_incidents(struct decision_diff *diff, const struct run_data *a, const struct run_data *b)
{
    diff->paired = a->heals && b->heals && pairs_possible(a, b) && a->fault_count > 0;
    for (size_t i = 0; diff->paired && i < a->fault_count; i++) {
        heal_time x = a->faults[i].recovered, y = b->faults[i].recovered;
        diff->incidents.better += y < x;
        diff->incidents.worse += y > x;
        diff->incidents.same += y == x;
    }
}

struct decision_diff *decision_diff_make(const char *a_name, const char *a_path, const char *b_name, const char *b_path,
                                         struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct decision_diff *diff = arena ? arena_alloc(arena, sizeof *diff) : NULL;
    struct run_data *x = diff ? run_data_read(a_path, errors) : NULL, *y = x ? run_data_read(b_path, errors) : NULL;
    struct rows a = {0}, b = {0};
    bool good = y != NULL;

    if (diff) {
        diff->arena = arena;
        diff->a = arena_text(arena, a_name, strlen(a_name));
        diff->b = arena_text(arena, b_name, strlen(b_name));
    }
    good = good && diff->a && diff->b && read_rows(a_path, arena, &a, errors) && read_rows(b_path, arena, &b, errors) &&
           list_differences(diff, &a, &b, x->start);
    if (good)
        count_incidents(diff, x, y);
    else if (errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    free(a.items);
    free(b.items);
    run_data_destroy(x);
    run_data_destroy(y);
    if (good)
        return diff;
    arena_destroy(arena);
    return NULL;
}

void decision_diff_destroy(struct decision_diff *diff)
{
    if (diff)
        arena_destroy(diff->arena);
}
