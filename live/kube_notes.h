/* kube_notes.h - what selfheal did to an object, kept on the object.
 *
 * The annotation selfheal/actions is a list of {"id", "action", "at", "changes"}, the
 * oldest first, written in the same patch as the change itself: both are there or none.
 * A repeat after a crash finds its own id and does nothing twice; the action that takes
 * one back finds what was there before. Only the newest few are kept.
 */
#ifndef SELFHEAL_LIVE_KUBE_NOTES_H
#define SELFHEAL_LIVE_KUBE_NOTES_H

#include "engine/action.h"

#include <cJSON.h>

enum { KUBE_NOTES_KEPT = 6, KUBE_NOTES_BYTES = 128 << 10 };

/* The notes of an object; an empty list when there are none or they are no list.
 * The caller frees; NULL when out of memory. */
cJSON *kube_notes_of(const cJSON *object);

/* The changes that `notes` has for the action `id`, or NULL. */
const cJSON *kube_notes_find(const cJSON *notes, const char *id);

/* The changes of the newest note of an action of `kind` that stand in `object` as they
 * were made, or NULL. */
const cJSON *kube_notes_standing(const cJSON *notes, const cJSON *object, enum action_kind kind);

/* Writes one note more into the object's annotation, `changes` copied. The oldest go when
 * there are too many. False when out of memory or when it is larger than all may be. */
bool kube_notes_add(cJSON *object, const char *id, enum action_kind kind, heal_time at, const cJSON *changes);

#endif
