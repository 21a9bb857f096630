/* eval_robustness.c - is the setting a knife's edge, and what is luck in its score?
 *
 * Each constant alone by four factors; then SETTINGS settings with all of them moved at random
 * (each factor log-uniform in 1/REACH .. REACH), of which the best is chosen: on everything,
 * and with each folder and each file left out (reports/leave_out.h). */
#include "cli/eval_parts.h"
#include "engine/novelty.h"
#include "engine/random.h"
#include "reports/leave_out.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 300 };
static const double REACH = 2;

/* How a factor moves a constant: it, its excess over 1, or what it lacks of 1. */
enum movement { BY_FACTOR, OVER_ONE, UNDER_ONE };

struct constant {
    const char *name;
    size_t offset; /* of a float in struct novelty_tuning; SIZE_MAX: the alarm probability */
    enum movement movement;
};
#define CONSTANT(field, movement) #field, offsetof(struct novelty_tuning, field), movement
static const struct constant CONSTANTS[] = {
    {"alarm probability", SIZE_MAX, BY_FACTOR},
    {CONSTANT(memory.fast, BY_FACTOR)},
    {CONSTANT(memory.middle, BY_FACTOR)},
    {CONSTANT(memory.slow, BY_FACTOR)},
    {CONSTANT(memory.slowest, BY_FACTOR)},
    {CONSTANT(memory.spread_middle, BY_FACTOR)},
    {CONSTANT(memory.spread_slowest, BY_FACTOR)},
    {CONSTANT(tail.edge_share, BY_FACTOR)},
    {CONSTANT(tail.far_share, BY_FACTOR)},
    {CONSTANT(tail.prior_weight, BY_FACTOR)},
    {CONSTANT(tail.prior_excess, BY_FACTOR)},
    {CONSTANT(tail.gain_first, BY_FACTOR)},
    {CONSTANT(tail.gain_least, BY_FACTOR)},
    {CONSTANT(season.learn_profile, BY_FACTOR)},
    {CONSTANT(season.learn_weekday, BY_FACTOR)},
    {CONSTANT(season.learn_error, BY_FACTOR)},
    {CONSTANT(season.learn_smooth, BY_FACTOR)},
    {CONSTANT(season.doubt, BY_FACTOR)},
    {CONSTANT(season.noise, OVER_ONE)},
    {CONSTANT(season.clear_gain, UNDER_ONE)},
    {CONSTANT(season.peak, UNDER_ONE)},
    {CONSTANT(mean_share, BY_FACTOR)},
    {CONSTANT(rest, BY_FACTOR)},
    {CONSTANT(rest_factor, OVER_ONE)},
};
enum { CONSTANT_COUNT = sizeof CONSTANTS / sizeof *CONSTANTS };
static const double FACTORS[] = {0.5, 0.8, 1.25, 2};
enum { FACTOR_COUNT = sizeof FACTORS / sizeof *FACTORS };

struct setting {
    struct novelty_tuning tuning;
    double alarm_probability;
};

static double moved(double value, enum movement movement, double factor)
{
    switch (movement) {
    case OVER_ONE:
        return 1 + (value - 1) * factor;
    case UNDER_ONE:
        return 1 - (1 - value) * factor;
    case BY_FACTOR:
        break;
    }
    return value * factor;
}

static double value_of(const struct setting *setting, const struct constant *constant)
{
    float value;

    if (constant->offset == SIZE_MAX)
        return setting->alarm_probability;
    memcpy(&value, (const char *)&setting->tuning + constant->offset, sizeof value);
    return (double)value;
}

static void move(struct setting *setting, const struct constant *constant, double factor)
{
    double to = moved(value_of(setting, constant), constant->movement, factor);
    float narrow = (float)to;
    struct tail_tuning *tail = &setting->tuning.tail;

    if (constant->offset == SIZE_MAX)
        setting->alarm_probability = to;
    else
        memcpy((char *)&setting->tuning + constant->offset, &narrow, sizeof narrow);
    setting->tuning.mean_share = fminf(setting->tuning.mean_share, 1);
    tail->far_share = fminf(tail->far_share, 0.9f * tail->edge_share);
    tail->edge_nats = -logf(tail->edge_share);
    tail->far_nats = -logf(tail->far_share);
}

/* What each file gains by the setting, in percent of all windows. */
static bool measure(struct series_eval *evaluation, const struct setting *setting, double *gain)
{
    struct scorer scorer = SCORERS[0];
    double alarm = novelty_nats(setting->alarm_probability);
    size_t windows = 0;

    scorer.tuning = &setting->tuning;
    if (!series_eval_run(evaluation, &scorer))
        return false;
    series_eval_tell(evaluation, &scorer, alarm);
    for (size_t i = 0; i < evaluation->dataset->count; i++)
        windows += evaluation->files[i].window_count;
    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        gain[i] = 100 * nab_earned_at(&evaluation->files[i], 1, NAB_STANDARD, alarm) / fmax((double)windows, 1);
        if (isnan(gain[i]))
            return false;
    }
    return true;
}

static double total(const double *gain, size_t files)
{
    double sum = 0;
    for (size_t i = 0; i < files; i++)
        sum += gain[i];
    return sum;
}

static bool write_moves(struct series_eval *evaluation, const struct setting *ours, double *gain)
{
    FILE *page = evaluation->output->page;
    size_t files = evaluation->dataset->count;

    if (!measure(evaluation, ours, gain))
        return false;
    double whole = total(gain, files);
    fprintf(
        page,
        "\nThe standard profile's score at the policy's alarm level when one constant is moved: it, what it exceeds "
        "1 by, or what it lacks of 1, by a factor. As it is: %.2f.\n\n"
        "| constant | as it is | x 0.5 | x 0.8 | x 1.25 | x 2 |\n|---|---|---|---|---|---|\n",
        whole);
    for (size_t i = 0; i < CONSTANT_COUNT; i++) {
        fprintf(page, "| %s | %.4g |", CONSTANTS[i].name, value_of(ours, &CONSTANTS[i]));
        for (size_t k = 0; k < FACTOR_COUNT; k++) {
            struct setting setting = *ours;
            move(&setting, &CONSTANTS[i], FACTORS[k]);
            if (!measure(evaluation, &setting, gain))
                return false;
            fprintf(page, " %.2f |", total(gain, files));
        }
        fputc('\n', page);
    }
    return true;
}

static struct setting anywhere(const struct setting *ours, struct random_stream *stream)
{
    struct setting setting = *ours;

    for (size_t i = 0; i < CONSTANT_COUNT; i++)
        move(&setting, &CONSTANTS[i], pow(REACH, 2 * random_uniform(stream) - 1));
    return setting;
}

/* Files of one folder are one group. */
static size_t group_by_folder(const struct dataset *dataset, size_t *group)
{
    size_t groups = 0;

    for (size_t i = 0; i < dataset->count; i++) {
        const char *name = dataset->items[i].name, *before = i > 0 ? dataset->items[i - 1].name : "";
        size_t folder = strcspn(name, "/");
        groups += i == 0 || strcspn(before, "/") != folder || strncmp(name, before, folder) != 0;
        group[i] = groups - 1;
    }
    return groups;
}

static void write_left_out(FILE *page, const char *what, const double *gain, size_t groups)
{
    struct leave_out found = leave_out(gain, SETTINGS, groups);

    fprintf(page, "| %s | %zu | %.2f | %.2f | %.2f | %zu |\n", what, groups, found.best, found.left_out,
            found.best - found.left_out, found.different);
}

/* `gain` by setting and file; the first setting is ours. */
static bool write_search(struct series_eval *evaluation, const double *gain)
{
    const struct dataset *dataset = evaluation->dataset;
    FILE *page = evaluation->output->page;
    size_t files = dataset->count, better = 0;
    size_t *group = calloc(files, sizeof *group);
    double *by_folder = calloc(SETTINGS * files, sizeof *by_folder), scores[SETTINGS];

    if (!group || !by_folder) {
        free(group);
        free(by_folder);
        return false;
    }
    size_t folders = group_by_folder(dataset, group);
    for (size_t k = 0; k < SETTINGS; k++) {
        for (size_t i = 0; i < files; i++)
            by_folder[k * folders + group[i]] += gain[k * files + i];
        scores[k] = total(gain + k * files, files);
        better += scores[k] > scores[0];
    }
    gsl_sort(scores + 1, 1, SETTINGS - 1);
    fprintf(page,
            "\n%d settings with all constants moved at once, each by a random factor between 1/%g and %g: median %.2f, "
            "middle half %.2f to %.2f, best %.2f; %zu are better than the setting as it is. Chosen with all "
            "recordings, and with each group left out and counted by what the others chose:\n\n"
            "| left out | groups | chosen on all | on what was left out | luck of the search | groups that change the "
            "choice |\n|---|---|---|---|---|---|\n",
            SETTINGS - 1, REACH, REACH, gsl_stats_median_from_sorted_data(scores + 1, 1, SETTINGS - 1),
            gsl_stats_quantile_from_sorted_data(scores + 1, 1, SETTINGS - 1, 0.25),
            gsl_stats_quantile_from_sorted_data(scores + 1, 1, SETTINGS - 1, 0.75), scores[SETTINGS - 1], better);
    write_left_out(page, "a folder", by_folder, folders);
    write_left_out(page, "a file", gain, files);
    free(group);
    free(by_folder);
    return true;
}

bool eval_robustness(struct series_eval *evaluation, double alarm_probability)
{
    struct setting ours = {NOVELTY_TUNING, alarm_probability};
    struct random_stream stream = random_stream_named(1, "constants", "robustness", 0);
    size_t files = evaluation->dataset->count;
    double *gain = calloc(SETTINGS * files, sizeof *gain);
    bool good = gain && write_moves(evaluation, &ours, gain);

    for (size_t k = 0; good && k < SETTINGS; k++) {
        struct setting setting = k == 0 ? ours : anywhere(&ours, &stream);
        good = measure(evaluation, &setting, gain + k * files);
    }
    good = good && write_search(evaluation, gain);
    free(gain);
    return good;
}
