/* console.h - what a person at a terminal sees: errors, and how far it is. */
#ifndef SELFHEAL_CLI_CONSOLE_H
#define SELFHEAL_CLI_CONSOLE_H

#include "engine/error.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_MISSED = 1, /* the result misses what was asked */
    EXIT_BAD_INPUT = 2,
    EXIT_ENVIRONMENT = 3, /* disk, memory, network */
};

/* Prints every message on stderr, says how many were left out, clears the list,
 * and returns the exit code that they call for. */
enum exit_code console_errors(struct error_list *errors);

/* A progress bar on stderr, only when that is a terminal. */
struct progress {
    const char *label;
    bool shown;
    int percent;
};
void progress_show(struct progress *progress, double done); /* 0 .. 1 */
void progress_clear(struct progress *progress);

#endif
