/* database_sqlite.c - a database is a SQLite file.
 *
 * Files are made with O_EXCL first, because SQLite alone cannot tell "new" from
 * "was there". WAL lets a dashboard read while a run writes, and leaves a killed
 * run's last commit whole; synchronous = NORMAL keeps the file sound through a
 * power cut at the price of the last commits, which a run can repeat.
 */
#include "store/database_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 5000, BUSY_TIMEOUT_LONG_MS = 10000 };

struct sqlite_database {
    struct database base;
    sqlite3 *handle;
};

struct sqlite_statement {
    struct statement base;
    sqlite3_stmt *handle;
};

static sqlite3 *handle_of(const struct database *database)
{
    return ((const struct sqlite_database *)database)->handle;
}

static sqlite3_stmt *statement_of(const struct statement *statement)
{
    return ((const struct sqlite_statement *)statement)->handle;
}

/* Takes the handle over. NULL with a message. */
static struct database *wrap(sqlite3 *handle, const char *path, struct error_list *errors)
{
    struct sqlite_database *database = handle ? calloc(1, sizeof *database) : NULL;

    if (database)
        *database = (struct sqlite_database){{&SQLITE_BACKEND, strdup(path)}, handle};
    if (database && database->base.name)
        return &database->base;
    if (handle)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "out of memory");
    sqlite3_close(handle);
    free(database);
    return NULL;
}

void database_share_nothing(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static sqlite3 *open_file(const char *path, int flags, const char *doing, struct error_list *errors)
{
    sqlite3 *handle = NULL;
    int code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
        return handle;
    }
    error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot %s the run database: %s", doing, sqlite3_errstr(code));
    sqlite3_close(handle);
    return NULL;
}

static void close_database(struct database *database)
{
    sqlite3_close(handle_of(database));
    free(database->name);
    free(database);
}

static struct database *create_as(const char *path, const char *pragmas, struct error_list *errors)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    struct database *database;

    if (file < 0) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot create the run database: %s", strerror(errno));
        return NULL;
    }
    close(file);
    database = wrap(open_file(path, SQLITE_OPEN_READWRITE, "create", errors), path, errors);
    if (database && database_execute(database, pragmas, errors) &&
        database_execute(database, "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
                         errors))
        return database;
    database_close(database);
    unlink(path);
    return NULL;
}

static struct database *create(const char *path, struct error_list *errors)
{
    return create_as(path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", errors);
}

/* The order matters: going over to WAL waits for the disk by itself. */
static struct database *create_careless(const char *path, bool scratch, struct error_list *errors)
{
    return create_as(path,
                     scratch ? "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;"
                             : "PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;",
                     errors);
}

static struct database *go_on(const char *path, struct error_list *errors)
{
    struct database *database = wrap(open_file(path, SQLITE_OPEN_READWRITE, "open", errors), path, errors);

    if (database && !database_execute(database,
                                      "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;"
                                      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
                                      errors)) {
        database_close(database);
        return NULL;
    }
    return database;
}

static struct database *use(const char *path, struct error_list *errors)
{
    struct database *database =
        wrap(open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "open", errors), path, errors);

    if (database)
        sqlite3_busy_timeout(handle_of(database), BUSY_TIMEOUT_LONG_MS); /* somebody may look into it */
    if (database && !database_execute(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", errors)) {
        database_close(database);
        return NULL;
    }
    return database;
}

/* True when SQLite can read the file's schema; opening alone reads nothing. */
static bool readable(sqlite3 *handle)
{
    return sqlite3_exec(handle, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK;
}

/* Opens a file on a medium where no lock or shared-memory file can be made. Right
 * only where no journal holds commits that the file still lacks. */
static sqlite3 *open_immutable(const char *path)
{
    char *uri = sqlite3_mprintf("file:%s?immutable=1", path);
    char *wal = sqlite3_mprintf("%s-wal", path);
    sqlite3 *handle = NULL;

    if (uri && wal && !strpbrk(path, "?#%") && access(wal, F_OK) != 0 &&
        sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK) {
        sqlite3_close(handle);
        handle = NULL;
    }
    sqlite3_free(uri);
    sqlite3_free(wal);
    return handle;
}

static struct database *open_to_read(const char *path, struct error_list *errors)
{
    if (access(path, R_OK) != 0) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot open the run database: %s", strerror(errno));
        return NULL;
    }
    sqlite3 *handle = open_file(path, SQLITE_OPEN_READONLY, "open", errors);
    if (handle && !readable(handle)) {
        sqlite3 *immutable = open_immutable(path);

        if (!immutable || !readable(immutable)) {
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot read the run database: %s",
                      sqlite3_errmsg(handle));
            sqlite3_close(immutable);
            immutable = NULL;
        }
        sqlite3_close(handle);
        handle = immutable;
    }
    return wrap(handle, path, errors);
}

static bool is_there(const char *path, bool *there, struct error_list *errors)
{
    (void)errors;
    *there = access(path, F_OK) == 0;
    return true;
}

static void remove_files(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char *name = sqlite3_mprintf("%s%s", path, ends[i]);

        if (name)
            unlink(name);
        sqlite3_free(name);
    }
}

static bool make_durable(struct database *database, struct error_list *errors)
{
    return database_execute(database, "PRAGMA synchronous = FULL", errors);
}

static bool make_careless(struct database *database, struct error_list *errors)
{
    return database_execute(database, "PRAGMA synchronous = OFF", errors);
}

/* Back to a journal that is deleted after each use. A reader that still holds the file
 * keeps it in WAL, which is no failure. */
static void settle(struct database *database)
{
    sqlite3 *handle = handle_of(database);

    sqlite3_busy_timeout(handle, 0);
    sqlite3_wal_checkpoint_v2(handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_exec(handle, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
}

static bool set_version(struct database *database, int version, struct error_list *errors)
{
    char sql[64];

    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
    return database_execute(database, sql, errors);
}

static bool version_of(struct database *database, int *version, struct error_list *errors)
{
    struct statement *statement = database_prepare(database, "PRAGMA user_version", errors);
    bool failed = !statement;

    if (statement && database_next(statement, &failed, errors))
        *version = (int)statement_integer(statement, 0);
    statement_finalize(statement);
    return !failed;
}

static const char *trouble(struct database *database)
{
    return sqlite3_errmsg(handle_of(database));
}

static bool execute(struct database *database, const char *sql)
{
    return sqlite3_exec(handle_of(database), sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool begin(struct database *database)
{
    return execute(database, "BEGIN");
}

static bool commit(struct database *database)
{
    return execute(database, "COMMIT");
}

static bool roll_back(struct database *database)
{
    return execute(database, "ROLLBACK");
}

static struct statement *prepare(struct database *database, const char *sql)
{
    struct sqlite_statement *statement = calloc(1, sizeof *statement);

    if (!statement)
        return NULL;
    statement->base.database = database;
    if (sqlite3_prepare_v3(handle_of(database), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL) ==
        SQLITE_OK)
        return &statement->base;
    free(statement);
    return NULL;
}

static void finalize(struct statement *statement)
{
    sqlite3_finalize(statement_of(statement));
    free(statement);
}

static size_t parameters(const struct statement *statement)
{
    return (size_t)sqlite3_bind_parameter_count(statement_of(statement));
}

static int bind_one(sqlite3_stmt *statement, int place, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_INTEGER:
        return sqlite3_bind_int64(statement, place, cell->integer);
    case CELL_REAL:
        return sqlite3_bind_double(statement, place, cell->real);
    case CELL_TEXT:
        return sqlite3_bind_text(statement, place, cell->text, -1, SQLITE_STATIC);
    case CELL_BYTES:
        return sqlite3_bind_blob64(statement, place, cell->length > 0 ? cell->bytes : "", cell->length, SQLITE_STATIC);
    case CELL_NULL:
        break;
    }
    return sqlite3_bind_null(statement, place);
}

static bool bind(struct statement *statement, const struct cell *cells, size_t count)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = bind_one(statement_of(statement), (int)i + 1, &cells[i]);
    return code == SQLITE_OK;
}

static enum step step(struct statement *statement)
{
    int code = sqlite3_step(statement_of(statement));

    return code == SQLITE_ROW ? STEP_ROW : code == SQLITE_DONE ? STEP_END : STEP_FAILED;
}

static bool run(struct statement *statement, const struct cell *cells, size_t count)
{
    enum step one = bind(statement, cells, count) ? STEP_ROW : STEP_FAILED;

    while (one == STEP_ROW)
        one = step(statement);
    return one == STEP_END;
}

static void reset(struct statement *statement)
{
    sqlite3_reset(statement_of(statement));
}

static bool is_null(struct statement *statement, int column)
{
    return sqlite3_column_type(statement_of(statement), column) == SQLITE_NULL;
}

static int64_t integer(struct statement *statement, int column)
{
    return sqlite3_column_int64(statement_of(statement), column);
}

static double real(struct statement *statement, int column)
{
    return sqlite3_column_double(statement_of(statement), column);
}

static const char *text(struct statement *statement, int column)
{
    return (const char *)sqlite3_column_text(statement_of(statement), column);
}

static int columns(struct statement *statement)
{
    return sqlite3_column_count(statement_of(statement));
}

static const void *bytes(struct statement *statement, int column, size_t *length)
{
    const void *blob = sqlite3_column_blob(statement_of(statement), column);

    *length = (size_t)sqlite3_column_bytes(statement_of(statement), column);
    return blob;
}

const struct backend SQLITE_BACKEND = {
    .create = create,
    .create_careless = create_careless,
    .go_on = go_on,
    .use = use,
    .open = open_to_read,
    .close = close_database,
    .is_there = is_there,
    .remove = remove_files,
    .make_durable = make_durable,
    .make_careless = make_careless,
    .settle = settle,
    .set_version = set_version,
    .version = version_of,
    .trouble = trouble,
    .begin = begin,
    .commit = commit,
    .rollback = roll_back,
    .execute = execute,
    .prepare = prepare,
    .finalize = finalize,
    .parameters = parameters,
    .run = run,
    .bind = bind,
    .step = step,
    .reset = reset,
    .is_null = is_null,
    .integer = integer,
    .real = real,
    .text = text,
    .columns = columns,
    .bytes = bytes,
};
