/* run_folder.h - a bundle is run, and what came out of it becomes a folder.
 *
 * Folder: run.db, baseline.db (with operators), summary.json, report.html,
 * report.md, plots/. It is made only when all input was good; an older run in it
 * is replaced, anything else there is left alone and refused.
 */
#ifndef SELFHEAL_CLI_RUN_FOLDER_H
#define SELFHEAL_CLI_RUN_FOLDER_H

#include "cli/console.h"
#include "cli/load.h"
#include "cli/until.h"
#include "reports/summary.h"

struct run_options {
    const char *out;    /* the folder; NULL: runs/<scenario name> */
    const char *mode;   /* "simulate", "replay-open", "replay-closed" */
    const char *source; /* the file that a person named */
    uint32_t threads;
    heal_duration grace;            /* a label still matches this long after its end */
    bool json;                      /* summary.json to stdout instead of the short text */
    const char *knowledge;          /* a run database or a file of knowledge to begin with; NULL: the policy's priors */
    const char *save_knowledge;     /* a file for what was learned; NULL: run.db has it */
    bool no_report;                 /* summary.json and the database only */
    const struct until_goal *goals; /* what the replications go on for; their results are the callee's */
    size_t goal_count;              /* 0: as many replications as the scenario says */
    uint32_t most;                  /* replications, with goals */
};

/* EXIT_MISSED: all is written, but a goal was not reached. */
enum exit_code run_to_folder(const struct bundle *bundle, const struct run_options *options);

#endif
