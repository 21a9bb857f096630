/* trace.c - columns in memory, and rows out of them.
 *
 * The columns lie in one block with a common stride, each on a cache line of its
 * own. The cursor copies a block of rows at a time, eight rows by column, that
 * is one cache line each, into a row-major buffer that stays in the cache.
 */
#include "replay/trace.h"

#include "replay/trace_csv.h"
#include "replay/trace_parts.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct trace *trace_open(const char *path, struct trace_notes *notes, struct error_list *errors)
{
    struct mapping file;
    if (notes != NULL)
        *notes = (struct trace_notes){0};
    if (!mapping_read(path, &file, errors))
        return NULL;
    if (trace_is_packed(file.base, file.length))
        return trace_unpack(path, file, errors);
    struct trace *trace = trace_csv_parse(path, file.base, file.length, notes, errors);
    mapping_release(&file);
    return trace;
}

/* Copies the ids into one piece of memory that the trace owns. */
static bool copy_ids(struct trace *trace, const char *const *ids)
{
    size_t bytes = 0;
    for (size_t i = 0; i < trace->series; i++)
        bytes += strlen(ids[i]) + 1;
    trace->names = malloc(bytes);
    trace->ids = malloc(trace->series * sizeof *trace->ids);
    if (trace->names == NULL || trace->ids == NULL)
        return false;
    char *to = trace->names;
    for (size_t i = 0; i < trace->series; i++) {
        size_t length = strlen(ids[i]) + 1;
        trace->ids[i] = memcpy(to, ids[i], length);
        to += length;
    }
    return true;
}

struct trace *trace_reserve(size_t series, size_t frames, const char *const *ids)
{
    if (series == 0 || series > SERIES_MAX || frames == 0 || frames > TRACE_FRAMES_MAX)
        return NULL;
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace == NULL)
        return NULL;
    uint64_t column_bytes = trace_align(frames * sizeof(double));
    trace->series = series;
    trace->frames = frames;
    trace->stride = (size_t)(column_bytes / sizeof(double));
    trace->writable = true;
    if (!copy_ids(trace, ids) || !mapping_reserve((size_t)(column_bytes * (series + 1)), &trace->block)) {
        trace_destroy(trace);
        return NULL;
    }
    trace->times = trace->block.base;
    trace->columns = (double *)trace->block.base + trace->stride;
    return trace;
}

struct trace *trace_create(size_t series, size_t frames, const char *const *ids)
{
    struct trace *trace = trace_reserve(series, frames, ids);
    if (trace == NULL)
        return NULL;
    for (size_t i = 0; i < series * trace->stride; i++)
        trace->columns[i] = NAN;
    return trace;
}

void trace_destroy(struct trace *trace)
{
    if (trace == NULL)
        return;
    mapping_release(&trace->block);
    free(trace->ids);
    free(trace->names);
    free(trace);
}

size_t trace_series_count(const struct trace *trace)
{
    return trace->series;
}

size_t trace_frame_count(const struct trace *trace)
{
    return trace->frames;
}

const char *trace_series_id(const struct trace *trace, size_t series)
{
    return trace->ids[series];
}

const heal_time *trace_times(const struct trace *trace)
{
    return trace->times;
}

const double *trace_column(const struct trace *trace, size_t series)
{
    return trace->columns + series * trace->stride;
}

heal_time *trace_times_writable(struct trace *trace)
{
    assert(trace->writable);
    return trace->times;
}

double *trace_column_writable(struct trace *trace, size_t series)
{
    assert(trace->writable);
    return trace->columns + series * trace->stride;
}

bool trace_describe(const struct trace *trace, struct inventory *inventory)
{
    for (size_t i = 0; i < trace->series; i++) {
        if (inventory_add_series(inventory, trace->ids[i], strlen(trace->ids[i])) == SERIES_NONE)
            return false;
    }
    return true;
}

/* Rows come in tiles of one cache line per column; a block holds several while
 * it stays within the second-level cache. */
enum { TILE_ROWS = TRACE_ALIGNMENT / sizeof(double), BLOCK_TILES_MAX = 8, BLOCK_BYTES = 256 * 1024 };

struct trace_cursor {
    const struct trace *trace;
    size_t next;        /* frame of the next row */
    size_t block_start; /* frames held: block_start .. block_end */
    size_t block_end;
    size_t block_rows;
    double *rows; /* block_rows x series */
};

struct trace_cursor *trace_cursor_create(const struct trace *trace)
{
    struct trace_cursor *cursor = calloc(1, sizeof *cursor);
    if (cursor == NULL)
        return NULL;
    size_t tiles = BLOCK_BYTES / (trace->series * sizeof(double) * TILE_ROWS);
    tiles = tiles < 1 ? 1 : tiles > BLOCK_TILES_MAX ? BLOCK_TILES_MAX : tiles;
    cursor->trace = trace;
    cursor->block_rows = tiles * TILE_ROWS;
    cursor->rows = malloc(cursor->block_rows * trace->series * sizeof(double));
    if (cursor->rows == NULL) {
        free(cursor);
        return NULL;
    }
    return cursor;
}

void trace_cursor_destroy(struct trace_cursor *cursor)
{
    if (cursor == NULL)
        return;
    free(cursor->rows);
    free(cursor);
}

void trace_cursor_seek(struct trace_cursor *cursor, size_t frame)
{
    cursor->next = frame;
}

static void turn_tile(const struct trace *trace, size_t frame, size_t rows, double *out)
{
    size_t series = trace->series;
    const double *from = trace->columns + frame;
    if (rows == TILE_ROWS) {
        for (size_t column = 0; column < series; column++, from += trace->stride) {
            for (size_t row = 0; row < TILE_ROWS; row++)
                out[row * series + column] = from[row];
        }
        return;
    }
    for (size_t column = 0; column < series; column++, from += trace->stride) {
        for (size_t row = 0; row < rows; row++)
            out[row * series + column] = from[row];
    }
}

/* Turns the block around the next row. */
static void turn_block(struct trace_cursor *cursor)
{
    const struct trace *trace = cursor->trace;
    size_t start = cursor->next - cursor->next % TILE_ROWS;
    size_t end = trace->frames - start < cursor->block_rows ? trace->frames : start + cursor->block_rows;
    for (size_t frame = start; frame < end; frame += TILE_ROWS) {
        size_t rows = end - frame < TILE_ROWS ? end - frame : TILE_ROWS;
        turn_tile(trace, frame, rows, cursor->rows + (frame - start) * trace->series);
    }
    cursor->block_start = start;
    cursor->block_end = end;
}

const double *trace_cursor_next(struct trace_cursor *cursor, heal_time *at)
{
    if (cursor->next >= cursor->trace->frames)
        return NULL;
    if (cursor->next < cursor->block_start || cursor->next >= cursor->block_end)
        turn_block(cursor);
    size_t row = cursor->next - cursor->block_start;
    *at = cursor->trace->times[cursor->next++];
    return cursor->rows + row * cursor->trace->series;
}
