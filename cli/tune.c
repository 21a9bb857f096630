/* tune.c - `selfheal tune STUDY`: better settings, and how sure that is. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/evaluation.h"
#include "cli/folder.h"
#include "cli/options.h"
#include "cli/tune_run.h"
#include "cli/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct subcommand COMMAND = {
    "tune",
    "STUDY",
    "Searches the settings of policy and scenario that a study names for better ones.",
    "Candidates come from a grid, draws or Sobol's sequence, and race each other on common seeds, so\n"
    "that bad ones cost little; Nelder-Mead refines the best; the winner is held against the files\n"
    "as they are on fresh seeds. What comes out: winner.yaml (a policy), report.html, candidates.csv.\n"
    "Finished evaluations are kept in study.db: a study that was killed goes on. docs/tuning.md.",
    "  selfheal tune scenarios/studies/restart.yaml\n"
    "  selfheal tune scenarios/studies/restart.yaml --jobs 2 --out runs/restart-2 --json",
};

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

/* The folder, new or with a study to go on with, and its scratch folder. */
static bool prepare(const char *folder, struct error_list *errors)
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

static void clean(const char *folder, uint32_t jobs)
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

static bool write_all(const struct study_result *result, const char *folder, bool json, struct error_list *errors)
{
    if (!write_winner(result, folder, errors) ||
        !write_result(result, folder, "candidates.csv", study_write_csv, errors) ||
        !write_result(result, folder, "summary.json", write_json, errors) ||
        !write_result(result, folder, "report.md", study_write_markdown, errors) ||
        !write_result(result, folder, "report.html", study_write_page, errors))
        return false;
    if (json) {
        write_json(result, stdout);
    } else {
        study_write_lines(result, stdout);
        printf("%s/winner.yaml\n%s/report.html\n", folder, folder);
    }
    return true;
}

static enum exit_code tune(const char *path, const char *out, uint32_t jobs, bool json)
{
    struct error_list errors = {0};
    struct study_result result = {0};
    struct document *document = yaml_read(path, &errors);
    struct study *study = document ? study_read(document, &errors) : NULL;
    char folder[FOLDER_PATH];
    struct tune_options options = {folder, jobs};
    bool good =
        study && (out ? folder_join(folder, out, NULL, &errors) : folder_join(folder, "runs", study->name, &errors));

    document_destroy(document);
    good = good && prepare(folder, &errors);
    bool prepared = good;
    good = good && tune_run(study, &options, &result, &errors);
    if (prepared)
        clean(folder, jobs);
    good = good && write_all(&result, folder, json, &errors);
    enum exit_code code = console_errors(&errors);
    if (good) {
        struct study_values winner = study_values_of(&result, result.winner);
        code = study_violations(study, &winner) > 0 ? EXIT_MISSED : EXIT_DONE;
    } else if (code == EXIT_DONE) {
        code = EXIT_ENVIRONMENT;
    }
    study_destroy(study);
    return code;
}

int command_tune(int argc, char **argv)
{
    struct option_number jobs = {default_threads(), 1, 256, false};
    const char *out = NULL, *path;
    bool json = false;
    const struct option table[] = {
        {"jobs", OPTION_NUMBER, &jobs, "N", "evaluations at once (processors); results do not change"},
        {"out", OPTION_TEXT, &out, "DIR", "the study's folder (runs/NAME); a study in it is gone on with"},
        {"json", OPTION_FLAG, &json, NULL, "the result as JSON on stdout"},
    };
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], &path, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    return (int)tune(path, out, (uint32_t)jobs.value, json);
}
