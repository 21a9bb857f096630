/* console.c - messages and the progress bar; the only place that knows a terminal. */
#include "cli/console.h"

#include <stdio.h>
#include <unistd.h>

enum exit_code console_errors(struct error_list *errors)
{
    char text[1024];
    enum exit_code code = errors->environment ? EXIT_ENVIRONMENT : errors->count ? EXIT_BAD_INPUT : EXIT_DONE;

    for (size_t i = 0; i < errors->kept; i++)
        fprintf(stderr, "selfheal: %s\n", error_format(errors, i, text, sizeof text));
    if (errors->count > errors->kept)
        fprintf(stderr, "selfheal: and %zu more\n", errors->count - errors->kept);
    error_list_clear(errors);
    return code;
}

void progress_show(struct progress *progress, double done)
{
    enum { WIDTH = 40 };
    int percent = (int)(100.0 * done);

    if (!isatty(STDERR_FILENO) || (progress->shown && percent == progress->percent))
        return;
    progress->shown = true;
    progress->percent = percent;
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3d %%", progress->label, bar, percent);
    fflush(stderr);
}

void progress_clear(struct progress *progress)
{
    if (progress->shown)
        fprintf(stderr, "\r\033[K");
    progress->shown = false;
}
