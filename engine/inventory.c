/* inventory.c - ids in an arena, numbers by hash, topology sorted at freeze.
 *
 * While it is built, series and edges are appended as they come. The freeze
 * sorts them once: the series of each resource lie side by side (counting
 * sort), the edges lie in order of source, relation, target, so that every
 * look-up afterwards is an offset or a binary search.
 */
#include "engine/inventory.h"

#include "engine/arena.h"
#include "engine/name_table.h"
#include "engine/resource_names.h"
#include "engine/utf8.h"

#include <stdlib.h>
#include <string.h>

struct series {
    uint32_t resource;
    uint32_t metric; /* offset of the metric in the id */
};

struct inventory {
    struct arena *texts;
    struct name_table resource_numbers;
    struct name_table series_numbers;
    const char **resource_ids;
    size_t resource_count, resource_room;
    const char **series_ids;
    size_t series_count, series_room;
    struct series *series;
    size_t series_detail_room;
    struct inventory_edge *edges;
    size_t edge_count, edge_room;
    uint32_t *grouped;      /* series numbers, by resource; frozen only */
    uint32_t *first_series; /* resource_count + 1 offsets into grouped */
    uint32_t *first_edge;   /* resource_count + 1 offsets into edges */
    bool frozen;
};

static const char *const RELATION_NAMES[RELATION_COUNT] = {"runs_on", "owned_by", "calls", "mounts"};

const char *relation_name(enum relation relation)
{
    return RELATION_NAMES[relation];
}

bool relation_parse(const char *text, enum relation *out)
{
    for (int i = 0; i < RELATION_COUNT; i++) {
        if (strcmp(text, RELATION_NAMES[i]) == 0) {
            *out = (enum relation)i;
            return true;
        }
    }
    return false;
}

struct inventory *inventory_create(void)
{
    struct inventory *inventory = calloc(1, sizeof *inventory);
    if (inventory == NULL)
        return NULL;
    inventory->texts = arena_create();
    if (inventory->texts == NULL) {
        free(inventory);
        return NULL;
    }
    return inventory;
}

void inventory_destroy(struct inventory *inventory)
{
    if (inventory == NULL)
        return;
    arena_destroy(inventory->texts);
    name_table_clear(&inventory->resource_numbers);
    name_table_clear(&inventory->series_numbers);
    free(inventory->resource_ids);
    free(inventory->series_ids);
    free(inventory->series);
    free(inventory->edges);
    free(inventory->grouped);
    free(inventory->first_series);
    free(inventory->first_edge);
    free(inventory);
}

/* Room for one more element of `size` bytes in *array, which holds *room. */
static bool make_room(void *array, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t wanted = *room == 0 ? 64 : *room * 2;
    void *old;
    memcpy(&old, array, sizeof old);
    void *moved = wanted > SIZE_MAX / size ? NULL : realloc(old, wanted * size);
    if (moved == NULL)
        return false;
    memcpy(array, &moved, sizeof moved);
    *room = wanted;
    return true;
}

/* Three non-empty parts of printable UTF-8 without ':' or a blank. */
static bool resource_id_valid(const char *id, size_t length)
{
    size_t slashes = 0;
    if (length == 0 || length > SERIES_ID_MAX || id[0] == '/' || id[length - 1] == '/' || !utf8_printable(id, length) ||
        memchr(id, ' ', length) != NULL || memchr(id, ':', length) != NULL)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (id[i] == '/') {
            slashes++;
            if (id[i + 1] == '/')
                return false;
        }
    }
    return slashes == 2;
}

/* The length of the resource's id in a series' id, 0 when that is malformed. */
static size_t resource_part(const char *id, size_t length)
{
    const char *colon = memchr(id, ':', length);
    if (colon == NULL || length > SERIES_ID_MAX)
        return 0;
    size_t resource_length = (size_t)(colon - id);
    size_t metric_length = length - resource_length - 1;
    if (metric_length == 0 || memchr(colon, ' ', metric_length + 1) != NULL ||
        !utf8_printable(colon + 1, metric_length) || !resource_id_valid(id, resource_length))
        return 0;
    return resource_length;
}

/* Appends a copy of the id to *ids and its number to `table`. */
static uint32_t add_id(struct inventory *inventory, struct name_table *table, const char ***ids, size_t *count,
                       size_t *room, const char *id, size_t length)
{
    if (!make_room(ids, room, *count, sizeof **ids))
        return NAME_NONE;
    const char *copy = arena_text(inventory->texts, id, length);
    uint32_t number = (uint32_t)*count;
    if (copy == NULL || !name_table_add(table, id, length, number))
        return NAME_NONE;
    (*ids)[(*count)++] = copy;
    return number;
}

uint32_t inventory_add_resource(struct inventory *inventory, const char *id, size_t length)
{
    if (inventory->frozen || !resource_id_valid(id, length))
        return RESOURCE_NONE;
    uint32_t known = inventory_find_resource(inventory, id, length);
    if (known != RESOURCE_NONE || inventory->resource_count >= RESOURCES_MAX)
        return known;
    return add_id(inventory, &inventory->resource_numbers, &inventory->resource_ids, &inventory->resource_count,
                  &inventory->resource_room, id, length);
}

uint32_t inventory_add_series(struct inventory *inventory, const char *id, size_t length)
{
    size_t resource_length = resource_part(id, length);
    if (inventory->frozen || resource_length == 0 || inventory->series_count >= SERIES_MAX ||
        inventory_find_series(inventory, id, length) != SERIES_NONE)
        return SERIES_NONE;
    uint32_t resource = inventory_add_resource(inventory, id, resource_length);
    if (resource == RESOURCE_NONE || !make_room(&inventory->series, &inventory->series_detail_room,
                                                inventory->series_count, sizeof *inventory->series))
        return SERIES_NONE;
    uint32_t number = add_id(inventory, &inventory->series_numbers, &inventory->series_ids, &inventory->series_count,
                             &inventory->series_room, id, length);
    if (number != NAME_NONE)
        inventory->series[number] = (struct series){.resource = resource, .metric = (uint32_t)resource_length + 1};
    return number;
}

bool inventory_relate(struct inventory *inventory, uint32_t source, enum relation relation, uint32_t target)
{
    if (inventory->frozen || source >= inventory->resource_count || target >= inventory->resource_count ||
        !make_room(&inventory->edges, &inventory->edge_room, inventory->edge_count, sizeof *inventory->edges))
        return false;
    inventory->edges[inventory->edge_count++] =
        (struct inventory_edge){.source = source, .target = target, .relation = relation};
    return true;
}

/* Relates `link/NS/A-B` to B. Where names hold dashes themselves, the longest B
 * that is exactly one resource of a kind counts. */
static bool relate_link(struct inventory *inventory, const struct resource_names *names, uint32_t link)
{
    char callee[SERIES_ID_MAX + 1]; /* NS/B */
    const char *space = inventory->resource_ids[link] + strlen("link/");
    const char *name = strchr(space, '/') + 1;
    size_t prefix = (size_t)(name - space);
    memcpy(callee, space, prefix);
    for (const char *dash = strchr(name, '-'); dash != NULL; dash = strchr(dash + 1, '-')) {
        size_t length = strlen(dash + 1);
        memcpy(callee + prefix, dash + 1, length);
        for (int kind = CALLEE_POD; length > 0 && kind <= CALLEE_DATABASE; kind++) {
            bool several;
            uint32_t target = resource_names_find(names, (enum callee_kind)kind, callee, prefix + length, &several);
            if (target != RESOURCE_NONE && !several)
                return inventory_relate(inventory, link, RELATION_CALLS, target);
        }
    }
    return true;
}

static bool relate_links(struct inventory *inventory)
{
    struct resource_names *names = NULL;
    bool done = true;
    for (uint32_t i = 0; i < inventory->resource_count && done; i++) {
        if (!inventory_has_kind(inventory, i, "link"))
            continue;
        if (names == NULL)
            names = resource_names_create(inventory, true);
        done = names != NULL && relate_link(inventory, names, i);
    }
    resource_names_destroy(names);
    return done;
}

static int compare_edges(const void *left, const void *right)
{
    const struct inventory_edge *a = left;
    const struct inventory_edge *b = right;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->relation != b->relation)
        return a->relation < b->relation ? -1 : 1;
    return a->target < b->target ? -1 : a->target > b->target;
}

/* Sorts the edges, drops repeats and notes where each source's edges start. */
static void sort_edges(struct inventory *inventory)
{
    size_t kept = 0;
    if (inventory->edge_count > 0)
        qsort(inventory->edges, inventory->edge_count, sizeof *inventory->edges, compare_edges);
    for (size_t i = 0; i < inventory->edge_count; i++) {
        if (kept == 0 || compare_edges(&inventory->edges[kept - 1], &inventory->edges[i]) != 0)
            inventory->edges[kept++] = inventory->edges[i];
    }
    inventory->edge_count = kept;
    for (size_t i = 0; i < kept; i++)
        inventory->first_edge[inventory->edges[i].source + 1]++;
    for (size_t i = 0; i < inventory->resource_count; i++)
        inventory->first_edge[i + 1] += inventory->first_edge[i];
}

/* Counting sort of the series by resource; keeps their order. first_series[r + 1]
 * runs from the start of r's group to its end while the groups are filled. */
static void group_series(struct inventory *inventory)
{
    uint32_t *first = inventory->first_series;
    for (size_t i = 0; i < inventory->series_count; i++)
        first[inventory->series[i].resource + 2]++;
    for (size_t i = 2; i < inventory->resource_count + 2; i++)
        first[i] += first[i - 1];
    for (uint32_t i = 0; i < inventory->series_count; i++)
        inventory->grouped[first[inventory->series[i].resource + 1]++] = i;
}

bool inventory_freeze(struct inventory *inventory)
{
    if (inventory->frozen)
        return true;
    if (!relate_links(inventory) || inventory->edge_count > UINT32_MAX)
        return false;
    size_t offsets = inventory->resource_count + 2;
    inventory->grouped = malloc((inventory->series_count + 1) * sizeof *inventory->grouped);
    inventory->first_series = calloc(offsets, sizeof *inventory->first_series);
    inventory->first_edge = calloc(offsets, sizeof *inventory->first_edge);
    if (inventory->grouped == NULL || inventory->first_series == NULL || inventory->first_edge == NULL) {
        free(inventory->grouped);
        free(inventory->first_series);
        free(inventory->first_edge);
        inventory->grouped = inventory->first_series = inventory->first_edge = NULL;
        return false;
    }
    group_series(inventory);
    sort_edges(inventory);
    inventory->frozen = true;
    return true;
}

size_t inventory_resource_count(const struct inventory *inventory)
{
    return inventory->resource_count;
}

size_t inventory_series_count(const struct inventory *inventory)
{
    return inventory->series_count;
}

uint32_t inventory_find_resource(const struct inventory *inventory, const char *id, size_t length)
{
    return name_table_find(&inventory->resource_numbers, inventory->resource_ids, id, length);
}

uint32_t inventory_find_series(const struct inventory *inventory, const char *id, size_t length)
{
    return name_table_find(&inventory->series_numbers, inventory->series_ids, id, length);
}

const char *inventory_resource_id(const struct inventory *inventory, uint32_t resource)
{
    return inventory->resource_ids[resource];
}

bool inventory_has_kind(const struct inventory *inventory, uint32_t resource, const char *kind)
{
    const char *id = inventory->resource_ids[resource];
    size_t length = strlen(kind);

    return strncmp(id, kind, length) == 0 && id[length] == '/';
}

const char *inventory_series_id(const struct inventory *inventory, uint32_t series)
{
    return inventory->series_ids[series];
}

const char *inventory_series_metric(const struct inventory *inventory, uint32_t series)
{
    return inventory->series_ids[series] + inventory->series[series].metric;
}

uint32_t inventory_series_resource(const struct inventory *inventory, uint32_t series)
{
    return inventory->series[series].resource;
}

const uint32_t *inventory_resource_series(const struct inventory *inventory, uint32_t resource, size_t *count)
{
    uint32_t start = inventory->first_series[resource];
    *count = inventory->first_series[resource + 1] - start;
    return inventory->grouped + start;
}

const struct inventory_edge *inventory_edges(const struct inventory *inventory, size_t *count)
{
    *count = inventory->edge_count;
    return inventory->edges;
}

/* The first edge that is not below `wanted`; edge_count when there is none. */
static size_t edge_lower_bound(const struct inventory *inventory, struct inventory_edge wanted)
{
    size_t low = inventory->first_edge[wanted.source];
    size_t high = inventory->first_edge[wanted.source + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_edges(&inventory->edges[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct inventory_edge *inventory_edges_of(const struct inventory *inventory, uint32_t source, size_t *count)
{
    size_t first = edge_lower_bound(inventory, (struct inventory_edge){.source = source}), end = first;

    while (end < inventory->edge_count && inventory->edges[end].source == source)
        end++;
    *count = end - first;
    return inventory->edges + first;
}

uint32_t inventory_target(const struct inventory *inventory, uint32_t source, enum relation relation)
{
    size_t at = edge_lower_bound(inventory, (struct inventory_edge){.source = source, .relation = relation});
    if (at == inventory->edge_count || inventory->edges[at].source != source ||
        inventory->edges[at].relation != relation)
        return RESOURCE_NONE;
    return inventory->edges[at].target;
}

static bool has_edge(const struct inventory *inventory, uint32_t source, uint32_t target)
{
    for (int relation = 0; relation < RELATION_COUNT; relation++) {
        struct inventory_edge wanted = {.source = source, .target = target, .relation = (enum relation)relation};
        size_t at = edge_lower_bound(inventory, wanted);
        if (at < inventory->edge_count && compare_edges(&inventory->edges[at], &wanted) == 0)
            return true;
    }
    return false;
}

bool inventory_related(const struct inventory *inventory, uint32_t a, uint32_t b)
{
    return a == b || has_edge(inventory, a, b) || has_edge(inventory, b, a);
}
