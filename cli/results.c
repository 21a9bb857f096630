/* results.c - see results.h. */
#include "cli/results.h"

#include "cli/folder.h"
#include "reports/page_file.h"
#include "reports/suite.h"
#include "reports/summary.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool out_of_memory(struct error_list *errors)
{
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    return false;
}

static bool exists(const char *path)
{
    struct stat there;
    return stat(path, &there) == 0;
}

static bool make_room(struct results *out, size_t count)
{
    out->items = calloc(count + 1, sizeof *out->items);
    out->paths = calloc(count + 1, sizeof *out->paths);
    out->summaries = calloc(count + 1, sizeof *out->summaries);
    out->names = calloc(count + 1, sizeof *out->names);
    return out->items && out->paths && out->summaries && out->names;
}

/* Takes `summary` over; `database` may be missing. */
static bool add(struct results *out, const char *name, cJSON *summary, const char *database, struct error_list *errors)
{
    size_t i = out->count++;

    out->summaries[i] = summary;
    out->names[i] = strdup(name);
    out->paths[i] = database && exists(database) ? strdup(database) : NULL;
    out->items[i] = (struct compared){.name = out->names[i], .summary = summary, .database = out->paths[i]};
    if (!out->names[i] || !summary)
        return out_of_memory(errors);
    if (out->paths[i])
        out->items[i].data = run_data_read(out->paths[i], errors);
    return !out->paths[i] || out->items[i].data;
}

static bool read_run(const char *folder, struct results *out, struct error_list *errors)
{
    char path[FOLDER_PATH];
    struct summary *summary = summary_read(folder, errors);
    char *json = summary ? summary_json(summary) : NULL;
    bool good = json && make_room(out, 1) && folder_join(path, folder, "run.db", errors) &&
                add(out, summary->scenario, cJSON_Parse(json), path, errors);

    free(json);
    summary_destroy(summary);
    return good || (errors->count == 0 && out_of_memory(errors));
}

static bool read_suite(const char *folder, const char *database, struct results *out, struct error_list *errors)
{
    struct suite *suite = suite_load(database, errors);
    bool good = suite && make_room(out, suite->case_count);

    for (size_t i = 0; good && i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        char run[FOLDER_PATH], path[FOLDER_PATH];
        if (item->summary[0] == '\0')
            continue;
        good = folder_join(run, folder, item->name, errors) && folder_join(path, run, "run.db", errors) &&
               add(out, item->name, cJSON_Parse(item->summary), path, errors);
    }
    suite_destroy(suite);
    return good || (errors->count == 0 && out_of_memory(errors));
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static bool read_json(const char *path, struct results *out, struct error_list *errors)
{
    size_t length;
    char *text = page_file_read(path, &length);
    cJSON *root = text ? cJSON_Parse(text) : NULL;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "scenarios"), *entry;
    bool good = true;

    free(text);
    if (cJSON_IsArray(list)) {
        good = make_room(out, (size_t)cJSON_GetArraySize(list)) || out_of_memory(errors);
        cJSON_ArrayForEach(entry, list)
        {
            const cJSON *summary = cJSON_GetObjectItemCaseSensitive(entry, "summary");
            if (good && cJSON_IsObject(summary) && text_of(entry, "name"))
                good = add(out, text_of(entry, "name"), cJSON_Duplicate(summary, true), NULL, errors);
        }
        cJSON_Delete(root);
        return good;
    }
    if (root && text_of(root, "scenario"))
        return (make_room(out, 1) || out_of_memory(errors)) && add(out, text_of(root, "scenario"), root, NULL, errors);
    cJSON_Delete(root);
    error_add(errors, ERROR_INPUT, path, 0, NULL, "is no summary.json of a run or a suite");
    return false;
}

bool results_read(const char *path, struct results *out, struct error_list *errors)
{
    char inner[FOLDER_PATH];
    struct stat there;

    *out = (struct results){0};
    if (stat(path, &there) != 0) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "is not there");
        return false;
    }
    if (!S_ISDIR(there.st_mode))
        return read_json(path, out, errors);
    if (!folder_join(inner, path, "suite.db", errors))
        return false;
    if (exists(inner))
        return read_suite(path, inner, out, errors);
    return read_run(path, out, errors);
}

void results_clear(struct results *results)
{
    for (size_t i = 0; i < results->count; i++) {
        run_data_destroy((struct run_data *)results->items[i].data);
        cJSON_Delete(results->summaries[i]);
        free(results->paths[i]);
        free(results->names[i]);
    }
    free(results->items);
    free(results->paths);
    free(results->summaries);
    free(results->names);
    *results = (struct results){0};
}
