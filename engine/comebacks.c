/* comebacks.c - two rings: remedies that ended, and calls. */
#include "engine/comebacks.h"

#include <stdlib.h>

struct entry {
    heal_time at;
    uint32_t resource;
    enum issue_type type;
};

struct comebacks {
    const struct policy *policy;
    const struct inventory *inventory;
    struct entry endings[COMEBACKS_MAX], calls[CALLS_MAX];
    uint64_t ending_count, call_count; /* ever */
};

struct comebacks *comebacks_create(const struct policy *policy, const struct inventory *inventory)
{
    struct comebacks *comebacks = calloc(1, sizeof *comebacks);

    if (comebacks) {
        comebacks->policy = policy;
        comebacks->inventory = inventory;
    }
    return comebacks;
}

void comebacks_destroy(struct comebacks *comebacks)
{
    free(comebacks);
}

void comebacks_note(struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time now)
{
    comebacks->endings[comebacks->ending_count++ % COMEBACKS_MAX] = (struct entry){now, resource, type};
}

/* The workload, or the resource where it has none. */
static uint32_t group_of(const struct comebacks *comebacks, uint32_t resource)
{
    uint32_t owner = inventory_target(comebacks->inventory, resource, RELATION_OWNED_BY);
    return owner == RESOURCE_NONE ? resource : owner;
}

bool comebacks_are_many(const struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time opened_at,
                        heal_time now)
{
    const struct policy_guards *guards = &comebacks->policy->guards;
    uint32_t group = group_of(comebacks, resource), here = 0, around = 0;

    for (uint64_t back = 1; back <= comebacks->ending_count && back <= COMEBACKS_MAX; back++) {
        const struct entry *entry = &comebacks->endings[(comebacks->ending_count - back) % COMEBACKS_MAX];
        if (now - entry->at >= guards->comebacks_within)
            break; /* ascending in time: all earlier ones are older */
        bool own = entry->resource == resource;
        if (entry->type != type || (own && entry->at >= opened_at))
            continue;
        here += own;
        around += group_of(comebacks, entry->resource) == group;
    }
    return (guards->comebacks_resource > 0 && here >= guards->comebacks_resource) ||
           (guards->comebacks_workload > 0 && around >= guards->comebacks_workload);
}

bool comebacks_may_call(struct comebacks *comebacks, uint32_t resource, enum issue_type type, heal_time now)
{
    for (uint64_t back = 1; back <= comebacks->call_count && back <= CALLS_MAX; back++) {
        const struct entry *entry = &comebacks->calls[(comebacks->call_count - back) % CALLS_MAX];
        if (now - entry->at >= comebacks->policy->guards.call_again)
            break;
        if (entry->resource == resource && entry->type == type)
            return false;
    }
    comebacks->calls[comebacks->call_count++ % CALLS_MAX] = (struct entry){now, resource, type};
    return true;
}
