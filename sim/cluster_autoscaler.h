/* cluster_autoscaler.h - HorizontalPodAutoscaler's arithmetic, without a cluster.
 *
 * Kubernetes, "Horizontal Pod Autoscaling" (algorithm details) and the
 * autoscaling/v2 defaults: every 15 s; tolerance 0.1; pods that are not ready count
 * as 0 % when scaling up and are left out when scaling down, and a wish that turns round by
 * that is dropped; up by at most 4 pods or 100 %, whichever is more, in 15 s; down to the
 * highest wish of the stabilization window.
 */
#ifndef SELFHEAL_SIM_CLUSTER_AUTOSCALER_H
#define SELFHEAL_SIM_CLUSTER_AUTOSCALER_H

#include "sim/cluster_spec.h"

#define AUTOSCALER_PERIOD (15 * HEAL_SECOND)

struct autoscaler_sample {
    double used, requested; /* cores, of the ready pods */
    uint32_t ready, unready;
    uint32_t current; /* replicas wished for so far */
};

/* The wish before limits and stabilization. */
uint32_t autoscaler_wish(const struct autoscale_spec *spec, const struct autoscaler_sample *sample);

/* Within min, max, and what may be added at once. */
uint32_t autoscaler_limit(const struct autoscale_spec *spec, uint32_t current, uint32_t wish);

#endif
