/* tokens.h - who may do what: bearer tokens, of which only hashes are kept.
 *
 * A file of lines `ROLE NAME sha256:HEX`; '#' begins a comment. A token is 256
 * random bits, so one round of SHA-256 is as good as it is. The file is read
 * again when it has changed. Comparison looks at every line and at every byte.
 */
#ifndef SELFHEAL_LIVE_TOKENS_H
#define SELFHEAL_LIVE_TOKENS_H

#include "engine/error.h"

#include <stdbool.h>

/* Each of viewer, operator, approver may do what those before it may; a sender may
 * tell alerts and nothing else. */
enum role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_APPROVER, ROLE_SENDER, ROLE_COUNT };
const char *role_name(enum role role); /* "viewer", ... */
bool role_may(enum role role, enum role needed);

enum { TOKEN_TEXT = 65, TOKEN_NAME = 64 };

struct tokens;
/* NULL with messages: the file must be there, readable by nobody else's group or
 * world, and right. */
struct tokens *tokens_create(const char *path, struct error_list *errors);
void tokens_destroy(struct tokens *tokens); /* NULL is fine */

/* The role of a token, and whose it is; ROLE_NONE for one that is unknown. Thread safe. */
enum role tokens_check(struct tokens *tokens, const char *token, char name[TOKEN_NAME]);

/* Makes a token, adds its hash to the file (made when it is not there, mode 0600)
 * and gives the token, which is told once and kept nowhere. False with messages. */
bool tokens_add(const char *path, enum role role, const char *name, char token[TOKEN_TEXT], struct error_list *errors);

#endif
