/* eval.c - `selfheal eval`: the detector against labelled recordings. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_parts.h"
#include "cli/options.h"
#include "reports/page_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct subcommand COMMAND = {
    "eval",
    "DATASET...",
    "Measures the detector on labelled recordings and writes OUT/evaluation.md.",
    "A dataset is a folder. With windows.json (as NAB has it: file name to windows, recordings\n"
    "in data/) single series are scored; with metrics.csv and labels.csv (suspects.csv and\n"
    "topology.csv where there are some) the issues of the whole engine are matched to the faults.",
    "  selfheal eval ../shared/traces/nab ../shared/traces/nezha-online-boutique-2022-08-22 # needs the recordings\n"
    "  selfheal eval my-incidents --policy my.yaml --out runs/my-eval # needs yours",
};

enum { DATASETS_MAX = 64, PATH_TEXT = 4096 };

/* FOLDER/NAME when it is there, for the caller to free; else NULL. */
static char *file_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);

    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static bool eval_folder(const char *folder, const char *policy_path, const struct policy *policy, heal_duration grace,
                        const struct eval_output *output, struct error_list *errors)
{
    char *windows = file_in(folder, "windows.json"), *metrics = file_in(folder, "metrics.csv");
    char *labels = file_in(folder, "labels.csv"), *suspects = file_in(folder, "suspects.csv");
    char *topology = file_in(folder, "topology.csv");
    struct bundle_options options = {
        .policy = policy_path, .labels = labels, .suspects = suspects, .topology = topology};
    bool good = false;

    if (windows)
        good = eval_windows(folder, policy, output, errors);
    else if (metrics && labels)
        good = eval_incidents(metrics, &options, grace, output, errors);
    else
        error_add(errors, ERROR_INPUT, folder, 0, NULL,
                  "expected a folder with windows.json, or with metrics.csv and labels.csv");
    free(windows);
    free(metrics);
    free(labels);
    free(suspects);
    free(topology);
    return good;
}

static bool make_folder(const char *path, struct error_list *errors)
{
    char part[PATH_TEXT];

    if (snprintf(part, sizeof part, "%s/plots", path) >= PATH_TEXT) {
        error_add(errors, ERROR_INPUT, path, 0, "out", "a path that is too long");
        return false;
    }
    for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
        if (slash)
            *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            error_add(errors, ERROR_ENVIRONMENT, part, 0, NULL, "cannot be made: %s", strerror(errno));
            return false;
        }
        if (!slash)
            return true;
        *slash = '/';
    }
}

static void eval_all(const char *const *folders, size_t count, const char *policy_path, const char *out, bool scores,
                     bool robustness, heal_duration grace, struct error_list *errors)
{
    struct policy *policy = load_policy(policy_path, errors);
    char plots[PATH_TEXT];
    char *text = NULL;
    size_t length = 0;
    FILE *page = policy ? open_memstream(&text, &length) : NULL;

    if (policy && !page)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    if (page && make_folder(out, errors)) {
        struct eval_output output = {page, plots, scores, robustness};
        snprintf(plots, sizeof plots, "%s/plots", out);
        fprintf(page, "# Evaluation with the policy %s\n", policy->name);
        for (size_t i = 0; i < count && errors->count == 0; i++)
            eval_folder(folders[i], policy_path, policy, grace, &output, errors);
    }
    if (page && fclose(page) == 0 && errors->count == 0 && page_file_write(out, "evaluation.md", text, length, errors))
        fputs(text, stdout);
    free(text);
    policy_destroy(policy);
}

int command_eval(int argc, char **argv)
{
    const char *policy = NULL, *out = "runs/eval";
    heal_duration grace = 2 * HEAL_MINUTE;
    bool scores = false, robustness = false;
    const struct option options[] = {
        {"policy", OPTION_TEXT, &policy, "FILE", "policy (the built-in default)"},
        {"grace", OPTION_DURATION, &grace, "SPAN", "an issue this long after a label's end is not false (2m)"},
        {"scores", OPTION_FLAG, &scores, NULL,
         "write every sample's score to OUT/plots/scores, as NAB's scorer reads it"},
        {"robustness", OPTION_FLAG, &robustness, NULL,
         "move each constant, and cross-validate their choice (a minute more)"},
        {"out", OPTION_TEXT, &out, "DIR", "where evaluation.md and plots/ go (runs/eval)"},
    };
    const char *folders[DATASETS_MAX];
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], folders, 1,
                               DATASETS_MAX, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    struct error_list errors = {0};
    eval_all(folders, count, policy, out, scores, robustness, grace, &errors);
    return (int)console_errors(&errors);
}
