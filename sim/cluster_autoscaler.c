/* cluster_autoscaler.c - the wish, its memory, and who grants it. */
#include "sim/cluster_autoscaler.h"

#include "sim/cluster_life.h"

#include <math.h>

static const double TOLERANCE = 0.1;

/* The wishes of the last stabilization window, one per period. */
struct scaling {
    uint32_t *wishes;
    size_t room, next;
};

uint32_t autoscaler_wish(const struct autoscale_spec *spec, const struct autoscaler_sample *sample)
{
    if (sample->ready == 0 || sample->requested <= 0.0)
        return sample->current;
    double ratio = sample->used / sample->requested / spec->target;
    double pods = sample->ready;
    if (ratio > 1.0 && sample->unready > 0) {
        pods += sample->unready;
        double damped = ratio * sample->ready / pods;
        ratio = damped < 1.0 ? 1.0 : damped;
    }
    if (fabs(ratio - 1.0) <= TOLERANCE)
        return sample->current;
    double wish = ceil(ratio * pods - 1e-9);
    if ((ratio > 1.0 && wish < sample->current) || (ratio < 1.0 && wish > sample->current))
        return sample->current;
    return wish < UINT32_MAX ? (uint32_t)wish : UINT32_MAX;
}

uint32_t autoscaler_limit(const struct autoscale_spec *spec, uint32_t current, uint32_t wish)
{
    uint32_t up = current > 4 ? 2 * current : current + 4;
    uint32_t limited = wish > up ? up : wish;

    limited = limited > spec->max ? spec->max : limited;
    return limited < spec->min ? spec->min : limited;
}

static struct autoscaler_sample sample(const struct cluster *cluster, size_t workload)
{
    const struct cluster_pods *pods = &cluster->pods;
    struct autoscaler_sample sample = {.current = cluster->workloads.wanted[workload]};
    uint32_t first = cluster->workloads.first[workload];

    for (uint32_t pod = first; pod < first + cluster->workloads.slots[workload]; pod++) {
        if (pods->phase[pod] == POD_READY) {
            sample.used += pods->cpu_used[pod];
            sample.requested += cluster->workloads.cpu_request[workload];
            sample.ready++;
        } else if (pods->phase[pod] != POD_NONE && pods->phase[pod] != POD_STOPPING) {
            sample.unready++;
        }
    }
    return sample;
}

/* The highest wish of the window, this one with it. */
static uint32_t stabilize(struct scaling *scaling, uint32_t wish)
{
    uint32_t highest = wish;

    scaling->wishes[scaling->next] = wish;
    scaling->next = (scaling->next + 1) % scaling->room;
    for (size_t i = 0; i < scaling->room; i++)
        highest = scaling->wishes[i] > highest ? scaling->wishes[i] : highest;
    return highest;
}

static void look(struct cluster *cluster, size_t workload)
{
    const struct autoscale_spec *spec = &cluster->spec->workloads[workload].autoscale;
    struct autoscaler_sample now = sample(cluster, workload);

    if (now.current == 0)
        return; /* switched off, as in Kubernetes */
    uint32_t wish = autoscaler_wish(spec, &now);
    uint32_t highest = stabilize(&life_of(cluster)->scaling[workload], wish);

    if (wish < now.current)
        wish = highest < now.current ? highest : now.current;
    wish = autoscaler_limit(spec, now.current, wish);
    if (wish != now.current)
        rollout_scale(cluster, workload, wish);
}

void cluster_autoscaler_look(struct cluster *cluster)
{
    struct life *life = life_of(cluster);

    while (life->next_scaling <= cluster->now) {
        for (size_t w = 0; w < cluster->workloads.count; w++) {
            if (cluster->spec->workloads[w].autoscale.present)
                look(cluster, w);
        }
        life->next_scaling += AUTOSCALER_PERIOD;
        life_settle(cluster, cluster->now);
    }
}

bool autoscaler_open(struct cluster *cluster)
{
    struct life *life = life_of(cluster);

    life->next_scaling = cluster->start + AUTOSCALER_PERIOD;
    life->scaling = arena_array(cluster->arena, cluster->workloads.count + 1, sizeof *life->scaling);
    for (size_t w = 0; life->scaling && w < cluster->workloads.count; w++) {
        const struct autoscale_spec *spec = &cluster->spec->workloads[w].autoscale;
        struct scaling *scaling = &life->scaling[w];
        scaling->room = (size_t)(spec->stabilization / AUTOSCALER_PERIOD) + 1;
        scaling->wishes = arena_array(cluster->arena, scaling->room, sizeof *scaling->wishes);
        if (!scaling->wishes)
            return false;
        for (size_t i = 0; i < scaling->room; i++)
            scaling->wishes[i] = cluster->workloads.wanted[w]; /* as its controller begins */
    }
    return life->scaling != NULL;
}
