/* kube_changes.h - what was changed in an object: leaf by leaf, with what was there.
 *
 * A list of {"path": [...], "was": V, "is": V}; a missing "was" or "is" means that
 * there was or is nothing. Lists whose items all have a name of their own (containers,
 * ports of a service) are gone into by name ("=app"); all others are one leaf. This is
 * what an action leaves behind on the object: enough to see whether it was done, and
 * to take back exactly that, and only while nobody else has changed it.
 */
#ifndef SELFHEAL_LIVE_KUBE_CHANGES_H
#define SELFHEAL_LIVE_KUBE_CHANGES_H

#include <cJSON.h>
#include <stdbool.h>

enum kube_state {
    KUBE_STATE_IS,    /* all as it is after the change */
    KUBE_STATE_WAS,   /* all as it was before */
    KUBE_STATE_OTHER, /* somebody else changed some of it */
};

/* From `before` to `after`; an empty list when they are alike. NULL when out of memory. */
cJSON *kube_changes_between(const cJSON *before, const cJSON *after);

/* How the changes stand in `object` now. Quantities (below limits, requests) are
 * compared by their value: the server writes 1024Mi as 1Gi. */
enum kube_state kube_changes_state(const cJSON *object, const cJSON *changes);

/* Puts what "is" (`back`: what "was") into `object`. False when out of memory or when a
 * place is gone; the object may be changed in part then. */
bool kube_changes_apply(cJSON *object, const cJSON *changes, bool back);

/* The JSON merge patch (RFC 7386) from `before` to `after`. NULL when out of memory. */
cJSON *kube_merge_patch(const cJSON *before, const cJSON *after);

#endif
