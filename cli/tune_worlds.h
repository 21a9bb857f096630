/* tune_worlds.h - the candidates' worlds, which threads share.
 *
 * A candidate's files are read when its first evaluation asks for them, once, by whichever
 * thread that is; they go when the candidate is forgotten and nobody uses them any more.
 */
#ifndef SELFHEAL_CLI_TUNE_WORLDS_H
#define SELFHEAL_CLI_TUNE_WORLDS_H

#include "cli/evaluation.h"

struct tune_worlds;

/* For candidates 0 .. count - 1. `study` and `folder` are borrowed. NULL when out of memory. */
struct tune_worlds *tune_worlds_create(const struct study *study, const char *folder, size_t count);
void tune_worlds_destroy(struct tune_worlds *worlds); /* nobody may use one any more; NULL is fine */

/* The world of `candidate`, made of `texts` if it is not there; with each success comes one
 * give_back. NULL with messages. From any thread. */
const struct candidate_world *tune_worlds_take(struct tune_worlds *worlds, size_t candidate, const char *const *texts,
                                               struct error_list *errors);
void tune_worlds_give_back(struct tune_worlds *worlds, size_t candidate);

/* Frees the candidate's world as soon as nobody uses it; whoever asks again has it made again. */
void tune_worlds_forget(struct tune_worlds *worlds, size_t candidate);

#endif
