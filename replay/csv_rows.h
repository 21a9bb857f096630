/* csv_rows.h - any CSV, quoted or odd, cell by cell with its line (libcsv).
 *
 * Blank lines are passed over, blanks around an unquoted cell belong to nobody,
 * rows end in LF, CR or CRLF, and a byte order mark is skipped.
 */
#ifndef SELFHEAL_REPLAY_CSV_ROWS_H
#define SELFHEAL_REPLAY_CSV_ROWS_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSV_ROW_BYTES_MAX = 64 << 20 };

struct csv_visitor {
    void *context;
    /* Cell `column` (from 0) of the row that starts at `line`. Not NUL-terminated. */
    void (*cell)(void *context, uint64_t line, size_t column, const char *text, size_t length);
    /* The row is complete with `cells` cells. */
    void (*row)(void *context, uint64_t line, size_t cells);
};

/* Visits every row of text[0 .. length). Notes itself, with lines: bytes that are
 * NUL or not UTF-8, a quote that is never closed, a row over CSV_ROW_BYTES_MAX. False
 * when it noted anything; what could be read has been visited all the same. */
bool csv_rows_visit(const char *name, const char *text, size_t length, const struct csv_visitor *visitor,
                    struct error_list *errors);

/* True when the cell is text; when not, csv_rows_visit has noted its line. */
bool csv_cell_is_text(const char *text, size_t length);

/* A cell as a message shows it, with its quotes: cut to what fits, as the start
 * of a text, where it is long. Returns `shown`. */
enum { CSV_SHOWN = 48 };
char *csv_cell_show(const char *text, size_t length, char shown[CSV_SHOWN]);

#endif
