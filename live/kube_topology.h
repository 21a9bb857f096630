/* kube_topology.h - all objects of a cluster that are watched, and how they hang together.
 *
 * Watches put in and take out what they see (kube_facts.h), from their threads; the
 * daemon asks for resources, series and edges when a chapter begins, and for samples at
 * each scan. Pods run on nodes, mount claims, and are owned by the Deployment behind
 * their ReplicaSet, a StatefulSet or a DaemonSet. What images of a workload are
 * vulnerable to is added up over its reports; reports on ReplicaSets that want no
 * replicas do not count.
 *
 * Stand-ins. A pod that is deleted does not come back; its controller makes another
 * with another name. For the engine, which watches the old one until the next chapter
 * and has perhaps just restarted it, the new one is the old one healed or not. So a
 * pod that goes while a chapter knows it gets a stand-in: the oldest pod of the same
 * workload that the chapter does not know, and that stands in for no other. Its
 * samples are the old one's, too. Where the workload has all it wants (it was scaled
 * in) or is gone itself, the old pod counts as well. StatefulSets keep names and need
 * none of this.
 */
#ifndef SELFHEAL_LIVE_KUBE_TOPOLOGY_H
#define SELFHEAL_LIVE_KUBE_TOPOLOGY_H

#include "engine/inventory.h"
#include "live/kube_facts.h"

struct kube_world;
struct kube_world *kube_world_create(void);        /* NULL when out of memory */
void kube_world_destroy(struct kube_world *world); /* NULL is fine */

/* One list of `kind` by watch `source` (any number): what is not put between begin and
 * end, and was put by the same source, is gone. */
void kube_world_begin(struct kube_world *world, enum kube_kind kind, uint32_t source);
/* Takes `facts` over (NULL is fine); `now` is when they were seen. */
void kube_world_put(struct kube_world *world, uint32_t source, struct kube_facts *facts, heal_time now);
void kube_world_gone(struct kube_world *world, enum kube_kind kind, const char *key);
void kube_world_end(struct kube_world *world, enum kube_kind kind, uint32_t source);

/* The chapter's inventory, frozen and borrowed until the next call; NULL: none. Ends all stand-ins. */
void kube_world_watch(struct kube_world *world, const struct inventory *inventory);

/* Adds resources, series and edges in an order that depends on names alone. False when
 * memory is out, the inventory full, or a name is none that it takes; all else is added. */
bool kube_world_discover(struct kube_world *world, struct inventory *inventory);

struct kube_sink {
    void *context;
    void (*take)(void *context, const char *series, double value);
};
/* All samples at `now` of the kinds that are `fresh`; NaNs are not told. */
void kube_world_read(struct kube_world *world, heal_time now, const bool fresh[KUBE_KIND_COUNT], struct kube_sink sink);

/* Who stands in for "pod/NS/NAME" now, as such an id; false when nobody does. */
bool kube_world_stand_in(struct kube_world *world, const char *pod, char out[SERIES_ID_MAX + 1]);

size_t kube_world_count(struct kube_world *world, enum kube_kind kind);

#endif
