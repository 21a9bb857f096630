/* inline_svg.c - see inline_svg.h. One pass over the text; nothing is parsed
 * beyond the few marks that gnuplot's svg terminal is known to write. */
#include "reports/inline_svg.h"

#include "reports/markup.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Spans that are dropped, by how they begin and end. */
static const struct {
    const char *begin, *end;
} DROPPED[] = {
    {"<title>", "</title>"},   {"<desc>", "</desc>"},       {"<defs>", "</defs>"}, {" id=\"", "\""},
    {" xmlns:xlink=\"", "\""}, {"\n xmlns:xlink=\"", "\""}, {"\n xmlns=\"", "\""},
};

/* Past the dropped span that begins at `at`, or `at` itself. */
static const char *skip_dropped(const char *at)
{
    for (size_t i = 0; i < sizeof DROPPED / sizeof *DROPPED; i++) {
        size_t length = strlen(DROPPED[i].begin);
        const char *end = strncmp(at, DROPPED[i].begin, length) == 0 ? strstr(at + length, DROPPED[i].end) : NULL;

        if (end)
            return end + strlen(DROPPED[i].end);
    }
    return at;
}

static void copy_kept(FILE *out, const char *from, const char *end)
{
    while (from < end) {
        const char *next = skip_dropped(from);

        if (next == from)
            fputc(*next++, out);
        from = next;
    }
}

char *inline_svg(const char *svg, const char *label)
{
    const char *begin = strstr(svg, "<svg"), *end = begin ? strstr(begin, "</svg>") : NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *out = end ? open_memstream(&text, &length) : NULL;
    bool failed;

    if (!out)
        return NULL;
    fputs("<svg role=\"img\" aria-label=\"", out);
    markup_html(out, label);
    fputc('"', out);
    copy_kept(out, begin + strlen("<svg"), end);
    fputs("</svg>", out);
    failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
