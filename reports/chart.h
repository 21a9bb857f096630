/* chart.h - points with intervals: the plots of suites, studies, comparisons, histories.
 *
 * Each chart is NAME.csv (what is drawn), NAME.gp (`gnuplot NAME.gp` draws it again) and
 * NAME.svg in one folder, and the drawing as it goes into a page; PNG and PDF beside them
 * where they are asked for. Without gnuplot, CSV and script are all there is.
 */
#ifndef SELFHEAL_REPORTS_CHART_H
#define SELFHEAL_REPORTS_CHART_H

#include "engine/error.h"
#include "reports/page.h"

#include <stdbool.h>
#include <stddef.h>

enum { IMAGE_PNG = 1, IMAGE_PDF = 2 }; /* bits; SVG is always drawn */

struct chart_options {
    const char *folder;  /* of the plots; made when it is not there */
    const char *gnuplot; /* program to run; NULL: `gnuplot` from PATH */
    unsigned images;     /* bits of IMAGE_ */
};

enum chart_kind {
    CHART_FOREST, /* a line per point: its label, x and the interval of x; y is not used */
    CHART_POINTS, /* x and y, each with an interval where it has one */
    CHART_LINES,  /* the same, joined in order within a series */
};

enum { CHART_SERIES_MAX = 3, CHART_NAME = 40 };

struct chart_point {
    const char *label;
    unsigned series;                           /* 0 .. CHART_SERIES_MAX - 1: colour and shape */
    double x, x_low, x_high, y, y_low, y_high; /* intervals: NaN where there is none */
};

struct chart {
    enum chart_kind kind;
    const char *name; /* of [a-z0-9_], shorter than CHART_NAME */
    const char *caption;
    const char *x_title, *y_title;
    bool x_share, y_share;                /* shown in percent */
    double line;                          /* a value to hold against: of x in a forest, else of y; NaN: none */
    const char *series[CHART_SERIES_MAX]; /* what they are, for the legend; NULL: not there */
    const struct chart_point *points;
    size_t count;
};

struct drawing {
    char name[CHART_NAME];
    char caption[320];
    const char *series[CHART_SERIES_MAX];
    char *svg;    /* NULL: not drawn */
    bool missing; /* there is no gnuplot */
};

/* False with messages when a file cannot be written; what gnuplot cannot do is no error.
 * A chart without points is not drawn. Clear `out` in any case. */
bool chart_draw(const struct chart *chart, const struct chart_options *options, struct drawing *out,
                struct error_list *errors);
void drawing_clear(struct drawing *drawing);

/* The picture and its legend; where it could not be drawn, a line that says why. */
void chart_show(struct page *page, const struct drawing *drawing);

/* The pictures that a page of tables may have. */
struct drawings {
    struct drawing items[8];
    size_t count;
};
/* Draws one more; further ones than there is room for are left out. */
bool drawings_add(struct drawings *drawings, const struct chart *chart, const struct chart_options *options,
                  struct error_list *errors);
/* Shows those whose names begin with `prefix`. `drawings` may be NULL. */
void drawings_show(const struct drawings *drawings, const char *prefix, struct page *page);
void drawings_clear(struct drawings *drawings);

#endif
