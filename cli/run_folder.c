/* run_folder.c - the folder of a run, from empty to report. */
#include "cli/run_folder.h"

#include "cli/recording.h"
#include "reports/report.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_TEXT = 4096 };

/* run.db is what a run is known by: it goes last, so that a folder is a run as
 * long as anything of it is there. */
static const char *const RUN_FILES[] = {
    "summary.json",    "report.html", "report.md",  "baseline.db", "baseline.db-wal",
    "baseline.db-shm", "run.db-wal",  "run.db-shm", "run.db",
};

/* "folder/name", or `folder` alone where `name` is NULL. */
static bool join(char out[PATH_MAX_TEXT], const char *folder, const char *name, struct error_list *errors)
{
    int length = snprintf(out, PATH_MAX_TEXT, "%s%s%s", folder, name ? "/" : "", name ? name : "");
    if (length > 0 && length < PATH_MAX_TEXT)
        return true;
    error_add(errors, ERROR_INPUT, NULL, 0, "--out", "the path is over %d bytes", PATH_MAX_TEXT - 1);
    return false;
}

static bool make_folders(const char *folder, struct error_list *errors)
{
    char part[PATH_MAX_TEXT];

    if (!join(part, folder, "", errors))
        return false;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            error_add(errors, ERROR_ENVIRONMENT, part, 0, NULL, "cannot make the folder: %s", strerror(errno));
            return false;
        }
        *slash = '/';
    }
    return true;
}

static bool is_empty_folder(const char *folder)
{
    DIR *entries = opendir(folder);
    bool empty = entries != NULL;

    for (const struct dirent *entry; empty && (entry = readdir(entries));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (entries)
        closedir(entries);
    return empty;
}

/* A folder that is new, empty, or holds an older run, which is taken away. */
static bool prepare_folder(const char *folder, struct error_list *errors)
{
    char path[PATH_MAX_TEXT];
    struct stat there;

    if (!join(path, folder, "run.db", errors))
        return false;
    bool is_run = stat(path, &there) == 0;
    if (!is_run && stat(folder, &there) == 0 && !is_empty_folder(folder)) {
        error_add(errors, ERROR_INPUT, folder, 0, "--out", "is there already and holds something that is no run");
        return false;
    }
    if (!make_folders(folder, errors))
        return false;
    for (size_t i = 0; i < sizeof RUN_FILES / sizeof RUN_FILES[0]; i++) {
        if (!join(path, folder, RUN_FILES[i], errors))
            return false;
        if (unlink(path) != 0 && errno != ENOENT) {
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot replace the older run: %s", strerror(errno));
            return false;
        }
    }
    return true;
}

static bool run_arm(const struct bundle *bundle, const struct run_options *options, const char *folder,
                    const char *database, bool healer, struct error_list *errors)
{
    char path[PATH_MAX_TEXT];
    struct policy policy = *bundle->policy;
    struct store_run run = {
        .mode = options->mode,
        .scenario = bundle->scenario->name,
        .source = options->source,
        .policy_name = policy.name,
        .seed = bundle->scenario->seed,
        .replications = bundle->scenario->replications,
        .start = bundle->start,
        .duration = bundle->duration,
        .arm = healer ? "selfheal" : "operators",
    };

    if (!healer)
        policy.auto_remediation = false;
    return join(path, folder, database, errors) &&
           record_run(bundle, &policy, &run, path, options->threads, options->grace, errors);
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

static bool write_text(const char *folder, const char *name, const char *text, struct error_list *errors)
{
    char path[PATH_MAX_TEXT];

    if (!join(path, folder, name, errors))
        return false;
    FILE *file = fopen(path, "w");
    bool good = file && fputs(text, file) >= 0;
    if (file)
        good = fclose(file) == 0 && good;
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot write: %s", strerror(errno));
    return good;
}

static bool show_results(const char *folder, const struct run_options *options, struct error_list *errors)
{
    struct summary *summary = summary_read(folder, errors);
    char *json = summary ? summary_json(summary) : NULL;
    bool good = json != NULL;

    if (summary && !json)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    if (good)
        good = options->no_report ? write_text(folder, "summary.json", json, errors)
                                  : report_write(folder, summary, NULL, NULL, errors);
    if (good && options->json)
        fputs(json, stdout);
    else if (good)
        print_summary(summary, folder, !options->no_report);
    free(json);
    summary_destroy(summary);
    return good;
}

enum exit_code run_to_folder(const struct bundle *bundle, const struct run_options *options)
{
    struct error_list errors = {0};
    char folder[PATH_MAX_TEXT];
    bool operators = bundle->scenario->operators.present;

    bool good = options->out ? join(folder, options->out, NULL, &errors)
                             : join(folder, "runs", bundle->scenario->name, &errors);
    good = good && prepare_folder(folder, &errors) && run_arm(bundle, options, folder, "run.db", true, &errors) &&
           (!operators || run_arm(bundle, options, folder, "baseline.db", false, &errors)) &&
           show_results(folder, options, &errors);
    enum exit_code code = console_errors(&errors);
    return good ? EXIT_DONE : code == EXIT_DONE ? EXIT_ENVIRONMENT : code;
}
