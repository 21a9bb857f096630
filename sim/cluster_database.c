/* cluster_database.c - queries: M/M/c on the database's cores.
 *
 * A query holds a connection while it computes, reads and waits for locks; whoever
 * finds none free is refused ("too many clients"), so pools of the callers are what
 * makes queries wait. Its time is longer by scan_factor without an index and by
 * miss_factor on the share of pages that the buffer cache lacks. */
#include "sim/cluster_traffic.h"

#include "sim/batch_station.h"
#include "sim/queueing.h"

#include <math.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

static double knob(const struct cluster *cluster, size_t database, enum cluster_knob which)
{
    return higher(cluster_knob_at(cluster, CLUSTER_DATABASE, database, which), 0.0);
}

bool databases_open(struct cluster *cluster)
{
    for (size_t i = 0; i < cluster->databases.count; i++) {
        cluster->databases.pool_factor[i] = 1.0;
        cluster->databases.indexed[i] = cluster->spec->databases[i].indexed;
        cluster->databases.latency[i] = NAN;
        traffic_of(cluster)->databases[i] = (struct database_state){.warm = 1.0, .up_from = cluster->start};
    }
    return true;
}

/* Whether queries go by index: one is there, the scenario's or an action's, and the
 * planner, or who tuned it, uses it. */
static bool by_index(struct cluster *cluster, size_t database)
{
    struct database_state *state = &traffic_of(cluster)->databases[database];
    bool missing = knob(cluster, database, KNOB_INDEX_MISSING) > 0.5;

    cluster->databases.indexed[database] = (cluster->spec->databases[database].indexed && !missing) || state->added;
    bool unused = knob(cluster, database, KNOB_INDEX_UNUSED) > 0.5 && !cluster->databases.tuned[database];
    return cluster->databases.indexed[database] && !unused;
}

static double disk_delay(const struct cluster *cluster, size_t database)
{
    uint32_t volume = traffic_of(cluster)->volume_of[cluster->workloads.count + database];
    double delay = knob(cluster, database, KNOB_IO_DELAY_SECONDS);

    if (volume != UINT32_MAX)
        delay += higher(cluster_knob_at(cluster, CLUSTER_VOLUME, volume, KNOB_IO_DELAY_SECONDS), 0.0);
    return delay;
}

static double query_seconds(struct cluster *cluster, size_t database)
{
    const struct database_spec *spec = &cluster->spec->databases[database];
    const struct database_state *state = &traffic_of(cluster)->databases[database];
    double misses = 1.0 - spec->cache_hit * state->warm + knob(cluster, database, KNOB_CACHE_MISS_RATIO);
    double seconds = spec->query * higher(knob(cluster, database, KNOB_QUERY_FACTOR), 1e-3);

    misses = misses > 1.0 ? 1.0 : misses;
    if (!by_index(cluster, database))
        seconds *= spec->scan_factor;
    if (cluster->databases.tuned[database])
        seconds *= TUNED_QUERY_FACTOR;
    return seconds * (1.0 + misses * (spec->miss_factor - 1.0)) + misses * disk_delay(cluster, database);
}

/* A write to a full disk fails, and with it the database: PostgreSQL stops when it
 * cannot write its log (its manual, "Disk Full Failure"). */
static bool is_up(const struct cluster *cluster, size_t database)
{
    uint32_t volume = traffic_of(cluster)->volume_of[cluster->workloads.count + database];

    return knob(cluster, database, KNOB_DOWN) <= 0.5 &&
           cluster->now >= traffic_of(cluster)->databases[database].up_from &&
           (volume == UINT32_MAX || storage_used_ratio(cluster, volume) < 1.0);
}

static struct batch_station station_of(struct cluster *cluster, size_t database, double connections, double lock)
{
    const struct database_spec *spec = &cluster->spec->databases[database];
    double burnt = knob(cluster, database, KNOB_CPU_CORES);

    return (struct batch_station){
        .cores = burnt > 0.0 ? higher(spec->cores - burnt, spec->cores / (1.0 + burnt)) : spec->cores,
        .work = query_seconds(cluster, database),
        .work_cv = 1.0,
        .slots = connections,
        .room = 0.0,
        .hold = lock,
        .hold_variance = lock * lock,
        .limit = INFINITY,
    };
}

static void warm_up(struct database_state *state, double seconds)
{
    if (state->warm < 1.0)
        state->warm = lower(1.0 - (1.0 - state->warm) * exp(-seconds / CACHE_WARM_SECONDS), 1.0);
}

/* Sessions end: what they held, and their locks with them. */
static void drop_sessions(struct cluster *cluster, size_t database)
{
    struct database_state *state = &traffic_of(cluster)->databases[database];

    state->held_gone = knob(cluster, database, KNOB_HELD_CONNECTIONS);
    state->lock_gone = knob(cluster, database, KNOB_LOCK_WAIT_SECONDS);
}

/* Who idles in a transaction, or waits, for longer than the time-out is thrown out. */
static void end_idle_sessions(struct cluster *cluster, size_t database)
{
    const struct database_state *state = &traffic_of(cluster)->databases[database];

    if (state->timeout > 0.0 && (double)(cluster->last - state->timeout_from) >= state->timeout * (double)HEAL_SECOND)
        drop_sessions(cluster, database);
}

/* `seconds` of queries; target->tries of them came. */
void database_step(struct cluster *cluster, size_t database, double seconds)
{
    struct traffic *traffic = traffic_of(cluster);
    struct database_state *state = &traffic->databases[database];
    struct cluster_databases *databases = &cluster->databases;
    const struct database_spec *spec = &cluster->spec->databases[database];
    size_t index = cluster->workloads.count + database;
    struct target *target = &traffic->targets[index];

    end_idle_sessions(cluster, database);
    double held = still_there(knob(cluster, database, KNOB_HELD_CONNECTIONS), &state->held_gone);
    double lock = still_there(knob(cluster, database, KNOB_LOCK_WAIT_SECONDS), &state->lock_gone);
    double all = spec->connections * databases->pool_factor[database], late = 0.0;
    double errors = lower(knob(cluster, database, KNOB_ERROR_RATIO), 1.0);
    struct batch_result result = {.refused = target->tries};

    struct batch_station station = station_of(cluster, database, all - held, lock);
    station.crowd = higher(target->at_once, 1.0);
    if (is_up(cluster, database) && station.slots >= 1.0) {
        struct batch_step step = {seconds, target->tries, 0.0};
        result = batch_station_step(&station, &step);
        target_note(cluster, index, result.served, result.served * errors, result.stay, result.stay_variance, &late);
        warm_up(state, seconds);
    }
    target->refused = result.refused;
    target->left = result.left;
    target->in -= result.held;
    target->capacity_sum = result.capacity;
    target_judge(cluster, index);
    databases->rate[database] = target->tries / seconds;
    databases->latency[database] = target->latency;
    databases->error_ratio[database] = target->error_ratio;
    databases->backlog[database] = result.left;
    databases->lock_wait[database] = lock;
    databases->connections_used[database] = all > 0.0 ? lower((result.inside + held) / all, 1.0) : 1.0;
    double burnt = knob(cluster, database, KNOB_CPU_CORES);
    databases->cpu_used[database] = lower(result.served * station.work / seconds + burnt, spec->cores);
}

/* --- actions ------------------------------------------------------------------ */

/* One that is stricter already is left as it is. */
static enum action_outcome set_timeout(struct database_state *state, heal_time now, double seconds)
{
    if (!(seconds > 0.0))
        return ACTION_FAILED;
    state->timeout_before = state->timeout;
    if (state->timeout <= 0.0 || state->timeout > seconds) {
        state->timeout = seconds;
        state->timeout_from = now;
    }
    return ACTION_SUCCEEDED;
}

enum action_outcome database_act(struct cluster *cluster, heal_time now, const struct action *action, size_t index)
{
    struct cluster_databases *databases = &cluster->databases;
    struct database_state *state = &traffic_of(cluster)->databases[index];

    switch (action->kind) {
    case ACTION_RESTART_POD:
        drop_sessions(cluster, index);
        state->warm = 0.0;
        state->up_from = now + (heal_duration)(DATABASE_RESTART_SECONDS * (double)HEAL_SECOND);
        return ACTION_SUCCEEDED;
    case ACTION_RESTART_PROXY:
        drop_sessions(cluster, index);
        return ACTION_SUCCEEDED;
    case ACTION_CLEAR_CACHES:
        state->warm = 0.0;
        return ACTION_SUCCEEDED;
    case ACTION_ADD_INDEX:
        state->added = true;
        return ACTION_SUCCEEDED;
    case ACTION_DROP_INDEX: /* only one that an action added */
        if (!state->added)
            return ACTION_FAILED;
        state->added = false;
        return ACTION_SUCCEEDED;
    case ACTION_TUNE_DATABASE:
        databases->tuned[index] = 1;
        return ACTION_SUCCEEDED;
    case ACTION_RESTORE_DATABASE_SETTINGS:
        databases->tuned[index] = 0;
        return ACTION_SUCCEEDED;
    case ACTION_RAISE_POOL_SIZE:
        databases->pool_factor[index] *= 1.0 + action->amount;
        return ACTION_SUCCEEDED;
    case ACTION_LOWER_POOL_SIZE:
        databases->pool_factor[index] /= 1.0 + action->amount;
        return ACTION_SUCCEEDED;
    case ACTION_SET_DATABASE_TIMEOUTS:
        return set_timeout(state, now, action->amount);
    case ACTION_RESTORE_DATABASE_TIMEOUTS:
        state->timeout = state->timeout_before;
        return ACTION_SUCCEEDED;
    default:
        return ACTION_UNSUPPORTED;
    }
}
