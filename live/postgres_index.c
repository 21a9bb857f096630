/* postgres_index.c - the index that slow statements lack: found, built, proved, dropped.
 *
 * Everything about it stands in its name, selfheal_ROW_START_TABLE_COLUMNS (the action's
 * row and second of its start), so that after kill -9 the database itself tells whether it
 * is there. A build that fails leaves an INVALID index, which costs every write and
 * serves no read: it is dropped at once, and whatever an earlier process left behind is
 * dropped before the next build. */
#include "live/mailbox.h"
#include "live/postgres_explain.h"
#include "live/postgres_parts.h"
#include "live/postgres_plan.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATEMENTS_TRIED = 5, NOTE_TEXT = 512, SQL_TEXT = 2048, PREFIX_TEXT = 48 };
static const double LEAST_MEAN = 0.0005; /* seconds: faster calls are left alone */
static const double FASTER = 0.8;        /* of the time before, at most */
static const heal_duration LOOK_EVERY = 500 * HEAL_MILLISECOND;

/* The index that is to be. */
struct wanted {
    int64_t statement;
    double mean; /* seconds of a call before */
    double cost; /* of the plan before */
    char schema[PLAN_NAME], table[PLAN_NAME], name[POSTGRES_NAME];
    char columns[PLAN_INDEX_COLUMNS][PLAN_NAME];
    size_t count;
};

static void prefix_of(const struct postgres_order *order, char prefix[PREFIX_TEXT])
{
    snprintf(prefix, PREFIX_TEXT, "selfheal_%lld_%lld_", (long long)order->row, (long long)(order->at / HEAL_SECOND));
}

static void name_index(const struct postgres_order *order, struct wanted *wanted)
{
    char prefix[PREFIX_TEXT];
    size_t used;

    prefix_of(order, prefix);
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

/* -- is it one to build? ---------------------------------------------------------- */

/* Owner, kind, size and rights; false with why not in `note`. */
static bool may_build(struct task *task, const struct plan_candidate *candidate, double *tuples, char note[NOTE_TEXT])
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
        snprintf(note, NOTE_TEXT, "%.200s", task->link.error);
        return false;
    }
    *tuples = PQntuples(answer) == 1 ? postgres_number(answer, 0, 1) : 0.0;
    if (PQntuples(answer) != 1)
        snprintf(note, NOTE_TEXT, "%s.%s is no table of users", candidate->schema, candidate->table);
    else if (*tuples < settings->least_rows)
        snprintf(note, NOTE_TEXT, "%s.%s has only %.0f rows", candidate->schema, candidate->table, fmax(*tuples, 0.0));
    else if (candidate->rows > settings->selective * *tuples)
        snprintf(note, NOTE_TEXT, "of %s.%s %.0f of %.0f rows are wanted: no index would help", candidate->schema,
                 candidate->table, candidate->rows, *tuples);
    else if (!postgres_true(answer, 0, 2))
        snprintf(note, NOTE_TEXT, "refused: %s.%s belongs to %s, and %s is no member of it", candidate->schema,
                 candidate->table, PQgetvalue(answer, 0, 3), PQgetvalue(answer, 0, 4));
    else if (!postgres_true(answer, 0, 0))
        snprintf(note, NOTE_TEXT, "refused: %s.%s is part of a partitioned table or none; that is left to a person",
                 candidate->schema, candidate->table);
    else if (!postgres_true(answer, 0, 5))
        snprintf(note, NOTE_TEXT, "refused: %s may create nothing in schema %s", PQgetvalue(answer, 0, 4),
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
static bool accept(struct task *task, struct plan_candidate candidate, struct wanted *wanted, char note[NOTE_TEXT])
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
    snprintf(note, NOTE_TEXT, "no column of %s.%s can serve as it is compared", candidate.schema, candidate.table);
    if (kept == 0)
        return false;
    wanted->count = plan_choose(&candidate, &statistics, chosen);
    memcpy(wanted->schema, candidate.schema, PLAN_NAME);
    memcpy(wanted->table, candidate.table, PLAN_NAME);
    for (size_t i = 0; i < wanted->count; i++)
        memcpy(wanted->columns[i], candidate.columns[chosen[i]].name, PLAN_NAME);
    name_index(task->order, wanted);
    snprintf(note, NOTE_TEXT, "%s.%s has an index on %s that is not used", wanted->schema, wanted->table,
             wanted->columns[0]);
    return !is_there(task, wanted);
}

/* The last reason, but for a refusal: that is what a person has to know. */
static void keep_reason(char why[NOTE_TEXT], const char *reason)
{
    if (strncmp(why, "refused", strlen("refused")) != 0)
        snprintf(why, NOTE_TEXT, "%s", reason);
}

/* The best index that one of the dearest statements lacks; false with why there is none. */
static bool find_wanted(struct task *task, struct wanted *wanted, char why[NOTE_TEXT])
{
    struct slow_statement slow[STATEMENTS_SLOW];
    size_t count = postgres_slow(task, slow), tried = 0;
    char note[NOTE_TEXT];

    snprintf(why, NOTE_TEXT, "no slow statement has been seen");
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

/* -- building and taking away ------------------------------------------------------ */

/* Building and dropping concurrently waits for transactions that began before, and lets
 * everybody work meanwhile; that is the statement's time, so there is no lock_timeout. */
static bool limit_statement(struct task *task, heal_duration limit)
{
    char text[32];
    const char *values[] = {text};

    snprintf(text, sizeof text, "%lld", (long long)(limit / HEAL_MILLISECOND));
    return postgres_link_do(&task->link, 0,
                            "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', '0', false)",
                            1, values);
}

/* DROP of an index of ours: of this name, this owner, this schema. */
static bool drop(struct task *task, const char *schema, const char *name, heal_duration within)
{
    char *quoted_schema = postgres_link_name(&task->link, schema), *quoted = postgres_link_name(&task->link, name);
    char sql[SQL_TEXT];
    bool good = false;

    if (quoted_schema && quoted) {
        snprintf(sql, sizeof sql, "DROP INDEX CONCURRENTLY IF EXISTS %s.%s", quoted_schema, quoted);
        good = limit_statement(task, within) && postgres_link_do(&task->link, within, sql, 0, NULL);
    }
    PQfreemem(quoted_schema);
    PQfreemem(quoted);
    return good;
}

/* What another process began and nobody is building: INVALID, ours by name and owner. */
static bool sweep(struct task *task)
{
    PGresult *answer = postgres_link_ask(
        &task->link, 0,
        "SELECT n.nspname, c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relname ~ '^selfheal_\\d+_\\d+_'"
        " AND pg_has_role(c.relowner, 'USAGE') AND NOT EXISTS"
        "  (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid) LIMIT 16",
        0, NULL);
    bool good = answer != NULL;

    for (int i = 0; good && i < PQntuples(answer); i++)
        good = drop(task, PQgetvalue(answer, i, 0), PQgetvalue(answer, i, 1), task_left(task));
    PQclear(answer);
    return good && limit_statement(task, task->link.timeout);
}

/* Takes the index away, over a new connection where the old one is gone. Says so if it cannot. */
static enum action_outcome give_up(struct task *task, const struct wanted *wanted, const char *why)
{
    char reason[NOTE_TEXT];
    heal_duration left = task->end - monotonic_now();

    snprintf(reason, sizeof reason, "%s", why);
    if (postgres_link_open(&task->link) &&
        drop(task, wanted->schema, wanted->name, left > HEAL_SECOND ? left : HEAL_SECOND))
        return task_fails(task, "%s: index %s is dropped again", reason, wanted->name);
    return task_fails(task, "%s: and index %s may be left behind INVALID: %s", reason, wanted->name, task->link.error);
}

static bool build(struct task *task, const struct wanted *wanted)
{
    char sql[SQL_TEXT];
    char *schema = postgres_link_name(&task->link, wanted->schema);
    char *table = postgres_link_name(&task->link, wanted->table), *name = postgres_link_name(&task->link, wanted->name);
    bool good = schema && table && name;
    size_t used =
        good ? (size_t)snprintf(sql, sizeof sql, "CREATE INDEX CONCURRENTLY %s ON %s.%s (", name, schema, table) : 0;

    for (size_t i = 0; good && i < wanted->count; i++) {
        char *column = postgres_link_name(&task->link, wanted->columns[i]);
        good = column != NULL;
        if (good)
            used += (size_t)snprintf(sql + used, sizeof sql - used, "%s%s", i ? ", " : "", column);
        PQfreemem(column);
    }
    if (good) {
        snprintf(sql + used, sizeof sql - used, ")");
        heal_duration left = task_left(task);
        good = limit_statement(task, left) && postgres_link_do(&task->link, left, sql, 0, NULL) &&
               limit_statement(task, task->link.timeout);
    }
    PQfreemem(schema);
    PQfreemem(table);
    PQfreemem(name);
    return good;
}

/* -- was it worth it? ------------------------------------------------------------- */

static bool look(struct task *task, int64_t statement, struct statement_count *count)
{
    char *schema = postgres_statements_schema(&task->link), sql[512], id[32];
    const char *values[] = {id};

    if (!schema)
        return false;
    snprintf(id, sizeof id, "%lld", (long long)statement);
    snprintf(sql, sizeof sql,
             "SELECT coalesce(sum(s.calls), 0), coalesce(sum(s.total_exec_time), 0) FROM %.140s.pg_stat_statements s"
             " JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()"
             " AND s.queryid = $1::bigint AND s.toplevel",
             schema);
    PQfreemem(schema);
    PGresult *answer = postgres_link_ask(&task->link, 0, sql, 1, values);
    if (answer)
        *count =
            (struct statement_count){statement, postgres_number(answer, 0, 0), postgres_number(answer, 0, 1) / 1e3};
    PQclear(answer);
    return answer != NULL;
}

/* The mean of a call after the build: of the first half second whose calls are faster,
 * or of the last that had any (calls under way at the build still are slow). NaN: none. */
static double time_calls(struct task *task, const struct wanted *wanted)
{
    heal_time until = monotonic_now() + task->postgres->settings->validate;
    struct statement_count before, now;
    double mean = NAN;

    if (!look(task, wanted->statement, &before))
        return mean;
    while (monotonic_now() < until && monotonic_now() < task->until && postgres_link_pause(&task->link, LOOK_EVERY) &&
           look(task, wanted->statement, &now)) {
        if (now.calls > before.calls) {
            mean = (now.seconds - before.seconds) / (now.calls - before.calls);
            if (mean <= FASTER * wanted->mean)
                break;
        }
        before = now;
    }
    return mean;
}

static enum action_outcome prove(struct task *task, const struct wanted *wanted)
{
    char *json = postgres_explain(&task->link, wanted->statement), why[NOTE_TEXT];
    struct plan plan = {0};
    bool planned = json && plan_read(json, &plan), uses = planned && plan_uses(json, wanted->name);

    free(json);
    if (!planned)
        return give_up(task, wanted, "there is no new plan to be had");
    if (!uses || plan.cost >= wanted->cost) {
        snprintf(why, sizeof why, "the new plan %s (cost %.0f, before %.0f)",
                 uses ? "is no cheaper" : "does not use it", plan.cost, wanted->cost);
        return give_up(task, wanted, why);
    }
    double mean = time_calls(task, wanted);
    if (!isnan(mean) && mean > FASTER * wanted->mean) {
        snprintf(why, sizeof why, "calls are no faster: %.4g s, before %.4g s", mean, wanted->mean);
        return give_up(task, wanted, why);
    }
    snprintf(why, sizeof why, isnan(mean) ? "no call ended yet" : "a call takes %.4g s, before %.4g s", mean,
             wanted->mean);
    snprintf(task->output, POSTGRES_OUTPUT, "built %s on %s.%s; plan cost %.0f, before %.0f; %s", wanted->name,
             wanted->schema, wanted->table, plan.cost, wanted->cost, why);
    postgres_note_deed(task, wanted->schema, wanted->name);
    return ACTION_SUCCEEDED;
}

enum action_outcome postgres_add_index(struct task *task)
{
    struct wanted wanted;
    char why[NOTE_TEXT];

    if (!sweep(task))
        return task_fails_by_link(task, "leftovers");
    if (!find_wanted(task, &wanted, why))
        return task->link.connection ? task_fails(task, "%s", why) : task_fails_by_link(task, "planning");
    if (build(task, &wanted))
        return prove(task, &wanted);
    snprintf(why, sizeof why, "building an index on %s.%s: %.200s", wanted.schema, wanted.table, task->link.error);
    return give_up(task, &wanted, why);
}

enum action_outcome postgres_drop_index(struct task *task)
{
    struct deed deed;

    if (!postgres_take_deed(task, ACTION_ADD_INDEX, &deed))
        return task_fails(task, "this remediation built no index");
    if (!drop(task, deed.schema, deed.index, task_left(task))) {
        postgres_keep_deed(task->postgres, &deed); /* for another try */
        return task_fails_by_link(task, deed.index);
    }
    snprintf(task->output, POSTGRES_OUTPUT, "dropped %s", deed.index);
    return ACTION_SUCCEEDED;
}

enum postgres_done postgres_index_done(struct task *task)
{
    char prefix[PREFIX_TEXT];
    const char *values[] = {prefix};

    prefix_of(task->order, prefix);
    PGresult *answer = postgres_link_ask(
        &task->link, 0,
        "SELECT i.indisvalid, EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE starts_with(c.relname::text, $1)",
        1, values);
    enum postgres_done done = POSTGRES_DONE_UNKNOWN;

    if (answer && PQntuples(answer) == 0)
        done = POSTGRES_DONE_NO;
    else if (answer && postgres_true(answer, 0, 0))
        done = POSTGRES_DONE_YES;
    else if (answer && !postgres_true(answer, 0, 1))
        done = POSTGRES_DONE_NO;
    PQclear(answer);
    return done;
}
