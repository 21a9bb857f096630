/* page_file.c - see page_file.h. */
#include "reports/page_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *page_file_path(const char *folder, const char *name, struct error_list *errors)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    else
        error_add(errors, ERROR_ENVIRONMENT, name, 0, NULL, "out of memory");
    return path;
}

static void forget(struct page_file *file)
{
    free(file->path);
    free(file->temporary);
    *file = (struct page_file){0};
}

bool page_file_open(struct page_file *file, const char *folder, const char *name, struct error_list *errors)
{
    char *path = page_file_path(folder, name, errors);
    size_t size = path ? strlen(path) + sizeof ".new" : 0;
    char *temporary = path ? malloc(size) : NULL;

    *file = (struct page_file){.path = path, .temporary = temporary};
    if (temporary) {
        snprintf(temporary, size, "%s.new", path);
        file->stream = fopen(temporary, "w");
    }
    if (file->stream)
        return true;
    if (path)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    forget(file);
    return false;
}

bool page_file_commit(struct page_file *file, struct error_list *errors)
{
    bool written = !ferror(file->stream);

    /* fclose says what a buffered write on a full disk came to. */
    written = fclose(file->stream) == 0 && written && rename(file->temporary, file->path) == 0;
    if (!written) {
        error_add(errors, ERROR_ENVIRONMENT, file->path, 0, NULL, "cannot write: %s", strerror(errno));
        unlink(file->temporary);
    }
    forget(file);
    return written;
}

bool page_file_write(const char *folder, const char *name, const char *text, size_t length, struct error_list *errors)
{
    struct page_file file;

    if (!page_file_open(&file, folder, name, errors))
        return false;
    fwrite(text, 1, length, file.stream);
    return page_file_commit(&file, errors);
}

char *page_file_read(const char *path, size_t *length)
{
    FILE *stream = fopen(path, "r");
    char *text = NULL;
    long size;

    if (!stream)
        return NULL;
    if (fseek(stream, 0, SEEK_END) == 0 && (size = ftell(stream)) >= 0 && fseek(stream, 0, SEEK_SET) == 0)
        text = malloc((size_t)size + 1);
    if (text) {
        *length = fread(text, 1, (size_t)size, stream);
        text[*length] = '\0';
    }
    fclose(stream);
    return text;
}
