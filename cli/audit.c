/* audit.c - `selfheal audit verify DB`: is the chain of decisions whole? */
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/options.h"
#include "store/database.h"
#include "store/run_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct subcommand COMMAND = {
    "audit",
    "verify DATABASE",
    "Checks the hash chain of a run database's audit table; exit 1 names the first broken row.",
    "DATABASE is a file, or postgresql://USER@HOST/NAME for the store that replicas of `selfheal live` share.",
    "  selfheal audit verify runs/demo/run.db",
};

int command_audit(int argc, char **argv)
{
    const char *words[2];
    size_t count;

    int parsed = options_parse(argc, argv, &COMMAND, NULL, 0, words, 2, 2, &count);
    if (parsed != OPTIONS_RUN)
        return parsed;
    if (strcmp(words[0], "verify") != 0) {
        fprintf(stderr, "selfheal: audit has no \"%s\"; it has: verify\n", words[0]);
        return EXIT_BAD_INPUT;
    }
    struct error_list errors = {0};
    char *name = database_told(words[1], &errors);
    int64_t rows = 0, broken = 0;
    int code = EXIT_MISSED;

    if (name && audit_verify(words[1], &rows, &broken, &errors)) {
        printf("%s: the chain of %" PRId64 " rows is whole\n", name, rows);
        code = EXIT_DONE;
    } else if (errors.count > 0) {
        code = (int)console_errors(&errors);
    } else {
        printf("%s: row %" PRId64 " does not follow from the one before it\n", name, broken);
    }
    free(name);
    return code;
}
