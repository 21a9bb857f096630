/* folder.h - the folders that commands write: made when all input was good, an
 * older result in them replaced, anything else left alone and refused.
 */
#ifndef SELFHEAL_CLI_FOLDER_H
#define SELFHEAL_CLI_FOLDER_H

#include "engine/error.h"

#include <stddef.h>

enum { FOLDER_PATH = 4096 };

/* "folder/name", or `folder` alone where `name` is NULL; false with a message. */
bool folder_join(char out[FOLDER_PATH], const char *folder, const char *name, struct error_list *errors);

/* What a result is known by: its files, the mark last, so that a folder is a
 * result as long as anything of it is there. */
struct folder_kind {
    const char *what; /* "run" */
    const char *mark; /* "run.db" */
    const char *const *files;
    size_t file_count;
};

/* Makes the folder, or takes the older result in it away. */
bool folder_prepare(const char *folder, const struct folder_kind *kind, struct error_list *errors);

extern const struct folder_kind FOLDER_RUN;

/* The folder and those above it, where they are not there yet. */
bool folder_make(const char *folder, struct error_list *errors);

/* The whole text as folder/name. */
bool folder_write(const char *folder, const char *name, const char *text, struct error_list *errors);

#endif
