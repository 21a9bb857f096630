/* eval_incidents.c - the whole engine over a recording with labelled faults. */
#include "cli/eval_parts.h"
#include "cli/policy_move.h"

#include "engine/engine.h"
#include "replay/scoring.h"
#include "reports/calibration.h"
#include "reports/incidents.h"
#include "reports/statistics.h"
#include "sim/fault.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPISODES_MAX = 1 << 16, SAMPLES_IN_TIME = 3 };

struct listener {
    struct episode *episodes;
    size_t count, echoes;
};

/* What of the policy is switched off. */
enum variant {
    WHOLE,
    THRESHOLDS_ALONE,
    BASELINES_ALONE,
    ECHOES_OPEN,
    NO_HASTE,
    SCALE_BY_QN,
    TREND_FOLLOWED,
    NOTHING_BORROWED,
    LATENCY_NEWS,
    ALL_NEWS,
    VARIANT_COUNT
};
static const char *const VARIANTS[VARIANT_COUNT] = {
    [WHOLE] = "**the policy's setting**",
    [THRESHOLDS_ALONE] = "thresholds alone",
    [BASELINES_ALONE] = "baselines alone",
    [ECHOES_OPEN] = "echoes not attached",
    [NO_HASTE] = "the hold waited for at the limit, too",
    [SCALE_BY_QN] = "spread by Qn for the MAD",
    [TREND_FOLLOWED] = "trends followed",
    [NOTHING_BORROWED] = "no scale borrowed from siblings",
    [LATENCY_NEWS] = "surprise opens issues of latency, too",
    [ALL_NEWS] = "surprise opens issues of every type with a baseline, too",
};

static void no_action(void *context, heal_time now, const struct action *action)
{
    (void)context;
    (void)now;
    (void)action;
}

static void hear(void *context, const struct decision *decision)
{
    struct listener *listener = context;
    bool opened = decision->kind == DECISION_ISSUE_OPENED || decision->kind == DECISION_ISSUE_REOPENED;

    listener->echoes += decision->kind == DECISION_EVIDENCE && decision->type != ISSUE_NONE;
    if (opened && listener->count < EPISODES_MAX)
        listener->episodes[listener->count++] =
            (struct episode){.at = decision->at, .resource = decision->resource, .type = decision->type};
}

static void switch_off(struct policy_rule *rule, enum variant variant)
{
    if (variant == THRESHOLDS_ALONE) {
        rule->baseline = rule->surprise = false;
        rule->unless_normal = 0.0;
    }
    if (variant == BASELINES_ALONE)
        rule->above = rule->below = rule->critical_above = rule->critical_below = (double)NAN;
    if (variant == ECHOES_OPEN)
        rule->symptom = false;
    if (variant == NO_HASTE)
        rule->critical_at_once = false;
    if (variant == LATENCY_NEWS && rule->issue == ISSUE_NETWORK_LATENCY && rule->baseline)
        rule->surprise = true;
    if (variant == ALL_NEWS && rule->issue != ISSUE_NONE && rule->baseline)
        rule->surprise = true;
}

/* What is changed in the policy: a part is switched off, or (which < POLICY_MOVES) a figure moved. */
struct change {
    enum variant variant;
    size_t which;
    double factor;
};

static bool listen(const struct bundle *bundle, const struct change *change, struct listener *listener)
{
    enum variant variant = change->variant;
    struct policy policy = *bundle->policy;
    struct policy_rule *rules = calloc(policy.rule_count + 1, sizeof *rules);
    struct trace_cursor *cursor = trace_cursor_create(bundle->trace);
    struct engine *engine = NULL;
    const double *values;
    heal_time at;

    listener->count = listener->echoes = 0;
    if (rules && cursor) {
        for (size_t i = 0; i < policy.rule_count; i++) {
            rules[i] = policy.rules[i];
            switch_off(&rules[i], variant);
        }
        policy.rules = rules;
        policy.dry_run = true;
        policy.baseline.scale = variant == SCALE_BY_QN ? SCALE_QN : policy.baseline.scale;
        policy.baseline.trend = policy.baseline.trend || variant == TREND_FOLLOWED;
        policy.baseline.siblings = policy.baseline.siblings && variant != NOTHING_BORROWED;
        if (change->which < POLICY_MOVES)
            policy_move(&policy, change->which, change->factor);
        engine = engine_create(&policy, bundle->inventory, 1, (struct world_port){NULL, no_action},
                               (struct journal_port){listener, hear});
    }
    while (engine && (values = trace_cursor_next(cursor, &at)))
        engine_frame(engine, at, values);
    bool good = engine != NULL;
    engine_destroy(engine);
    trace_cursor_destroy(cursor);
    free(rules);
    return good;
}

static size_t take_labels(const struct bundle *bundle, const struct labels *labels, bool counted,
                          struct incident *incidents)
{
    for (size_t i = 0; i < labels->count; i++) {
        const struct label *label = &labels->items[i];
        const struct fault_kind *kind = fault_kind_find(bundle->catalogue, label->fault_type);
        incidents[i] = (struct incident){
            .resource = inventory_find_resource(bundle->inventory, label->resource, strlen(label->resource)),
            .type = kind ? kind->issue : ISSUE_NONE,
            .counted = counted,
            .onset = label->start,
            .end = label->end,
        };
    }
    return labels->count;
}

/* What the figures are made from, one variant's run. */
struct outcome {
    struct incident *incidents;
    size_t incident_count, label_count;
    struct listener listener;
    heal_time quiet_from; /* behind the last label and its grace */
    heal_duration length;
    heal_duration spacing;
};

static bool is_typed(const struct outcome *outcome, size_t i)
{
    return outcome->incidents[i].type != ISSUE_NONE;
}

struct tally {
    size_t typed, in_time, any; /* faults: that name a type, told right and in time, told at all */
    size_t hits, wrong, quiet;  /* issues: that a fault explains, false, of those in the quiet time */
};

static struct tally tally_of(const struct outcome *outcome)
{
    struct tally tally = {0};

    for (size_t i = 0; i < outcome->label_count; i++) {
        const struct incident *incident = &outcome->incidents[i];
        tally.typed += is_typed(outcome, i);
        tally.in_time += is_typed(outcome, i) && incident->episode != SIZE_MAX;
        tally.any += incident->any != SIZE_MAX;
    }
    for (size_t i = 0; i < outcome->listener.count; i++) {
        const struct episode *episode = &outcome->listener.episodes[i];
        tally.wrong += episode->is_false;
        tally.quiet += episode->is_false && episode->at >= outcome->quiet_from;
        tally.hits += !episode->is_false && !episode->on_suspect;
    }
    return tally;
}

static void write_outcome(FILE *page, const char *name, const struct outcome *outcome, const struct bundle *bundle)
{
    struct tally tally = tally_of(outcome);
    size_t delays = 0;
    double *seconds = calloc(outcome->incident_count + 1, sizeof *seconds);

    for (size_t i = 0; i < outcome->label_count; i++) {
        const struct incident *incident = &outcome->incidents[i];
        if (seconds && incident->episode != SIZE_MAX)
            seconds[delays++] =
                (double)(outcome->listener.episodes[incident->episode].at - incident->onset) / (double)HEAL_SECOND;
    }
    double days = (double)inventory_resource_count(bundle->inventory) * (double)outcome->length / (double)HEAL_DAY;
    struct figure figure = seconds ? statistics_figure(seconds, delays, 1, "delay") : (struct figure){.n = 0};
    fprintf(page, "| %s | %zu of %zu | %zu of %zu | %.2f | %.0f s, %.0f s | %zu | %zu | %.3f | %zu | %zu |\n", name,
            tally.in_time, tally.typed, tally.any, outcome->label_count,
            tally.hits + tally.wrong ? (double)tally.hits / (double)(tally.hits + tally.wrong) : (double)NAN,
            figure.mean, figure.p95, tally.wrong, tally.quiet, (double)tally.wrong / days, outcome->listener.count,
            outcome->listener.echoes);
    free(seconds);
}

static void write_confusion(FILE *page, const struct outcome *outcome)
{
    size_t cells[ISSUE_TYPE_COUNT + 1][ISSUE_TYPE_COUNT + 1] = {{0}};

    for (size_t i = 0; i < outcome->label_count; i++) {
        const struct incident *incident = &outcome->incidents[i];
        size_t best = incident->episode != SIZE_MAX ? incident->episode : incident->any;
        enum issue_type found = best == SIZE_MAX ? ISSUE_NONE : outcome->listener.episodes[best].type;
        cells[incident->type][found]++;
    }
    fputs("\nWhat faults of a type were first called (rows: what the label means, `none`: code faults that name no "
          "type; columns: the issue, `none`: no issue):\n\n| fault \\ issue |",
          page);
    for (unsigned type = 0; type <= ISSUE_TYPE_COUNT; type++)
        fprintf(page, " %s |", issue_type_name((enum issue_type)type));
    fputs("\n|---|---|---|---|---|---|---|---|---|---|---|\n", page);
    for (size_t row = 0; row <= ISSUE_TYPE_COUNT; row++) {
        size_t sum = 0;
        for (size_t column = 0; column <= ISSUE_TYPE_COUNT; column++)
            sum += cells[row][column];
        if (sum == 0)
            continue;
        fprintf(page, "| %s |", issue_type_name((enum issue_type)row));
        for (size_t column = 0; column <= ISSUE_TYPE_COUNT; column++)
            fprintf(page, " %zu |", cells[row][column]);
        fputc('\n', page);
    }
}

static void write_faults(FILE *page, const struct outcome *outcome, const struct bundle *bundle)
{
    fputs("\n| onset | fault | resource | first right issue | after |\n|---|---|---|---|---|\n", page);
    for (size_t i = 0; i < outcome->label_count; i++) {
        const struct incident *incident = &outcome->incidents[i];
        const struct label *label = &bundle->labels.items[i];
        char at[HEAL_TIME_TEXT];
        heal_time_format(incident->onset, at);
        fprintf(page, "| %.19s | %s | %s |", at, label->fault_type, label->resource);
        if (incident->episode == SIZE_MAX) {
            fputs(" none | |\n", page);
            continue;
        }
        const struct episode *episode = &outcome->listener.episodes[incident->episode];
        fprintf(page, " %s on %s | %lld s |\n", issue_type_name(episode->type),
                inventory_resource_id(bundle->inventory, episode->resource),
                (long long)((episode->at - incident->onset) / HEAL_SECOND));
    }
}

static void write_false(FILE *page, const struct outcome *outcome, const struct bundle *bundle)
{
    fputs("\nFalse issues:\n\n", page);
    for (size_t i = 0; i < outcome->listener.count; i++) {
        const struct episode *episode = &outcome->listener.episodes[i];
        char at[HEAL_TIME_TEXT];
        if (!episode->is_false)
            continue;
        heal_time_format(episode->at, at);
        fprintf(page, "- %.19s %s on %s%s\n", at, issue_type_name(episode->type),
                inventory_resource_id(bundle->inventory, episode->resource),
                episode->at >= outcome->quiet_from ? " (in the quiet time)" : "");
    }
}

/* Whether the scores of the quiet time are what they say; false when out of memory. */
static bool write_calibration(FILE *page, const struct outcome *outcome, const struct bundle *bundle)
{
    static const double LEVELS[] = {0.5, 0.2, 0.1, 0.03, 0.01, 0.003, 0.001};
    const struct policy_baseline *baseline = &bundle->policy->baseline;
    struct baseline_config config = {baseline->window, baseline->warm_up, baseline->scale == SCALE_QN, baseline->trend};
    size_t frames = trace_frame_count(bundle->trace), series = trace_series_count(bundle->trace), known = 0;
    double *nats = calloc(frames, sizeof *nats), *p = calloc(frames, sizeof *p);
    double *all = calloc(frames * series, sizeof *all);
    bool good = nats && p && all;

    for (size_t k = 0; good && k < series; k++) {
        const double *values = trace_column(bundle->trace, k);
        good = scorer_run(&SCORERS[0], trace_times(bundle->trace), values, frames, nats) &&
               scores_calibrate(&config, trace_times(bundle->trace), values, frames, nats, p);
        for (size_t i = 0; i < frames; i++) {
            if (trace_times(bundle->trace)[i] >= outcome->quiet_from && !isnan(p[i]))
                all[known++] = p[i];
        }
    }
    if (good && known > 0) {
        struct calibration found = calibration_of(all, known);
        fprintf(page,
                "\nScores in the quiet time, %zu samples of all series, held beside what they say "
                "(Kolmogorov-Smirnov distance %.3f: p too small by %.3f at most, too large by %.3f, as ties make "
                "it):\n\n| p at most |",
                known, fmax(found.bold, found.shy), found.bold, found.shy);
        for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++)
            fprintf(page, " %g |", LEVELS[i]);
        fputs("\n|---|---|---|---|---|---|---|---|\n| share of samples |", page);
        for (size_t i = 0; i < sizeof LEVELS / sizeof *LEVELS; i++)
            fprintf(page, " %.2g |", calibration_share(all, known, LEVELS[i]));
        fputc('\n', page);
    }
    free(nats);
    free(p);
    free(all);
    return good;
}

static bool run(const struct bundle *bundle, const struct change *change, heal_duration grace, struct outcome *outcome)
{
    if (!listen(bundle, change, &outcome->listener))
        return false;
    incidents_match(outcome->incidents, outcome->incident_count, outcome->listener.episodes, outcome->listener.count,
                    bundle->inventory, SAMPLES_IN_TIME * outcome->spacing, grace);
    return true;
}

/* Each figure of the policy alone by four factors. */
static bool write_moves(FILE *page, const struct bundle *bundle, heal_duration grace, struct outcome *outcome)
{
    static const double FACTORS[] = {0.5, 0.8, 1.25, 2};

    fputs("\nWhen one figure of all rules, or of the baselines, is moved by a factor: right issues in time, and false "
          "issues (in the quiet time).\n\n| figure | x 0.5 | x 0.8 | x 1.25 | x 2 |\n|---|---|---|---|---|\n",
          page);
    for (size_t which = 0; which < POLICY_MOVES; which++) {
        fprintf(page, "| %s |", POLICY_MOVE_NAMES[which]);
        for (size_t k = 0; k < sizeof FACTORS / sizeof *FACTORS; k++) {
            if (!run(bundle, &(struct change){WHOLE, which, FACTORS[k]}, grace, outcome))
                return false;
            struct tally tally = tally_of(outcome);
            fprintf(page, " %zu of %zu, %zu (%zu) |", tally.in_time, tally.typed, tally.wrong, tally.quiet);
        }
        fputc('\n', page);
    }
    return run(bundle, &(struct change){WHOLE, POLICY_MOVES, 1}, grace, outcome);
}

static bool evaluate(const struct bundle *bundle, heal_duration grace, const struct eval_output *output,
                     struct outcome *outcome)
{
    FILE *page = output->page;
    const heal_time *times = trace_times(bundle->trace);
    size_t frames = trace_frame_count(bundle->trace);

    outcome->label_count = take_labels(bundle, &bundle->labels, true, outcome->incidents);
    outcome->incident_count =
        outcome->label_count + take_labels(bundle, &bundle->suspects, false, outcome->incidents + outcome->label_count);
    outcome->length = times[frames - 1] - times[0];
    outcome->spacing = frames > 1 ? outcome->length / (heal_duration)(frames - 1) : HEAL_MINUTE;
    for (size_t i = 0; i < outcome->label_count; i++) {
        if (outcome->incidents[i].end + grace > outcome->quiet_from)
            outcome->quiet_from = outcome->incidents[i].end + grace;
    }
    fprintf(page,
            "%zu series of %zu resources, %zu samples each, %zu faults, of which those that name a type must be told "
            "within %d samples; %.1f quiet hours at the end.\n\n"
            "| setting | right issue in time | any issue beside | precision | delay: mean, P95 | false issues | false "
            "in the quiet time | false per resource-day | issues | echoes attached |\n"
            "|---|---|---|---|---|---|---|---|---|---|\n",
            trace_series_count(bundle->trace), inventory_resource_count(bundle->inventory), frames,
            outcome->label_count, SAMPLES_IN_TIME,
            (double)(times[frames - 1] - outcome->quiet_from) / (double)HEAL_HOUR);
    for (int variant = VARIANT_COUNT - 1; variant >= 0; variant--) { /* the whole last: it is looked at closer */
        if (!run(bundle, &(struct change){(enum variant)variant, POLICY_MOVES, 1}, grace, outcome))
            return false;
        write_outcome(page, VARIANTS[variant], outcome, bundle);
    }
    if (output->robustness && !write_moves(page, bundle, grace, outcome))
        return false;
    write_confusion(page, outcome);
    write_faults(page, outcome, bundle);
    write_false(page, outcome, bundle);
    return write_calibration(page, outcome, bundle);
}

bool eval_incidents(const char *trace, const struct bundle_options *options, heal_duration grace,
                    const struct eval_output *output, struct error_list *errors)
{
    struct bundle bundle = {0};
    struct outcome outcome = {0};

    if (!bundle_trace(&bundle, trace, options, errors)) {
        bundle_clear(&bundle);
        return false;
    }
    outcome.incidents = calloc(bundle.labels.count + bundle.suspects.count + 1, sizeof *outcome.incidents);
    outcome.listener.episodes = calloc(EPISODES_MAX, sizeof *outcome.listener.episodes);
    fprintf(output->page, "\n## Incidents: %s\n\n", trace);
    bool good = outcome.incidents && outcome.listener.episodes && evaluate(&bundle, grace, output, &outcome);
    if (!good)
        error_add(errors, ERROR_ENVIRONMENT, trace, 0, NULL, "out of memory");
    free(outcome.incidents);
    free(outcome.listener.episodes);
    bundle_clear(&bundle);
    return good;
}
