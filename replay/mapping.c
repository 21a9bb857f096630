/* mapping.c - mmap. The advice on large pages is beyond POSIX, hence the macro. */
#define _DEFAULT_SOURCE 1
#include "replay/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void mapping_error(struct error_list *errors, const char *path, const char *action, int code)
{
    static const int environment[] = {ENOMEM, EIO, EMFILE, ENFILE, ENOSPC, EDQUOT, EROFS, EAGAIN, EINTR, EFBIG};
    enum error_class class = ERROR_INPUT;
    for (size_t i = 0; i < sizeof environment / sizeof environment[0]; i++) {
        if (code == environment[i])
            class = ERROR_ENVIRONMENT;
    }
    error_add(errors, class, path, 0, NULL, "%s: %s", action, strerror(code));
}

/* What keeps an opened file from being read as one piece; NULL for nothing. */
static const char *unfit(const struct stat *status)
{
    if (S_ISDIR(status->st_mode))
        return "is a directory, expected a file";
    if (!S_ISREG(status->st_mode))
        return "is no regular file (a pipe or device cannot be mapped)";
    if (status->st_size == 0)
        return "is empty";
    if ((uintmax_t)status->st_size > SIZE_MAX / 2)
        return "is too large for this machine";
    return NULL;
}

bool mapping_read(const char *path, struct mapping *out, struct error_list *errors)
{
    struct stat status;
    *out = (struct mapping){0};
    /* Without O_NONBLOCK, opening a pipe would wait for its writer. */
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file < 0 || fstat(file, &status) != 0) {
        mapping_error(errors, path, "cannot open", errno);
        if (file >= 0)
            close(file);
        return false;
    }
    const char *reason = unfit(&status);
    if (reason != NULL) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "%s", reason);
        close(file);
        return false;
    }
    size_t length = (size_t)status.st_size;
    void *base = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    int code = errno;
    close(file);
    if (base == MAP_FAILED) {
        mapping_error(errors, path, "cannot map", code);
        return false;
    }
    posix_madvise(base, length, POSIX_MADV_SEQUENTIAL);
    *out = (struct mapping){.base = base, .length = length};
    return true;
}

bool mapping_reserve(size_t length, struct mapping *out)
{
    void *base = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        *out = (struct mapping){0};
        return false;
    }
#ifdef MADV_HUGEPAGE
    madvise(base, length, MADV_HUGEPAGE);
#endif
    *out = (struct mapping){.base = base, .length = length};
    return true;
}

void mapping_release(struct mapping *mapping)
{
    if (mapping->base != NULL)
        munmap(mapping->base, mapping->length);
    *mapping = (struct mapping){0};
}
