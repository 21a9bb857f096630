/* trace_columns.c - a column `kind/namespace/name:metric` is a series; any other
 * name is a metric of the file itself, `series/trace/<stem>:<name>`, with what an
 * id may not hold written as `_`. An inventory judges ids and finds duplicates. */
#include "replay/trace_columns.h"

#include "engine/arena.h"
#include "engine/inventory.h"
#include "replay/csv_rows.h"

#include <stdlib.h>
#include <string.h>

struct trace_columns {
    const char *name;
    struct arena *texts;
    struct inventory *seen;
    const char *label;  /* of the instants */
    const char *prefix; /* series/trace/<stem>: */
    const char **ids;   /* in `texts` */
    size_t *columns;    /* of each series in `seen`, its column */
    size_t count, room; /* cells taken; room in the two arrays */
    bool over_full;
};

static bool mask(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

/* `series/trace/<stem>:` for a path; bytes that an id may not hold become `_`. */
static char *prefix_of(struct arena *texts, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(base, '.');
    size_t length = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
    if (length == 0) {
        base = "trace";
        length = strlen(base);
    }
    static const char start[] = "series/trace/";
    char *prefix = arena_alloc(texts, sizeof start + length + 1);
    if (prefix == NULL)
        return NULL;
    memcpy(prefix, start, sizeof start);
    char *to = prefix + sizeof start - 1;
    for (size_t i = 0; i < length; i++)
        to[i] = mask(base[i]) || base[i] == ':' || (unsigned char)base[i] >= 0x80 ? '_' : base[i];
    to[length] = ':';
    return prefix;
}

struct trace_columns *trace_columns_create(const char *name)
{
    struct trace_columns *columns = calloc(1, sizeof *columns);
    if (columns == NULL)
        return NULL;
    columns->name = name;
    columns->texts = arena_create();
    columns->seen = inventory_create();
    columns->prefix = columns->texts == NULL ? NULL : prefix_of(columns->texts, name);
    if (columns->seen == NULL || columns->prefix == NULL) {
        trace_columns_destroy(columns);
        return NULL;
    }
    return columns;
}

void trace_columns_destroy(struct trace_columns *columns)
{
    if (columns == NULL)
        return;
    arena_destroy(columns->texts);
    inventory_destroy(columns->seen);
    free(columns->ids);
    free(columns->columns);
    free(columns);
}

static bool make_room(struct trace_columns *columns)
{
    if (columns->count < columns->room)
        return true;
    size_t room = columns->room == 0 ? 64 : columns->room * 2;
    const char **ids = realloc(columns->ids, room * sizeof *ids);
    if (ids != NULL)
        columns->ids = ids;
    size_t *numbers = realloc(columns->columns, room * sizeof *numbers);
    if (numbers != NULL)
        columns->columns = numbers;
    if (ids == NULL || numbers == NULL)
        return false;
    columns->room = room;
    return true;
}

/* The id of a column that is no `kind/namespace/name:metric`; NULL when out of memory. */
static char *bare_id(struct trace_columns *columns, const char *text, size_t length)
{
    size_t prefix = strlen(columns->prefix);
    char *id = arena_alloc(columns->texts, prefix + length + 1);
    if (id == NULL)
        return NULL;
    memcpy(id, columns->prefix, prefix);
    for (size_t i = 0; i < length; i++)
        id[prefix + i] = mask(text[i]) ? '_' : text[i];
    return id;
}

static bool refuse(const struct trace_columns *columns, uint64_t line, struct error_list *errors, const char *what)
{
    error_add(errors, ERROR_INPUT, columns->name, line, NULL, "column %zu: %s", columns->count + 1, what);
    return false;
}

/* The number of a series id, found or added; SERIES_NONE when it is malformed. */
static uint32_t number_of(struct inventory *seen, const char *id, size_t length)
{
    uint32_t number = inventory_find_series(seen, id, length);
    return number == SERIES_NONE ? inventory_add_series(seen, id, length) : number;
}

/* Notes the series of the column in hand; false with a message. */
static bool add_series(struct trace_columns *columns, uint64_t line, const char *text, size_t length,
                       struct error_list *errors)
{
    char shown[CSV_SHOWN];
    size_t bare_length = strlen(columns->prefix) + length;
    uint32_t number = number_of(columns->seen, text, length);
    bool bare = number == SERIES_NONE;
    const char *id = bare ? bare_id(columns, text, length) : arena_text(columns->texts, text, length);
    if (id == NULL) {
        error_add(errors, ERROR_ENVIRONMENT, columns->name, line, NULL, "out of memory");
        return false;
    }
    if (bare && bare_length > SERIES_ID_MAX)
        return refuse(columns, line, errors, "its name and that of the file are over 512 bytes long");
    if (bare)
        number = number_of(columns->seen, id, bare_length);
    if (number == SERIES_NONE)
        return refuse(columns, line, errors, "its name cannot be a series id, expected printable UTF-8");
    if (columns->columns[number] != 0) {
        error_add(errors, ERROR_INPUT, columns->name, line, NULL, "column %zu: %s is the name of column %zu already",
                  columns->count + 1, csv_cell_show(text, length, shown), columns->columns[number] + 1);
        return false;
    }
    columns->columns[number] = columns->count;
    columns->ids[columns->count - 1] = id;
    return true;
}

static bool take(struct trace_columns *columns, uint64_t line, const char *text, size_t length,
                 struct error_list *errors)
{
    columns->ids[columns->count == 0 ? 0 : columns->count - 1] = NULL;
    columns->columns[columns->count] = 0;
    if (!csv_cell_is_text(text, length))
        return false;
    if (length == 0)
        return refuse(columns, line, errors, "its name is empty");
    if (length > SERIES_ID_MAX)
        return refuse(columns, line, errors, "its name is over 512 bytes long");
    if (columns->count > 0)
        return add_series(columns, line, text, length, errors);
    columns->label = arena_text(columns->texts, text, length);
    return columns->label != NULL;
}

bool trace_columns_add(struct trace_columns *columns, uint64_t line, const char *text, size_t length,
                       struct error_list *errors)
{
    if (columns->count > SERIES_MAX) {
        if (!columns->over_full)
            error_add(errors, ERROR_INPUT, columns->name, line, NULL, "over %d columns", SERIES_MAX);
        columns->over_full = true;
        columns->count++;
        return false;
    }
    if (!make_room(columns)) {
        error_add(errors, ERROR_ENVIRONMENT, columns->name, line, NULL, "out of memory");
        return false;
    }
    bool fine = take(columns, line, text, length, errors);
    columns->count++;
    return fine;
}

size_t trace_columns_count(const struct trace_columns *columns)
{
    return columns->count;
}

const char *const *trace_columns_ids(const struct trace_columns *columns)
{
    return columns->ids;
}

const char *trace_columns_label(const struct trace_columns *columns, size_t column)
{
    if (column == 0)
        return columns->label;
    const char *id = column < columns->count && column <= SERIES_MAX ? columns->ids[column - 1] : NULL;
    size_t prefix = strlen(columns->prefix);
    return id != NULL && strncmp(id, columns->prefix, prefix) == 0 ? id + prefix : id;
}
