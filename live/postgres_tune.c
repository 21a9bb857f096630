/* postgres_tune.c - planner and memory settings and time-outs by ALTER DATABASE, and back.
 *
 * What stood there before goes into selfheal.settings in the transaction that changes
 * it: either both are there or none, whenever the process or the server dies. A setting
 * that has the wanted value already is left alone. Taking back touches only what still
 * has the value that was set; what somebody changed since is theirs. */
#include "live/postgres_parts.h"

#include <stdio.h>
#include <string.h>

enum { SQL_TEXT = 2048, START_TEXT = 32 };
static const char *const TIMEOUTS[] = {"statement_timeout", "idle_in_transaction_session_timeout"};
enum { TIMEOUT_COUNT = sizeof TIMEOUTS / sizeof TIMEOUTS[0] };

static const char TABLE[] = "CREATE TABLE IF NOT EXISTS selfheal.settings (name text NOT NULL, prior text,"
                            " value text NOT NULL, action bigint NOT NULL, started bigint NOT NULL,"
                            " set_at timestamptz NOT NULL DEFAULT now(), restored_by bigint, restore_started bigint,"
                            " restored_at timestamptz, PRIMARY KEY (action, started, name))";

/* What ALTER DATABASE has set: one row, the value or null. */
static const char CURRENT[] =
    "SELECT (SELECT substr(c, strpos(c, '=') + 1) FROM pg_db_role_setting s, unnest(s.setconfig) c"
    "  WHERE s.setdatabase = d.oid AND s.setrole = 0 AND lower(split_part(c, '=', 1)) = lower($1)),"
    " pg_has_role(d.datdba, 'USAGE'), pg_get_userbyid(d.datdba), current_user"
    " FROM pg_database d WHERE d.datname = current_database()";

static bool begin(struct task *task)
{
    PGresult *answer = NULL;
    bool good =
        postgres_link_do(&task->link, 0, "BEGIN", 0, NULL) &&
        /* two actions on one database one after the other */
        postgres_link_do(&task->link, 0, "SELECT pg_advisory_xact_lock(hashtext('selfheal.settings'))", 0, NULL);

    if (good)
        answer =
            postgres_link_ask(&task->link, 0,
                              "SELECT to_regnamespace('selfheal') IS NOT NULL,"
                              " to_regclass('selfheal.settings') IS NOT NULL, (SELECT pg_has_role(relowner, 'USAGE')"
                              "  FROM pg_class WHERE oid = to_regclass('selfheal.settings'))",
                              0, NULL);
    good = answer != NULL;
    if (good && !postgres_true(answer, 0, 0))
        good = postgres_link_do(&task->link, 0, "CREATE SCHEMA selfheal", 0, NULL);
    if (good && !postgres_true(answer, 0, 1)) {
        good = postgres_link_do(&task->link, 0, TABLE, 0, NULL);
    } else if (good && !postgres_true(answer, 0, 2)) { /* its triggers would run as us */
        snprintf(task->link.error, sizeof task->link.error, "refused: the table belongs to somebody else");
        good = false;
    }
    PQclear(answer);
    return good;
}

/* ALTER DATABASE ... SET or, with a NULL value, RESET. */
static bool alter(struct task *task, const char *database, const char *name, const char *value)
{
    char sql[SQL_TEXT] = "";
    char *quoted_database = postgres_link_name(&task->link, database), *quoted = postgres_link_name(&task->link, name);
    char *text = value ? postgres_link_text(&task->link, value) : NULL;
    int length = -1;

    if (quoted_database && quoted && (text || !value))
        length = snprintf(sql, sizeof sql, "ALTER DATABASE %s %s %s%s%s", quoted_database, value ? "SET" : "RESET",
                          quoted, value ? " = " : "", value ? text : "");
    bool good = length > 0 && (size_t)length < sizeof sql && postgres_link_do(&task->link, 0, sql, 0, NULL);
    PQfreemem(quoted_database);
    PQfreemem(quoted);
    PQfreemem(text);
    return good;
}

static enum action_outcome undo_all(struct task *task, enum action_outcome outcome)
{
    if (task->link.connection)
        postgres_link_do(&task->link, 0, "ROLLBACK", 0, NULL);
    return outcome;
}

static void start_text(const struct postgres_order *order, char row[START_TEXT], char at[START_TEXT])
{
    snprintf(row, START_TEXT, "%lld", (long long)order->row);
    snprintf(at, START_TEXT, "%lld", (long long)order->at);
}

/* The value as the server keeps it: ALTER DATABASE keeps the text that it was given. */
static bool set_one(struct task *task, const struct postgres_setting *setting, size_t *changed)
{
    const char *named[] = {setting->name};
    char row[START_TEXT], at[START_TEXT];
    PGresult *current = postgres_link_ask(&task->link, 0, CURRENT, 1, named);
    bool good = current && PQntuples(current) == 1;

    if (good && !postgres_true(current, 0, 1)) {
        snprintf(task->link.error, sizeof task->link.error,
                 "refused: the database belongs to %s, and %s is no member of it", PQgetvalue(current, 0, 2),
                 PQgetvalue(current, 0, 3));
        good = false;
    }
    const char *prior = good && !PQgetisnull(current, 0, 0) ? PQgetvalue(current, 0, 0) : NULL;
    if (good && (!prior || strcmp(prior, setting->value) != 0)) {
        start_text(task->order, row, at);
        const char *values[] = {setting->name, prior, setting->value, row, at};
        good = postgres_link_do(&task->link, 0,
                                "INSERT INTO selfheal.settings (name, prior, value, action, started)"
                                " VALUES ($1, $2, $3, $4::bigint, $5::bigint)",
                                5, values) &&
               alter(task, PQdb(task->link.connection), setting->name, setting->value);
        *changed += good;
    }
    PQclear(current);
    return good;
}

enum action_outcome postgres_tune(struct task *task)
{
    const struct postgres_target *target = task->database->target;
    size_t changed = 0;

    if (!begin(task))
        return undo_all(task, task_fails_by_link(task, "selfheal.settings, where the values before are kept"));
    for (size_t i = 0; i < target->setting_count; i++) {
        if (!set_one(task, &target->settings[i], &changed))
            return undo_all(task, task_fails_by_link(task, target->settings[i].name));
    }
    if (changed == 0)
        return undo_all(task, task_fails(task, "all settings are as they should be"));
    if (!postgres_link_do(&task->link, 0, "COMMIT", 0, NULL))
        return task_fails_by_link(task, "commit");
    postgres_note_deed(task, "", "");
    snprintf(task->output, POSTGRES_OUTPUT, "%zu settings changed, for sessions that begin from now on", changed);
    return ACTION_SUCCEEDED;
}

/* What stands for the database as a time-out, in seconds; 0: none. A number without a
 * unit counts milliseconds; what has one reads as an interval does. */
static bool timeout_now(struct task *task, const char *name, double *seconds)
{
    const char *named[] = {name};
    PGresult *current = postgres_link_ask(&task->link, 0, CURRENT, 1, named), *answer = NULL;
    bool good = current && PQntuples(current) == 1;

    *seconds = 0.0;
    if (good && !PQgetisnull(current, 0, 0)) {
        const char *value[] = {PQgetvalue(current, 0, 0)};
        answer = postgres_link_ask(&task->link, 0,
                                   "SELECT CASE WHEN $1 ~ '^\\s*\\d+\\s*$' THEN $1::numeric / 1000"
                                   " ELSE extract(epoch FROM $1::interval)::numeric END",
                                   1, value);
        good = answer && PQntuples(answer) == 1;
        if (good)
            *seconds = postgres_number(answer, 0, 0);
    }
    PQclear(current);
    PQclear(answer);
    return good;
}

/* One that is as strict already is left. *before: in seconds. */
static bool set_timeout(struct task *task, const char *name, double seconds, double *before, size_t *changed)
{
    char value[32];
    struct postgres_setting setting = {name, value};

    snprintf(value, sizeof value, "%.0fms", seconds * 1000.0);
    if (!timeout_now(task, name, before))
        return false;
    return (*before > 0.0 && *before <= seconds) || set_one(task, &setting, changed);
}

enum action_outcome postgres_set_timeouts(struct task *task)
{
    double seconds = task->order->action->amount, before[TIMEOUT_COUNT];
    size_t changed = 0;

    if (!(seconds >= 0.001 && seconds <= 86400.0))
        return task_fails(task, "an amount of seconds is needed");
    if (!begin(task))
        return undo_all(task, task_fails_by_link(task, "selfheal.settings, where the values before are kept"));
    for (size_t i = 0; i < TIMEOUT_COUNT; i++) {
        if (!set_timeout(task, TIMEOUTS[i], seconds, &before[i], &changed))
            return undo_all(task, task_fails_by_link(task, TIMEOUTS[i]));
    }
    if (!postgres_link_do(&task->link, 0, "COMMIT", 0, NULL))
        return task_fails_by_link(task, "commit");
    postgres_note_deed(task, "", "");
    snprintf(
        task->output, POSTGRES_OUTPUT,
        "%zu time-outs set to %.4g s, for sessions that begin from now on; %zu are as strict already\nbefore %.15g",
        changed, seconds, TIMEOUT_COUNT - changed, before[0]);
    return ACTION_SUCCEEDED;
}

/* Back to `prior` where the value still is the one that was set. */
static bool restore_one(struct task *task, const PGresult *rows, int i, size_t *restored)
{
    const char *name = PQgetvalue(rows, i, 0), *value = PQgetvalue(rows, i, 2);
    const char *prior = PQgetisnull(rows, i, 1) ? NULL : PQgetvalue(rows, i, 1);
    char row[START_TEXT], at[START_TEXT];
    const char *named[] = {name};
    PGresult *current = postgres_link_ask(&task->link, 0, CURRENT, 1, named);
    bool good = current && PQntuples(current) == 1;

    if (good && !PQgetisnull(current, 0, 0) && strcmp(PQgetvalue(current, 0, 0), value) == 0) {
        good = alter(task, PQdb(task->link.connection), name, prior);
        *restored += good;
    }
    PQclear(current);
    start_text(task->order, row, at);
    const char *values[] = {PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 4), name, row, at};
    return good && postgres_link_do(&task->link, 0,
                                    "UPDATE selfheal.settings SET restored_by = $4::bigint,"
                                    " restore_started = $5::bigint, restored_at = now()"
                                    " WHERE action = $1::bigint AND started = $2::bigint AND name = $3",
                                    5, values);
}

/* The rows to take back, the newest first: of the remediation's own action, or all of its kind. */
static PGresult *rows_to_restore(struct task *task, const struct deed *deed, enum action_kind kind)
{
    char row[START_TEXT], at[START_TEXT];
    const char *values[] = {deed ? row : NULL, deed ? at : NULL, kind == ACTION_SET_DATABASE_TIMEOUTS ? "t" : "f"};

    if (deed) {
        snprintf(row, sizeof row, "%lld", (long long)deed->row);
        snprintf(at, sizeof at, "%lld", (long long)deed->at);
    }
    return postgres_link_ask(&task->link, 0,
                             "SELECT name, prior, value, action, started FROM selfheal.settings"
                             " WHERE restored_at IS NULL AND (($1::bigint IS NULL)"
                             "  OR (action = $1::bigint AND started = $2::bigint))"
                             " AND (name IN ('statement_timeout', 'idle_in_transaction_session_timeout')) = $3::boolean"
                             " ORDER BY set_at DESC, name",
                             3, values);
}

enum action_outcome postgres_restore(struct task *task)
{
    bool timeouts = task->order->action->kind == ACTION_RESTORE_DATABASE_TIMEOUTS;
    enum action_kind kind = timeouts ? ACTION_SET_DATABASE_TIMEOUTS : ACTION_TUNE_DATABASE;
    struct deed deed;
    bool own = postgres_take_deed(task, kind, &deed), good = true;
    size_t restored = 0;

    if (!own && task->order->action->rollback)
        return task_fails(task, "this remediation changed no setting");
    PGresult *rows = begin(task) ? rows_to_restore(task, own ? &deed : NULL, kind) : NULL;
    for (int i = 0; rows && good && i < PQntuples(rows); i++)
        good = restore_one(task, rows, i, &restored);
    int count = rows ? PQntuples(rows) : 0;
    bool none = rows && count == 0 && !(own && timeouts); /* those may all have been as strict before */
    PQclear(rows);
    if (!rows || !good || none || !postgres_link_do(&task->link, 0, "COMMIT", 0, NULL)) {
        if (own)
            postgres_keep_deed(task->postgres, &deed); /* for another try */
        return undo_all(task, none ? task_fails(task, "no setting is recorded as changed")
                                   : task_fails_by_link(task, "restoring"));
    }
    snprintf(task->output, POSTGRES_OUTPUT, "%zu settings restored, %zu left as somebody else has set them since",
             restored, (size_t)count - restored);
    return ACTION_SUCCEEDED;
}

enum postgres_done postgres_tune_done(struct task *task)
{
    enum action_kind kind = task->order->action->kind;
    bool tunes = kind == ACTION_TUNE_DATABASE || kind == ACTION_SET_DATABASE_TIMEOUTS;
    char row[START_TEXT], at[START_TEXT];
    const char *values[] = {row, at};
    PGresult *answer =
        postgres_link_ask(&task->link, 0, "SELECT to_regclass('selfheal.settings') IS NOT NULL", 0, NULL);
    enum postgres_done done = POSTGRES_DONE_UNKNOWN;

    if (answer && !postgres_true(answer, 0, 0)) {
        done = POSTGRES_DONE_NO;
    } else if (answer) {
        PQclear(answer);
        start_text(task->order, row, at);
        answer = postgres_link_ask(&task->link, 0,
                                   tunes ? "SELECT EXISTS (SELECT FROM selfheal.settings WHERE action = $1::bigint"
                                           " AND started = $2::bigint)"
                                         : "SELECT EXISTS (SELECT FROM selfheal.settings WHERE restored_by = $1::bigint"
                                           " AND restore_started = $2::bigint)",
                                   2, values);
        if (answer)
            done = postgres_true(answer, 0, 0) ? POSTGRES_DONE_YES : POSTGRES_DONE_NO;
    }
    PQclear(answer);
    return done;
}
