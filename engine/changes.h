/* changes.h - who was changed when: revisions that people or a pipeline rolled out.
 *
 * Most trouble of a service begins with a change of it (The Site Reliability Workbook,
 * table C-1: 68 of 100 outages began with a push), so the time of the last one is the
 * best evidence there is for a way back. A rule with `change: true` says which series
 * tell of one: a revision, a generation, a number of a configuration. Each new value is
 * a change of the series' resource, and of what that owns or is owned by.
 *
 * What the engine does itself shows there, too (a limit is part of a pod's template).
 * A change that is seen within OWN_CHANGE_FOR of an action of ours on the resource is
 * taken for ours: better no way back than one to before a remedy. A way back that was
 * taken forgets the change, so that nothing goes back twice over one deployment.
 */
#ifndef SELFHEAL_ENGINE_CHANGES_H
#define SELFHEAL_ENGINE_CHANGES_H

#include "engine/action.h"
#include "engine/inventory.h"
#include "engine/policy.h"

#define OWN_CHANGE_FOR (10 * HEAL_MINUTE)

struct changes;

/* NULL when out of memory. Both are borrowed; `inventory` frozen. */
struct changes *changes_create(const struct policy *policy, const struct inventory *inventory);
void changes_destroy(struct changes *changes); /* NULL is fine */

/* One value per series of the inventory; NaN: no sample. */
void changes_frame(struct changes *changes, heal_time now, const double *values);
/* The engine starts an action. */
void changes_note_action(struct changes *changes, heal_time now, const struct action *action);

/* When `resource` or what owns it was last changed by others, at `until` or before;
 * HEAL_TIME_NEVER: not known to have been. */
heal_time changes_last(const struct changes *changes, uint32_t resource, heal_time until);

#endif
