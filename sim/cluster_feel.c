/* cluster_feel.c - what users feel, and what monitoring sees of traffic. */
#include "sim/cluster_traffic.h"

#include <math.h>

/* A database promises no error ratio in the spec: one in a hundred. */
static const double DATABASE_SLO_ERRORS = 0.01;

static const struct cluster_feeling NOTHING = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

/* --- feelings --------------------------------------------------------------- */

static struct cluster_feeling feel_pod(const struct cluster *cluster, size_t pod)
{
    const struct service_spec *service = &cluster->spec->workloads[cluster->pods.workload[pod]].service;
    const struct traffic *traffic = traffic_of(cluster);
    struct cluster_feeling feeling = NOTHING;

    feeling.slo_latency = service->slo_latency;
    feeling.slo_errors = service->slo_errors;
    feeling.latency = cluster->pods.latency[pod];
    if (traffic->ended[pod] > 0.0)
        feeling.error_ratio = cluster->pods.error_ratio[pod];
    return feeling;
}

static struct cluster_feeling feel_target(const struct cluster *cluster, size_t index)
{
    const struct target *target = &traffic_of(cluster)->targets[index];
    size_t workloads = cluster->workloads.count;
    struct cluster_feeling feeling = NOTHING;

    feeling.latency = target->latency;
    if (target->served + target->refused > 0.0)
        feeling.error_ratio = target->error_ratio;
    if (index < workloads) {
        feeling.slo_latency = cluster->spec->workloads[index].service.slo_latency;
        feeling.slo_errors = cluster->spec->workloads[index].service.slo_errors;
    } else {
        feeling.slo_latency = cluster->spec->databases[index - workloads].slo_latency;
        feeling.slo_errors = DATABASE_SLO_ERRORS;
    }
    return feeling;
}

/* Promised of a link: what its callee promises, and the network in good times. */
static struct cluster_feeling feel_link(const struct cluster *cluster, size_t index)
{
    const struct traffic *traffic = traffic_of(cluster);
    const struct link *link = &traffic->links[index];
    struct cluster_feeling feeling = feel_target(cluster, traffic->askers[traffic->load_count + index].target);

    feeling.slo_latency += 2.0 * (cluster->spec->link_delay + cluster->spec->zone_delay);
    feeling.latency = link->latency;
    feeling.error_ratio = link->weight > 0.0 ? link->error_ratio : NAN;
    return feeling;
}

static bool lies_on(const struct cluster *cluster, size_t pod, uint32_t node, uint32_t zone)
{
    uint32_t on = cluster->pods.node[pod];

    if (on == UINT32_MAX)
        return false;
    return node != UINT32_MAX ? on == node : cluster->nodes.zone[on] == zone;
}

/* Whether `b`, beside its promise, is worse than `a` is; NaN is no worse than anything. */
static bool is_worse(double a, double a_slo, double b, double b_slo)
{
    return !isnan(b) && (isnan(a) || b * a_slo > a * b_slo);
}

/* Of each workload's pods there, the one that keeps its promise worst. */
static struct cluster_feeling feel_place(const struct cluster *cluster, uint32_t node, uint32_t zone)
{
    const struct traffic *traffic = traffic_of(cluster);
    struct cluster_feeling worst = NOTHING;

    for (size_t workload = 0; workload < cluster->workloads.count; workload++) {
        const struct service_spec *service = &cluster->spec->workloads[workload].service;
        uint32_t first = cluster->workloads.first[workload], end = first + cluster->workloads.slots[workload];
        double bad = 0.0, ended = 0.0;
        for (uint32_t pod = first; pod < end; pod++) {
            if (!lies_on(cluster, pod, node, zone) || traffic->ended[pod] <= 0.0)
                continue;
            bad += traffic->ended[pod] * cluster->pods.error_ratio[pod];
            ended += traffic->ended[pod];
        }
        if (ended <= 0.0)
            continue;
        double latency = pods_percentile(cluster, first, end, node, zone);
        double patience = traffic->targets[workload].patience;
        if (patience > 0.0 && latency > patience)
            latency = patience;
        if (is_worse(worst.latency, worst.slo_latency, latency, service->slo_latency)) {
            worst.latency = latency;
            worst.slo_latency = service->slo_latency;
        }
        if (is_worse(worst.error_ratio, worst.slo_errors, bad / ended, service->slo_errors)) {
            worst.error_ratio = bad / ended;
            worst.slo_errors = service->slo_errors;
        }
    }
    return worst;
}

struct cluster_feeling cluster_traffic_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    switch (kind) {
    case CLUSTER_POD:
        return feel_pod(cluster, index);
    case CLUSTER_WORKLOAD:
        return feel_target(cluster, index);
    case CLUSTER_DATABASE:
        return feel_target(cluster, cluster->workloads.count + index);
    case CLUSTER_LINK:
        return feel_link(cluster, index);
    case CLUSTER_NODE:
        return feel_place(cluster, (uint32_t)index, UINT32_MAX);
    case CLUSTER_ZONE:
        return feel_place(cluster, UINT32_MAX, (uint32_t)index);
    default:
        return NOTHING;
    }
}

/* --- series ----------------------------------------------------------------- */

static void show_pods(const struct cluster *cluster, double *values)
{
    const struct traffic *traffic = traffic_of(cluster);

    for (size_t pod = 0; pod < cluster->pods.count; pod++) {
        double *series = values + cluster_series(cluster, CLUSTER_POD, pod);
        bool empty = cluster->pods.phase[pod] == POD_NONE;
        series[POD_SERIES_RATE] = empty ? NAN : cluster->pods.rate[pod];
        series[POD_SERIES_LATENCY] = empty ? NAN : traffic->latency_seen[pod];
        series[POD_SERIES_ERRORS] = empty ? NAN : traffic->error_seen[pod];
    }
}

static double pool_of(const struct cluster *cluster, size_t workload)
{
    const struct service_spec *service = &cluster->spec->workloads[workload].service;
    double sum = 0.0;

    for (size_t i = 0; i < service->call_count; i++)
        sum += service->calls[i].pool;
    return sum > 0.0 ? sum * cluster->workloads.pool_factor[workload] : NAN;
}

static void show_databases(const struct cluster *cluster, double *values)
{
    const struct cluster_databases *databases = &cluster->databases;

    for (size_t i = 0; i < databases->count; i++) {
        double *series = values + cluster_series(cluster, CLUSTER_DATABASE, i);
        series[DATABASE_SERIES_LATENCY] = traffic_of(cluster)->targets[cluster->workloads.count + i].latency_seen;
        series[DATABASE_SERIES_CONNECTIONS] = databases->connections_used[i];
        series[DATABASE_SERIES_CPU] = databases->cpu_used[i] / cluster->spec->databases[i].cores;
        series[DATABASE_SERIES_LOCK_WAIT] = databases->lock_wait[i];
        series[DATABASE_SERIES_POOL] = cluster->spec->databases[i].connections * databases->pool_factor[i];
        series[DATABASE_SERIES_TIMEOUT] = traffic_of(cluster)->databases[i].timeout;
    }
}

void cluster_traffic_show(const struct cluster *cluster, double *values)
{
    const struct traffic *traffic = traffic_of(cluster);

    show_pods(cluster, values);
    for (size_t i = 0; i < cluster->workloads.count; i++) {
        double *series = values + cluster_series(cluster, CLUSTER_WORKLOAD, i);
        series[WORKLOAD_SERIES_RATE] = cluster->workloads.rate[i];
        series[WORKLOAD_SERIES_LATENCY] = traffic->targets[i].latency_seen;
        series[WORKLOAD_SERIES_ERRORS] = traffic->targets[i].error_seen;
        series[WORKLOAD_SERIES_POOL] = pool_of(cluster, i);
    }
    for (size_t i = 0; i < traffic->link_count; i++) {
        double *series = values + cluster_series(cluster, CLUSTER_LINK, i);
        series[LINK_SERIES_LATENCY] = traffic->links[i].latency_seen;
        series[LINK_SERIES_ERRORS] = traffic->links[i].error_seen;
    }
    show_databases(cluster, values);
}
