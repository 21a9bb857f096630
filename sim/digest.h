/* digest.h - SHA-256 over a sequence of decisions (OpenSSL). */
#ifndef SELFHEAL_SIM_DIGEST_H
#define SELFHEAL_SIM_DIGEST_H

#include "engine/journal.h"

enum { DIGEST_TEXT = 65 }; /* 64 hex digits and the NUL */

struct digest;

struct digest *digest_create(void); /* NULL when out of memory */
void digest_destroy(struct digest *digest);
bool digest_add(struct digest *digest, const struct decision *decision);
/* The digest of all that was added; nothing can be added after it. */
bool digest_finish(struct digest *digest, char text[DIGEST_TEXT]);

#endif
