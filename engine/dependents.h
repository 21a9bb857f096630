/* dependents.h - the topology from below: what hangs on a resource.
 *
 * The inventory tells where an edge goes; here is who points at a resource, and
 * from that how much of the topology would feel its loss (impact). All memory is
 * taken at create; an impact is worked out once, when it is first asked for.
 */
#ifndef SELFHEAL_ENGINE_DEPENDENTS_H
#define SELFHEAL_ENGINE_DEPENDENTS_H

#include "engine/inventory.h"

struct dependents;

struct dependent {
    uint32_t resource;
    enum relation relation; /* dependent --relation--> the resource asked for */
};

struct dependents *dependents_create(const struct inventory *inventory); /* frozen; NULL when out of memory */
void dependents_destroy(struct dependents *dependents);                  /* NULL is fine */

/* Who points at `resource`, by any relation, ascending by relation, then resource. */
const struct dependent *dependents_of(const struct dependents *dependents, uint32_t resource, size_t *count);

/* The members of a workload: those that it owns. */
size_t dependents_members(const struct dependents *dependents, uint32_t owner);

/* How many other resources hang on this one, over any number of edges. */
size_t dependents_count(struct dependents *dependents, uint32_t resource);

/* log(1 + dependents) / log(resources): 0 for a leaf, 1 when all hang on it; 0 in a
 * world of one. A node under ten pods weighs more than a pod, but not ten times. */
double dependents_impact(struct dependents *dependents, uint32_t resource);

/* The resources that `resource` runs on, is owned by or mounts, and those that they do,
 * over any mix of these and over all their targets, each once, the nearer first; at most
 * `room` of them and ANCESTORS_MAX (a file may be cyclic). Returns how many. */
enum { ANCESTORS_MAX = 64 };
size_t ancestors_of(const struct inventory *inventory, uint32_t resource, uint32_t *out, size_t room);

/* `below` is `above`, or that is among its ancestors. */
bool hangs_on(const struct inventory *inventory, uint32_t below, uint32_t above);

#endif
