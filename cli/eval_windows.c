/* eval_windows.c - single series with labelled windows: NAB's scores, curves, and what
 * each part of the detector earns. */
#include "cli/eval_parts.h"

#include "engine/novelty.h"
#include "replay/dataset.h"
#include "replay/scoring.h"
#include "reports/gnuplot.h"
#include "reports/nab.h"
#include "reports/page_file.h"
#include "reports/page_style.h"
#include "reports/plot_script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Alarm levels that a detector is tried at, from everything to next to nothing. */
enum { LEVELS = 90 };
static const double LEVEL_FIRST = 1.5, LEVEL_STEP = 1.035;

static void clear(struct series_eval *evaluation)
{
    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        if (evaluation->files)
            free((void *)evaluation->files[i].windows);
        if (evaluation->nats)
            free(evaluation->nats[i]);
        if (evaluation->told)
            free(evaluation->told[i]);
    }
    free(evaluation->files);
    free(evaluation->nats);
    free(evaluation->told);
    free(evaluation->probability);
}

/* Windows as samples: the first at or after the start, the last at or before the end. */
static bool set_windows(const struct dataset_item *item, struct nab_file *file)
{
    const heal_time *times = trace_times(item->trace);
    size_t frames = trace_frame_count(item->trace), next = 0;
    struct nab_window *windows = calloc(item->labels.count + 1, sizeof *windows);

    if (!windows)
        return false;
    for (size_t k = 0; k < item->labels.count; k++) {
        const struct label *label = &item->labels.items[k];
        size_t first = next;
        while (first < frames && times[first] < label->start)
            first++;
        for (next = first; next < frames && times[next] <= label->end; next++)
            ;
        if (next > first)
            windows[file->window_count++] = (struct nab_window){first, next - 1};
    }
    file->windows = windows;
    return true;
}

static bool prepare(struct series_eval *evaluation)
{
    size_t count = evaluation->dataset->count, longest = 0;

    evaluation->files = calloc(count, sizeof *evaluation->files);
    evaluation->nats = calloc(count, sizeof *evaluation->nats);
    evaluation->told = calloc(count, sizeof *evaluation->told);
    if (!evaluation->files || !evaluation->nats || !evaluation->told)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct dataset_item *item = &evaluation->dataset->items[i];
        size_t frames = trace_frame_count(item->trace);
        const heal_time *times = trace_times(item->trace);
        evaluation->nats[i] = calloc(frames, sizeof **evaluation->nats);
        evaluation->told[i] = calloc(frames, sizeof **evaluation->told);
        longest = frames > longest ? frames : longest;
        evaluation->files[i] = (struct nab_file){.score = evaluation->told[i], .count = frames};
        if (!evaluation->nats[i] || !evaluation->told[i] || !set_windows(item, &evaluation->files[i]))
            return false;
        evaluation->series_days += (double)(times[frames - 1] - times[nab_probation(frames)]) / (double)HEAL_DAY;
    }
    evaluation->probability = calloc(longest + 1, sizeof *evaluation->probability);
    return evaluation->probability != NULL;
}

bool series_eval_run(struct series_eval *evaluation, const struct scorer *scorer)
{
    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        const struct trace *trace = evaluation->dataset->items[i].trace;
        if (!scorer_run(scorer, trace_times(trace), trace_column(trace, 0), trace_frame_count(trace),
                        evaluation->nats[i]))
            return false;
    }
    return true;
}

void series_eval_tell(struct series_eval *evaluation, const struct scorer *scorer, double alarm)
{
    bool rests = scorer->kind == SCORER_NOVELTY && scorer->parts & NOVELTY_REST;

    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        const struct trace *trace = evaluation->dataset->items[i].trace;
        if (rests)
            scores_rest(scorer->tuning, trace_column(trace, 0), trace_frame_count(trace), alarm, evaluation->nats[i],
                        evaluation->told[i]);
        else
            memcpy(evaluation->told[i], evaluation->nats[i], trace_frame_count(trace) * sizeof *evaluation->told[i]);
    }
}

/* The moving Gaussian's nats go on for long. */
static double curve_level(const struct scorer *scorer, int step)
{
    return LEVEL_FIRST * pow(scorer->kind == SCORER_NOVELTY ? LEVEL_STEP : 1.08, step);
}

static double level(int step)
{
    return LEVEL_FIRST * pow(LEVEL_STEP, step);
}

/* The level at which the standard profile is highest, that level being the threshold. */
static double best_level(struct series_eval *evaluation, const struct scorer *scorer)
{
    double best = -INFINITY, at = LEVEL_FIRST;

    for (int step = 0; step < LEVELS; step++) {
        series_eval_tell(evaluation, scorer, level(step));
        double score = nab_score_at(evaluation->files, evaluation->dataset->count, NAB_STANDARD, level(step));
        if (score > best) {
            best = score;
            at = level(step);
        }
    }
    return at;
}

static void write_row(struct series_eval *evaluation, const char *name, double alarm)
{
    FILE *page = evaluation->output->page;
    size_t count = evaluation->dataset->count;
    double threshold = alarm;

    fprintf(page, "| %s |", name);
    for (int profile = 0; profile < NAB_PROFILE_COUNT; profile++)
        fprintf(page, " %.2f |",
                nab_score(evaluation->files, count, (enum nab_profile)profile,
                          profile == NAB_STANDARD ? &threshold : NULL));
    struct nab_hits hits = nab_hits_at(evaluation->files, count, threshold);
    size_t told = hits.inside + hits.outside;
    fprintf(page, " %zu of %zu | %.2f | %.0f, %.0f | %.3f | %.2f |\n", hits.found, hits.windows,
            told ? (double)hits.inside / (double)told : NAN, hits.delay_mean, hits.delay_p95,
            (double)hits.outside / evaluation->series_days, threshold);
}

static void write_files(struct series_eval *evaluation, double threshold)
{
    FILE *page = evaluation->output->page;

    fputs("\n| recording | windows found | alarms inside | alarms outside |\n|---|---|---|---|\n", page);
    for (size_t i = 0; i < evaluation->dataset->count; i++) {
        struct nab_hits hits = nab_hits_at(&evaluation->files[i], 1, threshold);
        fprintf(page, "| %s | %zu of %zu | %zu | %zu |\n", evaluation->dataset->items[i].name, hits.found, hits.windows,
                hits.inside, hits.outside);
    }
}

static bool draw(const struct eval_output *output, const char *name, const char *x, const char *y, const char *using,
                 bool roc, struct error_list *errors)
{
    struct page_file file;
    char text[64];

    snprintf(text, sizeof text, "%s.gp", name);
    if (!page_file_open(&file, output->folder, text, errors))
        return false;
    plot_script_begin(file.stream, name, 420);
    fprintf(file.stream,
            "set xlabel '%s'\nset ylabel '%s'\nset yrange [0:1]\nset key %s right\n%s"
            "plot 'curves.csv' using %s every ::1 with lines lw 2 lc rgb '" COLOUR_ISSUE "' title 'all parts', "
            "'curves-gaussian.csv' using %s every ::1 with lines lw 2 lc rgb '" COLOUR_LIMIT
            "' title 'moving Gaussian'\n",
            x, y, roc ? "bottom" : "top", roc ? "set logscale x\nset format x '10^{%L}'\n" : "", using, using);
    if (!page_file_commit(&file, errors))
        return false;
    return gnuplot_run(NULL, output->folder, text, NULL, 60) != GNUPLOT_FAILED;
}

static bool write_curve(struct series_eval *evaluation, const struct scorer *scorer, const char *name,
                        struct error_list *errors)
{
    struct page_file file;

    if (!page_file_open(&file, evaluation->output->folder, name, errors))
        return false;
    fputs("alarm_nats,recall,precision,false_per_series_day,sample_false_rate\n", file.stream);
    for (int step = 0; step < LEVELS; step++) {
        double at = curve_level(scorer, step);
        series_eval_tell(evaluation, scorer, at);
        struct nab_hits hits = nab_hits_at(evaluation->files, evaluation->dataset->count, at);
        size_t told = hits.inside + hits.outside;
        if (told > 0)
            fprintf(file.stream, "%.4f,%.4f,%.4f,%.6f,%.8f\n", at, (double)hits.found / (double)hits.windows,
                    (double)hits.inside / (double)told, (double)hits.outside / evaluation->series_days,
                    (double)hits.outside / (double)hits.samples);
    }
    return page_file_commit(&file, errors);
}

static bool write_curves(struct series_eval *evaluation, struct error_list *errors)
{
    const struct eval_output *output = evaluation->output;
    const struct scorer *gaussian = &SCORERS[SCORER_MOVING_GAUSSIAN];

    if (!series_eval_run(evaluation, gaussian) || !write_curve(evaluation, gaussian, "curves-gaussian.csv", errors) ||
        !series_eval_run(evaluation, &SCORERS[0]) || !write_curve(evaluation, &SCORERS[0], "curves.csv", errors))
        return false;
    fputs("\n![ROC: windows found over the share of quiet samples that are alarms](plots/roc.svg)\n"
          "![Precision over recall](plots/precision_recall.svg)\n",
          output->page);
    return draw(output, "roc", "false alarms per quiet sample", "windows found", "5:2", true, errors) &&
           draw(output, "precision_recall", "windows found (recall)", "alarms inside windows (precision)", "2:3", false,
                errors);
}

static bool make_folders(char *path, size_t from)
{
    for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777); /* what cannot be made cannot be opened, which is told */
        *slash = '/';
    }
    return true;
}

/* FOLDER/scores/NAME, as NAB's own scorer reads them. */
static bool write_scores(const struct series_eval *evaluation, const struct policy *policy, struct error_list *errors)
{
    struct baseline_config config = {.window = policy->baseline.window,
                                     .warm_up = policy->baseline.warm_up,
                                     .qn = policy->baseline.scale == SCALE_QN,
                                     .trend = policy->baseline.trend};

    for (size_t k = 0; k < evaluation->dataset->count; k++) {
        const struct dataset_item *item = &evaluation->dataset->items[k];
        char path[4096], at[HEAL_TIME_TEXT];
        int length = snprintf(path, sizeof path, "%s/scores/%s", evaluation->output->folder, item->name);
        FILE *file =
            length > 0 && (size_t)length < sizeof path && make_folders(path, strlen(evaluation->output->folder) + 1)
                ? fopen(path, "w")
                : NULL;
        if (!file) {
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot be written");
            return false;
        }
        fputs("timestamp,anomaly_score\n", file);
        bool known = scores_calibrate(&config, trace_times(item->trace), trace_column(item->trace, 0),
                                      trace_frame_count(item->trace), evaluation->told[k], evaluation->probability);
        for (size_t i = 0; i < trace_frame_count(item->trace); i++) {
            double p = evaluation->probability[i];
            heal_time_format(trace_times(item->trace)[i], at);
            fprintf(file, "%s,%.17g\n", at, isnan(p) ? 0.0 : 1 - p);
        }
        if (fclose(file) != 0 || !known) {
            error_add(errors, ERROR_ENVIRONMENT, path, 0, NULL, "cannot be written");
            return false;
        }
    }
    return true;
}

static bool evaluate(struct series_eval *evaluation, const struct policy *policy, struct error_list *errors)
{
    FILE *page = evaluation->output->page;
    double alarm = novelty_nats(policy->baseline.alarm_probability), threshold = alarm;
    size_t samples = 0;

    for (size_t i = 0; i < evaluation->dataset->count; i++)
        samples += evaluation->files[i].count;
    fprintf(page,
            "%zu recordings, %zu samples, %.0f series-days behind probation. Alarm level of the policy: "
            "probability %g, %.2f nats.\n\n"
            "| detector | standard | reward low FP | reward low FN | windows found | precision | delay in samples: "
            "mean, P95 | false alarms per series-day | threshold (nats) |\n|---|---|---|---|---|---|---|---|---|\n",
            evaluation->dataset->count, samples, evaluation->series_days, policy->baseline.alarm_probability, alarm);
    if (!series_eval_run(evaluation, &SCORERS[0]))
        return false;
    series_eval_tell(evaluation, &SCORERS[0], alarm);
    if (evaluation->output->scores && !write_scores(evaluation, policy, errors))
        return false;
    nab_score(evaluation->files, evaluation->dataset->count, NAB_STANDARD, &threshold);
    write_row(evaluation, "**the policy's setting**", alarm);
    for (size_t i = 0; i < SCORER_COUNT; i++) {
        if (!series_eval_run(evaluation, &SCORERS[i]))
            return false;
        double best = best_level(evaluation, &SCORERS[i]);
        series_eval_tell(evaluation, &SCORERS[i], best);
        write_row(evaluation, SCORERS[i].name, best);
    }
    if (evaluation->output->robustness && !eval_robustness(evaluation, policy->baseline.alarm_probability))
        return false;
    if (!series_eval_run(evaluation, &SCORERS[0]))
        return false;
    series_eval_tell(evaluation, &SCORERS[0], alarm);
    write_files(evaluation, threshold);
    return write_curves(evaluation, errors);
}

bool eval_windows(const char *folder, const struct policy *policy, const struct eval_output *output,
                  struct error_list *errors)
{
    struct dataset dataset;
    struct series_eval evaluation = {.dataset = &dataset, .output = output};

    if (!dataset_open(folder, &dataset, errors))
        return false;
    fprintf(output->page, "\n## Single series: %s\n\n", folder);
    bool good = prepare(&evaluation) && evaluate(&evaluation, policy, errors);
    if (!good && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, folder, 0, NULL, "out of memory, or gnuplot failed");
    clear(&evaluation);
    dataset_clear(&dataset);
    return good;
}
