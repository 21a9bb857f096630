/* database.c - see database.h.
 *
 * Files are made with O_EXCL first, because SQLite alone cannot tell "new" from
 * "was there". WAL lets a dashboard read while a run writes, and leaves a killed
 * run's last commit whole; synchronous = NORMAL keeps the file sound through a
 * power cut at the price of the last commits, which a run can repeat.
 */
#include "store/database.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 5000 };

struct cell cell_null(void)
{
    return (struct cell){.kind = CELL_NULL};
}

struct cell cell_integer(int64_t value)
{
    return (struct cell){.kind = CELL_INTEGER, .integer = value};
}

struct cell cell_unsigned(uint64_t value)
{
    return cell_integer((int64_t)value);
}

struct cell cell_real(double value)
{
    return isfinite(value) ? (struct cell){.kind = CELL_REAL, .real = value} : cell_null();
}

struct cell cell_text(const char *text)
{
    return text ? (struct cell){.kind = CELL_TEXT, .text = text} : cell_null();
}

struct cell cell_instant(heal_time instant)
{
    return instant == HEAL_TIME_NEVER ? cell_null() : cell_integer(instant);
}

void database_complain(sqlite3 *database, const char *doing, struct error_list *errors)
{
    const char *path = database ? sqlite3_db_filename(database, "main") : NULL;

    error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot %s: %s", doing,
              database ? sqlite3_errmsg(database) : "out of memory");
}

void database_share_nothing(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static sqlite3 *open_file(const char *path, int flags, const char *doing, struct error_list *errors)
{
    sqlite3 *database = NULL;
    int code = sqlite3_open_v2(path, &database, flags, NULL);

    if (code == SQLITE_OK) {
        sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS);
        return database;
    }
    error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot %s the run database: %s", doing, sqlite3_errstr(code));
    sqlite3_close(database);
    return NULL;
}

sqlite3 *database_create(const char *path, struct error_list *errors)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    sqlite3 *database;

    if (file < 0) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot create the run database: %s", strerror(errno));
        return NULL;
    }
    close(file);
    database = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "create", errors);
    if (database && database_execute(database,
                                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                     "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;"
                                     "PRAGMA cache_size = -16000;",
                                     errors))
        return database;
    database_close(database);
    unlink(path);
    return NULL;
}

sqlite3 *database_continue(const char *path, struct error_list *errors)
{
    sqlite3 *database = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, "open", errors);

    if (database && !database_execute(database,
                                      "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;"
                                      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
                                      errors)) {
        sqlite3_close(database);
        return NULL;
    }
    return database;
}

bool database_make_durable(sqlite3 *database, struct error_list *errors)
{
    return database_execute(database, "PRAGMA synchronous = FULL", errors);
}

/* True when SQLite can read the file's schema; opening alone reads nothing. */
static bool readable(sqlite3 *database)
{
    return sqlite3_exec(database, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) == SQLITE_OK;
}

/* Opens a file on a medium where no lock or shared-memory file can be made. Right
 * only where no journal holds commits that the file still lacks. */
static sqlite3 *open_immutable(const char *path)
{
    char *uri = sqlite3_mprintf("file:%s?immutable=1", path);
    char *wal = sqlite3_mprintf("%s-wal", path);
    sqlite3 *database = NULL;

    if (uri && wal && !strpbrk(path, "?#%") && access(wal, F_OK) != 0 &&
        sqlite3_open_v2(uri, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK) {
        sqlite3_close(database);
        database = NULL;
    }
    sqlite3_free(uri);
    sqlite3_free(wal);
    return database;
}

sqlite3 *database_open(const char *path, struct error_list *errors)
{
    sqlite3 *database = NULL;

    if (access(path, R_OK) != 0) {
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot open the run database: %s", strerror(errno));
        return NULL;
    }
    database = open_file(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, "open", errors);
    if (!database)
        return NULL;
    if (!readable(database)) {
        sqlite3 *immutable = open_immutable(path);

        if (immutable && readable(immutable)) {
            sqlite3_close(database);
            return immutable;
        }
        sqlite3_close(immutable);
        database_complain(database, "read the run database", errors);
        database_close(database);
        return NULL;
    }
    return database;
}

void database_close(sqlite3 *database)
{
    sqlite3_close(database);
}

bool database_execute(sqlite3 *database, const char *sql, struct error_list *errors)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    database_complain(database, "write the run database", errors);
    return false;
}

sqlite3_stmt *database_prepare(sqlite3 *database, const char *sql, struct error_list *errors)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) == SQLITE_OK)
        return statement;
    database_complain(database, "use the run database", errors);
    return NULL;
}

bool database_prepare_all(sqlite3 *database, const char *const *sql, size_t count, sqlite3_stmt **statements,
                          struct error_list *errors)
{
    memset(statements, 0, count * sizeof *statements);
    for (size_t i = 0; i < count; i++) {
        statements[i] = database_prepare(database, sql[i], errors);
        if (!statements[i])
            return false;
    }
    return true;
}

void database_finalize_all(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

static int bind(sqlite3_stmt *statement, int place, const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_INTEGER:
        return sqlite3_bind_int64(statement, place, cell->integer);
    case CELL_REAL:
        return sqlite3_bind_double(statement, place, cell->real);
    case CELL_TEXT:
        return sqlite3_bind_text(statement, place, cell->text, -1, SQLITE_STATIC);
    case CELL_NULL:
        break;
    }
    return sqlite3_bind_null(statement, place);
}

bool database_run(sqlite3_stmt *statement, const struct cell *cells, size_t count, struct error_list *errors)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < count && code == SQLITE_OK; i++)
        code = bind(statement, (int)i + 1, &cells[i]);
    if (code == SQLITE_OK)
        do
            code = sqlite3_step(statement);
        while (code == SQLITE_ROW);
    if (code != SQLITE_DONE)
        database_complain(sqlite3_db_handle(statement), "write the run database", errors);
    sqlite3_reset(statement);
    return code == SQLITE_DONE;
}

bool database_next(sqlite3_stmt *statement, bool *failed, struct error_list *errors)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE) {
        database_complain(sqlite3_db_handle(statement), "read the run database", errors);
        *failed = true;
    }
    return false;
}
