/* history.h - many results side by side: a row per run, and how its figures went on.
 *
 * A result of several scenarios (a suite's) shows means over those that have the figure.
 * The order is the caller's; no clock goes in.
 */
#ifndef SELFHEAL_REPORTS_HISTORY_H
#define SELFHEAL_REPORTS_HISTORY_H

#include "reports/comparison.h"

struct history_run {
    const char *name;             /* the folder's */
    const char *link;             /* its report, relative to the page; NULL: none */
    const struct compared *items; /* its scenarios */
    size_t count;
};

struct history {
    const char *title;
    const struct history_run *runs;
    size_t count;
    size_t skipped;                  /* folders that hold no run or suite */
    const struct drawings *drawings; /* of history_draw; NULL: none */
};

/* The mean over the run's scenarios that have the figure; *interval the 95 % interval where
 * it is one scenario's and has one, else NaN. NaN without a figure. */
double history_figure(const struct history_run *run, const struct metric *metric, double interval[2]);

/* A plot per main figure, over the runs. False with messages. */
bool history_draw(const struct history *history, const struct chart_options *options, struct drawings *drawings,
                  struct error_list *errors);
void history_write_page(const struct history *history, FILE *out); /* HTML */

#endif
