/* storm.c - an instant per resource, and one count per ancestor and instant. */
#include "engine/storm.h"

#include <stdlib.h>

static const enum relation UPWARD[] = {RELATION_RUNS_ON, RELATION_OWNED_BY, RELATION_MOUNTS};

struct tally {
    heal_time at; /* when it was counted */
    uint32_t sick, all;
};

struct storm {
    const struct policy *policy;
    const struct inventory *inventory;
    const struct dependents *dependents;
    heal_time *sick_at;    /* per resource; INT64_MIN: never */
    struct tally *tallies; /* per resource */
};

struct storm *storm_create(const struct policy *policy, const struct inventory *inventory,
                           const struct dependents *dependents)
{
    size_t count = inventory_resource_count(inventory);
    struct storm *storm = calloc(1, sizeof *storm);

    if (!storm)
        return NULL;
    storm->policy = policy;
    storm->inventory = inventory;
    storm->dependents = dependents;
    storm->sick_at = calloc(count + 1, sizeof *storm->sick_at);
    storm->tallies = calloc(count + 1, sizeof *storm->tallies);
    if (!storm->sick_at || !storm->tallies) {
        storm_destroy(storm);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        storm->sick_at[i] = INT64_MIN;
        storm->tallies[i].at = INT64_MIN;
    }
    return storm;
}

void storm_destroy(struct storm *storm)
{
    if (!storm)
        return;
    free(storm->sick_at);
    free(storm->tallies);
    free(storm);
}

static void count_anew(struct storm *storm, uint32_t resource)
{
    for (size_t i = 0; i < sizeof UPWARD / sizeof UPWARD[0]; i++) {
        uint32_t above = inventory_target(storm->inventory, resource, UPWARD[i]);
        if (above != RESOURCE_NONE)
            storm->tallies[above].at = INT64_MIN;
    }
}

void storm_mark(struct storm *storm, uint32_t resource, heal_time now)
{
    storm->sick_at[resource] = now;
    count_anew(storm, resource);
}

void storm_clear(struct storm *storm, uint32_t resource)
{
    storm->sick_at[resource] = INT64_MIN;
    count_anew(storm, resource);
}

static bool lately_sick(const struct storm *storm, uint32_t resource, heal_time now)
{
    heal_time at = storm->sick_at[resource];
    return at != INT64_MIN && now - at <= storm->policy->guards.storm_window;
}

static const struct tally *count_below(struct storm *storm, uint32_t above, heal_time now)
{
    struct tally *tally = &storm->tallies[above];
    size_t count;

    if (tally->at == now)
        return tally;
    const struct dependent *below = dependents_of(storm->dependents, above, &count);
    *tally = (struct tally){.at = now};
    for (size_t i = 0; i < count; i++) {
        if (below[i].relation == RELATION_CALLS)
            continue;
        tally->all++;
        tally->sick += lately_sick(storm, below[i].resource, now);
    }
    return tally;
}

/* Sick itself, and nobody's follower: what is below it may be its doing. */
static bool has_own_issue(struct issue_book *book, uint32_t resource)
{
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        const struct open_issue *issue = issue_book_find(book, resource, (enum issue_type)type);
        if (issue && issue->closed_at == HEAL_TIME_NEVER && issue->root == 0)
            return true;
    }
    return false;
}

uint32_t storm_root(struct storm *storm, struct issue_book *book, uint32_t resource, heal_time now)
{
    const struct policy_guards *guards = &storm->policy->guards;
    uint32_t root = RESOURCE_NONE, best_sick = 0;
    bool best_own = false;

    for (size_t i = 0; guards->storm_followers > 0 && i < sizeof UPWARD / sizeof UPWARD[0]; i++) {
        uint32_t above = inventory_target(storm->inventory, resource, UPWARD[i]);
        if (above == RESOURCE_NONE || above == resource)
            continue;
        const struct tally *tally = count_below(storm, above, now);
        bool own = has_own_issue(book, above) || lately_sick(storm, above, now);
        bool share = (double)tally->sick >= guards->storm_share * (double)tally->all;
        if (tally->sick < guards->storm_followers || (!own && !share))
            continue;
        if (root == RESOURCE_NONE || (own && !best_own) || (own == best_own && tally->sick > best_sick)) {
            root = above;
            best_own = own;
            best_sick = tally->sick;
        }
    }
    return root;
}
