/* world_actions.c - the engine's actions: how long they take, how they end, what they meet. */
#include "sim/world_parts.h"

#include <math.h>
#include <string.h>

struct flight {
    struct action action;
    bool done;    /* it takes effect */
    bool refused; /* the answer is no, whatever it did */
    bool answers;
    double before; /* what the frames said of the target when it began */
};

/* One draw decides between no, lost answer, a part only, and yes. */
static struct flight draw_flight(const struct action *action, const struct action_model *model, double luck)
{
    double lost = model->failure + model->lost, partial = lost + model->partial;
    bool failed = luck < model->failure;
    bool part = luck >= lost && luck < partial;

    return (struct flight){
        .action = *action, .done = !failed, .refused = failed || part, .answers = failed || luck >= lost};
}

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
    case ACTION_ROLL_BACK_REVISION:
    case ACTION_ROLL_FORWARD_REVISION:
    case ACTION_PATCH_ROLLING:
        return "revision";
    case ACTION_SET_DATABASE_TIMEOUTS:
    case ACTION_RESTORE_DATABASE_TIMEOUTS:
        return "statement_timeout_seconds";
    case ACTION_DEPLOY_CERTIFICATE:
    case ACTION_RESTORE_CERTIFICATE:
        return "certificate_days_left";
    default:
        return NULL;
    }
}

bool world_tells_state(const char *metric)
{
    for (unsigned kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        const char *known = state_metric((enum action_kind)kind);
        if (known && strcmp(known, metric) == 0)
            return true;
    }
    return false;
}

/* What the last frame said of a resource, NaN where it has no such series. */
static double last_value(const struct world *world, uint32_t resource, const char *metric)
{
    const struct inventory *inventory = world->config->inventory;
    size_t count;
    const uint32_t *series = inventory_resource_series(inventory, resource, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(inventory_series_metric(inventory, series[i]), metric) == 0)
            return world->bent[series[i]];
    }
    return NAN;
}

/* Of the target, or of whose it is: a pod's limits stand at its workload. */
static double state_before(const struct world *world, const struct action *action)
{
    const char *metric = state_metric(action->kind);
    uint32_t owner = inventory_target(world->config->inventory, action->target, RELATION_OWNED_BY);

    if (!metric || !world->keeps_state)
        return NAN;
    double own = last_value(world, action->target, metric);
    if (isnan(own) && owner == RESOURCE_NONE && world->cluster)
        owner = cluster_workload_meant(world->cluster, action->target);
    return isnan(own) && owner != RESOURCE_NONE ? last_value(world, owner, metric) : own;
}

void world_start_action(void *context, heal_time now, const struct action *action)
{
    struct world *world = context;
    const struct action_model *model = &world->config->catalogue->actions[action->kind];
    struct flight *flight;
    struct random_stream *stream;
    uint32_t index;

    if (action->kind == ACTION_PAGE_OPERATOR) {
        world_page(world, action);
        return;
    }
    flight = world_take(world, &world->flights, sizeof *flight, &index);
    stream = world_stream(world, action->target, (uint32_t)action->kind, action_name(action->kind));
    if (!flight || !stream)
        return;
    *flight = draw_flight(action, model, random_uniform(stream));
    flight->before = state_before(world, action);
    double takes = model->mean_seconds > 0.0 ? random_log_normal(stream, model->mean_seconds, model->sd_seconds) : 0.0;
    if (model->slow > 0.0 && random_uniform(stream) < model->slow)
        takes *= SLOW_FACTOR;
    world_schedule(world, now + world_seconds(takes), EVENT_ACTION_END, index);
}

/* To the cluster first, which may say no; then to the faults. What the cluster does
 * not know may still be what takes a fault away. */
static enum action_outcome do_action(struct world *world, const struct action *action)
{
    enum action_outcome outcome = ACTION_SUCCEEDED;

    world_go_on(world, NULL);
    if (world->cluster && cluster_has(world->cluster, action->target))
        outcome = cluster_act(world->cluster, world->now, action);
    if (outcome != ACTION_SUCCEEDED && outcome != ACTION_UNSUPPORTED)
        return outcome;
    return world_action_meets_faults(world, action) ? ACTION_SUCCEEDED : outcome;
}

void world_end_action(struct world *world, uint32_t index)
{
    struct flight flight = ((struct flight *)world->flights.items)[index];
    enum action_outcome outcome = ACTION_FAILED;

    world_give_back(&world->flights, index);
    if (flight.done)
        outcome = do_action(world, &flight.action);
    if (flight.answers)
        engine_action_answered(world->engine, world->now, flight.action.id, flight.refused ? ACTION_FAILED : outcome,
                               flight.before);
}
