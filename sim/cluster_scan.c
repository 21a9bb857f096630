/* cluster_scan.c - what is seen of a scan that was cut into parts.
 *
 * A fault or an action that falls into a scan cuts the step there, so that it acts from
 * its own instant on and not before. Who looks at the end of the scan sees all of it:
 * rates and use are means over time, error ratios over requests, what stands (up, disk,
 * replicas) is what stands at the end. Percentiles are joined by their tails: with a
 * share of 0.01^(x / p) over x, an exponential tail through each part's 99th percentile
 * p, the joint one is where the parts' tails together are a hundredth.
 *
 * Parts are joined one by one, so that memory does not grow with their number. */
#include "sim/cluster_traffic.h"

#include <math.h>
#include <string.h>

static const double ALIKE = 0.05; /* percentiles so near that their mean by requests is the joint one */

enum seen {
    SEEN_LAST,
    SEEN_MEAN,       /* over time */
    SEEN_SHARE,      /* over requests */
    SEEN_PERCENTILE, /* over requests */
};

/* By series of a kind; what is not named is SEEN_LAST. */
static const uint8_t SEEN[CLUSTER_KIND_COUNT][POD_SERIES_OOM_KILLED + 1] = {
    [CLUSTER_NODE] = {[NODE_SERIES_CPU] = SEEN_MEAN},
    [CLUSTER_WORKLOAD] = {[WORKLOAD_SERIES_RATE] = SEEN_MEAN,
                          [WORKLOAD_SERIES_LATENCY] = SEEN_PERCENTILE,
                          [WORKLOAD_SERIES_ERRORS] = SEEN_SHARE},
    [CLUSTER_POD] = {[POD_SERIES_CPU] = SEEN_MEAN,
                     [POD_SERIES_RATE] = SEEN_MEAN,
                     [POD_SERIES_LATENCY] = SEEN_PERCENTILE,
                     [POD_SERIES_ERRORS] = SEEN_SHARE},
    [CLUSTER_LINK] = {[LINK_SERIES_LATENCY] = SEEN_PERCENTILE, [LINK_SERIES_ERRORS] = SEEN_SHARE},
    [CLUSTER_DATABASE] = {[DATABASE_SERIES_LATENCY] = SEEN_PERCENTILE,
                          [DATABASE_SERIES_CONNECTIONS] = SEEN_MEAN,
                          [DATABASE_SERIES_CPU] = SEEN_MEAN,
                          [DATABASE_SERIES_LOCK_WAIT] = SEEN_MEAN},
};

/* Where a * A^x + b * B^x is a hundredth of a + b, between the two percentiles. */
static double joint_percentile(double a, double first, double b, double second)
{
    double low = first < second ? first : second, high = first < second ? second : first;

    if (!(low > 0.0) || high - low <= ALIKE * high)
        return (a * first + b * second) / (a + b);
    for (int i = 0; i < 24; i++) {
        double middle = 0.5 * (low + high);
        double over = a * pow(0.01, middle / first) + b * pow(0.01, middle / second);
        if (over > 0.01 * (a + b))
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* Weights of what was kept and of the part that joins it. */
struct join {
    double seconds, more_seconds;
    double requests, more_requests;
};

static double joined(enum seen how, const struct join *join, double kept, double part)
{
    double requests = join->requests + join->more_requests, seconds = join->seconds + join->more_seconds;

    if (how == SEEN_LAST)
        return part;
    if (how == SEEN_MEAN)
        return isnan(kept) || isnan(part) ? part : (join->seconds * kept + join->more_seconds * part) / seconds;
    if (isnan(kept) || !(join->requests > 0.0))
        return part;
    if (isnan(part) || !(join->more_requests > 0.0))
        return kept;
    if (how == SEEN_SHARE)
        return (join->requests * kept + join->more_requests * part) / requests;
    return joint_percentile(join->requests, kept, join->more_requests, part);
}

/* Requests of the step that ends now. */
static double requests_of(const struct cluster *cluster, enum cluster_kind kind, size_t index, double seconds)
{
    switch (kind) {
    case CLUSTER_POD:
        return cluster->pods.rate[index] * seconds;
    case CLUSTER_WORKLOAD:
        return cluster->workloads.rate[index] * seconds;
    case CLUSTER_LINK:
        return seconds > 0.0 ? traffic_of(cluster)->links[index].weight : 0.0;
    case CLUSTER_DATABASE:
        return cluster->databases.rate[index] * seconds;
    default:
        return 0.0;
    }
}

/* Joins the part in `values` to what was kept. */
static void join_part(struct cluster *cluster, double seconds, const double *values)
{
    struct cluster_scan *scan = &cluster->scan;

    for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++) {
        size_t count = cluster->place_first[kind + 1] - cluster->place_first[kind];
        for (size_t i = 0; i < count; i++) {
            size_t place = cluster->place_first[kind] + i;
            double more = requests_of(cluster, (enum cluster_kind)kind, i, seconds);
            struct join join = {scan->seconds, seconds, scan->requests[place], more};
            bool gone = kind == CLUSTER_POD && cluster->pods.phase[i] == POD_NONE;
            for (size_t s = 0; s < scan->series[kind]; s++) {
                size_t at = cluster->series_of[place] + s;
                scan->kept[at] = joined(gone ? SEEN_LAST : (enum seen)SEEN[kind][s], &join, scan->kept[at], values[at]);
            }
            scan->requests[place] += more;
        }
    }
    scan->seconds += seconds;
}

static void show(const struct cluster *cluster, double *values)
{
    cluster_life_show(cluster, values);
    cluster_traffic_show(cluster, values);
    cluster_storage_show(cluster, values);
}

void scan_keep(struct cluster *cluster, double seconds)
{
    struct cluster_scan *scan = &cluster->scan;
    size_t places = cluster->place_first[CLUSTER_KIND_COUNT];

    if (seconds <= 0.0)
        return;
    if (scan->seconds <= 0.0)
        memset(scan->requests, 0, places * sizeof *scan->requests);
    show(cluster, scan->part);
    join_part(cluster, seconds, scan->part);
}

void scan_show(struct cluster *cluster, double seconds, double *values)
{
    struct cluster_scan *scan = &cluster->scan;

    show(cluster, values);
    if (scan->seconds <= 0.0)
        return;
    join_part(cluster, seconds, values);
    for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++) {
        for (size_t place = cluster->place_first[kind]; place < cluster->place_first[kind + 1]; place++) {
            if (scan->series[kind] == 0)
                continue;
            memcpy(&values[cluster->series_of[place]], &scan->kept[cluster->series_of[place]],
                   scan->series[kind] * sizeof *values);
        }
    }
    scan->seconds = 0.0;
}
