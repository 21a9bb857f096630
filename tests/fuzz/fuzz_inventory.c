/* fuzz_inventory.c - any lines as ids: resources, series ("...:metric"), and edges between the last
 * two resources. What is taken is found again, by its number and by its name. */
#include "engine/inventory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct inventory *inventory)
{
    size_t edges, all = 0;
    const struct inventory_edge *edge = inventory_edges(inventory, &edges);

    for (uint32_t i = 0; i < inventory_resource_count(inventory); i++) {
        const char *id = inventory_resource_id(inventory, i);
        size_t count;
        const uint32_t *series = inventory_resource_series(inventory, i, &count);
        if (inventory_find_resource(inventory, id, strlen(id)) != i)
            abort();
        for (size_t k = 0; k < count; k++) {
            if (inventory_series_resource(inventory, series[k]) != i || (k > 0 && series[k] <= series[k - 1]))
                abort();
        }
        all += count;
    }
    if (all != inventory_series_count(inventory))
        abort();
    for (uint32_t i = 0; i < inventory_series_count(inventory); i++) {
        const char *id = inventory_series_id(inventory, i);
        if (inventory_find_series(inventory, id, strlen(id)) != i ||
            strchr(id, ':') + 1 != inventory_series_metric(inventory, i))
            abort();
    }
    for (size_t i = 0; i < edges; i++) {
        if (edge[i].source >= inventory_resource_count(inventory) ||
            edge[i].target >= inventory_resource_count(inventory))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inventory *inventory = inventory_create();
    const char *at = (const char *)data, *end = at + size;
    uint32_t last = RESOURCE_NONE;

    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line ? line : end) - at);
        uint32_t found = inventory_add_resource(inventory, at, length);
        uint32_t series = inventory_add_series(inventory, at, length);
        if (found != RESOURCE_NONE && series != SERIES_NONE)
            abort(); /* an id is one or the other */
        if (found != RESOURCE_NONE && last != RESOURCE_NONE)
            inventory_relate(inventory, last, (enum relation)(length % RELATION_COUNT), found);
        last = found != RESOURCE_NONE ? found : last;
        at += length + 1;
    }
    if (!inventory_freeze(inventory))
        abort();
    check(inventory);
    if (inventory_add_resource(inventory, "pod/a/late", 10) != RESOURCE_NONE &&
        inventory_find_resource(inventory, "pod/a/late", 10) == RESOURCE_NONE)
        abort();
    inventory_destroy(inventory);
    return 0;
}
