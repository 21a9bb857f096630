/* pauses.h - what people hold back, over chapters and restarts.
 *
 * An engine forgets its pauses when it ends, people do not; so they are kept here, in
 * a small file (JSON, put in place as a whole), and told to each new engine like a
 * person's word: recorded, journalled, replayed. Thread safe.
 */
#ifndef SELFHEAL_LIVE_PAUSES_H
#define SELFHEAL_LIVE_PAUSES_H

#include "engine/command.h"
#include "engine/error.h"

struct pause_word {
    char resource[SERIES_ID_MAX + 1]; /* "": everything */
    enum pause_reason reason;
    heal_time until; /* HEAL_TIME_NEVER: until it is resumed */
    char actor[COMMAND_ACTOR];
    char why[COMMAND_WHY];
};

struct pauses;
/* Reads `path`; one that is not there holds none, one that is damaged is a fault of
 * the input. NULL with messages. */
struct pauses *pauses_create(const char *path, struct error_list *errors);
/* The same, kept elsewhere than in a file: in the store that replicas share. Empty until
 * pauses_load. NULL when out of memory. */
struct pauses_shelf {
    void *context;
    bool (*write)(void *context, const char *text); /* false: it could not be kept */
};
struct pauses *pauses_create_on(struct pauses_shelf shelf);
/* What the shelf holds, as `write` got it, in place of what is held; NULL: nothing. False with
 * messages, and nothing is held then, where it is no list of pauses. */
bool pauses_load(struct pauses *pauses, const char *text, struct error_list *errors);
void pauses_destroy(struct pauses *pauses); /* NULL is fine */

/* Replaces the one on the same resource. False when it could not be written, or when
 * PAUSES_MAX are held: it may be gone after a restart. */
bool pauses_keep(struct pauses *pauses, const struct pause_word *word);
/* False when it could not be written. */
bool pauses_drop(struct pauses *pauses, const char *resource);
/* Those that hold at `now`, in the order of their resources; at most PAUSES_MAX. */
size_t pauses_list(struct pauses *pauses, heal_time now, struct pause_word *out);

#endif
