/* cluster_life.c - phases of pods, and the events that move them. */
#include "sim/cluster_life.h"

#include <math.h>
#include <string.h>

enum { EVENT_BITS = 8, TOKEN_MASK = 0xffffff };

static void *take(struct cluster *cluster, size_t count, size_t size)
{
    void *items = arena_array(cluster->arena, count + 1, size);

    cluster->out_of_memory = cluster->out_of_memory || !items;
    return items;
}

#define TAKE(cluster, field, count) ((field) = take((cluster), (count), sizeof *(field)))

heal_duration life_span(double seconds)
{
    return seconds < 1e9 ? (heal_duration)(seconds * (double)HEAL_SECOND) : INT64_C(1000000000) * HEAL_SECOND;
}

void life_plan(struct cluster *cluster, heal_time at, enum life_event event, uint32_t token, size_t index)
{
    uint32_t kind = (token & TOKEN_MASK) << EVENT_BITS | (uint32_t)event;

    if (!event_queue_push(cluster->queue, (struct event){at, kind, (uint32_t)index}))
        cluster->out_of_memory = true;
}

/* --- phases --------------------------------------------------------------- */

static bool phase_runs(uint8_t phase)
{
    return phase == POD_STARTING || phase == POD_READY || phase == POD_UNREADY || phase == POD_STOPPING;
}

bool life_runs(const struct cluster *cluster, size_t pod)
{
    return phase_runs(cluster->pods.phase[pod]);
}

/* Brings the totals that grow with time to `at`. */
static void account(struct cluster *cluster, heal_time at)
{
    struct life *life = life_of(cluster);
    double seconds = heal_duration_seconds(at - life->accounted);

    cluster->totals.pod_seconds += seconds * (double)life->running;
    cluster->totals.pending_seconds += seconds * (double)life->pending;
    cluster->totals.node_seconds += seconds * (double)life->nodes_up;
    life->accounted = at;
}

void life_count_node(struct cluster *cluster, bool up, heal_time at)
{
    account(cluster, at);
    life_of(cluster)->nodes_up += up ? 1 : (size_t)-1;
}

static void leave(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;

    life->running -= phase_runs(pods->phase[pod]);
    life->pending -= pods->phase[pod] == POD_PENDING;
    if (pods->phase[pod] == POD_READY) {
        heal_time from = pods->phase_since[pod] > life->ready_from ? pods->phase_since[pod] : life->ready_from;
        life->ready_so_far[pod] += heal_duration_seconds(at - from);
    }
}

void life_enter(struct cluster *cluster, size_t pod, enum pod_phase phase, heal_time at)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;

    account(cluster, at);
    leave(cluster, pod, at);
    pods->phase[pod] = (uint8_t)phase;
    pods->phase_since[pod] = at;
    pods->generation[pod]++;
    life->running += phase_runs(pods->phase[pod]);
    life->pending += phase == POD_PENDING;
    rollout_look(cluster, pods->workload[pod]);
    if (!phase_runs(pods->phase[pod])) {
        pods->started[pod] = HEAL_TIME_NEVER;
        pods->leak_since[pod] = HEAL_TIME_NEVER;
        pods->leaked[pod] = 0.0;
        pods->cpu_used[pod] = pods->memory_used[pod] = 0.0;
    }
}

/* --- events --------------------------------------------------------------- */

static bool is_current(const struct cluster *cluster, enum life_event event, uint32_t token, size_t index)
{
    const struct life *life = life_of(cluster);

    switch (event) {
    case LIFE_READY:
    case LIFE_START:
    case LIFE_STOPPED:
        return (cluster->pods.generation[index] & TOKEN_MASK) == token;
    case LIFE_CRASH:
        return (life->crash_token[index] & TOKEN_MASK) == token;
    case LIFE_PROBE:
        return (life->probe_token[index] & TOKEN_MASK) == token;
    case LIFE_NODE_GONE:
    case LIFE_NODE_BOOT:
    case LIFE_ROOM:
        return (life->node_token[index] & TOKEN_MASK) == token;
    case LIFE_STEP:
        break;
    }
    return false;
}

static void handle(struct cluster *cluster, enum life_event event, size_t index, heal_time at)
{
    switch (event) {
    case LIFE_READY:
        kubelet_ready(cluster, index, at);
        break;
    case LIFE_START:
        kubelet_restart(cluster, index, at);
        break;
    case LIFE_STOPPED:
        kubelet_stopped(cluster, index, at);
        break;
    case LIFE_CRASH:
        kubelet_die(cluster, index, at, false);
        break;
    case LIFE_PROBE:
        kubelet_probe(cluster, index, at);
        break;
    case LIFE_NODE_GONE:
        nodes_gone(cluster, index, at);
        break;
    case LIFE_NODE_BOOT:
        nodes_booted(cluster, index, at);
        break;
    case LIFE_ROOM:
        nodes_room(cluster, index, at);
        break;
    case LIFE_STEP:
        break;
    }
}

/* What follows from a move is done when the move is over: a controller looks at
 * what is, not at what is changing. Each turn leaves fewer pods to move. */
void life_settle(struct cluster *cluster, heal_time at)
{
    struct life *life = life_of(cluster);

    while (life->dirty_count > 0 || life->retry || life->drain) {
        if (life->dirty_count > 0) {
            uint32_t workload = life->dirty_list[--life->dirty_count];
            life->dirty[workload] = false;
            rollout_settle(cluster, workload, at);
        } else if (life->retry) {
            life->retry = false;
            scheduler_settle(cluster, at);
        } else {
            life->drain = false;
            drain_settle(cluster, at);
        }
    }
}

void life_advance(struct cluster *cluster, heal_time until)
{
    struct life *life = life_of(cluster);
    struct event event;

    if (until < life->clock)
        return;
    life->horizon = until;
    kubelet_plan_crashes(cluster);
    life_plan(cluster, until, LIFE_STEP, 0, 0); /* all before it was planned before, and is due */
    while (!cluster->out_of_memory && event_queue_pop(cluster->queue, &event)) {
        enum life_event kind = (enum life_event)(event.kind & ((1U << EVENT_BITS) - 1));
        life->clock = event.at;
        if (kind == LIFE_STEP)
            break;
        if (!is_current(cluster, kind, event.kind >> EVENT_BITS, event.index))
            continue;
        handle(cluster, kind, event.index, life->clock);
        life_settle(cluster, life->clock);
    }
}

/* --- steps ---------------------------------------------------------------- */

void cluster_life_knobs(struct cluster *cluster)
{
    heal_time at = life_of(cluster)->clock;

    rollout_knobs(cluster); /* first: it decides whom a workload's knobs meet */
    nodes_knobs(cluster, at);
    kubelet_knobs(cluster, at);
    life_settle(cluster, at);
}

/* Restarts count less and less: a rate per hour over the hour that lies behind. */
static void forget_restarts(struct cluster *cluster, heal_time now)
{
    struct life *life = life_of(cluster);
    double *restarts = cluster->pods.restarts;
    double keep = exp(-heal_duration_seconds(now - life->forgotten) / 3600.0);

    life->forgotten = now;

    for (size_t i = 0; i < cluster->pods.count; i++)
        restarts[i] *= keep;
}

static void sum_ready(struct cluster *cluster, heal_time now)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;

    for (size_t i = 0; i < pods->count; i++) {
        heal_time from = pods->phase_since[i] > life->ready_from ? pods->phase_since[i] : life->ready_from;
        double more = pods->phase[i] == POD_READY ? heal_duration_seconds(now - from) : 0.0;
        pods->ready_seconds[i] = life->ready_so_far[i] + more;
        life->ready_so_far[i] = 0.0;
    }
    life->ready_from = now;
}

/* A leak begins with its knob, not with the process that it finds; and it is gone
 * with the process. */
static void leak(struct cluster *cluster, heal_time now)
{
    struct cluster_pods *pods = &cluster->pods;

    for (size_t pod = 0; cluster->knob_turned[KNOB_LEAK_BYTES_PER_HOUR] && pod < pods->count; pod++) {
        heal_time from = pods->leak_since[pod] > cluster->last ? pods->leak_since[pod] : cluster->last;
        if (life_runs(cluster, pod) && from < now)
            pods->leaked[pod] += fmax(cluster_process_knob(cluster, pod, KNOB_LEAK_BYTES_PER_HOUR), 0.0) *
                                 heal_duration_seconds(now - from) / 3600.0;
    }
}

void cluster_life_until(struct cluster *cluster, heal_time now)
{
    life_advance(cluster, now);
    account(cluster, now);
    sum_ready(cluster, now);
    forget_restarts(cluster, now);
    leak(cluster, now);
}

/* --- opening -------------------------------------------------------------- */

static void take_pods(struct cluster *cluster, struct life *life, size_t count)
{
    TAKE(cluster, life->ready_so_far, count);
    TAKE(cluster, life->start_draws, count);
    TAKE(cluster, life->crash_draws, count);
    TAKE(cluster, life->probe_draws, count);
    TAKE(cluster, life->created, count);
    TAKE(cluster, life->oom_at, count);
    TAKE(cluster, life->after_stop, count);
    TAKE(cluster, life->lost, count);
    TAKE(cluster, life->kill_seen, count);
    TAKE(cluster, life->avoid, count);
    TAKE(cluster, life->crash_left, count);
    TAKE(cluster, life->crash_rate, count);
    TAKE(cluster, life->crash_since, count);
    TAKE(cluster, life->crash_token, count);
    TAKE(cluster, life->probe_token, count);
    TAKE(cluster, life->probe_failed, count);
    TAKE(cluster, life->probing, count);
}

static void take_rest(struct cluster *cluster, struct life *life)
{
    size_t nodes = cluster->nodes.count, workloads = cluster->workloads.count;

    TAKE(cluster, life->draining, nodes);
    TAKE(cluster, life->rebooting, nodes);
    TAKE(cluster, life->closed, nodes);
    TAKE(cluster, life->pressure_until, nodes);
    TAKE(cluster, life->node_token, nodes);
    TAKE(cluster, life->same, nodes);
    TAKE(cluster, life->same_zone, cluster->spec->zone_count);
    TAKE(cluster, life->deploy_seen, workloads);
    TAKE(cluster, life->no_room, workloads);
    TAKE(cluster, life->newest, workloads);
    TAKE(cluster, life->dirty, workloads);
    TAKE(cluster, life->dirty_list, workloads);
}

/* Streams by the pod's own id: one more pod changes no other's numbers. */
static void open_streams(struct cluster *cluster, struct life *life)
{
    uint64_t seed = cluster->streams.seed, index = cluster->streams.index;

    for (size_t i = 0; i < cluster->pods.count; i++) {
        const char *id = inventory_resource_id(cluster->inventory, cluster_resource(cluster, CLUSTER_POD, i));
        life->start_draws[i] = random_stream_named(seed, id, "pod start", index);
        life->crash_draws[i] = random_stream_named(seed, id, "pod crash", index);
        life->probe_draws[i] = random_stream_named(seed, id, "readiness probe", index);
    }
}

/* All replicas are ready, and have been for a while: nothing of a start is left. */
static void open_pods(struct cluster *cluster, struct life *life)
{
    heal_time before = cluster->start - HEAL_HOUR;

    for (size_t w = 0; w < cluster->workloads.count; w++) {
        uint32_t first = cluster->workloads.first[w];
        life->newest[w] = cluster->workloads.revision[w];
        for (uint32_t i = 0; i < cluster->workloads.slots[w]; i++) {
            life->avoid[first + i] = UINT32_MAX;
            if (i < cluster->workloads.wanted[w])
                scheduler_open(cluster, first + i, before);
        }
    }
}

bool cluster_life_open(struct cluster *cluster)
{
    struct life *life = arena_alloc(cluster->arena, sizeof *life);

    if (!life)
        return false;
    cluster->life = life;
    take_pods(cluster, life, cluster->pods.count);
    take_rest(cluster, life);
    if (cluster->out_of_memory || !autoscaler_open(cluster))
        return false;
    life->clock = life->horizon = life->accounted = life->ready_from = life->forgotten = cluster->start;
    life->nodes_up = cluster->nodes.count;
    open_streams(cluster, life);
    open_pods(cluster, life);
    life_settle(cluster, cluster->start);
    return !cluster->out_of_memory;
}

void cluster_life_close(struct cluster *cluster)
{
    cluster->life = NULL; /* it lies in the arena */
}
