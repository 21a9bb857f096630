/* resource_names.h - from the name people use for a part to its resource.
 *
 * People write `cartservice`; the inventory knows `pod/shop/cartservice-579f-wc2`.
 * A resource answers to its name N and to every prefix P of it with N = P-...
 * Only what can be called is indexed: pods, workloads, databases and services.
 */
#ifndef SELFHEAL_ENGINE_RESOURCE_NAMES_H
#define SELFHEAL_ENGINE_RESOURCE_NAMES_H

#include "engine/inventory.h"

enum callee_kind { CALLEE_POD, CALLEE_WORKLOAD, CALLEE_DATABASE, CALLEE_SERVICE, CALLEE_KIND_COUNT };

struct resource_names;

/* An index of what `inventory` holds now; `qualified` makes the names
 * `namespace/name`. NULL when out of memory; the caller destroys it before the
 * inventory. */
struct resource_names *resource_names_create(const struct inventory *inventory, bool qualified);
void resource_names_destroy(struct resource_names *names); /* NULL is fine */

/* The resource of `kind` that answers to name[0 .. length): the first that bears
 * the very name, else the first by name; RESOURCE_NONE when there is none.
 * *several tells whether more than one answers. */
uint32_t resource_names_find(const struct resource_names *names, enum callee_kind kind, const char *name, size_t length,
                             bool *several);

#endif
