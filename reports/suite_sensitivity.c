/* suite_sensitivity.c - how the targets' figures move when the world is another: a table
 * of changes, and a small tornado per figure. */
#include "reports/markup.h"
#include "reports/page.h"
#include "reports/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW = 16, LEFT = 210, HALF = 190, TOP = 22, GAP = 14 };

/* A change in the target's unit, with its sign. A cut's is told in points of the cut. */
static void change_text(const struct target *target, double change, char text[MARKUP_TEXT + 2])
{
    char bare[MARKUP_TEXT];

    if (!isfinite(change))
        snprintf(text, MARKUP_TEXT + 2, "\xe2\x80\x93");
    else if (target->question.cut || target->question.metric.unit == METRIC_SHARE)
        snprintf(text, MARKUP_TEXT + 2, "%+.2f points", (target->question.cut ? -100 : 100) * change);
    else
        snprintf(text, MARKUP_TEXT + 2, "%s%s", change < 0 ? "-" : "+",
                 metric_print(&target->question.metric, fabs(change), bare));
}

static void rows_of(struct page *page, const struct suite *suite, size_t t)
{
    const struct target *target = &suite->targets[t];

    for (size_t v = 0; v < suite->variation_count; v++) {
        const struct suite_variation *variation = &suite->variations[v];
        char value[MARKUP_TEXT], change[MARKUP_TEXT + 2], ends[2][MARKUP_TEXT + 2], interval[2 * MARKUP_TEXT + 16];
        bool cut = target->question.cut;
        target_print(target, variation->values[t], value);
        change_text(target, variation->changes[t], change);
        change_text(target, variation->intervals[t][cut], ends[0]);
        change_text(target, variation->intervals[t][!cut], ends[1]);
        if (isfinite(variation->intervals[t][0]))
            snprintf(interval, sizeof interval, "%s to %s", ends[0], ends[1]);
        else
            snprintf(interval, sizeof interval, "\xe2\x80\x93");
        page_row(page, (const char *const[]){target->name, variation->name, value, change, interval}, TONE_PLAIN);
    }
}

/* The largest change of a figure, as a share of the figure itself: what its bars are drawn to. */
static double widest(const struct suite *suite, size_t t)
{
    double most = 0;

    for (size_t v = 0; v < suite->variation_count; v++) {
        if (isfinite(suite->variations[v].changes[t]))
            most = fmax(most, fabs(suite->variations[v].changes[t]));
    }
    return most;
}

static void tornado_of(FILE *out, const struct suite *suite, size_t t, int *y)
{
    const struct target *target = &suite->targets[t];
    double most = widest(suite, t);
    char base[MARKUP_TEXT];

    fprintf(out, "<text x=\"4\" y=\"%d\" font-weight=\"bold\">", *y + 12);
    markup_html(out, target->name);
    fprintf(out, " (%s)</text>\n", target_print(target, suite->results[t].value, base));
    *y += ROW + 2;
    for (size_t v = 0; v < suite->variation_count; v++, *y += ROW) {
        const struct suite_variation *variation = &suite->variations[v];
        double change = variation->changes[t] * (target->question.cut ? -1 : 1);
        char text[MARKUP_TEXT + 2];
        fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", LEFT - 6, *y + 12);
        markup_html(out, variation->name);
        fputs("</text>", out);
        if (!isfinite(change))
            change = 0;
        double length = most > 0 ? fabs(change) / most * (HALF - 90) : 0;
        fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                change < 0 ? LEFT + HALF - length : (double)LEFT + HALF, *y + 2, length, ROW - 5,
                change < 0 ? "#4477aa" : "#cc6677");
        change_text(target, variation->changes[t], text);
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
                change < 0 ? LEFT + HALF - length - 4 : LEFT + HALF + length + 4, *y + 12, change < 0 ? "end" : "start",
                text);
    }
    *y += GAP;
}

char *suite_tornado(const struct suite *suite)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int block = ROW + 2 + ROW * (int)suite->variation_count + GAP, y = TOP;
    int height = TOP + block * (int)suite->target_count;

    if (!out)
        return NULL;
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" "
            "font-family=\"sans-serif\" font-size=\"11\">\n<line x1=\"%d\" y1=\"0\" x2=\"%d\" y2=\"%d\" "
            "stroke=\"#999999\"/>\n",
            LEFT + 2 * HALF, height, LEFT + 2 * HALF, height, LEFT + HALF, LEFT + HALF, height);
    for (size_t t = 0; t < suite->target_count; t++)
        tornado_of(out, suite, t, &y);
    fputs("</svg>\n", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

void suite_page_sensitivity(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {{"figure", false},
                                                 {"variation", false},
                                                 {"value", true},
                                                 {"change", true},
                                                 {"95 % interval of the change", true}};
    char *picture = suite->variation_count > 0 ? suite_tornado(suite) : NULL;

    if (suite->variation_count == 0)
        return;
    page_section(page, "sensitivity", "Sensitivity");
    page_text(page, "The whole suite again with one thing changed: every weight of a hidden cause to the power of a "
                    "half (causes more even) and of two (the commonest more so); all times of people, and of actions, "
                    "halved and doubled. Faults and all other random numbers stay the same.");
    if (picture)
        page_picture(page, picture, "tornado", "Change of each figure; bars of one figure are to one scale", NULL, 0);
    page_table_begin(page, "Every figure in every variation", COLUMNS, 5);
    for (size_t t = 0; t < suite->target_count; t++)
        rows_of(page, suite, t);
    page_table_end(page);
    page_section_end(page);
    free(picture);
}
