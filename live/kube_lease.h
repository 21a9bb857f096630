/* kube_lease.h - which of several replicas acts: a Lease (coordination.k8s.io/v1), fenced.
 *
 * The holder renews it every third of its duration. Another takes it when the holder
 * has not renewed it for the whole duration, measured by the other's own monotonic clock
 * from when it saw the last renewal, so that clocks need not agree (as client-go's
 * leaderelection does it). All writes hold only for the version that was read.
 *
 * Fencing. The token is spec.leaseTransitions, which grows whenever the lease changes
 * hands. Before anything is sent, kube_lease_holds looks: the holder is we, the token is
 * the one that we got, and our last renewal (counted from before it was sent) is less than
 * the duration ago, less a margin as long as one call may take. A process that slept
 * through its lease finds its time gone before it asks anybody.
 *
 * kube_lease_step is called from one thread; kube_lease_holds and kube_lease_leads from any.
 */
#ifndef SELFHEAL_LIVE_KUBE_LEASE_H
#define SELFHEAL_LIVE_KUBE_LEASE_H

#include "live/kube_actions.h"

struct kube_lease;
/* `identity` is this replica's own name. `plan` is borrowed; the identity is copied. NULL
 * when out of memory. `call_most`: as long as a call of a change may take. */
struct kube_lease *kube_lease_create(const struct kube_lease_plan *plan, const char *identity, heal_duration call_most);
void kube_lease_destroy(struct kube_lease *lease); /* NULL is fine */

/* One look at the lease, and what follows: take it, renew it, or wait. `now` is the wall
 * clock, for those who read it; false with one line in `why` when the server did not answer. */
bool kube_lease_step(struct kube_lease *lease, const struct kube_api *api, heal_time now, char why[KUBE_MESSAGE]);
/* When the next step is due, by the monotonic clock. */
heal_time kube_lease_due(const struct kube_lease *lease);
/* Gives it back, so that another need not wait. Best effort. */
void kube_lease_release(struct kube_lease *lease, const struct kube_api *api, heal_time now);

/* Whether we lead as far as this process knows: no call. */
bool kube_lease_leads(struct kube_lease *lease);
int64_t kube_lease_token(struct kube_lease *lease); /* leaseTransitions as we got it; -1: we do not lead */
/* The fence: asks the server too. False with one line in `why`. */
bool kube_lease_holds(struct kube_lease *lease, const struct kube_api *api, char why[KUBE_MESSAGE]);

#endif
