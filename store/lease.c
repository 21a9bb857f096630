/* lease.c - see lease.h. */
#include "store/lease.h"

#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As short as the server cuts such a name (63 bytes), and of this schema alone. */
#define WRITER "'selfheal writer ' || 'selfheal.lease'::regclass::oid::text"

/* Two that begin at once wait for each other: IF NOT EXISTS alone is no lock. */
static const char MAKE[] =
    "BEGIN; SELECT pg_advisory_xact_lock(hashtext('selfheal.lease'));"
    " CREATE SCHEMA IF NOT EXISTS selfheal;"
    " CREATE TABLE IF NOT EXISTS selfheal.lease (id INTEGER PRIMARY KEY CHECK (id = 1), token INTEGER NOT NULL,"
    "  beats INTEGER NOT NULL, holder TEXT NOT NULL);"
    " INSERT INTO selfheal.lease VALUES (1, 0, 0, '') ON CONFLICT DO NOTHING;"
    " CREATE TABLE IF NOT EXISTS selfheal.kept_texts (name TEXT PRIMARY KEY, text TEXT NOT NULL); COMMIT";

/* Asks for one row; *got says whether there was one. The caller finalizes what it gets. */
static struct statement *first_row(struct database *database, const char *sql, const struct cell *cells, size_t count,
                                   bool *got, struct error_list *errors)
{
    struct statement *query = database_query(database, sql, cells, count, errors);
    bool failed = false;

    *got = query && database_next(query, &failed, errors);
    if (!failed)
        return query;
    statement_finalize(query);
    return NULL;
}

/* Runs what gives a row when it did something. */
static bool did(struct database *database, const char *sql, const struct cell *cells, size_t count, bool *done,
                struct error_list *errors)
{
    struct statement *query = first_row(database, sql, cells, count, done, errors);

    statement_finalize(query);
    return query != NULL;
}

struct database *lease_open(const char *url, struct error_list *errors)
{
    struct database *database = database_use(url, errors);
    bool there = false;

    if (database &&
        did(database, "SELECT 1 WHERE to_regclass('selfheal.kept_texts') IS NOT NULL", NULL, 0, &there, errors) &&
        (there || database_execute(database, MAKE, errors)))
        return database;
    database_close(database);
    return NULL;
}

bool lease_read(struct database *database, struct lease_look *out, struct error_list *errors)
{
    bool got;
    struct statement *query =
        first_row(database, "SELECT token, beats, holder FROM lease WHERE id = 1", NULL, 0, &got, errors);

    if (got) {
        out->token = statement_integer(query, 0);
        out->beats = statement_integer(query, 1);
        snprintf(out->holder, sizeof out->holder, "%s", statement_text(query, 2));
    } else if (query) {
        error_add(errors, ERROR_ENVIRONMENT, database_name(database), 0, NULL, "the lease is gone");
    }
    statement_finalize(query);
    return got;
}

static bool end_writers(struct database *database, struct error_list *errors)
{
    bool some;

    return did(database,
               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = " WRITER
               " AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()",
               NULL, 0, &some, errors);
}

bool lease_take(struct database *database, const struct lease_look *seen, const char *holder, int64_t *token,
                struct error_list *errors)
{
    bool taken;

    *token = -1;
    if (!end_writers(database, errors) ||
        !did(database,
             "UPDATE lease SET token = token + 1, beats = beats + 1, holder = ?3"
             " WHERE id = 1 AND token = ?1 AND beats = ?2 RETURNING token",
             CELLS(cell_integer(seen->token), cell_integer(seen->beats), cell_text(holder)), &taken, errors))
        return false;
    if (taken)
        *token = seen->token + 1;
    return true;
}

bool lease_beat(struct database *database, int64_t token, bool *held, struct error_list *errors)
{
    return did(database, "UPDATE lease SET beats = beats + 1 WHERE id = 1 AND token = ?1 AND holder <> '' RETURNING 1",
               CELLS(cell_integer(token)), held, errors);
}

bool lease_is_held(struct database *database, int64_t token, bool *held, struct error_list *errors)
{
    return did(database, "SELECT 1 FROM lease WHERE id = 1 AND token = ?1 AND holder <> ''", CELLS(cell_integer(token)),
               held, errors);
}

bool lease_release(struct database *database, int64_t token, struct error_list *errors)
{
    bool held;

    return did(database, "UPDATE lease SET beats = beats + 1, holder = '' WHERE id = 1 AND token = ?1 RETURNING 1",
               CELLS(cell_integer(token)), &held, errors);
}

static bool lost(struct database *database, struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, database_name(database), 0, NULL,
              "another replica has taken the store over: nothing more is written");
    return false;
}

bool lease_enter(struct database *database, int64_t token, struct error_list *errors)
{
    bool held, named;

    if (!lease_is_held(database, token, &held, errors))
        return false;
    if (!held)
        return lost(database, errors);
    return end_writers(database, errors) &&
           did(database, "SELECT set_config('application_name', " WRITER ", false)", NULL, 0, &named, errors);
}

bool lease_guard(struct database *database, int64_t token, struct error_list *errors)
{
    bool held;

    if (!did(database, "SELECT 1 FROM lease WHERE id = 1 AND token = ?1 FOR SHARE", CELLS(cell_integer(token)), &held,
             errors))
        return false;
    return held || lost(database, errors);
}

bool lease_keep_text(struct database *database, int64_t token, const char *name, const char *text, bool *held,
                     struct error_list *errors)
{
    return did(database,
               "INSERT INTO kept_texts SELECT ?2, ?3 FROM lease WHERE id = 1 AND token = ?1"
               " ON CONFLICT (name) DO UPDATE SET text = excluded.text RETURNING 1",
               CELLS(cell_integer(token), cell_text(name), cell_text(text)), held, errors);
}

bool lease_kept_text(struct database *database, const char *name, char **text, struct error_list *errors)
{
    bool got;
    struct statement *query =
        first_row(database, "SELECT text FROM kept_texts WHERE name = ?1", CELLS(cell_text(name)), &got, errors);

    *text = got ? strdup(statement_text(query, 0)) : NULL;
    statement_finalize(query);
    if (got && !*text)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return query && (!got || *text);
}
