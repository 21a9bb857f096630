/* postgres_session.h - one connection to the PostgreSQL server that keeps a store.
 *
 * Every wait ends after five or six seconds: a server that went away or hangs is a failure
 * like a full disk. A session that failed so stays broken; who wants to go on opens
 * another. No message holds a password.
 *
 * Writes may be sent without waiting for their answers (libpq's pipeline): a chapter that
 * begins writes tens of thousands of rows, and a round trip for each would take minutes.
 * The first thing that needs an answer gets all of them; what was refused is told then.
 */
#ifndef SELFHEAL_STORE_POSTGRES_SESSION_H
#define SELFHEAL_STORE_POSTGRES_SESSION_H

#include "store/database.h"

#include <libpq-fe.h>

enum { SESSION_TROUBLE = 512, SESSION_QUEUE = 512, SESSION_VALUES = 32 };

struct postgres_session {
    PGconn *link;    /* NULL: broken */
    size_t queued;   /* answers that are not read yet */
    size_t prepared; /* names given so far */
    bool refused;    /* something that was queued, since the last look */
    char trouble[SESSION_TROUBLE];
};

/* The URL without its password and options: "postgresql://user@host:port/name". The caller
 * frees. NULL with a message, that does not repeat it, where it is no such URL. */
char *postgres_url_name(const char *url, struct error_list *errors);

/* Connects; false with `trouble`. */
bool postgres_session_open(struct postgres_session *session, const char *url);
void postgres_session_close(struct postgres_session *session);

/* What goes with a statement. Text is UTF-8 or made so; it is sent before the call returns. */
struct postgres_values {
    size_t count;
    const char *const *values; /* NULL is null */
    const int *lengths, *formats;
};
/* Sends a prepared statement (`name`) or, where `name` is NULL, `sql`. The answer comes later. */
bool postgres_session_queue(struct postgres_session *session, const char *name, const char *sql,
                            const struct postgres_values *values);
/* Reads all answers; false with `trouble` when one was a refusal or none came. */
bool postgres_session_settle(struct postgres_session *session);
/* Sends, and gives this answer, when nothing before it was refused; else NULL with `trouble`. */
PGresult *postgres_session_ask(struct postgres_session *session, const char *name, const char *sql,
                               const struct postgres_values *values);
/* Runs statements without values, with ';' between them. False with `trouble`. */
bool postgres_session_script(struct postgres_session *session, const char *sql);
/* Prepares `sql` under `name`; values that it does not use are taken for texts, `count` in all. */
bool postgres_session_prepare(struct postgres_session *session, const char *name, const char *sql, size_t count);

#endif
