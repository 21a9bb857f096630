/* kube_events.h - what selfheal does, told in the cluster as Events (core/v1).
 *
 * Two per action: "Healing" before anything is changed, "Healed" or "HealingFailed"
 * after it. Their names come from the action's id, so that a repeat writes none twice
 * and a look-up after a crash finds which object the action was about to change.
 */
#ifndef SELFHEAL_LIVE_KUBE_EVENTS_H
#define SELFHEAL_LIVE_KUBE_EVENTS_H

#include "live/kube_actions.h"

/* The event on `object` (or a bare reference with apiVersion, kind, metadata). Events of
 * what has no namespace are in "default". The caller frees; NULL when out of memory. */
cJSON *kube_event(const struct kube_order *order, const cJSON *object, bool begins, enum action_outcome outcome,
                  const char *message, heal_time at);
void kube_event_name(const char *id, bool begins, char out[KUBE_NAME]);
/* Where events about the object are. */
const char *kube_event_space(const cJSON *object);

#endif
