/* mapping.h - memory by the page: a file where it lies, or fresh zeroes.
 *
 * A file is mapped private and read only, so that a gigabyte costs no copy. Who
 * truncates it while it is read takes pages away (SIGBUS); a program that guards
 * its mappings then ends with a message and exit 3. Our own writers rename instead.
 */
#ifndef SELFHEAL_REPLAY_MAPPING_H
#define SELFHEAL_REPLAY_MAPPING_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>

struct mapping {
    void *base; /* NULL: nothing mapped */
    size_t length;
};

/* Maps the regular file `path`. False with one message: missing, a directory, a
 * pipe, unreadable, empty. */
bool mapping_read(const char *path, struct mapping *out, struct error_list *errors);

/* `length` (> 0) zeroed, writable bytes, in large pages where there are some.
 * False when out of memory. */
bool mapping_reserve(size_t length, struct mapping *out);

void mapping_release(struct mapping *mapping); /* nothing mapped is fine */

/* From now on a read behind the end that a file has lost ends the process: "selfheal:
 * FILE: was cut short while it was read", exit code `code`. Nothing is lost by that which a kill
 * would not lose. A SIGBUS of another origin ends the process as before. */
void mapping_guard(int code);

/* Notes that the system call behind `action` ("cannot open") failed on `path`
 * with errno `code`: the environment's fault when disk, memory or descriptors
 * are out, else the user's. */
void mapping_error(struct error_list *errors, const char *path, const char *action, int code);

#endif
