/* folder.c - see folder.h. */
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const RUN_FILES[] = {
    "summary.json",  "report.html",       "report.md",         "baseline.db", "baseline.db-wal", "baseline.db-shm",
    "complaints.db", "complaints.db-wal", "complaints.db-shm", "run.db-wal",  "run.db-shm",      "run.db",
};
const struct folder_kind FOLDER_RUN = {"run", "run.db", RUN_FILES, sizeof RUN_FILES / sizeof RUN_FILES[0]};

/* "folder/name", or `folder` alone where `name` is NULL. */
bool folder_join(char out[FOLDER_PATH], const char *folder, const char *name, struct error_list *errors)
{
    int length = snprintf(out, FOLDER_PATH, "%s%s%s", folder, name ? "/" : "", name ? name : "");
    if (length > 0 && length < FOLDER_PATH)
        return true;
    error_add(errors, ERROR_INPUT, NULL, 0, "--out", "the path is over %d bytes", FOLDER_PATH - 1);
    return false;
}

bool folder_make(const char *folder, struct error_list *errors)
{
    char part[FOLDER_PATH];

    if (!folder_join(part, folder, "", errors))
        return false;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            error_add(errors, ERROR_ENVIRONMENT, part, 0, NULL, "cannot make the folder: %s", strerror(errno));
            return false;
        }
        *slash = '/';
    }
    return true;
}

static bool is_empty_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    bool empty = entries != NULL;

    for (const struct dirent *entry; empty && (entry = readdir(entries));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (entries)
        closedir(entries);
    return empty;
}

bool folder_prepare(const char *folder, const struct folder_kind *kind, struct error_list *errors)
{
    char path[FOLDER_PATH];
    struct stat there;

    if (!folder_join(path, folder, kind->mark, errors))
        return false;
    bool is_older = stat(path, &there) == 0;
    if (!is_older && stat(folder, &there) == 0 && !is_empty_folder(folder)) {
        error_add(errors, ERROR_INPUT, folder, 0, "--out", "is there already and holds something that is no %s",
                  kind->what);
        return false;
    }
    if (!folder_make(folder, errors))
        return false;
    for (size_t i = 0; i < kind->file_count; i++) {
        if (!folder_join(path, folder, kind->files[i], errors))
            return false;
        if (unlink(path) != 0 && errno != ENOENT) {
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot replace the older %s: %s", kind->what,
                      strerror(errno));
            return false;
        }
    }
    return true;
}

bool folder_write(const char *folder, const char *name, const char *text, struct error_list *errors)
{
    char path[FOLDER_PATH];

    if (!folder_join(path, folder, name, errors))
        return false;
    FILE *file = fopen(path, "w");
    bool good = file && fputs(text, file) >= 0;
    if (file)
        good = fclose(file) == 0 && good;
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}
