/* cluster_traffic.c - until the traffic model is merged: nobody asks for anything. */
#include "sim/cluster_parts.h"

#include <math.h>

bool cluster_traffic_open(struct cluster *cluster)
{
    (void)cluster;
    return true;
}

void cluster_traffic_close(struct cluster *cluster)
{
    (void)cluster;
}

void cluster_traffic_step(struct cluster *cluster)
{
    (void)cluster;
}

void cluster_traffic_show(const struct cluster *cluster, double *values)
{
    (void)cluster;
    (void)values;
}

enum action_outcome cluster_traffic_act(struct cluster *cluster, heal_time now, const struct action *action,
                                        enum cluster_kind kind, size_t index)
{
    (void)cluster;
    (void)now;
    (void)action;
    (void)kind;
    (void)index;
    return ACTION_UNSUPPORTED;
}

struct cluster_feeling cluster_traffic_feel(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    (void)cluster;
    (void)kind;
    (void)index;
    return (struct cluster_feeling){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}
