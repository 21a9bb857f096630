/* flight_files.c - see flight_files.h. */
#include "live/flight_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make(const char *path, struct error_list *errors)
{
    if (mkdir(path, 0750) == 0 || errno == EEXIST)
        return true;
    error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot make the folder: %s", strerror(errno));
    return false;
}

bool flight_files_prepare(const char *data, struct error_list *errors)
{
    char path[FLIGHT_PATH];

    snprintf(path, sizeof path, "%s/flight", data);
    return make(data, errors) && make(path, errors);
}

bool flight_files_name(const char *data, uint32_t chapter, heal_time now, char path[FLIGHT_PATH],
                       struct error_list *errors)
{
    char at[HEAL_TIME_TEXT], stamp[HEAL_TIME_TEXT];
    size_t used = 0;

    heal_time_format(now - now % HEAL_SECOND, at);
    for (const char *c = at; *c; c++) {
        if (*c != '-' && *c != ':')
            stamp[used++] = *c;
    }
    stamp[used] = '\0';
    int length = snprintf(path, FLIGHT_PATH, "%s/flight/%08u-%s.flight", data, chapter, stamp);
    if (length > 0 && length < FLIGHT_PATH)
        return true;
    error_add(errors, ERROR_INPUT, data, 0, "data", "the path is over %d bytes", FLIGHT_PATH - 1);
    return false;
}

static int is_recording(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 7 && strcmp(entry->d_name + length - 7, ".flight") == 0;
}

static uint64_t size_of(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0 ? (uint64_t)there.st_size : 0;
}

size_t flight_files_prune(const char *data, const char *keep, uint64_t bytes)
{
    char folder[FLIGHT_PATH], path[FLIGHT_PATH + 256];
    struct dirent **entries = NULL;
    uint64_t total = 0;
    size_t deleted = 0;

    snprintf(folder, sizeof folder, "%s/flight", data);
    int count = scandir(folder, &entries, is_recording, alphasort); /* by number: the oldest first */
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        total += size_of(path);
    }
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        uint64_t size = size_of(path);
        if (total > bytes && strcmp(path, keep) != 0 && unlink(path) == 0) {
            total -= size;
            deleted++;
        }
        free(entries[i]);
    }
    free(entries);
    return deleted;
}
