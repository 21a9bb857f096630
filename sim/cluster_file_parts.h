/* cluster_file_parts.h - what cluster_file.c and cluster_check.c share, and no other. */
#ifndef SELFHEAL_SIM_CLUSTER_FILE_PARTS_H
#define SELFHEAL_SIM_CLUSTER_FILE_PARTS_H

#include "engine/document.h"
#include "engine/inventory.h"
#include "sim/cluster_spec.h"

enum { CLUSTER_LIST_MAX = 10000, CLUSTER_SLOTS_MAX = 100000, CLUSTER_NODES_MAX = 10000 };

struct cluster_reader {
    struct reader root; /* of `cluster:` */
    struct arena *arena;
    struct cluster_spec *spec;
    struct inventory *ids; /* all that were given */
};

/* What the parts say of each other: names, circles, room. Notes every fault. */
void cluster_check(struct cluster_reader *all);

#endif
