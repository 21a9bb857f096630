/* report_figures.c - the tables of figures: over all, by type, by strategy. */
#include "reports/markup.h"
#include "reports/report_parts.h"

#include <math.h>

enum { CELLS_MAX = 12 };

/* One row being filled. */
struct row {
    const char *cells[CELLS_MAX];
    char texts[CELLS_MAX][MARKUP_TEXT];
    size_t count;
};

static char *next_cell(struct row *row)
{
    row->cells[row->count] = row->texts[row->count];
    return row->texts[row->count++];
}

static void add_words(struct row *row, const char *words)
{
    row->cells[row->count++] = words;
}

static void add_count(struct row *row, uint64_t count)
{
    snprintf(next_cell(row), MARKUP_TEXT, "%llu", (unsigned long long)count);
}

static void write_times(struct page *page, const struct summary *summary)
{
    static const struct page_column columns[] = {{"Time", false},         {"n", true},   {"Mean", true},
                                                 {"95 % interval", true}, {"p50", true}, {"p95", true},
                                                 {"p99", true},           {"Max", true}, {"Operators alone", true}};
    const struct summary_part *base = summary->baseline ? &summary->baseline->all : NULL;
    const struct {
        const char *name;
        const struct figure *figure, *baseline;
    } rows[] = {
        {"MTTD: onset to issue", &summary->all.mttd, base ? &base->mttd : NULL},
        {"MTTA: issue to first action", &summary->all.mtta, base ? &base->mtta : NULL},
        {"MTTR: onset to verified recovery", &summary->all.mttr, base ? &base->mttr : NULL},
        {"Recovery from detection: issue to verified recovery", &summary->all.recovery_from_detection,
         base ? &base->recovery_from_detection : NULL},
        {"Remediation: first action to last", &summary->all.remediation, base ? &base->remediation : NULL},
    };

    page_table_begin(page, "Times over incidents; the interval is that of the mean", columns, base ? 9 : 8);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct figure *figure = rows[i].figure;
        struct row row = {.count = 0};

        add_words(&row, rows[i].name);
        add_count(&row, figure->n);
        markup_seconds(figure->mean, next_cell(&row));
        markup_interval_seconds(figure->ci95, next_cell(&row));
        markup_seconds(figure->p50, next_cell(&row));
        markup_seconds(figure->p95, next_cell(&row));
        markup_seconds(figure->p99, next_cell(&row));
        markup_seconds(figure->max, next_cell(&row));
        if (base)
            markup_seconds(rows[i].baseline->mean, next_cell(&row));
        page_row(page, row.cells, TONE_PLAIN);
    }
    page_table_end(page);
}

static void write_rates(struct page *page, const struct summary *summary)
{
    static const struct page_column columns[] = {
        {"Rate", false}, {"n", true}, {"Value", true}, {"95 % interval", true}, {"Operators alone", true}};
    const struct summary_part *base = summary->baseline ? &summary->baseline->all : NULL;
    const struct {
        const char *name;
        const struct rate *rate, *baseline;
    } rows[] = {
        {"Remediation success", &summary->all.success, base ? &base->success : NULL},
        {"First-attempt success", &summary->all.first_attempt, base ? &base->first_attempt : NULL},
        {"Fallback success", &summary->all.fallback, base ? &base->fallback : NULL},
        {"Rollback success", &summary->all.rollback, base ? &base->rollback : NULL},
        {"False positives: issues that match no fault", &summary->all.false_positive,
         base ? &base->false_positive : NULL},
        {"False negatives: faults without an issue", &summary->all.false_negative, base ? &base->false_negative : NULL},
    };

    page_table_begin(page, "Shares, with Wilson intervals", columns, base ? 5 : 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct row row = {.count = 0};

        add_words(&row, rows[i].name);
        add_count(&row, rows[i].rate->n);
        markup_percent(rows[i].rate->value, next_cell(&row));
        markup_interval_percent(rows[i].rate->ci95, next_cell(&row));
        if (base)
            markup_percent(rows[i].baseline->value, next_cell(&row));
        page_row(page, row.cells, TONE_PLAIN);
    }
    page_table_end(page);
}

static void write_totals_row(struct page *page, const char *name, const struct summary *summary)
{
    struct row row = {.count = 0};

    add_words(&row, name);
    add_count(&row, summary->all.issues);
    if (summary->truth) {
        add_count(&row, summary->all.faults);
        summary->heals ? add_count(&row, summary->all.unrecovered) : add_words(&row, "\u2013");
    } else {
        add_words(&row, "\u2013");
        add_words(&row, "\u2013");
    }
    markup_percent(summary->availability, next_cell(&row));
    markup_number(summary->false_positives_per_resource_day, next_cell(&row));
    add_count(&row, summary->manual_interventions);
    add_count(&row, summary->alerts);
    page_row(page, row.cells, TONE_PLAIN);
}

static void write_totals(struct page *page, const struct summary *summary)
{
    static const struct page_column columns[] = {{"Who heals", false},
                                                 {"Issues", true},
                                                 {"Faults", true},
                                                 {"Unrecovered", true},
                                                 {"Availability", true},
                                                 {"False positives per resource-day", true},
                                                 {"Interventions by hand", true},
                                                 {"Pages", true}};

    page_table_begin(page, "Counts over the whole run", columns, sizeof columns / sizeof *columns);
    write_totals_row(page, summary->heals ? "Self-healing" : "Nobody: detection only", summary);
    if (summary->baseline)
        write_totals_row(page, "Operators alone", summary->baseline);
    page_table_end(page);
}

void report_figures(struct page *page, const struct report_content *content)
{
    page_section(page, "figures", "Figures");
    write_times(page, content->summary);
    write_rates(page, content->summary);
    write_totals(page, content->summary);
    page_note(page, "An en dash stands where there is no sample; it is not a zero.");
    page_section_end(page);
}

static void write_type(struct page *page, const struct summary *summary, enum issue_type type)
{
    const struct summary_part *part = &summary->by_type[type];
    struct row row = {.count = 0};

    add_words(&row, issue_type_name(type));
    if (summary->truth)
        add_count(&row, part->faults);
    else
        add_words(&row, "\u2013");
    add_count(&row, part->issues);
    markup_seconds(part->mttd.mean, next_cell(&row));
    markup_seconds(part->mttr.mean, next_cell(&row));
    markup_interval_seconds(part->mttr.ci95, next_cell(&row));
    markup_percent(part->success.value, next_cell(&row));
    markup_percent(part->first_attempt.value, next_cell(&row));
    markup_percent(part->false_positive.value, next_cell(&row));
    markup_percent(part->false_negative.value, next_cell(&row));
    if (summary->truth && summary->heals)
        add_count(&row, part->unrecovered);
    else
        add_words(&row, "\u2013");
    page_row(page, row.cells, TONE_PLAIN);
}

void report_types(struct page *page, const struct report_content *content)
{
    static const struct page_column columns[] = {{"Type", false},
                                                 {"Faults", true},
                                                 {"Issues", true},
                                                 {"MTTD", true},
                                                 {"MTTR", true},
                                                 {"MTTR, 95 % interval", true},
                                                 {"Success", true},
                                                 {"First attempt", true},
                                                 {"False positives", true},
                                                 {"False negatives", true},
                                                 {"Unrecovered", true}};
    const struct summary *summary = content->summary;

    if (summary->all.faults + summary->all.issues == 0)
        return;
    page_section(page, "types", "By type of issue");
    page_table_begin(page, "Means and shares by type", columns, sizeof columns / sizeof *columns);
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
        if (summary->by_type[type].faults + summary->by_type[type].issues > 0)
            write_type(page, summary, (enum issue_type)type);
    page_table_end(page);
    page_section_end(page);
}

void report_strategies(struct page *page, const struct report_content *content)
{
    static const struct page_column columns[] = {{"Strategy", false}, {"For", false},          {"Attempts", true},
                                                 {"Success", true},   {"95 % interval", true}, {"Prior", true},
                                                 {"Rollbacks", true}, {"Cost", true}};
    const struct strategies *strategies = content->strategies;
    char note[128];

    if (strategies->count == 0)
        return;
    page_section(page, "strategies", "Strategies");
    page_table_begin(page, "What was tried, and what the signal said afterwards", columns,
                     sizeof columns / sizeof *columns);
    for (size_t i = 0; i < strategies->count; i++) {
        const struct strategy_record *record = &strategies->items[i];
        struct row row = {.count = 0};

        add_words(&row, record->name);
        add_words(&row, record->issue_type);
        add_count(&row, record->success.n);
        markup_percent(record->success.value, next_cell(&row));
        markup_interval_percent(record->success.ci95, next_cell(&row));
        markup_percent(record->prior_success, next_cell(&row));
        add_count(&row, record->rollbacks);
        markup_number(record->cost, next_cell(&row));
        page_row(page, row.cells, TONE_PLAIN);
    }
    page_table_end(page);
    snprintf(note, sizeof note, "%zu other strateg%s of the policy never tried.", strategies->untried,
             strategies->untried == 1 ? "y was" : "ies were");
    if (strategies->untried > 0)
        page_note(page, note);
    page_section_end(page);
}
