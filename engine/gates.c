/* gates.c - rolling-hour limits, one remedy at a time per line of descent, frozen
 * resources. */
#include "engine/gates.h"

#include <stdlib.h>

struct start {
    heal_time at;
    uint32_t resource;
};

struct gates {
    const struct policy *policy;
    const struct inventory *inventory;
    struct start *ring; /* the last `size` starts */
    size_t size;        /* total_per_hour */
    uint64_t started;
    uint64_t *frozen;   /* bit per resource */
};

struct gates *gates_create(const struct policy *policy, const struct inventory *inventory)
{
    struct gates *gates = calloc(1, sizeof *gates);

    if (!gates)
        return NULL;
    gates->policy = policy;
    gates->inventory = inventory;
    gates->size = policy->limits.total_per_hour;
    gates->ring = calloc(gates->size + 1, sizeof *gates->ring);
    gates->frozen = calloc(inventory_resource_count(inventory) / 64 + 1, sizeof *gates->frozen);
    if (!gates->ring || !gates->frozen) {
        gates_destroy(gates);
        return NULL;
    }
    return gates;
}

void gates_destroy(struct gates *gates)
{
    if (!gates)
        return;
    free(gates->ring);
    free(gates->frozen);
    free(gates);
}

static enum gate hourly_limits(const struct gates *gates, uint32_t resource, heal_time now)
{
    size_t total = 0, here = 0;
    uint64_t kept = gates->started < gates->size ? gates->started : gates->size;

    for (uint64_t back = 1; back <= kept; back++) {
        const struct start *start = &gates->ring[(gates->started - back) % gates->size];
        if (now - start->at >= HEAL_HOUR)
            break; /* ascending in time: all earlier ones are older */
        total++;
        here += start->resource == resource;
    }
    if (here >= gates->policy->limits.per_resource_per_hour)
        return GATE_RESOURCE_LIMIT;
    if (total >= gates->policy->limits.total_per_hour)
        return GATE_TOTAL_LIMIT;
    return GATE_NONE;
}

static bool at_work(const struct open_issue *issue)
{
    enum remediation_phase phase = issue->remediation.phase;
    return phase != PHASE_NONE && phase != PHASE_ENDED;
}

/* `below` hangs on `above`: runs on it, is owned by it or mounts it. Topologies
 * are shallow (pod, workload, node, zone); the bound is for a cyclic file. */
static bool hangs_on(const struct inventory *inventory, uint32_t below, uint32_t above)
{
    static const enum relation UPWARD[] = {RELATION_RUNS_ON, RELATION_OWNED_BY, RELATION_MOUNTS};

    for (size_t i = 0; i < sizeof UPWARD / sizeof UPWARD[0]; i++) {
        uint32_t at = below;
        for (int depth = 0; depth < 8 && at != RESOURCE_NONE; depth++) {
            if (at == above)
                return true;
            at = inventory_target(inventory, at, UPWARD[i]);
        }
    }
    return false;
}

static enum gate others_at_work(const struct gates *gates, struct issue_book *book, const struct open_issue *issue)
{
    size_t busy = 0;

    for (size_t i = 0; i < issue_book_count(book); i++) {
        const struct open_issue *other = issue_book_at(book, i);
        if (other == issue || !at_work(other))
            continue;
        busy++;
        if (hangs_on(gates->inventory, issue->resource, other->resource) ||
            hangs_on(gates->inventory, other->resource, issue->resource))
            return GATE_RESOURCE_BUSY;
    }
    return busy >= gates->policy->limits.concurrent ? GATE_CONCURRENT_LIMIT : GATE_NONE;
}

enum gate gates_check(const struct gates *gates, struct issue_book *book, const struct open_issue *issue, heal_time now)
{
    if (!gates->policy->auto_remediation)
        return GATE_AUTO_REMEDIATION_OFF;
    if (gates->frozen[issue->resource / 64] >> (issue->resource % 64) & 1)
        return GATE_FROZEN;
    enum gate gate = others_at_work(gates, book, issue);
    return gate == GATE_NONE ? hourly_limits(gates, issue->resource, now) : gate;
}

void gates_note_start(struct gates *gates, uint32_t resource, heal_time now)
{
    if (gates->size == 0) /* a person started it past a limit of none */
        return;
    gates->ring[gates->started % gates->size] = (struct start){now, resource};
    gates->started++;
}

void gates_freeze(struct gates *gates, uint32_t resource)
{
    gates->frozen[resource / 64] |= UINT64_C(1) << (resource % 64);
}
