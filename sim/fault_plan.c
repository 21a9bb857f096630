/* fault_plan.c - drawing faults, and their course from onset to cure. */
#include "sim/fault_plan.h"

#include "engine/error.h"
#include "engine/policy.h"
#include "engine/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct bend *bends_of(const struct fault_spec *spec, size_t *count)
{
    *count = spec->bend_count ? spec->bend_count : spec->kind->bend_count;
    return spec->bend_count ? spec->bends : spec->kind->bends;
}

/* Calls of the pair (series, bend) that a fault on `target` meets; with `out`
 * NULL only counts. */
static size_t match_series(const struct inventory *inventory, uint32_t resource, const struct bend *bend,
                           struct bent_series *out)
{
    size_t count, found = 0;
    const uint32_t *series = inventory_resource_series(inventory, resource, &count);

    for (size_t i = 0; i < count; i++) {
        if (!series_glob_match(bend->metric, inventory_series_metric(inventory, series[i])))
            continue;
        if (out)
            out[found] = (struct bent_series){series[i], bend, bend->magnitude};
        found++;
    }
    return found;
}

static bool is_link(const struct inventory *inventory, uint32_t resource)
{
    return strncmp(inventory_resource_id(inventory, resource), "link/", 5) == 0;
}

/* Series of the target's neighbours: the links that call it, or what hangs on it. */
static size_t match_neighbours(const struct inventory *inventory, uint32_t target, const struct bend *bend,
                               struct bent_series *out)
{
    size_t count, found = 0;
    const struct inventory_edge *edges = inventory_edges(inventory, &count);

    for (size_t i = 0; i < count; i++) {
        bool call = edges[i].relation == RELATION_CALLS;
        if (edges[i].target != target || (bend->callers ? !call || !is_link(inventory, edges[i].source) : call))
            continue;
        found += match_series(inventory, edges[i].source, bend, out ? out + found : NULL);
    }
    return found;
}

static size_t match_bends(const struct inventory *inventory, uint32_t target, const struct fault_spec *spec,
                          struct bent_series *out)
{
    size_t bend_count, found = 0;
    const struct bend *bends = bends_of(spec, &bend_count);

    for (size_t i = 0; i < bend_count; i++) {
        struct bent_series *here = out ? out + found : NULL;
        found += bends[i].callers || bends[i].below ? match_neighbours(inventory, target, &bends[i], here)
                                                    : match_series(inventory, target, &bends[i], here);
    }
    return found;
}

/* The resources that a line can strike: named by its glob, with a series to bend. */
static size_t candidates(const struct inventory *inventory, const struct fault_spec *spec, uint32_t *out)
{
    size_t found = 0;

    for (uint32_t i = 0; i < inventory_resource_count(inventory); i++) {
        if (series_glob_match(spec->target, inventory_resource_id(inventory, i)) &&
            match_bends(inventory, i, spec, NULL) > 0)
            out[found++] = i;
    }
    return found;
}

static const struct cause *draw_cause(const struct fault_spec *spec, struct random_stream *stream)
{
    double total = 0.0, at = random_uniform(stream);

    for (size_t i = 0; i < spec->kind->cause_count; i++) {
        if (spec->cause && strcmp(spec->cause, spec->kind->causes[i].name) == 0)
            return &spec->kind->causes[i];
        total += spec->kind->causes[i].weight;
    }
    at *= total;
    for (size_t i = 0; i + 1 < spec->kind->cause_count; i++) {
        at -= spec->kind->causes[i].weight;
        if (at < 0.0)
            return &spec->kind->causes[i];
    }
    return &spec->kind->causes[spec->kind->cause_count - 1];
}

struct line_draws {
    struct random_stream onset, target, cause, magnitude;
};

/* Lines before `line` of the same kind and target. */
static size_t twins_before(const struct scenario *scenario, size_t line)
{
    const struct fault_spec *spec = &scenario->faults[line];
    size_t twins = 0;

    for (size_t i = 0; i < line; i++)
        twins += scenario->faults[i].kind == spec->kind && strcmp(scenario->faults[i].target, spec->target) == 0;
    return twins;
}

/* A line is known by what it says, not by where it stands: a line put in above
 * it changes none of its draws. */
static struct line_draws streams_of(const struct scenario *scenario, size_t line, uint32_t replication)
{
    const struct fault_spec *spec = &scenario->faults[line];
    struct random_stream own =
        random_stream_named(scenario->seed, spec->kind->name, spec->target, twins_before(scenario, line));
    uint64_t seed = random_bits(&own);

    return (struct line_draws){
        random_stream_named(seed, "fault", "onset", replication),
        random_stream_named(seed, "fault", "target", replication),
        random_stream_named(seed, "fault", "cause", replication),
        random_stream_named(seed, "fault", "magnitude", replication),
    };
}

static struct fault *next_fault(struct fault_plan *plan)
{
    if (plan->count == plan->capacity) {
        size_t capacity = plan->capacity ? 2 * plan->capacity : 16;
        struct fault *faults = realloc(plan->faults, capacity * sizeof *faults);
        if (!faults)
            return NULL;
        plan->faults = faults;
        plan->capacity = capacity;
    }
    return &plan->faults[plan->count++];
}

static bool add_fault(struct fault_plan *plan, const struct inventory *inventory, const struct fault_spec *spec,
                      uint32_t target, heal_time onset, struct line_draws *draws)
{
    struct fault *fault = next_fault(plan);

    if (!fault)
        return false;
    *fault = (struct fault){.spec = spec,
                            .cause = draw_cause(spec, &draws->cause),
                            .target = target,
                            .onset = onset,
                            .series_count = match_bends(inventory, target, spec, NULL),
                            .cured_at = HEAL_TIME_NEVER,
                            .cured_by = ACTION_KIND_COUNT};
    fault->series = arena_array(plan->arena, fault->series_count, sizeof *fault->series);
    if (!fault->series)
        return false;
    match_bends(inventory, target, spec, fault->series);
    double normal = random_normal(&draws->magnitude); /* one per fault: its series are bent alike */
    for (size_t i = 0; i < fault->series_count; i++)
        fault->series[i].magnitude *= fmax(0.0, 1.0 + fault->series[i].bend->jitter * normal);
    return true;
}

/* The offset from the start before which a line strikes nothing. */
static heal_duration first_offset(const struct scenario *scenario, const struct fault_spec *spec)
{
    return spec->onset == ONSET_AT || spec->at > scenario->warm_up ? spec->at : scenario->warm_up;
}

static heal_time next_onset(const struct fault_spec *spec, heal_time last, struct random_stream *stream)
{
    if (spec->onset == ONSET_PERIODIC)
        return last + spec->every;
    double gap = random_exponential(stream, (double)spec->every);
    return gap < (double)(HEAL_TIME_NEVER - last) / 2 ? last + (heal_duration)gap + 1 : HEAL_TIME_NEVER;
}

static bool plan_line(struct fault_plan *plan, const struct scenario *scenario, size_t line,
                      const struct inventory *inventory, heal_time start, heal_duration duration, uint32_t replication,
                      uint32_t *targets)
{
    const struct fault_spec *spec = &scenario->faults[line];
    struct line_draws draws = streams_of(scenario, line, replication);
    size_t target_count = candidates(inventory, spec, targets);
    heal_time onset = start + first_offset(scenario, spec);

    if (spec->onset == ONSET_POISSON)
        onset = next_onset(spec, onset, &draws.onset);
    while (target_count > 0 && onset - start < duration) {
        uint32_t target = targets[random_below(&draws.target, target_count)];
        if (!add_fault(plan, inventory, spec, target, onset, &draws))
            return false;
        if (spec->onset == ONSET_AT)
            break;
        onset = next_onset(spec, onset, &draws.onset);
    }
    return true;
}

struct fault_plan *fault_plan_create(const struct scenario *scenario, const struct inventory *inventory,
                                     heal_time start, heal_duration duration, uint32_t replication)
{
    struct arena *arena = arena_create();
    struct fault_plan *plan = arena ? arena_alloc(arena, sizeof *plan) : NULL;
    uint32_t *targets = calloc(inventory_resource_count(inventory) + 1, sizeof *targets);
    bool good = plan && targets;

    if (plan)
        plan->arena = arena;
    for (size_t line = 0; good && line < scenario->fault_count; line++)
        good = plan_line(plan, scenario, line, inventory, start, duration, replication, targets);
    free(targets);
    if (good)
        return plan;
    if (plan)
        fault_plan_destroy(plan);
    else
        arena_destroy(arena);
    return NULL;
}

void fault_plan_destroy(struct fault_plan *plan)
{
    if (!plan)
        return;
    free(plan->faults);
    arena_destroy(plan->arena); /* the plan lies in it */
}

void fault_bend(const struct fault *fault, heal_time now, double *values)
{
    heal_duration recovery = fault->spec->kind->recovery;
    heal_time until = fault->state == FAULT_FADING ? fault->cured_at : now; /* a cured leak grows no more */
    double share = 1.0;

    if (fault->state == FAULT_FADING)
        share = recovery > 0 ? 1.0 - (double)(now - fault->cured_at) / (double)recovery : 0.0;
    if ((fault->state != FAULT_ACTIVE && fault->state != FAULT_FADING) || share <= 0.0)
        return;
    for (size_t i = 0; i < fault->series_count; i++) {
        const struct bent_series *bent = &fault->series[i];
        double healthy = values[bent->series];
        double value = bend_apply(bent->bend, bent->magnitude, healthy, until - fault->since);
        values[bent->series] = isnan(value) ? value : healthy + (value - healthy) * share;
    }
}

bool fault_is_felt(const struct fault *fault)
{
    return fault->state == FAULT_ACTIVE || fault->state == FAULT_RELIEVED;
}

void fault_strike(struct fault *fault, heal_time now)
{
    fault->state = FAULT_ACTIVE;
    fault->since = now;
}

void fault_cure(struct fault *fault, heal_time now, enum fault_end by, enum action_kind action, uint64_t remediation)
{
    fault->state = FAULT_FADING;
    fault->cured_at = now;
    fault->ended_by = by;
    fault->cured_by = action;
    fault->cured_in = remediation;
}

/* By now the fault would have ended, or its cause have gone, without any help. */
static bool has_passed(const struct fault *fault, heal_time now)
{
    heal_duration lasts = fault->spec->lasts, passes = fault->cause->passes;
    heal_duration age = now - fault->onset;

    return (lasts > 0 && age >= lasts) || (passes > 0 && age >= passes);
}

enum fault_effect fault_take_action(struct fault *fault, enum action_kind kind, uint64_t remediation, heal_time now)
{
    bool undoes = fault->cured_by != ACTION_KIND_COUNT && action_inverse(fault->cured_by) == kind &&
                  fault->cured_in == remediation && !has_passed(fault, now);

    if ((fault->state == FAULT_FADING || fault->state == FAULT_OVER) && undoes) {
        fault->ended_by = FAULT_STANDS;
        fault->cured_at = HEAL_TIME_NEVER;
        fault->cured_by = ACTION_KIND_COUNT;
        fault_strike(fault, now);
        return FAULT_CURE_UNDONE;
    }
    if (!fault_is_felt(fault))
        return FAULT_UNTOUCHED;
    if (fault->cause->cures[kind])
        return FAULT_CURE_STARTS;
    if (fault->cause->relieves[kind]) {
        fault->state = FAULT_RELIEVED;
        fault->since = HEAL_TIME_NEVER;
        fault->relieved_until = now + fault->cause->relief;
        return FAULT_RELIEF_STARTS;
    }
    return FAULT_UNTOUCHED;
}

bool fault_relief_is_over(const struct fault *fault, heal_time now)
{
    return fault->state == FAULT_RELIEVED && now >= fault->relieved_until;
}

/* How many faults a line gives: exactly, or on average where that is drawn. */
static double expected_faults(const struct scenario *scenario, const struct fault_spec *spec, heal_duration duration)
{
    heal_duration span = duration - first_offset(scenario, spec);

    if (span <= 0)
        return 0.0;
    if (spec->onset == ONSET_AT)
        return 1.0;
    int64_t periods = (span - 1) / spec->every + 1;
    return spec->onset == ONSET_PERIODIC ? (double)periods : (double)span / (double)spec->every;
}

bool fault_plan_check(const struct scenario *scenario, const struct inventory *inventory, heal_duration duration,
                      struct error_list *errors)
{
    uint32_t *targets = calloc(inventory_resource_count(inventory) + 1, sizeof *targets);
    size_t before = errors->count;
    double total = 0.0;

    if (!targets) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return false;
    }
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct fault_spec *spec = &scenario->faults[i];
        double expected = expected_faults(scenario, spec, duration);
        if (candidates(inventory, spec, targets) == 0)
            error_add(errors, ERROR_INPUT, scenario->file, spec->line, "target",
                      "no resource matches \"%s\" with a series that %s bends", spec->target, spec->kind->name);
        else if (total <= FAULTS_MAX && total + expected > FAULTS_MAX)
            error_add(errors, ERROR_INPUT, scenario->file, spec->line, "faults",
                      "with this line %.0f faults strike in one replication, expected at most %d", total + expected,
                      FAULTS_MAX);
        total += expected;
    }
    free(targets);
    return errors->count == before;
}
