/* eval_robustness.c - is the setting a knife's edge, and what is luck in its score?
 *
 * Each constant alone by four factors; then clouds of settings around ours with all constants moved
 * at random (each factor log-uniform in 1/reach .. reach). What a cloud near by scores on average is
 * what ours is worth without its luck; what is chosen from it with a folder or a file left
 * out is worth there what a search is worth on data it has not seen (reports/leave_out.h). Ours
 * is in no cloud: it was chosen with all of the data. */
#include "cli/eval_parts.h"
#include "engine/novelty.h"
#include "engine/random.h"
#include "reports/leave_out.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 200 };
static const double REACHES[] = {1.3, 2};
enum { CLOUDS = sizeof REACHES / sizeof *REACHES, GROUPS_MAX = 1024 };

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

/* What each file gains by the setting, in percent of all windows, and all of them together. */
static bool measure(struct series_eval *evaluation, const struct setting *setting, double *gain, double *whole)
{
    struct scorer scorer = SCORERS[0];
    double alarm = novelty_nats(setting->alarm_probability);
    size_t windows = nab_windows(evaluation->files, evaluation->dataset->count);

    scorer.tuning = &setting->tuning;
    if (!series_eval_run(evaluation, &scorer))
        return false;
    series_eval_tell(evaluation, &scorer, alarm);
    *whole = 0;
    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        gain[i] = 100 * nab_earned_at(&evaluation->files[i], 1, NAB_STANDARD, alarm) / fmax((double)windows, 1);
        if (isnan(gain[i]))
            return false;
        *whole += gain[i];
    }
    return true;
}

static bool write_moves(struct series_eval *evaluation, const struct setting *ours, double *gain)
{
    FILE *page = evaluation->output->page;
    double whole, moved;

    if (!measure(evaluation, ours, gain, &whole))
        return false;
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
            if (!measure(evaluation, &setting, gain, &moved))
                return false;
            fprintf(page, " %.2f |", moved);
        }
        fputc('\n', page);
    }
    return true;
}

static struct setting anywhere(const struct setting *ours, double reach, struct random_stream *stream)
{
    struct setting setting = *ours;

    for (size_t i = 0; i < CONSTANT_COUNT; i++)
        move(&setting, &CONSTANTS[i], pow(reach, 2 * random_uniform(stream) - 1));
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

static void write_left_out(FILE *page, double reach, const char *what, const double *gain, size_t groups)
{
    struct leave_out found = leave_out(gain, SETTINGS, groups);

    fprintf(page, "| %g | %s | %zu | %.2f | %.2f | %.2f | %zu |\n", reach, what, groups, found.best, found.left_out,
            found.best - found.left_out, found.different);
}

/* A cloud's gains by setting and by file or folder, and its scores in rising order. */
struct cloud {
    double by_file[SETTINGS * GROUPS_MAX], by_folder[SETTINGS * GROUPS_MAX], scores[SETTINGS];
    size_t folders;
};

static bool fill(struct series_eval *evaluation, const struct setting *ours, double reach, struct cloud *cloud)
{
    struct random_stream stream = random_stream_named(1, "constants", "robustness", 0);
    size_t files = evaluation->dataset->count, group[GROUPS_MAX];

    cloud->folders = group_by_folder(evaluation->dataset, group);
    memset(cloud->by_folder, 0, sizeof cloud->by_folder);
    for (size_t k = 0; k < SETTINGS; k++) {
        struct setting setting = anywhere(ours, reach, &stream);
        double *gain = cloud->by_file + k * files;
        if (!measure(evaluation, &setting, gain, &cloud->scores[k]))
            return false;
        for (size_t i = 0; i < files; i++)
            cloud->by_folder[k * cloud->folders + group[i]] += gain[i];
    }
    gsl_sort(cloud->scores, 1, SETTINGS);
    return true;
}

static bool write_clouds(struct series_eval *evaluation, const struct setting *ours, struct cloud *clouds)
{
    FILE *page = evaluation->output->page;

    fprintf(page,
            "\n%d settings with all constants moved at once, each by a random factor between 1 / reach and reach:\n\n"
            "| reach | mean | deviation | worst | best |\n|---|---|---|---|---|\n",
            SETTINGS);
    for (size_t k = 0; k < CLOUDS; k++) {
        const double *scores = clouds[k].scores;
        if (!fill(evaluation, ours, REACHES[k], &clouds[k]))
            return false;
        fprintf(page, "| %g | %.2f | %.2f | %.2f | %.2f |\n", REACHES[k], gsl_stats_mean(scores, 1, SETTINGS),
                gsl_stats_sd(scores, 1, SETTINGS), scores[0], scores[SETTINGS - 1]);
    }
    fputs(
        "\nThe best of them, chosen with all recordings; and, with each group left out, what was chosen on the others "
        "counted on it:\n\n"
        "| reach | left out | groups | chosen on all | on what was left out | luck of the search | groups that change "
        "the choice |\n|---|---|---|---|---|---|---|\n",
        page);
    for (size_t k = 0; k < CLOUDS; k++) {
        write_left_out(page, REACHES[k], "a folder", clouds[k].by_folder, clouds[k].folders);
        write_left_out(page, REACHES[k], "a file", clouds[k].by_file, evaluation->dataset->count);
    }
    return true;
}

bool eval_robustness(struct series_eval *evaluation, double alarm_probability)
{
    struct setting ours = {NOVELTY_TUNING, alarm_probability};
    double gain[GROUPS_MAX];

    if (evaluation->dataset->count > GROUPS_MAX) {
        fprintf(evaluation->output->page, "\nMore than %d recordings: no constant was moved.\n", GROUPS_MAX);
        return true;
    }
    struct cloud *clouds = calloc(CLOUDS, sizeof *clouds);
    bool good = clouds && write_moves(evaluation, &ours, gain) && write_clouds(evaluation, &ours, clouds);
    free(clouds);
    return good;
}
