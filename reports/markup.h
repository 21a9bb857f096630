/* markup.h - texts and numbers as people read them, safe in their page.
 *
 * Names of resources come from outside and may hold anything that is printable:
 * whatever goes into a page goes through here.
 */
#ifndef SELFHEAL_REPORTS_MARKUP_H
#define SELFHEAL_REPORTS_MARKUP_H

#include "reports/summary.h"

#include <stddef.h>
#include <stdio.h>

enum { MARKUP_TEXT = 96 };

void markup_html(FILE *out, const char *text);     /* & < > " ' as entities; good in attributes too */
void markup_markdown(FILE *out, const char *text); /* escaped for a table cell; line ends become blanks */

/* These write into `text` and return it. What is not finite is an en dash. */
char *markup_seconds(double seconds, char text[MARKUP_TEXT]); /* "0.35 s", "4 min 05 s", "2 h 10 min", "3 d 4 h" */
char *markup_span(double seconds, char text[MARKUP_TEXT]);    /* the same for a span that was set: "30 min", "2 h" */
char *markup_percent(double share, char text[MARKUP_TEXT]);   /* "93.3 %"; never rounded up to 100 or down to 0 */
char *markup_number(double value, char text[MARKUP_TEXT]);    /* four digits that count */
char *markup_elapsed(double seconds, char text[MARKUP_TEXT]); /* "0:04:05", hours first, "12 d 3:04:05" */
/* "low to high", each by markup_seconds or markup_percent. */
char *markup_interval_seconds(const double interval[2], char text[MARKUP_TEXT]);
char *markup_interval_percent(const double interval[2], char text[MARKUP_TEXT]);

#endif
