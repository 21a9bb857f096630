/* labels.c - labelled incidents, from our CSV or from NAB's windows (JSON). */
#include "replay/labels.h"

#include "engine/inventory.h"
#include "engine/utf8.h"
#include "replay/csv_rows.h"
#include "replay/csv_table.h"
#include "replay/mapping.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const char *name;
    struct labels *out;
    size_t room;
    struct error_list *errors;
    bool wrong;
};

static void wrong(struct reading *reading, uint64_t line, const char *field, const char *message)
{
    reading->wrong = true;
    error_add(reading->errors, ERROR_INPUT, reading->name, line, field, "%s", message);
}

static bool make_room(struct reading *reading)
{
    if (reading->out->count < reading->room)
        return true;
    size_t room = reading->room == 0 ? 16 : reading->room * 2;
    struct label *moved = realloc(reading->out->items, room * sizeof *moved);
    if (moved == NULL)
        return false;
    reading->out->items = moved;
    reading->room = room;
    return true;
}

static void add_label(struct reading *reading, heal_time start, heal_time end, const char *resource,
                      const char *fault_type)
{
    if (make_room(reading)) {
        struct label *label = &reading->out->items[reading->out->count++];
        *label =
            (struct label){.start = start, .end = end, .resource = strdup(resource), .fault_type = strdup(fault_type)};
        if (label->resource != NULL && label->fault_type != NULL)
            return;
    }
    reading->wrong = true;
    error_add(reading->errors, ERROR_ENVIRONMENT, reading->name, 0, NULL, "out of memory");
}

static bool read_instant(struct reading *reading, uint64_t line, const char *field, const char *text, heal_time *out)
{
    char shown[CSV_SHOWN];
    if (heal_time_parse(text, strlen(text), out, NULL))
        return true;
    reading->wrong = true;
    error_add(reading->errors, ERROR_INPUT, reading->name, line, field,
              "expected an instant such as 2022-08-22T03:51:00Z, found %s", csv_cell_show(text, strlen(text), shown));
    return false;
}

static bool check_word(struct reading *reading, uint64_t line, const char *field, const char *text)
{
    bool fine = strlen(text) <= SERIES_ID_MAX && utf8_printable(text, strlen(text));
    if (!fine)
        wrong(reading, line, field, "expected at most 512 bytes of printable text");
    return fine;
}

enum { START, END, RESOURCE, FAULT_TYPE, LABEL_COLUMNS };

static void on_label(void *context, uint64_t line, const char *const *cells)
{
    struct reading *reading = context;
    heal_time start, end;
    bool started = read_instant(reading, line, "start", cells[START], &start);
    bool ended = read_instant(reading, line, "end", cells[END], &end);
    bool named = check_word(reading, line, "resource", cells[RESOURCE]);
    bool typed = check_word(reading, line, "fault_type", cells[FAULT_TYPE]);
    if (started && ended && end <= start)
        wrong(reading, line, "end", "expected an instant after `start`");
    else if (started && ended && named && typed)
        add_label(reading, start, end, cells[RESOURCE], cells[FAULT_TYPE]);
}

static void parse_csv(struct reading *reading, const char *text, size_t length)
{
    static const struct csv_column columns[LABEL_COLUMNS] = {
        {"start", true}, {"end", true}, {"resource", true}, {"fault_type", false}};
    if (!csv_table_read(reading->name, text, length, columns, LABEL_COLUMNS, on_label, reading, reading->errors))
        reading->wrong = true;
}

/* True when `whole` ends in `tail`, at the start of a part of its path. */
static bool ends_in(const char *whole, const char *tail)
{
    size_t whole_length = strlen(whole);
    size_t tail_length = strlen(tail);
    if (tail_length == 0 || tail_length > whole_length || strcmp(whole + whole_length - tail_length, tail) != 0)
        return false;
    return whole_length == tail_length || whole[whole_length - tail_length - 1] == '/';
}

static void read_window(struct reading *reading, const char *key, size_t index, const cJSON *window)
{
    char field[640];
    heal_time start, end;
    const cJSON *from = cJSON_GetArrayItem(window, 0);
    const cJSON *to = cJSON_GetArrayItem(window, 1);
    snprintf(field, sizeof field, "%.600s[%zu]", key, index);
    if (!cJSON_IsArray(window) || cJSON_GetArraySize(window) != 2 || !cJSON_IsString(from) || !cJSON_IsString(to)) {
        wrong(reading, 0, field, "expected [start, end], two instants");
        return;
    }
    bool started = read_instant(reading, 0, field, from->valuestring, &start);
    if (!read_instant(reading, 0, field, to->valuestring, &end) || !started)
        return;
    if (end <= start)
        wrong(reading, 0, field, "expected an end after the start");
    else
        add_label(reading, start, end, "", "");
}

/* Takes the windows of the one entry that is the trace's. */
static void read_windows(struct reading *reading, const cJSON *files, const char *trace_name)
{
    const cJSON *found = NULL;
    const cJSON *file;
    size_t index = 0;
    if (!cJSON_IsObject(files)) {
        wrong(reading, 0, NULL, "expected an object of file names to lists of [start, end]");
        return;
    }
    cJSON_ArrayForEach(file, files)
    {
        if (!ends_in(file->string, trace_name) && !ends_in(trace_name, file->string))
            continue;
        if (found != NULL) {
            wrong(reading, 0, file->string, "a second entry for this trace");
            return;
        }
        found = file;
    }
    if (found == NULL) {
        wrong(reading, 0, trace_name, "no entry for this trace");
    } else if (!cJSON_IsArray(found)) {
        wrong(reading, 0, found->string, "expected a list of [start, end]");
    } else {
        cJSON_ArrayForEach(file, found) read_window(reading, found->string, index++, file);
    }
}

static uint64_t line_of(const char *text, const char *at)
{
    uint64_t line = 1;
    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void parse_json(struct reading *reading, const char *text, size_t length, const char *trace_name)
{
    const char *end = text;
    size_t good = utf8_prefix(text, length);
    if (good < length) {
        wrong(reading, line_of(text, text + good), NULL, "bytes that are not UTF-8");
        return;
    }
    cJSON *files = cJSON_ParseWithLengthOpts(text, length, &end, false);
    const char *stop = text + length;
    const char *rest = end;
    while (files != NULL && rest < stop && strchr(" \t\r\n", *rest) != NULL && *rest != '\0')
        rest++;
    if (files == NULL)
        wrong(reading, line_of(text, end), NULL, "is not well-formed JSON here");
    else if (rest < stop)
        wrong(reading, line_of(text, rest), NULL, "expected nothing behind the JSON object");
    else
        read_windows(reading, files, trace_name);
    cJSON_Delete(files);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool labels_parse(const char *name, const char *text, size_t length, const char *trace_name, struct labels *out,
                  struct error_list *errors)
{
    struct reading reading = {.name = name, .out = out, .errors = errors};
    size_t blank = 0;
    *out = (struct labels){0};
    while (blank < length && is_blank(text[blank]))
        blank++;
    if (blank < length && (text[blank] == '{' || text[blank] == '['))
        parse_json(&reading, text, length, trace_name);
    else
        parse_csv(&reading, text, length);
    if (reading.wrong)
        labels_clear(out);
    return !reading.wrong;
}

bool labels_read(const char *path, const char *trace_name, struct labels *out, struct error_list *errors)
{
    struct mapping file;
    *out = (struct labels){0};
    if (!mapping_read(path, &file, errors))
        return false;
    bool done = labels_parse(path, file.base, file.length, trace_name, out, errors);
    mapping_release(&file);
    return done;
}

void labels_clear(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->items[i].resource);
        free(labels->items[i].fault_type);
    }
    free(labels->items);
    *labels = (struct labels){0};
}
