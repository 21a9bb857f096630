/* knowledge.h - what an engine learned, kept in a run database.
 *
 * The bytes are engine_export's (engine/knowledge.h); here they are a blob with an
 * instant. The newest counts; the KNOWLEDGE_KEPT last stay, to go back to.
 */
#ifndef SELFHEAL_STORE_KNOWLEDGE_H
#define SELFHEAL_STORE_KNOWLEDGE_H

#include "engine/error.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

struct database;

enum { KNOWLEDGE_KEPT = 16 };

/* False with messages. */
bool knowledge_write(struct database *database, heal_time at, const unsigned char *bytes, size_t length,
                     struct error_list *errors);

/* The newest of the run database at `path` (or a server's URL), or what the file there holds where it is
 * none (engine_export's bytes as they are). *bytes is the caller's to free. False with
 * messages, also where there is nothing. */
bool knowledge_load(const char *path, unsigned char **bytes, size_t *length, struct error_list *errors);
/* The bytes as a file, in place of one that is there. */
bool knowledge_save(const char *path, const unsigned char *bytes, size_t length, struct error_list *errors);

/* The newest, in *bytes, which the caller frees; NULL and 0 when there is none. False
 * with messages. */
bool knowledge_read(struct database *database, unsigned char **bytes, size_t *length, struct error_list *errors);

#endif
