/* page_style.h - how the HTML report looks. */
#ifndef SELFHEAL_REPORTS_PAGE_STYLE_H
#define SELFHEAL_REPORTS_PAGE_STYLE_H

#include <stdio.h>

/* The colours of plots and pages: Okabe and Ito (2008), which people with any
 * colour vision tell apart. */
#define COLOUR_FAULT "#D55E00"   /* vermillion */
#define COLOUR_ISSUE "#0072B2"   /* blue */
#define COLOUR_REMEDY "#009E73"  /* bluish green */
#define COLOUR_ANOMALY "#E69F00" /* orange */
#define COLOUR_OTHER "#CC79A7"   /* reddish purple: the operators' arm */
#define COLOUR_SERIES "#3B4252"  /* ink: the series itself */
#define COLOUR_LIMIT "#6B7280"   /* grey: thresholds */

void page_style_write(FILE *out); /* CSS: screen, phone, print */

#endif
