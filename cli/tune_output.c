/* tune_output.c - see tune_output.h. */
#include "cli/tune_output.h"

#include "cli/evaluation.h"
#include "cli/folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const NO_FILES[] = {".study"};
static const struct folder_kind FOLDER_STUDY = {"study", ".study", NO_FILES, 0};

static bool write_result(const struct study_result *result, const char *folder, const char *name,
                         void (*write)(const struct study_result *, FILE *), struct error_list *errors)
{
    char path[FOLDER_PATH];
    FILE *file = folder_join(path, folder, name, errors) ? fopen(path, "w") : NULL;
    bool good = file != NULL;

    if (file) {
        write(result, file);
        good = !ferror(file);
        good = fclose(file) == 0 && good;
    }
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

static bool write_winner(const struct study_result *result, const char *folder, struct error_list *errors)
{
    char path[FOLDER_PATH], name[160];
    FILE *file = folder_join(path, folder, "winner.yaml", errors) ? fopen(path, "w") : NULL;
    bool good = file != NULL;

    snprintf(name, sizeof name, "%.100s-winner", result->study->name);
    if (file) {
        fprintf(file, "# The winner of the study %s; held on %u fresh seeds, see report.html.\n", result->study->name,
                result->study->fresh);
        good = candidate_policy(result->study, name, (const char *const *)result->candidates[result->winner].texts,
                                file, errors);
        good = fclose(file) == 0 && good;
    }
    if (!good && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

static void write_json(const struct study_result *result, FILE *out)
{
    char *text = study_json(result);
    fprintf(out, "%s\n", text ? text : "");
    free(text);
}

bool tune_prepare(const char *folder, struct error_list *errors)
{
    char scratch[FOLDER_PATH];

    if (!folder_prepare(folder, &FOLDER_STUDY, errors) || !folder_write(folder, ".study", "selfheal tune\n", errors) ||
        !folder_join(scratch, folder, "scratch", errors))
        return false;
    if (mkdir(scratch, 0777) == 0 || errno == EEXIST)
        return true;
    error_add(errors, ERROR_ENVIRONMENT, scratch, 0, NULL, "cannot make the folder: %s", strerror(errno));
    return false;
}

void tune_clean(const char *folder, uint32_t jobs)
{
    static const char *const FILES[] = {"run.db", "baseline.db", "run.db-wal", "run.db-shm"};
    char path[FOLDER_PATH + 128];

    for (uint32_t worker = 0; worker < jobs; worker++) {
        for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
            snprintf(path, sizeof path, "%s/scratch/worker-%u/%s", folder, worker, FILES[i]);
            unlink(path);
        }
        snprintf(path, sizeof path, "%s/scratch/worker-%u", folder, worker);
        rmdir(path);
    }
    snprintf(path, sizeof path, "%s/scratch", folder);
    rmdir(path);
}

static bool write_pages(struct study_result *result, const char *folder, unsigned images, struct error_list *errors)
{
    struct drawings drawings = {0};
    char plots[FOLDER_PATH];
    struct chart_options options = {.folder = plots, .images = images};
    bool good = folder_join(plots, folder, "plots", errors) && study_draw(result, &options, &drawings, errors);

    result->drawings = &drawings;
    good = good && write_result(result, folder, "report.md", study_write_markdown, errors) &&
           write_result(result, folder, "report.html", study_write_page, errors);
    result->drawings = NULL;
    drawings_clear(&drawings);
    return good;
}

bool tune_write(struct study_result *result, const struct tune_output *output, struct error_list *errors)
{
    const char *folder = output->folder;

    if (!write_winner(result, folder, errors) ||
        !write_result(result, folder, "candidates.csv", study_write_csv, errors) ||
        !write_result(result, folder, "summary.json", write_json, errors) ||
        !write_pages(result, folder, output->images, errors))
        return false;
    if (output->json) {
        write_json(result, stdout);
    } else {
        study_write_lines(result, stdout);
        printf("%s/winner.yaml\n%s/report.html\n", folder, folder);
    }
    return true;
}

enum exit_code tune_verdict(const struct study_result *result)
{
    struct study_values winner = study_values_of(result, result->winner);

    return study_violations(result->study, &winner) > 0 ? EXIT_MISSED : EXIT_DONE;
}
