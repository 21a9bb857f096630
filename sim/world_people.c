/* world_people.c - people: called, at work, tired.
 *
 * A page is heard after the acknowledge time, longer at night and the more pages
 * came before it; one that is missed rings the next person after a while. Whoever
 * arrives waits until one of the team is free, looks for the cause, and repairs
 * every fault that stands on the resource or one edge away from it, and in a cluster
 * what hurts further down. */
#include "sim/world_parts.h"

#include <math.h>
#include <string.h>

/* One person at work on one resource. */
struct call {
    uint64_t issue; /* 0: a complaint */
    uint64_t number;
    uint32_t resource;
    heal_time arrived;
    bool waits; /* for one of the team */
    bool over;  /* or an empty slot */
};

static const double MISSED_MOST = 0.9;

static heal_duration draw_span(struct world *world, uint32_t resource, uint32_t what, const char *purpose,
                               const struct log_normal *model, double factor)
{
    struct random_stream *stream = world_stream(world, resource, what, purpose);

    if (!stream)
        return 0;
    return world_seconds(factor * random_log_normal(stream, model->mean_seconds, model->sd_seconds));
}

static void tell_operator(struct world *world, bool repair, uint32_t resource, heal_time at, heal_time ended_at)
{
    struct run_record record = {.kind = RECORD_OPERATOR, .operator= {repair, resource, at, ended_at} };
    world->sink.put(world->sink.context, &record);
}

static bool is_night(const struct operators *operators, heal_time at)
{
    heal_duration day = at % HEAL_DAY;
    int64_t weekday = (at / HEAL_DAY + 4) % 7; /* 0: Sunday; 1970-01-01 was a Thursday */

    if (operators->night_from == operators->night_until)
        return false;
    if (weekday == 0 || weekday == 6)
        return true;
    return operators->night_from < operators->night_until
               ? day >= operators->night_from && day < operators->night_until
               : day >= operators->night_from || day < operators->night_until;
}

/* Pages in memory: each fades by half in every half-life. */
static double fatigue_now(const struct world *world)
{
    const struct operators *operators = &world->config->scenario->operators;

    if (operators->fatigue_half_life <= 0)
        return 0.0;
    return world->fatigue * exp2(-(double)(world->now - world->fatigue_at) / (double)operators->fatigue_half_life);
}

static heal_duration time_missed(struct world *world, uint32_t resource, double fatigue)
{
    const struct operators *operators = &world->config->scenario->operators;
    double missed = fmin(operators->missed_per_page * fatigue, MISSED_MOST);
    struct random_stream *stream;
    heal_duration lost = 0;

    if (missed <= 0.0 || operators->escalate_after <= 0)
        return 0;
    stream = world_stream(world, resource, STREAM_MISSED, "operator missed");
    while (stream && lost < HEAL_DAY && random_uniform(stream) < missed)
        lost += operators->escalate_after;
    return lost;
}

/* From now to hands on. */
static heal_duration time_to_arrive(struct world *world, uint32_t resource)
{
    const struct operators *operators = &world->config->scenario->operators;
    double fatigue = fatigue_now(world);
    heal_duration missed = time_missed(world, resource, fatigue);
    double night =
        operators->night_factor > 1.0 && is_night(operators, world->now + missed) ? operators->night_factor : 1.0;

    world->fatigue = fatigue + 1.0;
    world->fatigue_at = world->now;
    return missed + draw_span(world, resource, STREAM_ACKNOWLEDGE, "operator acknowledge", &operators->acknowledge,
                              night * (1.0 + operators->fatigue_per_page * fatigue));
}

static void call(struct world *world, uint64_t issue, uint32_t resource, heal_time arrives)
{
    uint32_t index;
    struct call *call = world_take(world, &world->calls, sizeof *call, &index);

    if (!call)
        return;
    *call = (struct call){.issue = issue, .number = world->call_count++, .resource = resource, .arrived = arrives};
    world_schedule(world, arrives, EVENT_OPERATOR_ARRIVES, index);
}

/* Somebody is on the way for this very issue, or at it. Another issue of the same
 * resource calls a person of its own: it may wait for a yes of its own. */
static bool is_being_seen_to(const struct world *world, uint32_t resource, uint64_t issue)
{
    const struct call *calls = world->calls.items;

    for (size_t i = 0; i < world->calls.count; i++) {
        if (calls[i].resource == resource && calls[i].issue == issue && !calls[i].over)
            return true;
    }
    return false;
}

/* Somebody comes for it. */
static void send_for(struct world *world, uint64_t issue, uint32_t resource)
{
    heal_time arrives = world->now + time_to_arrive(world, resource);

    call(world, issue, resource, arrives);
    tell_operator(world, false, resource, world->now, arrives);
}

static void ring(struct world *world, uint64_t issue, uint32_t resource)
{
    world->pages += 1.0;
    send_for(world, issue, resource);
}

/* --- alerts that stay ------------------------------------------------------- */

struct alarm {
    uint64_t issue;
    uint32_t resource;
    bool over; /* or an empty slot */
};

/* As Alertmanager's repeat_interval: who is paged for an issue is paged again while it
 * stays open and nobody is at it. */
static void remember_page(struct world *world, const struct action *action)
{
    heal_duration every = world->config->scenario->operators.repeat;
    uint32_t index;

    if (every <= 0)
        return;
    struct alarm *alarm = world_take(world, &world->alarms, sizeof *alarm, &index);
    if (!alarm)
        return;
    *alarm = (struct alarm){.issue = action->issue, .resource = action->target};
    world_schedule(world, world->now + every, EVENT_PAGE_REPEATS, index);
}

void world_issue_closed(struct world *world, uint64_t issue)
{
    struct alarm *alarms = world->alarms.items;

    for (size_t i = 0; i < world->alarms.count; i++)
        alarms[i].over = alarms[i].over || alarms[i].issue == issue;
}

void world_page_repeats(struct world *world, uint32_t index)
{
    struct alarm alarm = ((struct alarm *)world->alarms.items)[index];

    if (alarm.over) {
        world_give_back(&world->alarms, index);
        return;
    }
    world_schedule(world, world->now + world->config->scenario->operators.repeat, EVENT_PAGE_REPEATS, index);
    if (!is_being_seen_to(world, alarm.resource, alarm.issue))
        ring(world, alarm.issue, alarm.resource);
}

void world_page(struct world *world, const struct action *action)
{
    if (world->config->complaints_only)
        return;
    if (!world->config->scenario->operators.present || is_being_seen_to(world, action->target, action->issue)) {
        world->pages += 1.0;
        tell_operator(world, false, action->target, world->now, world->now);
        return;
    }
    ring(world, action->issue, action->target);
    remember_page(world, action);
}

void world_complain(struct world *world, uint32_t index)
{
    const struct log_normal *complaint = &world->config->scenario->operators.complaint;
    struct watch *watch = &world->watches[index];

    if (!world->config->complaints_only || complaint->mean_seconds <= 0.0 || watch->complained)
        return;
    watch->complained = true;
    world_schedule(world,
                   world->now + draw_span(world, world->plan->faults[index].target, STREAM_COMPLAINT,
                                          "operator complaint", complaint, 1.0),
                   EVENT_COMPLAINT, index);
}

void world_complaint_arrives(struct world *world, uint32_t index)
{
    uint32_t resource = world->plan->faults[index].target;

    world->watches[index].complained = false;
    if (!world->watches[index].hurts || !world->config->scenario->operators.present ||
        is_being_seen_to(world, resource, 0))
        return;
    send_for(world, 0, resource);
}

static void start_work(struct world *world, uint32_t index)
{
    struct call *call = &((struct call *)world->calls.items)[index];
    const struct operators *operators = &world->config->scenario->operators;
    heal_duration takes = draw_span(world, call->resource, STREAM_REPAIR, "operator repair", &operators->repair, 1.0);

    if (operators->diagnose.mean_seconds > 0.0)
        takes += draw_span(world, call->resource, STREAM_DIAGNOSE, "operator diagnose", &operators->diagnose, 1.0);
    call->waits = false;
    world->at_work++;
    world->people_seconds += heal_duration_seconds(takes);
    world_schedule(world, world->now + takes, EVENT_OPERATOR_DONE, index);
    if (call->issue != 0 && !world->config->complaints_only)
        engine_approve(world->engine, world->now, call->issue);
}

void world_operator_arrives(struct world *world, uint32_t index)
{
    uint32_t team = world->config->scenario->operators.team;

    if (team > 0 && world->at_work >= team)
        ((struct call *)world->calls.items)[index].waits = true;
    else
        start_work(world, index);
}

/* The oldest call that waits gets whoever is free now. */
static void take_next_call(struct world *world)
{
    const struct call *calls = world->calls.items;
    size_t oldest = world->calls.count;

    for (size_t i = 0; i < world->calls.count; i++) {
        if (calls[i].waits && !calls[i].over &&
            (oldest == world->calls.count || calls[i].number < calls[oldest].number))
            oldest = i;
    }
    if (oldest < world->calls.count)
        start_work(world, (uint32_t)oldest);
}

/* A call has two ends: whoever calls what the link calls is looked at, too. */
static void mark_callers(struct world *world, uint32_t link)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(world->config->inventory, &count);
    uint32_t callee = inventory_target(world->config->inventory, link, RELATION_CALLS);

    for (size_t i = 0; i < count; i++) {
        if (edges[i].relation == RELATION_CALLS && edges[i].target == callee &&
            !inventory_has_kind(world->config->inventory, edges[i].source, "link"))
            world->looked_at[edges[i].source] = 1;
    }
}

/* Marks what `resource` depends on, however far down: what it calls, runs on or
 * mounts; a workload and its pods depend on each other. Seldom, so plain. */
static void mark_dependences(struct world *world, uint32_t resource)
{
    size_t count;
    const struct inventory_edge *edges = inventory_edges(world->config->inventory, &count);
    bool grows = true;

    memset(world->looked_at, 0, inventory_resource_count(world->config->inventory));
    world->looked_at[resource] = 1;
    if (inventory_has_kind(world->config->inventory, resource, "link"))
        mark_callers(world, resource);
    while (grows) {
        grows = false;
        for (size_t i = 0; i < count; i++) {
            uint8_t *source = &world->looked_at[edges[i].source], *target = &world->looked_at[edges[i].target];
            bool both = edges[i].relation == RELATION_OWNED_BY;
            if ((*source && !*target) || (both && *target && !*source)) {
                *source = *target = 1;
                grows = true;
            }
        }
    }
}

/* A person looks down the chain from where they were called: they find what hurts
 * there. Outside of a cluster nothing spreads, and they look one edge far. */
static bool finds(const struct world *world, size_t index, uint32_t resource)
{
    const struct fault *fault = &world->plan->faults[index];

    if (world_is_near(world, resource, fault))
        return true;
    return fault->strains && world->watches[index].hurts &&
           (world->looked_at[fault->target] || world->looked_at[fault->place]);
}

void world_operator_done(struct world *world, uint32_t index)
{
    struct call *call = &((struct call *)world->calls.items)[index];
    struct call done = *call;
    bool repaired = false;

    call->over = true;
    world->at_work--;
    world_give_back(&world->calls, index);
    if (world->cluster)
        mark_dependences(world, done.resource);
    for (size_t i = 0; i < world->plan->count; i++) {
        if (!fault_is_felt(&world->plan->faults[i]) || !finds(world, i, done.resource))
            continue;
        world_cure(world, i, FAULT_ENDED_BY_OPERATOR, ACTION_KIND_COUNT, 0);
        repaired = true;
    }
    if (repaired)
        tell_operator(world, true, done.resource, done.arrived, world->now);
    take_next_call(world);
}
