/* merge.c - `selfheal merge SHARD...`: shards of a suite or of a study, put together. */
#include "cli/commands.h"
#include "cli/merge_study.h"
#include "cli/options.h"
#include "cli/suite_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SHARDS_MAX = 4096 };

static const struct subcommand COMMAND = {
    "merge",
    "SHARD...",
    "Puts the shards of a suite or a study together: byte for byte what one machine gives.",
    "SHARD is the folder that `selfheal test --shard K/N` or `selfheal tune --shard K/N` wrote, or its\n"
    "suite.db or study.db. All shards must be there, of one suite or study with the same options. What\n"
    "only the race of a study's shards together asks for is evaluated now. Exit codes as for test and tune.",
    "  selfheal merge runs/shard-1 runs/shard-2 --out runs/merged --junit junit.xml\n"
    "  selfheal merge runs/share-1 runs/share-2 --out runs/study --jobs 2",
};

static bool load_all(struct suite **shards, const char **paths, size_t count, struct error_list *errors)
{
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        char path[FOLDER_PATH];
        struct stat there;
        bool is_folder = stat(paths[i], &there) == 0 && S_ISDIR(there.st_mode);
        shards[i] =
            folder_join(path, paths[i], is_folder ? "suite.db" : NULL, errors) ? suite_load(path, errors) : NULL;
        good = good && shards[i];
    }
    return good;
}

static enum exit_code merge(const char **paths, size_t count, struct suite_output *output)
{
    struct error_list errors = {0};
    struct suite **shards = calloc(count, sizeof(struct suite *));
    struct suite *merged = NULL;
    char folder[FOLDER_PATH];
    bool good = shards && load_all(shards, paths, count, &errors);

    if (good)
        merged = suite_merge(shards, paths, count, &errors);
    good = merged && (output->folder ? folder_join(folder, output->folder, NULL, &errors)
                                     : folder_join(folder, "runs", merged->name, &errors));
    output->folder = folder;
    good = good && suite_output_check(output, &errors) && suite_output_prepare(folder, &errors) &&
           suite_measure(merged, &errors) && suite_output_write(merged, output, false, &errors);
    enum exit_code code = console_errors(&errors);
    if (good)
        code = suite_passed(merged) ? EXIT_DONE : EXIT_MISSED;
    else if (code == EXIT_DONE)
        code = EXIT_ENVIRONMENT;
    for (size_t i = 0; shards && i < count; i++)
        suite_destroy(shards[i]);
    free(shards);
    suite_destroy(merged);
    output->folder = NULL; /* was ours */
    return code;
}

int command_merge(int argc, char **argv)
{
    struct suite_output output = {0};
    struct option_number jobs = {default_threads(), 1, 256, false};
    const char *images = NULL;
    const struct option table[] = {
        {"jobs", OPTION_NUMBER, &jobs, "N", "evaluations of a study at once (processors); results do not change"},
        {"tap", OPTION_FLAG, &output.tap, NULL, "TAP on stdout"},
        {"junit", OPTION_TEXT, &output.junit, "FILE", "JUnit XML"},
        {"markdown", OPTION_TEXT, &output.markdown, "FILE", "a job summary"},
        {"json", OPTION_FLAG, &output.json, NULL, "results as JSON on stdout"},
        {"out", OPTION_TEXT, &output.folder, "DIR",
         "the folder (runs/NAME); an older suite or this study in it is replaced"},
        {"images", OPTION_TEXT, &images, "png,pdf", "plots in these forms, too, beside the SVG"},
    };
    const char *paths[SHARDS_MAX];
    size_t count;

    int parsed =
        options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], paths, 1, SHARDS_MAX, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (!images_parse(images, &output.images))
        return EXIT_BAD_INPUT;
    if (is_of_study(paths[0])) {
        if (output.tap || output.junit || output.markdown) {
            fputs("selfheal: merge: --tap, --junit and --markdown are for suites; these are shards of a study\n",
                  stderr);
            return EXIT_BAD_INPUT;
        }
        struct tune_output study = {output.folder, output.json, output.images};
        return (int)merge_study(paths, count, (uint32_t)jobs.value, &study);
    }
    return (int)merge(paths, count, &output);
}
