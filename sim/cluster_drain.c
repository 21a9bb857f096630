/* cluster_drain.c - evictions that ask first: drains under disruption budgets.
 *
 * A PodDisruptionBudget with min_available lets a ready pod go only while more
 * than that are ready; one that is not ready may go at any time (the
 * AlwaysAllow policy for unhealthy pods). A drain evicts whom it may and goes on as
 * replacements get ready, as kubectl does. It is refused where a budget lets
 * nobody of the node go even now. */
#include "sim/cluster_life.h"

static bool is_on(const struct cluster *cluster, size_t pod, size_t node)
{
    return cluster->pods.node[pod] == node && cluster->pods.phase[pod] != POD_STOPPING;
}

bool drain_may_evict(const struct cluster *cluster, size_t pod)
{
    uint32_t workload = cluster->pods.workload[pod];
    uint32_t least = cluster->spec->workloads[workload].min_available;

    return least == 0 || cluster->pods.phase[pod] != POD_READY || rollout_ready(cluster, workload) > least;
}

void drain_evict(struct cluster *cluster, size_t pod, heal_time at)
{
    cluster->totals.evictions += 1.0;
    kubelet_stop(cluster, pod, at, AFTER_MOVE);
}

/* The pods of a node whose budget is used up; one is enough. */
static bool is_forbidden(const struct cluster *cluster, size_t node)
{
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (is_on(cluster, pod, node) && !drain_may_evict(cluster, pod))
            return true;
    }
    return false;
}

/* Evicts whom it may; true when nobody is left. */
static bool go_on(struct cluster *cluster, size_t node, heal_time at)
{
    bool empty = true;

    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        if (!is_on(cluster, pod, node))
            continue;
        if (drain_may_evict(cluster, pod))
            drain_evict(cluster, pod, at);
        else
            empty = false;
    }
    return empty;
}

void drain_end(struct cluster *cluster, size_t node)
{
    struct life *life = life_of(cluster);

    life->draining_count -= life->draining[node];
    life->draining[node] = false;
}

bool drain_node(struct cluster *cluster, size_t node, heal_time at)
{
    struct life *life = life_of(cluster);

    if (is_forbidden(cluster, node))
        return false;
    nodes_cordon(cluster, node, true);
    life->draining_count += !life->draining[node];
    life->draining[node] = true;
    if (go_on(cluster, node, at))
        drain_end(cluster, node);
    return true;
}

void drain_go_on(struct cluster *cluster)
{
    struct life *life = life_of(cluster);

    life->drain = life->drain || life->draining_count > 0;
}

void drain_settle(struct cluster *cluster, heal_time at)
{
    const struct life *life = life_of(cluster);

    for (size_t node = 0; node < cluster->nodes.count && life->draining_count > 0; node++) {
        if (life->draining[node] && go_on(cluster, node, at))
            drain_end(cluster, node);
    }
}
