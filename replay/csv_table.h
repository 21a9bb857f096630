/* csv_table.h - a small CSV whose columns are known by name: labels, edges. */
#ifndef SELFHEAL_REPLAY_CSV_TABLE_H
#define SELFHEAL_REPLAY_CSV_TABLE_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CSV_TABLE_COLUMNS_MAX = 8 };

struct csv_column {
    const char *name;
    bool required;
};

/* One row: cells[i] belongs to column i of the table; "" where the file has no
 * such column. Good until the next row. `line` is where it starts. */
typedef void (*csv_table_row)(void *context, uint64_t line, const char *const *cells);

/* Reads text[0 .. length): a header that has the required columns in any order
 * (others are passed over), then rows. False with messages; rows that are ragged
 * or not text are not handed on. `count` is 1 .. CSV_TABLE_COLUMNS_MAX. */
bool csv_table_read(const char *name, const char *text, size_t length, const struct csv_column *columns, size_t count,
                    csv_table_row row, void *context, struct error_list *errors);

#endif
