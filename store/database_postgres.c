/* database_postgres.c - a database is the schema `selfheal` of a PostgreSQL server.
 *
 * Values go as text: PostgreSQL reads "%.17g" to the same double, and writes the shortest
 * text that does. A query's answer is read as a whole, so that other statements may run
 * while it is walked through. A transaction begins with its first statement: one that is
 * begun early and waits for the next frame holds nothing at the server.
 */
#include "store/database_backend.h"
#include "store/dialect.h"
#include "store/postgres_session.h"

#include "engine/number.h"
#include "engine/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 32, NAME_TEXT = 24, OID_BOOL = 16, OID_FLOAT8 = 701 };

enum transaction { TRANSACTION_NONE, TRANSACTION_WANTED, TRANSACTION_OPEN };

struct postgres_database {
    struct database base;
    struct postgres_session session;
    enum transaction transaction;
};

struct postgres_statement {
    struct statement base;
    char name[NAME_TEXT];
    size_t parameters;
    PGresult *answer; /* NULL: not asked yet */
    int row;          /* -1 before the first */
    unsigned char *bytes;
    char *real; /* text of a whole number that is a REAL */
};

static struct postgres_session *session_of(struct database *database)
{
    return &((struct postgres_database *)database)->session;
}

static struct postgres_statement *own(struct statement *statement)
{
    return (struct postgres_statement *)statement;
}

/* -- connections --------------------------------------------------------------------- */

static void close_database(struct database *database)
{
    postgres_session_close(session_of(database));
    free(database->name);
    free(database);
}

static struct database *connect_to(const char *url, struct error_list *errors)
{
    struct postgres_database *database = calloc(1, sizeof *database);
    char *name = postgres_url_name(url, errors);

    if (!database || !name) {
        free(database);
        free(name);
        return NULL;
    }
    database->base = (struct database){&POSTGRES_BACKEND, name};
    if (postgres_session_open(&database->session, url))
        return &database->base;
    error_add(errors, ERROR_ENVIRONMENT, name, 0, NULL, "cannot open the run database: %s", database->session.trouble);
    close_database(&database->base);
    return NULL;
}

/* One value that `sql` gives, as text for the caller to free; NULL with a message. */
static char *one_value(struct database *database, const char *sql, struct error_list *errors)
{
    PGresult *answer = postgres_session_ask(session_of(database), NULL, sql, NULL);
    char *value = answer && PQntuples(answer) == 1 ? strdup(PQgetvalue(answer, 0, 0)) : NULL;

    PQclear(answer);
    if (!value)
        database_complain(database, "read the run database", errors);
    return value;
}

static bool has_tables(struct database *database, bool *there, struct error_list *errors)
{
    char *value = one_value(database, "SELECT to_regclass('selfheal.schema_version') IS NOT NULL", errors);

    *there = value && value[0] == 't';
    free(value);
    return value != NULL;
}

static struct database *create(const char *path, struct error_list *errors)
{
    struct database *database = connect_to(path, errors);
    bool there = false;

    if (!database)
        return NULL;
    char *made = one_value(database, "SELECT to_regnamespace('selfheal') IS NOT NULL", errors);
    bool good = made && has_tables(database, &there, errors);
    if (good && there)
        error_add(errors, ERROR_ENVIRONMENT, database->name, 0, NULL,
                  "cannot create the run database: it holds a run already");
    if (good && !there && made[0] != 't')
        good = database_execute(database, "CREATE SCHEMA IF NOT EXISTS selfheal", errors);
    free(made);
    if (good && !there)
        return database;
    close_database(database);
    return NULL;
}

static struct database *go_on(const char *path, struct error_list *errors)
{
    struct database *database = connect_to(path, errors);
    bool there = false;

    if (!database)
        return NULL;
    if (has_tables(database, &there, errors) && there)
        return database;
    if (errors && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, database->name, 0, NULL,
                  "cannot open the run database: no run was written there yet");
    close_database(database);
    return NULL;
}

static bool is_there(const char *path, bool *there, struct error_list *errors)
{
    struct database *database = connect_to(path, errors);
    bool known = database && has_tables(database, there, errors);

    if (database)
        close_database(database);
    return known;
}

/* What was half made was rolled back with its transaction. */
static void remove_nothing(const char *path)
{
    (void)path;
}

/* A server that waits for more than its own disk goes on doing so. */
static bool make_durable(struct database *database, struct error_list *errors)
{
    char *value = one_value(database,
                            "SELECT CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
                            " THEN set_config('synchronous_commit', 'on', false) ELSE '' END",
                            errors);

    free(value);
    return value != NULL;
}

static bool make_careless(struct database *database, struct error_list *errors)
{
    char *value = one_value(database, "SELECT set_config('synchronous_commit', 'off', false)", errors);

    free(value);
    return value != NULL;
}

static void settle(struct database *database)
{
    postgres_session_settle(session_of(database));
}

static bool set_version(struct database *database, int version, struct error_list *errors)
{
    char sql[256];

    snprintf(sql, sizeof sql,
             "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL); DELETE FROM schema_version;"
             " INSERT INTO schema_version VALUES (%d)",
             version);
    return database_execute(database, sql, errors);
}

static bool version_of(struct database *database, int *version, struct error_list *errors)
{
    char *value = one_value(database, "SELECT coalesce(max(version), 0) FROM schema_version", errors);

    *version = value ? (int)strtol(value, NULL, 10) : 0;
    free(value);
    return value != NULL;
}

static const char *trouble(struct database *database)
{
    const struct postgres_session *session = session_of(database);

    return session->trouble[0] ? session->trouble : "out of memory";
}

/* -- transactions -------------------------------------------------------------------- */

static bool begin(struct database *database)
{
    ((struct postgres_database *)database)->transaction = TRANSACTION_WANTED;
    return true;
}

/* Before each statement. */
static bool enter(struct database *database)
{
    struct postgres_database *mine = (struct postgres_database *)database;

    if (mine->transaction != TRANSACTION_WANTED)
        return true;
    mine->transaction = TRANSACTION_OPEN;
    return postgres_session_queue(&mine->session, NULL, "BEGIN", NULL);
}

/* After a refusal the rest of the pipeline, its COMMIT too, was not run: the transaction is open still. */
static void break_off(struct postgres_database *database)
{
    char trouble[SESSION_TROUBLE];

    if (!database->session.link || PQtransactionStatus(database->session.link) == PQTRANS_IDLE)
        return;
    memcpy(trouble, database->session.trouble, sizeof trouble);
    PQclear(postgres_session_ask(&database->session, NULL, "ROLLBACK", NULL));
    memcpy(database->session.trouble, trouble, sizeof trouble);
}

static bool end_transaction(struct database *database, const char *word)
{
    struct postgres_database *mine = (struct postgres_database *)database;
    bool open = mine->transaction == TRANSACTION_OPEN, good = true;

    mine->transaction = TRANSACTION_NONE;
    if (open) {
        PGresult *answer = postgres_session_ask(&mine->session, NULL, word, NULL);
        /* A transaction that failed before answers COMMIT with ROLLBACK. */
        good = answer && strcmp(PQcmdStatus(answer), word) == 0;
        if (answer && !good)
            snprintf(mine->session.trouble, sizeof mine->session.trouble, "the transaction was broken off");
        PQclear(answer);
    }
    if (!good)
        break_off(mine);
    return good;
}

static bool commit(struct database *database)
{
    return end_transaction(database, "COMMIT");
}

static bool roll_back(struct database *database)
{
    postgres_session_settle(session_of(database)); /* what was refused goes with it */
    return end_transaction(database, "ROLLBACK");
}

/* A write: within a transaction its answer may wait. */
static bool written(struct database *database, bool queued)
{
    bool waits = ((struct postgres_database *)database)->transaction == TRANSACTION_OPEN;

    return queued && (waits || postgres_session_settle(session_of(database)));
}

static bool execute(struct database *database, const char *sql)
{
    char *text = dialect_postgres(sql, NULL);
    bool good = text && enter(database);

    if (good && strchr(text, ';'))
        good = postgres_session_script(session_of(database), text);
    else
        good = good && written(database, postgres_session_queue(session_of(database), NULL, text, NULL));
    free(text);
    return good;
}

/* -- statements ---------------------------------------------------------------------- */

static struct statement *prepare(struct database *database, const char *sql)
{
    struct postgres_session *session = session_of(database);
    struct postgres_statement *statement = calloc(1, sizeof *statement);
    char *text = statement ? dialect_postgres(sql, &statement->parameters) : NULL;
    bool good = text != NULL;

    if (good) {
        statement->base.database = database;
        statement->row = -1;
        snprintf(statement->name, sizeof statement->name, "s%zu", ++session->prepared);
        good = enter(database) && postgres_session_prepare(session, statement->name, text, statement->parameters);
    }
    free(text);
    if (good)
        return &statement->base;
    free(statement);
    return NULL;
}

static void reset(struct statement *statement)
{
    struct postgres_statement *mine = own(statement);

    PQclear(mine->answer);
    mine->answer = NULL;
    mine->row = -1;
    PQfreemem(mine->bytes);
    mine->bytes = NULL;
    free(mine->real);
    mine->real = NULL;
}

static void finalize(struct statement *statement)
{
    struct postgres_session *session = session_of(statement->database);
    char sql[NAME_TEXT + 16];

    reset(statement);
    snprintf(sql, sizeof sql, "DEALLOCATE %s", own(statement)->name);
    if (session->link && !session->refused)
        postgres_session_queue(session, NULL, sql, NULL); /* goes with what is sent next */
    free(statement);
}

static size_t parameters(const struct statement *statement)
{
    return ((const struct postgres_statement *)statement)->parameters;
}

/* Values as libpq takes them. */
struct sheet {
    const char *values[SESSION_VALUES];
    int lengths[SESSION_VALUES], formats[SESSION_VALUES];
    char numbers[SESSION_VALUES][NUMBER_TEXT];
    char *mended[SESSION_VALUES]; /* texts that were no UTF-8; to be freed */
};

/* A byte that is no UTF-8 becomes '?': the server takes nothing else. */
static char *mend(const char *text)
{
    size_t length = strlen(text);
    char *copy = strdup(text);

    for (size_t at = 0; copy && (at += utf8_prefix(copy + at, length - at)) < length;)
        copy[at] = '?';
    return copy;
}

static bool fill(struct sheet *sheet, const struct cell *cells, size_t count)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        sheet->values[i] = sheet->numbers[i];
        sheet->lengths[i] = sheet->formats[i] = 0;
        sheet->mended[i] = NULL;
        switch (cell->kind) {
        case CELL_INTEGER:
            snprintf(sheet->numbers[i], NUMBER_TEXT, "%" PRId64, cell->integer);
            break;
        case CELL_REAL:
            snprintf(sheet->numbers[i], NUMBER_TEXT, "%.17g", cell->real);
            break;
        case CELL_TEXT:
            if (utf8_prefix(cell->text, strlen(cell->text)) != strlen(cell->text))
                good &= (sheet->mended[i] = mend(cell->text)) != NULL;
            sheet->values[i] = sheet->mended[i] ? sheet->mended[i] : cell->text;
            break;
        case CELL_BYTES:
            sheet->values[i] = cell->length > 0 ? cell->bytes : "";
            sheet->lengths[i] = (int)cell->length;
            sheet->formats[i] = 1;
            break;
        case CELL_NULL:
            sheet->values[i] = NULL;
            break;
        }
    }
    return good;
}

static void clear(struct sheet *sheet, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(sheet->mended[i]);
}

/* Sends it with its values; with `answer`, waits for it. */
static bool send(struct statement *statement, const struct cell *cells, size_t count, PGresult **answer)
{
    struct postgres_session *session = session_of(statement->database);
    struct sheet sheet;
    const struct postgres_values values = {count, sheet.values, sheet.lengths, sheet.formats};
    const char *name = own(statement)->name;

    if (count > SESSION_VALUES || !fill(&sheet, cells, count) || !enter(statement->database)) {
        clear(&sheet, count > SESSION_VALUES ? 0 : count);
        return false;
    }
    bool good = answer ? (*answer = postgres_session_ask(session, name, NULL, &values)) != NULL
                       : written(statement->database, postgres_session_queue(session, name, NULL, &values));
    clear(&sheet, count);
    return good;
}

static bool run(struct statement *statement, const struct cell *cells, size_t count)
{
    return send(statement, cells, count, NULL);
}

static bool bind(struct statement *statement, const struct cell *cells, size_t count)
{
    return send(statement, cells, count, &own(statement)->answer);
}

static enum step step(struct statement *statement)
{
    struct postgres_statement *mine = own(statement);

    if (!mine->answer && !send(statement, NULL, 0, &mine->answer))
        return STEP_FAILED;
    return ++mine->row < PQntuples(mine->answer) ? STEP_ROW : STEP_END;
}

/* -- columns ------------------------------------------------------------------------- */

static bool is_null(struct statement *statement, int column)
{
    return PQgetisnull(own(statement)->answer, own(statement)->row, column) == 1;
}

static const char *value_of(struct statement *statement, int column)
{
    return PQgetvalue(own(statement)->answer, own(statement)->row, column);
}

static int64_t integer(struct statement *statement, int column)
{
    const char *value = value_of(statement, column);

    return value[0] == 't' ? 1 : strtoll(value, NULL, 10); /* a truth is 1 or 0, as in SQLite */
}

static double real(struct statement *statement, int column)
{
    const char *text = value_of(statement, column);
    double value = 0.0;

    return number_parse(text, strlen(text), &value) ? value : 0.0;
}

/* A REAL that is whole has its ".0", and a truth is 1 or 0, as SQLite writes them. */
static const char *text(struct statement *statement, int column)
{
    struct postgres_statement *mine = own(statement);
    const char *value = value_of(statement, column);

    if (is_null(statement, column))
        return NULL;
    if (PQftype(mine->answer, column) == OID_BOOL)
        return value[0] == 't' ? "1" : "0";
    if (PQftype(mine->answer, column) != OID_FLOAT8 || strpbrk(value, ".eN") != NULL)
        return value;
    free(mine->real);
    mine->real = malloc(strlen(value) + 3);
    if (mine->real)
        snprintf(mine->real, strlen(value) + 3, "%s.0", value);
    return mine->real ? mine->real : value;
}

static int columns(struct statement *statement)
{
    return own(statement)->answer ? PQnfields(own(statement)->answer) : 0;
}

static const void *bytes(struct statement *statement, int column, size_t *length)
{
    struct postgres_statement *mine = own(statement);

    PQfreemem(mine->bytes);
    mine->bytes =
        is_null(statement, column) ? NULL : PQunescapeBytea((const unsigned char *)value_of(statement, column), length);
    if (!mine->bytes)
        *length = 0;
    return mine->bytes;
}

const struct backend POSTGRES_BACKEND = {
    .create = create,
    .go_on = go_on,
    .use = connect_to,
    .open = go_on,
    .close = close_database,
    .is_there = is_there,
    .remove = remove_nothing,
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
