/* history.c - see history.h. */
#include "reports/history.h"

#include "reports/markup.h"
#include "reports/page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *metric, *title, *plot; /* plot NULL: in the table only */
} FIGURES[] = {
    {"faults", "faults", NULL},
    {"issues", "issues", NULL},
    {"mttd_seconds", "MTTD", "history_mttd"},
    {"mttr_seconds", "MTTR mean", "history_mttr"},
    {"mttr_seconds.p95", "MTTR P95", NULL},
    {"success_rate", "success", "history_success"},
    {"false_positive_rate", "false alarms", "history_false_alarms"},
    {"false_negative_rate", "missed faults", "history_missed"},
    {"cost", "cost", "history_cost"},
};
enum { FIGURE_COUNT = sizeof FIGURES / sizeof FIGURES[0] };

double history_figure(const struct history_run *run, const struct metric *metric, double interval[2])
{
    double sum = 0;
    size_t n = 0;

    interval[0] = interval[1] = NAN;
    for (size_t i = 0; i < run->count; i++) {
        struct metric_value value = metric_of(run->items[i].summary, metric);
        if (!isfinite(value.value))
            continue;
        sum += value.value;
        n++;
        if (run->count == 1 && !metric_interval(metric, &value, 0.95, interval))
            interval[0] = interval[1] = NAN;
    }
    return n > 0 ? sum / (double)n : NAN;
}

static bool draw_figure(const struct history *history, size_t figure, const struct chart_options *options,
                        struct drawings *drawings, struct error_list *errors)
{
    struct metric metric;
    struct chart_point *points = calloc(history->count + 1, sizeof *points);
    char caption[96];
    struct chart chart = {.kind = CHART_LINES,
                          .name = FIGURES[figure].plot,
                          .caption = caption,
                          .x_title = "run, in the order of the table",
                          .y_title = FIGURES[figure].title,
                          .line = NAN,
                          .points = points};

    if (!points || !metric_parse(FIGURES[figure].metric, strlen(FIGURES[figure].metric), &metric)) {
        free(points);
        return true;
    }
    chart.y_share = metric.unit == METRIC_SHARE;
    snprintf(caption, sizeof caption, "%s%s over the runs", FIGURES[figure].title,
             metric.unit == METRIC_SECONDS ? " (seconds)" : "");
    for (size_t i = 0; i < history->count; i++) {
        double interval[2], value = history_figure(&history->runs[i], &metric, interval);
        if (isfinite(value))
            points[chart.count++] = (struct chart_point){
                history->runs[i].name, 0, (double)i + 1, NAN, NAN, value, interval[0], interval[1]};
    }
    bool good = chart.count < 2 || drawings_add(drawings, &chart, options, errors);
    free(points);
    return good;
}

bool history_draw(const struct history *history, const struct chart_options *options, struct drawings *drawings,
                  struct error_list *errors)
{
    for (size_t f = 0; f < FIGURE_COUNT; f++) {
        if (FIGURES[f].plot && !draw_figure(history, f, options, drawings, errors))
            return false;
    }
    return true;
}

static void write_row(struct page *page, const struct history_run *run, size_t number)
{
    char texts[FIGURE_COUNT][MARKUP_TEXT], order[24], scenarios[24];
    const char *cells[PAGE_COLUMNS_MAX] = {run->name, order, scenarios};

    snprintf(order, sizeof order, "%zu", number);
    snprintf(scenarios, sizeof scenarios, "%zu", run->count);
    for (size_t f = 0; f < FIGURE_COUNT; f++) {
        struct metric metric;
        double interval[2], value = NAN;
        if (metric_parse(FIGURES[f].metric, strlen(FIGURES[f].metric), &metric))
            value = history_figure(run, &metric, interval);
        cells[3 + f] = isfinite(value) ? metric_print(&metric, value, texts[f]) : "\xe2\x80\x93";
    }
    page->link = run->link;
    page_row(page, cells, TONE_PLAIN);
}

void history_write_page(const struct history *history, FILE *out)
{
    struct page page = {.out = out, .form = PAGE_HTML};
    struct page_column columns[3 + FIGURE_COUNT] = {{"run", false}, {"number", true}, {"scenarios", true}};
    char lead[160];

    for (size_t f = 0; f < FIGURE_COUNT; f++)
        columns[3 + f] = (struct page_column){FIGURES[f].title, true};
    snprintf(lead, sizeof lead, "%zu runs, in the order of their folders' names", history->count);
    page_begin(&page, history->title, lead);
    page_section(&page, "trends", "How the figures went on");
    drawings_show(history->drawings, "history", &page);
    if (!history->drawings || history->drawings->count == 0)
        page_note(&page, "No figure has two runs yet.");
    page_section_end(&page);
    page_section(&page, "runs", "Runs");
    page_table_begin(&page, "Every run and its figures; the name leads to its report", columns, 3 + FIGURE_COUNT);
    for (size_t i = 0; i < history->count; i++)
        write_row(&page, &history->runs[i], i + 1);
    page_table_end(&page);
    page_note(&page, "A suite's figures are means over its scenarios that have them. Runs of different scenarios stand "
                     "side by side here; whether two differ for sure is what selfheal compare says.");
    if (history->skipped > 0) {
        snprintf(lead, sizeof lead, "%zu further folders hold no summary.json of a run or a suite.", history->skipped);
        page_note(&page, lead);
    }
    page_section_end(&page);
    page_end(&page);
}
