/* cluster_traffic_act.c - actions on traffic: shifting it, pools, proxies. */
#include "sim/cluster_traffic.h"

#include <math.h>

/* --- shifting --------------------------------------------------------------- */

static double left_of(const struct action *action)
{
    double share = action->amount;

    return share < 0.0 ? 1.0 : share > 1.0 ? 0.0 : 1.0 - share;
}

static double badness(const struct cluster *cluster, size_t pod)
{
    const struct traffic *traffic = traffic_of(cluster);

    return traffic->served[pod] > 0.0  ? traffic->stay[pod] * (1.0 + 9.0 * cluster->pods.error_ratio[pod])
           : traffic->ended[pod] > 0.0 ? INFINITY
                                       : NAN;
}

/* Off the workload's outliers, as a mesh ejects them (Envoy, "Outlier detection"): the
 * pods that are more than half as slow again as the mean of the others, at most half
 * of all. With none of them there is nowhere better to go. */
static enum action_outcome shift_off_outliers(struct cluster *cluster, size_t workload, double left)
{
    struct traffic *traffic = traffic_of(cluster);
    uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
    uint32_t asked = 0, out = 0;

    for (uint32_t pod = first; pod < end; pod++)
        asked += isnan(badness(cluster, pod)) ? 0 : 1;
    while (out < asked / 2) {
        uint32_t worst = UINT32_MAX, rest = 0;
        double worst_of = 0.0, sum = 0.0;
        for (uint32_t pod = first; pod < end; pod++) {
            double its = badness(cluster, pod);
            if (isnan(its) || traffic->shift[pod] < 1.0)
                continue;
            if (its > worst_of) {
                worst = pod;
                worst_of = its;
            }
            sum += isinf(its) ? 0.0 : its;
            rest += isinf(its) ? 0 : 1;
        }
        if (worst == UINT32_MAX)
            break;
        if (!isinf(worst_of)) {
            sum -= worst_of;
            rest--;
        }
        if (rest == 0 || worst_of <= 1.5 * sum / rest)
            break;
        traffic->shift[worst] = left;
        out++;
    }
    return out > 0 ? ACTION_SUCCEEDED : ACTION_FAILED;
}

static enum action_outcome shift(struct cluster *cluster, enum cluster_kind kind, size_t index, double left)
{
    struct traffic *traffic = traffic_of(cluster);

    switch (kind) {
    case CLUSTER_POD:
        traffic->shift[index] = left;
        return ACTION_SUCCEEDED;
    case CLUSTER_NODE:
        traffic->node_shift[index] = left;
        return ACTION_SUCCEEDED;
    case CLUSTER_ZONE:
        traffic->zone_shift[index] = left;
        return ACTION_SUCCEEDED;
    case CLUSTER_LINK:
        traffic->links[index].share = left;
        return ACTION_SUCCEEDED;
    case CLUSTER_WORKLOAD:
        return shift_off_outliers(cluster, index, left);
    default:
        return ACTION_UNSUPPORTED;
    }
}

static enum action_outcome restore(struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    uint32_t first, end;

    if (kind != CLUSTER_WORKLOAD)
        return shift(cluster, kind, index, 1.0);
    first = cluster->workloads.first[index];
    end = first + cluster->workloads.slots[index];
    for (uint32_t pod = first; pod < end; pod++)
        traffic_of(cluster)->shift[pod] = 1.0;
    return ACTION_SUCCEEDED;
}

/* --- pools ------------------------------------------------------------------ */

/* The workload that a pod, a link or itself stands for. */
static bool caller_of(const struct cluster *cluster, enum cluster_kind kind, size_t index, size_t *workload)
{
    if (kind == CLUSTER_WORKLOAD)
        *workload = index;
    else if (kind == CLUSTER_POD)
        *workload = cluster->pods.workload[index];
    else if (kind == CLUSTER_LINK)
        *workload = traffic_of(cluster)->links[index].caller;
    else
        return false;
    return true;
}

static void drop_pool(struct cluster *cluster, size_t pod)
{
    traffic_of(cluster)->held_gone[pod] = cluster_pod_knob(cluster, pod, KNOB_HELD_CONNECTIONS);
}

static enum action_outcome restart_proxy(struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    size_t workload;

    if (!caller_of(cluster, kind, index, &workload))
        return ACTION_UNSUPPORTED;
    if (kind == CLUSTER_POD) {
        drop_pool(cluster, index);
        return ACTION_SUCCEEDED;
    }
    uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
    for (uint32_t pod = first; pod < end; pod++)
        drop_pool(cluster, pod);
    return ACTION_SUCCEEDED;
}

static enum action_outcome size_pool(struct cluster *cluster, enum cluster_kind kind, size_t index, double factor)
{
    size_t workload;

    if (!caller_of(cluster, kind, index, &workload))
        return ACTION_UNSUPPORTED;
    cluster->workloads.pool_factor[workload] *= factor;
    return ACTION_SUCCEEDED;
}

enum action_outcome cluster_traffic_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index)
{
    if (kind == CLUSTER_DATABASE)
        return database_act(cluster, now, action, index);
    switch (action->kind) {
    case ACTION_SHIFT_TRAFFIC:
        return shift(cluster, kind, index, left_of(action));
    case ACTION_RESTORE_TRAFFIC:
        return restore(cluster, kind, index);
    case ACTION_RESTART_PROXY:
        return restart_proxy(cluster, kind, index);
    case ACTION_RAISE_POOL_SIZE:
        return size_pool(cluster, kind, index, 1.0 + action->amount);
    case ACTION_LOWER_POOL_SIZE:
        return size_pool(cluster, kind, index, 1.0 / (1.0 + action->amount));
    default:
        return ACTION_UNSUPPORTED;
    }
}
