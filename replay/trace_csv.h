/* trace_csv.h - wide CSV to a trace, fast where the file is plain.
 *
 * First column: the instant, RFC 3339 (`timestamp` by custom, any name will
 * do); every other column one series; an empty cell is no sample. A fast path
 * of our own reads plain files; a quote, or anything else that is odd or wrong,
 * hands the whole file to libcsv. Both give the same trace to the bit: numbers are what strtod
 * gives in the C locale.
 *
 * Refused, all in one pass with line and column: an empty file, no rows, bytes
 * that are not UTF-8 or NUL, a header with empty, duplicate or over-long
 * names or over SERIES_MAX columns, ragged rows, bad instants, instants that are
 * not strictly ascending, cells that are no finite number (NaN and Inf are
 * written as an empty cell), a row over 64 MiB.
 *
 * Instants without a zone are taken as UTC but may be local clock time: rows of
 * a zone-less file that step back by at most one hour (or repeat an instant)
 * are the fold of a clock change; they are dropped until time moves on, and
 * counted in the notes. With a zone the same is an error.
 */
#ifndef SELFHEAL_REPLAY_TRACE_CSV_H
#define SELFHEAL_REPLAY_TRACE_CSV_H

#include "replay/trace.h"

/* Reads text[0 .. length), named `name` in messages (its stem names bare
 * columns). NULL with messages. `text` is not kept. */
struct trace *trace_csv_parse(const char *name, const char *text, size_t length, struct trace_notes *notes,
                              struct error_list *errors);

/* The tolerant path alone, for tests that hold the two side by side. */
struct trace *trace_csv_parse_tolerant(const char *name, const char *text, size_t length, struct trace_notes *notes,
                                       struct error_list *errors);

#endif
