/* cluster_place.c - see cluster_place.h. */
#include "sim/cluster_place.h"

#include <stdlib.h>
#include <string.h>

static double score(const struct place_nodes *nodes, const struct place_pod *pod, size_t node)
{
    double cpu_free = 1.0 - (nodes->cpu_requested[node] + pod->cpu) / nodes->cpu[node];
    double memory_free = 1.0 - (nodes->memory_requested[node] + pod->memory) / nodes->memory[node];
    double spread = 1.0 / (1.0 + pod->same[node]);

    if (nodes->zone[node] != UINT32_MAX)
        spread = 0.5 * (spread + 1.0 / (1.0 + pod->same_zone[nodes->zone[node]]));
    return 0.5 * (cpu_free + memory_free) + 2.0 * spread;
}

/* Sums of requests such as 0.1 are right but for rounding. */
static bool fits(double requested, double more, double capacity)
{
    return requested + more <= capacity * (1.0 + 1e-9);
}

static bool has_room(const struct place_nodes *nodes, const struct place_pod *pod, size_t node)
{
    return !nodes->closed[node] && node != pod->avoid && fits(nodes->cpu_requested[node], pod->cpu, nodes->cpu[node]) &&
           fits(nodes->memory_requested[node], pod->memory, nodes->memory[node]);
}

uint32_t place_choose(const struct place_nodes *nodes, const struct place_pod *pod)
{
    uint32_t best = UINT32_MAX;
    double highest = 0.0;

    for (size_t i = 0; i < nodes->count; i++) {
        if (!has_room(nodes, pod, i))
            continue;
        double worth = score(nodes, pod, i);
        if (best == UINT32_MAX || worth > highest) {
            best = (uint32_t)i;
            highest = worth;
        }
    }
    return best;
}

/* --- the opening state ---------------------------------------------------- */

struct opening {
    double *cpu, *memory, *cpu_requested, *memory_requested;
    uint8_t *closed;
    uint32_t *zone, *same, *same_zone;
    size_t node_count, zone_count;
};

static void opening_free(struct opening *opening)
{
    free(opening->cpu);
    free(opening->memory);
    free(opening->cpu_requested);
    free(opening->memory_requested);
    free(opening->closed);
    free(opening->zone);
    free(opening->same);
    free(opening->same_zone);
}

static bool opening_take(const struct cluster_spec *spec, struct opening *opening)
{
    size_t index = 0;

    *opening = (struct opening){.zone_count = spec->zone_count};
    for (size_t i = 0; i < spec->node_count; i++)
        opening->node_count += spec->nodes[i].count;
    size_t count = opening->node_count + 1;
    opening->cpu = calloc(count, sizeof(double));
    opening->memory = calloc(count, sizeof(double));
    opening->cpu_requested = calloc(count, sizeof(double));
    opening->memory_requested = calloc(count, sizeof(double));
    opening->closed = calloc(count, 1);
    opening->zone = calloc(count, sizeof(uint32_t));
    opening->same = calloc(count, sizeof(uint32_t));
    opening->same_zone = calloc(spec->zone_count + 1, sizeof(uint32_t));
    if (!opening->cpu || !opening->memory || !opening->cpu_requested || !opening->memory_requested ||
        !opening->closed || !opening->zone || !opening->same || !opening->same_zone)
        return false;
    for (size_t i = 0; i < spec->node_count; i++) {
        for (uint32_t n = 0; n < spec->nodes[i].count; n++, index++) {
            opening->cpu[index] = spec->nodes[i].cpu;
            opening->memory[index] = spec->nodes[i].memory;
            opening->zone[index] = spec->nodes[i].zone;
        }
    }
    return true;
}

static void place_workload(struct opening *opening, const struct workload_spec *workload, uint32_t *node_of)
{
    const struct place_nodes nodes = {
        opening->node_count,       opening->cpu,    opening->memory, opening->cpu_requested,
        opening->memory_requested, opening->closed, opening->zone};
    const struct place_pod pod = {workload->cpu_request, workload->memory_request, opening->same, opening->same_zone,
                                  UINT32_MAX};

    memset(opening->same, 0, opening->node_count * sizeof *opening->same);
    memset(opening->same_zone, 0, opening->zone_count * sizeof *opening->same_zone);
    for (uint32_t i = 0; i < workload->slots; i++) {
        uint32_t node = i < workload->replicas ? place_choose(&nodes, &pod) : UINT32_MAX;
        node_of[i] = node;
        if (node == UINT32_MAX)
            continue;
        opening->cpu_requested[node] += workload->cpu_request;
        opening->memory_requested[node] += workload->memory_request;
        opening->same[node]++;
        if (opening->zone[node] != UINT32_MAX)
            opening->same_zone[opening->zone[node]]++;
    }
}

bool cluster_place(const struct cluster_spec *spec, uint32_t *node_of)
{
    struct opening opening;
    bool taken = opening_take(spec, &opening);

    for (size_t i = 0; taken && i < spec->workload_count; i++) {
        place_workload(&opening, &spec->workloads[i], node_of);
        node_of += spec->workloads[i].slots;
    }
    opening_free(&opening);
    return taken;
}
