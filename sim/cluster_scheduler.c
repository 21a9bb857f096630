/* cluster_scheduler.c - pods onto nodes, and what a slot is when a pod is new. */
#include "sim/cluster_life.h"

#include "sim/cluster_place.h"

#include <math.h>
#include <string.h>

/* How many pods of the workload each node and zone has. */
static void count_same(struct cluster *cluster, uint32_t workload)
{
    struct life *life = life_of(cluster);
    uint32_t first = cluster->workloads.first[workload];

    memset(life->same, 0, cluster->nodes.count * sizeof *life->same);
    memset(life->same_zone, 0, cluster->spec->zone_count * sizeof *life->same_zone);
    for (uint32_t pod = first; pod < first + cluster->workloads.slots[workload]; pod++) {
        uint32_t node = cluster->pods.node[pod];
        if (node == UINT32_MAX)
            continue;
        life->same[node]++;
        if (cluster->nodes.zone[node] != UINT32_MAX)
            life->same_zone[cluster->nodes.zone[node]]++;
    }
}

uint32_t scheduler_choose(struct cluster *cluster, size_t pod)
{
    const struct life *life = life_of(cluster);
    const struct cluster_nodes *nodes = &cluster->nodes;
    uint32_t workload = cluster->pods.workload[pod];
    const struct place_nodes places = {
        nodes->count, nodes->cpu, nodes->memory, nodes->cpu_requested, nodes->memory_requested,
        life->closed, nodes->zone};
    const struct place_pod wish = {cluster->workloads.cpu_request[workload],
                                   cluster->workloads.memory_request[workload], life->same, life->same_zone,
                                   life->avoid[pod]};

    count_same(cluster, workload);
    return place_choose(&places, &wish);
}

static void bind(struct cluster *cluster, size_t pod, uint32_t node)
{
    uint32_t workload = cluster->pods.workload[pod];

    cluster->pods.node[pod] = node;
    cluster->nodes.cpu_requested[node] += cluster->workloads.cpu_request[workload];
    cluster->nodes.memory_requested[node] += cluster->workloads.memory_request[workload];
    life_of(cluster)->avoid[pod] = UINT32_MAX;
}

void scheduler_release(struct cluster *cluster, size_t pod)
{
    uint32_t node = cluster->pods.node[pod], workload = cluster->pods.workload[pod];

    if (node == UINT32_MAX)
        return;
    cluster->pods.node[pod] = UINT32_MAX;
    cluster->nodes.cpu_requested[node] -= cluster->workloads.cpu_request[workload];
    cluster->nodes.memory_requested[node] -= cluster->workloads.memory_request[workload];
    scheduler_retry(cluster);
}

void scheduler_renew(struct cluster *cluster, size_t pod, heal_time at)
{
    struct life *life = life_of(cluster);
    struct cluster_pods *pods = &cluster->pods;

    pods->revision[pod] = cluster->workloads.revision[pods->workload[pod]];
    pods->back_off[pod] = 0.0;
    pods->restarts[pod] = 0.0;
    pods->oom[pod] = false;
    pods->delay_factor[pod] = 1.0;
    pods->cpu_used[pod] = 0.0;
    pods->memory_used[pod] = 0.0;
    life->created[pod] = at;
    life->lost[pod] = false;
}

static bool place(struct cluster *cluster, size_t pod, heal_time at)
{
    uint32_t node = scheduler_choose(cluster, pod);

    if (node == UINT32_MAX && life_of(cluster)->avoid[pod] != UINT32_MAX) {
        life_of(cluster)->avoid[pod] = UINT32_MAX;
        node = scheduler_choose(cluster, pod);
    }
    if (node == UINT32_MAX)
        return false;
    bind(cluster, pod, node);
    kubelet_start(cluster, pod, at);
    return true;
}

void scheduler_add(struct cluster *cluster, size_t pod, heal_time at)
{
    scheduler_renew(cluster, pod, at);
    life_enter(cluster, pod, POD_PENDING, at);
    place(cluster, pod, at);
}

void scheduler_open(struct cluster *cluster, size_t pod, heal_time at)
{
    struct cluster_pods *pods = &cluster->pods;
    uint32_t node = scheduler_choose(cluster, pod);

    if (node == UINT32_MAX) {
        scheduler_add(cluster, pod, cluster->start);
        return;
    }
    bind(cluster, pod, node);
    scheduler_renew(cluster, pod, at);
    life_enter(cluster, pod, POD_READY, cluster->start);
    pods->started[pod] = pods->leak_since[pod] = pods->phase_since[pod] = at;
    kubelet_new_hazard(cluster, pod, cluster->start);
}

void scheduler_retry(struct cluster *cluster)
{
    struct life *life = life_of(cluster);

    life->retry = life->retry || life->pending > 0;
}

/* Who waits longest first would be fairer; slots in order are as good, and cheap. */
void scheduler_settle(struct cluster *cluster, heal_time at)
{
    struct life *life = life_of(cluster);

    memset(life->no_room, 0, cluster->workloads.count);
    for (size_t pod = 0; pod < cluster->pods.count && life->pending > 0; pod++) {
        uint32_t workload = cluster->pods.workload[pod];
        if (cluster->pods.phase[pod] == POD_PENDING && !life->no_room[workload])
            life->no_room[workload] = !place(cluster, pod, at);
    }
}
