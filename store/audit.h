/* audit.h - the audit log: rows that only grow, each bound to the one before.
 *
 * A row's hash is SHA-256 over the previous row's hash and the row's fields, each
 * written as a netstring (`5:hello,`; Bernstein 1997), so that no two rows share
 * a text. The first row follows 64 zeros. Whoever changes, drops or inserts a row
 * has to make all later hashes anew; the head that a finished run notes in its
 * `run` row, or that somebody wrote down elsewhere, then no longer fits.
 * audit_verify, in run_store.h, walks the chain.
 */
#ifndef SELFHEAL_STORE_AUDIT_H
#define SELFHEAL_STORE_AUDIT_H

#include "engine/error.h"

#include <stdbool.h>
#include <stdint.h>

struct database;

enum { AUDIT_HASH_TEXT = 65 }; /* lower-case hex and the NUL */

struct audit_entry {
    const char *at;     /* RFC 3339 */
    const char *actor;  /* who: "engine", "run" */
    const char *action; /* did what: "issue_opened" */
    const char *object; /* to what: "issue 12 node/-/a" */
    const char *detail; /* why or with what; "" where nothing is to say */
};

struct audit; /* the writing end */

/* An empty log in `database`, which is borrowed. NULL with messages. */
struct audit *audit_create(struct database *database, struct error_list *errors);
/* Goes on behind the last row that is there. False with messages. */
bool audit_resume(struct audit *audit, struct database *database, struct error_list *errors);
void audit_destroy(struct audit *audit); /* NULL is fine */

bool audit_append(struct audit *audit, const struct audit_entry *entry, struct error_list *errors);

int64_t audit_rows(const struct audit *audit);
const char *audit_head(const struct audit *audit); /* hash of the last row */

#endif
