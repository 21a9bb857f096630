/* names.h - enums to words and back, over a table of words in enum order. */
#ifndef SELFHEAL_ENGINE_NAMES_H
#define SELFHEAL_ENGINE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* names[value], or "unknown" outside [0, count). */
const char *name_of(const char *const *names, size_t count, size_t value);

/* As much of the UTF-8 `name` as fits in `size` bytes with its NUL, cut between
 * characters; what is left over is NUL. */
void name_copy(char *out, size_t size, const char *name);

/* The index of `text` in names; false when it is not there or NULL. */
bool name_find(const char *const *names, size_t count, const char *text, size_t *out);

#endif
