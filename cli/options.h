/* options.h - a subcommand's options as a table: parsed, and printed as help, from
 * the same lines.
 */
#ifndef SELFHEAL_CLI_OPTIONS_H
#define SELFHEAL_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_NUMBER,   /* struct option_number */
    OPTION_DURATION, /* heal_duration, > 0 */
    OPTION_LIST,     /* struct option_list: may be given again */
};

enum { OPTION_LIST_MAX = 256 };
struct option_list {
    const char *items[OPTION_LIST_MAX];
    size_t count;
};
struct option_number {
    uint64_t value, low, high; /* value: the default until given */
    bool given;
};

struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    void *target;
    const char *argument; /* what its value is called in the help; NULL for a flag */
    const char *help;
};

struct subcommand {
    const char *name;     /* "simulate" */
    const char *synopsis; /* "SCENARIO..." */
    const char *summary;  /* one sentence */
    const char *details;  /* a few lines, or NULL */
    const char *examples; /* lines that can be typed */
};

/* What a command does after its options: goes on, or ends with this exit code. */
enum options_result {
    OPTIONS_RUN = -1,
    OPTIONS_HELP_SHOWN = 0,
    OPTIONS_WRONG = 2, /* messages are on stderr */
};

/* Reads argv[1 .. argc): options by the table (`--name value`, `--name=value`,
 * `--help`), the rest into positional[], between `least` and `most` of them. Returns
 * one of enum options_result. */
int options_parse(int argc, char **argv, const struct subcommand *command, const struct option *options,
                  size_t option_count, const char **positional, size_t least, size_t most, size_t *positional_count);

#endif
