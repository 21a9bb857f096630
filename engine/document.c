/* document.c - readers over the tree of a document.
 *
 * A reader keeps two lists: which keys of the map were asked for (a bit each),
 * and which names were asked at all. The first finds the fields that nobody
 * knows, the second says what could have been meant. A value that is there and
 * wrong gets one message and counts as absent, so the reading goes on and all
 * faults come out in one pass. */
#include "engine/document.h"

#include "engine/names.h"
#include "engine/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, SHOWN_MAX = 60 };

/* What a node is, for "expected a number, found ...". */
static const char *found(const struct node *node, char text[SHOWN_MAX + 8])
{
    if (node->kind == NODE_MAP)
        return "a map";
    if (node->kind == NODE_LIST)
        return "a list";
    if (node->kind == NODE_NULL)
        return "no value";
    size_t length = strlen(node->text);
    size_t shown = length;
    if (length > SHOWN_MAX) {
        shown = SHOWN_MAX;
        while (shown > 0 && ((unsigned char)node->text[shown] & 0xc0) == 0x80)
            shown--; /* not through the middle of a UTF-8 sequence */
    }
    snprintf(text, SHOWN_MAX + 8, "'%.*s%s'", (int)shown, node->text, shown < length ? "..." : "");
    return text;
}

static const char *joined(const struct document *document, const char *path, const char *key)
{
    size_t size = strlen(path) + strlen(key) + 2;
    char *text = arena_alloc(document->arena, size);
    if (!text)
        return path;
    snprintf(text, size, "%s%s%s", path, path[0] ? "." : "", key);
    return text;
}

struct reader reader_open(const struct document *document, const struct node *node, const char *path,
                          struct error_list *errors)
{
    struct reader reader = {.document = document, .path = path, .errors = errors};
    char shown[SHOWN_MAX + 8];

    if (!node)
        return reader;
    const char *field = path[0] ? path : NULL;
    if (node->kind != NODE_MAP)
        error_add(errors, ERROR_INPUT, document->file, node->line, field, "expected a map of fields, found %s",
                  found(node, shown));
    else if (node->count > READER_MAP_MAX)
        error_add(errors, ERROR_INPUT, document->file, node->line, field, "%zu fields, expected at most %d",
                  node->count, READER_MAP_MAX);
    else
        reader.map = node;
    return reader;
}

void reader_close(struct reader *reader)
{
    if (!reader->map)
        return;
    char names[MESSAGE_MAX] = "";
    size_t length = 0;
    for (size_t i = 0; i < reader->asked_count && length < sizeof names; i++)
        length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", i > 0 ? ", " : "", reader->asked[i]);
    for (size_t i = 0; i < reader->map->count; i++) {
        if ((reader->seen[i / 64] >> (i % 64) & 1) == 0)
            error_add(reader->errors, ERROR_INPUT, reader->document->file, reader->map->key_lines[i],
                      reader_path(reader, reader->map->keys[i]), "unknown field, expected one of %s", names);
    }
}

/* Notes that `key` was asked for; a second asking changes nothing. */
static void note_asked(struct reader *reader, const char *key)
{
    size_t index;
    if (name_find(reader->asked, reader->asked_count, key, &index) || reader->asked_count == READER_KEYS_MAX)
        return;
    reader->asked[reader->asked_count++] = key;
}

static bool find(const struct node *map, const char *key, size_t *index)
{
    return map && map->count > 0 && name_find(map->keys, map->count, key, index);
}

const struct node *reader_node(struct reader *reader, const char *key)
{
    size_t index;
    note_asked(reader, key);
    if (!find(reader->map, key, &index))
        return NULL;
    reader->seen[index / 64] |= UINT64_C(1) << (index % 64);
    return reader->map->items[index];
}

bool reader_require(struct reader *reader, const char *key)
{
    if (!reader->map || reader_node(reader, key))
        return reader->map != NULL;
    error_add(reader->errors, ERROR_INPUT, reader->document->file, reader->map->line, reader_path(reader, key),
              "missing, this field must be given");
    return false;
}

void reader_error(struct reader *reader, const char *key, const char *format, ...)
{
    if (!reader->map)
        return;
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    size_t index;
    uint32_t line = reader->map->line;
    if (key && find(reader->map, key, &index))
        line = reader->map->key_lines[index];
    const char *field = key ? reader_path(reader, key) : reader->path;
    error_add(reader->errors, ERROR_INPUT, reader->document->file, line, field[0] ? field : NULL, "%s", message);
}

static void reader_expected(struct reader *reader, const char *key, const struct node *node, const char *what)
{
    char shown[SHOWN_MAX + 8];
    reader_error(reader, key, "expected %s, found %s", what, found(node, shown));
}

bool reader_text(struct reader *reader, const char *key, const char **out)
{
    const struct node *node = reader_node(reader, key);
    if (!node)
        return false;
    if (node->kind != NODE_TEXT || node->text[0] == '\0') {
        reader_expected(reader, key, node, "a text");
        return false;
    }
    *out = node->text;
    return true;
}

static void note_memory(struct reader *reader)
{
    error_add(reader->errors, ERROR_ENVIRONMENT, reader->document->file, 0, NULL, "out of memory");
}

void *reader_array(struct reader *reader, struct arena *arena, size_t count, size_t size)
{
    void *array = arena_array(arena, count > 0 ? count : 1, size);
    if (!array)
        note_memory(reader);
    return array;
}

const char *reader_copy(struct reader *reader, struct arena *arena, const char *text)
{
    const char *copy = arena_text(arena, text, strlen(text));
    if (!copy)
        note_memory(reader);
    return copy;
}

bool reader_text_into(struct reader *reader, const char *key, struct arena *arena, const char **out)
{
    const char *text;
    if (!reader_text(reader, key, &text))
        return false;
    const char *copy = reader_copy(reader, arena, text);
    if (copy)
        *out = copy;
    return copy != NULL;
}

/* A node that is a bare word; NULL with a message naming `what` otherwise. */
static const struct node *bare_word(struct reader *reader, const char *key, const char *what)
{
    const struct node *node = reader_node(reader, key);
    if (node && (node->kind != NODE_TEXT || node->quoted)) {
        if (node->kind == NODE_TEXT)
            reader_error(reader, key, "expected %s, found a text in quotes", what);
        else
            reader_expected(reader, key, node, what);
        return NULL;
    }
    return node;
}

bool reader_number(struct reader *reader, const char *key, double low, double high, double *out)
{
    char what[96];
    double value;
    snprintf(what, sizeof what, "a number from %g to %g", low, high);
    const struct node *node = bare_word(reader, key, what);
    if (!node)
        return false;
    if (!number_parse(node->text, strlen(node->text), &value) || value < low || value > high) {
        reader_expected(reader, key, node, what);
        return false;
    }
    *out = value;
    return true;
}

bool reader_integer(struct reader *reader, const char *key, int64_t low, int64_t high, int64_t *out)
{
    char what[96];
    int64_t value;
    snprintf(what, sizeof what, "a whole number from %lld to %lld", (long long)low, (long long)high);
    const struct node *node = bare_word(reader, key, what);
    if (!node)
        return false;
    if (!integer_parse(node->text, strlen(node->text), &value) || value < low || value > high) {
        reader_expected(reader, key, node, what);
        return false;
    }
    *out = value;
    return true;
}

bool reader_count(struct reader *reader, const char *key, uint32_t low, uint32_t high, uint32_t *out)
{
    int64_t value;
    if (!reader_integer(reader, key, low, high, &value))
        return false;
    *out = (uint32_t)value;
    return true;
}

bool reader_bool(struct reader *reader, const char *key, bool *out)
{
    static const char *const NAMES[] = {"false", "true"};
    size_t value;
    const struct node *node = bare_word(reader, key, "true or false");
    if (!node)
        return false;
    if (!name_find(NAMES, 2, node->text, &value)) {
        reader_expected(reader, key, node, "true or false");
        return false;
    }
    *out = value == 1;
    return true;
}

bool reader_duration(struct reader *reader, const char *key, heal_duration low, heal_duration high, heal_duration *out)
{
    char what[128], low_text[HEAL_DURATION_TEXT], high_text[HEAL_DURATION_TEXT];
    heal_duration value;
    const struct node *node = reader_node(reader, key);
    if (!node)
        return false;
    if (node->kind != NODE_TEXT || !heal_duration_parse(node->text, strlen(node->text), &value) || value < low ||
        value > high) {
        snprintf(what, sizeof what, "a duration such as 90s, 5m or 1h30m from %s to %s",
                 heal_duration_format(low, low_text), heal_duration_format(high, high_text));
        reader_expected(reader, key, node, what);
        return false;
    }
    *out = value;
    return true;
}

bool reader_time(struct reader *reader, const char *key, heal_time *out)
{
    const struct node *node = reader_node(reader, key);
    if (!node)
        return false;
    if (node->kind != NODE_TEXT || !heal_time_parse(node->text, strlen(node->text), out, NULL)) {
        reader_expected(reader, key, node, "a time such as 2026-01-31T08:00:00Z");
        return false;
    }
    return true;
}

bool reader_choice(struct reader *reader, const char *key, const char *const *names, size_t count, size_t *out)
{
    const struct node *node = reader_node(reader, key);
    if (!node)
        return false;
    if (node->kind == NODE_TEXT && name_find(names, count, node->text, out))
        return true;
    char what[MESSAGE_MAX] = "one of ";
    size_t length = strlen(what);
    for (size_t i = 0; i < count && length < sizeof what; i++)
        length += (size_t)snprintf(what + length, sizeof what - length, "%s%s", i > 0 ? ", " : "", names[i]);
    reader_expected(reader, key, node, what);
    return false;
}

const struct node *const *reader_list(struct reader *reader, const char *key, size_t *count)
{
    static const struct node *const NONE[1] = {NULL}; /* an empty list is there all the same */
    const struct node *node = reader_node(reader, key);
    *count = 0;
    if (!node)
        return NULL;
    if (node->kind != NODE_LIST) {
        reader_expected(reader, key, node, "a list");
        return NULL;
    }
    *count = node->count;
    return node->count > 0 ? (const struct node *const *)node->items : NONE;
}

struct reader reader_item(const struct reader *reader, const char *key, const struct node *const *items, size_t index)
{
    return reader_open(reader->document, items[index], reader_item_path(reader, key, index), reader->errors);
}

struct reader reader_map(struct reader *reader, const char *key)
{
    const struct node *node = reader_node(reader, key);
    return reader_open(reader->document, node, reader_path(reader, key), reader->errors);
}

const char *reader_path(const struct reader *reader, const char *key)
{
    return joined(reader->document, reader->path, key);
}

const char *reader_item_path(const struct reader *reader, const char *key, size_t index)
{
    size_t size = strlen(key) + 24;
    char *name = arena_alloc(reader->document->arena, size);
    if (!name)
        return reader->path;
    snprintf(name, size, "%s[%zu]", key, index);
    return reader_path(reader, name);
}
