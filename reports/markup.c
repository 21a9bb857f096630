/* markup.c - see markup.h. */
#include "reports/markup.h"

#include <math.h>
#include <string.h>

static const char *const NOTHING = "\u2013";

void markup_html(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\'':
            fputs("&#39;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

void markup_markdown(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '\n' || *text == '\r')
            fputc(' ', out);
        else if (strchr("\\|*_`[]#~", *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

char *markup_seconds(double seconds, char text[MARKUP_TEXT])
{
    double whole = round(seconds);

    if (!isfinite(seconds))
        snprintf(text, MARKUP_TEXT, "%s", NOTHING);
    else if (seconds < 0.995)
        snprintf(text, MARKUP_TEXT, "%.2g s", seconds);
    else if (seconds < 59.95)
        snprintf(text, MARKUP_TEXT, "%.1f s", seconds);
    else if (whole < 3600)
        snprintf(text, MARKUP_TEXT, "%d min %02d s", (int)whole / 60, (int)whole % 60);
    else if (seconds < 86370)
        snprintf(text, MARKUP_TEXT, "%d h %02d min", (int)round(seconds / 60) / 60, (int)round(seconds / 60) % 60);
    else
        snprintf(text, MARKUP_TEXT, "%.0f d %.0f h", floor(round(seconds / 3600) / 24),
                 fmod(round(seconds / 3600), 24));
    return text;
}

char *markup_span(double seconds, char text[MARKUP_TEXT])
{
    static const char *const nothing_more[] = {" 00 s", " 00 min", " 0 h"};
    size_t length;

    markup_seconds(seconds, text);
    length = strlen(text);
    for (size_t i = 0; i < sizeof nothing_more / sizeof *nothing_more; i++) {
        size_t end = strlen(nothing_more[i]);

        if (length > end && strcmp(text + length - end, nothing_more[i]) == 0) {
            text[length - end] = '\0';
            break;
        }
    }
    return text;
}

char *markup_percent(double share, char text[MARKUP_TEXT])
{
    double percent = 100 * share;
    int digits = 1;

    if (!isfinite(share)) {
        snprintf(text, MARKUP_TEXT, "%s", NOTHING);
        return text;
    }
    if (share == 0 || share == 1)
        digits = 0;
    else if (percent >= 99.95 || percent < 0.05)
        digits = 4;
    snprintf(text, MARKUP_TEXT, "%.*f %%", digits, percent);
    return text;
}

char *markup_number(double value, char text[MARKUP_TEXT])
{
    if (isfinite(value))
        snprintf(text, MARKUP_TEXT, "%.4g", value);
    else
        snprintf(text, MARKUP_TEXT, "%s", NOTHING);
    return text;
}

char *markup_elapsed(double seconds, char text[MARKUP_TEXT])
{
    const char *sign = seconds < 0 ? "-" : "";
    long long whole = llround(fabs(seconds));
    long long days = whole / 86400, rest = whole % 86400;

    if (days > 0)
        snprintf(text, MARKUP_TEXT, "%s%lld d %lld:%02lld:%02lld", sign, days, rest / 3600, rest / 60 % 60, rest % 60);
    else
        snprintf(text, MARKUP_TEXT, "%s%lld:%02lld:%02lld", sign, rest / 3600, rest / 60 % 60, rest % 60);
    return text;
}

static char *interval(const double ends[2], char *(*format)(double value, char text[MARKUP_TEXT]),
                      char text[MARKUP_TEXT])
{
    char low[MARKUP_TEXT], high[MARKUP_TEXT];

    if (!isfinite(ends[0]) || !isfinite(ends[1]))
        snprintf(text, MARKUP_TEXT, "%s", NOTHING);
    else
        snprintf(text, MARKUP_TEXT, "%.40s to %.40s", format(ends[0], low), format(ends[1], high));
    return text;
}

char *markup_interval_seconds(const double ends[2], char text[MARKUP_TEXT])
{
    return interval(ends, markup_seconds, text);
}

char *markup_interval_percent(const double ends[2], char text[MARKUP_TEXT])
{
    return interval(ends, markup_percent, text);
}
