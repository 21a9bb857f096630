/* store_lease.h - which of the replicas that share a store leads: only that one has an engine.
 *
 * A thread keeps the lease of the store (store/lease.h): the holder beats every fifth of its
 * duration. Another takes it when the holder has not beaten for the whole duration, measured
 * by the other's own monotonic clock from when it saw the last beat, so that clocks need not
 * agree; or at once when it was given back. Where a judge is given (the Lease of Kubernetes),
 * it decides instead, and the lease of the store follows it: the fence is needed either way.
 *
 * The token counts as ours for the duration since the last beat was sent, less a third: a
 * process that slept through its lease finds its time gone before it asks anybody.
 *
 * All functions but create and destroy are for any thread.
 */
#ifndef SELFHEAL_LIVE_STORE_LEASE_H
#define SELFHEAL_LIVE_STORE_LEASE_H

#include "engine/error.h"
#include "engine/time.h"

#include <stdbool.h>

enum { STORE_LEASE_WHY = 512 };
enum store_lead {
    STORE_LEAD_UNKNOWN, /* nobody was asked yet, or the store does not answer */
    STORE_LEAD_OURS,
    STORE_LEAD_OTHERS /* somebody else has it, or may have it for a while */
};

struct store_judge {
    void *context;
    bool (*leads)(void *context); /* from the lease's thread; NULL: the store's lease decides */
};

struct store_lease;
/* `url` and `judge` are borrowed; `identity` is copied. NULL when out of memory or threads. */
struct store_lease *store_lease_create(const char *url, const char *identity, heal_duration duration,
                                       struct store_judge judge);
/* Gives the lease back, so that another need not wait. NULL is fine. */
void store_lease_destroy(struct store_lease *lease);
/* Waits for the first look, ten seconds at most. */
void store_lease_settle(struct store_lease *lease);

enum store_lead store_lease_state(struct store_lease *lease);
int64_t store_lease_token(struct store_lease *lease); /* -1: we do not lead, as far as this process knows */
/* The fence of what is no row: asks the store too. False with one line in `why`. */
bool store_lease_holds(struct store_lease *lease, char why[STORE_LEASE_WHY]);

/* A text that is kept in the store for whoever leads (store/lease.h). False when it could not be. */
bool store_lease_write(struct store_lease *lease, const char *name, const char *text);
bool store_lease_read(struct store_lease *lease, const char *name, char **text, struct error_list *errors);

#endif
