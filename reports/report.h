/* report.h - a run folder as pages for people.
 *
 * Writes summary.json, report.md, report.html and plots/ (gnuplot script, CSV and
 * SVG per plot) into the run folder. report.html is one file that needs nothing
 * else: style, data and SVG are inline; it reads on a phone and prints. Without
 * gnuplot the pages say so in one line and carry the tables alone.
 */
#ifndef SELFHEAL_REPORTS_REPORT_H
#define SELFHEAL_REPORTS_REPORT_H

#include "reports/summary.h"

struct report_options {
    const char *gnuplot; /* program to run; NULL: `gnuplot` from PATH */
    size_t plots_max;    /* series plots at the most, 0: 12 */
    unsigned images;     /* bits of IMAGE_ in chart.h, beside the SVG */
};

/* False with messages. *plots (may be NULL) is the number of plots drawn. */
bool report_write(const char *folder, const struct summary *summary, const struct report_options *options,
                  size_t *plots, struct error_list *errors);

#endif
