/* diff.c - `selfheal diff POLICY_A POLICY_B`: what would be decided otherwise. */
#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/recording.h"
#include "reports/decision_diff.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct subcommand COMMAND = {
    "diff",
    "POLICY_A POLICY_B (--trace TRACE | --scenario SCENARIO)",
    "Runs two policies over the same recording or scenario and lists every decision that differs.",
    "Over a recording both only watch: issues, and the remedies that they plan. Over a scenario the\n"
    "same faults strike under both, and it is counted which recover sooner or later: what would have\n"
    "happened under another policy, as far as the simulator's model goes. `default` is the built-in\n"
    "policy. Exit code 0 whether they differ or not.",
    "  selfheal diff default scenarios/policies/default.yaml --scenario scenarios/quickstart.yaml",
};

struct inputs {
    const char *trace, *scenario, *topology, *html;
    struct option_number seed, replications;
    bool json;
};

static bool record(const struct inputs *inputs, const char *policy, const char *path, struct error_list *errors)
{
    struct bundle bundle = {0};
    struct bundle_options options = {.policy = policy, .topology = inputs->topology};
    bool good = inputs->trace ? bundle_trace(&bundle, inputs->trace, &options, errors)
                              : bundle_scenario(&bundle, inputs->scenario, &options, errors);

    if (good) {
        if (inputs->seed.given)
            bundle.scenario->seed = inputs->seed.value;
        if (inputs->replications.given && !inputs->trace)
            bundle.scenario->replications = (uint32_t)inputs->replications.value;
        bundle.policy->dry_run |= inputs->trace != NULL;
        const struct store_run run = {.mode = inputs->trace ? "replay-open" : "simulate",
                                      .scenario = bundle.scenario->name,
                                      .source = inputs->trace ? inputs->trace : inputs->scenario,
                                      .policy_name = bundle.policy->name,
                                      .seed = bundle.scenario->seed,
                                      .replications = bundle.scenario->replications,
                                      .start = bundle.start,
                                      .duration = bundle.duration,
                                      .arm = "selfheal",
                                      .unsynced = true};
        good = record_quietly(&bundle, bundle.policy, &run, path, default_threads(), 0, errors);
    }
    bundle_clear(&bundle);
    return good;
}

static bool write_page(const struct decision_diff *diff, const char *path, struct error_list *errors)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    bool good = !path || file;

    if (file) {
        decision_diff_write_page(diff, file);
        good = !ferror(file);
        good = fclose(file) == 0 && good;
    }
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

static void show(const struct decision_diff *diff, bool json)
{
    char *text = json ? decision_diff_json(diff) : NULL;

    if (json)
        printf("%s\n", text ? text : "");
    else
        decision_diff_write_lines(diff, stdout);
    free(text);
}

static enum exit_code diff(const char *const *policies, const struct inputs *inputs)
{
    static const char *const NAMES[] = {"a.db", "b.db"};
    struct error_list errors = {0};
    const char *base = getenv("TMPDIR");
    char folder[FOLDER_PATH], paths[2][FOLDER_PATH];
    struct decision_diff *made = NULL;
    bool good = folder_join(folder, base && base[0] ? base : "/tmp", "selfheal-diff-XXXXXX", &errors);

    if (good && !mkdtemp(folder)) {
        error_add(&errors, ERROR_ENVIRONMENT, folder, 0, NULL, "cannot make the folder: %s", strerror(errno));
        good = false;
    }
    bool there = good;
    for (size_t i = 0; there && i < 2; i++) /* the second is read for its faults, too */
        good =
            folder_join(paths[i], folder, NAMES[i], &errors) && record(inputs, policies[i], paths[i], &errors) && good;
    if (good)
        made = decision_diff_make(policies[0], paths[0], policies[1], paths[1], &errors);
    if (made && write_page(made, inputs->html, &errors))
        show(made, inputs->json);
    decision_diff_destroy(made);
    for (size_t i = 0; there && i < 2; i++) {
        static const char *const ENDINGS[] = {"", "-wal", "-shm"};
        for (size_t e = 0; e < 3; e++) {
            char path[FOLDER_PATH + 8];
            snprintf(path, sizeof path, "%s%s", paths[i], ENDINGS[e]);
            unlink(path);
        }
    }
    if (there)
        rmdir(folder);
    return console_errors(&errors);
}

int command_diff(int argc, char **argv)
{
    struct inputs inputs = {.seed = {0, 0, UINT64_MAX, false}, .replications = {1, 1, 1000000, false}};
    const struct option table[] = {
        {"trace", OPTION_TEXT, &inputs.trace, "TRACE", "a recording, which both watch"},
        {"topology", OPTION_TEXT, &inputs.topology, "FILE", "with a recording, who calls whom: CSV source,target"},
        {"scenario", OPTION_TEXT, &inputs.scenario, "FILE", "a scenario, which both heal"},
        {"seed", OPTION_NUMBER, &inputs.seed, "N", "seed in place of the scenario's"},
        {"replications", OPTION_NUMBER, &inputs.replications, "N", "replications in place of the scenario's"},
        {"html", OPTION_TEXT, &inputs.html, "FILE", "the table as a page"},
        {"json", OPTION_FLAG, &inputs.json, NULL, "the table as JSON on stdout"},
    };
    const char *policies[2];
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], policies, 2, 2, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (!inputs.trace == !inputs.scenario) {
        fputs("selfheal: diff: expected either --trace or --scenario\n", stderr);
        return EXIT_BAD_INPUT;
    }
    return (int)diff(policies, &inputs);
}
