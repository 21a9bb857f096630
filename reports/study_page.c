/* study_page.c - a study as lines, CSV, page and JSON. */
#include "reports/markup.h"
#include "reports/page.h"
#include "reports/study_result.h"

#include <math.h>
#include <string.h>

enum { ROWS_MAX = 200 };

static const char *const DASH = "\xe2\x80\x93";

static const char *figure(const struct study_goal *goal, double value, char text[MARKUP_TEXT])
{
    return isfinite(value) ? metric_print(&goal->metric, value, text) : DASH;
}

/* "mean (low to high)". */
static void interval_text(const struct study_goal *goal, const struct study_interval *interval, char *text, size_t size)
{
    char mean[MARKUP_TEXT], low[MARKUP_TEXT], high[MARKUP_TEXT];

    if (isfinite(interval->low))
        snprintf(text, size, "%s (%s to %s)", figure(goal, interval->mean, mean), figure(goal, interval->low, low),
                 figure(goal, interval->high, high));
    else
        snprintf(text, size, "%s", figure(goal, interval->mean, mean));
}

/* A change with its sign. */
static void change_text(const struct study_goal *goal, const struct study_interval *change, char *text, size_t size)
{
    char part[3][MARKUP_TEXT], signed_part[3][MARKUP_TEXT + 2];
    const double values[3] = {change->mean, change->low, change->high};

    for (int i = 0; i < 3; i++)
        snprintf(signed_part[i], sizeof signed_part[i], "%s%s", values[i] < 0 ? "-" : "+",
                 figure(goal, fabs(values[i]), part[i]));
    if (isfinite(change->low))
        snprintf(text, size, "%s (%s to %s)", signed_part[0], signed_part[1], signed_part[2]);
    else
        snprintf(text, size, "%s", isfinite(change->mean) ? signed_part[0] : DASH);
}

static const char *verdict(const struct study_goal *goal, const struct study_interval *change)
{
    double sign = goal->maximise || (goal->constraint && goal->metric.wish == METRIC_HIGHER) ? -1 : 1;
    double low = sign > 0 ? change->low : -change->high, high = sign > 0 ? change->high : -change->low;

    if (change->n > 0 && !(change->mean < 0) && !(change->mean > 0) && !(change->high > change->low))
        return "same";
    return high < 0 ? "better" : low > 0 ? "worse" : "can't tell";
}

static struct study_interval fresh_change(const struct study_result *result, size_t goal)
{
    struct study_values base = {result->fresh_base, result->study->fresh};
    struct study_values winner = {result->fresh_winner, result->study->fresh};

    return study_estimate(result->study, &winner, &base, goal);
}

void study_write_lines(const struct study_result *result, FILE *out)
{
    const struct study *study = result->study;

    fprintf(out, "%s: %zu candidates, %llu evaluations, ended by %s\nwinner: %s\n", study->name, result->count,
            (unsigned long long)result->evaluations, result->stopped_by, result->candidates[result->winner].key);
    for (size_t g = 0; result->fresh_winner && g < study->goal_count; g++) {
        struct study_values before = {result->fresh_base, study->fresh}, after = {result->fresh_winner, study->fresh};
        struct study_interval change = fresh_change(result, g);
        char text[4 * MARKUP_TEXT], a[MARKUP_TEXT], b[MARKUP_TEXT];
        change_text(&study->goals[g], &change, text, sizeof text);
        fprintf(out, "  %-10s %s: %s -> %s on %u fresh seeds, change %s\n", verdict(&study->goals[g], &change),
                study->goals[g].text, figure(&study->goals[g], study_mean(&before, study->goal_count, g), a),
                figure(&study->goals[g], study_mean(&after, study->goal_count, g), b), study->fresh, text);
    }
}

void study_write_csv(const struct study_result *result, FILE *out)
{
    const struct study *study = result->study;

    fputs("candidate,rounds,dropped,front,violations,score", out);
    for (size_t p = 0; p < study->parameter_count; p++)
        fprintf(out, ",\"%s\"", study->parameters[p].path);
    for (size_t g = 0; g < study->goal_count; g++)
        fprintf(out, ",\"%s\"", study->goals[g].text);
    fputc('\n', out);
    struct study_values base = study_values_of(result, 0);
    for (size_t i = 0; i < result->count; i++) {
        const struct study_candidate *candidate = &result->candidates[i];
        struct study_values values = study_values_of(result, i);
        fprintf(out, "%zu,%u,%d,%d,%zu,%.6g", i, candidate->rounds, candidate->dropped, candidate->front,
                study_violations(study, &values), study_duel(study, &base, &values, &base).mean);
        for (size_t p = 0; p < study->parameter_count; p++)
            fprintf(out, ",\"%s\"", candidate->texts ? candidate->texts[p] : "");
        for (size_t g = 0; g < study->goal_count; g++) {
            double mean = study_mean(&values, study->goal_count, g);
            if (isfinite(mean))
                fprintf(out, ",%.9g", mean);
            else
                fputc(',', out);
        }
        fputc('\n', out);
    }
}

/* --- the page -------------------------------------------------------------------- */

static void gains(struct page *page, const struct study_result *result)
{
    static const struct page_column COLUMNS[] = {
        {"figure", false}, {"as it is", true}, {"winner", true}, {"change, 95 % interval", false}, {"verdict", false}};
    const struct study *study = result->study;

    if (!result->fresh_winner)
        return;
    page_section(page, "gain", "What the winner gains on fresh seeds");
    page_table_begin(page, "In pairs: the same seeds, none of them used in the search", COLUMNS, 5);
    for (size_t g = 0; g < study->goal_count; g++) {
        const struct study_goal *goal = &study->goals[g];
        struct study_values before = {result->fresh_base, study->fresh}, after = {result->fresh_winner, study->fresh};
        struct study_interval change = fresh_change(result, g);
        char a[MARKUP_TEXT], b[MARKUP_TEXT], text[4 * MARKUP_TEXT];
        const char *said = verdict(goal, &change);
        change_text(goal, &change, text, sizeof text);
        page_row(page,
                 (const char *const[]){goal->text, figure(goal, study_mean(&before, study->goal_count, g), a),
                                       figure(goal, study_mean(&after, study->goal_count, g), b), text, said},
                 strcmp(said, "better") == 0  ? TONE_GOOD
                 : strcmp(said, "worse") == 0 ? TONE_BAD
                                              : TONE_PLAIN);
    }
    page_table_end(page);
    page_section_end(page);
}

static void settings(struct page *page, const struct study_result *result)
{
    static const struct page_column COLUMNS[] = {{"parameter", false}, {"winner's value", false}};
    const struct study_candidate *winner = &result->candidates[result->winner];

    page_section(page, "winner", "The winner");
    if (!winner->texts) {
        page_text(page, "No candidate was better than the files as they are.");
    } else {
        page_table_begin(page, "Its values; winner.yaml is the policy that says so", COLUMNS, 2);
        for (size_t p = 0; p < result->study->parameter_count; p++)
            page_row(page, (const char *const[]){result->study->parameters[p].path, winner->texts[p]}, TONE_PLAIN);
        page_table_end(page);
    }
    page_section_end(page);
}

static void front(struct page *page, const struct study_result *result)
{
    const struct study *study = result->study;
    struct page_column columns[PAGE_COLUMNS_MAX] = {{"candidate", false}, {"rounds", true}, {"score", true}};
    size_t goals = study->goal_count < PAGE_COLUMNS_MAX - 3 ? study->goal_count : PAGE_COLUMNS_MAX - 3;
    struct study_values base = study_values_of(result, 0);

    for (size_t g = 0; g < goals; g++)
        columns[3 + g] = (struct page_column){study->goals[g].text, true};
    page_section(page, "front", "Pareto front");
    drawings_show(result->drawings, "front", page);
    page_table_begin(page, "No other candidate is at least as good in every objective; means with 95 % intervals",
                     columns, 3 + goals);
    for (size_t i = 0, rows = 0; i < result->count && rows < ROWS_MAX; i++) {
        const struct study_candidate *candidate = &result->candidates[i];
        struct study_values values = study_values_of(result, i);
        char rounds[16], score[32], texts[PAGE_COLUMNS_MAX][4 * MARKUP_TEXT];
        const char *cells[PAGE_COLUMNS_MAX] = {candidate->key, rounds, score};
        if (!candidate->front)
            continue;
        rows++;
        snprintf(rounds, sizeof rounds, "%u", candidate->rounds);
        snprintf(score, sizeof score, "%+.3f", study_duel(study, &base, &values, &base).mean);
        for (size_t g = 0; g < goals; g++) {
            struct study_interval interval = study_estimate(study, &values, NULL, g);
            interval_text(&study->goals[g], &interval, texts[g], sizeof texts[g]);
            cells[3 + g] = texts[g];
        }
        page_row(page, cells, i == result->winner ? TONE_GOOD : TONE_PLAIN);
    }
    page_table_end(page);
    page_note(page, "Score: the weighted mean of the objectives' relative changes against the files as they are; "
                    "-0.1 is a tenth better. Candidates that lost the race have fewer rounds and wider intervals. "
                    "All candidates: candidates.csv.");
    page_section_end(page);
}

/* What each value of a capacity parameter comes to. */
static void capacity(struct page *page, const struct study_result *result, size_t parameter)
{
    const struct study *study = result->study;
    struct page_column columns[PAGE_COLUMNS_MAX] = {{"value", true}, {"keeps the constraints", false}};
    size_t goals = study->goal_count < PAGE_COLUMNS_MAX - 2 ? study->goal_count : PAGE_COLUMNS_MAX - 2;
    struct study_curve_point curve[STUDY_CURVE_MAX];
    size_t count = study_curve(result, parameter, curve);
    char prefix[32];

    for (size_t g = 0; g < goals; g++)
        columns[2 + g] = (struct page_column){study->goals[g].text, true};
    page_heading(page, study->parameters[parameter].path);
    snprintf(prefix, sizeof prefix, "capacity_%zu_", parameter + 1);
    drawings_show(result->drawings, prefix, page);
    page_table_begin(page, "The best candidate with each value; means with 95 % intervals", columns, 2 + goals);
    for (size_t i = 0; i < count; i++) {
        struct study_values values = study_values_of(result, curve[i].candidate);
        bool kept = study_violations(study, &values) == 0;
        char texts[PAGE_COLUMNS_MAX][4 * MARKUP_TEXT];
        const char *cells[PAGE_COLUMNS_MAX] = {curve[i].text, kept ? "yes" : "no"};
        for (size_t g = 0; g < goals; g++) {
            struct study_interval interval = study_estimate(study, &values, NULL, g);
            interval_text(&study->goals[g], &interval, texts[g], sizeof texts[g]);
            cells[2 + g] = texts[g];
        }
        page_row(page, cells, kept ? TONE_GOOD : TONE_PLAIN);
    }
    page_table_end(page);
}

static void capacities(struct page *page, const struct study_result *result)
{
    bool begun = false;

    for (size_t p = 0; p < result->study->parameter_count; p++) {
        if (!study_is_capacity(&result->study->parameters[p]))
            continue;
        if (!begun)
            page_section(page, "capacity", "Capacity curve");
        begun = true;
        capacity(page, result, p);
    }
    if (!begun)
        return;
    page_note(page, "With other parameters beside it, a curve is the best that was found with each value; what was "
                    "not tried is not in it.");
    page_section_end(page);
}

static void sensitivity(struct page *page, const struct study_result *result)
{
    const struct study *study = result->study;
    struct page_column columns[PAGE_COLUMNS_MAX] = {{"parameter", false}};
    size_t goals = study->goal_count < PAGE_COLUMNS_MAX - 1 ? study->goal_count : PAGE_COLUMNS_MAX - 1;

    for (size_t g = 0; g < goals; g++)
        columns[1 + g] = (struct page_column){study->goals[g].text, true};
    page_section(page, "sensitivity", "Which parameter matters");
    drawings_show(result->drawings, "sensitivity", page);
    page_table_begin(page, "Share of a figure's variance over the candidates that the parameter explains", columns,
                     1 + goals);
    for (size_t p = 0; p < study->parameter_count; p++) {
        char texts[PAGE_COLUMNS_MAX][MARKUP_TEXT];
        const char *cells[PAGE_COLUMNS_MAX] = {study->parameters[p].path};
        for (size_t g = 0; g < goals; g++) {
            double share = study_sensitivity(result, p, g);
            cells[1 + g] = isfinite(share) ? markup_percent(share, texts[g]) : DASH;
        }
        page_row(page, cells, TONE_PLAIN);
    }
    page_table_end(page);
    page_note(page, "The correlation ratio, over the choices or over five bins of a range. Parameters that act "
                    "together share what they explain, and few candidates explain much by chance.");
    page_section_end(page);
}

static void write_page(const struct study_result *result, FILE *out, enum page_form form)
{
    struct page page = {.out = out, .form = form};
    char lead[200], values[3][32];
    size_t dropped = 0, on_front = 0;

    for (size_t i = 0; i < result->count; i++) {
        dropped += result->candidates[i].dropped;
        on_front += result->candidates[i].front;
    }
    snprintf(lead, sizeof lead, "%llu evaluations, ended by %s", (unsigned long long)result->evaluations,
             result->stopped_by);
    page_begin(&page, result->study->name, lead);
    snprintf(values[0], sizeof values[0], "%zu", result->count);
    snprintf(values[1], sizeof values[1], "%zu", dropped);
    snprintf(values[2], sizeof values[2], "%zu", on_front);
    page_cards(&page,
               (const struct page_card[]){{"candidates", values[0], "with the files as they are", TONE_PLAIN},
                                          {"dropped", values[1], "lost the race", TONE_PLAIN},
                                          {"on the front", values[2], "no other is better in all", TONE_GOOD}},
               3);
    gains(&page, result);
    settings(&page, result);
    capacities(&page, result);
    front(&page, result);
    sensitivity(&page, result);
    page_end(&page);
}

void study_write_page(const struct study_result *result, FILE *out)
{
    write_page(result, out, PAGE_HTML);
}

void study_write_markdown(const struct study_result *result, FILE *out)
{
    write_page(result, out, PAGE_MARKDOWN);
}

static void add_number(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

char *study_json(const struct study_result *result)
{
    const struct study *study = result->study;
    cJSON *root = cJSON_CreateObject(), *settings_object, *list;
    const struct study_candidate *winner = &result->candidates[result->winner];

    cJSON_AddStringToObject(root, "study", study->name);
    cJSON_AddNumberToObject(root, "candidates", (double)result->count);
    cJSON_AddNumberToObject(root, "evaluations", (double)result->evaluations);
    cJSON_AddStringToObject(root, "stopped_by", result->stopped_by);
    cJSON_AddNumberToObject(root, "winner", (double)result->winner);
    settings_object = cJSON_AddObjectToObject(root, "settings");
    for (size_t p = 0; winner->texts && p < study->parameter_count; p++)
        cJSON_AddStringToObject(settings_object, study->parameters[p].path, winner->texts[p]);
    list = cJSON_AddArrayToObject(root, "fresh");
    for (size_t g = 0; result->fresh_winner && g < study->goal_count; g++) {
        struct study_values before = {result->fresh_base, study->fresh}, after = {result->fresh_winner, study->fresh};
        struct study_interval change = fresh_change(result, g);
        cJSON *entry = cJSON_CreateObject();
        cJSON_AddStringToObject(entry, "figure", study->goals[g].text);
        add_number(entry, "base", study_mean(&before, study->goal_count, g));
        add_number(entry, "winner", study_mean(&after, study->goal_count, g));
        add_number(entry, "change", change.mean);
        add_number(entry, "low", change.low);
        add_number(entry, "high", change.high);
        cJSON_AddStringToObject(entry, "verdict", verdict(&study->goals[g], &change));
        cJSON_AddItemToArray(list, entry);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    return text;
}
