/* circuit.c - one counter and one instant per strategy. */
#include "engine/circuit.h"

#include <stdlib.h>

struct fuse {
    uint32_t failures;    /* in a row */
    heal_time open_until; /* HEAL_TIME_NEVER: closed */
    uint32_t trials;      /* attempts under way since it went half open */
};

struct circuit {
    const struct policy *policy;
    struct fuse fuses[];
};

struct circuit *circuit_create(const struct policy *policy)
{
    struct circuit *circuit = calloc(1, sizeof *circuit + policy->strategy_count * sizeof circuit->fuses[0]);

    if (!circuit)
        return NULL;
    circuit->policy = policy;
    for (size_t i = 0; i < policy->strategy_count; i++)
        circuit->fuses[i].open_until = HEAL_TIME_NEVER;
    return circuit;
}

void circuit_destroy(struct circuit *circuit)
{
    free(circuit);
}

bool circuit_allows(const struct circuit *circuit, uint32_t strategy, heal_time now)
{
    const struct fuse *fuse = &circuit->fuses[strategy];
    return fuse->open_until == HEAL_TIME_NEVER || (now >= fuse->open_until && fuse->trials == 0);
}

void circuit_note_start(struct circuit *circuit, uint32_t strategy, heal_time now)
{
    struct fuse *fuse = &circuit->fuses[strategy];
    if (fuse->open_until != HEAL_TIME_NEVER && now >= fuse->open_until)
        fuse->trials++;
}

void circuit_note_abandoned(struct circuit *circuit, uint32_t strategy)
{
    circuit->fuses[strategy].trials = 0;
}

bool circuit_note_end(struct circuit *circuit, uint32_t strategy, bool success, heal_time now)
{
    struct fuse *fuse = &circuit->fuses[strategy];

    fuse->trials = 0;
    if (success) {
        *fuse = (struct fuse){.open_until = HEAL_TIME_NEVER};
        return false;
    }
    fuse->failures++;
    if (circuit->policy->guards.circuit_failures == 0 || fuse->failures < circuit->policy->guards.circuit_failures)
        return false;
    fuse->open_until = now + circuit->policy->guards.circuit_open_for;
    return true;
}
