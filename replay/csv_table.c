/* csv_table.c - keeps the wanted cells of the row in hand in one buffer. */
#include "replay/csv_table.h"

#include "replay/csv_rows.h"

#include <stdlib.h>
#include <string.h>

#define NO_COLUMN SIZE_MAX

struct table {
    const char *name;
    const struct csv_column *columns;
    size_t count;
    csv_table_row row;
    void *context;
    struct error_list *errors;
    size_t place[CSV_TABLE_COLUMNS_MAX]; /* of each column in the file; NO_COLUMN */
    size_t file_columns;
    bool header_read;
    bool header_good;
    char *buffer; /* cells of the row in hand, each with its NUL */
    size_t used;
    size_t room;
    size_t start[CSV_TABLE_COLUMNS_MAX]; /* of each column's cell in the buffer */
    bool row_good;
    bool wrong;
};

static void refuse_column(struct table *table, uint64_t line, const char *column, const char *what)
{
    table->wrong = true;
    table->header_good = false;
    error_add(table->errors, ERROR_INPUT, table->name, line, column, "%s", what);
}

static void read_name(struct table *table, uint64_t line, size_t column, const char *text, size_t length)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strlen(table->columns[i].name) != length || memcmp(table->columns[i].name, text, length) != 0)
            continue;
        if (table->place[i] != NO_COLUMN)
            refuse_column(table, line, table->columns[i].name, "the header names this column twice");
        table->place[i] = column;
    }
}

static bool append(struct table *table, const char *text, size_t length)
{
    if (length >= table->room - table->used) {
        size_t room = (table->used + length + 1) * 2;
        char *moved = realloc(table->buffer, room);
        if (moved == NULL)
            return false;
        table->buffer = moved;
        table->room = room;
    }
    memcpy(table->buffer + table->used, text, length);
    table->buffer[table->used + length] = '\0';
    table->used += length + 1;
    return true;
}

static void on_cell(void *context, uint64_t line, size_t column, const char *text, size_t length)
{
    struct table *table = context;
    if (!table->header_read) {
        read_name(table, line, column, text, length);
        return;
    }
    for (size_t i = 0; i < table->count; i++) {
        if (table->place[i] != column)
            continue;
        table->row_good = table->row_good && csv_cell_is_text(text, length);
        table->start[i] = table->used;
        if (!append(table, text, length)) {
            table->row_good = false;
            table->wrong = true;
            error_add(table->errors, ERROR_ENVIRONMENT, table->name, line, NULL, "out of memory");
        }
    }
}

static void end_header(struct table *table, uint64_t line, size_t cells)
{
    table->header_read = true;
    table->file_columns = cells;
    for (size_t i = 0; i < table->count; i++) {
        if (table->columns[i].required && table->place[i] == NO_COLUMN)
            refuse_column(table, line, table->columns[i].name, "the header lacks this column");
    }
}

static void end_row(struct table *table, uint64_t line, size_t cells)
{
    const char *values[CSV_TABLE_COLUMNS_MAX];
    if (cells != table->file_columns) {
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, line, NULL, "%zu cells, expected %zu as in the header",
                  cells, table->file_columns);
        return;
    }
    if (!table->header_good || !table->row_good)
        return;
    for (size_t i = 0; i < table->count; i++)
        values[i] = table->place[i] == NO_COLUMN ? "" : table->buffer + table->start[i];
    table->row(table->context, line, values);
}

static void on_row(void *context, uint64_t line, size_t cells)
{
    struct table *table = context;
    if (!table->header_read)
        end_header(table, line, cells);
    else
        end_row(table, line, cells);
    table->used = 0;
    table->row_good = true;
}

bool csv_table_read(const char *name, const char *text, size_t length, const struct csv_column *columns, size_t count,
                    csv_table_row row, void *context, struct error_list *errors)
{
    struct table table = {.name = name,
                          .columns = columns,
                          .count = count,
                          .row = row,
                          .context = context,
                          .errors = errors,
                          .header_good = true,
                          .row_good = true};
    struct csv_visitor visitor = {.context = &table, .cell = on_cell, .row = on_row};
    for (size_t i = 0; i < count; i++)
        table.place[i] = NO_COLUMN;
    bool clean = csv_rows_visit(name, text, length, &visitor, errors);
    free(table.buffer);
    if (clean && !table.header_read) {
        error_add(errors, ERROR_INPUT, name, 0, NULL, "is empty, expected a header");
        return false;
    }
    return clean && !table.wrong;
}
