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

/* Who mends: the engine with people behind it; people whom its alerts call; people
 * whom nobody calls but users who complain. */
enum healer { HEALER_ENGINE, HEALER_OPERATORS, HEALER_COMPLAINTS, HEALER_COUNT };

/* One arm of a run. */
struct arm {
    const char *mode, *source; /* as in struct store_run */
    enum healer healer;
    bool quiet;   /* one of several: no progress bar, no waiting for the disk */
    bool scratch; /* read for its figures and thrown away: no plots, no audit log */
    uint32_t threads;
    heal_duration grace;
    const unsigned char *knowledge; /* odds that every replication begins with, sound; NULL: the priors */
    size_t knowledge_length;
    const char *save_knowledge; /* a file for what was learned, or NULL; the database has it anyway */
};

/* The same, a few replications at a time: opened, run on as often as needed, closed.
 * Between two calls the database can be read. What is in it at the end, and the digest,
 * are those of one run of as many replications. */
struct arm_recording;
/* Whether a run of the bundle has this arm beside the engine's. */
bool arm_belongs(const struct bundle *bundle, enum healer healer);
/* `bundle` and `arm` are borrowed until close. NULL with messages. */
struct arm_recording *arm_open(const struct bundle *bundle, const char *folder, const struct arm *arm,
                               struct error_list *errors);
/* `count` (>= 1) more replications. False with messages. */
bool arm_run(struct arm_recording *arm, uint32_t count);
/* Closes and frees; a run that is `good` is complete. False with messages. NULL is fine. */
bool arm_close(struct arm_recording *arm, bool good);

/* Runs an arm of the bundle into its database in `folder`: run.db, baseline.db,
 * complaints.db. As record_run otherwise. */
bool record_arm(const struct bundle *bundle, const char *folder, const struct arm *arm, struct error_list *errors);

#endif
