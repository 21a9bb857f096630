/* report_timeline.c - what happened when, and the series in which it shows. */
#include "reports/markup.h"
#include "reports/page_style.h"
#include "reports/report_parts.h"

static const char NO_GNUPLOT[] = "No plots: gnuplot was not found. Install it and run `selfheal report` on this "
                                 "folder again; the tables are complete without it.";
static const char BAD_GNUPLOT[] = "Some plots are missing: gnuplot could not draw them. Their data and scripts are in "
                                  "the folder plots.";

static void write_plots_note(struct page *page, const struct plots *plots)
{
    if (plots->gnuplot_missing)
        page_note(page, NO_GNUPLOT);
    else if (plots->drawn < plots->count)
        page_note(page, BAD_GNUPLOT);
}

static void write_picture(struct page *page, const struct report_content *content)
{
    static const struct page_legend legend[] = {
        {COLOUR_FAULT, "fault"}, {COLOUR_ISSUE, "issue"}, {COLOUR_REMEDY, "remediation"}};
    char text[256];

    for (size_t i = 0; i < content->plots->count; i++) {
        const struct plot *plot = &content->plots->items[i];

        if (plot->kind == PLOT_TIMELINE && plot->svg)
            page_picture(page, plot->svg, plot->name, plot->caption, legend, 3);
    }
    if (content->plots->lanes < content->plots->lanes_total) {
        snprintf(text, sizeof text, "The plot shows the %zu busiest of %zu resources to which something happened.",
                 content->plots->lanes, content->plots->lanes_total);
        page_note(page, text);
    }
}

static void write_row(struct page *page, const struct report_content *content, const struct timeline_row *row)
{
    char elapsed[MARKUP_TEXT], instant[HEAL_TIME_TEXT], at[16], replication[16];
    const char *cells[7];
    size_t count = 0;

    heal_time_format(row->at, instant); /* YYYY-MM-DDThh:mm:ss... */
    snprintf(at, sizeof at, "%.5s %.8s", instant + 5, instant + 11);
    snprintf(replication, sizeof replication, "%u", row->replication);
    cells[count++] = row->kind;
    if (content->summary->replications > 1)
        cells[count++] = replication;
    cells[count++] = markup_elapsed(heal_duration_seconds(row->at - content->data->start), elapsed);
    cells[count++] = at;
    cells[count++] = row->resource[0] ? row->resource : "anywhere";
    cells[count++] = row->what;
    cells[count++] = row->outcome;
    page_row(page, cells, row->tone);
}

static void write_rows(struct page *page, const struct report_content *content)
{
    static const struct page_column one[] = {{"Kind", false},     {"Elapsed", true}, {"UTC", true},
                                             {"Resource", false}, {"What", false},   {"Outcome", false}};
    static const struct page_column many[] = {{"Kind", false},   {"Replication", true}, {"Elapsed", true},
                                              {"UTC", true},     {"Resource", false},   {"What", false},
                                              {"Outcome", false}};
    bool replicated = content->summary->replications > 1;
    char text[160];

    page_table_begin(page, "Faults, issues and remediations in the order of time", replicated ? many : one,
                     replicated ? 7 : 6);
    for (size_t i = 0; i < content->timeline->count; i++)
        write_row(page, content, &content->timeline->rows[i]);
    page_table_end(page);
    if (content->timeline->left_out > 0) {
        snprintf(text, sizeof text,
                 "The table shows the first %zu rows; %zu later ones are left out and are in run.db.",
                 content->timeline->count, content->timeline->left_out);
        page_note(page, text);
    }
}

void report_timeline(struct page *page, const struct report_content *content)
{
    page_section(page, "timeline", "Timeline");
    write_plots_note(page, content->plots);
    if (content->timeline->count == 0) {
        page_text(page, "Nothing happened: no fault, no issue, no remediation.");
    } else {
        write_picture(page, content);
        write_rows(page, content);
    }
    page_section_end(page);
}

static void write_series_table(struct page *page, const struct report_content *content)
{
    static const struct page_column columns[] = {{"Series", false},     {"Lowest", true},    {"Highest", true},
                                                 {"Threshold", true},   {"Anomalies", true}, {"Issues", true},
                                                 {"Faults shown", true}};
    const struct plots *plots = content->plots;

    page_table_begin(page, "The series shown, replication 0", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < plots->series_count; i++) {
        const struct plotted_series *series = &plots->series[i];
        char low[MARKUP_TEXT], high[MARKUP_TEXT], limit[MARKUP_TEXT], counts[3][24];
        const char *cells[7] = {series->name, markup_number(series->low, low), markup_number(series->high, high)};

        cells[3] = markup_number(series->above == series->above ? series->above : series->below, limit);
        snprintf(counts[0], sizeof counts[0], "%llu", (unsigned long long)series->anomalies);
        snprintf(counts[1], sizeof counts[1], "%llu", (unsigned long long)series->issues);
        snprintf(counts[2], sizeof counts[2], "%llu", (unsigned long long)series->faults);
        for (int c = 0; c < 3; c++)
            cells[4 + c] = counts[c];
        page_row(page, cells, TONE_PLAIN);
    }
    page_table_end(page);
}

void report_series(struct page *page, const struct report_content *content)
{
    static const struct page_legend legend[] = {{COLOUR_SERIES, "lowest to highest value"},
                                                {"#F7DCCB", "fault active"},
                                                {COLOUR_ANOMALY, "anomaly"},
                                                {COLOUR_ISSUE, "issue opened"},
                                                {COLOUR_REMEDY, "first action"},
                                                {COLOUR_LIMIT, "threshold (dashed)"}};
    const struct plots *plots = content->plots;
    size_t marks = sizeof legend / sizeof *legend;
    char text[160];

    if (plots->series_count == 0)
        return;
    page_section(page, "series", "Series");
    for (size_t i = 0; i < plots->count; i++) {
        if (plots->items[i].kind != PLOT_SERIES || !plots->items[i].svg)
            continue;
        page_picture(page, plots->items[i].svg, plots->items[i].name, plots->items[i].caption, legend, marks);
        marks = 0; /* once is enough */
    }
    write_series_table(page, content);
    if (plots->series_total > plots->series_count) {
        snprintf(text, sizeof text, "%zu of %zu series are shown, those with issues first.", plots->series_count,
                 plots->series_total);
        page_note(page, text);
    }
    page_section_end(page);
}
