/* postgres_index.c - the index that slow statements lack: built, proved, dropped (found: postgres_wanted.h).
 *
 * Everything about it stands in its name, selfheal_ROW_START_TABLE_COLUMNS (the action's
 * row and second of its start), so that after kill -9 the database itself tells whether it
 * is there. A build that fails leaves an INVALID index, which costs every write and
 * serves no read: it is dropped at once, and whatever an earlier process left behind is
 * dropped before the next build. */
#include "live/mailbox.h"
#include "live/postgres_explain.h"
#include "live/postgres_wanted.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_TEXT = 2048 };
static const double FASTER = 0.8; /* of the time before, at most */
static const heal_duration LOOK_EVERY = 500 * HEAL_MILLISECOND;

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
    char reason[WANTED_NOTE];
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
    char *json = postgres_explain(&task->link, wanted->statement), why[WANTED_NOTE];
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
    char why[WANTED_NOTE];

    if (!sweep(task))
        return task_fails_by_link(task, "leftovers");
    if (!wanted_find(task, &wanted, why))
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
    char prefix[WANTED_PREFIX];
    const char *values[] = {prefix};

    wanted_prefix(task->order, prefix);
    PGresult *answer = postgres_link_ask(
        &task->link, 0,
        "SELECT i.indisvalid, EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE starts_with(c.relname::text, $1)",
        1, values);
    enum postgres_done done = answer ? POSTGRES_DONE_NO : POSTGRES_DONE_UNKNOWN;

    if (answer && PQntuples(answer) > 0) {
        if (postgres_true(answer, 0, 0))
            done = POSTGRES_DONE_YES;
        else if (postgres_true(answer, 0, 1)) /* it is being built */
            done = POSTGRES_DONE_UNKNOWN;
    }
    PQclear(answer);
    return done;
}
