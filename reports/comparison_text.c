/* comparison_text.c - a comparison as lines, page and JSON. */
#include "reports/comparison.h"
#include "reports/markup.h"
#include "reports/page.h"

#include <math.h>
#include <string.h>

/* A change with its sign; of shares, in percentage points. */
static char *signed_text(const struct metric *metric, double value, char text[MARKUP_TEXT])
{
    char size[MARKUP_TEXT];

    if (!isfinite(value)) {
        snprintf(text, MARKUP_TEXT, "\xe2\x80\x93");
        return text;
    }
    if (metric->unit == METRIC_SHARE)
        snprintf(text, MARKUP_TEXT, "%+.1f pp", 100 * value);
    else
        snprintf(text, MARKUP_TEXT, "%s%s", value < 0 ? "-" : "+", metric_print(metric, fabs(value), size));
    return text;
}

static const char *figure_text(const struct metric *metric, double value, char text[MARKUP_TEXT])
{
    if (!isfinite(value))
        return "\xe2\x80\x93";
    return metric_print(metric, value, text);
}

struct row {
    char name[METRIC_NAME], a[MARKUP_TEXT], b[MARKUP_TEXT], change[MARKUP_TEXT], low[MARKUP_TEXT], high[MARKUP_TEXT];
    char interval[2 * MARKUP_TEXT + 8], pairs[24];
};

static void fill(struct row *row, const struct difference *d)
{
    const struct metric *metric = &d->limit.metric;

    metric_name(metric, row->name);
    snprintf(row->a, sizeof row->a, "%s", figure_text(metric, d->a, row->low));
    snprintf(row->b, sizeof row->b, "%s", figure_text(metric, d->b, row->low));
    signed_text(metric, d->change, row->change);
    if (isfinite(d->interval[0]))
        snprintf(row->interval, sizeof row->interval, "%s to %s", signed_text(metric, d->interval[0], row->low),
                 signed_text(metric, d->interval[1], row->high));
    else
        snprintf(row->interval, sizeof row->interval, "none");
    if (d->pairs > 0)
        snprintf(row->pairs, sizeof row->pairs, "%zu", d->pairs);
    else
        snprintf(row->pairs, sizeof row->pairs, "not paired");
}

void comparison_write_lines(const struct comparison *comparison, FILE *out)
{
    struct row row;

    fprintf(out, "A: %s\nB: %s\n", comparison->a, comparison->b);
    for (size_t s = 0; s < comparison->count; s++) {
        const struct scenario_comparison *scenario = &comparison->scenarios[s];
        fprintf(out, "%s (%s)\n", scenario->name, scenario->paired ? "in pairs: the same faults" : "figures only");
        for (size_t i = 0; i < scenario->count; i++) {
            const struct difference *d = &scenario->differences[i];
            fill(&row, d);
            fprintf(out, "  %-7s %-10s %-30s %s -> %s, change %s [%s]\n", grade_name(d->grade), change_name(d->verdict),
                    row.name, row.a, row.b, row.change, row.interval);
        }
        if (scenario->parting.known && !scenario->parting.differs)
            fprintf(out, "  the same %llu decisions\n", (unsigned long long)scenario->parting.alike);
        if (scenario->parting.differs)
            fprintf(out, "  part at %s after %llu decisions alike, the last of them: %s\n    A: %s\n    B: %s\n",
                    scenario->parting.at, (unsigned long long)scenario->parting.alike, scenario->parting.before,
                    scenario->parting.a, scenario->parting.b);
    }
    for (size_t i = 0; i < comparison->unpaired_count; i++)
        fprintf(out, "only on one side: %s\n", comparison->unpaired[i]);
    fprintf(out, "%s (weighted %.2f)\n", grade_name(comparison->grade), comparison->score);
}

static void write_scenario(struct page *page, const struct scenario_comparison *scenario)
{
    static const struct page_column COLUMNS[] = {
        {"metric", false},        {"A", true},     {"B", true},        {"change", true},
        {"95 % interval", false}, {"pairs", true}, {"verdict", false}, {"grade", false}};
    static const enum page_tone TONES[] = {TONE_GOOD, TONE_ISSUE, TONE_BAD};
    struct row row;
    char text[1200];

    page_heading(page, scenario->name);
    page_table_begin(page, scenario->paired ? "In pairs: both had the same faults" : "Figures only, not in pairs",
                     COLUMNS, 8);
    for (size_t i = 0; i < scenario->count; i++) {
        const struct difference *d = &scenario->differences[i];
        fill(&row, d);
        page_row(page,
                 (const char *const[]){row.name, row.a, row.b, row.change, row.interval, row.pairs,
                                       change_name(d->verdict), grade_name(d->grade)},
                 TONES[d->grade]);
    }
    page_table_end(page);
    if (scenario->parting.differs) {
        snprintf(text, sizeof text, "They part at %s, after %llu decisions alike; the last of them: %s.",
                 scenario->parting.at, (unsigned long long)scenario->parting.alike, scenario->parting.before);
        page_text(page, text);
        page_terms_begin(page);
        page_term(page, "A", scenario->parting.a);
        page_term(page, "B", scenario->parting.b);
        page_terms_end(page);
    } else if (scenario->parting.known) {
        page_note(page, "Both took the same decisions.");
    }
}

bool comparison_draw(const struct comparison *comparison, const struct chart_options *options,
                     struct drawings *drawings, struct error_list *errors)
{
    static const unsigned SERIES[CHANGE_COUNT] = {[CHANGE_WORSE] = 1, [CHANGE_BETTER] = 2};
    struct chart chart = {.kind = CHART_FOREST,
                          .name = "comparison",
                          .caption = "Change of B against A, in percent of A's figure, with 95 % intervals",
                          .x_title = "change",
                          .x_share = true,
                          .line = 0,
                          .series = {"same, or can't tell", "worse", "better"}};
    struct chart_point *points = NULL;
    size_t room = 0;

    for (size_t s = 0; s < comparison->count; s++)
        room += comparison->scenarios[s].count;
    points = arena_array(comparison->arena, room + 1, sizeof *points);
    for (size_t s = 0; points && s < comparison->count; s++) {
        const struct scenario_comparison *scenario = &comparison->scenarios[s];
        for (size_t i = 0; i < scenario->count; i++) {
            const struct difference *d = &scenario->differences[i];
            char name[METRIC_NAME], label[METRIC_NAME + 128];
            if (!isfinite(d->change) || !(fabs(d->a) > 1e-9))
                continue;
            snprintf(label, sizeof label, "%.100s %s", scenario->name, metric_name(&d->limit.metric, name));
            points[chart.count++] = (struct chart_point){.label = arena_text(comparison->arena, label, strlen(label)),
                                                         .series = SERIES[d->verdict],
                                                         .x = d->change / fabs(d->a),
                                                         .x_low = d->interval[0] / fabs(d->a),
                                                         .x_high = d->interval[1] / fabs(d->a),
                                                         .y = NAN,
                                                         .y_low = NAN,
                                                         .y_high = NAN};
        }
    }
    chart.points = points;
    return drawings_add(drawings, &chart, options, errors);
}

static void write_page(const struct comparison *comparison, FILE *out, enum page_form form)
{
    struct page page = {.out = out, .form = form};
    char lead[600], values[CHANGE_COUNT][24];
    size_t counts[CHANGE_COUNT] = {0};
    const enum page_tone tones[CHANGE_COUNT] = {TONE_GOOD, TONE_BAD, TONE_PLAIN, TONE_ISSUE};
    struct page_card cards[CHANGE_COUNT];

    snprintf(lead, sizeof lead, "A is %s, B is %s: %s", comparison->a, comparison->b, grade_name(comparison->grade));
    page_begin(&page, "Comparison", lead);
    for (size_t s = 0; s < comparison->count; s++) {
        for (size_t i = 0; i < comparison->scenarios[s].count; i++)
            counts[comparison->scenarios[s].differences[i].verdict]++;
    }
    for (int i = 0; i < CHANGE_COUNT; i++) {
        snprintf(values[i], sizeof values[i], "%zu", counts[i]);
        cards[i] = (struct page_card){change_name((enum change)i), values[i], "metrics of B against A",
                                      counts[i] > 0 ? tones[i] : TONE_PLAIN};
    }
    page_cards(&page, cards, CHANGE_COUNT);
    page_section(&page, "scenarios", "Scenarios");
    if (form == PAGE_HTML) /* a job summary stands alone */
        drawings_show(comparison->drawings, "comparison", &page);
    for (size_t s = 0; s < comparison->count; s++)
        write_scenario(&page, &comparison->scenarios[s]);
    for (size_t i = 0; i < comparison->unpaired_count; i++)
        page_warning(&page, comparison->unpaired[i]);
    page_section_end(&page);
    page_note(&page, "Better or worse: the 95 % interval of the change leaves out zero. A metric fails when it is "
                     "worse by more than its limit, and warns when it only looks so. pp: percentage points.");
    page_end(&page);
}

void comparison_write_page(const struct comparison *comparison, FILE *out)
{
    write_page(comparison, out, PAGE_HTML);
}

void comparison_write_markdown(const struct comparison *comparison, FILE *out)
{
    write_page(comparison, out, PAGE_MARKDOWN);
}

static void add_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *difference_json(const struct difference *d)
{
    cJSON *object = cJSON_CreateObject();
    char name[METRIC_NAME];

    cJSON_AddStringToObject(object, "metric", metric_name(&d->limit.metric, name));
    add_number(object, "a", d->a);
    add_number(object, "b", d->b);
    add_number(object, "change", d->change);
    add_number(object, "low", d->interval[0]);
    add_number(object, "high", d->interval[1]);
    cJSON_AddNumberToObject(object, "pairs", (double)d->pairs);
    cJSON_AddStringToObject(object, "verdict", change_name(d->verdict));
    cJSON_AddStringToObject(object, "grade", grade_name(d->grade));
    return object;
}

char *comparison_json(const struct comparison *comparison)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *list;

    cJSON_AddStringToObject(root, "grade", grade_name(comparison->grade));
    add_number(root, "score", comparison->score);
    list = cJSON_AddArrayToObject(root, "scenarios");
    for (size_t s = 0; s < comparison->count; s++) {
        const struct scenario_comparison *scenario = &comparison->scenarios[s];
        cJSON *entry = cJSON_CreateObject(), *metrics;
        cJSON_AddStringToObject(entry, "name", scenario->name);
        cJSON_AddBoolToObject(entry, "paired", scenario->paired);
        if (scenario->parting.differs) {
            cJSON *parting = cJSON_AddObjectToObject(entry, "parting");
            cJSON_AddStringToObject(parting, "at", scenario->parting.at);
            cJSON_AddStringToObject(parting, "a", scenario->parting.a);
            cJSON_AddStringToObject(parting, "b", scenario->parting.b);
        } else {
            cJSON_AddNullToObject(entry, "parting");
        }
        metrics = cJSON_AddArrayToObject(entry, "metrics");
        for (size_t i = 0; i < scenario->count; i++)
            cJSON_AddItemToArray(metrics, difference_json(&scenario->differences[i]));
        cJSON_AddItemToArray(list, entry);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
