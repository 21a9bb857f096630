/* error.h - what is wrong with the input, all of it at once.
 *
 * A reader that meets a fault notes it here with its place and reads on, so
 * that a person mends a file in one round. Libraries gather, `cli` prints. The
 * list keeps the first ERROR_KEPT messages and counts the rest.
 */
#ifndef SELFHEAL_ENGINE_ERROR_H
#define SELFHEAL_ENGINE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ERROR_KEPT = 100 };

enum error_class {
    ERROR_INPUT,       /* the user's files or arguments: exit 2 */
    ERROR_ENVIRONMENT, /* disk, memory, network: exit 3 */
};

struct error_item {
    enum error_class class;
    char *file;    /* NULL: no file */
    uint64_t line; /* 1-based; 0: no line */
    char *field;   /* NULL: no field, else as people write it: faults[2].at */
    char *message; /* what was found and what was expected, one sentence */
};

/* Zero-initialise to start; error_list_clear frees what it holds. */
struct error_list {
    struct error_item items[ERROR_KEPT];
    size_t kept;
    size_t count;     /* all of them, kept or not */
    bool environment; /* at least one is ERROR_ENVIRONMENT */
};

/* Adds one message; strings are copied. `file` and `field` may be NULL. When
 * out of memory the message is counted and dropped. A NULL list is fine. */
void error_add(struct error_list *list, enum error_class class, const char *file, uint64_t line, const char *field,
               const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Adds the messages that `from` has kept. */
void error_list_add(struct error_list *list, const struct error_list *from);

/* Writes item `index` as `file:line: field: message` into text (cut to size,
 * always NUL-terminated; control bytes become '?'). Returns `text`. */
char *error_format(const struct error_list *list, size_t index, char *text, size_t size);

void error_list_clear(struct error_list *list);

#endif
