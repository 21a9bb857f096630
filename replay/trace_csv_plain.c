/* trace_csv_plain.c - text to columns in one pass, memory taken once.
 *
 * Lines are counted first (memchr, at the speed of memory), so that the columns
 * are taken once and at their final stride. Rows are parsed into a tile of eight,
 * which is then turned: each column gets one whole cache line, and the writes do
 * not walk over as many pages as there are columns with every row. Numbers are
 * read without a look at where the cell ends; whatever stops them must be the
 * comma or the line end that is due. Since that leaves digits, signs and letters
 * of instants only, no byte needs to be checked for UTF-8 again.
 */
#include "replay/trace_csv_plain.h"

#include "replay/csv_rows.h"
#include "replay/decimal.h"
#include "replay/trace_columns.h"
#include "replay/trace_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TILE_ROWS = TRACE_ALIGNMENT / sizeof(double),
    STAMP_MIN = 19,
    STAMP_MAX = 48,
    COMMA_BLOCK = 64,
    BLOCK_SLACK = 64
};

struct plain {
    size_t series;
    struct trace *trace;
    size_t frames;       /* read so far; those past the last whole tile are in `tile` */
    size_t room;         /* frames that fit */
    heal_time last;      /* instant of the last row */
    bool zoned;          /* the file's instants have a zone */
    double *tile;        /* TILE_ROWS x series */
    const char **commas; /* of the row in hand, and what is known of the next */
    size_t found;        /* how many */
    const char *block;   /* where the search goes on */
    const char *stop;    /* rows and blocks start before it */
    const char *end;     /* of the text; NULL: not within reach */
};

static size_t count_byte(const char *text, size_t length, char byte)
{
    size_t count = 0;
    const char *end = text + length;
    for (const char *at = text; (at = memchr(at, byte, (size_t)(end - at))) != NULL; at++)
        count++;
    return count;
}

size_t trace_csv_rows_bound(const char *text, size_t length, size_t series, bool carriages)
{
    size_t lines = 1 + count_byte(text, length, '\n') + (carriages ? count_byte(text, length, '\r') : 0);
    size_t fitting = length / (STAMP_MIN + series) + 1;
    return lines < fitting ? lines : fitting;
}

/* Moves `rows` rows of the tile to the columns, from frame `start` on. */
static void turn_tile(struct plain *plain, size_t start, size_t rows)
{
    size_t series = plain->series;
    const double *tile = plain->tile;
    double *to = plain->trace->columns + start;
    for (size_t column = 0; column < series; column++, to += plain->trace->stride) {
        if (rows == TILE_ROWS) {
            for (size_t row = 0; row < TILE_ROWS; row++)
                to[row] = tile[row * series + column];
        } else {
            for (size_t row = 0; row < rows; row++)
                to[row] = tile[row * series + column];
        }
    }
}

/* Reads the instant at `at`, which ends at the first comma; false to decline. */
static bool read_stamp(struct plain *plain, const char *at)
{
    heal_time instant;
    bool zoned;
    const char *comma = plain->commas[0];
    if (comma < at || comma - at > STAMP_MAX || !heal_time_parse(at, (size_t)(comma - at), &instant, &zoned))
        return false;
    if (plain->frames == 0)
        plain->zoned = zoned;
    else if (zoned != plain->zoned || instant <= plain->last)
        return false;
    plain->trace->times[plain->frames] = instant;
    plain->last = instant;
    return true;
}

/* Bit i is set where block[i] is a comma, for 64 bytes. The multiplication gathers
 * one bit of each byte of a word. */
static uint64_t comma_mask(const char *block)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < COMMA_BLOCK / sizeof(uint64_t); i++) {
        uint64_t commas = decimal_equal(decimal_load(block + i * sizeof(uint64_t)), ',') >> 7;
        mask |= (commas * UINT64_C(0x0102040810204080)) >> 56 << (8 * i);
    }
    return mask;
}

/* Wilkes, Wheeler, Gill 1951; the instruction for it is not in every processor. */
static size_t count_bits(uint64_t bits)
{
    bits -= bits >> 1 & UINT64_C(0x5555555555555555);
    bits = (bits & UINT64_C(0x3333333333333333)) + (bits >> 2 & UINT64_C(0x3333333333333333));
    bits = (bits + (bits >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (size_t)(bits * UINT64_C(0x0101010101010101) >> 56);
}

/* Makes commas[0 .. series) the next ones; false when the text has no more. Those
 * of the row before are dropped first. */
static bool find_commas(struct plain *plain)
{
    const char **commas = plain->commas;
    size_t found = plain->found > plain->series ? plain->found - plain->series : 0;
    memmove(commas, commas + plain->found - found, found * sizeof *commas);
    while (found < plain->series) {
        if (plain->block >= plain->stop)
            return false;
        uint64_t mask = comma_mask(plain->block);
        size_t next = found + count_bits(mask);
        /* Four at a time, whether there are or not: a branch that is seldom missed. */
        for (; found < next; found += 4) {
            for (size_t i = 0; i < 4; i++, mask &= mask - 1)
                commas[found + i] = plain->block + (mask == 0 ? 0 : __builtin_ctzll(mask));
        }
        found = next;
        plain->block += COMMA_BLOCK;
    }
    plain->found = found;
    return true;
}

/* Reads the last cell of a row and the line end, where the text may end too. Returns
 * what is behind it, NULL to decline. */
static const char *read_last(const struct plain *plain, const char *cell, double *value)
{
    const char *reach = plain->end != NULL ? plain->end : plain->stop;
    const char *feed = memchr(cell, '\n', (size_t)(reach - cell));
    const char *next = feed != NULL ? feed + 1 : plain->end;
    if (next == NULL)
        return NULL;
    const char *end = feed != NULL ? feed : plain->end;
    if (feed != NULL && end > cell && end[-1] == '\r')
        end--;
    if (cell == end)
        *value = NAN;
    else if (!decimal_read(cell, (size_t)(end - cell), value))
        return NULL;
    return next;
}

/* Reads a row from its instant to its line end, where the text may end too. The
 * cells start where the commas are, not where the last number ended, so that the
 * processor reads several at once. NULL to decline. */
static const char *read_row(struct plain *plain, const char *at, double *row)
{
    size_t last = plain->series - 1;
    if (!find_commas(plain) || !read_stamp(plain, at))
        return NULL;
    const char *const *commas = plain->commas;
    for (size_t i = 0; i < last; i++) {
        const char *cell = commas[i] + 1;
        if (cell == commas[i + 1])
            row[i] = NAN;
        else if (!decimal_read(cell, (size_t)(commas[i + 1] - cell), &row[i]))
            return NULL;
    }
    return read_last(plain, commas[last] + 1, &row[last]);
}

/* Reads rows from `at` while they start before `stop`, behind which BLOCK_SLACK
 * bytes are readable. Returns where the next row starts. */
static const char *read_rows(struct plain *plain, const char *at, const char *stop, const char *end)
{
    plain->block = at;
    plain->stop = stop;
    plain->end = end;
    plain->found = 0;
    while (at < stop) {
        const char *start = at;
        if (*at == '\n' || (at[0] == '\r' && at[1] == '\n')) {
            at += *at == '\r' ? 2 : 1;
            continue;
        }
        size_t in_tile = plain->frames % TILE_ROWS;
        if (plain->frames == plain->room)
            return NULL;
        at = read_row(plain, at, plain->tile + in_tile * plain->series);
        if (at == NULL || at - start > CSV_ROW_BYTES_MAX)
            return NULL;
        plain->frames++;
        if (in_tile == TILE_ROWS - 1)
            turn_tile(plain, plain->frames - TILE_ROWS, TILE_ROWS);
    }
    return at;
}

/* Reads all rows of text[0 .. length): first those whose every byte has
 * BLOCK_SLACK more behind it, then a copy of the rest that is given some. */
static bool read_body(struct plain *plain, const char *text, size_t length)
{
    const char *rest = text;
    const char *end = text + length;
    if (length > BLOCK_SLACK) {
        const char *last = end - BLOCK_SLACK;
        while (last > text && last[-1] != '\n')
            last--;
        rest = read_rows(plain, text, last, NULL);
        if (rest == NULL)
            return false;
    }
    size_t left = (size_t)(end - rest);
    char *copy = left > CSV_ROW_BYTES_MAX + BLOCK_SLACK ? NULL : calloc(1, left + 2 * BLOCK_SLACK);
    if (copy == NULL)
        return false;
    memcpy(copy, rest, left);
    bool done = read_rows(plain, copy, copy + left, copy + left) == copy + left;
    free(copy);
    if (done && plain->frames % TILE_ROWS != 0)
        turn_tile(plain, plain->frames - plain->frames % TILE_ROWS, plain->frames % TILE_ROWS);
    return done && plain->frames > 0;
}

struct header {
    struct trace_columns *columns;
    size_t rows;
    bool fine;
};

static void on_cell(void *context, uint64_t line, size_t column, const char *text, size_t length)
{
    struct header *header = context;
    (void)column;
    header->fine = header->fine && trace_columns_add(header->columns, line, text, length, NULL);
}

static void on_row(void *context, uint64_t line, size_t cells)
{
    struct header *header = context;
    (void)line;
    (void)cells;
    header->rows++;
}

/* The columns that text[0 .. length), the first line, names; NULL to decline. */
static struct trace_columns *read_header(const char *name, const char *text, size_t length)
{
    struct header header = {.columns = trace_columns_create(name), .fine = true};
    struct csv_visitor visitor = {.context = &header, .cell = on_cell, .row = on_row};
    if (header.columns == NULL)
        return NULL;
    if (csv_rows_visit(name, text, length, &visitor, NULL) && header.fine && header.rows == 1 &&
        trace_columns_count(header.columns) >= 2)
        return header.columns;
    trace_columns_destroy(header.columns);
    return NULL;
}

struct trace *trace_csv_plain(const char *name, const char *text, size_t length)
{
    const char *feed = memchr(text, '\n', length);
    size_t first = feed == NULL ? 0 : (size_t)(feed - text) + 1;
    if (first == 0 || first > CSV_ROW_BYTES_MAX || memchr(text, '"', first) != NULL)
        return NULL;
    struct trace_columns *columns = read_header(name, text, first);
    if (columns == NULL)
        return NULL;
    struct plain plain = {.series = trace_columns_count(columns) - 1};
    plain.room = trace_csv_rows_bound(text + first, length - first, plain.series, false);
    plain.trace = trace_reserve(plain.series, plain.room, trace_columns_ids(columns));
    plain.tile = malloc(plain.series * TILE_ROWS * sizeof(double));
    plain.commas = malloc((plain.series + 2 * COMMA_BLOCK) * sizeof *plain.commas);
    trace_columns_destroy(columns);
    bool done = plain.trace != NULL && plain.tile != NULL && plain.commas != NULL &&
                read_body(&plain, text + first, length - first);
    free(plain.tile);
    free(plain.commas);
    if (!done) {
        trace_destroy(plain.trace);
        return NULL;
    }
    plain.trace->frames = plain.frames;
    return plain.trace;
}
