/* cluster_targets.c - what came of a target's requests, for it and for its askers. */
#include "sim/cluster_traffic.h"

#include "sim/falling.h"
#include "sim/queueing.h"

#include <math.h>

static double lower(double a, double b)
{
    return a < b ? a : b;
}

double seen_percentile(double percentile, double n, double z)
{
    static const double SPREAD = 2.1606; /* sqrt(0.99 / 0.01) / ln 100 */

    if (!(n > 0.0) || isnan(percentile))
        return percentile;
    double factor = 1.0 + z * SPREAD / sqrt(n);
    return percentile * (factor < 0.4 ? 0.4 : factor > 2.5 ? 2.5 : factor);
}

double seen_ratio(double ratio, double n, double z)
{
    if (!(n > 0.0) || ratio <= 0.0)
        return ratio;
    double seen = ratio + z * sqrt(ratio * (1.0 - ratio) / n);
    return seen < 0.0 ? 0.0 : lower(seen, 1.0);
}

void target_note(struct cluster *cluster, size_t index, double served, double errors, double stay, double variance,
                 double *late)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[index];
    double right = served - errors;

    target->served += served;
    target->errors += errors;
    target->stay += served * stay;
    target->square += served * (variance + stay * stay);
    target->within += served * variance;
    *late = 0.0;
    for (uint32_t i = 0; i < target->asker_count; i++) {
        uint32_t which = traffic->askers_of[target->first_asker + i];
        struct asker *asker = &traffic->askers[which];
        double share = target->tries > 0.0 ? asker->tries / target->tries : 1.0 / target->asker_count;
        double tail = gamma_tail(stay + asker->round_trip, variance + asker->round_variance, asker->timeout);
        asker->late += right * tail;
        *late += share * right * tail;
        if (which >= traffic->load_count)
            continue;
        double slo = cluster->spec->workloads[index].service.slo_latency;
        if (slo > 0.0 && slo < asker->timeout) {
            double slow = gamma_tail(stay, variance, slo) - tail;
            asker->slow += slow > 0.0 ? right * slow : 0.0;
        }
    }
    target->late += *late;
}

static bool is_there(const struct cluster *cluster, uint32_t pod, uint32_t node, uint32_t zone)
{
    uint32_t on = cluster->pods.node[pod];

    return traffic_of(cluster)->served[pod] > 0.0 && (node == UINT32_MAX || on == node) &&
           (zone == UINT32_MAX || (on != UINT32_MAX && cluster->nodes.zone[on] == zone));
}

/* Who served how much, and how long it took there. */
struct crowd {
    const struct crowd_part *parts;
    size_t count;
    double served;
};

/* Share of their served requests that took longer than `at`. */
static double beyond(const void *context, double at)
{
    const struct crowd *crowd = context;
    double over = 0.0;

    for (size_t i = 0; i < crowd->count; i++)
        over += crowd->parts[i].served * gamma_tail_at(&crowd->parts[i].stay, at);
    return over / crowd->served;
}

double pods_percentile(const struct cluster *cluster, uint32_t first, uint32_t end, uint32_t node, uint32_t zone)
{
    struct traffic *traffic = traffic_of(cluster);
    struct crowd crowd = {.parts = traffic->crowd};
    double high = 0.0;

    for (uint32_t pod = first; pod < end; pod++) {
        if (traffic->served[pod] <= 0.0)
            continue;
        double own = gamma_quantile(traffic->stay[pod], traffic->variance[pod], NORMAL_99);
        high = own > high ? own : high;
        if (!is_there(cluster, pod, node, zone))
            continue;
        traffic->crowd[crowd.count++] =
            (struct crowd_part){traffic->served[pod], gamma_shape(traffic->stay[pod], traffic->variance[pod])};
        crowd.served += traffic->served[pod];
    }
    if (crowd.count == 0)
        return NAN;
    return falling_crossing(&(struct falling){beyond, &crowd}, 0.01, high, beyond(&crowd, high));
}

/* All pods alike: the percentile of one gamma distribution is as good as the search. */
static double percentile_of(const struct cluster *cluster, size_t index, const struct target *target)
{
    if (!(target->served > 0.0))
        return NAN;
    double mean = target->stay / target->served, within = target->within / target->served;
    double variance = target->square / target->served - mean * mean;
    double p99;
    if (index < cluster->workloads.count && variance - within > 0.1 * within) {
        uint32_t first = cluster->workloads.first[index];
        p99 = pods_percentile(cluster, first, first + cluster->workloads.slots[index], UINT32_MAX, UINT32_MAX);
    } else {
        p99 = gamma_quantile(mean, variance > 0.0 ? variance : 0.0, NORMAL_99);
    }
    return target->patience > 0.0 ? lower(p99, target->patience) : p99;
}

static void judge_asker(const struct target *target, struct asker *asker)
{
    double ended = target->served + target->refused;

    if (ended > 0.0) {
        double fail = 1.0 - (target->served - target->errors - asker->late) / ended;
        asker->fail = fail < 1e-15 ? 0.0 : lower(fail, 1.0);
    } else {
        asker->fail = target->left > 0.0 ? 1.0 : 0.0; /* all wait still */
    }
}

void target_judge(struct cluster *cluster, size_t index)
{
    struct traffic *traffic = traffic_of(cluster);
    struct target *target = &traffic->targets[index];
    double ended = target->served + target->refused;
    struct random_stream stream = cell_stream(traffic, &target->draws);

    for (uint32_t i = 0; i < target->asker_count; i++)
        judge_asker(target, &traffic->askers[traffic->askers_of[target->first_asker + i]]);
    target->capacity = target->capacity_sum;
    target->error_ratio = ended > 0.0 ? (target->refused + target->errors + target->late) / ended : 0.0;
    target->error_ratio = target->error_ratio < 1e-15 ? 0.0 : lower(target->error_ratio, 1.0);
    target->latency = percentile_of(cluster, index, target);
    target->latency_seen = seen_percentile(target->latency, target->served * traffic->whole, random_normal(&stream));
    target->error_seen = seen_ratio(target->error_ratio, ended * traffic->whole, random_normal(&stream));
    if (index >= cluster->workloads.count)
        return;
    cluster->workloads.latency[index] = target->latency;
    cluster->workloads.error_ratio[index] = target->error_ratio;
}
