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
/* --- shards ---------------------------------------------------------------------- */

/* Notes which share of which study file the store is of; `shards` 0: of all. */
bool study_store_mark(struct study_store *store, const char *file, uint32_t shard, uint32_t shards,
                      struct error_list *errors);

struct study_shard {
    char file[4096]; /* of the study, as it was named */
    char fingerprint[65];
    uint32_t shard, shards;
};
/* What the store at `path` was marked with. False with a message, also where it is of
 * a whole study. */
bool study_shard_read(const char *path, struct study_shard *out, struct error_list *errors);

/* Takes what the store at `path` has and this one has not; *taken counts them on.
 * An evaluation that both have must be the same to the bit. False with a message. */
bool study_store_take(struct study_store *store, const char *path, uint64_t *taken, struct error_list *errors);

uint64_t study_store_count(struct study_store *store); /* of evaluations */

#endif
