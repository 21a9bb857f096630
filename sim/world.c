/* world.c - the event loop of one replication.
 *
 * Frames, fault onsets, cures, ends of actions, people and the engine's own
 * timers are events of one queue. The next frame is pulled from the source when
 * the last one was handled, so the queue holds one frame at most; what is under
 * way (actions, cures, calls) lies in slots that are used again when it is over.
 * So memory does not grow with simulated time, beyond the faults that are drawn. */
#include "sim/world_parts.h"

#include "engine/knowledge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLOT_SERIES_MAX = 48 };

static bool list_grow(struct list *list, size_t size)
{
    size_t capacity = list->capacity ? 2 * list->capacity : 32;
    void *items = realloc(list->items, capacity * size);
    uint32_t *spare = realloc(list->spare, capacity * sizeof *spare);

    list->items = items ? items : list->items;
    list->spare = spare ? spare : list->spare;
    if (!items || !spare)
        return false;
    list->capacity = capacity;
    return true;
}

void *world_take(struct world *world, struct list *list, size_t size, uint32_t *index)
{
    if (list->spare_count == 0 && list->count == list->capacity && !list_grow(list, size)) {
        world->out_of_memory = true;
        return NULL;
    }
    *index = list->spare_count > 0 ? list->spare[--list->spare_count] : (uint32_t)list->count++;
    return (char *)list->items + size * *index;
}

void world_give_back(struct list *list, uint32_t index)
{
    list->spare[list->spare_count++] = index;
}

static void list_clear(struct list *list)
{
    free(list->items);
    free(list->spare);
}

void world_schedule(struct world *world, heal_time at, enum event_kind kind, size_t index)
{
    if (!event_queue_push(world->queue, (struct event){at, (uint32_t)kind, (uint32_t)index}))
        world->out_of_memory = true;
}

heal_duration world_seconds(double value)
{
    return value < 1e9 ? (heal_duration)(value * (double)HEAL_SECOND) : INT64_C(1000000000) * HEAL_SECOND;
}

struct random_stream *world_stream(struct world *world, uint32_t resource, uint32_t what, const char *purpose)
{
    struct random_stream *stream = stream_book_find(&world->streams, resource, what,
                                                    inventory_resource_id(world->config->inventory, resource), purpose);

    world->out_of_memory = world->out_of_memory || !stream;
    return stream;
}

/* --- frames --------------------------------------------------------------- */

static void pull_frame(struct world *world)
{
    heal_time at = 0;

    world->frame = world->source->next(world->source->context, &at);
    if (world->frame && at < world->end)
        world_schedule(world, at, EVENT_FRAME, 0);
}

/* Of the source's frame: what the cluster shows, and what is struck outside of it. */
static void make_frame(struct world *world)
{
    memcpy(world->bent, world->frame, inventory_series_count(world->config->inventory) * sizeof *world->frame);
    world_go_on(world, world->bent);
    world_bend_frame(world);
}

static void show_frame(struct world *world)
{
    const double *values = world->frame;
    heal_duration passed = world->now - (world->framed_at == HEAL_TIME_NEVER ? world->now : world->framed_at);

    if (world->struck_count > 0 || world->cluster || world->keeps_state) {
        make_frame(world);
        values = world->bent;
    }
    world->framed_at = world->now;
    if (world->cluster && world->now <= world->config->start + world->config->scenario->warm_up)
        world->totals_then = cluster_totals(world->cluster);
    if (world->plot)
        plot_recorder_frame(world->plot, world->now, values);
    world_look_at_faults(world, passed);
    engine_frame(world->engine, world->now, values);
    pull_frame(world);
}

static void take_decision(void *context, const struct decision *decision)
{
    struct world *world = context;
    struct run_record record = {.kind = RECORD_DECISION, .decision = *decision};

    if (decision->kind == DECISION_ISSUE_CLOSED)
        world_issue_closed(world, decision->issue);
    if (world->plot && decision->kind == DECISION_ANOMALY_BEGAN)
        plot_recorder_mark(world->plot, decision->series);
    world->sink.put(world->sink.context, &record);
}

/* --- the loop ------------------------------------------------------------- */

static void handle(struct world *world, const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_FRAME:
        show_frame(world);
        break;
    case EVENT_FAULT_ONSET:
        world_strike(world, event->index);
        break;
    case EVENT_FAULT_OWN_END:
        world_cure(world, event->index, FAULT_ENDED_BY_ITSELF, ACTION_KIND_COUNT, 0);
        break;
    case EVENT_FAULT_CURE:
        world_end_cure(world, event->index);
        break;
    case EVENT_FAULT_RELIEF_END:
        world_relief_ends(world, event->index);
        break;
    case EVENT_FAULT_FADED:
        world_fault_faded(world, event->index);
        break;
    case EVENT_ACTION_END:
        world_end_action(world, event->index);
        break;
    case EVENT_OPERATOR_ARRIVES:
        world_operator_arrives(world, event->index);
        break;
    case EVENT_OPERATOR_DONE:
        world_operator_done(world, event->index);
        break;
    case EVENT_COMPLAINT:
        world_complaint_arrives(world, event->index);
        break;
    case EVENT_PAGE_REPEATS:
        world_page_repeats(world, event->index);
        break;
    case EVENT_ENGINE_TIMER:
        engine_tick(world->engine, world->now);
        break;
    }
}

static void set_timer(struct world *world)
{
    heal_time due = engine_next_deadline(world->engine);

    if (world->timer <= world->now)
        world->timer = HEAL_TIME_NEVER; /* went off */
    if (due < world->timer) {
        world->timer = due > world->now ? due : world->now + 1;
        world_schedule(world, world->timer, EVENT_ENGINE_TIMER, 0);
    }
}

static bool goes_on(const struct world *world)
{
    const atomic_bool *stop = world->config->stop;
    return !world->out_of_memory && !(stop && atomic_load_explicit(stop, memory_order_relaxed));
}

static void run_events(struct world *world)
{
    struct event event;

    while (goes_on(world) && event_queue_pop(world->queue, &event) && event.at < world->end) {
        world->now = event.at;
        world->counts.events++;
        handle(world, &event);
        set_timer(world);
    }
}

/* --- what it came to -------------------------------------------------------- */

static void tell_total(struct world *world, const char *name, double value)
{
    struct run_record record = {.kind = RECORD_TOTAL, .total = {name, value}};

    world->sink.put(world->sink.context, &record);
}

static double hours(double seconds)
{
    return seconds / 3600.0;
}

static void tell_cluster(struct world *world, const struct cluster_totals *totals)
{
    tell_total(world, "requests_offered", totals->offered);
    tell_total(world, "requests_served", totals->served);
    tell_total(world, "requests_failed", totals->failed);
    tell_total(world, "requests_waiting", totals->waiting);
    tell_total(world, "requests_slow", totals->bad);
    tell_total(world, "pod_hours", hours(totals->pod_seconds));
    tell_total(world, "node_hours", hours(totals->node_seconds));
    tell_total(world, "pending_hours", hours(totals->pending_seconds));
    tell_total(world, "oom_kills", totals->oom_kills);
    tell_total(world, "evictions", totals->evictions);
    tell_total(world, "restarts", totals->restarts);
}

/* What the cluster did after the warm-up; what waits is what waits at the end. */
static struct cluster_totals since_warm_up(const struct world *world)
{
    struct cluster_totals now = cluster_totals(world->cluster), then = world->totals_then;

    return (struct cluster_totals){.offered = now.offered - then.offered + then.waiting,
                                   .served = now.served - then.served,
                                   .failed = now.failed - then.failed,
                                   .waiting = now.waiting,
                                   .bad = now.bad - then.bad,
                                   .pod_seconds = now.pod_seconds - then.pod_seconds,
                                   .node_seconds = now.node_seconds - then.node_seconds,
                                   .evictions = now.evictions - then.evictions,
                                   .kills = now.kills - then.kills,
                                   .oom_kills = now.oom_kills - then.oom_kills,
                                   .restarts = now.restarts - then.restarts,
                                   .pending_seconds = now.pending_seconds - then.pending_seconds};
}

static void tell_totals(struct world *world)
{
    const struct costs *costs = &world->config->scenario->costs;
    struct cluster_totals totals = {0};

    if (world->cluster) {
        totals = since_warm_up(world);
        tell_cluster(world, &totals);
    }
    tell_total(world, "hurt_seconds", world->hurt_seconds);
    tell_total(world, "pages", world->pages);
    tell_total(world, "people_hours", hours(world->people_seconds));
    tell_total(world, "cost_capacity",
               costs->pod_hour * hours(totals.pod_seconds) + costs->node_hour * hours(totals.node_seconds));
    tell_total(world, "cost_people", costs->page * world->pages + costs->people_hour * hours(world->people_seconds));
    tell_total(world, "cost_users",
               costs->failed_request * totals.failed + costs->bad_minute * world->hurt_seconds / 60.0);
}

static void tell_learned(struct world *world, const struct learning *began)
{
    const struct learning *odds = engine_odds(world->engine);
    const struct policy *policy = world->config->policy;

    for (uint32_t i = 0; i < policy->strategy_count; i++) {
        for (int signature = -1; signature < SIGNATURES; signature++) {
            struct learned now = learning_at(odds, i, signature, world->end);
            struct learned then = learning_at(began, i, signature, world->end);
            struct run_record record = {
                .kind = RECORD_LEARNED,
                .learned = {i, signature, now.success - then.success, now.failure - then.failure}};
            if (record.learned.success != 0.0 || record.learned.failure != 0.0)
                world->sink.put(world->sink.context, &record);
        }
    }
}

/* What the engine begins with, in `began` and in the engine. */
static bool teach(struct world *world, struct learning *began)
{
    const struct world_config *config = world->config;

    return !config->knowledge || (odds_import(config->policy, began, config->knowledge, config->knowledge_length) &&
                                  engine_import_odds(world->engine, config->knowledge, config->knowledge_length));
}

static bool world_open(struct world *world)
{
    const struct world_config *config = world->config;
    size_t series = inventory_series_count(config->inventory);

    world->queue = event_queue_create(256);
    world->plan = fault_plan_create(config->scenario, config->inventory, config->knobs, config->start, config->duration,
                                    config->replication);
    world->bent = calloc(series, sizeof *world->bent);
    for (uint32_t i = 0; i < inventory_series_count(config->inventory); i++)
        world->keeps_state = world->keeps_state || world_tells_state(inventory_series_metric(config->inventory, i));
    world->struck = world->plan ? calloc(world->plan->count + 1, sizeof *world->struck) : NULL;
    world->looked_at = calloc(inventory_resource_count(config->inventory) + 1, sizeof *world->looked_at);
    world->watches = world->plan ? calloc(world->plan->count + 1, sizeof *world->watches) : NULL;
    for (size_t i = 0; world->watches && i < world->plan->count; i++)
        world->watches[i].well_since = world->watches[i].end = HEAL_TIME_NEVER;
    if (config->knobs)
        world->cluster = cluster_create(config->scenario->cluster, config->inventory, config->knobs, config->start,
                                        config->scenario->seed, config->replication);
    world->engine =
        engine_create(config->policy, config->inventory, config->scenario->seed,
                      (struct world_port){world, world_start_action}, (struct journal_port){world, take_decision});
    if (config->plot_buckets > 0)
        world->plot = plot_recorder_create(series, config->plot_buckets, config->start, config->duration);
    return world->queue && world->plan && world->bent && world->struck && world->watches && world->looked_at &&
           world->engine && (world->cluster || !config->knobs) && (world->plot || config->plot_buckets == 0);
}

static void world_close(struct world *world)
{
    engine_destroy(world->engine);
    event_queue_destroy(world->queue);
    fault_plan_destroy(world->plan);
    plot_recorder_destroy(world->plot);
    stream_book_clear(&world->streams);
    list_clear(&world->flights);
    list_clear(&world->cures);
    list_clear(&world->calls);
    list_clear(&world->alarms);
    free(world->bent);
    free(world->struck);
    free(world->watches);
    free(world->looked_at);
    cluster_destroy(world->cluster);
}

bool world_run(const struct world_config *config, struct frame_source *source, struct record_sink sink,
               struct world_counts *counts)
{
    struct world world = {
        .config = config,
        .sink = sink,
        .source = source,
        .streams = {.seed = config->scenario->seed, .index = config->replication},
        .end = config->start + config->duration,
        .timer = HEAL_TIME_NEVER,
        .framed_at = HEAL_TIME_NEVER,
    };
    struct learning *began = learning_create(config->policy, 0);
    bool opened = began && world_open(&world) && teach(&world, began);

    if (opened) {
        for (size_t i = 0; i < world.plan->count; i++)
            world_schedule(&world, world.plan->faults[i].onset, EVENT_FAULT_ONSET, i);
        pull_frame(&world);
        run_events(&world);
        world_tell_faults(&world);
        tell_totals(&world);
        tell_learned(&world, began);
        if (world.plot)
            plot_recorder_tell(world.plot, PLOT_SERIES_MAX, sink);
        struct engine_counts engine = engine_counts(world.engine);
        *counts = (struct world_counts){engine.frames, engine.samples, world.counts.events};
    }
    learning_destroy(began);
    world_close(&world);
    return opened && !world.out_of_memory;
}
