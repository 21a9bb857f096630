/* database.h - where rows are kept, with its troubles told as ours.
 *
 * The few moves that the store, the reports and the API make over and over: create or
 * open, prepare, run a statement with its values, read its rows, complain. Every failure
 * is an ERROR_ENVIRONMENT message that names the database; nothing here ends the process.
 *
 * Two kinds stand behind it. A path is a SQLite file, the embedded default. A URL
 * `postgresql://...` (or `postgres://`) is a server that replicas share; its tables are in
 * the schema `selfheal` of the database that the URL names. SQL is written once, as SQLite
 * reads it: values are ?1 .. ?N, types INTEGER (64 bits), REAL, TEXT and BLOB; what
 * PostgreSQL spells otherwise is put into its words on the way (store/dialect.h).
 *
 * A database and its statements belong to one thread at a time.
 */
#ifndef SELFHEAL_STORE_DATABASE_H
#define SELFHEAL_STORE_DATABASE_H

#include "engine/error.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct database;  /* a connection */
struct statement; /* prepared, of one connection */

/* One value to bind. Made by the functions below; text and bytes are borrowed for the call. */
struct cell {
    enum { CELL_NULL, CELL_INTEGER, CELL_REAL, CELL_TEXT, CELL_BYTES } kind;
    int64_t integer;
    double real;
    const char *text;
    const void *bytes;
    size_t length; /* of bytes */
};
struct cell cell_null(void);
struct cell cell_integer(int64_t value);
struct cell cell_unsigned(uint64_t value);   /* value <= INT64_MAX: counts and ids */
struct cell cell_real(double value);         /* not finite: NULL */
struct cell cell_text(const char *text);     /* NULL: NULL */
struct cell cell_instant(heal_time instant); /* HEAL_TIME_NEVER: NULL */
struct cell cell_bytes(const void *bytes, size_t length);

/* The values of one row, and how many: database_run(statement, CELLS(a, b), errors). */
#define CELLS(...) (const struct cell[]){__VA_ARGS__}, sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell)

/* Whether the path is the URL of a server, which replicas may share. */
bool database_is_shared(const char *path);
/* The path as it may be told: without a password. The caller frees; NULL with a message where it
 * is a URL and a wrong one. */
char *database_told(const char *path, struct error_list *errors);

/* -- connections ------------------------------------------------------------------ */

/* Once, before anything else here and before there are threads: SQLite counts its memory
 * under a lock of the whole process, for which evaluations side by side would queue. What is
 * never called works as well, only slower. */
void database_share_nothing(void);

/* Creates the file, which must not exist, and opens it to write: WAL, foreign
 * keys on. NULL with a message and without a file left behind. */
struct database *database_create(const char *path, struct error_list *errors);
/* The same for what is easily made again: nothing waits for the disk, and a power cut may
 * leave what cannot be opened; so may a kill, where it is `scratch`. */
struct database *database_create_careless(const char *path, bool scratch, struct error_list *errors);
/* Opens what database_create made, to go on writing. NULL with a message. */
struct database *database_continue(const char *path, struct error_list *errors);
/* Opens a file to write, and makes it where there is none. NULL with a message. */
struct database *database_use(const char *path, struct error_list *errors);
/* Opens what is there to read. A file whose writer was killed is recovered by the
 * way. NULL with a message. */
struct database *database_open(const char *path, struct error_list *errors);
void database_close(struct database *database); /* NULL is fine; statements must be finalized */

/* Whether something was created at `path`, in *there. False with a message when that cannot be known. */
bool database_is_there(const char *path, bool *there, struct error_list *errors);
/* Takes away what database_create made, with what SQLite put beside it. Best effort. */
void database_remove(const char *path);
/* Whether it is a server, where the words of the dialect do not suffice. */
bool database_is_server(const struct database *database);
/* The path as messages may have it: without a password. */
const char *database_name(const struct database *database);

/* From now on a commit is on the disk when it returns. */
bool database_make_durable(struct database *database, struct error_list *errors);
/* From now on nothing waits for the disk: for what is easily made again. */
bool database_make_careless(struct database *database, struct error_list *errors);
/* The last write was made: a file becomes one file, that opens on a read-only medium too. */
void database_settle(struct database *database);

/* The version of the tables in it, which the creator sets. */
bool database_set_version(struct database *database, int version, struct error_list *errors);
bool database_version(struct database *database, int *version, struct error_list *errors);

/* -- statements ------------------------------------------------------------------- */

/* Notes what was last said of `database`: "cannot `doing`: disk is full". */
void database_complain(struct database *database, const char *doing, struct error_list *errors);

/* Runs statements without values. False with a message. */
bool database_execute(struct database *database, const char *sql, struct error_list *errors);
/* A transaction. Outside of one, each statement is its own. */
bool database_begin(struct database *database, struct error_list *errors);
bool database_commit(struct database *database, struct error_list *errors);
bool database_rollback(struct database *database, struct error_list *errors);

/* Prepares; the caller finalizes. NULL with a message. */
struct statement *database_prepare(struct database *database, const char *sql, struct error_list *errors);
/* Prepares a query and binds its values, as statement_bind does. NULL with a message. */
struct statement *database_query(struct database *database, const char *sql, const struct cell *cells, size_t count,
                                 struct error_list *errors);
void statement_finalize(struct statement *statement); /* NULL is fine */

/* Prepares statements[i] from sql[i], count of them. On false, with a message,
 * the rest are NULL; database_finalize_all takes them either way. */
bool database_prepare_all(struct database *database, const char *const *sql, size_t count,
                          struct statement **statements, struct error_list *errors);
void database_finalize_all(struct statement **statements, size_t count);

/* Binds `count` values to ?1 .. ?count, runs the statement to its end, resets it.
 * Rows that it yields are dropped. False with a message. Within a transaction a server may
 * say so later, at the next query or at the commit, which then fails. */
bool database_run(struct statement *statement, const struct cell *cells, size_t count, struct error_list *errors);

/* Binds `count` values to a query, whose rows database_next then gives from the first on.
 * What text and bytes point to has to stay until the last row. False with a message. */
bool statement_bind(struct statement *statement, const struct cell *cells, size_t count, struct error_list *errors);
/* The next row of a query: true while there is one; *failed is set, with a
 * message, when reading broke off rather than ended. */
bool database_next(struct statement *statement, bool *failed, struct error_list *errors);
/* Ends the reading. Bind again to read again. */
void statement_reset(struct statement *statement);
size_t statement_parameters(const struct statement *statement);
int statement_columns(struct statement *statement);

/* Columns of the row, from 0. Text and bytes hold until the next row or reset. */
bool statement_is_null(struct statement *statement, int column);
int64_t statement_integer(struct statement *statement, int column);  /* NULL: 0 */
double statement_real(struct statement *statement, int column);      /* NULL: 0 */
const char *statement_text(struct statement *statement, int column); /* NULL: NULL */
const void *statement_bytes(struct statement *statement, int column, size_t *length);

#endif
