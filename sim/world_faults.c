/* world_faults.c - faults strike, are cured, and are felt.
 *
 * Outside of a cluster the bent signal is what users feel: a fault is over when it
 * is whole again. In a cluster an oracle looks at latency, errors, space, days: a
 * fault is over when its cause is gone and nobody is hurt, or when users were hurt
 * and have felt nothing for WELL_FOR though the cause stands (there is room enough
 * now, or a restart winds a leak back in time). If it hurts again it was not over,
 * unless another fault that has struck since then hurts now: users cannot tell the two
 * apart, and the newer one is held to account. When that is over they are asked again. */
#include "sim/world_parts.h"

static const heal_duration WELL_FOR = 10 * HEAL_MINUTE;
static const double FULL = 0.95, DAYS_ENOUGH = 14.0;

/* A cure on its way: its action is done, its effect is not there yet. */
struct cure {
    uint32_t fault;
    enum action_kind action;
    uint64_t remediation;
    bool off; /* undone before it came, or an empty slot */
};

/* Bends do not commute: they are applied in order of the plan, whoever struck first. */
static void add_struck(struct world *world, uint32_t index)
{
    size_t at = world->struck_count++;

    for (; at > 0 && world->struck[at - 1] > index; at--)
        world->struck[at] = world->struck[at - 1];
    world->struck[at] = index;
}

static void reset_knobs(struct world *world, const struct fault *fault)
{
    for (size_t i = 0; fault->strains && i < fault->series_count; i++)
        cluster_knob_reset(world->cluster, fault->series[i].series);
}

static void drop_struck(struct world *world, uint32_t index)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->struck_count; i++) {
        if (world->struck[i] != index)
            world->struck[kept++] = world->struck[i];
    }
    world->struck_count = kept;
    reset_knobs(world, &world->plan->faults[index]);
}

/* One that follows another strikes only while that one stands. */
static bool is_called_off(const struct world *world, const struct fault *fault)
{
    return fault->leader != FAULT_NONE && !fault_is_felt(&world->plan->faults[fault->leader]);
}

void world_strike(struct world *world, uint32_t index)
{
    struct fault *fault = &world->plan->faults[index];

    if (is_called_off(world, fault))
        return;
    if (fault->strains)
        world_go_on(world, NULL);
    fault_strike(fault, world->now);
    add_struck(world, index);
    if (fault->lasts > 0)
        world_schedule(world, world->now + fault->lasts, EVENT_FAULT_OWN_END, index);
    else if (fault->strains && fault->cause->strain_lasts > 0)
        world_schedule(world, world->now + fault->cause->strain_lasts, EVENT_FAULT_OWN_END, index);
    for (size_t i = 0; world->plot && !fault->strains && i < fault->series_count; i++)
        plot_recorder_mark(world->plot, fault->series[i].series);
    if (!fault->strains)
        world_complain(world, index);
}

void world_cure(struct world *world, size_t index, enum fault_end by, enum action_kind action, uint64_t remediation)
{
    struct fault *fault = &world->plan->faults[index];

    if (!fault_is_felt(fault))
        return;
    if (fault->strains)
        world_go_on(world, NULL);
    fault_cure(fault, world->now, by, action, remediation);
    world_schedule(world, world->now + fault->spec->kind->recovery, EVENT_FAULT_FADED, index);
}

static void start_cure(struct world *world, uint32_t fault, const struct action *action, heal_duration delay)
{
    uint32_t index;
    struct cure *item = world_take(world, &world->cures, sizeof *item, &index);

    if (!item)
        return;
    *item = (struct cure){fault, action->kind, action->remediation, false};
    world_schedule(world, world->now + delay, EVENT_FAULT_CURE, index);
}

/* An action that its own remediation undoes before the cure came cures nothing. */
static void call_off_cures(struct world *world, uint32_t fault, const struct action *undo)
{
    struct cure *cures = world->cures.items;

    for (size_t i = 0; i < world->cures.count; i++) {
        if (cures[i].fault == fault && cures[i].remediation == undo->remediation &&
            action_inverse(cures[i].action) == undo->kind)
            cures[i].off = true;
    }
}

void world_end_cure(struct world *world, uint32_t index)
{
    struct cure *item = &((struct cure *)world->cures.items)[index];

    if (!item->off)
        world_cure(world, item->fault, FAULT_ENDED_BY_REMEDIATION, item->action, item->remediation);
    item->off = true;
    world_give_back(&world->cures, index);
}

static enum fault_effect action_meets_fault(struct world *world, uint32_t index, const struct action *action)
{
    struct fault *fault = &world->plan->faults[index];
    enum fault_state before = fault->state;

    call_off_cures(world, index, action);
    enum fault_effect effect = fault_take_action(fault, action->kind, action->remediation, world->now);
    switch (effect) {
    case FAULT_CURE_STARTS:
        start_cure(world, index, action, fault->cause->cure_delay);
        break;
    case FAULT_RELIEF_STARTS:
        world_schedule(world, fault->relieved_until, EVENT_FAULT_RELIEF_END, index);
        break;
    case FAULT_CURE_UNDONE:
        if (before == FAULT_OVER)
            add_struck(world, index);
        world->watches[index].settled = false;
        world->watches[index].end = HEAL_TIME_NEVER;
        break;
    case FAULT_UNTOUCHED:
        break;
    }
    return effect;
}

bool world_is_near(const struct world *world, uint32_t resource, const struct fault *fault)
{
    const struct inventory *inventory = world->config->inventory;

    return inventory_related(inventory, resource, fault->target) ||
           (fault->place != fault->target && inventory_related(inventory, resource, fault->place));
}

bool world_action_meets_faults(struct world *world, const struct action *action)
{
    bool touched = false;

    for (uint32_t i = 0; i < world->plan->count; i++) {
        struct fault *fault = &world->plan->faults[i];
        if (!world_is_near(world, action->target, fault))
            continue;
        touched = action_meets_fault(world, i, action) != FAULT_UNTOUCHED || touched;
        if (fault->state != FAULT_PLANNED)
            world->watches[i].helped = FAULT_ENDED_BY_REMEDIATION;
    }
    return touched;
}

void world_relief_ends(struct world *world, uint32_t index)
{
    struct fault *fault = &world->plan->faults[index];

    if (fault_relief_is_over(fault, world->now))
        fault_strike(fault, world->now);
}

void world_fault_faded(struct world *world, uint32_t index)
{
    struct fault *fault = &world->plan->faults[index];

    if (fault->state != FAULT_FADING || world->now - fault->cured_at < fault->spec->kind->recovery)
        return;
    fault->state = FAULT_OVER;
    drop_struck(world, index);
}

/* As they stand just before `until`, for the step that ends there. */
static void turn_knobs(struct world *world, heal_time until)
{
    for (size_t i = 0; i < world->struck_count; i++)
        reset_knobs(world, &world->plan->faults[world->struck[i]]);
    for (size_t i = 0; i < world->struck_count; i++) {
        const struct fault *fault = &world->plan->faults[world->struck[i]];
        if (fault->strains)
            fault_bend(fault, until - 1, cluster_knob_values(world->cluster));
    }
}

/* The next instant after `after` at which a flapping fault comes or goes. */
static heal_time next_flap(const struct world *world, heal_time after)
{
    heal_time next = HEAL_TIME_NEVER;

    for (size_t i = 0; i < world->struck_count; i++) {
        const struct fault *fault = &world->plan->faults[world->struck[i]];
        heal_time flap = fault->strains ? fault_next_flap(fault, after) : HEAL_TIME_NEVER;
        next = flap < next ? flap : next;
    }
    return next;
}

void world_go_on(struct world *world, double *values)
{
    bool good = true;

    if (!world->cluster || (!values && world->now <= cluster_now(world->cluster)))
        return;
    for (heal_time at; good && (at = next_flap(world, cluster_now(world->cluster))) < world->now;) {
        turn_knobs(world, at);
        good = cluster_step(world->cluster, at, NULL);
    }
    turn_knobs(world, world->now);
    if (!good || !cluster_step(world->cluster, world->now, values))
        world->out_of_memory = true;
}

void world_bend_frame(struct world *world)
{
    for (size_t i = 0; i < world->struck_count; i++) {
        const struct fault *fault = &world->plan->faults[world->struck[i]];
        if (!fault->strains)
            fault_bend(fault, world->now, world->bent);
    }
}

/* --- what users feel -------------------------------------------------------- */

static bool is_hurt(const struct world *world, const struct fault *fault)
{
    struct cluster_feeling feeling = cluster_feel(world->cluster, fault->target);

    switch (fault->spec->kind->oracle) {
    case ORACLE_USERS:
        return feeling.latency > feeling.slo_latency || feeling.error_ratio > feeling.slo_errors;
    case ORACLE_SPACE:
        return feeling.used_ratio >= FULL;
    case ORACLE_DAYS:
        return feeling.days_left < DAYS_ENOUGH;
    case ORACLE_VULNERABILITIES:
        return feeling.vulnerabilities > 0.5;
    case ORACLE_DRIFT:
        return feeling.drift > 0.5;
    case ORACLE_COUNT:
        break;
    }
    return false;
}

/* What lies in the process is gone when a new one runs, whoever started it. */
static void look_for_new_process(struct world *world, uint32_t index)
{
    struct fault *fault = &world->plan->faults[index];
    struct watch *watch = &world->watches[index];

    if (!fault->cause->in_process || !fault_is_felt(fault))
        return;
    heal_time started = cluster_process_started(world->cluster, fault->target);
    if (started != HEAL_TIME_NEVER && started > fault->onset)
        world_cure(world, index, watch->helped == FAULT_STANDS ? FAULT_ENDED_BY_ITSELF : watch->helped,
                   ACTION_KIND_COUNT, 0);
}

/* It was over, or was never felt, and a fault that struck since then hurts, or still does
 * though its cause is gone. */
static bool is_anothers(const struct world *world, uint32_t index)
{
    const struct watch *watch = &world->watches[index];
    heal_time since = watch->hurt ? watch->end : world->plan->faults[index].onset;

    for (size_t i = 0; since != HEAL_TIME_NEVER && i < world->plan->count; i++) {
        const struct fault *other = &world->plan->faults[i];
        bool stands = other->state != FAULT_PLANNED && other->strains && !world->watches[i].settled;
        if (stands && other->onset > since && world->watches[i].felt)
            return true;
    }
    return false;
}

static void look_at_fault(struct world *world, uint32_t index, heal_duration passed)
{
    const struct fault *fault = &world->plan->faults[index];
    struct watch *watch = &world->watches[index];
    bool hurts = watch->felt && !is_anothers(world, index);

    watch->hurts = hurts;
    if (hurts) {
        world->hurt_seconds += heal_duration_seconds(passed);
        watch->hurt = true;
        watch->well_since = watch->end = HEAL_TIME_NEVER;
        world_complain(world, index);
        return;
    }
    if (watch->well_since == HEAL_TIME_NEVER)
        watch->well_since = world->now;
    bool stands = fault_is_felt(fault);
    if (watch->end == HEAL_TIME_NEVER && stands && watch->hurt && world->now - watch->well_since >= WELL_FOR) {
        watch->end = watch->well_since;
        watch->ended_by = watch->helped == FAULT_STANDS ? FAULT_ENDED_BY_ITSELF : watch->helped;
    } else if (!stands) {
        watch->settled = true;
        if (watch->end == HEAL_TIME_NEVER) {
            watch->end = watch->well_since > fault->cured_at ? watch->well_since : fault->cured_at;
            watch->ended_by = fault->ended_by;
        }
    }
}

/* A bent fault hurts as long as its signal shows; one that came back was not over. */
static void look_at_bent(struct world *world, uint32_t index, heal_duration passed)
{
    const struct fault *fault = &world->plan->faults[index];
    struct watch *watch = &world->watches[index];

    watch->hurts = fault->state == FAULT_ACTIVE;
    watch->hurt = watch->hurt || watch->hurts;
    if (!watch->hurts)
        return;
    world->hurt_seconds += heal_duration_seconds(passed);
    world_complain(world, index);
}

void world_look_at_faults(struct world *world, heal_duration passed)
{
    for (uint32_t i = 0; i < world->plan->count; i++) { /* asked once: each may ask for all others */
        const struct fault *fault = &world->plan->faults[i];
        if (fault->state != FAULT_PLANNED && fault->strains && !world->watches[i].settled)
            world->watches[i].felt = is_hurt(world, fault);
    }
    for (uint32_t i = 0; i < world->plan->count; i++) {
        const struct fault *fault = &world->plan->faults[i];
        if (fault->state == FAULT_PLANNED || world->watches[i].settled)
            continue;
        if (!fault->strains) {
            look_at_bent(world, i, passed);
            continue;
        }
        look_for_new_process(world, i);
        look_at_fault(world, i, passed);
    }
}

static struct fault_record tell_bent(const struct fault *fault)
{
    bool ended = fault->state == FAULT_FADING || fault->state == FAULT_OVER;

    return (struct fault_record){.end = ended ? fault->cured_at + fault->spec->kind->recovery : HEAL_TIME_NEVER,
                                 .gone = ended ? fault->cured_at : HEAL_TIME_NEVER,
                                 .ended_by = ended ? fault->ended_by : FAULT_STANDS,
                                 .hurt = true};
}

static struct fault_record tell_strained(const struct fault *fault, const struct watch *watch)
{
    bool ended = watch->end != HEAL_TIME_NEVER;

    return (struct fault_record){.end = watch->end,
                                 .gone = fault_is_felt(fault) ? HEAL_TIME_NEVER : fault->cured_at,
                                 .ended_by = ended ? watch->ended_by : FAULT_STANDS,
                                 .hurt = watch->hurt};
}

void world_tell_faults(struct world *world)
{
    for (size_t i = 0; i < world->plan->count; i++) {
        const struct fault *fault = &world->plan->faults[i];
        if (fault->state == FAULT_PLANNED)
            continue;
        struct run_record record = {.kind = RECORD_FAULT,
                                    .fault =
                                        fault->strains ? tell_strained(fault, &world->watches[i]) : tell_bent(fault)};
        record.fault.kind = fault->spec->kind->name;
        record.fault.cause = fault->cause->name;
        record.fault.type = fault->spec->kind->issue;
        record.fault.resource = fault->place;
        record.fault.onset = fault->onset;
        world->sink.put(world->sink.context, &record);
    }
}
