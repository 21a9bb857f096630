/* study_store.h - the evaluations of a study that are finished, in a SQLite file.
 *
 * Each is committed when it is done, so that a study that was killed goes on where
 * it was: what is there is not evaluated again. Not for use by two threads at once.
 */
#ifndef SELFHEAL_REPORTS_STUDY_STORE_H
#define SELFHEAL_REPORTS_STUDY_STORE_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct study_store;

/* Opens the file, or makes it. One of another study (another fingerprint) is
 * refused. NULL with messages. */
struct study_store *study_store_open(const char *path, const char *fingerprint, struct error_list *errors);
void study_store_close(struct study_store *store); /* NULL is fine */

/* `key` says which candidate; rounds from `FRESH` on are those on fresh seeds. */
bool study_store_get(struct study_store *store, const char *key, uint32_t round, double *values, size_t count);
bool study_store_put(struct study_store *store, const char *key, uint32_t round, const double *values, size_t count,
                     struct error_list *errors);
uint64_t study_store_count(struct study_store *store); /* of evaluations */

#endif
