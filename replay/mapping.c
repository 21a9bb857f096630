/* mapping.c - mmap. The advice on large pages is beyond POSIX, hence the macro.
 *
 * Which file a lost page belongs to is found in a table of the mapped files. A handler
 * may run at any instruction of any thread, so its entries are atomics, written in such
 * an order that an entry with a length is whole. More files than it has room for are
 * mapped all the same, and are nameless in the message.
 */
#define _DEFAULT_SOURCE 1
#include "replay/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WATCHED = 32, PATH_SHOWN = 200 };
static struct {
    atomic_bool taken;
    atomic_uintptr_t base;
    atomic_size_t length; /* 0: not to be looked at */
    char path[PATH_SHOWN];
} watched[WATCHED];
static int exit_code;

static void watch(const struct mapping *mapping, const char *path)
{
    for (size_t i = 0; i < WATCHED; i++) {
        if (atomic_exchange(&watched[i].taken, true))
            continue;
        size_t length = strnlen(path, PATH_SHOWN - 1);
        memcpy(watched[i].path, path, length);
        watched[i].path[length] = '\0';
        atomic_store(&watched[i].base, (uintptr_t)mapping->base);
        atomic_store(&watched[i].length, mapping->length);
        return;
    }
}

static void unwatch(const struct mapping *mapping)
{
    for (size_t i = 0; i < WATCHED; i++) {
        if (atomic_load(&watched[i].length) == 0 || atomic_load(&watched[i].base) != (uintptr_t)mapping->base)
            continue;
        atomic_store(&watched[i].length, 0);
        atomic_store(&watched[i].taken, false);
        return;
    }
}

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* nobody left to tell */
}

static void on_lost_page(int signal, siginfo_t *info, void *context)
{
    static const struct sigaction usual = {.sa_handler = SIG_DFL};
    uintptr_t address = (uintptr_t)info->si_addr;
    (void)context;

    for (size_t i = 0; i < WATCHED; i++) {
        size_t length = atomic_load(&watched[i].length);
        if (length == 0 || address - atomic_load(&watched[i].base) >= length)
            continue;
        say("selfheal: ");
        say(watched[i].path);
        say(": was cut short while it was read\n");
        _exit(exit_code);
    }
    sigaction(signal, &usual, NULL); /* and the instruction runs once more */
}

void mapping_guard(int code)
{
    struct sigaction action = {.sa_sigaction = on_lost_page, .sa_flags = SA_SIGINFO};

    exit_code = code;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

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
    watch(out, path);
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
    if (mapping->base != NULL) {
        unwatch(mapping);
        munmap(mapping->base, mapping->length);
    }
    *mapping = (struct mapping){0};
}
