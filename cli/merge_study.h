/* merge_study.h - shards of a study, put together.
 *
 * What the shards evaluated is gathered in one study.db, and the search is gone
 * through from there: it takes what is there and evaluates what is not (candidates
 * that only the race of all keeps, Nelder-Mead's, the winner's fresh rounds). It is
 * the search that one machine would have gone through, so the result is the same
 * to the byte.
 */
#ifndef SELFHEAL_CLI_MERGE_STUDY_H
#define SELFHEAL_CLI_MERGE_STUDY_H

#include "cli/tune_output.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether `path`, a folder or a file, is of a study. */
bool is_of_study(const char *path);

/* The folder of `output` NULL: runs/<name of the study>. */
enum exit_code merge_study(const char *const *paths, size_t count, uint32_t jobs, struct tune_output *output);

#endif
