/* lease.h - which of several replicas may write the store that they share.
 *
 * One row of the table `lease`, on a server alone: a file has one writer anyway. `token`
 * grows by one whenever the lease changes hands, `beats` whenever its holder is alive and
 * says so. Whether a holder that says nothing is dead is for the caller to judge, by its
 * own clock (live/store_lease.h).
 *
 * Fencing. A transaction of the store is committed only after lease_guard saw in it that
 * the token is still the writer's own. The row is locked until the commit (FOR SHARE), so
 * that whoever takes the lease waits for the commit, or the commit fails. Connections that
 * write are known to the server by a name of their own; who takes the lease ends those of
 * the one before, lest a process that hangs in a transaction holds locks for ever.
 *
 * What people hold back (live/pauses.h) is kept beside it, for whoever leads next.
 */
#ifndef SELFHEAL_STORE_LEASE_H
#define SELFHEAL_STORE_LEASE_H

#include "engine/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { LEASE_HOLDER = 128 };

struct database;

struct lease_look {
    int64_t token, beats;
    char holder[LEASE_HOLDER]; /* "": given back */
};

/* Connects, and makes the tables where there are none: nobody's, token 0. NULL with messages. */
struct database *lease_open(const char *url, struct error_list *errors);
bool lease_read(struct database *database, struct lease_look *out, struct error_list *errors);
/* Takes it, if it still is as it was seen; *token is the new one then, else -1. False with messages. */
bool lease_take(struct database *database, const struct lease_look *seen, const char *holder, int64_t *token,
                struct error_list *errors);
/* One more beat; *held says whether it is ours still. */
bool lease_beat(struct database *database, int64_t token, bool *held, struct error_list *errors);
/* Whether the lease is still of this token. */
bool lease_is_held(struct database *database, int64_t token, bool *held, struct error_list *errors);
/* Gives it back, if it is ours. */
bool lease_release(struct database *database, int64_t token, struct error_list *errors);

/* This connection writes for `token`: others that do so are ended. False with messages, also when
 * the lease has gone to another. */
bool lease_enter(struct database *database, int64_t token, struct error_list *errors);
/* Within the transaction, right before its commit: false, with a message, when another has taken it. */
bool lease_guard(struct database *database, int64_t token, struct error_list *errors);

/* A text by its name. Written only while the lease is of `token`: *held says so. *text is the
 * caller's; NULL where there is none. */
bool lease_keep_text(struct database *database, int64_t token, const char *name, const char *text, bool *held,
                     struct error_list *errors);
bool lease_kept_text(struct database *database, const char *name, char **text, struct error_list *errors);

#endif
