/* plots.h - the pictures of a report.
 *
 * For each: a CSV file, a gnuplot script and what gnuplot drew, in RUN/plots, and
 * the drawing as it goes into a page. Series and time line show replication 0.
 */
#ifndef SELFHEAL_REPORTS_PLOTS_H
#define SELFHEAL_REPORTS_PLOTS_H

#include "reports/report.h"
#include "reports/run_data.h"

struct database;

enum plot_kind { PLOT_TIMELINE, PLOT_RECOVERY, PLOT_SERIES };

struct plot {
    enum plot_kind kind;
    char name[40];
    char *caption;
    char *svg; /* NULL: could not be drawn */
};

/* One series that is shown, beside its plot. */
struct plotted_series {
    uint32_t id, resource;
    char *name;
    double above, below; /* thresholds; NaN: none */
    double low, high;    /* of what was seen; NaN: nothing */
    uint64_t issues, anomalies, faults;
};

struct plots {
    struct plot *items;
    size_t count;
    size_t drawn;
    bool gnuplot_missing;
    struct plotted_series *series;
    size_t series_count;
    size_t series_total;       /* that could be shown */
    size_t lanes, lanes_total; /* resources in the time line, and with anything to show */
};

/* What plots are made from; `baseline` may be NULL. */
struct plot_source {
    const char *folder; /* of the plots */
    struct database *database;
    const struct run_data *data;
    const struct run_data *baseline;
    const struct report_options *options;
};

/* Draws all there is to draw. False with messages when files cannot be written or
 * the database not be read; what gnuplot cannot do is no error. */
bool plots_draw(struct plots *plots, const struct plot_source *source, struct error_list *errors);
void plots_clear(struct plots *plots);

#endif
