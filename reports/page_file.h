/* page_file.h - files that are whole or not there.
 *
 * A file is written beside its place under a temporary name and renamed when it
 * is complete, so that a reader, or a full disk, never leaves half a page.
 */
#ifndef SELFHEAL_REPORTS_PAGE_FILE_H
#define SELFHEAL_REPORTS_PAGE_FILE_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct page_file {
    FILE *stream; /* to write to */
    char *path;
    char *temporary;
};

/* Opens folder/name. False with a message. */
bool page_file_open(struct page_file *file, const char *folder, const char *name, struct error_list *errors);

/* Puts the file in its place; false with a message, and nothing left behind, when
 * anything could not be written. */
bool page_file_commit(struct page_file *file, struct error_list *errors);

/* Writes text[0 .. length) as folder/name. */
bool page_file_write(const char *folder, const char *name, const char *text, size_t length, struct error_list *errors);

/* folder/name; the caller frees; NULL with a message when out of memory. */
char *page_file_path(const char *folder, const char *name, struct error_list *errors);

/* The whole of the file at `path`, NUL-terminated, *length bytes; the caller
 * frees. NULL when it cannot be read. */
char *page_file_read(const char *path, size_t *length);

#endif
