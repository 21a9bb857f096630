/* evaluation.h - a candidate of a study as worlds that can be run, round by round. */
#ifndef SELFHEAL_CLI_EVALUATION_H
#define SELFHEAL_CLI_EVALUATION_H

#include "reports/study.h"

#include <stdio.h>

struct candidate_world;

/* Reads the study's scenarios with the candidate's values in them. `texts`: a value
 * per parameter, NULL for the files as they are. `folder` holds scratch files. NULL
 * with messages. */
struct candidate_world *candidate_world_create(const struct study *study, size_t index, const char *const *texts,
                                               const char *folder, struct error_list *errors);
void candidate_world_destroy(struct candidate_world *world); /* NULL is fine */

/* Runs every scenario once on the seeds of `round`; values[goal_count] are means over
 * scenarios that have a figure. Several threads may run one world, each with a
 * `worker` number of its own. False with messages. */
bool candidate_world_run(const struct candidate_world *world, uint32_t round, uint32_t worker, double *values,
                         struct error_list *errors);

/* The policy file of a candidate. False with messages. */
bool candidate_policy(const struct study *study, const char *name, const char *const *texts, FILE *out,
                      struct error_list *errors);

/* SHA-256 over the study's file and all scenarios and policies that it names. */
bool candidate_fingerprint(const struct study *study, char text[65], struct error_list *errors);

#endif
