/* run_folder.c - the folder of a run, from empty to report. */
#include "cli/run_folder.h"

#include "cli/folder.h"
#include "cli/recording.h"
#include "engine/knowledge.h"
#include "reports/report.h"
#include "store/knowledge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes to begin with, looked at before anything is written. */
struct prior {
    unsigned char *bytes;
    size_t length;
};

static bool load_prior(const char *path, const struct policy *policy, struct prior *prior, struct error_list *errors)
{
    struct learning *odds = path ? learning_create(policy, 0) : NULL;
    bool good = !path || (odds && knowledge_load(path, &prior->bytes, &prior->length, errors));

    if (path && !odds) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    } else if (path && good && !odds_import(policy, odds, prior->bytes, prior->length)) {
        error_add(errors, ERROR_INPUT, path, 0, "--knowledge",
                  "expected a run.db, or a file that --save-knowledge made; this is neither, or damaged");
        good = false;
    }
    learning_destroy(odds);
    return good;
}

static struct arm arm_of(const struct run_options *options, const struct prior *prior, enum healer healer)
{
    return (struct arm){.mode = options->mode,
                        .source = options->source,
                        .healer = healer,
                        .threads = options->threads,
                        .grace = options->grace,
                        .knowledge = prior->bytes,
                        .knowledge_length = prior->length,
                        .save_knowledge = healer == HEALER_ENGINE ? options->save_knowledge : NULL};
}

static void print_time(const char *label, const struct figure *figure)
{
    if (figure->n == 0)
        printf("  %-34s -\n", label);
    else if (figure->n == 1)
        printf("  %-34s %.1f s (n = 1)\n", label, figure->mean);
    else
        printf("  %-34s %.1f s mean [%.1f, %.1f], %.1f s P95 (n = %zu)\n", label, figure->mean, figure->ci95[0],
               figure->ci95[1], figure->p95, figure->n);
}

static void print_rate(const char *label, const struct rate *rate)
{
    if (rate->n == 0)
        printf("  %-34s -\n", label);
    else
        printf("  %-34s %.1f %% [%.1f, %.1f] (n = %zu)\n", label, 100.0 * rate->value, 100.0 * rate->ci95[0],
               100.0 * rate->ci95[1], rate->n);
}

static void print_summary(const struct summary *summary, const char *folder, bool report)
{
    const struct summary_part *all = &summary->all;

    printf("%s: %llu faults, %llu issues, %u replication%s, digest %.16s\n", summary->scenario,
           (unsigned long long)all->faults, (unsigned long long)all->issues, summary->replications,
           summary->replications == 1 ? "" : "s", summary->digest);
    print_time("onset to issue (MTTD)", &all->mttd);
    print_time("issue to first action (MTTA)", &all->mtta);
    print_time("onset to verified recovery (MTTR)", &all->mttr);
    print_rate("remediations that succeeded", &all->success);
    print_rate("issues that match no fault", &all->false_positive);
    print_rate("faults without an issue", &all->false_negative);
    if (summary->baseline)
        print_time("MTTR of operators alone", &summary->baseline->all.mttr);
    printf("%s/%s\n", folder, report ? "report.html" : "summary.json");
}

static bool show_results(const char *folder, const struct run_options *options, struct error_list *errors)
{
    struct summary *summary = summary_read(folder, errors);
    char *json = summary ? summary_json(summary) : NULL;
    bool good = json != NULL;

    if (summary && !json)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    if (good)
        good = options->no_report ? folder_write(folder, "summary.json", json, errors)
                                  : report_write(folder, summary, NULL, NULL, errors);
    if (good && options->json)
        fputs(json, stdout);
    else if (good)
        print_summary(summary, folder, !options->no_report);
    free(json);
    summary_destroy(summary);
    return good;
}

static bool run_arms(const struct bundle *bundle, const struct run_options *options, const struct prior *prior,
                     const char *folder, struct error_list *errors)
{
    bool good = true;

    for (int healer = 0; good && healer < HEALER_COUNT; healer++) {
        struct arm arm = arm_of(options, prior, (enum healer)healer);
        good = !arm_belongs(bundle, arm.healer) || record_arm(bundle, folder, &arm, errors);
    }
    return good;
}

/* Beside the figures, or out of the way of summary.json. */
static void show_goals(const struct until_goal *goals, size_t count, bool json)
{
    char text[UNTIL_TEXT];

    for (size_t i = 0; i < count; i++)
        fprintf(json ? stderr : stdout, "%s%s\n", json ? "selfheal: " : "", until_describe(&goals[i], text));
}

static enum exit_code run_goals(const struct bundle *bundle, const struct run_options *options,
                                const struct prior *prior, const char *folder, struct error_list *errors)
{
    struct until_goal goals[UNTIL_GOALS];
    struct arm arms[HEALER_COUNT];
    bool reached;

    for (int healer = 0; healer < HEALER_COUNT; healer++)
        arms[healer] = arm_of(options, prior, (enum healer)healer);
    memcpy(goals, options->goals, options->goal_count * sizeof *goals);
    if (!until_run(bundle, folder, arms, goals, options->goal_count, options->most, &reached, errors) ||
        !show_results(folder, options, errors))
        return EXIT_ENVIRONMENT;
    show_goals(goals, options->goal_count, options->json);
    return reached ? EXIT_DONE : EXIT_MISSED;
}

enum exit_code run_to_folder(const struct bundle *bundle, const struct run_options *options)
{
    struct error_list errors = {0};
    enum exit_code outcome = EXIT_DONE;
    char folder[FOLDER_PATH];
    struct prior prior = {0};

    bool good = load_prior(options->knowledge, bundle->policy, &prior, &errors);
    good = good && (options->out ? folder_join(folder, options->out, NULL, &errors)
                                 : folder_join(folder, "runs", bundle->scenario->name, &errors));
    good = good && folder_prepare(folder, &FOLDER_RUN, &errors);
    if (good && options->goal_count > 0)
        outcome = run_goals(bundle, options, &prior, folder, &errors);
    else
        good = good && run_arms(bundle, options, &prior, folder, &errors) && show_results(folder, options, &errors);
    good = good && outcome != EXIT_ENVIRONMENT;
    free(prior.bytes);
    enum exit_code code = console_errors(&errors);
    return good ? outcome : code == EXIT_DONE ? EXIT_ENVIRONMENT : code;
}
