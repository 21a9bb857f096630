/* document.h - what a person wrote in YAML or JSON, as a tree that knows its lines.
 *
 * The tree is plain memory; who parses a file into it is `cli` (libfyaml). The
 * readers of policies and scenarios take it from here and note every fault with
 * file, line and field, all of them in one pass. Access goes through a `reader`,
 * which remembers which keys were asked for, so that unknown fields are found
 * without a second list of names.
 */
#ifndef SELFHEAL_ENGINE_DOCUMENT_H
#define SELFHEAL_ENGINE_DOCUMENT_H

#include "engine/arena.h"
#include "engine/error.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DOCUMENT_DEPTH_MAX = 32, READER_KEYS_MAX = 48, READER_MAP_MAX = 512 };

enum node_kind { NODE_NULL, NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    uint32_t line;       /* 1-based */
    bool quoted;         /* TEXT: was in quotes, so it is no number and no bool */
    const char *text;    /* TEXT: NUL-terminated UTF-8 without inner NUL */
    size_t count;        /* LIST, MAP */
    struct node **items; /* LIST, MAP: values */
    const char **keys;   /* MAP: keys[i] names items[i]; no key twice */
    uint32_t *key_lines;
};

struct document {
    struct arena *arena; /* owns the tree */
    const char *file;
    const struct node *root;
};

/* One map that is being read. Zero cost to make; lives on the stack. */
struct reader {
    const struct document *document;
    const struct node *map; /* NULL after a wrong kind: every look-up is then silent and false */
    const char *path;       /* "faults[2]"; "" at the root */
    struct error_list *errors;
    uint64_t seen[READER_MAP_MAX / 64]; /* keys of the map that were asked for; larger maps are refused */
    const char *asked[READER_KEYS_MAX]; /* all that was asked for, there or not: the names a message can offer */
    size_t asked_count;
};

/* Starts reading `node` as a map; notes an error if it is none. `path` must
 * outlive the reader (arena text). */
struct reader reader_open(const struct document *document, const struct node *node, const char *path,
                          struct error_list *errors);
/* Notes every key that nobody asked for: "unknown field, expected one of ...". */
void reader_close(struct reader *reader);

/* Keys are literals or live as long as the reader; a map has at most
 * READER_KEYS_MAX of them. Each looks `key` up and returns whether *out was set. Absent: false, no
 * message, *out as it was; `reader_require` notes absence. Present and wrong:
 * false and a message with what was expected. */
bool reader_require(struct reader *reader, const char *key);
const struct node *reader_node(struct reader *reader, const char *key);
bool reader_text(struct reader *reader, const char *key, const char **out);
/* The same, copied into `arena` for whoever outlives the document. */
bool reader_text_into(struct reader *reader, const char *key, struct arena *arena, const char **out);
bool reader_number(struct reader *reader, const char *key, double low, double high,
                   double *out); /* [low, high], finite */
bool reader_integer(struct reader *reader, const char *key, int64_t low, int64_t high, int64_t *out);
bool reader_count(struct reader *reader, const char *key, uint32_t low, uint32_t high, uint32_t *out);
bool reader_bool(struct reader *reader, const char *key, bool *out); /* true, false */
bool reader_duration(struct reader *reader, const char *key, heal_duration low, heal_duration high, heal_duration *out);
bool reader_time(struct reader *reader, const char *key, heal_time *out);
/* One of `names[0 .. count)`; *out is its index. */
bool reader_choice(struct reader *reader, const char *key, const char *const *names, size_t count, size_t *out);
/* A list of maps or texts and its length. NULL and 0 when absent or wrong; an
 * empty list is not NULL. */
const struct node *const *reader_list(struct reader *reader, const char *key, size_t *count);
/* An item of such a list that should be a map. */
struct reader reader_item(const struct reader *reader, const char *key, const struct node *const *items, size_t index);
/* A nested map as a reader of its own; .map is NULL when absent or wrong. */
struct reader reader_map(struct reader *reader, const char *key);
/* "path.key" or "path[index]" in the document's arena. */
const char *reader_path(const struct reader *reader, const char *key);
const char *reader_item_path(const struct reader *reader, const char *key, size_t index);
/* Notes a fault of `key` (or of the map itself when NULL) at its line. */
void reader_error(struct reader *reader, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A copy of `text` in `arena`, or NULL with a note that memory is out. */
const char *reader_copy(struct reader *reader, struct arena *arena, const char *text);
/* `count` zeroed elements (room for one when 0), or NULL with a note that memory is out. */
void *reader_array(struct reader *reader, struct arena *arena, size_t count, size_t size);

#endif
