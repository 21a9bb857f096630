/* report.c - `selfheal report RUN`: the pages of a run, made anew from its database. */
#include "reports/report.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"

#include <stdio.h>
#include <stdlib.h>

static const struct subcommand COMMAND = {
    "report",
    "RUN",
    "Writes summary.json, report.html, report.md and plots/ of a run folder from its database.",
    "A run that was killed has a database, too: its report says that it is incomplete.",
    "  selfheal report runs/demo\n"
    "  selfheal report runs/demo --json | jq .success_rate",
};

int command_report(int argc, char **argv)
{
    struct option_number plots = {12, 1, 48, false};
    bool json = false;
    const struct option options[] = {
        {"plots", OPTION_NUMBER, &plots, "N", "series plots at the most (12)"},
        {"json", OPTION_FLAG, &json, NULL, "print summary.json on stdout"},
    };
    const char *folder;
    size_t count;

    int parsed =
        options_parse(argc, argv, &COMMAND, options, sizeof options / sizeof options[0], &folder, 1, 1, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    struct error_list errors = {0};
    struct report_options report = {.plots_max = (size_t)plots.value};
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
