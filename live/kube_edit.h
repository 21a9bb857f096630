/* kube_edit.h - what an action wants an object to be: pure edits of an object's tree.
 *
 * Each takes the object as the server gave it and makes it what it should be; nothing
 * is sent. False with one line in `why` when the object cannot be made so; it is then
 * not to be used any more.
 */
#ifndef SELFHEAL_LIVE_KUBE_EDIT_H
#define SELFHEAL_LIVE_KUBE_EDIT_H

#include "engine/time.h"
#include "live/kube_object.h"

/* How much more or less: as a share of what is there, or so many units (bytes). */
struct kube_step {
    double ratio;  /* 0.5: half as much again; > -1 */
    int64_t units; /* when not 0, this counts */
};

/* Limits of `resource` ("memory", "cpu") of all containers in a workload's template that
 * have one, and their requests with them, so that the class of service stays. */
bool kube_edit_limits(cJSON *workload, const char *resource, const struct kube_step *step, char why[KUBE_MESSAGE]);

/* As kubectl rollout restart: an annotation of the template says when. */
bool kube_edit_restart(cJSON *workload, heal_time at, char why[KUBE_MESSAGE]);

/* The template of an older revision (ReplicaSet or ControllerRevision) into the workload. */
bool kube_edit_template(cJSON *workload, const cJSON *revision, char why[KUBE_MESSAGE]);

/* spec.replicas by `more`, never below 1. */
bool kube_edit_replicas(cJSON *workload, int64_t more, char why[KUBE_MESSAGE]);

/* A claim's request; it can only grow. */
bool kube_edit_claim(cJSON *claim, const struct kube_step *step, char why[KUBE_MESSAGE]);

/* A node takes new pods or does not. */
bool kube_edit_schedulable(cJSON *node, bool schedulable, char why[KUBE_MESSAGE]);

/* Every image of the template that fits `image` (a glob) becomes `fixed`. */
bool kube_edit_image(cJSON *workload, const char *image, const char *fixed, char why[KUBE_MESSAGE]);
/* Whether a container of the template runs an image that fits. */
bool kube_runs_image(const cJSON *workload, const char *image);

/* As cmctl renew: the condition Issuing, which cert-manager acts on. */
bool kube_edit_issuing(cJSON *certificate, heal_time at, const char *id, char why[KUBE_MESSAGE]);
bool kube_edit_issuer(cJSON *certificate, const char *kind, const char *name, char why[KUBE_MESSAGE]);

/* Into quarantine or out: the label that the pod's NetworkPolicy selects. */
bool kube_edit_quarantine(cJSON *pod, const char *value, char why[KUBE_MESSAGE]); /* NULL: out */

#endif
