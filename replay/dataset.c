/* dataset.c - the names from windows.json, then each recording with its windows. */
#include "replay/dataset.h"

#include "replay/mapping.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_TEXT = 4096 };

static int by_name(const void *left, const void *right)
{
    const struct dataset_item *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static void out_of_memory(struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
}

static bool take_names(const cJSON *files, const char *path, struct dataset *out, struct error_list *errors)
{
    const cJSON *file;

    if (!cJSON_IsObject(files) || cJSON_GetArraySize(files) == 0) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "expected an object of file names to lists of [start, end]");
        return false;
    }
    out->items = calloc((size_t)cJSON_GetArraySize(files), sizeof *out->items);
    cJSON_ArrayForEach(file, files)
    {
        char *name = out->items ? strdup(file->string) : NULL;
        if (!name) {
            out_of_memory(errors);
            return false;
        }
        out->items[out->count++].name = name;
    }
    qsort(out->items, out->count, sizeof *out->items, by_name);
    return true;
}

static void open_item(const char *folder, const char *windows, struct dataset_item *item, struct error_list *errors)
{
    char path[PATH_TEXT];
    int length = snprintf(path, sizeof path, "%s/data/%s", folder, item->name);

    if (length > 0 && length < PATH_TEXT && access(path, F_OK) != 0)
        length = snprintf(path, sizeof path, "%s/%s", folder, item->name);
    if (length <= 0 || length >= PATH_TEXT) {
        error_add(errors, ERROR_INPUT, windows, 0, item->name, "a path that is too long");
        return;
    }
    item->trace = trace_open(path, NULL, errors);
    labels_read(windows, item->name, &item->labels, errors);
}

bool dataset_open(const char *folder, struct dataset *out, struct error_list *errors)
{
    char windows[PATH_TEXT];
    struct mapping file;
    size_t before = errors->count;

    *out = (struct dataset){0};
    if (snprintf(windows, sizeof windows, "%s/windows.json", folder) >= PATH_TEXT) {
        error_add(errors, ERROR_INPUT, folder, 0, NULL, "a path that is too long");
        return false;
    }
    if (!mapping_read(windows, &file, errors))
        return false;
    cJSON *files = cJSON_ParseWithLength(file.base, file.length);
    if (take_names(files, windows, out, errors)) {
        for (size_t i = 0; i < out->count; i++)
            open_item(folder, windows, &out->items[i], errors);
    }
    cJSON_Delete(files);
    mapping_release(&file);
    if (errors->count > before)
        dataset_clear(out);
    return errors->count == before;
}

void dataset_clear(struct dataset *dataset)
{
    for (size_t i = 0; i < dataset->count; i++) {
        free(dataset->items[i].name);
        trace_destroy(dataset->items[i].trace);
        labels_clear(&dataset->items[i].labels);
    }
    free(dataset->items);
    *dataset = (struct dataset){0};
}
