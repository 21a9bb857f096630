/* simulate.c - `selfheal simulate`: scenarios, each into a run folder. */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/run_folder.h"
#include "cli/until.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCENARIOS_MAX = 1024 };

struct settings {
    struct option_number seed, replications, most, threads;
    struct option_list inject, until;
    struct until_goal goals[UNTIL_GOALS];
    struct bundle_options bundle;
    struct run_options run;
};

static const struct subcommand COMMAND = {
    "simulate",
    "SCENARIO...",
    "Runs scenarios in the simulator: faults strike, the engine detects and heals, people help.",
    "Each scenario is run N times from one seed; where it has operators, the same faults are run\n"
    "again with people alone, to compare. What comes out is a folder: run.db (SQLite), summary.json,\n"
    "report.html, report.md, plots/. Same seed, same result, on any number of threads.",
    "  selfheal simulate scenarios/quickstart.yaml\n"
    "  selfheal simulate scenarios/demo.yaml --replications 20 --threads 2 --out runs/demo-20\n"
    "  selfheal simulate scenarios/quickstart.yaml --json | jq .mttr_seconds.mean\n"
    "  selfheal simulate scenarios/quickstart.yaml --until 'mttr_seconds.mean +-20%' --max-replications 200\n"
    "  selfheal simulate scenarios/quickstart.yaml --inject 'cpu-stress:pod/*@10m+5m'",
};

unsigned default_threads(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online < 1 ? 1 : online > 256 ? 256 : (unsigned)online;
}

static bool read_goals(struct settings *settings)
{
    bool good = true;

    for (size_t i = 0; i < settings->until.count; i++) {
        char message[UNTIL_TEXT];
        if (i == UNTIL_GOALS) {
            fprintf(stderr, "selfheal: --until: given more than %d times\n", UNTIL_GOALS);
            return false;
        }
        if (until_parse(settings->until.items[i], &settings->goals[i], message))
            continue;
        fprintf(stderr, "selfheal: --until: %s\n", message);
        good = false;
    }
    if (settings->most.given && settings->until.count == 0) {
        fprintf(stderr, "selfheal: --max-replications: is of use with --until alone\n");
        good = false;
    }
    settings->run.goals = settings->goals;
    settings->run.goal_count = settings->until.count;
    settings->run.most = (uint32_t)settings->most.value;
    return good;
}

/* What can be said of the goals only when the scenario is known. */
static bool goals_fit(const char *path, const struct bundle *bundle, const struct settings *settings)
{
    bool good = true;

    for (size_t i = 0; i < settings->run.goal_count; i++) {
        if (!settings->goals[i].metric.operators || bundle->scenario->operators.present)
            continue;
        fprintf(stderr, "selfheal: --until: \"%s\": %s has no operators to compare with\n", settings->goals[i].text,
                path);
        good = false;
    }
    if (settings->run.goal_count > 0 && bundle->scenario->replications > settings->run.most) {
        fprintf(stderr, "selfheal: --max-replications: %u is less than the %u of %s\n", settings->run.most,
                bundle->scenario->replications, settings->replications.given ? "--replications" : path);
        good = false;
    }
    return good;
}

static enum exit_code simulate_one(const char *path, const struct settings *settings, bool several)
{
    struct error_list errors = {0};
    struct bundle bundle = {0};
    struct run_options run = settings->run;
    char *folder = NULL;
    enum exit_code code;

    if (!bundle_scenario(&bundle, path, &settings->bundle, &errors)) {
        code = console_errors(&errors);
        bundle_clear(&bundle);
        return code == EXIT_DONE ? EXIT_BAD_INPUT : code;
    }
    if (settings->seed.given)
        bundle.scenario->seed = settings->seed.value;
    if (settings->replications.given)
        bundle.scenario->replications = (uint32_t)settings->replications.value;
    if (several && run.out) {
        size_t size = strlen(run.out) + strlen(bundle.scenario->name) + 2;
        folder = malloc(size);
        if (folder)
            snprintf(folder, size, "%s/%s", run.out, bundle.scenario->name);
        run.out = folder;
    }
    run.source = path;
    code = goals_fit(path, &bundle, settings) ? run_to_folder(&bundle, &run) : EXIT_BAD_INPUT;
    free(folder);
    bundle_clear(&bundle);
    return code;
}

int command_simulate(int argc, char **argv)
{
    struct settings settings = {
        .seed = {0, 0, UINT64_MAX, false},
        .replications = {1, 1, 1000000, false},
        .most = {1000, 2, 1000000, false},
        .threads = {default_threads(), 1, 256, false},
        .run = {.mode = "simulate"},
    };
    const struct option options[] = {
        {"seed", OPTION_NUMBER, &settings.seed, "N", "seed of every random stream (the scenario's)"},
        {"replications", OPTION_NUMBER, &settings.replications, "N", "how often it is run (the scenario's)"},
        {"until", OPTION_LIST, &settings.until, "GOAL", "go on until a figure is as sure: 'mttr_seconds.mean ±5%'"},
        {"max-replications", OPTION_NUMBER, &settings.most, "N", "with --until: stop after so many (1000), exit 1"},
        {"threads", OPTION_NUMBER, &settings.threads, "N", "replications at once (processors); results do not change"},
        {"duration", OPTION_DURATION, &settings.bundle.duration, "SPAN", "simulated time (the scenario's)"},
        {"policy", OPTION_TEXT, &settings.bundle.policy, "FILE", "policy in place of the scenario's"},
        {"faults", OPTION_TEXT, &settings.bundle.catalogue, "FILE", "fault catalogue in place of the scenario's"},
        {"inject", OPTION_LIST, &settings.inject, "FAULT", "one more fault, KIND:TARGET@ONSET[+LASTS]; repeatable"},
        {"knowledge", OPTION_TEXT, &settings.run.knowledge, "FILE",
         "odds to begin with: a run.db, or a file of --save-knowledge"},
        {"save-knowledge", OPTION_TEXT, &settings.run.save_knowledge, "FILE",
         "what was learned, as a file; run.db has it anyway"},
        {"out", OPTION_TEXT, &settings.run.out, "DIR", "the run folder (runs/NAME); an older run in it is replaced"},
        {"json", OPTION_FLAG, &settings.run.json, NULL, "print summary.json on stdout"},
        {"no-report", OPTION_FLAG, &settings.run.no_report, NULL, "database and summary.json only"},
    };
    const char *paths[SCENARIOS_MAX];
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], paths, 1,
                               SCENARIOS_MAX, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (count > 1 && settings.run.save_knowledge) {
        fprintf(stderr, "selfheal: --save-knowledge: expected one scenario, found %zu\n", count);
        return EXIT_BAD_INPUT;
    }
    if (!read_goals(&settings))
        return EXIT_BAD_INPUT;
    settings.bundle.inject = &settings.inject;
    settings.run.threads = (uint32_t)settings.threads.value;
    enum exit_code worst = EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        enum exit_code code = simulate_one(paths[i], &settings, count > 1);
        worst = code > worst ? code : worst;
    }
    return (int)worst;
}
