/* cluster_nodes.c - nodes that fall, boot, close, and run out of memory or disk. */
#include "sim/cluster_life.h"

static void look_at_door(struct cluster *cluster, size_t node, heal_time at)
{
    struct life *life = life_of(cluster);
    bool closed = cluster->nodes.down[node] || cluster->nodes.cordoned[node] || life->pressure_until[node] > at;

    if (life->closed[node] && !closed)
        scheduler_retry(cluster);
    life->closed[node] = closed;
}

void nodes_cordon(struct cluster *cluster, size_t node, bool cordon)
{
    cluster->nodes.cordoned[node] = cordon;
    look_at_door(cluster, node, life_of(cluster)->clock);
}

/* --- down and up ---------------------------------------------------------- */

static void fall(struct cluster *cluster, size_t node, heal_time at)
{
    struct life *life = life_of(cluster);

    cluster->nodes.down[node] = true;
    life_count_node(cluster, false, at);
    look_at_door(cluster, node, at);
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (cluster->pods.node[pod] != node)
            continue;
        kubelet_lose(cluster, pod, at);
    }
    life_plan(cluster, at + NODE_TOLERATION, LIFE_NODE_GONE, ++life->node_token[node], node);
}

static void rise(struct cluster *cluster, size_t node, heal_time at)
{
    struct life *life = life_of(cluster);

    cluster->nodes.down[node] = false;
    life->node_token[node]++;
    life->pressure_until[node] = at;
    life_count_node(cluster, true, at);
    look_at_door(cluster, node, at);
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (cluster->pods.node[pod] == node && life->lost[pod])
            kubelet_restart(cluster, pod, at);
    }
}

static bool is_held_down(const struct cluster *cluster, size_t node)
{
    uint32_t zone = cluster->nodes.zone[node];

    return cluster_knob_at(cluster, CLUSTER_NODE, node, KNOB_DOWN) > 0.5 ||
           (zone != UINT32_MAX && cluster_knob_at(cluster, CLUSTER_ZONE, zone, KNOB_DOWN) > 0.5);
}

static void see(struct cluster *cluster, size_t node, heal_time at)
{
    bool down = is_held_down(cluster, node) || life_of(cluster)->rebooting[node];

    if (down && !cluster->nodes.down[node])
        fall(cluster, node, at);
    else if (!down && cluster->nodes.down[node])
        rise(cluster, node, at);
}

void nodes_knobs(struct cluster *cluster, heal_time at)
{
    for (size_t node = 0; node < cluster->nodes.count; node++)
        see(cluster, node, at);
}

/* A boot under way is not begun anew: its end is planned. */
void nodes_reboot(struct cluster *cluster, size_t node, heal_time at)
{
    struct life *life = life_of(cluster);

    if (life->rebooting[node])
        return;
    life->rebooting[node] = true;
    see(cluster, node, at);
    life_plan(cluster, at + NODE_REBOOT, LIFE_NODE_BOOT, life->node_token[node], node);
}

void nodes_booted(struct cluster *cluster, size_t node, heal_time at)
{
    life_of(cluster)->rebooting[node] = false;
    see(cluster, node, at);
}

/* --- evictions ------------------------------------------------------------- */

static void evict(struct cluster *cluster, size_t pod, heal_time at)
{
    cluster->totals.evictions += 1.0;
    scheduler_release(cluster, pod);
    scheduler_add(cluster, pod, at);
}

void nodes_gone(struct cluster *cluster, size_t node, heal_time at)
{
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (cluster->pods.node[pod] == node)
            evict(cluster, pod, at);
    }
}

void nodes_room(struct cluster *cluster, size_t node, heal_time at)
{
    look_at_door(cluster, node, at);
}

static double over_request(const struct cluster *cluster, size_t pod)
{
    return cluster->pods.memory_used[pod] - cluster->workloads.memory_request[cluster->pods.workload[pod]];
}

/* The pod that is furthest over what it asked for. */
static size_t pick_victim(const struct cluster *cluster, size_t node)
{
    size_t victim = SIZE_MAX;

    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (cluster->pods.node[pod] != node || !life_runs(cluster, pod) || cluster->pods.phase[pod] == POD_STOPPING)
            continue;
        if (victim == SIZE_MAX || over_request(cluster, pod) > over_request(cluster, victim))
            victim = pod;
    }
    return victim;
}

static bool memory_short(const struct cluster_nodes *nodes, size_t node, double used)
{
    return nodes->memory[node] - used < PRESSURE_MEMORY;
}

static bool disk_short(const struct cluster_nodes *nodes, size_t node)
{
    return nodes->disk[node] > 0.0 && nodes->disk_used[node] > (1.0 - PRESSURE_DISK) * nodes->disk[node];
}

/* As many pods go as there were housekeeping intervals in the step, and no more
 * than it takes where memory is what is short. */
static void relieve(struct cluster *cluster, size_t node, heal_duration step)
{
    struct life *life = life_of(cluster);
    double used = cluster->nodes.memory_used[node];

    life->pressure_until[node] = cluster->now + PRESSURE_TIME;
    life_plan(cluster, life->pressure_until[node], LIFE_ROOM, life->node_token[node], node);
    look_at_door(cluster, node, cluster->now);
    for (heal_duration spent = 0; spent < step; spent += HOUSEKEEPING) {
        size_t victim = pick_victim(cluster, node);
        if (victim == SIZE_MAX || (!memory_short(&cluster->nodes, node, used) && !disk_short(&cluster->nodes, node)))
            return;
        used -= cluster->pods.memory_used[victim];
        kubelet_stop_now(cluster, victim, cluster->now);
        evict(cluster, victim, cluster->now);
    }
}

void nodes_look(struct cluster *cluster)
{
    const struct cluster_nodes *nodes = &cluster->nodes;

    for (size_t node = 0; node < nodes->count; node++) {
        if (!nodes->down[node] && (memory_short(nodes, node, nodes->memory_used[node]) || disk_short(nodes, node)))
            relieve(cluster, node, cluster->now - cluster->last);
    }
    life_settle(cluster, cluster->now);
}
