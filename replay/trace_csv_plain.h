/* trace_csv_plain.h - the fast path of trace_csv: it takes a file or declines.
 *
 * It never reports. What it takes is free of quotes and of anything that
 * trace_csv.h refuses or drops; all else it leaves to the tolerant path, which
 * says what is wrong.
 */
#ifndef SELFHEAL_REPLAY_TRACE_CSV_PLAIN_H
#define SELFHEAL_REPLAY_TRACE_CSV_PLAIN_H

#include "replay/trace.h"

/* NULL when it declines. */
struct trace *trace_csv_plain(const char *name, const char *text, size_t length);

/* No more rows than this can be in text[0 .. length) with `series` cells and an
 * instant each, so that what is set aside for them is bounded by the text. Rows
 * end in LF, with `carriages` also in CR alone. */
size_t trace_csv_rows_bound(const char *text, size_t length, size_t series, bool carriages);

#endif
