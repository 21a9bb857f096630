/* postgres_link.h - one connection to a PostgreSQL server, patient but not for ever.
 *
 * libpq without blocking: every wait has an end, by the client's clock, and the server
 * has its own (statement_timeout, lock_timeout), so that a statement does not go on
 * when its client has gone. A statement that is not answered in time ends the
 * connection. A link that should stay reconnects by itself, not before a pause that
 * doubles up to half a minute and is drawn between half and all of it; until then it
 * fails at once. Name look-up is the system's and may take as long as it allows.
 *
 * The search path is pg_catalog alone, so that nobody's function of the same name is
 * called. No message holds a password. Not thread safe: each thread its own link.
 */
#ifndef SELFHEAL_LIVE_POSTGRES_LINK_H
#define SELFHEAL_LIVE_POSTGRES_LINK_H

#include "live/postgres.h"

#include <libpq-fe.h>
#include <stdatomic.h>

struct postgres_link {
    const struct postgres_address *address;
    const atomic_bool *stopping; /* ends every wait */
    heal_duration timeout;       /* of connecting and of a statement that says no other */
    bool console;                /* pgbouncer's: knows neither parameters nor settings */
    PGconn *connection;          /* NULL: none */
    char *search_path;           /* the role's own */
    char state[6];               /* SQLSTATE of the last failure, "" where the server said none */
    char error[POSTGRES_ERROR];
    uint32_t failures;    /* to connect, in a row */
    heal_time not_before; /* monotonic: of the next try */
};

/* Connects, if it is not; false with `error`. */
bool postgres_link_open(struct postgres_link *link);
void postgres_link_close(struct postgres_link *link);

/* Runs one statement with `count` text parameters (NULL is null). The answer, that the
 * caller clears, or NULL with `error` and `state`. `within` 0: the link's time-out. */
PGresult *postgres_link_ask(struct postgres_link *link, heal_duration within, const char *sql, size_t count,
                            const char *const *values);
/* The same, where the answer does not matter. */
bool postgres_link_do(struct postgres_link *link, heal_duration within, const char *sql, size_t count,
                      const char *const *values);
/* Sleeps, or until stopping; false then. */
bool postgres_link_pause(const struct postgres_link *link, heal_duration pause);

/* `name` in double quotes, `text` in single ones, for where no parameter may stand.
 * NULL when out of memory; PQfreemem frees. */
char *postgres_link_name(struct postgres_link *link, const char *name);
char *postgres_link_text(struct postgres_link *link, const char *text);

/* Field as a number; 0 where it is null. */
double postgres_number(const PGresult *answer, int row, int column);
bool postgres_true(const PGresult *answer, int row, int column);

#endif
