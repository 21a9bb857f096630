/* kube_actuator.h - the Kubernetes hand of a live process: actions on workers' threads,
 * behind the lease where there is one.
 *
 * With a lease a thread of its own keeps it, so that nothing else that takes long lets it
 * run out. A replica that does not lead watches, and acts on nothing; neither do its hooks.
 */
#ifndef SELFHEAL_LIVE_KUBE_ACTUATOR_H
#define SELFHEAL_LIVE_KUBE_ACTUATOR_H

#include "live/kube_actions.h"
#include "live/kube_config.h"
#include "live/workers.h"

struct kube_actuator;
/* `config` is borrowed. `instance` names the process's database in the ids of its actions
 * (the same after a restart); copied. NULL when out of memory or threads. */
struct kube_actuator *kube_actuator_create(const struct kube_config *config, const char *instance);
/* Gives the lease back. NULL is fine. */
void kube_actuator_destroy(struct kube_actuator *actuator);

bool kube_actuator_can(const struct kube_actuator *actuator, enum action_kind kind, const char *target);
/* On any thread. `target` is what the action is done to; job->target is what it was meant
 * for (a pod may have another standing in for it). *before gets what was there, where it
 * is known. */
enum action_outcome kube_actuator_run(struct kube_actuator *actuator, const struct job *job, const char *target,
                                      double *before, char message[KUBE_MESSAGE]);
/* Whether an action of the process before was done. */
enum kube_done kube_actuator_done(struct kube_actuator *actuator, enum action_kind kind, const char *target,
                                  int64_t row, heal_time at);

/* What such an action held only while it ran is given back (kube_action_give_back). */
bool kube_actuator_give_back(struct kube_actuator *actuator, enum action_kind kind, const char *target, int64_t row,
                             heal_time at, char message[KUBE_MESSAGE]);

/* True without a lease. No call. */
bool kube_actuator_leads(struct kube_actuator *actuator);
/* The fence, for what is done by other means than these actions. */
bool kube_actuator_may_act(struct kube_actuator *actuator, char why[KUBE_MESSAGE]);
/* Looks for the lease once, waiting for the answer; for a start. */
void kube_actuator_settle(struct kube_actuator *actuator);

#endif
