/* fuzz_knowledge.c - no bytes that claim to be knowledge harm an engine. The sum at
 * their end is set right, so that what is before it is read at all. */
#include "engine/knowledge.h"

#include <stdlib.h>
#include <string.h>

static void ignore_action(void *context, heal_time now, const struct action *action)
{
    (void)context, (void)now, (void)action;
}

static void ignore_decision(void *context, const struct decision *decision)
{
    (void)context, (void)decision;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strategy strategy = {.name = "s", .step_count = 1, .prior_success = 0.5, .prior_weight = 2};
    struct policy policy = {.strategies = &strategy, .strategy_count = 1, .baseline = {HEAL_HOUR, 10}};
    struct inventory *inventory = inventory_create();
    unsigned char *bytes = malloc(size + 8);
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    if (!inventory || !bytes || inventory_add_series(inventory, "a/b/c:d", 7) == SERIES_NONE ||
        !inventory_freeze(inventory))
        abort();
    struct engine *engine = engine_create(&policy, inventory, 1, (struct world_port){NULL, ignore_action},
                                          (struct journal_port){NULL, ignore_decision});
    if (!engine)
        abort();
    memcpy(bytes, data, size);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    for (int i = 0; i < 8; i++)
        bytes[size + (size_t)i] = (unsigned char)(hash >> (8 * i));
    engine_import(engine, bytes, size + 8);
    engine_destroy(engine);
    inventory_destroy(inventory);
    free(bytes);
    return 0;
}
