/* postgres_wanted.c - see postgres_wanted.h: the plans of the dearest statements, and
 * whether what they lack may be built and would serve. */
#include "live/postgres_wanted.h"

#include "live/postgres_explain.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_TRIED = 5, SQL_TEXT = 2048 };
static const double LEAST_MEAN = 0.0005; /* seconds: faster calls are left alone */

void wanted_prefix(const struct postgres_order *order, char prefix[WANTED_PREFIX])
{
    snprintf(prefix, WANTED_PREFIX, "selfheal_%lld_%lld_", (long long)order->row, (long long)(order->at / HEAL_SECOND));
}

static void name_index(const struct postgres_order *order, struct wanted *wanted)
{
    char prefix[WANTED_PREFIX];
    size_t used;

    wanted_prefix(order, prefix);
    used = strlen(prefix);
    memcpy(wanted->name, prefix, used);
    for (size_t part = 0; part <= wanted->count; part++) {
        const char *text = part == 0 ? wanted->table : wanted->columns[part - 1];
        if (part > 0 && used + 1 < POSTGRES_NAME)
            wanted->name[used++] = '_';
        for (; *text && used + 1 < POSTGRES_NAME; text++)
            wanted->name[used++] = (char)(isalnum((unsigned char)*text) ? tolower((unsigned char)*text) : '_');
    }
    wanted->name[used] = '\0';
}

/* Owner, kind, size and rights; false with why not in `note`. */
static bool may_build(struct task *task, const struct plan_candidate *candidate, double *tuples, char note[WANTED_NOTE])
{
    const struct postgres_settings *settings = task->postgres->settings;
    const char *values[] = {candidate->schema, candidate->table};
    PGresult *answer = postgres_link_ask(
        &task->link, 0,
        "SELECT c.relkind = 'r' AND NOT c.relispartition, c.reltuples, pg_has_role(c.relowner, 'USAGE'),"
        " pg_get_userbyid(c.relowner), current_user, has_schema_privilege(n.oid, 'CREATE')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND c.relpersistence = 'p'",
        2, values);
    bool good = false;

    note[0] = '\0';
    if (!answer) {
        snprintf(note, WANTED_NOTE, "%.200s", task->link.error);
        return false;
    }
    *tuples = PQntuples(answer) == 1 ? postgres_number(answer, 0, 1) : 0.0;
    if (PQntuples(answer) != 1)
        snprintf(note, WANTED_NOTE, "%s.%s is no table of users", candidate->schema, candidate->table);
    else if (*tuples < settings->least_rows)
        snprintf(note, WANTED_NOTE, "%s.%s has only %.0f rows", candidate->schema, candidate->table,
                 fmax(*tuples, 0.0));
    else if (candidate->rows > settings->selective * *tuples)
        snprintf(note, WANTED_NOTE, "of %s.%s %.0f of %.0f rows are wanted: no index would help", candidate->schema,
                 candidate->table, candidate->rows, *tuples);
    else if (!postgres_true(answer, 0, 2))
        snprintf(note, WANTED_NOTE, "refused: %s.%s belongs to %s, and %s is no member of it", candidate->schema,
                 candidate->table, PQgetvalue(answer, 0, 3), PQgetvalue(answer, 0, 4));
    else if (!postgres_true(answer, 0, 0))
        snprintf(note, WANTED_NOTE, "refused: %s.%s is part of a partitioned table or none; that is left to a person",
                 candidate->schema, candidate->table);
    else if (!postgres_true(answer, 0, 5))
        snprintf(note, WANTED_NOTE, "refused: %s may create nothing in schema %s", PQgetvalue(answer, 0, 4),
                 candidate->schema);
    else
        good = true;
    PQclear(answer);
    return good;
}

/* How many values a column has; < 0: the column cannot be taken as it is compared. */
static double distinct_of(struct task *task, const struct plan_candidate *candidate, const struct plan_column *column,
                          double tuples)
{
    const char *values[] = {candidate->schema, candidate->table, column->name};
    PGresult *answer =
        postgres_link_ask(&task->link, 0,
                          "SELECT coalesce(s.n_distinct, 0), a.atttypid = 'varchar'::regtype FROM pg_attribute a"
                          " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                          " LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname"
                          "  AND s.attname = a.attname AND NOT s.inherited"
                          " WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3 AND a.attnum > 0",
                          3, values);
    double distinct = -1.0;

    if (answer && PQntuples(answer) == 1 && (!column->as_text || postgres_true(answer, 0, 1))) {
        distinct = postgres_number(answer, 0, 0);
        distinct = distinct < 0.0 ? -distinct * tuples : distinct;
    }
    PQclear(answer);
    return distinct;
}

/* Whether a valid index begins with these columns; it is there and was not used. */
static bool is_there(struct task *task, const struct wanted *wanted)
{
    char sql[SQL_TEXT];
    const char *values[2 + PLAN_INDEX_COLUMNS] = {wanted->schema, wanted->table};
    size_t used = (size_t)snprintf(sql, sizeof sql,
                                   "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
                                   " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1"
                                   " AND c.relname = $2 AND i.indisvalid AND i.indpred IS NULL");

    for (size_t i = 0; i < wanted->count; i++) {
        values[2 + i] = wanted->columns[i];
        used += (size_t)snprintf(sql + used, sizeof sql - used,
                                 " AND i.indkey[%zu] = (SELECT attnum FROM pg_attribute WHERE attrelid = c.oid"
                                 " AND attname = $%zu)",
                                 i, 3 + i);
    }
    PGresult *answer = postgres_link_ask(&task->link, 0, sql, 2 + wanted->count, values);
    bool there = answer && PQntuples(answer) > 0;
    PQclear(answer);
    return there;
}

/* A candidate made an index; false with why not in `note`. */
static bool accept(struct task *task, struct plan_candidate candidate, struct wanted *wanted, char note[WANTED_NOTE])
{
    struct plan_statistics statistics = {0};
    size_t chosen[PLAN_INDEX_COLUMNS], kept = 0;

    if (!may_build(task, &candidate, &statistics.tuples, note))
        return false;
    for (size_t i = 0; i < candidate.count; i++) {
        double distinct = distinct_of(task, &candidate, &candidate.columns[i], statistics.tuples);
        if (distinct < 0.0)
            continue;
        statistics.distinct[kept] = distinct;
        candidate.columns[kept++] = candidate.columns[i];
    }
    candidate.count = kept;
    snprintf(note, WANTED_NOTE, "no column of %s.%s can serve as it is compared", candidate.schema, candidate.table);
    if (kept == 0)
        return false;
    wanted->count = plan_choose(&candidate, &statistics, chosen);
    memcpy(wanted->schema, candidate.schema, PLAN_NAME);
    memcpy(wanted->table, candidate.table, PLAN_NAME);
    for (size_t i = 0; i < wanted->count; i++)
        memcpy(wanted->columns[i], candidate.columns[chosen[i]].name, PLAN_NAME);
    name_index(task->order, wanted);
    snprintf(note, WANTED_NOTE, "%s.%s has an index on %s that is not used", wanted->schema, wanted->table,
             wanted->columns[0]);
    return !is_there(task, wanted);
}

/* The last reason, but for a refusal: that is what a person has to know. */
static void keep_reason(char why[WANTED_NOTE], const char *reason)
{
    if (strncmp(why, "refused", strlen("refused")) != 0)
        snprintf(why, WANTED_NOTE, "%s", reason);
}

bool wanted_find(struct task *task, struct wanted *wanted, char why[WANTED_NOTE])
{
    struct slow_statement slow[STATEMENTS_SLOW];
    size_t count = postgres_slow(task, slow), tried = 0;
    char note[WANTED_NOTE];

    snprintf(why, WANTED_NOTE, "no slow statement has been seen");
    for (size_t i = 0; i < count && tried < STATEMENTS_TRIED; i++) {
        struct plan plan = {0};
        if (slow[i].mean < LEAST_MEAN)
            continue;
        char *json = postgres_explain(&task->link, slow[i].id);
        if (!task->link.connection)
            return false;
        bool planned = json && plan_read(json, &plan);
        if (tried++ == 0 || !json)
            keep_reason(why, json ? "the plan of the dearest statement lacks no index" : task->link.error);
        free(json);
        *wanted = (struct wanted){.statement = slow[i].id, .mean = slow[i].mean, .cost = plan.cost};
        for (size_t k = 0; planned && k < plan.count; k++) {
            if (accept(task, plan.candidates[k], wanted, note))
                return true;
            keep_reason(why, note);
        }
    }
    return false;
}
