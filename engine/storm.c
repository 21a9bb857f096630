/* storm.c - an instant per resource, and one count per ancestor and instant. */
#include "engine/storm.h"

#include <stdlib.h>

/* What is below one ancestor, over any number of edges, as counted at one instant. */
struct tally {
    heal_time at;       /* INT64_MIN: never */
    uint32_t sick, all; /* of those that are watched */
    uint32_t near;      /* of the sick: directly below */
    uint32_t branches;  /* directly below, with somebody sick in or under them */
};

struct storm {
    const struct policy *policy;
    const struct inventory *inventory;
    const struct dependents *dependents;
    heal_time *sick_at;    /* per resource; INT64_MIN: never */
    struct tally *tallies; /* per resource */
    uint32_t *mark;        /* per resource: the walk that saw it last */
    uint32_t *stack;       /* of a walk */
    uint32_t walk;
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
    storm->mark = calloc(count + 1, sizeof *storm->mark);
    storm->stack = calloc(count + 1, sizeof *storm->stack);
    if (!storm->sick_at || !storm->tallies || !storm->mark || !storm->stack) {
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
    free(storm->mark);
    free(storm->stack);
    free(storm);
}

static bool lately_sick(const struct storm *storm, uint32_t resource, heal_time now)
{
    heal_time at = storm->sick_at[resource];
    return at != INT64_MIN && now - at <= storm->policy->guards.storm_window;
}

/* A resource above which somebody fell sick or well is counted anew when it is asked. */
static void count_anew(struct storm *storm, uint32_t resource)
{
    uint32_t above[ANCESTORS_MAX];
    size_t count = ancestors_of(storm->inventory, resource, above, ANCESTORS_MAX);

    for (size_t i = 0; i < count; i++)
        storm->tallies[above[i]].at = INT64_MIN;
}

void storm_mark(struct storm *storm, uint32_t resource, heal_time now)
{
    storm->sick_at[resource] = now;
    count_anew(storm, resource);
}

/* Takes it out of what was counted at this very instant, so that many that get well in
 * one frame cost no count each. */
void storm_clear(struct storm *storm, uint32_t resource)
{
    uint32_t above[ANCESTORS_MAX];
    size_t count = ancestors_of(storm->inventory, resource, above, ANCESTORS_MAX);

    for (size_t i = 0; i < count; i++) {
        struct tally *tally = &storm->tallies[above[i]];
        if (tally->at == INT64_MIN || tally->sick == 0 || !lately_sick(storm, resource, tally->at))
            continue;
        tally->sick--;
        if (tally->near > 0 && inventory_related(storm->inventory, resource, above[i]))
            tally->near--;
    }
    storm->sick_at[resource] = INT64_MIN;
}

static bool is_watched(const struct storm *storm, uint32_t resource)
{
    size_t count;

    inventory_resource_series(storm->inventory, resource, &count);
    return count > 0;
}

/* Counts a branch: one resource and all below it that no branch before had. Returns how
 * many of them are sick. */
static uint32_t count_branch(struct storm *storm, uint32_t from, heal_time now, struct tally *tally)
{
    uint32_t sick = 0;
    size_t used = 0;

    storm->stack[used++] = from;
    while (used > 0) {
        uint32_t at = storm->stack[--used];
        size_t count;
        const struct dependent *below = dependents_of(storm->dependents, at, &count);
        tally->all += is_watched(storm, at);
        sick += lately_sick(storm, at, now);
        for (size_t i = 0; i < count; i++) {
            if (below[i].relation == RELATION_CALLS || storm->mark[below[i].resource] == storm->walk)
                continue;
            storm->mark[below[i].resource] = storm->walk;
            storm->stack[used++] = below[i].resource;
        }
    }
    return sick;
}

static const struct tally *count_below(struct storm *storm, uint32_t above, heal_time now)
{
    struct tally *tally = &storm->tallies[above];
    size_t count;

    if (tally->at == now)
        return tally;
    const struct dependent *below = dependents_of(storm->dependents, above, &count);
    *tally = (struct tally){.at = now};
    storm->walk++;
    storm->mark[above] = storm->walk;
    for (size_t i = 0; i < count; i++) { /* first all that are near: nobody's branch has them */
        if (below[i].relation != RELATION_CALLS)
            storm->mark[below[i].resource] = storm->walk;
    }
    for (size_t i = 0; i < count; i++) {
        if (below[i].relation == RELATION_CALLS || (i > 0 && below[i].resource == below[i - 1].resource))
            continue;
        uint32_t sick = count_branch(storm, below[i].resource, now, tally);
        tally->sick += sick;
        tally->branches += sick > 0;
        tally->near += lately_sick(storm, below[i].resource, now);
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

/* Enough of them, and not all below one branch, which would be the root itself. */
static bool is_storm(const struct storm *storm, const struct tally *tally)
{
    uint32_t followers = storm->policy->guards.storm_followers;

    return tally->sick >= followers && (tally->near >= followers || tally->branches >= 2);
}

uint32_t storm_root(struct storm *storm, struct issue_book *book, uint32_t resource, heal_time now)
{
    const struct policy_guards *guards = &storm->policy->guards;
    uint32_t above[ANCESTORS_MAX], root = RESOURCE_NONE, best_sick = 0;
    bool best_own = false;
    size_t count = guards->storm_followers > 0 ? ancestors_of(storm->inventory, resource, above, ANCESTORS_MAX) : 0;

    for (size_t i = 0; i < count; i++) {
        const struct tally *tally = count_below(storm, above[i], now);
        bool own = has_own_issue(book, above[i]) || lately_sick(storm, above[i], now);
        bool share = (double)tally->sick >= guards->storm_share * (double)tally->all;
        if (!is_storm(storm, tally) || (!own && !share))
            continue;
        /* What holds for all below it goes before one of those that is sick itself. */
        bool over = root != RESOURCE_NONE && share && hangs_on(storm->inventory, root, above[i]);
        if (root == RESOURCE_NONE || (own && !best_own) || ((own == best_own || over) && tally->sick > best_sick)) {
            root = above[i];
            best_own = own;
            best_sick = tally->sick;
        }
    }
    return root;
}
