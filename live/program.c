/* program.c - see program.h. */
#include "live/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

/* Starts the program in a process group of its own, its output into *from. */
static pid_t start(struct program *program, int *from)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    int ends[2];
    pid_t child = -1;

    if (pipe(ends) != 0) {
        program->code = errno;
        return -1;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    if (program->errors_too)
        posix_spawn_file_actions_adddup2(&files, ends[1], STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    program->code = posix_spawnp(&child, program->words[0], &files, &attributes, program->words, program->variables);
    if (program->code != 0)
        child = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    if (child < 0)
        close(ends[0]);
    else
        *from = ends[0];
    return child;
}

/* Reads until the program is over or `until`. True when it ended by itself. */
static bool wait_for(struct program *program, pid_t child, int from, int64_t until, int *status)
{
    bool open = true;

    for (;;) {
        char part[4096];
        struct pollfd wait = {.fd = from, .events = POLLIN};
        if (open && waitpid(child, status, WNOHANG) == child)
            open = false;
        else if (monotonic() >= until)
            return !open;
        int ready = poll(&wait, 1, open ? 20 : 0);
        ssize_t got = ready > 0 ? read(from, part, sizeof part) : 0;
        for (ssize_t i = 0; i < got && program->used + 1 < program->room; i++)
            program->output[program->used++] = part[i];
        program->output[program->used] = '\0';
        if (!open && got <= 0)
            return true;
        if (open && ready > 0 && got <= 0) /* it closed its output and lives on */
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
}

enum program_end program_run(struct program *program)
{
    enum program_end end = PROGRAM_TIMED_OUT;
    int from = -1, status = 0;

    program->output[0] = '\0';
    program->used = 0;
    pid_t child = start(program, &from);
    if (child < 0)
        return PROGRAM_NOT_STARTED;
    if (wait_for(program, child, from, monotonic() + program->timeout, &status)) {
        end = WIFEXITED(status) ? PROGRAM_EXITED : PROGRAM_KILLED;
        program->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    } else {
        kill(-child, SIGKILL);
        waitpid(child, &status, 0);
    }
    close(from);
    return end;
}
