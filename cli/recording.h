/* recording.h - the records of a run into a database and a digest. */
#ifndef SELFHEAL_CLI_RECORDING_H
#define SELFHEAL_CLI_RECORDING_H

#include "cli/console.h"
#include "cli/load.h"
#include "sim/run.h"
#include "store/run_store.h"

/* Runs the bundle under `policy`, writing to the database at `path`. `run` says
 * what the run row says. False with messages; the database then holds what was
 * decided so far. */
bool record_run(const struct bundle *bundle, const struct policy *policy, const struct store_run *run, const char *path,
                uint32_t threads, heal_duration grace, struct error_list *errors);

/* The same without a progress bar, for those who run several at once. */
bool record_quietly(const struct bundle *bundle, const struct policy *policy, const struct store_run *run,
                    const char *path, uint32_t threads, heal_duration grace, struct error_list *errors);

#endif
