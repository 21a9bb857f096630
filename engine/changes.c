/* changes.c - the few series that tell of changes, and a time for each resource. */
#include "engine/changes.h"

#include <math.h>
#include <stdlib.h>

struct changes {
    const struct inventory *inventory;
    uint32_t *series; /* that tell of changes */
    double *last;     /* the last sample of each; NaN: none yet */
    size_t count;
    heal_time *changed; /* per resource: by others; HEAL_TIME_NEVER: not */
    heal_time *acted;   /* per resource: our last action; HEAL_TIME_NEVER: none */
};

struct changes *changes_create(const struct policy *policy, const struct inventory *inventory)
{
    struct changes *changes = calloc(1, sizeof *changes);
    size_t series_count = inventory_series_count(inventory), count = inventory_resource_count(inventory);

    if (!changes)
        return NULL;
    changes->inventory = inventory;
    changes->series = calloc(series_count + 1, sizeof *changes->series);
    changes->last = calloc(series_count + 1, sizeof *changes->last);
    changes->changed = calloc(count + 1, sizeof *changes->changed);
    changes->acted = calloc(count + 1, sizeof *changes->acted);
    if (!changes->series || !changes->last || !changes->changed || !changes->acted) {
        changes_destroy(changes);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        changes->changed[i] = changes->acted[i] = HEAL_TIME_NEVER;
    for (uint32_t i = 0; i < series_count; i++) {
        size_t rule = policy_rule_for(policy, inventory_series_id(inventory, i));
        if (rule == SIZE_MAX || !policy->rules[rule].change)
            continue;
        changes->last[changes->count] = NAN;
        changes->series[changes->count++] = i;
    }
    return changes;
}

void changes_destroy(struct changes *changes)
{
    if (!changes)
        return;
    free(changes->series);
    free(changes->last);
    free(changes->changed);
    free(changes->acted);
    free(changes);
}

static uint32_t owner_of(const struct changes *changes, uint32_t resource)
{
    return inventory_target(changes->inventory, resource, RELATION_OWNED_BY);
}

void changes_frame(struct changes *changes, heal_time now, const double *values)
{
    for (size_t i = 0; i < changes->count; i++) {
        double value = values[changes->series[i]];
        bool changed = !isnan(value) && !isnan(changes->last[i]) && value != changes->last[i];

        if (!isnan(value))
            changes->last[i] = value;
        if (!changed)
            continue;
        uint32_t resource = inventory_series_resource(changes->inventory, changes->series[i]);
        heal_time ours = changes->acted[resource];
        if (ours == HEAL_TIME_NEVER || now - ours > OWN_CHANGE_FOR)
            changes->changed[resource] = now;
    }
}

/* Whether it makes a new revision of what it is done to. A restart, an eviction and a move
 * of one member make none; a restart of a workload is written into its template. */
static bool makes_revision(const struct changes *changes, const struct action *action)
{
    switch (action->kind) {
    case ACTION_RESTART_POD:
        return owner_of(changes, action->target) == RESOURCE_NONE;
    case ACTION_RAISE_MEMORY_LIMIT:
    case ACTION_LOWER_MEMORY_LIMIT:
    case ACTION_RAISE_CPU_LIMIT:
    case ACTION_LOWER_CPU_LIMIT:
    case ACTION_ROLL_BACK_REVISION:
    case ACTION_ROLL_FORWARD_REVISION:
    case ACTION_TUNE_WORKLOAD:
    case ACTION_RESTORE_WORKLOAD_SETTINGS:
    case ACTION_PATCH_ROLLING:
    case ACTION_RECONCILE_CONFIG:
    case ACTION_RESTORE_CONFIG:
        return true;
    default:
        return false;
    }
}

static void note_own(struct changes *changes, heal_time now, const struct action *action, uint32_t resource)
{
    if (resource == RESOURCE_NONE)
        return;
    changes->acted[resource] = now;
    if (action->kind == ACTION_ROLL_BACK_REVISION)
        changes->changed[resource] = HEAL_TIME_NEVER;
}

void changes_note_action(struct changes *changes, heal_time now, const struct action *action)
{
    if (!makes_revision(changes, action))
        return;
    note_own(changes, now, action, action->target);
    note_own(changes, now, action, owner_of(changes, action->target));
}

static heal_time later(heal_time a, heal_time b, heal_time until)
{
    bool has_b = b != HEAL_TIME_NEVER && b <= until;
    return has_b && (a == HEAL_TIME_NEVER || b > a) ? b : a;
}

heal_time changes_last(const struct changes *changes, uint32_t resource, heal_time until)
{
    uint32_t owner = owner_of(changes, resource);
    heal_time last = later(HEAL_TIME_NEVER, changes->changed[resource], until);

    return owner == RESOURCE_NONE ? last : later(last, changes->changed[owner], until);
}
