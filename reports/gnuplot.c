/* gnuplot.c - see gnuplot.h.
 *
 * The child leads a process group of its own, so that a wrapper script and what
 * it started are stopped together. Between fork and exec only calls that are
 * async-signal-safe are made; the environment is prepared before. */
#include "reports/gnuplot.h"

#include "reports/chart.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NO_PROGRAM = 127, POLL_MS = 5 };

extern char **environ;

/* environ with `locale` in front and no other LC_ALL; borrowed strings. */
static char **plain_environment(char *locale)
{
    size_t count = 0, kept = 1;
    char **copy;

    while (environ[count])
        count++;
    copy = malloc((count + 2) * sizeof *copy);
    if (!copy)
        return NULL;
    copy[0] = locale;
    for (size_t i = 0; i < count; i++)
        if (strncmp(environ[i], "LC_ALL=", 7) != 0)
            copy[kept++] = environ[i];
    copy[kept] = NULL;
    return copy;
}

static _Noreturn void become(char *program, const char *folder, char *script, char *format, char **environment)
{
    char dash_e[] = "-e";
    char *const plain[] = {program, script, NULL}, *const formatted[] = {program, dash_e, format, script, NULL};
    int nothing = open("/dev/null", O_RDWR);

    setpgid(0, 0);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(nothing, 2) < 0 || chdir(folder) != 0)
        _exit(1);
    environ = environment;
    execvp(program, format ? formatted : plain);
    _exit(errno == ENOENT || errno == EACCES ? EXIT_NO_PROGRAM : 1);
}

static enum gnuplot_result wait_for(pid_t child, int seconds)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    int status;

    for (int waited = 0; waited < seconds * 1000; waited += POLL_MS) {
        pid_t ended = waitpid(child, &status, WNOHANG);

        if (ended == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return GNUPLOT_DRAWN;
        if (ended == child)
            return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PROGRAM ? GNUPLOT_MISSING : GNUPLOT_FAILED;
        if (ended < 0 && errno != EINTR)
            return GNUPLOT_FAILED;
        nanosleep(&pause, NULL);
    }
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return GNUPLOT_FAILED;
}

enum gnuplot_result gnuplot_run(const char *program, const char *folder, const char *script, const char *format,
                                int seconds)
{
    char *name = strdup(program ? program : "gnuplot");
    char *argument = strdup(script);
    char locale[] = "LC_ALL=C", setting[32];
    char **environment = plain_environment(locale);
    enum gnuplot_result result = GNUPLOT_FAILED;

    snprintf(setting, sizeof setting, "format='%s'", format ? format : "");
    if (name && argument && environment) {
        pid_t child = fork();

        if (child == 0)
            become(name, folder, argument, format ? setting : NULL, environment);
        if (child > 0)
            result = wait_for(child, seconds);
    }
    free(name);
    free(argument);
    free(environment);
    return result;
}

void gnuplot_images(const char *program, const char *folder, const char *script, unsigned images, int seconds)
{
    if (images & IMAGE_PNG)
        (void)gnuplot_run(program, folder, script, "png", seconds);
    if (images & IMAGE_PDF)
        (void)gnuplot_run(program, folder, script, "pdf", seconds);
}
