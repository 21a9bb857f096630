/* cluster_storage.c - until the storage model is merged: nothing is written. */
#include "sim/cluster_parts.h"

#include <math.h>

bool cluster_storage_open(struct cluster *cluster)
{
    (void)cluster;
    return true;
}

void cluster_storage_step(struct cluster *cluster)
{
    (void)cluster;
}

void cluster_storage_show(const struct cluster *cluster, double *values)
{
    (void)cluster;
    (void)values;
}

enum action_outcome cluster_storage_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index)
{
    (void)cluster;
    (void)now;
    (void)action;
    (void)kind;
    (void)index;
    return ACTION_UNSUPPORTED;
}

struct cluster_feeling cluster_storage_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    (void)cluster;
    (void)kind;
    (void)index;
    return (struct cluster_feeling){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}
