/* cluster_cores.c - who gets how much of a node's cores in a step. */
#include "sim/cluster_traffic.h"

#include "sim/batch_station.h"

static double lower(double a, double b)
{
    return a < b ? a : b;
}

static double higher(double a, double b)
{
    return a > b ? a : b;
}

static double limit_of(const struct cluster *cluster, size_t pod)
{
    double limit = cluster->workloads.cpu_limit[cluster->pods.workload[pod]];
    uint32_t node = cluster->pods.node[pod];

    if (limit > 0.0)
        return limit;
    return node == UINT32_MAX ? BATCH_CORES_MIN : cluster->nodes.cpu[node];
}

double cores_work(const struct cluster *cluster, size_t pod)
{
    uint32_t workload = cluster->pods.workload[pod];

    return cluster->spec->workloads[workload].service.work * cluster->workloads.work_factor[workload] *
           traffic_of(cluster)->work[pod];
}

static double demand_of(const struct cluster *cluster, size_t pod, double seconds)
{
    const struct traffic *traffic = traffic_of(cluster);
    double span = cluster->pods.ready_seconds[pod] > 0.0 ? cluster->pods.ready_seconds[pod] : seconds;
    double requests = (traffic->arrivals[pod] + cluster->pods.backlog[pod]) * cores_work(cluster, pod) / span;

    return lower(requests + traffic->burnt[pod], limit_of(cluster, pod));
}

/* CFS shares by the requests; who wants less leaves the rest to the others. */
static double claim_of(const struct cluster *cluster, size_t pod)
{
    return higher(cluster->workloads.cpu_request[cluster->pods.workload[pod]], 0.002); /* cpu.shares' least */
}

static bool at_work(const struct cluster *cluster, size_t pod)
{
    return cluster->pods.node[pod] != UINT32_MAX &&
           (pod_runs(cluster->pods.phase[pod]) || cluster->pods.ready_seconds[pod] > 0.0);
}

static double fair_share(const struct cluster *cluster, uint32_t node, double claim)
{
    return cluster->nodes.cpu[node] * claim / traffic_of(cluster)->claims[node];
}

/* What burns on the node itself is one more claimant, by as many cores as it burns. */
static void want_cores(struct cluster *cluster, double seconds)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t node = 0; node < cluster->nodes.count; node++) {
        double burnt = knob_own(cluster, CLUSTER_NODE, node, KNOB_CPU_CORES);
        traffic->wanted[node] = traffic->claims[node] = lower(burnt, cluster->nodes.cpu[node]);
        traffic->met[node] = traffic->unmet[node] = 0.0;
    }
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        traffic->cores[pod] = 0.0;
        if (!at_work(cluster, pod))
            continue;
        traffic->cores[pod] = demand_of(cluster, pod, seconds);
        traffic->wanted[cluster->pods.node[pod]] += traffic->cores[pod];
        traffic->claims[cluster->pods.node[pod]] += claim_of(cluster, pod);
    }
}

/* On a node that has enough a pod may use what is spare, up to its limit. On one that
 * has not, each gets its fair share or what it wants, and what that leaves goes to
 * those who want more, by how much. */
static void give_cores(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_nodes *nodes = &cluster->nodes;

    for (size_t node = 0; node < nodes->count; node++) {
        if (traffic->wanted[node] <= nodes->cpu[node])
            continue;
        double burnt = lower(knob_own(cluster, CLUSTER_NODE, node, KNOB_CPU_CORES), nodes->cpu[node]);
        if (burnt > 0.0) {
            traffic->met[node] = lower(burnt, fair_share(cluster, (uint32_t)node, burnt));
            traffic->unmet[node] = burnt - traffic->met[node];
        }
    }
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        uint32_t node = cluster->pods.node[pod];
        if (!at_work(cluster, pod) || traffic->wanted[node] <= nodes->cpu[node])
            continue;
        double got = lower(traffic->cores[pod], fair_share(cluster, node, claim_of(cluster, pod)));
        traffic->met[node] += got;
        traffic->unmet[node] += traffic->cores[pod] - got;
    }
    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        uint32_t node = cluster->pods.node[pod];
        if (!at_work(cluster, pod))
            continue;
        if (traffic->wanted[node] <= nodes->cpu[node]) {
            double spare = nodes->cpu[node] - traffic->wanted[node];
            traffic->cores[pod] = lower(traffic->cores[pod] + spare, limit_of(cluster, pod));
            continue;
        }
        double got = lower(traffic->cores[pod], fair_share(cluster, node, claim_of(cluster, pod)));
        double more = nodes->cpu[node] - traffic->met[node], unmet = traffic->unmet[node];
        if (unmet > 0.0 && more > 0.0)
            got += lower(more / unmet, 1.0) * (traffic->cores[pod] - got);
        traffic->cores[pod] = got;
    }
}

/* Of what each pod may use in the step, traffic.cores. */
void cores_give(struct cluster *cluster, double seconds)
{
    want_cores(cluster, seconds);
    give_cores(cluster);
}
