/* fault_plan.c - drawing faults, and their course from onset to cure. */
#include "sim/fault_plan.h"

#include "engine/error.h"
#include "engine/policy.h"
#include "engine/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct strains *strains_of(const struct fault_spec *spec, const struct cause *cause)
{
    return cause->strains.count > 0 ? &cause->strains : &spec->kind->strains;
}

static const struct bend *bends_of(const struct fault_spec *spec, size_t *count)
{
    *count = spec->bend_count ? spec->bend_count : spec->kind->bend_count;
    return spec->bend_count ? spec->bends : spec->kind->bends;
}

/* Where faults can strike. */
struct places {
    const struct inventory *inventory;
    const struct inventory *knobs;      /* NULL: no cluster */
    const struct cluster_spec *cluster; /* likewise */
};

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

/* Series of the target's neighbours: the links that call it, or what hangs on it. */
static size_t match_neighbours(const struct inventory *inventory, uint32_t target, const struct bend *bend,
                               struct bent_series *out)
{
    size_t count, found = 0;
    const struct inventory_edge *edges = inventory_edges(inventory, &count);

    for (size_t i = 0; i < count; i++) {
        bool call = edges[i].relation == RELATION_CALLS;
        if (edges[i].target != target ||
            (bend->callers ? !call || !inventory_has_kind(inventory, edges[i].source, "link") : call))
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

/* The resource of the knobs that stands where `place` says, seen from the target. */
static uint32_t place_of(const struct places *places, uint32_t target, enum strain_place place)
{
    uint32_t there = target;

    if (place == STRAIN_AT_OWNER)
        there = inventory_target(places->inventory, target, RELATION_OWNED_BY);
    else if (place != STRAIN_AT_TARGET)
        there = inventory_target(places->inventory, target, RELATION_RUNS_ON);
    if (place == STRAIN_AT_ZONE && there != RESOURCE_NONE &&
        inventory_target(places->inventory, there, RELATION_RUNS_ON) != RESOURCE_NONE)
        there = inventory_target(places->inventory, there, RELATION_RUNS_ON);
    const char *id = inventory_resource_id(places->inventory, there == RESOURCE_NONE ? target : there);
    return inventory_find_resource(places->knobs, id, strlen(id));
}

/* The knobs of the target that a fault of this cause turns. */
static size_t match_strains(const struct places *places, uint32_t target, const struct fault_spec *spec,
                            const struct cause *cause, struct bent_series *out)
{
    const struct strains *strains = strains_of(spec, cause);
    size_t found = 0;

    for (size_t i = 0; places->knobs && i < strains->count; i++) {
        uint32_t resource = place_of(places, target, strains->items[i].place);
        if (resource != RESOURCE_NONE)
            found += match_series(places->knobs, resource, &strains->items[i], out ? out + found : NULL);
    }
    return found;
}

static bool is_strained(const struct places *places, uint32_t target, const struct fault_spec *spec)
{
    for (size_t i = 0; i < spec->kind->cause_count; i++) {
        if (match_strains(places, target, spec, &spec->kind->causes[i], NULL) > 0)
            return true;
    }
    return false;
}

/* The resources that a line can strike: named by its glob, with a series to bend or
 * a knob to turn. Pods that are not there from the start are nobody's target. */
static size_t candidates(const struct places *places, const struct fault_spec *spec, uint32_t *out)
{
    size_t found = 0;

    for (uint32_t i = 0; i < inventory_resource_count(places->inventory); i++) {
        const char *id = inventory_resource_id(places->inventory, i);
        if (series_glob_match(spec->target, id) && !(places->cluster && cluster_is_spare(places->cluster, id)) &&
            (match_bends(places->inventory, i, spec, NULL) > 0 || is_strained(places, i, spec)))
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
    struct random_stream onset, target, cause, magnitude, lasts, chance;
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
        random_stream_named(seed, "fault", "lasts", replication),
        random_stream_named(seed, "fault", "chance", replication),
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

static bool bend_series(struct fault_plan *plan, const struct places *places, struct fault *fault,
                        struct random_stream *magnitude)
{
    size_t strained = match_strains(places, fault->target, fault->spec, fault->cause, NULL);

    fault->strains = strained > 0;
    fault->series_count = fault->strains ? strained : match_bends(places->inventory, fault->target, fault->spec, NULL);
    fault->series = arena_array(plan->arena, fault->series_count, sizeof *fault->series);
    if (!fault->series)
        return false;
    fault->place = fault->target;
    if (fault->strains) {
        match_strains(places, fault->target, fault->spec, fault->cause, fault->series);
        const char *id =
            inventory_resource_id(places->knobs, inventory_series_resource(places->knobs, fault->series[0].series));
        fault->place = inventory_find_resource(places->inventory, id, strlen(id));
    } else {
        match_bends(places->inventory, fault->target, fault->spec, fault->series);
    }
    double normal = random_normal(magnitude); /* one per fault: its series are bent alike */
    double severity = fault->spec->severity > 0.0 ? fault->spec->severity : 1.0;
    for (size_t i = 0; i < fault->series_count; i++)
        fault->series[i].magnitude *= severity * fmax(0.0, 1.0 + fault->series[i].bend->jitter * normal);
    return true;
}

static heal_duration draw_span(const struct fault_spec *spec, struct random_stream *stream)
{
    const struct log_normal *drawn = &spec->lasts_drawn;

    if (drawn->mean_seconds <= 0.0)
        return spec->lasts;
    double seconds = random_log_normal(stream, drawn->mean_seconds, drawn->sd_seconds);
    return 1 + (heal_duration)(fmin(seconds, 1e9) * (double)HEAL_SECOND);
}

static bool add_fault(struct fault_plan *plan, const struct places *places, const struct fault_spec *spec,
                      uint32_t target, heal_time onset, struct line_draws *draws)
{
    struct fault *fault = next_fault(plan);

    if (!fault)
        return false;
    *fault = (struct fault){.spec = spec,
                            .cause = draw_cause(spec, &draws->cause),
                            .target = target,
                            .onset = onset,
                            .lasts = draw_span(spec, &draws->lasts),
                            .leader = FAULT_NONE,
                            .cured_at = HEAL_TIME_NEVER,
                            .cured_by = ACTION_KIND_COUNT};
    return bend_series(plan, places, fault, &draws->magnitude);
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

/* A line at work. */
struct line {
    const struct scenario *scenario;
    const struct fault_spec *spec;
    const struct places *places;
    struct line_draws draws;
    uint32_t *targets, *drawn; /* candidates; room for as many */
    size_t target_count;
};

static bool has_luck(struct line *line)
{
    double probability = line->spec->probability;
    return probability <= 0.0 || probability >= 1.0 || random_uniform(&line->draws.chance) < probability;
}

/* One onset: one target, or as many at once as the line says, none of them twice. */
static bool strike_once(struct fault_plan *plan, struct line *line, heal_time onset, uint32_t leader)
{
    size_t wanted = line->spec->together > 1 ? line->spec->together : 1;

    if (!has_luck(line))
        return true;
    memcpy(line->drawn, line->targets, line->target_count * sizeof *line->drawn);
    for (size_t i = 0; i < wanted && i < line->target_count; i++) {
        size_t at = i + random_below(&line->draws.target, line->target_count - i);
        uint32_t target = line->drawn[at];
        line->drawn[at] = line->drawn[i];
        if (!add_fault(plan, line->places, line->spec, target, onset, &line->draws))
            return false;
        plan->faults[plan->count - 1].leader = leader;
    }
    return true;
}

/* Behind each onset of the line that it follows. */
static bool plan_followers(struct fault_plan *plan, struct line *line, heal_time end)
{
    const struct fault_spec *leading = &line->scenario->faults[line->spec->after];
    size_t count = plan->count;

    for (size_t i = 0; i < count; i++) {
        heal_time onset = plan->faults[i].onset + line->spec->at;
        if (plan->faults[i].spec == leading && onset < end && !strike_once(plan, line, onset, (uint32_t)i))
            return false;
    }
    return true;
}

static bool plan_listed(struct fault_plan *plan, struct line *line, heal_time start, heal_duration duration)
{
    for (size_t i = 0; i < line->spec->time_count && line->spec->times[i] < duration; i++) {
        if (!strike_once(plan, line, start + line->spec->times[i], FAULT_NONE))
            return false;
    }
    return true;
}

static bool plan_line(struct fault_plan *plan, struct line *line, heal_time start, heal_duration duration)
{
    const struct fault_spec *spec = line->spec;
    heal_time onset = start + first_offset(line->scenario, spec);

    if (line->target_count == 0)
        return true;
    if (spec->onset == ONSET_AFTER)
        return plan_followers(plan, line, start + duration);
    if (spec->onset == ONSET_LISTED)
        return plan_listed(plan, line, start, duration);
    if (spec->onset == ONSET_POISSON)
        onset = next_onset(spec, onset, &line->draws.onset);
    while (onset - start < duration) {
        if (!strike_once(plan, line, onset, FAULT_NONE))
            return false;
        if (spec->onset == ONSET_AT)
            break;
        onset = next_onset(spec, onset, &line->draws.onset);
    }
    return true;
}

struct fault_plan *fault_plan_create(const struct scenario *scenario, const struct inventory *inventory,
                                     const struct inventory *knobs, heal_time start, heal_duration duration,
                                     uint32_t replication)
{
    struct arena *arena = arena_create();
    struct fault_plan *plan = arena ? arena_alloc(arena, sizeof *plan) : NULL;
    struct places places = {inventory, knobs, scenario->cluster};
    size_t resources = inventory_resource_count(inventory) + 1;
    uint32_t *targets = calloc(2 * resources, sizeof *targets);
    bool good = plan && targets;

    if (plan)
        plan->arena = arena;
    for (size_t i = 0; good && i < scenario->fault_count; i++) {
        struct line line = {.scenario = scenario,
                            .spec = &scenario->faults[i],
                            .places = &places,
                            .draws = streams_of(scenario, i, replication),
                            .targets = targets,
                            .drawn = targets + resources};
        line.target_count = candidates(&places, line.spec, targets);
        good = plan_line(plan, &line, start, duration);
    }
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

static double expected_onsets(const struct scenario *scenario, const struct fault_spec *spec, heal_duration duration);

static double expected_faults(const struct scenario *scenario, const struct fault_spec *spec, heal_duration duration)
{
    double each = spec->together > 1 ? (double)spec->together : 1.0;
    return each * (spec->probability > 0.0 ? spec->probability : 1.0) * expected_onsets(scenario, spec, duration);
}

/* How often a line strikes: exactly, or on average where that is drawn. */
static double expected_onsets(const struct scenario *scenario, const struct fault_spec *spec, heal_duration duration)
{
    heal_duration span = duration - first_offset(scenario, spec);

    if (spec->onset == ONSET_AFTER) /* its leader stands above it: no circle */
        return expected_faults(scenario, &scenario->faults[spec->after], duration);
    if (spec->onset == ONSET_LISTED)
        return (double)spec->time_count;
    if (span <= 0)
        return 0.0;
    if (spec->onset == ONSET_AT)
        return 1.0;
    int64_t periods = (span - 1) / spec->every + 1;
    return spec->onset == ONSET_PERIODIC ? (double)periods : (double)span / (double)spec->every;
}

bool fault_plan_check(const struct scenario *scenario, const struct inventory *inventory, const struct inventory *knobs,
                      heal_duration duration, struct error_list *errors)
{
    struct places places = {inventory, knobs, scenario->cluster};
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
        if (candidates(&places, spec, targets) == 0)
            error_add(errors, ERROR_INPUT, scenario->file, spec->line, "target",
                      "no resource matches \"%s\" with a series that %s bends or a knob that it turns", spec->target,
                      spec->kind->name);
        else if (total <= FAULTS_MAX && total + expected > FAULTS_MAX)
            error_add(errors, ERROR_INPUT, scenario->file, spec->line, "faults",
                      "with this line %.0f faults strike in one replication, expected at most %d", total + expected,
                      FAULTS_MAX);
        total += expected;
    }
    free(targets);
    return errors->count == before;
}
