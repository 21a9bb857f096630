/* world_actions.c - the engine's actions: how long they take, how they end, what they meet. */
#include "sim/world_parts.h"

struct flight {
    struct action action;
    bool done;    /* it takes effect */
    bool refused; /* the answer is no, whatever it did */
    bool answers;
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
        engine_action_ended(world->engine, world->now, flight.action.id, flight.refused ? ACTION_FAILED : outcome);
}
