/* storm.h - many resources that fall sick at once below one ancestor.
 *
 * A node that goes down takes its pods with it: one trouble, not two hundred; and a zone
 * its nodes and theirs. When `storm_followers` resources below one ancestor (that run on
 * it, are owned by it or mount it, or hang on one that does: dependents.h) fell sick
 * within `storm_window`, and the ancestor is sick itself or they are `storm_share` of all
 * that is watched below it, the ancestor is the root and they follow it. They have to be
 * that many directly below it, or in two branches: what is sick under one node of a zone
 * is the node's. Echoes along calls are no descent and none of this file's business.
 */
#ifndef SELFHEAL_ENGINE_STORM_H
#define SELFHEAL_ENGINE_STORM_H

#include "engine/dependents.h"
#include "engine/issue_book.h"

struct storm;

/* All borrowed. NULL when out of memory. */
struct storm *storm_create(const struct policy *policy, const struct inventory *inventory,
                           const struct dependents *dependents);
void storm_destroy(struct storm *storm); /* NULL is fine */

/* An anomaly of `resource` that is an issue's begins at `now`. All of a frame are
 * marked before the first root is asked for. */
void storm_mark(struct storm *storm, uint32_t resource, heal_time now);

/* The resource is well again. */
void storm_clear(struct storm *storm, uint32_t resource);

/* The root that `resource` follows at `now`, or RESOURCE_NONE. Of several the one
 * that is sick itself, or the one above that with the share of all below it; then the
 * one with more sick below it, then the nearer one, then what it runs on before its
 * owner before its volume. */
uint32_t storm_root(struct storm *storm, struct issue_book *book, uint32_t resource, heal_time now);

#endif
