/* cluster_act.c - actions on pods, nodes and workloads.
 *
 * Each acts by the mechanism alone: nothing here knows what is wrong. An action on
 * a pod's limit or on a workload's part (its image, its configuration, its
 * certificate) is one on the workload, as it is in a manifest. */
#include "sim/cluster_life.h"

#include <math.h>

static const double TUNED_WORK = 0.8; /* share of a request's CPU after tuning: less at once, fewer collections */

struct order {
    struct cluster *cluster;
    const struct action *action;
    enum cluster_kind kind;
    size_t index;
    heal_time at;
};

static enum action_outcome said(bool yes)
{
    return yes ? ACTION_SUCCEEDED : ACTION_FAILED;
}

/* --- which workload ---------------------------------------------------------- */

static const char *owner_of_part(const struct cluster_spec *spec, enum cluster_kind kind, size_t index)
{
    switch (kind) {
    case CLUSTER_CERTIFICATE:
        return spec->certificates[index].of;
    case CLUSTER_IMAGE:
        return spec->images[index].of;
    case CLUSTER_CONFIG:
        return spec->configs[index].of;
    default:
        return NULL;
    }
}

/* The caller of a link. */
static size_t caller_of(const struct cluster *cluster, size_t link)
{
    size_t workload = 0;

    while (link >= cluster->workloads.first_link[workload] + cluster->spec->workloads[workload].service.call_count)
        workload++;
    return workload;
}

/* The workload that an order on its target means; false when it has none. */
static bool find_workload(const struct order *order, size_t *workload)
{
    const char *owner;
    enum cluster_kind kind;

    switch (order->kind) {
    case CLUSTER_WORKLOAD:
        *workload = order->index;
        return true;
    case CLUSTER_POD:
        *workload = order->cluster->pods.workload[order->index];
        return true;
    case CLUSTER_LINK:
        *workload = caller_of(order->cluster, order->index);
        return true;
    default:
        owner = owner_of_part(order->cluster->spec, order->kind, order->index);
        return owner && cluster_find_id(order->cluster, owner, &kind, workload) && kind == CLUSTER_WORKLOAD;
    }
}

uint32_t cluster_workload_meant(struct cluster *cluster, uint32_t resource)
{
    struct order order = {.cluster = cluster};
    size_t workload;

    if (!cluster_find(cluster, resource, &order.kind, &order.index) || !find_workload(&order, &workload))
        return RESOURCE_NONE;
    return cluster_resource(cluster, CLUSTER_WORKLOAD, workload);
}

/* --- pods --------------------------------------------------------------------- */

static bool has_pod(const struct order *order)
{
    return order->cluster->pods.phase[order->index] != POD_NONE;
}

static enum action_outcome renew_pod(const struct order *order, enum after_stop after)
{
    if (!has_pod(order))
        return ACTION_FAILED;
    if (order->cluster->pods.phase[order->index] == POD_PENDING)
        return ACTION_SUCCEEDED; /* a new one would wait likewise */
    kubelet_stop(order->cluster, order->index, order->at, after);
    return ACTION_SUCCEEDED;
}

static enum action_outcome restart(const struct order *order)
{
    switch (order->kind) {
    case CLUSTER_POD:
        return renew_pod(order, AFTER_RESTART);
    case CLUSTER_NODE:
        nodes_reboot(order->cluster, order->index, order->at);
        return ACTION_SUCCEEDED;
    case CLUSTER_WORKLOAD:
        rollout_restart(order->cluster, order->index);
        return ACTION_SUCCEEDED;
    default:
        return ACTION_UNSUPPORTED;
    }
}

static enum action_outcome reschedule(const struct order *order)
{
    struct life *life = life_of(order->cluster);
    uint32_t node = order->cluster->pods.node[order->index];

    if (!has_pod(order) || node == UINT32_MAX || order->cluster->pods.phase[order->index] == POD_STOPPING)
        return ACTION_FAILED;
    life->avoid[order->index] = node;
    if (scheduler_choose(order->cluster, order->index) == UINT32_MAX) {
        life->avoid[order->index] = UINT32_MAX;
        return ACTION_FAILED;
    }
    kubelet_stop(order->cluster, order->index, order->at, AFTER_MOVE);
    return ACTION_SUCCEEDED;
}

static enum action_outcome take_traffic(const struct order *order, double share)
{
    if (!has_pod(order))
        return ACTION_FAILED;
    order->cluster->pods.delay_factor[order->index] = share;
    return ACTION_SUCCEEDED;
}

/* What a process holds above its base goes; what leaks goes on leaking. */
static enum action_outcome clear_caches(const struct order *order)
{
    struct cluster *cluster = order->cluster;
    bool any = false;

    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        bool meant = order->kind == CLUSTER_POD        ? pod == order->index
                     : order->kind == CLUSTER_NODE     ? cluster->pods.node[pod] == order->index
                     : order->kind == CLUSTER_WORKLOAD ? cluster->pods.workload[pod] == order->index
                                                       : false;
        if (!meant || !life_runs(cluster, pod))
            continue;
        cluster->pods.leak_since[pod] = order->at;
        cluster->pods.leaked[pod] = 0.0;
        any = true;
    }
    return any ? ACTION_SUCCEEDED : order->kind <= CLUSTER_POD ? ACTION_FAILED : ACTION_UNSUPPORTED;
}

/* --- nodes -------------------------------------------------------------------- */

static enum action_outcome drain(const struct order *order)
{
    if (order->kind == CLUSTER_POD)
        return take_traffic(order, 0.0);
    if (order->kind == CLUSTER_NODE)
        return said(drain_node(order->cluster, order->index, order->at));
    return ACTION_UNSUPPORTED;
}

static enum action_outcome undrain(const struct order *order)
{
    if (order->kind == CLUSTER_POD)
        return take_traffic(order, 1.0);
    if (order->kind != CLUSTER_NODE)
        return ACTION_UNSUPPORTED;
    drain_end(order->cluster, order->index);
    nodes_cordon(order->cluster, order->index, false);
    return ACTION_SUCCEEDED;
}

static enum action_outcome cordon(const struct order *order, bool closed)
{
    uint32_t node = order->kind == CLUSTER_NODE  ? (uint32_t)order->index
                    : order->kind == CLUSTER_POD ? order->cluster->pods.node[order->index]
                                                 : UINT32_MAX;

    if (order->kind != CLUSTER_NODE && order->kind != CLUSTER_POD)
        return ACTION_UNSUPPORTED;
    if (node == UINT32_MAX)
        return ACTION_FAILED;
    nodes_cordon(order->cluster, node, closed);
    return ACTION_SUCCEEDED;
}

/* --- workloads ---------------------------------------------------------------- */

static double widest(const double *items, size_t count)
{
    double most = 0.0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, items[i]);
    return most;
}

/* What the action makes of a limit: engine/action.h's table. */
static double resized(const struct action *action, double limit, bool up)
{
    double wish;

    if (action->unit == AMOUNT_BYTES)
        wish = up ? limit + action->amount : limit - action->amount;
    else
        wish = up ? limit * (1.0 + action->amount) : limit / (1.0 + action->amount);
    /* An undo of what nobody changed meanwhile gives the very limit back. */
    return isfinite(action->before) && fabs(wish - action->before) <= 1e-9 * action->before ? action->before : wish;
}

/* In place, for pods that run and those to come (in-place pod resize). A limit
 * below the request, or beyond every node, is refused. */
static enum action_outcome set_limit(double *limit, double wish, double request, double most)
{
    if (!(wish >= request * (1.0 - 1e-9)) || wish > most)
        return ACTION_FAILED;
    *limit = wish;
    return ACTION_SUCCEEDED;
}

static enum action_outcome resize_memory(const struct order *order, size_t w, bool up)
{
    struct cluster_workloads *workloads = &order->cluster->workloads;

    return set_limit(&workloads->memory_limit[w], resized(order->action, workloads->memory_limit[w], up),
                     workloads->memory_request[w], widest(order->cluster->nodes.memory, order->cluster->nodes.count));
}

static enum action_outcome resize_cpu(const struct order *order, size_t w, bool up)
{
    struct cluster_workloads *workloads = &order->cluster->workloads;

    return set_limit(&workloads->cpu_limit[w], resized(order->action, workloads->cpu_limit[w], up),
                     workloads->cpu_request[w], widest(order->cluster->nodes.cpu, order->cluster->nodes.count));
}

static int64_t replicas(const struct order *order)
{
    return order->action->amount >= 1.5 ? llround(fmin(order->action->amount, 1e6)) : 1;
}

static enum action_outcome quarantine(const struct order *order, size_t workload, bool on)
{
    if (order->kind == CLUSTER_POD)
        return take_traffic(order, on ? 0.0 : 1.0);
    order->cluster->workloads.quarantined[workload] = on;
    return ACTION_SUCCEEDED;
}

static enum action_outcome patch(const struct order *order, size_t workload)
{
    rollout_deploy(order->cluster, workload);
    return ACTION_SUCCEEDED;
}

static enum action_outcome act_on_workload(const struct order *order)
{
    struct cluster *cluster = order->cluster;
    size_t w;

    if (!find_workload(order, &w))
        return ACTION_UNSUPPORTED;
    int64_t wanted = cluster->workloads.wanted[w];
    switch (order->action->kind) {
    case ACTION_RAISE_MEMORY_LIMIT:
        return resize_memory(order, w, true);
    case ACTION_LOWER_MEMORY_LIMIT:
        return resize_memory(order, w, false);
    case ACTION_RAISE_CPU_LIMIT:
        return resize_cpu(order, w, true);
    case ACTION_LOWER_CPU_LIMIT:
        return resize_cpu(order, w, false);
    case ACTION_SCALE_OUT:
        return said(rollout_scale(cluster, w, wanted + replicas(order)));
    case ACTION_SCALE_IN:
        return said(rollout_scale(cluster, w, wanted - replicas(order)));
    case ACTION_ROLL_BACK_REVISION:
        return said(rollout_back(cluster, w));
    case ACTION_ROLL_FORWARD_REVISION:
        return said(rollout_forward(cluster, w));
    case ACTION_TUNE_WORKLOAD:
        cluster->workloads.work_factor[w] = TUNED_WORK;
        return ACTION_SUCCEEDED;
    case ACTION_RESTORE_WORKLOAD_SETTINGS:
        cluster->workloads.work_factor[w] = 1.0;
        return ACTION_SUCCEEDED;
    case ACTION_ISOLATE:
        return quarantine(order, w, true);
    case ACTION_RELEASE:
        return quarantine(order, w, false);
    case ACTION_PATCH_STAGING: /* not where users are */
        return ACTION_SUCCEEDED;
    case ACTION_PATCH_ROLLING:
        return patch(order, w);
    default:
        return ACTION_UNSUPPORTED;
    }
}

static enum action_outcome act(const struct order *order)
{
    switch (order->action->kind) {
    case ACTION_RESTART_POD:
        return restart(order);
    case ACTION_DELETE_POD:
        return order->kind == CLUSTER_POD ? renew_pod(order, AFTER_MOVE) : ACTION_UNSUPPORTED;
    case ACTION_RESCHEDULE_POD:
        return order->kind == CLUSTER_POD ? reschedule(order) : ACTION_UNSUPPORTED;
    case ACTION_DRAIN:
        return drain(order);
    case ACTION_UNDRAIN:
        return undrain(order);
    case ACTION_CORDON_NODE:
        return cordon(order, true);
    case ACTION_UNCORDON_NODE:
        return cordon(order, false);
    case ACTION_CLEAR_CACHES:
        return clear_caches(order);
    default:
        return act_on_workload(order);
    }
}

enum action_outcome cluster_life_act(struct cluster *cluster, heal_time now, const struct action *action,
                                     enum cluster_kind kind, size_t index)
{
    struct order order = {cluster, action, kind, index, now};

    life_advance(cluster, now);
    enum action_outcome outcome = act(&order);
    life_settle(cluster, now);
    return outcome;
}
