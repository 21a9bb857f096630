/* history.c - see history.h. */
#include "cli/history.h"

#include "cli/folder.h"
#include "cli/results.h"
#include "reports/history.h"
#include "reports/page_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct gathered {
    struct dirent **names;
    int name_count;
    struct results *results;
    struct history_run *runs;
    char **links;
    size_t count, skipped;
};

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* A folder without a summary.json is none of ours; one that is of something else (a study) is counted. */
static bool add_run(struct gathered *out, const char *folder, const char *name, struct error_list *errors)
{
    struct error_list unheard = {0};
    char path[FOLDER_PATH], below[FOLDER_PATH];
    struct results *results = &out->results[out->count];

    if (!folder_join(below, folder, name, errors) || !folder_join(path, below, "summary.json", errors))
        return false;
    if (access(path, R_OK) != 0)
        return true;
    if (!results_read(path, results, &unheard) || results->count == 0) {
        error_list_clear(&unheard);
        results_clear(results);
        out->skipped++;
        return true;
    }
    error_list_clear(&unheard);
    if (!folder_join(path, below, "report.html", errors))
        return false;
    char *link = access(path, R_OK) == 0 ? malloc(strlen(name) + sizeof "/report.html") : NULL;
    if (link)
        sprintf(link, "%s/report.html", name);
    out->links[out->count] = link;
    out->runs[out->count] = (struct history_run){name, link, results->items, results->count};
    out->count++;
    return true;
}

static bool gather(struct gathered *out, const char *folder, struct error_list *errors)
{
    out->name_count = scandir(folder, &out->names, NULL, by_bytes);
    if (out->name_count < 0) {
        error_add(errors, ERROR_INPUT, folder, 0, NULL, "is no folder that can be read");
        return false;
    }
    size_t room = (size_t)out->name_count + 1;
    out->results = calloc(room, sizeof *out->results);
    out->runs = calloc(room, sizeof *out->runs);
    out->links = calloc(room, sizeof *out->links);
    if (!out->results || !out->runs || !out->links) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    for (int i = 0; i < out->name_count; i++) {
        if (out->names[i]->d_name[0] != '.' && !add_run(out, folder, out->names[i]->d_name, errors))
            return false;
    }
    if (out->count == 0)
        error_add(errors, ERROR_INPUT, folder, 0, NULL, "has no folder with a summary.json of a run or a suite");
    return out->count > 0;
}

static void clear(struct gathered *out)
{
    for (size_t i = 0; i < out->count; i++) {
        results_clear(&out->results[i]);
        free(out->links[i]);
    }
    for (int i = 0; i < out->name_count; i++)
        free(out->names[i]);
    free(out->names);
    free(out->results);
    free(out->runs);
    free(out->links);
}

static bool write_page(const struct gathered *gathered, const char *folder, unsigned images, struct error_list *errors)
{
    struct drawings drawings = {0};
    struct page_file file;
    char plots[FOLDER_PATH];
    struct chart_options options = {.folder = plots, .images = images};
    struct history history = {.title = folder,
                              .runs = gathered->runs,
                              .count = gathered->count,
                              .skipped = gathered->skipped,
                              .drawings = &drawings};
    bool good = folder_join(plots, folder, "plots", errors) && history_draw(&history, &options, &drawings, errors);

    good = good && page_file_open(&file, folder, "history.html", errors);
    if (good) {
        history_write_page(&history, file.stream);
        good = page_file_commit(&file, errors);
    }
    drawings_clear(&drawings);
    return good;
}

enum exit_code history_report(const char *folder, unsigned images)
{
    struct error_list errors = {0};
    struct gathered gathered = {0};

    if (gather(&gathered, folder, &errors) && write_page(&gathered, folder, images, &errors))
        printf("%s/history.html\n", folder);
    clear(&gathered);
    return console_errors(&errors);
}
