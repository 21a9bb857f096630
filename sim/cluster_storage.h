/* cluster_storage.h - storage's inside. Used by cluster_storage.c and
 * cluster_storage_act.c only. */
#ifndef SELFHEAL_SIM_CLUSTER_STORAGE_H
#define SELFHEAL_SIM_CLUSTER_STORAGE_H

#include "sim/cluster_parts.h"

#define NODE_DISK_USED 0.3    /* of a node's disk, by images and the system; judgement */
#define TEMP_OLDEST_DAYS 30.0 /* temporary files are evenly between so old and new; judgement */

struct disk {
    double own;              /* bytes of a node's own */
    double logs, temp, data; /* bytes that knobs have written and no action has cleaned */
    double logs_gone, temp_gone, data_gone;
    heal_time temp_since; /* when a knob began to write temporary files */
};

struct former_certificate {
    heal_time expires; /* HEAL_TIME_NEVER: there is none */
    double days_back;
};

struct storage {
    struct disk *volumes, *nodes;
    struct former_certificate *former; /* that the one in place was deployed over */
    double *days_back;                 /* by certificate: of the days that it lost, when a new one came */
    uint8_t *validated;                /* the renewed one */
    uint32_t *image_of, *config_of;    /* workload or UINT32_MAX */
    double *patched_at;                /* vulnerabilities that were known when it was patched */
};

static inline struct storage *storage_of(const struct cluster *cluster)
{
    return cluster->storage;
}

#endif
