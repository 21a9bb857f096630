/* trace.h - a recorded trace: frames of all series, in memory or mapped.
 *
 * Columnar: one array of doubles per series beside one array of instants, so
 * that a packed file is mapped and used where it lies. The engine wants frames,
 * one row of all series at an instant; trace_cursor turns columns into rows a
 * block at a time, so that a cache line that is fetched is used up.
 *
 * Packed file, little-endian, version 1:
 *   0    8   magic "SELFHEAL"
 *   8    4   version (1)
 *   12   4   header bytes, a multiple of 64
 *   16   8   series count S
 *   24   8   frame count F
 *   32   8   offset of the names: S NUL-terminated series ids, UTF-8
 *   40   8   bytes of the names
 *   48   8   offset of the instants: F int64, strictly ascending
 *   56   8   offset of the columns: S arrays of F float64, each start 64-aligned
 *   64   8   bytes of the whole file
 *   72   8   checksum: XXH64, seed 0, of the whole file with these 8 bytes 0
 *   80  48   zero
 * NaN is "no sample"; +-Inf does not occur.
 */
#ifndef SELFHEAL_REPLAY_TRACE_H
#define SELFHEAL_REPLAY_TRACE_H

#include "engine/error.h"
#include "engine/inventory.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

struct trace; /* immutable once made */

/* What a reader met that is no error but that a person should know. */
struct trace_notes {
    uint64_t folded_rows; /* zone-less stamps: rows dropped in the fold of a clock change, see trace_csv.h */
    uint64_t fold_line;   /* line of the first of them */
};

/* Opens a trace by what the file holds: packed (by its magic, mapped) or wide
 * CSV (trace_csv.h). NULL with messages in `errors`: missing, empty, not a
 * trace, damaged (the checksum is always verified: a packed file is read through
 * once when it is opened). `notes` may be NULL. The caller destroys. */
struct trace *trace_open(const char *path, struct trace_notes *notes, struct error_list *errors);
void trace_destroy(struct trace *trace); /* NULL is fine */

size_t trace_series_count(const struct trace *trace); /* 1 .. SERIES_MAX */
size_t trace_frame_count(const struct trace *trace);  /* >= 1 */
const char *trace_series_id(const struct trace *trace, size_t series);
const heal_time *trace_times(const struct trace *trace);              /* frame_count, strictly ascending */
const double *trace_column(const struct trace *trace, size_t series); /* frame_count; NaN is no sample */

/* Makes a trace of `series` columns and `frames` rows whose values start as NaN;
 * fill through the writable pointers before sharing. NULL when out of memory
 * (or sizes are 0 or over the limits). Ids are copied. */
struct trace *trace_create(size_t series, size_t frames, const char *const *ids);
heal_time *trace_times_writable(struct trace *trace);
double *trace_column_writable(struct trace *trace, size_t series);

/* Writes the packed form to `path`: to a temporary name beside it, synced, then
 * renamed, so that a failure leaves nothing. False with messages. */
bool trace_pack(const struct trace *trace, const char *path, struct error_list *errors);

/* Adds the trace's series to `inventory` in column order, so that series index
 * i of a fresh inventory is column i. A column whose name is not
 * `kind/namespace/name:metric` (a bare `value`) counts as
 * `series/trace/<stem of the file name>:<column>`. The reader has done this
 * already: trace_series_id gives full ids. False when out of memory. */
bool trace_describe(const struct trace *trace, struct inventory *inventory);

/* Rows in order. Not thread safe; each thread has its own. */
struct trace_cursor;
struct trace_cursor *trace_cursor_create(const struct trace *trace); /* NULL when out of memory */
void trace_cursor_destroy(struct trace_cursor *cursor);
void trace_cursor_seek(struct trace_cursor *cursor, size_t frame); /* next row is `frame` */
/* The next frame: its instant to *at, its values (series_count, good until the
 * next call). NULL at the end. */
const double *trace_cursor_next(struct trace_cursor *cursor, heal_time *at);

#endif
