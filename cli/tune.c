/* tune.c - `selfheal tune STUDY`: better settings, and how sure that is. */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/folder.h"
#include "cli/options.h"
#include "cli/tune_output.h"
#include "cli/tune_run.h"
#include "cli/yaml.h"

#include <stdio.h>

static const struct subcommand COMMAND = {
    "tune",
    "STUDY",
    "Searches the settings of policy and scenario that a study names for better ones.",
    "Candidates come from a grid, draws or Sobol's sequence, and race each other on common seeds, so\n"
    "that bad ones cost little; Nelder-Mead refines the best; the winner is held against the files\n"
    "as they are on fresh seeds. What comes out: winner.yaml (a policy), report.html, candidates.csv.\n"
    "Finished evaluations are kept in study.db: a study that was killed goes on. docs/tuning.md.",
    "  selfheal tune scenarios/studies/restart.yaml\n"
    "  selfheal tune scenarios/studies/restart.yaml --jobs 2 --out runs/restart-2 --json\n"
    "  selfheal tune scenarios/studies/restart.yaml --shard 1/2 --out runs/share-1\n"
    "  selfheal tune scenarios/studies/restart.yaml --shard 2/2 --out runs/share-2",
};

static bool write_share(const struct study_result *result, const struct tune_options *options, bool json)
{
    printf(json ? "{\"study\": \"%s\", \"shard\": %u, \"shards\": %u, \"candidates\": %zu, \"evaluations\": %llu}\n"
                : "%s, shard %u of %u: %zu candidates, %llu evaluations\n",
           result->study->name, options->shard, options->shards, result->count - 1,
           (unsigned long long)result->evaluations);
    if (!json)
        printf("%s/study.db\n", options->folder);
    return true;
}

static enum exit_code tune(const char *path, const char *out, struct tune_options *options, struct tune_output *output)
{
    struct error_list errors = {0};
    struct study_result result = {0};
    struct document *document = yaml_read(path, &errors);
    struct study *study = document ? study_read(document, &errors) : NULL;
    char folder[FOLDER_PATH];
    bool good =
        study && (out ? folder_join(folder, out, NULL, &errors) : folder_join(folder, "runs", study->name, &errors));

    options->folder = output->folder = folder;
    document_destroy(document);
    good = good && tune_prepare(folder, &errors);
    bool prepared = good;
    good = good && tune_run(study, options, &result, &errors);
    if (prepared)
        tune_clean(folder, options->jobs);
    good = good &&
           (options->shards > 0 ? write_share(&result, options, output->json) : tune_write(&result, output, &errors));
    enum exit_code code = console_errors(&errors);
    if (good)
        code = options->shards > 0 ? EXIT_DONE : tune_verdict(&result);
    else if (code == EXIT_DONE)
        code = EXIT_ENVIRONMENT;
    study_destroy(study);
    options->folder = output->folder = NULL;
    return code;
}

int command_tune(int argc, char **argv)
{
    struct option_number jobs = {default_threads(), 1, 256, false};
    const char *out = NULL, *shard = NULL, *path;
    struct tune_options options = {0};
    struct tune_output output = {0};
    const char *images = NULL;
    const struct option table[] = {
        {"jobs", OPTION_NUMBER, &jobs, "N", "evaluations at once (processors); results do not change"},
        {"shard", OPTION_TEXT, &shard, "K/N", "every N-th candidate from the K-th on; see selfheal merge"},
        {"out", OPTION_TEXT, &out, "DIR", "the study's folder (runs/NAME); a study in it is gone on with"},
        {"json", OPTION_FLAG, &output.json, NULL, "the result as JSON on stdout"},
        {"images", OPTION_TEXT, &images, "png,pdf", "plots in these forms, too, beside the SVG"},
    };
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], &path, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (shard && !shard_parse(shard, &options.shard, &options.shards)) {
        fprintf(stderr, "selfheal: --shard: \"%s\" is not K/N with 1 <= K <= N, such as 2/8\n", shard);
        return EXIT_BAD_INPUT;
    }
    if (!images_parse(images, &output.images))
        return EXIT_BAD_INPUT;
    options.jobs = (uint32_t)jobs.value;
    return (int)tune(path, out, &options, &output);
}
