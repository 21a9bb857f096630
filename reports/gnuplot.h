/* gnuplot.h - running gnuplot on a script, without a shell and not for ever. */
#ifndef SELFHEAL_REPORTS_GNUPLOT_H
#define SELFHEAL_REPORTS_GNUPLOT_H

#include <stdbool.h>

enum { GNUPLOT_SECONDS = 30 }; /* then it is stopped */

enum gnuplot_result {
    GNUPLOT_DRAWN,
    GNUPLOT_MISSING, /* there is no such program */
    GNUPLOT_FAILED,  /* it ended badly, or would not end */
};

/* Runs `program` (NULL: gnuplot, from PATH) with `script` as its one argument,
 * in `folder`, with the C locale and no input; what it prints is thrown away. */
enum gnuplot_result gnuplot_run(const char *program, const char *folder, const char *script);

#endif
