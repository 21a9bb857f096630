/* eval_parts.h - the two halves of `selfheal eval`, each in a file of its own. */
#ifndef SELFHEAL_CLI_EVAL_PARTS_H
#define SELFHEAL_CLI_EVAL_PARTS_H

#include "cli/load.h"
#include "replay/dataset.h"
#include "replay/scoring.h"
#include "reports/nab.h"

#include <stdio.h>

struct eval_output {
    FILE *page;         /* Markdown */
    const char *folder; /* for plots and scores; there already */
    bool scores;        /* write the score of every sample, too */
    bool robustness;    /* move every constant, and cross-validate */
};

/* A folder with windows.json: surprise of single series against labelled windows. */
bool eval_windows(const char *folder, const struct policy *policy, const struct eval_output *output,
                  struct error_list *errors);

/* The recordings of one such folder while detectors are run over them. */
struct series_eval {
    const struct dataset *dataset;
    const struct eval_output *output;
    struct nab_file *files;
    double **nats, **told; /* per file, per sample: surprise, and what of it is told */
    double *probability;   /* of one file's samples; room for the longest */
    double series_days;
};
/* Fills `nats`; false when out of memory. */
bool series_eval_run(struct series_eval *evaluation, const struct scorer *scorer);
/* Fills `told`, which `files` score, at the level `alarm`. */
void series_eval_tell(struct series_eval *evaluation, const struct scorer *scorer, double alarm);

/* Writes how the standard profile's score moves with each constant of surprise, and what a
 * search over all of them is worth on folders and files that it has not seen. Changes what
 * `evaluation` holds of the last run; false when out of memory. */
bool eval_robustness(struct series_eval *evaluation, double alarm_probability);

/* A recording with labels: issues of the whole engine against faults. */
bool eval_incidents(const char *trace, const struct bundle_options *options, heal_duration grace,
                    const struct eval_output *output, struct error_list *errors);

#endif
