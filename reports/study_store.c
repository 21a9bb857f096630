/* study_store.c - see study_store.h. */
#include "reports/study_store.h"

#include "store/database.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct study_store {
    struct database *database;
    struct statement *get, *put;
};

static const char SCHEMA[] = "CREATE TABLE IF NOT EXISTS shard (file TEXT NOT NULL, shard INTEGER NOT NULL,"
                             " shards INTEGER NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS study (fingerprint TEXT NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS evaluations (candidate TEXT NOT NULL, round INTEGER NOT NULL,"
                             " figures BLOB NOT NULL, PRIMARY KEY (candidate, round)) WITHOUT ROWID;";

static bool is_of(struct database *database, const char *path, const char *fingerprint, struct error_list *errors)
{
    struct statement *row = database_prepare(database, "SELECT fingerprint FROM study", errors);
    bool failed = row == NULL, there = row && database_next(row, &failed, errors);
    const char *text = there ? statement_text(row, 0) : NULL;
    bool same = text && strcmp(text, fingerprint) == 0;

    statement_finalize(row);
    if (there && !same)
        error_add(errors, ERROR_INPUT, path, 0, NULL,
                  "holds another study, or this one before its files were changed; choose another --out");
    if (there || failed)
        return same;
    row = database_prepare(database, "INSERT INTO study VALUES (?1)", errors);
    same = row && database_run(row, CELLS(cell_text(fingerprint)), errors);
    statement_finalize(row);
    return same;
}

struct study_store *study_store_open(const char *path, const char *fingerprint, struct error_list *errors)
{
    struct study_store *store = calloc(1, sizeof *store);
    bool good = false;

    if (!store)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    else
        store->database = database_use(path, errors);
    if (store && store->database)
        good = database_execute(store->database, SCHEMA, errors) && is_of(store->database, path, fingerprint, errors);
    if (good) {
        store->get = database_prepare(store->database,
                                      "SELECT figures FROM evaluations WHERE candidate = ?1 AND round = ?2", errors);
        store->put = database_prepare(store->database, "INSERT INTO evaluations VALUES (?1, ?2, ?3)", errors);
        good = store->get && store->put;
    }
    if (good)
        return store;
    study_store_close(store);
    return NULL;
}

void study_store_close(struct study_store *store)
{
    if (!store)
        return;
    statement_finalize(store->get);
    statement_finalize(store->put);
    database_close(store->database);
    free(store);
}

bool study_store_get(struct study_store *store, const char *key, uint32_t round, double *values, size_t count)
{
    bool failed = false, there = statement_bind(store->get, CELLS(cell_text(key), cell_integer(round)), NULL) &&
                                 database_next(store->get, &failed, NULL);
    size_t size = 0;
    const void *bytes = there ? statement_bytes(store->get, 0, &size) : NULL;

    there = bytes && size == count * sizeof *values;
    if (there)
        memcpy(values, bytes, size);
    statement_reset(store->get);
    return there;
}

bool study_store_put(struct study_store *store, const char *key, uint32_t round, const double *values, size_t count,
                     struct error_list *errors)
{
    return database_run(store->put,
                        CELLS(cell_text(key), cell_integer(round), cell_bytes(values, count * sizeof *values)), errors);
}

/* --- shards ---------------------------------------------------------------------- */

bool study_store_mark(struct study_store *store, const char *file, uint32_t shard, uint32_t shards,
                      struct error_list *errors)
{
    struct statement *row = database_execute(store->database, "DELETE FROM shard", errors)
                                ? database_prepare(store->database, "INSERT INTO shard VALUES (?1, ?2, ?3)", errors)
                                : NULL;
    bool good = row && (shards == 0 ||
                        database_run(row, CELLS(cell_text(file), cell_unsigned(shard), cell_unsigned(shards)), errors));

    statement_finalize(row);
    return good;
}

bool study_shard_read(const char *path, struct study_shard *out, struct error_list *errors)
{
    struct database *database = database_open(path, errors);
    struct statement *row =
        database ? database_prepare(database, "SELECT file, fingerprint, shard, shards FROM shard, study", errors)
                 : NULL;
    bool failed = row == NULL, there = row && database_next(row, &failed, errors);

    if (there) {
        snprintf(out->file, sizeof out->file, "%s", statement_text(row, 0));
        snprintf(out->fingerprint, sizeof out->fingerprint, "%s", statement_text(row, 1));
        out->shard = (uint32_t)statement_integer(row, 2);
        out->shards = (uint32_t)statement_integer(row, 3);
    } else if (!failed) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "is of a whole study, not of a shard of one");
    }
    statement_finalize(row);
    database_close(database);
    return there;
}

static bool take_row(struct study_store *store, struct statement *row, const char *path, uint64_t *taken,
                     struct error_list *errors)
{
    double values[4096 / sizeof(double)], have[4096 / sizeof(double)];
    const char *key = statement_text(row, 0);
    uint32_t round = (uint32_t)statement_integer(row, 1);
    size_t size = 0;
    const void *bytes = statement_bytes(row, 2, &size);
    size_t count = size / sizeof *values;

    if (size == 0 || size > sizeof values || size % sizeof *values != 0) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "has an evaluation that cannot be read: %s, round %u", key,
                  round);
        return false;
    }
    memcpy(values, bytes, size);
    if (study_store_get(store, key, round, have, count)) {
        if (memcmp(values, have, size) == 0)
            return true;
        error_add(errors, ERROR_INPUT, path, 0, NULL,
                  "has other figures for \"%s\", round %u, than a shard before it: was it made by another build?", key,
                  round);
        return false;
    }
    ++*taken;
    return study_store_put(store, key, round, values, count, errors);
}

bool study_store_take(struct study_store *store, const char *path, uint64_t *taken, struct error_list *errors)
{
    struct database *database = database_open(path, errors);
    struct statement *row =
        database ? database_prepare(database, "SELECT candidate, round, figures FROM evaluations", errors) : NULL;
    bool failed = row == NULL || !database_execute(store->database, "BEGIN", errors), good = !failed;

    while (good && database_next(row, &failed, errors))
        good = take_row(store, row, path, taken, errors);
    good = good && !failed;
    if (row)
        good = database_execute(store->database, good ? "COMMIT" : "ROLLBACK", errors) && good;
    statement_finalize(row);
    database_close(database);
    return good;
}

uint64_t study_store_count(struct study_store *store)
{
    struct statement *row = database_prepare(store->database, "SELECT count(*) FROM evaluations", NULL);
    bool failed = false;
    uint64_t count = row && database_next(row, &failed, NULL) ? (uint64_t)statement_integer(row, 0) : 0;

    statement_finalize(row);
    return count;
}
