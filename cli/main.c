/* main.c - selfheal: from the first word to its subcommand. */
#include "cli/commands.h"
#include "cli/console.h"
#include "replay/mapping.h"
#include "store/database.h"

#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} COMMANDS[] = {
    {"simulate", command_simulate, "run scenarios in the simulator and report what the healer did"},
    {"replay", command_replay, "run the healer over a recorded trace, open or closed loop"},
    {"trace", command_trace, "pack, look into and check recorded traces"},
    {"eval", command_eval, "measure the detector on labelled recordings"},
    {"report", command_report, "write the report of a run again"},
    {"test", command_test, "run a suite of scenarios and check what they expect"},
    {"compare", command_compare, "what is better or worse in one result than in another"},
    {"tune", command_tune, "search settings of policy and scenario for better ones"},
    {"diff", command_diff, "every decision in which two policies differ"},
    {"merge", command_merge, "put the shards of a suite together"},
    {"live", command_live, "watch and heal the real thing, with an API and a dashboard"},
    {"record", command_record, "export a range of Prometheus to a trace"},
    {"audit", command_audit, "check the audit chain of a run database"},
};
enum { COMMAND_COUNT = sizeof COMMANDS / sizeof COMMANDS[0] };

static void show_usage(FILE *out)
{
    fputs("selfheal rehearses self-healing: one engine detects and remediates in a simulator,\n"
          "over recorded traces, and live.\n\nUsage: selfheal COMMAND ...\n\n",
          out);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].summary);
    fputs("\n  selfheal COMMAND --help shows a command's options and examples.\n"
          "  selfheal --version\n\n"
          "Exit codes: 0 done, 1 the result misses what was asked, 2 bad input, 3 the environment failed.\n",
          out);
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off(); /* GSL would abort; its results are checked instead */
    mapping_guard(EXIT_ENVIRONMENT);
    database_share_nothing();
    if (argc < 2) {
        show_usage(stderr);
        return EXIT_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        show_usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("selfheal " SELFHEAL_VERSION);
        return EXIT_DONE;
    }
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], COMMANDS[i].name) == 0) {
            int code = COMMANDS[i].run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) {
                fputs("selfheal: cannot write to stdout\n", stderr);
                return EXIT_ENVIRONMENT;
            }
            return code;
        }
    }
    fprintf(stderr, "selfheal: there is no command \"%s\"; see selfheal --help\n", argv[1]);
    return EXIT_BAD_INPUT;
}
