/* gnuplot.h - running gnuplot on a script, without a shell and not for ever. */
#ifndef SELFHEAL_REPORTS_GNUPLOT_H
#define SELFHEAL_REPORTS_GNUPLOT_H

#include <stdbool.h>

enum gnuplot_result {
    GNUPLOT_DRAWN,
    GNUPLOT_MISSING, /* there is no such program */
    GNUPLOT_FAILED,  /* it ended badly, or would not end */
};

/* Runs `program` (NULL: gnuplot, from PATH) with `script` as its one argument, or
 * with -e "format='FORMAT'" before it where `format` is not NULL,
 * in `folder`, with the C locale and no input; what it prints is thrown away.
 * After `seconds` it is stopped, with all that it started. */
enum gnuplot_result gnuplot_run(const char *program, const char *folder, const char *script, const char *format,
                                int seconds);

/* The script's picture as PNG and PDF, by the bits of IMAGE_ in chart.h; best effort. */
void gnuplot_images(const char *program, const char *folder, const char *script, unsigned images, int seconds);

#endif
