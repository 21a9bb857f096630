/* csv_rows.c - libcsv is fed a line at a time, so that its callbacks know where
 * they are. */
#include "replay/csv_rows.h"

#include "engine/utf8.h"

#include <csv.h>
#include <stdio.h>
#include <string.h>

enum { BUFFER_STEP = 16384, LINE_WINDOW = 512 };

struct position {
    const struct csv_visitor *visitor;
    uint64_t line;     /* being fed */
    uint64_t row_line; /* where the row in hand began */
    size_t cells;      /* of the row in hand */
    size_t row_bytes;  /* fed since a row ended */
};

static void on_cell(void *text, size_t length, void *data)
{
    struct position *position = data;
    if (position->cells == 0)
        position->row_line = position->line;
    position->visitor->cell(position->visitor->context, position->row_line, position->cells++, length == 0 ? "" : text,
                            length);
}

static void on_row(int terminator, void *data)
{
    struct position *position = data;
    (void)terminator;
    position->visitor->row(position->visitor->context, position->row_line, position->cells);
    position->cells = 0;
    position->row_bytes = 0;
}

bool csv_cell_is_text(const char *text, size_t length)
{
    return memchr(text, '\0', length) == NULL && utf8_prefix(text, length) == length;
}

char *csv_cell_show(const char *text, size_t length, char shown[CSV_SHOWN])
{
    size_t room = CSV_SHOWN - sizeof "\"...\"";
    bool cut = length > room;
    if (cut)
        length = utf8_prefix(text, room);
    snprintf(shown, CSV_SHOWN, "\"%.*s%s\"", (int)length, text, cut ? "..." : "");
    return shown;
}

/* The length of the first line of text[0 .. length), with what ends it. Goes by
 * windows, so that a file with CR alone is not searched for an LF line by line. */
static size_t line_length(const char *text, size_t length)
{
    for (size_t start = 0; start < length; start += LINE_WINDOW) {
        size_t window = length - start < LINE_WINDOW ? length - start : LINE_WINDOW;
        const char *feed = memchr(text + start, '\n', window);
        if (feed != NULL)
            window = (size_t)(feed - text) - start;
        const char *carriage = memchr(text + start, '\r', window);
        if (carriage != NULL) {
            size_t end = (size_t)(carriage - text) + 1;
            return end < length && text[end] == '\n' ? end + 1 : end;
        }
        if (feed != NULL)
            return (size_t)(feed - text) + 1;
    }
    return length;
}

static bool check_bytes(const char *name, uint64_t line, const char *text, size_t length, struct error_list *errors)
{
    size_t good = utf8_prefix(text, length);
    const char *zero = memchr(text, '\0', good);
    if (zero != NULL)
        error_add(errors, ERROR_INPUT, name, line, NULL, "byte %zu is NUL, expected text", (size_t)(zero - text) + 1);
    else if (good < length)
        error_add(errors, ERROR_INPUT, name, line, NULL, "byte %zu (0x%02x) is not UTF-8", good + 1,
                  (unsigned)(unsigned char)text[good]);
    return zero == NULL && good == length;
}

/* Feeds all lines; false when something was noted. */
static bool feed_lines(struct csv_parser *parser, const char *name, const char *text, size_t length,
                       struct position *position, struct error_list *errors)
{
    bool fine = true;
    for (size_t at = 0; at < length;) {
        size_t line = line_length(text + at, length - at);
        position->line++;
        position->row_bytes += line;
        if (position->line == 1 && memchr(text, '\0', line) != NULL) {
            error_add(errors, ERROR_INPUT, name, 0, NULL, "is no text, its first line holds NUL bytes");
            return false;
        }
        if (position->row_bytes > CSV_ROW_BYTES_MAX) {
            error_add(errors, ERROR_INPUT, name, position->line, NULL, "row over %d bytes", CSV_ROW_BYTES_MAX);
            return false;
        }
        fine = check_bytes(name, position->line, text + at, line, errors) && fine;
        if (csv_parse(parser, text + at, line, on_cell, on_row, position) != line) {
            error_add(errors, ERROR_ENVIRONMENT, name, position->line, NULL, "%s", csv_strerror(csv_error(parser)));
            return false;
        }
        at += line;
    }
    csv_set_opts(parser, CSV_STRICT | CSV_STRICT_FINI); /* makes csv_fini tell of an open quote */
    if (csv_fini(parser, on_cell, on_row, position) != 0) {
        error_add(errors, ERROR_INPUT, name, position->line, NULL, "a quote is never closed");
        return false;
    }
    return fine;
}

bool csv_rows_visit(const char *name, const char *text, size_t length, const struct csv_visitor *visitor,
                    struct error_list *errors)
{
    struct csv_parser parser;
    struct position position = {.visitor = visitor};
    size_t mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (csv_init(&parser, 0) != 0) {
        error_add(errors, ERROR_ENVIRONMENT, name, 0, NULL, "out of memory");
        return false;
    }
    csv_set_blk_size(&parser, BUFFER_STEP);
    bool fine = feed_lines(&parser, name, text + mark, length - mark, &position, errors);
    csv_free(&parser);
    return fine;
}
