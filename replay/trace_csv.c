/* trace_csv.c - the tolerant path of wide CSV, which also says what is wrong.
 *
 * The plain path (trace_csv_plain.c) takes a file only when nothing about it is
 * odd. Every message, the fold of local clocks and quoted cells are here, once,
 * so that the two paths cannot disagree about what is an error.
 */
#include "replay/trace_csv.h"

#include "engine/number.h"
#include "replay/csv_rows.h"
#include "replay/trace_columns.h"
#include "replay/trace_csv_plain.h"
#include "replay/trace_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct table {
    const char *name;
    const char *text;
    size_t length;
    struct error_list *errors;
    struct trace_notes notes;
    struct trace_columns *columns;
    struct trace *trace; /* NULL until the header is read, or when it is wrong */
    size_t room;         /* frames that fit */
    size_t frames;
    size_t series;
    double *row;
    bool header_read;
    heal_time at; /* of the row in hand */
    bool at_good; /* ... and whether it has one */
    bool at_zoned;
    bool any_instant; /* `last` and `zoned` hold */
    heal_time last;   /* of the last row kept */
    bool zoned;       /* the file's instants have a zone */
    bool any_row;
    bool wrong;
};

static void note(struct table *table, uint64_t line, size_t column, const char *message, const char *text,
                 size_t length)
{
    char shown[CSV_SHOWN];
    const char *field = table->columns == NULL ? NULL : trace_columns_label(table->columns, column);
    table->wrong = true;
    error_add(table->errors, ERROR_INPUT, table->name, line, field, "%s, found %s", message,
              csv_cell_show(text, length, shown));
}

static void out_of_memory(struct table *table)
{
    table->wrong = true;
    error_add(table->errors, ERROR_ENVIRONMENT, table->name, 0, NULL, "out of memory");
}

static void read_instant(struct table *table, uint64_t line, const char *text, size_t length)
{
    table->at_good = heal_time_parse(text, length, &table->at, &table->at_zoned);
    if (table->at_good || !csv_cell_is_text(text, length))
        return;
    note(table, line, 0, "expected an instant such as 2022-08-22T03:51:00Z", text, length);
}

static void read_value(struct table *table, uint64_t line, size_t column, const char *text, size_t length)
{
    double value = NAN;
    if (length > 0 && !number_parse(text, length, &value) && csv_cell_is_text(text, length))
        note(table, line, column, "expected a finite decimal number or an empty cell", text, length);
    if (table->row != NULL)
        table->row[column - 1] = value;
}

static void on_cell(void *context, uint64_t line, size_t column, const char *text, size_t length)
{
    struct table *table = context;
    if (!table->header_read)
        table->wrong = !trace_columns_add(table->columns, line, text, length, table->errors) || table->wrong;
    else if (column == 0)
        read_instant(table, line, text, length);
    else if (column <= table->series)
        read_value(table, line, column, text, length);
}

static void end_header(struct table *table, uint64_t line)
{
    table->header_read = true;
    table->series = trace_columns_count(table->columns) - 1;
    if (table->series == 0) {
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, line, NULL,
                  "expected a header with an instant and at least one series, found one column");
    }
    if (table->wrong)
        return;
    table->room = trace_csv_rows_bound(table->text, table->length, table->series, true);
    table->trace = trace_reserve(table->series, table->room, trace_columns_ids(table->columns));
    table->row = malloc(table->series * sizeof(double));
    if (table->trace == NULL || table->row == NULL)
        out_of_memory(table);
}

/* Whether the row in hand moves time on. What is out of order is noted, but for
 * the fold of a local clock, which is counted. */
static bool moves_on(struct table *table, uint64_t line)
{
    char last[HEAL_TIME_TEXT];
    const char *field = trace_columns_label(table->columns, 0);
    if (!table->any_instant) {
        table->any_instant = true;
        table->zoned = table->at_zoned;
    } else if (table->at_zoned != table->zoned) {
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, line, field,
                  "expected an instant with%s a zone as in the first row", table->zoned ? "" : "out");
        return false;
    } else if (table->at <= table->last) {
        if (!table->zoned && table->last - table->at <= HEAL_HOUR) {
            table->notes.fold_line = table->notes.folded_rows++ == 0 ? line : table->notes.fold_line;
            return false;
        }
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, line, field,
                  "expected an instant after %s, that of the row before, found %s", heal_time_format(table->last, last),
                  table->at == table->last ? "the same" : "an earlier one");
        return false;
    }
    table->last = table->at;
    return true;
}

static void keep(struct table *table)
{
    if (table->wrong || table->frames == table->room)
        return;
    table->trace->times[table->frames] = table->at;
    for (size_t i = 0; i < table->series; i++)
        table->trace->columns[i * table->trace->stride + table->frames] = table->row[i];
    table->frames++;
}

static void on_row(void *context, uint64_t line, size_t cells)
{
    struct table *table = context;
    if (!table->header_read) {
        end_header(table, line);
        return;
    }
    table->any_row = true;
    if (cells != table->series + 1) {
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, line, NULL, "%zu cells, expected %zu as in the header",
                  cells, table->series + 1);
    }
    if (table->at_good && moves_on(table, line))
        keep(table);
    table->at_good = false;
}

static void visit(struct table *table)
{
    struct csv_visitor visitor = {.context = table, .cell = on_cell, .row = on_row};
    table->columns = trace_columns_create(table->name);
    if (table->columns == NULL) {
        out_of_memory(table);
        return;
    }
    bool clean = csv_rows_visit(table->name, table->text, table->length, &visitor, table->errors);
    table->wrong = table->wrong || !clean;
    if (clean && !table->any_row) {
        table->wrong = true;
        error_add(table->errors, ERROR_INPUT, table->name, 0, NULL,
                  table->header_read ? "holds a header but no rows" : "is empty");
    }
}

struct trace *trace_csv_parse_tolerant(const char *name, const char *text, size_t length, struct trace_notes *notes,
                                       struct error_list *errors)
{
    struct table table = {.name = name, .text = text, .length = length, .errors = errors};
    visit(&table);
    if (table.wrong) {
        trace_destroy(table.trace);
        table.trace = NULL;
    } else {
        table.trace->frames = table.frames;
    }
    if (notes != NULL)
        *notes = table.notes;
    trace_columns_destroy(table.columns);
    free(table.row);
    return table.trace;
}

struct trace *trace_csv_parse(const char *name, const char *text, size_t length, struct trace_notes *notes,
                              struct error_list *errors)
{
    struct trace *trace = trace_csv_plain(name, text, length);
    if (trace == NULL)
        return trace_csv_parse_tolerant(name, text, length, notes, errors);
    if (notes != NULL)
        *notes = (struct trace_notes){0};
    return trace;
}
