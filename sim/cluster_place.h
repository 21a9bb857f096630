/* cluster_place.h - where a pod fits: the scheduler's rule, without a cluster.
 *
 * As kube-scheduler does it: filter the nodes by room for the pod's requests,
 * score those that are left, take the best, the first of several. The score is
 * NodeResourcesFit's LeastAllocated, the mean share of CPU and memory that would
 * still be free, plus twice the spread over nodes and zones (PodTopologySpread has
 * weight 2 in the default profile): 1 / (1 + pods of the same workload there).
 */
#ifndef SELFHEAL_SIM_CLUSTER_PLACE_H
#define SELFHEAL_SIM_CLUSTER_PLACE_H

#include "sim/cluster_spec.h"

struct place_nodes {
    size_t count;
    const double *cpu, *memory; /* capacity */
    const double *cpu_requested, *memory_requested;
    const uint8_t *closed; /* takes no pods */
    const uint32_t *zone;  /* UINT32_MAX: none */
};

struct place_pod {
    double cpu, memory;        /* requests */
    const uint32_t *same;      /* by node: pods of its workload there */
    const uint32_t *same_zone; /* by zone */
    uint32_t avoid;            /* a node that it must not go to; UINT32_MAX: none */
};

/* The node, or UINT32_MAX when none has room. */
uint32_t place_choose(const struct place_nodes *nodes, const struct place_pod *pod);

/* The opening state of a spec: node_of[slot] for all slots, workloads in order,
 * replica after replica; UINT32_MAX for a slot beyond the replicas, or without
 * room. False when out of memory. */
bool cluster_place(const struct cluster_spec *spec, uint32_t *node_of);

#endif
