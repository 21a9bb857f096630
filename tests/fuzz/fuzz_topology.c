/* fuzz_topology.c - any bytes are edges or errors, and edges can be related. */
#include "engine/inventory.h"
#include "replay/labels.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void relate(const struct topology *topology)
{
    static const char *const ids[] = {"pod/s/a-1", "pod/s/a-2", "workload/s/a", "database/s/b", "link/s/a-b"};
    struct inventory *inventory = inventory_create();
    size_t edges;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
        inventory_add_resource(inventory, ids[i], strlen(ids[i]));
    if (topology_relate(topology, inventory) > topology->count || !inventory_freeze(inventory))
        abort();
    inventory_edges(inventory, &edges);
    if (edges > topology->count + 1) /* the link's own */
        abort();
    inventory_destroy(inventory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list errors = {0};
    struct topology topology;
    bool read = topology_parse("fuzz", (const char *)data, size, &topology, &errors);
    if (read != (errors.count == 0) || (!read && topology.count != 0))
        abort();
    relate(&topology);
    topology_clear(&topology);
    error_list_clear(&errors);
    return 0;
}
