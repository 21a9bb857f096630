/* database.c - see database.h. Chooses the kind by the path and passes on. */
#include "store/database_backend.h"
#include "store/postgres_session.h"

#include <math.h>
#include <string.h>

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

struct cell cell_bytes(const void *bytes, size_t length)
{
    return (struct cell){.kind = CELL_BYTES, .bytes = bytes, .length = length};
}

bool database_is_shared(const char *path)
{
    return strncmp(path, "postgresql://", 13) == 0 || strncmp(path, "postgres://", 11) == 0;
}

char *database_told(const char *path, struct error_list *errors)
{
    char *told = database_is_shared(path) ? postgres_url_name(path, errors) : strdup(path);

    if (!told && !database_is_shared(path))
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return told;
}

static const struct backend *backend_of(const char *path)
{
    return database_is_shared(path) ? &POSTGRES_BACKEND : &SQLITE_BACKEND;
}

struct database *database_create(const char *path, struct error_list *errors)
{
    return backend_of(path)->create(path, errors);
}

struct database *database_create_careless(const char *path, bool scratch, struct error_list *errors)
{
    const struct backend *backend = backend_of(path);

    if (backend->create_careless)
        return backend->create_careless(path, scratch, errors);
    struct database *database = backend->create(path, errors);
    if (!database || database_make_careless(database, errors))
        return database;
    database_close(database);
    database_remove(path);
    return NULL;
}

struct database *database_continue(const char *path, struct error_list *errors)
{
    return backend_of(path)->go_on(path, errors);
}

struct database *database_use(const char *path, struct error_list *errors)
{
    return backend_of(path)->use(path, errors);
}

struct database *database_open(const char *path, struct error_list *errors)
{
    return backend_of(path)->open(path, errors);
}

void database_close(struct database *database)
{
    if (database)
        database->backend->close(database);
}

bool database_is_there(const char *path, bool *there, struct error_list *errors)
{
    return backend_of(path)->is_there(path, there, errors);
}

void database_remove(const char *path)
{
    backend_of(path)->remove(path);
}

bool database_is_server(const struct database *database)
{
    return database->backend == &POSTGRES_BACKEND;
}

const char *database_name(const struct database *database)
{
    return database->name;
}

bool database_make_durable(struct database *database, struct error_list *errors)
{
    return database->backend->make_durable(database, errors);
}

bool database_make_careless(struct database *database, struct error_list *errors)
{
    return database->backend->make_careless(database, errors);
}

void database_settle(struct database *database)
{
    database->backend->settle(database);
}

bool database_set_version(struct database *database, int version, struct error_list *errors)
{
    return database->backend->set_version(database, version, errors);
}

bool database_version(struct database *database, int *version, struct error_list *errors)
{
    return database->backend->version(database, version, errors);
}

void database_complain(struct database *database, const char *doing, struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, database->name, 0, NULL, "cannot %s: %s", doing,
              database->backend->trouble(database));
}

/* The end of a write. */
static bool written(struct database *database, bool done, struct error_list *errors)
{
    if (!done)
        database_complain(database, "write the run database", errors);
    return done;
}

bool database_execute(struct database *database, const char *sql, struct error_list *errors)
{
    return written(database, database->backend->execute(database, sql), errors);
}

bool database_begin(struct database *database, struct error_list *errors)
{
    return written(database, database->backend->begin(database), errors);
}

bool database_commit(struct database *database, struct error_list *errors)
{
    return written(database, database->backend->commit(database), errors);
}

bool database_rollback(struct database *database, struct error_list *errors)
{
    return written(database, database->backend->rollback(database), errors);
}

struct statement *database_prepare(struct database *database, const char *sql, struct error_list *errors)
{
    struct statement *statement = database->backend->prepare(database, sql);

    if (!statement)
        database_complain(database, "use the run database", errors);
    return statement;
}

struct statement *database_query(struct database *database, const char *sql, const struct cell *cells, size_t count,
                                 struct error_list *errors)
{
    struct statement *statement = database_prepare(database, sql, errors);

    if (!statement || statement_bind(statement, cells, count, errors))
        return statement;
    statement_finalize(statement);
    return NULL;
}

void statement_finalize(struct statement *statement)
{
    if (statement)
        statement->database->backend->finalize(statement);
}

bool database_prepare_all(struct database *database, const char *const *sql, size_t count,
                          struct statement **statements, struct error_list *errors)
{
    memset(statements, 0, count * sizeof *statements);
    for (size_t i = 0; i < count; i++) {
        statements[i] = database_prepare(database, sql[i], errors);
        if (!statements[i])
            return false;
    }
    return true;
}

void database_finalize_all(struct statement **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        statement_finalize(statements[i]);
        statements[i] = NULL;
    }
}

bool database_run(struct statement *statement, const struct cell *cells, size_t count, struct error_list *errors)
{
    bool done = written(statement->database, statement->database->backend->run(statement, cells, count), errors);

    statement->database->backend->reset(statement);
    return done;
}

bool statement_bind(struct statement *statement, const struct cell *cells, size_t count, struct error_list *errors)
{
    const struct backend *backend = statement->database->backend;

    backend->reset(statement);
    if (backend->bind(statement, cells, count))
        return true;
    database_complain(statement->database, "read the run database", errors);
    return false;
}

bool database_next(struct statement *statement, bool *failed, struct error_list *errors)
{
    enum step step = statement->database->backend->step(statement);

    if (step == STEP_FAILED) {
        database_complain(statement->database, "read the run database", errors);
        *failed = true;
    }
    return step == STEP_ROW;
}

void statement_reset(struct statement *statement)
{
    statement->database->backend->reset(statement);
}

size_t statement_parameters(const struct statement *statement)
{
    return statement->database->backend->parameters(statement);
}

bool statement_is_null(struct statement *statement, int column)
{
    return statement->database->backend->is_null(statement, column);
}

int64_t statement_integer(struct statement *statement, int column)
{
    return statement->database->backend->integer(statement, column);
}

double statement_real(struct statement *statement, int column)
{
    return statement->database->backend->real(statement, column);
}

const char *statement_text(struct statement *statement, int column)
{
    return statement->database->backend->text(statement, column);
}

int statement_columns(struct statement *statement)
{
    return statement->database->backend->columns(statement);
}

const void *statement_bytes(struct statement *statement, int column, size_t *length)
{
    return statement->database->backend->bytes(statement, column, length);
}
