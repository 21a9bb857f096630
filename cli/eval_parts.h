/* eval_parts.h - the two halves of `selfheal eval`, each in a file of its own. */
#ifndef SELFHEAL_CLI_EVAL_PARTS_H
#define SELFHEAL_CLI_EVAL_PARTS_H

#include "cli/load.h"

#include <stdio.h>

struct eval_output {
    FILE *page;         /* Markdown */
    const char *folder; /* for plots and scores; there already */
    bool scores;        /* write the score of every sample, too */
};

/* A folder with windows.json: surprise of single series against labelled windows. */
bool eval_windows(const char *folder, const struct policy *policy, const struct eval_output *output,
                  struct error_list *errors);

/* A recording with labels: issues of the whole engine against faults. */
bool eval_incidents(const char *trace, const struct bundle_options *options, heal_duration grace,
                    const struct eval_output *output, struct error_list *errors);

#endif
