/* fuzz_kube_facts.c - any JSON as objects of an API server, line by line: the first letter of a
 * line says of which kind, a '-' that it is gone. What comes of them has names that an
 * inventory takes, and finite samples. */
#include "live/kube_topology.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const heal_time NOW = 20000 * HEAL_DAY;

static void look_at(void *context, const char *series, double value)
{
    const struct inventory *inventory = context;
    const char *metric = strchr(series, ':');

    if (isnan(value) || !metric)
        abort();
    /* Told of a resource that was named: then it was named with this series. */
    if (inventory_find_resource(inventory, series, (size_t)(metric - series)) != RESOURCE_NONE &&
        inventory_find_series(inventory, series, strlen(series)) == SERIES_NONE)
        abort();
}

static void take_line(struct kube_world *world, const char *line, size_t length)
{
    enum kube_kind kind = (enum kube_kind)((unsigned char)line[0] % KUBE_KIND_COUNT);
    bool gone = length > 1 && line[1] == '-';
    cJSON *object = cJSON_ParseWithLength(line + 1 + gone, length - 1 - gone);
    struct kube_facts *facts = object ? kube_facts_read(kind, object, HEAL_MINUTE) : NULL;
    char key[SERIES_ID_MAX];
    bool named = object && kube_facts_key(kind, object, key);

    if (facts && (!named || strcmp(key, facts->key) != 0 || facts->sample_count > KUBE_SAMPLES_MAX))
        abort();
    if (gone && named)
        kube_world_gone(world, kind, key);
    if (gone)
        kube_facts_free(facts);
    else
        kube_world_put(world, 0, facts, NOW);
    cJSON_Delete(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kube_world *world = kube_world_create();
    struct inventory *inventory = inventory_create();
    bool fresh[KUBE_KIND_COUNT];
    const char *at = (const char *)data, *end = at + size;

    for (size_t i = 0; i < KUBE_KIND_COUNT; i++)
        fresh[i] = true;
    while (at < end) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line ? line : end) - at);
        if (length > 1)
            take_line(world, at, length);
        at += length + 1;
    }
    kube_world_discover(world, inventory); /* names that no server gives are left out */
    if (!inventory_freeze(inventory))
        abort();
    kube_world_watch(world, inventory);
    kube_world_read(world, NOW, fresh, (struct kube_sink){inventory, look_at});
    kube_world_watch(world, NULL);
    inventory_destroy(inventory);
    kube_world_destroy(world);
    return 0;
}
