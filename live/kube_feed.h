/* kube_feed.h - a Kubernetes API server as a source of samples and topology.
 *
 * One watch (kube_watch.h) for each kind of object and, where the configuration names
 * namespaces, for each of them; all into one world (kube_topology.h). Nodes, workloads,
 * claims and what cert-manager and the Trivy operator add are optional: without the
 * right to see them, or without them, their series are not there. Pods are not.
 *
 * A read asks the server for its version, so that one that is dead or does not know us
 * any more is seen at the next scan and not when a stream breaks; then tells what is
 * known. What was seen through a stream that is broken counts for `stale_after`.
 */
#ifndef SELFHEAL_LIVE_KUBE_FEED_H
#define SELFHEAL_LIVE_KUBE_FEED_H

#include "live/feed.h"
#include "live/kube_config.h"

struct kube_feed;
/* Starts the watches. `config` is borrowed. NULL when out of memory or threads. */
struct kube_feed *kube_feed_create(const struct kube_config *config);
void kube_feed_destroy(struct kube_feed *feed); /* about a second; NULL is fine */

/* Waits until every watch has listed or failed once, for `patience` at most. */
void kube_feed_wait(struct kube_feed *feed, heal_duration patience);
/* True when the pods, and what else it cannot do without, were listed at least once. */
bool kube_feed_is_listed(struct kube_feed *feed);
/* Whether all watches are well; else what the first that is not says. */
bool kube_feed_is_well(struct kube_feed *feed, char error[HTTP_ERROR_TEXT]);
/* Adds what is known to an inventory. False when memory is out. */
bool kube_feed_discover(struct kube_feed *feed, struct inventory *inventory);
/* The chapter's inventory, as board_watch has it. */
void kube_feed_watch(struct kube_feed *feed, const struct inventory *inventory);

/* Puts all samples at `at`; false, with what could be read put all the same, when the
 * server or one of the watches is in trouble. */
bool kube_feed_read(struct kube_feed *feed, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT]);

/* Who stands in for the pod that an action is meant for; see kube_topology.h. */
bool kube_feed_stand_in(struct kube_feed *feed, const char *pod, char out[SERIES_ID_MAX + 1]);

struct kube_feed_counts {
    uint64_t events, lists, streams, failures;
    size_t objects;
};
struct kube_feed_counts kube_feed_count(struct kube_feed *feed);

#endif
