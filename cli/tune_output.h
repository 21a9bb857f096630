/* tune_output.h - the folder of a study, and what is written into it. `tune` and `merge`
 * write alike, so that shards give what one machine gives.
 */
#ifndef SELFHEAL_CLI_TUNE_OUTPUT_H
#define SELFHEAL_CLI_TUNE_OUTPUT_H

#include "cli/console.h"
#include "reports/study_result.h"

/* The folder, new or with a study to go on with, and its scratch folder. */
bool tune_prepare(const char *folder, struct error_list *errors);
void tune_clean(const char *folder, uint32_t jobs); /* the scratch folder goes */

struct tune_output {
    const char *folder;
    bool json;       /* on stdout in place of the lines */
    unsigned images; /* bits of IMAGE_, plots beside the SVG */
};

/* winner.yaml, candidates.csv, summary.json, report.md, report.html, plots/; lines or JSON to stdout. */
bool tune_write(struct study_result *result, const struct tune_output *output, struct error_list *errors);

/* What the winner comes to: EXIT_MISSED when it breaks a constraint. */
enum exit_code tune_verdict(const struct study_result *result);

#endif
