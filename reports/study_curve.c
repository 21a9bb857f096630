/* study_curve.c - what each value of a parameter comes to, and the plots of a study. */
#include "engine/size.h"
#include "reports/study_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A count, cores as 500m, Mi of a size, seconds of a span; NaN: no number. */
static double number_of(const char *text)
{
    char *end;
    uint64_t bytes;
    double value = strtod(text, &end);

    if (end > text && (*end == '\0' || strcmp(end, "s") == 0))
        return value;
    if (end > text && strcmp(end, "m") == 0)
        return value / 1000;
    return size_parse(text, strlen(text), &bytes) ? (double)bytes / 1048576 : NAN;
}

static bool better(const struct study_result *result, size_t a, size_t b)
{
    struct study_values base = study_values_of(result, 0), x = study_values_of(result, a),
                        y = study_values_of(result, b);
    size_t broken = study_violations(result->study, &x), other = study_violations(result->study, &y);

    return broken != other
               ? broken < other
               : study_duel(result->study, &base, &x, &base).mean < study_duel(result->study, &base, &y, &base).mean;
}

static int by_value(const void *a, const void *b)
{
    const struct study_curve_point *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value;
}

size_t study_curve(const struct study_result *result, size_t parameter, struct study_curve_point *out)
{
    size_t count = 0;
    bool numbers = true;

    for (size_t i = 1; i < result->count; i++) {
        const char *text = result->candidates[i].texts[parameter];
        size_t at = 0;
        if (result->candidates[i].rounds == 0)
            continue;
        while (at < count && strcmp(out[at].text, text) != 0)
            at++;
        if (at == STUDY_CURVE_MAX)
            continue;
        if (at == count)
            out[count++] = (struct study_curve_point){text, number_of(text), i};
        else if (better(result, i, out[at].candidate))
            out[at].candidate = i;
    }
    for (size_t i = 0; i < count; i++)
        numbers = numbers && isfinite(out[i].value);
    for (size_t i = 0; i < count && !numbers; i++)
        out[i].value = (double)i + 1;
    qsort(out, count, sizeof *out, by_value);
    return count;
}

bool study_is_capacity(const struct study_parameter *parameter)
{
    return strncmp(parameter->path, "scenario.", 9) == 0;
}

/* --- plots ----------------------------------------------------------------------- */

static const char *title_of(const struct study_goal *goal, char text[160])
{
    snprintf(text, 160, "%s%s", goal->text, goal->metric.unit == METRIC_SECONDS ? ", seconds" : "");
    return text;
}

static void set_y(struct chart_point *point, const struct study_result *result, size_t candidate, size_t goal)
{
    struct study_values values = study_values_of(result, candidate);
    struct study_interval interval = study_estimate(result->study, &values, NULL, goal);

    point->y = interval.mean;
    point->y_low = interval.low;
    point->y_high = interval.high;
}

static bool draw_front(const struct study_result *result, const struct chart_options *options,
                       struct drawings *drawings, struct error_list *errors)
{
    const struct study *study = result->study;
    struct chart_point *points = calloc(result->count, sizeof *points);
    char x_title[160], y_title[160];
    struct chart chart = {.kind = CHART_POINTS,
                          .name = "front",
                          .caption = "Candidates by the first two figures, with 95 % intervals of each",
                          .x_title = title_of(&study->goals[0], x_title),
                          .line = NAN,
                          .series = {"on the front", "not on it", "as it is"},
                          .points = points};

    if (!points || study->goal_count < 2) {
        free(points);
        return true;
    }
    chart.y_title = title_of(&study->goals[1], y_title);
    chart.x_share = study->goals[0].metric.unit == METRIC_SHARE;
    chart.y_share = study->goals[1].metric.unit == METRIC_SHARE;
    if (study->goals[1].constraint)
        chart.line = study->goals[1].bound;
    for (size_t i = 0; i < result->count; i++) {
        struct chart_point point = {.label = result->candidates[i].key,
                                    .series = i == 0                        ? 2
                                              : result->candidates[i].front ? 0
                                                                            : 1};
        set_y(&point, result, i, 0);
        point.x = point.y;
        point.x_low = point.y_low;
        point.x_high = point.y_high;
        set_y(&point, result, i, 1);
        if (isfinite(point.x) && isfinite(point.y))
            points[chart.count++] = point;
    }
    bool good = drawings_add(drawings, &chart, options, errors);
    free(points);
    return good;
}

static bool draw_sensitivity(const struct study_result *result, const struct chart_options *options,
                             struct drawings *drawings, struct error_list *errors)
{
    const struct study *study = result->study;
    struct chart_point points[STUDY_PARAMETERS_MAX * CHART_SERIES_MAX];
    struct chart chart = {.kind = CHART_FOREST,
                          .name = "sensitivity",
                          .caption = "Share of a figure's variance that the parameter explains",
                          .x_title = "share of the variance",
                          .x_share = true,
                          .line = 0,
                          .points = points};

    for (size_t p = 0; p < study->parameter_count; p++) {
        for (unsigned g = 0; g < study->goal_count && g < CHART_SERIES_MAX; g++) {
            double share = study_sensitivity(result, p, g);
            chart.series[g] = study->goals[g].text;
            if (isfinite(share))
                points[chart.count++] =
                    (struct chart_point){study->parameters[p].path, g, share, NAN, NAN, NAN, NAN, NAN};
        }
    }
    return drawings_add(drawings, &chart, options, errors);
}

/* One figure against the values of one parameter. */
static bool draw_curve(const struct study_result *result, size_t parameter, size_t goal,
                       const struct chart_options *options, struct drawings *drawings, struct error_list *errors)
{
    const struct study *study = result->study;
    const struct study_goal *shown = &study->goals[goal];
    struct study_curve_point curve[STUDY_CURVE_MAX];
    struct chart_point points[STUDY_CURVE_MAX];
    char name[CHART_NAME], caption[320], title[160];
    struct chart chart = {.kind = CHART_LINES,
                          .name = name,
                          .caption = caption,
                          .x_title = study->parameters[parameter].path,
                          .y_title = title_of(shown, title),
                          .y_share = shown->metric.unit == METRIC_SHARE,
                          .line = shown->constraint ? shown->bound : NAN,
                          .points = points,
                          .count = study_curve(result, parameter, curve)};

    snprintf(name, sizeof name, "capacity_%zu_%zu", parameter + 1, goal + 1);
    snprintf(caption, sizeof caption, "%.120s against %.160s", shown->text, study->parameters[parameter].path);
    for (size_t i = 0; i < chart.count; i++) {
        points[i] = (struct chart_point){.label = curve[i].text, .x = curve[i].value, .x_low = NAN, .x_high = NAN};
        set_y(&points[i], result, curve[i].candidate, goal);
    }
    return drawings_add(drawings, &chart, options, errors);
}

bool study_draw(const struct study_result *result, const struct chart_options *options, struct drawings *drawings,
                struct error_list *errors)
{
    const struct study *study = result->study;

    for (size_t p = 0; p < study->parameter_count; p++) {
        if (!study_is_capacity(&study->parameters[p]))
            continue;
        if (!draw_curve(result, p, 0, options, drawings, errors) ||
            (study->goal_count > study->objective_count &&
             !draw_curve(result, p, study->objective_count, options, drawings, errors)))
            return false;
        if (drawings->count >= 6)
            break;
    }
    return draw_front(result, options, drawings, errors) && draw_sensitivity(result, options, drawings, errors);
}
