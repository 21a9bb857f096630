/* report.c - `selfheal report RUN`: the pages of a run, made anew from its database. */
#include "reports/report.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/history.h"
#include "cli/options.h"
#include "engine/names.h"
#include "reports/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "report",
    "RUN|DIR",
    "Writes summary.json, report.html, report.md and plots/ of a run folder from its database.",
    "A run that was killed has a database, too: its report says that it is incomplete. With --history\n"
    "DIR is a folder of runs and suites: a row for each, and how their figures went on, by the order\n"
    "of their names.",
    "  selfheal report runs/demo\n"
    "  selfheal report --history runs\n"
    "  selfheal report runs/demo --images png,pdf\n"
    "  selfheal report runs/demo --json | jq .success_rate",
};

bool images_parse(const char *text, unsigned *images)
{
    static const char *const NAMES[] = {"png", "pdf"};

    *images = 0;
    for (const char *at = text; at && *at;) {
        size_t length = strcspn(at, ","), index;
        char name[8] = "";
        if (length < sizeof name)
            memcpy(name, at, length);
        if (!name_find(NAMES, 2, name, &index)) {
            fprintf(stderr, "selfheal: --images: \"%s\" is not png, pdf or png,pdf\n", text);
            return false;
        }
        *images |= index == 0 ? IMAGE_PNG : IMAGE_PDF;
        at += length + (at[length] == ',');
    }
    return true;
}

int command_report(int argc, char **argv)
{
    struct option_number plots = {12, 1, 48, false};
    const char *images = NULL;
    bool json = false, history = false;
    const struct option options[] = {
        {"plots", OPTION_NUMBER, &plots, "N", "series plots at the most (12)"},
        {"json", OPTION_FLAG, &json, NULL, "print summary.json on stdout"},
        {"history", OPTION_FLAG, &history, NULL, "DIR/history.html over all runs and suites in DIR"},
        {"images", OPTION_TEXT, &images, "png,pdf", "plots in these forms, too, beside the SVG"},
    };
    const char *folder;
    size_t count;

    int parsed =
        options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], &folder, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    struct error_list errors = {0};
    struct report_options report = {.plots_max = (size_t)plots.value};
    if (!images_parse(images, &report.images))
        return EXIT_BAD_INPUT;
    if (history)
        return (int)history_report(folder, report.images);
    struct summary *summary = summary_read(folder, &errors);
    char *text = summary ? summary_json(summary) : NULL;

    if (summary && report_write(folder, summary, &report, NULL, &errors)) {
        if (json && text)
            fputs(text, stdout);
        else
            printf("%s/report.html\n", folder);
    }
    free(text);
    summary_destroy(summary);
    return (int)console_errors(&errors);
}
