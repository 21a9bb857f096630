/* plot_parts.h - each kind of plot: its CSV file and its script. For plots.c. */
#ifndef SELFHEAL_REPORTS_PLOT_PARTS_H
#define SELFHEAL_REPORTS_PLOT_PARTS_H

#include "reports/plots.h"

/* Seconds from the start of the run to `at`, at most its end; HEAL_TIME_NEVER is the end. */
double plot_second(const struct run_data *data, heal_time at);
double plot_seconds(const struct run_data *data); /* how long the plots are, > 0 */

/* All write name.csv and name.gp. *empty is set where there is nothing to draw;
 * nothing is written then. False with messages. */
bool timeline_plot_write(const struct plot_source *source, struct plots *plots, const char *name, bool *empty,
                         struct error_list *errors);
bool recovery_plot_write(const struct plot_source *source, const char *name, bool *empty, struct error_list *errors);
bool series_plot_write(const struct plot_source *source, struct plotted_series *series, const char *name, bool *empty,
                       struct error_list *errors);

#endif
