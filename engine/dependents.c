/* dependents.c - edges turned round by a counting sort; impact by a walk with marks. */
#include "engine/dependents.h"

#include <math.h>
#include <stdlib.h>

static const uint32_t UNKNOWN = UINT32_MAX;

struct dependents {
    const struct inventory *inventory;
    size_t count;
    struct dependent *edges; /* by target */
    size_t *first;           /* count + 1 offsets */
    uint32_t *reach;         /* dependents_count, or UNKNOWN */
    uint32_t *queue;         /* of a walk */
    uint32_t *mark;          /* the walk that saw a resource last */
    uint32_t walk;
};

static bool turn_round(struct dependents *dependents)
{
    size_t edge_count;
    const struct inventory_edge *edges = inventory_edges(dependents->inventory, &edge_count);

    dependents->edges = calloc(edge_count + 1, sizeof *dependents->edges);
    if (!dependents->edges)
        return false;
    for (size_t i = 0; i < edge_count; i++)
        dependents->first[edges[i].target + 1]++;
    for (size_t i = 0; i < dependents->count; i++)
        dependents->first[i + 1] += dependents->first[i];
    for (size_t i = 0; i < dependents->count; i++)
        dependents->queue[i] = 0; /* how many of each are placed */
    for (int relation = 0; relation < RELATION_COUNT; relation++) {
        for (size_t i = 0; i < edge_count; i++) {
            if ((int)edges[i].relation != relation)
                continue;
            size_t at = dependents->first[edges[i].target] + dependents->queue[edges[i].target]++;
            dependents->edges[at] = (struct dependent){edges[i].source, edges[i].relation};
        }
    }
    return true;
}

struct dependents *dependents_create(const struct inventory *inventory)
{
    struct dependents *dependents = calloc(1, sizeof *dependents);
    size_t count = inventory_resource_count(inventory);

    if (!dependents)
        return NULL;
    dependents->inventory = inventory;
    dependents->count = count;
    dependents->first = calloc(count + 1, sizeof *dependents->first);
    dependents->reach = calloc(count + 1, sizeof *dependents->reach);
    dependents->queue = calloc(count + 1, sizeof *dependents->queue);
    dependents->mark = calloc(count + 1, sizeof *dependents->mark);
    if (!dependents->first || !dependents->reach || !dependents->queue || !dependents->mark ||
        !turn_round(dependents)) {
        dependents_destroy(dependents);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        dependents->reach[i] = UNKNOWN;
    return dependents;
}

void dependents_destroy(struct dependents *dependents)
{
    if (!dependents)
        return;
    free(dependents->edges);
    free(dependents->first);
    free(dependents->reach);
    free(dependents->queue);
    free(dependents->mark);
    free(dependents);
}

const struct dependent *dependents_of(const struct dependents *dependents, uint32_t resource, size_t *count)
{
    *count = dependents->first[resource + 1] - dependents->first[resource];
    return dependents->edges + dependents->first[resource];
}

size_t dependents_members(const struct dependents *dependents, uint32_t owner)
{
    size_t count, members = 0;
    const struct dependent *below = dependents_of(dependents, owner, &count);

    for (size_t i = 0; i < count; i++)
        members += below[i].relation == RELATION_OWNED_BY;
    return members;
}

size_t dependents_count(struct dependents *dependents, uint32_t resource)
{
    size_t seen = 0, next = 0;

    if (dependents->reach[resource] != UNKNOWN)
        return dependents->reach[resource];
    dependents->walk++;
    dependents->mark[resource] = dependents->walk;
    dependents->queue[seen++] = resource;
    while (next < seen) {
        size_t count;
        const struct dependent *below = dependents_of(dependents, dependents->queue[next++], &count);
        for (size_t i = 0; i < count; i++) {
            if (dependents->mark[below[i].resource] == dependents->walk)
                continue;
            dependents->mark[below[i].resource] = dependents->walk;
            dependents->queue[seen++] = below[i].resource;
        }
    }
    dependents->reach[resource] = (uint32_t)(seen - 1);
    return seen - 1;
}

double dependents_impact(struct dependents *dependents, uint32_t resource)
{
    if (dependents->count < 2)
        return 0.0;
    return log1p((double)dependents_count(dependents, resource)) / log((double)dependents->count);
}

static bool is_among(const uint32_t *list, size_t count, uint32_t resource)
{
    size_t i = 0;

    while (i < count && list[i] != resource)
        i++;
    return i < count;
}

size_t ancestors_of(const struct inventory *inventory, uint32_t resource, uint32_t *out, size_t room)
{
    size_t found = 0, next = 0;

    room = room < ANCESTORS_MAX ? room : ANCESTORS_MAX;
    for (uint32_t at = resource;; at = out[next++]) {
        size_t count;
        const struct inventory_edge *edges = inventory_edges_of(inventory, at, &count);
        for (size_t i = 0; i < count && found < room; i++) {
            uint32_t above = edges[i].target;
            if (edges[i].relation != RELATION_CALLS && above != resource && !is_among(out, found, above))
                out[found++] = above;
        }
        if (next == found)
            return found;
    }
}

bool hangs_on(const struct inventory *inventory, uint32_t below, uint32_t above)
{
    uint32_t all[ANCESTORS_MAX];

    return below == above || is_among(all, ancestors_of(inventory, below, all, ANCESTORS_MAX), above);
}
