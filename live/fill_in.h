/* fill_in.h - {name} in an operator's text replaced by what it stands for. */
#ifndef SELFHEAL_LIVE_FILL_IN_H
#define SELFHEAL_LIVE_FILL_IN_H

#include <stdbool.h>
#include <stddef.h>

/* Copies `text` to out[0 .. room), NUL-terminated. `value` says what name[0 .. length)
 * stands for, or NULL: then the braces stay as they are. False when it does not fit. */
bool fill_in(const char *text, const char *(*value)(const void *context, const char *name, size_t length),
             const void *context, char *out, size_t room);

#endif
