/* suite_output.h - a suite's results into its folder and into the files that a
 * command line names. `test` and `merge` write alike, so that what shards give
 * together is byte for byte what one run gives.
 */
#ifndef SELFHEAL_CLI_SUITE_OUTPUT_H
#define SELFHEAL_CLI_SUITE_OUTPUT_H

#include "cli/console.h"
#include "cli/folder.h"
#include "reports/suite.h"

/* Makes the folder, or takes the older suite in it away. */
bool suite_output_prepare(const char *folder, struct error_list *errors);

struct suite_output {
    const char *folder; /* prepared: suite.db, summary.json, report.html, report.md, plots/ */
    const char *junit;  /* files; NULL: none */
    const char *markdown;
    unsigned images; /* bits of IMAGE_, plots beside the SVG */
    bool tap, json;  /* on stdout in place of the lines */
};

/* Whether the files named can be written; nothing is yet. */
bool suite_output_check(const struct suite_output *output, struct error_list *errors);

/* `told`: the lines of the cases stand on stdout already. */
bool suite_output_write(struct suite *suite, const struct suite_output *output, bool told, struct error_list *errors);

#endif
