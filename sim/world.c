/* world.c - the event loop of one replication.
 *
 * Frames, fault onsets, cures, ends of actions, people and the engine's own
 * timers are events of one queue. The next frame is pulled from the source when
 * the last one was handled, so the queue holds one frame at most; what is under
 * way (actions, cures, calls) lies in slots that are used again when it is over.
 * So memory does not grow with simulated time, beyond the faults that are drawn. */
#include "sim/world.h"

#include "engine/engine.h"
#include "engine/knowledge.h"
#include "sim/event_queue.h"
#include "sim/fault_plan.h"
#include "sim/plot_recorder.h"
#include "sim/streams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PLOT_SERIES_MAX = 48 };

enum event_kind {
    EVENT_FRAME,
    EVENT_FAULT_ONSET,      /* index: fault */
    EVENT_FAULT_OWN_END,    /* index: fault */
    EVENT_FAULT_CURE,       /* index: cure */
    EVENT_FAULT_RELIEF_END, /* index: fault */
    EVENT_FAULT_FADED,      /* index: fault */
    EVENT_ACTION_END,       /* index: action in flight */
    EVENT_OPERATOR_ARRIVES, /* index: call */
    EVENT_OPERATOR_DONE,    /* index: call */
    EVENT_ENGINE_TIMER,
};

struct flight {
    struct action action;
    enum action_outcome outcome;
    double before; /* what the frames said of the target when it began */
    bool answers;
};

/* A cure on its way: its action is done, its effect is not there yet. */
struct cure {
    uint32_t fault;
    enum action_kind action;
    uint64_t remediation;
    bool off; /* undone before it came, or an empty slot */
};

/* One person at work on one resource. */
struct call {
    uint64_t issue;
    uint32_t resource;
    heal_time arrived;
    bool over; /* or an empty slot */
};

/* Small things that events name by index. A slot that was given back is taken
 * again before the list grows; order comes from the queue, never from an index. */
struct list {
    void *items;
    size_t count, capacity; /* slots that were ever taken; room */
    uint32_t *spare;        /* slots given back, the last one on top; `capacity` of room */
    size_t spare_count;
};

struct world {
    const struct world_config *config;
    struct record_sink sink;
    struct frame_source *source;
    struct engine *engine;
    struct event_queue *queue;
    struct fault_plan *plan;
    struct plot_recorder *plot;
    struct stream_book streams;
    struct list flights, cures, calls;
    const double *frame; /* the next, not yet shown */
    double *bent;        /* a frame as bent by faults; the last one shown, where it keeps state */
    bool keeps_state;    /* some series tells a limit, replicas or a size */
    uint32_t *struck;    /* the faults that are active, relieved or fading, in order of the plan */
    size_t struck_count;
    heal_time now, end, timer;
    struct world_counts counts;
    bool out_of_memory;
};

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

/* A slot and its index; the slot is good until the next take. */
static void *list_take(struct world *world, struct list *list, size_t size, uint32_t *index)
{
    if (list->spare_count == 0 && list->count == list->capacity && !list_grow(list, size)) {
        world->out_of_memory = true;
        return NULL;
    }
    *index = list->spare_count > 0 ? list->spare[--list->spare_count] : (uint32_t)list->count++;
    return (char *)list->items + size * *index;
}

static void list_give_back(struct list *list, uint32_t index)
{
    list->spare[list->spare_count++] = index;
}

static void list_clear(struct list *list)
{
    free(list->items);
    free(list->spare);
}

static void schedule(struct world *world, heal_time at, enum event_kind kind, size_t index)
{
    if (!event_queue_push(world->queue, (struct event){at, (uint32_t)kind, (uint32_t)index}))
        world->out_of_memory = true;
}

static heal_duration seconds(double value)
{
    return value < 1e9 ? (heal_duration)(value * (double)HEAL_SECOND) : INT64_C(1000000000) * HEAL_SECOND;
}

/* --- faults --------------------------------------------------------------- */

/* Bends do not commute: they are applied in order of the plan, whoever struck first. */
static void add_struck(struct world *world, uint32_t index)
{
    size_t at = world->struck_count++;

    for (; at > 0 && world->struck[at - 1] > index; at--)
        world->struck[at] = world->struck[at - 1];
    world->struck[at] = index;
}

static void drop_struck(struct world *world, uint32_t index)
{
    size_t kept = 0;

    for (size_t i = 0; i < world->struck_count; i++) {
        if (world->struck[i] != index)
            world->struck[kept++] = world->struck[i];
    }
    world->struck_count = kept;
}

static void strike(struct world *world, uint32_t index)
{
    struct fault *fault = &world->plan->faults[index];

    fault_strike(fault, world->now);
    add_struck(world, index);
    if (fault->spec->lasts > 0)
        schedule(world, world->now + fault->spec->lasts, EVENT_FAULT_OWN_END, index);
    for (size_t i = 0; world->plot && i < fault->series_count; i++)
        plot_recorder_mark(world->plot, fault->series[i].series);
}

static void cure(struct world *world, size_t index, enum fault_end by, enum action_kind action, uint64_t remediation)
{
    struct fault *fault = &world->plan->faults[index];

    if (!fault_is_felt(fault))
        return;
    fault_cure(fault, world->now, by, action, remediation);
    schedule(world, world->now + fault->spec->kind->recovery, EVENT_FAULT_FADED, index);
}

static void start_cure(struct world *world, uint32_t fault, const struct action *action, heal_duration delay)
{
    uint32_t index;
    struct cure *item = list_take(world, &world->cures, sizeof *item, &index);

    if (!item)
        return;
    *item = (struct cure){fault, action->kind, action->remediation, false};
    schedule(world, world->now + delay, EVENT_FAULT_CURE, index);
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

static void end_cure(struct world *world, uint32_t index)
{
    struct cure *item = &((struct cure *)world->cures.items)[index];

    if (!item->off)
        cure(world, item->fault, FAULT_ENDED_BY_REMEDIATION, item->action, item->remediation);
    item->off = true;
    list_give_back(&world->cures, index);
}

static void action_meets_fault(struct world *world, uint32_t index, const struct action *action)
{
    struct fault *fault = &world->plan->faults[index];
    enum fault_state before = fault->state;

    call_off_cures(world, index, action);
    switch (fault_take_action(fault, action->kind, action->remediation, world->now)) {
    case FAULT_CURE_STARTS:
        start_cure(world, index, action, fault->cause->cure_delay);
        break;
    case FAULT_RELIEF_STARTS:
        schedule(world, fault->relieved_until, EVENT_FAULT_RELIEF_END, index);
        break;
    case FAULT_CURE_UNDONE:
        if (before == FAULT_OVER)
            add_struck(world, index);
        break;
    case FAULT_UNTOUCHED:
        break;
    }
}

/* --- actions -------------------------------------------------------------- */

static void page(struct world *world, const struct action *action);

/* The series that tells what an action of this kind changes; NULL: none does. */
static const char *state_metric(enum action_kind kind)
{
    switch (kind) {
    case ACTION_RAISE_MEMORY_LIMIT:
    case ACTION_LOWER_MEMORY_LIMIT:
        return "memory_limit_bytes";
    case ACTION_RAISE_CPU_LIMIT:
    case ACTION_LOWER_CPU_LIMIT:
        return "cpu_limit_cores";
    case ACTION_SCALE_OUT:
    case ACTION_SCALE_IN:
        return "replicas";
    case ACTION_EXPAND_VOLUME:
        return "capacity_bytes";
    case ACTION_RAISE_POOL_SIZE:
    case ACTION_LOWER_POOL_SIZE:
        return "pool_connections_max";
    default:
        return NULL;
    }
}

static bool tells_state(const char *metric)
{
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *known = state_metric((enum action_kind)kind);
        if (known && strcmp(known, metric) == 0)
            return true;
    }
    return false;
}

/* What the last frame said of the target, NaN where it has no such series. */
static double state_before(const struct world *world, const struct action *action)
{
    const struct inventory *inventory = world->config->inventory;
    const char *metric = state_metric(action->kind);
    size_t count;
    const uint32_t *series = inventory_resource_series(inventory, action->target, &count);

    for (size_t i = 0; metric && world->keeps_state && i < count; i++) {
        if (strcmp(inventory_series_metric(inventory, series[i]), metric) == 0)
            return world->bent[series[i]];
    }
    return NAN;
}

static void start_action(void *context, heal_time now, const struct action *action)
{
    struct world *world = context;
    const struct action_model *model = &world->config->catalogue->actions[action->kind];
    struct flight *flight;
    struct random_stream *stream;
    uint32_t index;

    if (action->kind == ACTION_PAGE_OPERATOR) {
        page(world, action);
        return;
    }
    flight = list_take(world, &world->flights, sizeof *flight, &index);
    stream =
        stream_book_find(&world->streams, action->target, (uint32_t)action->kind,
                         inventory_resource_id(world->config->inventory, action->target), action_name(action->kind));
    if (!flight || !stream) {
        world->out_of_memory = true;
        return;
    }
    double luck = random_uniform(stream);
    double takes = model->mean_seconds > 0.0 ? random_log_normal(stream, model->mean_seconds, model->sd_seconds) : 0.0;
    *flight = (struct flight){
        .action = *action,
        .outcome = luck < model->failure ? ACTION_FAILED : ACTION_SUCCEEDED,
        .before = state_before(world, action),
        .answers = luck < model->failure || luck >= model->failure + model->lost,
    };
    schedule(world, now + seconds(takes), EVENT_ACTION_END, index);
}

static void end_action(struct world *world, uint32_t index)
{
    struct flight flight = ((struct flight *)world->flights.items)[index];

    list_give_back(&world->flights, index);
    if (flight.outcome == ACTION_SUCCEEDED) {
        for (uint32_t i = 0; i < world->plan->count; i++) {
            if (inventory_related(world->config->inventory, flight.action.target, world->plan->faults[i].target))
                action_meets_fault(world, i, &flight.action);
        }
    }
    if (flight.answers)
        engine_action_answered(world->engine, world->now, flight.action.id, flight.outcome, flight.before);
}

/* --- people --------------------------------------------------------------- */

static heal_duration draw_span(struct world *world, uint32_t resource, uint32_t what, const char *purpose,
                               const struct log_normal *model)
{
    struct random_stream *stream = stream_book_find(&world->streams, resource, ACTION_KIND_COUNT + what,
                                                    inventory_resource_id(world->config->inventory, resource), purpose);
    if (!stream) {
        world->out_of_memory = true;
        return 0;
    }
    return seconds(random_log_normal(stream, model->mean_seconds, model->sd_seconds));
}

static void tell_operator(struct world *world, bool repair, uint32_t resource, heal_time at, heal_time ended_at)
{
    struct run_record record = {.kind = RECORD_OPERATOR, .operator= {repair, resource, at, ended_at} };
    world->sink.put(world->sink.context, &record);
}

/* Somebody is on the way for this very issue, or at it. Another issue of the same
 * resource calls a person of its own: it may wait for a yes of its own. */
static bool is_being_seen_to(const struct world *world, const struct action *action)
{
    const struct call *calls = world->calls.items;

    for (size_t i = 0; i < world->calls.count; i++) {
        if (calls[i].resource == action->target && calls[i].issue == action->issue && !calls[i].over)
            return true;
    }
    return false;
}

static void page(struct world *world, const struct action *action)
{
    const struct operators *operators = &world->config->scenario->operators;
    heal_time arrives = world->now;

    if (operators->present && !is_being_seen_to(world, action)) {
        uint32_t index;
        struct call *call = list_take(world, &world->calls, sizeof *call, &index);
        if (!call)
            return;
        arrives += draw_span(world, action->target, 0, "operator acknowledge", &operators->acknowledge);
        *call = (struct call){.issue = action->issue, .resource = action->target, .arrived = arrives};
        schedule(world, arrives, EVENT_OPERATOR_ARRIVES, index);
    }
    tell_operator(world, false, action->target, world->now, arrives);
}

static void operator_arrives(struct world *world, uint32_t index)
{
    struct call call = ((struct call *)world->calls.items)[index];
    heal_duration takes =
        draw_span(world, call.resource, 1, "operator repair", &world->config->scenario->operators.repair);

    schedule(world, world->now + takes, EVENT_OPERATOR_DONE, index);
    engine_approve(world->engine, world->now, call.issue);
}

static void operator_done(struct world *world, uint32_t index)
{
    struct call *call = &((struct call *)world->calls.items)[index];
    bool repaired = false;

    call->over = true;
    list_give_back(&world->calls, index);
    for (size_t i = 0; i < world->plan->count; i++) {
        struct fault *fault = &world->plan->faults[i];
        if (!fault_is_felt(fault) || !inventory_related(world->config->inventory, call->resource, fault->target))
            continue;
        cure(world, i, FAULT_ENDED_BY_OPERATOR, ACTION_KIND_COUNT, 0);
        repaired = true;
    }
    if (repaired)
        tell_operator(world, true, call->resource, call->arrived, world->now);
}

/* --- frames --------------------------------------------------------------- */

static void pull_frame(struct world *world)
{
    heal_time at = 0;

    world->frame = world->source->next(world->source->context, &at);
    if (world->frame && at < world->end)
        schedule(world, at, EVENT_FRAME, 0);
}

static void show_frame(struct world *world)
{
    const double *values = world->frame;

    if (world->struck_count > 0 || world->keeps_state) {
        memcpy(world->bent, values, inventory_series_count(world->config->inventory) * sizeof *values);
        for (size_t i = 0; i < world->struck_count; i++)
            fault_bend(&world->plan->faults[world->struck[i]], world->now, world->bent);
        values = world->bent;
    }
    if (world->plot)
        plot_recorder_frame(world->plot, world->now, values);
    engine_frame(world->engine, world->now, values);
    pull_frame(world);
}

static void take_decision(void *context, const struct decision *decision)
{
    struct world *world = context;
    struct run_record record = {.kind = RECORD_DECISION, .decision = *decision};

    if (world->plot && decision->kind == DECISION_ANOMALY_BEGAN)
        plot_recorder_mark(world->plot, decision->series);
    world->sink.put(world->sink.context, &record);
}

/* --- the loop ------------------------------------------------------------- */

static void handle(struct world *world, const struct event *event)
{
    struct fault *faults = world->plan->faults;

    switch ((enum event_kind)event->kind) {
    case EVENT_FRAME:
        show_frame(world);
        break;
    case EVENT_FAULT_ONSET:
        strike(world, event->index);
        break;
    case EVENT_FAULT_OWN_END:
        cure(world, event->index, FAULT_ENDED_BY_ITSELF, ACTION_KIND_COUNT, 0);
        break;
    case EVENT_FAULT_CURE:
        end_cure(world, event->index);
        break;
    case EVENT_FAULT_RELIEF_END:
        if (fault_relief_is_over(&faults[event->index], world->now))
            fault_strike(&faults[event->index], world->now);
        break;
    case EVENT_FAULT_FADED:
        if (faults[event->index].state == FAULT_FADING &&
            world->now - faults[event->index].cured_at >= faults[event->index].spec->kind->recovery) {
            faults[event->index].state = FAULT_OVER;
            drop_struck(world, event->index);
        }
        break;
    case EVENT_ACTION_END:
        end_action(world, event->index);
        break;
    case EVENT_OPERATOR_ARRIVES:
        operator_arrives(world, event->index);
        break;
    case EVENT_OPERATOR_DONE:
        operator_done(world, event->index);
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
        schedule(world, world->timer, EVENT_ENGINE_TIMER, 0);
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

static void tell_faults(struct world *world)
{
    for (size_t i = 0; i < world->plan->count; i++) {
        const struct fault *fault = &world->plan->faults[i];
        if (fault->state == FAULT_PLANNED)
            continue;
        bool ended = fault->state == FAULT_FADING || fault->state == FAULT_OVER;
        struct run_record record = {
            .kind = RECORD_FAULT,
            .fault = {.kind = fault->spec->kind->name,
                      .cause = fault->cause->name,
                      .type = fault->spec->kind->issue,
                      .resource = fault->target,
                      .onset = fault->onset,
                      .end = ended ? fault->cured_at + fault->spec->kind->recovery : HEAL_TIME_NEVER,
                      .ended_by = ended ? fault->ended_by : FAULT_STANDS},
        };
        world->sink.put(world->sink.context, &record);
    }
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
    world->plan =
        fault_plan_create(config->scenario, config->inventory, config->start, config->duration, config->replication);
    world->bent = calloc(series, sizeof *world->bent);
    for (uint32_t i = 0; i < inventory_series_count(config->inventory); i++)
        world->keeps_state = world->keeps_state || tells_state(inventory_series_metric(config->inventory, i));
    world->struck = world->plan ? calloc(world->plan->count + 1, sizeof *world->struck) : NULL;
    world->engine =
        engine_create(config->policy, config->inventory, config->scenario->seed,
                      (struct world_port){world, start_action}, (struct journal_port){world, take_decision});
    if (config->plot_buckets > 0)
        world->plot = plot_recorder_create(series, config->plot_buckets, config->start, config->duration);
    return world->queue && world->plan && world->bent && world->struck && world->engine &&
           (world->plot || config->plot_buckets == 0);
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
    free(world->bent);
    free(world->struck);
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
    };
    struct learning *began = learning_create(config->policy, 0);
    bool opened = began && world_open(&world) && teach(&world, began);

    if (opened) {
        for (size_t i = 0; i < world.plan->count; i++)
            schedule(&world, world.plan->faults[i].onset, EVENT_FAULT_ONSET, i);
        pull_frame(&world);
        run_events(&world);
        tell_faults(&world);
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
