/* leftovers.h - steps of remedies that stand in the world and that no process goes on from.
 *
 * A remediation that was interrupted (a kill, a chapter that ended) may have cordoned a
 * node: done for sure or perhaps, and nobody will say `uncordon`. A remedy that succeeded
 * and was to be taken back after a while is in the same case when its process ends before
 * that. Both are found here, by what the database knows: the step was not taken back
 * since, and no other remedy did the same there since.
 */
#ifndef SELFHEAL_STORE_LEFTOVERS_H
#define SELFHEAL_STORE_LEFTOVERS_H

#include "engine/engine.h"
#include "engine/error.h"
#include "engine/policy.h"
#include "store/database.h"

/* At most `room`, the newest first, *count of them; `due` is set. Of interrupted remedies
 * only steps that may be repeated, and so may their undo: the others wait for a person.
 * Those of successes are due `undo_after` later. Nothing older than `since`,
 * and nothing of what the inventory lacks. False with messages. */
bool leftovers_find(struct database *database, const struct policy *policy, const struct inventory *inventory,
                    heal_time since, const char *interrupted, struct standing_step *out, size_t room, size_t *count,
                    struct error_list *errors);

#endif
