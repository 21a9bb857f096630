/* program.h - a program started as it is written, without a shell, and not for ever.
 *
 * Its input is empty. At its end of time its whole process group is killed.
 */
#ifndef SELFHEAL_LIVE_PROGRAM_H
#define SELFHEAL_LIVE_PROGRAM_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

enum program_end { PROGRAM_NOT_STARTED, PROGRAM_TIMED_OUT, PROGRAM_KILLED, PROGRAM_EXITED };

struct program {
    char *const *words;     /* NULL-terminated; words[0] is looked up in PATH */
    char *const *variables; /* its environment, NULL-terminated */
    heal_duration timeout;
    bool errors_too; /* what it says to stderr is output, too; else it is dropped */
    char *output;    /* the first room - 1 bytes of what it prints, NUL-terminated */
    size_t room, used;
    int code; /* EXITED: its exit code; NOT_STARTED: errno */
};

enum program_end program_run(struct program *program);

#endif
