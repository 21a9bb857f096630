/* suite_page.c - a suite as a page, HTML or Markdown: the verdict, what missed and
 * why, then every scenario with its figures. */
#include "reports/markup.h"
#include "reports/metric.h"
#include "reports/page.h"
#include "reports/suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const enum page_tone TONES[OUTCOME_COUNT] = {TONE_GOOD, TONE_BAD, TONE_ISSUE, TONE_PLAIN};

static void overview(struct page *page, const struct suite *suite)
{
    struct suite_counts counts = suite_count(suite);
    char lead[160], values[4][24];
    const char *const labels[4] = {"scenarios passed", "scenarios missed", "can't tell", "not run"};
    struct page_card cards[4];

    snprintf(lead, sizeof lead, "%zu scenarios, %s", suite->case_count,
             suite_passed(suite) ? "every expectation met" : "not every expectation met");
    page_begin(page, suite->name, lead);
    for (size_t i = 0; i < 4; i++) {
        snprintf(values[i], sizeof values[i], "%zu", counts.cases[i]);
        cards[i] = (struct page_card){labels[i], values[i], "", counts.cases[i] > 0 ? TONES[i] : TONE_PLAIN};
    }
    page_cards(page, cards, 4);
}

static void story_lines(struct page *page, const char *story)
{
    static const struct page_column COLUMNS[] = {{"run time", true}, {"what happened", false}};

    if (story[0] == '\0')
        return;
    page_table_begin(page, "What happened when", COLUMNS, 2);
    while (*story != '\0') {
        char when[64], what[512];
        size_t length = strcspn(story, "\n"), blank = strcspn(story, " \n");
        bool elapsed = blank < length && strchr("0123456789", story[0]);
        snprintf(when, sizeof when, "%.*s", elapsed ? (int)blank : 0, story);
        snprintf(what, sizeof what, "%.*s", (int)(length - (elapsed ? blank + 1 : 0)),
                 story + (elapsed ? blank + 1 : 0));
        page_row(page, (const char *const[]){when, what}, TONE_PLAIN);
        story += length + (story[length] == '\n');
    }
    page_table_end(page);
}

static void misses(struct page *page, const struct suite *suite)
{
    bool begun = false;

    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        for (size_t c = 0; c < item->check_count; c++) {
            const struct suite_check *check = &item->checks[c];
            char text[640];
            if (check->outcome != OUTCOME_MISSED && check->outcome != OUTCOME_UNDECIDED)
                continue;
            if (!begun)
                page_section(page, "misses", "What was not met");
            begun = true;
            snprintf(text, sizeof text, "%s: %s", item->name, check->text);
            page_heading(page, text);
            snprintf(text, sizeof text, "%s: %s", outcome_name(check->outcome), check->saw);
            page_text(page, text);
            story_lines(page, check->story);
            snprintf(text, sizeof text, "Written at %s:%u. Run again: %s", item->file, check->line, item->rerun);
            page_note(page, text);
        }
    }
    if (begun)
        page_section_end(page);
}

static void figure_cell(const cJSON *summary, const char *name, char text[MARKUP_TEXT])
{
    struct metric metric;

    snprintf(text, MARKUP_TEXT, "\xe2\x80\x93");
    if (summary && metric_parse(name, strlen(name), &metric))
        metric_print(&metric, metric_of(summary, &metric).value, text);
}

static void scenarios(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {{"scenario", false},    {"verdict", false},     {"met", true},
                                                 {"replications", true}, {"faults", true},       {"MTTD", true},
                                                 {"MTTR mean", true},    {"MTTR P95", true},     {"success", true},
                                                 {"false alarms", true}, {"missed faults", true}};
    static const char *const FIGURES[] = {
        "faults",       "mttd_seconds",        "mttr_seconds",       "mttr_seconds.p95",
        "success_rate", "false_positive_rate", "false_negative_rate"};

    page_section(page, "scenarios", "Scenarios");
    if (page->form == PAGE_HTML) /* a job summary stands alone */
        drawings_show(suite->drawings, "mttr", page);
    page_table_begin(page, "Every scenario and its figures", COLUMNS, sizeof COLUMNS / sizeof COLUMNS[0]);
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        cJSON *summary = item->summary[0] ? cJSON_Parse(item->summary) : NULL;
        char met[32], replications[16], figures[7][MARKUP_TEXT];
        size_t kept = 0;
        for (size_t c = 0; c < item->check_count; c++)
            kept += item->checks[c].outcome == OUTCOME_MET;
        snprintf(met, sizeof met, "%zu of %zu", kept, item->check_count);
        snprintf(replications, sizeof replications, "%u", item->replications);
        for (size_t f = 0; f < 7; f++)
            figure_cell(summary, FIGURES[f], figures[f]);
        page_row(page,
                 (const char *const[]){item->name, outcome_name(item->outcome), met, replications, figures[0],
                                       figures[1], figures[2], figures[3], figures[4], figures[5], figures[6]},
                 TONES[item->outcome]);
        cJSON_Delete(summary);
    }
    page_table_end(page);
    page_section_end(page);
}

bool suite_draw(const struct suite *suite, const struct chart_options *options, struct drawings *drawings,
                struct error_list *errors)
{
    static const char NAME[] = "mttr_seconds";
    struct chart_point *points = calloc(suite->case_count + 1, sizeof *points);
    struct chart chart = {.kind = CHART_FOREST,
                          .name = "mttr",
                          .caption = "Mean time to verified recovery of every scenario, with 95 % intervals",
                          .x_title = "MTTR, seconds",
                          .line = NAN,
                          .points = points};
    struct metric metric;

    if (suite->shards > 1) { /* merging draws */
        free(points);
        return true;
    }
    for (size_t i = 0; points && metric_parse(NAME, sizeof NAME - 1, &metric) && i < suite->case_count; i++) {
        cJSON *summary = suite->cases[i].summary[0] ? cJSON_Parse(suite->cases[i].summary) : NULL;
        struct metric_value value = {.value = NAN};
        double interval[2] = {NAN, NAN};
        if (summary)
            value = metric_of(summary, &metric);
        if (isfinite(value.value) && !metric_interval(&metric, &value, 0.95, interval))
            interval[0] = interval[1] = NAN;
        if (isfinite(value.value))
            points[chart.count++] =
                (struct chart_point){suite->cases[i].name, 0, value.value, interval[0], interval[1], NAN, NAN, NAN};
        cJSON_Delete(summary);
    }
    bool good = drawings_add(drawings, &chart, options, errors);
    free(points);
    return good;
}

static void expectations(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {
        {"scenario", false}, {"expectation", false}, {"verdict", false}, {"saw", false}};

    page_section(page, "expectations", "Expectations");
    page_table_begin(page, "Every expectation and what was seen", COLUMNS, 4);
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct suite_case *item = &suite->cases[i];
        for (size_t c = 0; c < item->check_count; c++)
            page_row(page,
                     (const char *const[]){item->name, item->checks[c].text, outcome_name(item->checks[c].outcome),
                                           item->checks[c].saw},
                     TONES[item->checks[c].outcome]);
    }
    page_table_end(page);
    page_note(page, "Can't tell: the bound lies within the interval, or there was no sample; it is no pass. More "
                    "replications narrow an interval with their square root.");
    page_section_end(page);
}

/* What the policies have and no scenario made use of; the rest as numbers. */
static void coverage(struct page *page, const struct suite *suite)
{
    static const struct page_column COLUMNS[] = {
        {"what", false}, {"exercised", true}, {"of", true}, {"never exercised", false}};
    struct suite_use *uses;
    size_t count;

    if (!suite_coverage(suite, &uses, &count))
        return;
    page_section(page, "coverage", "Coverage");
    page_table_begin(page, "What of the policies no scenario exercises", COLUMNS, 4);
    for (unsigned kind = 0; kind < USE_KIND_COUNT; kind++) {
        char used[24], all[24], missing[2048] = "";
        size_t hit = 0, total = 0, length = 0;
        for (size_t i = 0; i < count; i++) {
            if (uses[i].kind != kind)
                continue;
            total++;
            hit += uses[i].count > 0;
            if (uses[i].count == 0 && length + strlen(uses[i].name) + 3 < sizeof missing)
                length += (size_t)snprintf(missing + length, sizeof missing - length, "%s%s", length > 0 ? ", " : "",
                                           uses[i].name);
        }
        snprintf(used, sizeof used, "%zu", hit);
        snprintf(all, sizeof all, "%zu", total);
        page_row(page, (const char *const[]){use_kind_name((enum use_kind)kind), used, all, missing},
                 hit == total ? TONE_GOOD : TONE_PLAIN);
    }
    page_table_end(page);
    page_section_end(page);
    free(uses);
}

static void write_page(const struct suite *suite, FILE *out, enum page_form form)
{
    struct page page = {.out = out, .form = form};

    overview(&page, suite);
    suite_page_targets(&page, suite);
    misses(&page, suite);
    scenarios(&page, suite);
    expectations(&page, suite);
    coverage(&page, suite);
    page_end(&page);
}

void suite_write_page(const struct suite *suite, FILE *out)
{
    write_page(suite, out, PAGE_HTML);
}

void suite_write_markdown(const struct suite *suite, FILE *out)
{
    write_page(suite, out, PAGE_MARKDOWN);
}
