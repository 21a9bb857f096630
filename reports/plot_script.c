/* plot_script.c - see plot_script.h. */
#include "reports/plot_script.h"

#include <math.h>
#include <string.h>

enum { TICKS = 9 };

void plot_script_begin(FILE *script, const char *name, int height)
{
    fprintf(script,
            "set encoding utf8\nif (!exists('format')) format = 'svg'\n"
            "if (format eq 'svg') set terminal svg size %d,%d dynamic name '%s'"
            " font 'DejaVu Sans,Helvetica,sans-serif,13' noenhanced\n"
            "if (format eq 'png') set terminal pngcairo size %d,%d font 'DejaVu Sans,11' noenhanced\n"
            "if (format eq 'pdf') set terminal pdfcairo size %.2f,%.2f font 'DejaVu Sans,10' noenhanced\n"
            "set output '%s.'.format\nset datafile separator ','\nset border 3 lc rgb '#6B7280'\n"
            "set tics nomirror scale 0.5 textcolor rgb '#3B4252'\nset grid ytics lc rgb '#E5E7EB' lw 1\nunset key\n",
            PLOT_WIDTH, height, name, PLOT_WIDTH, height, PLOT_WIDTH / 96.0, height / 96.0, name);
}

/* The shortest round step with no more than TICKS of them in `seconds`. */
static int64_t tick_step(double seconds)
{
    static const int64_t steps[] = {1,    2,    5,    10,    15,    30,    60,    120,    300,    600,   900,
                                    1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000};
    size_t count = sizeof steps / sizeof *steps;

    for (size_t i = 0; i < count; i++)
        if (seconds / (double)steps[i] <= TICKS)
            return steps[i];
    return (int64_t)ceil(seconds / TICKS / 864000) * 864000;
}

/* What of the instant tells ticks of this step apart. */
static void write_tick(FILE *script, heal_time at, int64_t step, double seconds)
{
    char text[HEAL_TIME_TEXT];

    heal_time_format(at, text); /* YYYY-MM-DDThh:mm:ssZ */
    if (step >= 86400)
        fprintf(script, "'%.5s'", text + 5);
    else if (seconds > 86400)
        fprintf(script, "'%.5s %.5s'", text + 5, text + 11);
    else
        fprintf(script, "'%.*s'", step < 60 ? 8 : 5, text + 11);
}

void plot_script_time_axis(FILE *script, heal_time start, double seconds)
{
    int64_t step = tick_step(seconds), first = (start / HEAL_SECOND + step - 1) / step * step;
    const char *comma = "";
    char day[HEAL_TIME_TEXT];

    fprintf(script, "set xrange [0:%.9g]\nset xtics (", seconds);
    for (int64_t at = first; (double)at <= (double)start / 1e9 + seconds; at += step) {
        fprintf(script, "%s", comma);
        write_tick(script, at * HEAL_SECOND, step, seconds);
        fprintf(script, " %.9g", heal_duration_seconds(at * HEAL_SECOND - start));
        comma = ", ";
    }
    heal_time_format(start, day);
    fprintf(script, ")\nset xlabel 'UTC, from %.10s' textcolor rgb '#566173'\n", day);
}

static int is_plain(unsigned char byte)
{
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z') || strchr(" ._/:+=-[](),<>%", byte) != NULL;
}

void plot_script_label(FILE *script, const char *text)
{
    size_t length = strlen(text);

    fputc('\'', script);
    if (length > PLOT_LABEL) {
        text += length - PLOT_LABEL;
        while (((unsigned char)*text & 0xc0) == 0x80) /* not into the middle of a character */
            text++;
        fputs("\u2026", script);
    }
    for (; *text != '\0'; text++)
        fputc(is_plain((unsigned char)*text) ? *text : '?', script);
    fputc('\'', script);
}
