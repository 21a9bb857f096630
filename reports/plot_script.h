/* plot_script.h - what every gnuplot script of a report begins with.
 *
 * Scripts read a CSV file beside them and write an SVG file beside them, so that
 * `gnuplot NAME.gp` in the plots folder draws the picture again. Time is in
 * seconds since the start of the run; ticks are worked out here and set at round
 * instants of UTC. No text from outside goes into a script but through
 * plot_script_label.
 */
#ifndef SELFHEAL_REPORTS_PLOT_SCRIPT_H
#define SELFHEAL_REPORTS_PLOT_SCRIPT_H

#include "engine/time.h"

#include <stdio.h>

enum { PLOT_WIDTH = 1040, PLOT_LABEL = 48 };

/* Terminal, output NAME.svg (or png, pdf: gnuplot -e "format='pdf'" NAME.gp), fonts, borders, CSV. `name` is of
 * [a-z0-9_]: gnuplot takes no other in its SVG. */
void plot_script_begin(FILE *script, const char *name, int height);

/* The x axis from `start` on, `seconds` (> 0) long, with about eight ticks. */
void plot_script_time_axis(FILE *script, heal_time start, double seconds);

/* `text` as a gnuplot string: single quotes, everything that gnuplot might read
 * in them as more than itself made a '?', the front cut off when too long. */
void plot_script_label(FILE *script, const char *text);

#endif
