/* pool_blame.c - see pool.h: which incidents move a figure to where it is.
 *
 * A group's part in a figure is what the figure would be without it: one rule that
 * holds for means, rates, quantiles, sums and cuts alike. */
#include "reports/pool_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *pool_group_by_name(enum pool_group_by by)
{
    static const char *const NAMES[POOL_BY_COUNT] = {"scenario", "fault kind", "hidden cause"};
    return NAMES[by];
}

/* The member's group; NULL: none, or out of memory. */
static const char *name_of(const struct pool *pool, const struct pool_member *member, enum pool_group_by by,
                           struct arena *arena)
{
    char text[256];

    if (by == POOL_BY_SCENARIO)
        return pool->parts[member->part].name;
    if (by == POOL_BY_KIND)
        return member->sample->kind[0] ? member->sample->kind : NULL;
    if (!member->sample->cause[0])
        return NULL;
    snprintf(text, sizeof text, "%s: %s", member->sample->kind, member->sample->cause);
    return arena_text(arena, text, strlen(text));
}

static bool is_in_one(const struct pool *pool, const struct pool_member *member, struct pool_group *groups,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pool_in_group(pool, member, &groups[i]))
            return true;
    }
    return false;
}

enum { GROUPS_MAX = 256 };

static size_t find_groups(const struct pool *pool, const struct pool_picks *picks, enum pool_group_by by,
                          struct arena *arena, struct pool_group groups[GROUPS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; count < GROUPS_MAX && i < picks->own.count; i++) {
        const struct pool_member *member = &picks->own.members[i];
        if (is_in_one(pool, member, groups, count))
            continue;
        const char *name = name_of(pool, member, by, arena);
        if (name)
            groups[count++] = (struct pool_group){.by = by, .name = name, .own = NAN, .without = NAN};
    }
    return count;
}

static void measure(const struct pool *pool, const struct pool_picks *picks, bool lower, double bound,
                    struct pool_group *group)
{
    for (size_t i = 0; i < picks->own.count; i++) {
        const struct pool_member *member = &picks->own.members[i];
        double value = member->sample->sum;
        if (!pool_in_group(pool, member, group))
            continue;
        group->n++;
        group->beyond += member->sample->pair >= 0 || picks->metric->unit == METRIC_SECONDS
                             ? (lower ? value > bound : value < bound) && !picks->cut
                             : 0;
    }
    group->own = pool_value(pool, picks, &(struct pool_view){.only = group});
    group->without = pool_value(pool, picks, &(struct pool_view){.without = group});
}

/* The first is the one to leave out first. */
struct order {
    double value;
    bool lower;
};

static double gain(const struct pool_group *group, const struct order *order)
{
    double moved = order->lower ? order->value - group->without : group->without - order->value;
    return isfinite(moved) ? moved : 0;
}

static bool goes_before(const struct pool_group *a, const struct pool_group *b, const struct order *order)
{
    double x = gain(a, order), y = gain(b, order);

    if (x < y || x > y)
        return x > y;
    if (a->beyond != b->beyond)
        return a->beyond > b->beyond;
    return strcmp(a->name, b->name) < 0;
}

bool pool_blame(const struct pool *pool, const struct pool_question *question, bool lower, double bound,
                enum pool_group_by by, struct arena *arena, struct pool_group *groups, size_t most, size_t *count)
{
    struct pool_group *all = calloc(GROUPS_MAX, sizeof *all);
    struct pool_picks picks = {0};
    bool good = all && pool_ask(pool, question, &picks);
    size_t found = good ? find_groups(pool, &picks, by, arena, all) : 0;
    struct order order = {good ? pool_value(pool, &picks, &(struct pool_view){0}) : NAN, lower};

    *count = 0;
    for (size_t i = 0; i < found; i++)
        measure(pool, &picks, lower, bound, &all[i]);
    while (good && *count < most) {
        struct pool_group *first = NULL;
        for (size_t i = 0; i < found; i++) {
            if (all[i].n > 0 && (gain(&all[i], &order) > 0 || all[i].beyond > 0) &&
                (!first || goes_before(&all[i], first, &order)))
                first = &all[i];
        }
        if (!first)
            break;
        groups[(*count)++] = *first;
        first->n = 0; /* taken */
    }
    pool_picks_clear(&picks);
    free(all);
    return good;
}
