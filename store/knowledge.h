/* knowledge.h - what an engine learned, kept in a run database.
 *
 * The bytes are engine_export's (engine/knowledge.h); here they are a blob with an
 * instant. The newest counts; older ones stay, to go back to.
 */
#ifndef SELFHEAL_STORE_KNOWLEDGE_H
#define SELFHEAL_STORE_KNOWLEDGE_H

#include "engine/error.h"
#include "engine/time.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/* False with messages. */
bool knowledge_write(sqlite3 *database, heal_time at, const unsigned char *bytes, size_t length,
                     struct error_list *errors);

/* The newest, in *bytes, which the caller frees; NULL and 0 when there is none. False
 * with messages. */
bool knowledge_read(sqlite3 *database, unsigned char **bytes, size_t *length, struct error_list *errors);

#endif
