/* cluster_show.c - what a monitoring system sees of pods, nodes and replicas. */
#include "sim/cluster_life.h"

#include <math.h>

static heal_duration late(const struct workload_spec *spec)
{
    heal_duration thrice = life_span(3.0 * spec->start.mean_seconds);

    return thrice > LATE ? thrice : LATE;
}

/* 1 ready, 0 not, NaN while it is made or taken away in good order. */
static double show_up(const struct cluster *cluster, size_t pod)
{
    const struct life *life = life_of(cluster);
    heal_duration age = cluster->now - life->created[pod];

    switch ((enum pod_phase)cluster->pods.phase[pod]) {
    case POD_READY:
        return 1.0;
    case POD_PENDING:
    case POD_STARTING:
        if (cluster->pods.restarts[pod] == 0.0 && age < late(&cluster->spec->workloads[cluster->pods.workload[pod]]))
            return NAN;
        return 0.0;
    case POD_NONE:
    case POD_STOPPING:
        return NAN;
    default:
        return 0.0;
    }
}

static void show_pod(const struct cluster *cluster, size_t pod, double *out)
{
    const struct life *life = life_of(cluster);
    const struct cluster_pods *pods = &cluster->pods;
    uint32_t workload = pods->workload[pod];
    bool there = pods->phase[pod] != POD_NONE;
    bool runs = life_runs(cluster, pod);
    bool oom = pods->oom[pod] && cluster->now - life->oom_at[pod] < OOM_SHOWN;

    out[POD_SERIES_UP] = show_up(cluster, pod);
    out[POD_SERIES_CPU] = runs ? pods->cpu_used[pod] / cluster->workloads.cpu_limit[workload] : NAN;
    out[POD_SERIES_MEMORY] = runs ? pods->memory_used[pod] / cluster->workloads.memory_limit[workload] : NAN;
    out[POD_SERIES_RESTARTS] = there ? pods->restarts[pod] : NAN;
    out[POD_SERIES_CRASH_LOOP] = there ? pods->phase[pod] == POD_BACK_OFF && !life->lost[pod] : NAN;
    out[POD_SERIES_OOM_KILLED] = there ? oom : NAN;
}

static void show_node(const struct cluster *cluster, size_t node, double *out)
{
    const struct cluster_nodes *nodes = &cluster->nodes;
    bool up = !nodes->down[node];

    out[NODE_SERIES_CPU] = up ? nodes->cpu_used[node] / nodes->cpu[node] : NAN;
    out[NODE_SERIES_MEMORY] = up ? nodes->memory_used[node] / nodes->memory[node] : NAN;
    out[NODE_SERIES_DISK] = up ? nodes->disk_used[node] / nodes->disk[node] : NAN;
    out[NODE_SERIES_UP] = up;
}

static void show_workload(const struct cluster *cluster, size_t workload, double *out)
{
    const struct cluster_workloads *workloads = &cluster->workloads;
    double wanted = workloads->wanted[workload];
    double ready = wanted > 0.0 ? rollout_ready(cluster, workload) / wanted : 1.0;

    workloads->ready_ratio[workload] = ready < 1.0 ? ready : 1.0;
    out[WORKLOAD_SERIES_READY] = workloads->ready_ratio[workload];
    out[WORKLOAD_SERIES_REPLICAS] = wanted;
    out[WORKLOAD_SERIES_MEMORY_LIMIT] = workloads->memory_limit[workload];
    out[WORKLOAD_SERIES_CPU_LIMIT] = workloads->cpu_limit[workload];
    out[WORKLOAD_SERIES_REVISION] = workloads->revision[workload];
}

void cluster_life_show(const struct cluster *cluster, double *values)
{
    for (size_t node = 0; node < cluster->nodes.count; node++)
        show_node(cluster, node, &values[cluster_series(cluster, CLUSTER_NODE, node)]);
    for (size_t pod = 0; pod < cluster->pods.count; pod++)
        show_pod(cluster, pod, &values[cluster_series(cluster, CLUSTER_POD, pod)]);
    for (size_t w = 0; w < cluster->workloads.count; w++)
        show_workload(cluster, w, &values[cluster_series(cluster, CLUSTER_WORKLOAD, w)]);
}
