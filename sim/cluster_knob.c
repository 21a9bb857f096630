/* cluster_knob.c - the knobs: their names, their neutral values, who has them. */
#include "sim/cluster_parts.h"

#include "engine/names.h"

static const char *const NAMES[CLUSTER_KNOB_COUNT] = {
    [KNOB_CPU_CORES] = "cpu_cores",
    [KNOB_MEMORY_BYTES] = "memory_bytes",
    [KNOB_LEAK_BYTES_PER_HOUR] = "leak_bytes_per_hour",
    [KNOB_DOWN] = "down",
    [KNOB_KILL] = "kill",
    [KNOB_CRASHES_PER_HOUR] = "crashes_per_hour",
    [KNOB_PROBE_FAILURES] = "probe_failures",
    [KNOB_ERROR_RATIO] = "error_ratio",
    [KNOB_WORK_FACTOR] = "work_factor",
    [KNOB_LOAD_FACTOR] = "load_factor",
    [KNOB_DELAY_SECONDS] = "delay_seconds",
    [KNOB_LOSS_RATIO] = "loss_ratio",
    [KNOB_DNS_FAILURES] = "dns_failures",
    [KNOB_CLOCK_SKEW_SECONDS] = "clock_skew_seconds",
    [KNOB_QUERY_FACTOR] = "query_factor",
    [KNOB_INDEX_MISSING] = "index_missing",
    [KNOB_INDEX_UNUSED] = "index_unused",
    [KNOB_LOCK_WAIT_SECONDS] = "lock_wait_seconds",
    [KNOB_HELD_CONNECTIONS] = "held_connections",
    [KNOB_CACHE_MISS_RATIO] = "cache_miss_ratio",
    [KNOB_IO_DELAY_SECONDS] = "io_delay_seconds",
    [KNOB_LOG_BYTES] = "log_bytes",
    [KNOB_TEMP_BYTES] = "temp_bytes",
    [KNOB_DATA_BYTES] = "data_bytes",
    [KNOB_RENEWAL_FAILS] = "renewal_fails",
    [KNOB_DAYS_LOST] = "days_lost",
    [KNOB_VULNERABILITIES] = "vulnerabilities",
    [KNOB_DRIFT] = "drift",
    [KNOB_DEPLOY] = "deploy",
};

#define OF(kind) (1U << CLUSTER_##kind)

/* Which kinds of resources have the knob: the list of cluster.h, as a table. */
static const unsigned HOLDERS[CLUSTER_KNOB_COUNT] = {
    [KNOB_CPU_CORES] = OF(POD) | OF(NODE) | OF(DATABASE),
    [KNOB_MEMORY_BYTES] = OF(POD) | OF(WORKLOAD) | OF(NODE),
    [KNOB_LEAK_BYTES_PER_HOUR] = OF(POD) | OF(WORKLOAD),
    [KNOB_DOWN] = OF(POD) | OF(WORKLOAD) | OF(NODE) | OF(ZONE) | OF(DATABASE),
    [KNOB_KILL] = OF(POD),
    [KNOB_CRASHES_PER_HOUR] = OF(POD) | OF(WORKLOAD),
    [KNOB_PROBE_FAILURES] = OF(POD) | OF(WORKLOAD),
    [KNOB_ERROR_RATIO] = OF(POD) | OF(WORKLOAD) | OF(DATABASE),
    [KNOB_WORK_FACTOR] = OF(POD) | OF(WORKLOAD),
    [KNOB_LOAD_FACTOR] = OF(WORKLOAD),
    [KNOB_DELAY_SECONDS] = OF(POD) | OF(NODE) | OF(ZONE) | OF(LINK) | OF(WORKLOAD),
    [KNOB_LOSS_RATIO] = OF(POD) | OF(NODE) | OF(ZONE) | OF(LINK) | OF(WORKLOAD),
    [KNOB_DNS_FAILURES] = OF(POD) | OF(WORKLOAD) | OF(NODE) | OF(ZONE),
    [KNOB_CLOCK_SKEW_SECONDS] = OF(POD) | OF(NODE),
    [KNOB_QUERY_FACTOR] = OF(DATABASE),
    [KNOB_INDEX_MISSING] = OF(DATABASE),
    [KNOB_INDEX_UNUSED] = OF(DATABASE),
    [KNOB_LOCK_WAIT_SECONDS] = OF(DATABASE),
    [KNOB_HELD_CONNECTIONS] = OF(DATABASE) | OF(POD) | OF(WORKLOAD),
    [KNOB_CACHE_MISS_RATIO] = OF(DATABASE),
    [KNOB_IO_DELAY_SECONDS] = OF(DATABASE) | OF(VOLUME) | OF(NODE),
    [KNOB_LOG_BYTES] = OF(VOLUME) | OF(NODE),
    [KNOB_TEMP_BYTES] = OF(VOLUME) | OF(NODE),
    [KNOB_DATA_BYTES] = OF(VOLUME) | OF(NODE),
    [KNOB_RENEWAL_FAILS] = OF(CERTIFICATE),
    [KNOB_DAYS_LOST] = OF(CERTIFICATE),
    [KNOB_VULNERABILITIES] = OF(IMAGE),
    [KNOB_DRIFT] = OF(CONFIG),
    [KNOB_DEPLOY] = OF(WORKLOAD),
};

const char *cluster_knob_name(enum cluster_knob knob)
{
    return name_of(NAMES, CLUSTER_KNOB_COUNT, (size_t)knob);
}

bool cluster_knob_parse(const char *name, enum cluster_knob *out)
{
    size_t index;

    if (!name_find(NAMES, CLUSTER_KNOB_COUNT, name, &index))
        return false;
    *out = (enum cluster_knob)index;
    return true;
}

static bool is_factor(enum cluster_knob knob)
{
    return knob == KNOB_WORK_FACTOR || knob == KNOB_LOAD_FACTOR || knob == KNOB_QUERY_FACTOR;
}

double cluster_knob_neutral(enum cluster_knob knob)
{
    return is_factor(knob) ? 1.0 : 0.0;
}

bool cluster_has_knob(enum cluster_kind kind, enum cluster_knob knob)
{
    return (HOLDERS[knob] & 1U << kind) != 0;
}

double *cluster_knob_values(struct cluster *cluster)
{
    return cluster->knobs;
}

void cluster_knob_reset(struct cluster *cluster, uint32_t knob_series)
{
    cluster->knobs[knob_series] = cluster_knob_neutral((enum cluster_knob)cluster->knob_kind[knob_series]);
}

double cluster_knob_at(const struct cluster *cluster, enum cluster_kind kind, size_t index, enum cluster_knob knob)
{
    if (!cluster->knob_turned[knob])
        return cluster_knob_neutral(knob);
    uint32_t series = cluster->knob_of[(cluster->place_first[kind] + index) * CLUSTER_KNOB_COUNT + knob];
    return series == UINT32_MAX ? cluster_knob_neutral(knob) : cluster->knobs[series];
}

static double combine(enum cluster_knob knob, double a, double b)
{
    if (is_factor(knob))
        return a * b;
    if (knob == KNOB_DOWN)
        return a > b ? a : b;
    return a + b;
}

/* A bad deploy's knobs stand on the workload, but only its own revision has them. */
static bool meets_its_workload(const struct cluster *cluster, size_t pod)
{
    uint32_t bad = cluster->workloads.bad_revision[cluster->pods.workload[pod]];

    return bad == 0 || cluster->pods.revision[pod] == bad;
}

double cluster_process_knob(const struct cluster *cluster, size_t pod, enum cluster_knob knob)
{
    double value = cluster_knob_at(cluster, CLUSTER_POD, pod, knob);

    if (!cluster->knob_turned[knob] || !meets_its_workload(cluster, pod))
        return value;
    return combine(knob, value, cluster_knob_at(cluster, CLUSTER_WORKLOAD, cluster->pods.workload[pod], knob));
}

double cluster_pod_knob(const struct cluster *cluster, size_t pod, enum cluster_knob knob)
{
    double value = cluster_process_knob(cluster, pod, knob);
    uint32_t node = cluster->pods.node[pod];

    if (!cluster->knob_turned[knob] || node == UINT32_MAX)
        return value;
    value = combine(knob, value, cluster_knob_at(cluster, CLUSTER_NODE, node, knob));
    if (cluster->nodes.zone[node] != UINT32_MAX)
        value = combine(knob, value, cluster_knob_at(cluster, CLUSTER_ZONE, cluster->nodes.zone[node], knob));
    return value;
}
