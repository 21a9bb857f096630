/* database.h - SQLite with its troubles told as ours.
 *
 * The few moves that the store and the reports make over and over: create or open
 * a file, prepare, run a statement with its values, complain. Every failure is an
 * ERROR_ENVIRONMENT message that names the file; nothing here ends the process.
 */
#ifndef SELFHEAL_STORE_DATABASE_H
#define SELFHEAL_STORE_DATABASE_H

#include "engine/error.h"
#include "engine/time.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One value to bind. Made by the functions below; text is borrowed for the call. */
struct cell {
    enum { CELL_NULL, CELL_INTEGER, CELL_REAL, CELL_TEXT } kind;
    int64_t integer;
    double real;
    const char *text;
};
struct cell cell_null(void);
struct cell cell_integer(int64_t value);
struct cell cell_unsigned(uint64_t value);   /* value <= INT64_MAX: counts and ids */
struct cell cell_real(double value);         /* not finite: NULL */
struct cell cell_text(const char *text);     /* NULL: NULL */
struct cell cell_instant(heal_time instant); /* HEAL_TIME_NEVER: NULL */

/* The values of one row, and how many: database_run(statement, CELLS(a, b), errors). */
#define CELLS(...) (const struct cell[]){__VA_ARGS__}, sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell)

/* Once, before anything else here and before there are threads: SQLite counts its memory
 * under a lock of the whole process, for which evaluations side by side would queue. What is
 * never called works as well, only slower. */
void database_share_nothing(void);

/* Creates the file, which must not exist, and opens it to write: WAL, foreign
 * keys on. NULL with a message and without a file left behind. */
sqlite3 *database_create(const char *path, struct error_list *errors);

/* Opens a file that database_create made, to go on writing. NULL with a message. */
sqlite3 *database_continue(const char *path, struct error_list *errors);

/* From now on a commit is on the disk when it returns (synchronous = FULL). */
bool database_make_durable(sqlite3 *database, struct error_list *errors);

/* Opens an existing file to read. A file whose writer was killed is recovered by
 * the way. NULL with a message. */
sqlite3 *database_open(const char *path, struct error_list *errors);

void database_close(sqlite3 *database); /* NULL is fine; statements must be finalized */

/* Notes what SQLite last said of `database`: "cannot `doing`: disk is full". */
void database_complain(sqlite3 *database, const char *doing, struct error_list *errors);

/* Runs statements without values. False with a message. */
bool database_execute(sqlite3 *database, const char *sql, struct error_list *errors);

/* Prepares; the caller finalizes. NULL with a message. */
sqlite3_stmt *database_prepare(sqlite3 *database, const char *sql, struct error_list *errors);

/* Prepares statements[i] from sql[i], count of them. On false, with a message,
 * the rest are NULL; database_finalize_all takes them either way. */
bool database_prepare_all(sqlite3 *database, const char *const *sql, size_t count, sqlite3_stmt **statements,
                          struct error_list *errors);
void database_finalize_all(sqlite3_stmt **statements, size_t count);

/* Binds `count` values to ?1 .. ?count, runs the statement to its end, resets it.
 * Rows that it yields are dropped. False with a message. */
bool database_run(sqlite3_stmt *statement, const struct cell *cells, size_t count, struct error_list *errors);

/* The next row of a query: true while there is one; *failed is set, with a
 * message, when reading broke off rather than ended. */
bool database_next(sqlite3_stmt *statement, bool *failed, struct error_list *errors);

#endif
