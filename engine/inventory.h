/* inventory.h - what is watched: resources, their series, their topology.
 *
 * Built once by a world, then frozen; the engine sees resources and series as
 * dense indices and never as text. A resource is `kind/namespace/name`, a series
 * `kind/namespace/name:metric`. Indices follow the order of addition, so one
 * world description gives one numbering everywhere.
 */
#ifndef SELFHEAL_ENGINE_INVENTORY_H
#define SELFHEAL_ENGINE_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERIES_MAX = 1 << 20, RESOURCES_MAX = 1 << 20, SERIES_ID_MAX = 512 };
#define RESOURCE_NONE UINT32_MAX
#define SERIES_NONE UINT32_MAX

enum relation {
    RELATION_RUNS_ON,  /* pod -> node */
    RELATION_OWNED_BY, /* pod -> workload */
    RELATION_CALLS,    /* caller -> callee; link -> callee */
    RELATION_MOUNTS,   /* pod -> volume */
    RELATION_COUNT
};
const char *relation_name(enum relation relation); /* "runs_on", ... */
bool relation_parse(const char *text, enum relation *out);

struct inventory;

struct inventory *inventory_create(void);            /* NULL when out of memory */
void inventory_destroy(struct inventory *inventory); /* NULL is fine */

/* Finds or adds the resource `kind/namespace/name`. RESOURCE_NONE when the id is
 * malformed (not three non-empty parts of printable UTF-8 without ':' or a
 * blank, over SERIES_ID_MAX bytes), the inventory is frozen or full, or memory
 * is out. */
uint32_t inventory_add_resource(struct inventory *inventory, const char *id, size_t length);

/* Adds the series `kind/namespace/name:metric`, and its resource if new.
 * SERIES_NONE as above, or when the series is there already. */
uint32_t inventory_add_series(struct inventory *inventory, const char *id, size_t length);

/* Notes source --relation--> target; the same edge twice counts once. */
bool inventory_relate(struct inventory *inventory, uint32_t source, enum relation relation, uint32_t target);

/* After this nothing is added and the look-ups below by resource work. Relates
 * links to their callees by name: `link/NS/A-B` calls the one pod, workload or
 * database of NS that is named B or starts with `B-`. False when out of memory. */
bool inventory_freeze(struct inventory *inventory);

size_t inventory_resource_count(const struct inventory *inventory);
size_t inventory_series_count(const struct inventory *inventory);
uint32_t inventory_find_resource(const struct inventory *inventory, const char *id,
                                 size_t length);                                                  /* or RESOURCE_NONE */
uint32_t inventory_find_series(const struct inventory *inventory, const char *id, size_t length); /* or SERIES_NONE */

const char *inventory_resource_id(const struct inventory *inventory, uint32_t resource);
/* Whether `kind`, such as "link", is the first part of its id. */
bool inventory_has_kind(const struct inventory *inventory, uint32_t resource, const char *kind);
const char *inventory_series_id(const struct inventory *inventory, uint32_t series);
const char *inventory_series_metric(const struct inventory *inventory, uint32_t series); /* the part after ':' */
uint32_t inventory_series_resource(const struct inventory *inventory, uint32_t series);

/* The series of one resource, ascending; *count of them. Frozen only. */
const uint32_t *inventory_resource_series(const struct inventory *inventory, uint32_t resource, size_t *count);

struct inventory_edge {
    uint32_t source;
    uint32_t target;
    enum relation relation;
};
/* All edges, ordered by source, relation, target. Frozen only. */
const struct inventory_edge *inventory_edges(const struct inventory *inventory, size_t *count);

/* The edges of one source, in that order. Frozen only. */
const struct inventory_edge *inventory_edges_of(const struct inventory *inventory, uint32_t source, size_t *count);

/* The first target of `source` by `relation`, or RESOURCE_NONE. Frozen only. */
uint32_t inventory_target(const struct inventory *inventory, uint32_t source, enum relation relation);

/* True when trouble of one can be what is seen at the other: the same resource,
 * or one edge apart (any relation, either direction). Frozen only. */
bool inventory_related(const struct inventory *inventory, uint32_t a, uint32_t b);

#endif
