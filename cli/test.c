/* test.c - `selfheal test SUITE`: scenarios, and whether they keep their promises. */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/sensitivity.h"
#include "cli/suite_output.h"
#include "cli/suite_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "test",
    "SUITE",
    "Runs the scenarios of a suite and checks what they expect; exit code 1 when something is missed.",
    "SUITE is a suite file, a folder with a suite.yaml or of scenarios, or one scenario. A scenario\n"
    "says what it expects in `expect:`, a line each: docs/testing.md. A figure that cannot be told\n"
    "from its bound with the replications at hand is \"can't tell\", which is no pass. Same suite,\n"
    "same bytes, with any number of jobs, in one go or merged from shards.",
    "  selfheal test scenarios/suites/basic\n"
    "  selfheal test scenarios/suites/basic --junit junit.xml --markdown summary.md\n"
    "  selfheal test scenarios/suites/basic --filter 'disk*' --tap\n"
    "  selfheal test scenarios/suites/basic --shard 1/2 --out runs/shard-1",
};

/* "k/n", 1 <= k <= n. */
bool shard_parse(const char *text, uint32_t *shard, uint32_t *shards)
{
    char *end, *last;
    unsigned long k = text[0] >= '0' && text[0] <= '9' ? strtoul(text, &end, 10) : 0;

    if (k == 0 || *end != '/' || end[1] < '0' || end[1] > '9')
        return false;
    unsigned long n = strtoul(end + 1, &last, 10);
    if (*last != '\0' || k > n || n > 100000)
        return false;
    *shard = (uint32_t)k;
    *shards = (uint32_t)n;
    return true;
}

static void tell_case(const struct suite_case *item, void *context)
{
    (void)context;
    suite_write_case(item, stdout);
    fflush(stdout);
}

/* What --sensitivity needs is there. */
static bool can_vary(const struct suite_plan *plan, struct error_list *errors)
{
    if (plan->target_count == 0)
        error_add(errors, ERROR_INPUT, plan->source, 0, "--sensitivity",
                  "the suite has no `targets:` whose figures could move");
    else if (plan->choice.shards > 1)
        error_add(errors, ERROR_INPUT, NULL, 0, "--sensitivity", "needs the whole suite, not a shard of it");
    return errors->count == 0;
}

static enum exit_code run(const char *path, const struct suite_choice *choice, struct suite_run_options *options,
                          struct suite_output *output, bool sensitivity)
{
    struct error_list errors = {0};
    struct suite_plan plan;
    struct suite *suite = NULL;
    char folder[FOLDER_PATH];
    bool lines = !output->tap && !output->json;
    bool good = suite_plan_read(&plan, path, choice, &errors);

    good = good && (!sensitivity || can_vary(&plan, &errors));
    good = good && (output->folder ? folder_join(folder, output->folder, NULL, &errors)
                                   : folder_join(folder, "runs", plan.name, &errors));
    output->folder = options->folder = folder;
    options->told = lines ? tell_case : NULL;
    good = good && suite_output_check(output, &errors) && suite_output_prepare(folder, &errors);
    if (good)
        suite = suite_run(&plan, options, &errors);
    good = suite && suite_measure(suite, &errors) &&
           (!sensitivity || sensitivity_run(&plan, options, suite, &errors)) &&
           suite_output_write(suite, output, lines, &errors);
    enum exit_code code = console_errors(&errors);
    if (good)
        code = suite_passed(suite) ? EXIT_DONE : EXIT_MISSED;
    else if (code == EXIT_DONE)
        code = EXIT_ENVIRONMENT;
    suite_destroy(suite);
    suite_plan_clear(&plan);
    output->folder = options->folder = NULL; /* was ours */
    return code;
}

int command_test(int argc, char **argv)
{
    struct option_list filter = {0};
    struct option_number jobs = {default_threads(), 1, 256, false};
    struct suite_choice choice = {.filter = &filter,
                                  .seed = {0, 0, UINT64_MAX, false},
                                  .replications = {1, 1, 1000000, false},
                                  .shard = 1,
                                  .shards = 1};
    struct suite_run_options options = {0};
    struct suite_output output = {0};
    const char *shard = NULL, *path;
    const char *images = NULL;
    bool sensitivity = false;
    const struct option table[] = {
        {"filter", OPTION_LIST, &filter, "GLOB", "scenarios with such a name only; may be given again"},
        {"jobs", OPTION_NUMBER, &jobs, "N", "scenarios at once (processors); results do not change"},
        {"shard", OPTION_TEXT, &shard, "K/N", "every N-th scenario from the K-th on; see selfheal merge"},
        {"fail-fast", OPTION_FLAG, &options.fail_fast, NULL, "run nothing after the first scenario that is not met"},
        {"policy", OPTION_TEXT, &choice.policy, "FILE", "policy in place of the suite's and the scenarios'"},
        {"seed", OPTION_NUMBER, &choice.seed, "N", "seed in place of the scenarios'"},
        {"replications", OPTION_NUMBER, &choice.replications, "N", "replications in place of the suite's"},
        {"sensitivity", OPTION_FLAG, &sensitivity, NULL,
         "the suite again with causes, people and actions bent by half and double; needs targets"},
        {"tap", OPTION_FLAG, &output.tap, NULL, "TAP on stdout"},
        {"junit", OPTION_TEXT, &output.junit, "FILE", "JUnit XML, as GitLab and GitHub reporters read it"},
        {"markdown", OPTION_TEXT, &output.markdown, "FILE", "a job summary"},
        {"json", OPTION_FLAG, &output.json, NULL, "results as JSON on stdout"},
        {"out", OPTION_TEXT, &output.folder, "DIR", "the suite's folder (runs/NAME); an older suite in it is replaced"},
        {"images", OPTION_TEXT, &images, "png,pdf", "plots in these forms, too, beside the SVG"},
    };
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, table, sizeof table / sizeof table[0], &path, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (shard && !shard_parse(shard, &choice.shard, &choice.shards)) {
        fprintf(stderr, "selfheal: --shard: \"%s\" is not K/N with 1 <= K <= N, such as 2/8\n", shard);
        return EXIT_BAD_INPUT;
    }
    if (!images_parse(images, &output.images))
        return EXIT_BAD_INPUT;
    options.jobs = (uint32_t)jobs.value;
    return (int)run(path, &choice, &options, &output, sensitivity);
}
