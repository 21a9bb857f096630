/* siblings.c - rings of series: each knows the next of its kind. */
#include "engine/siblings.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct siblings {
    size_t count;
    uint32_t *next; /* itself when it has none */
};

struct member {
    uint32_t owner, series;
    const char *metric;
};

static int by_owner_and_metric(const void *a, const void *b)
{
    const struct member *left = a, *right = b;

    if (left->owner != right->owner)
        return left->owner < right->owner ? -1 : 1;
    int metric = strcmp(left->metric, right->metric);
    return metric ? metric : (left->series > right->series) - (left->series < right->series);
}

static bool same_kind(const struct member *a, const struct member *b)
{
    return a->owner == b->owner && strcmp(a->metric, b->metric) == 0;
}

static void tie(struct siblings *siblings, const struct member *members, size_t count)
{
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && same_kind(&members[first], &members[end]); end++)
            siblings->next[members[end - 1].series] = members[end].series;
        siblings->next[members[end - 1].series] = members[first].series;
    }
}

struct siblings *siblings_create(const struct inventory *inventory)
{
    size_t count = inventory_series_count(inventory), owned = 0;
    struct siblings *siblings = calloc(1, sizeof *siblings);
    struct member *members = calloc(count + 1, sizeof *members);

    if (siblings)
        siblings->count = count;
    if (siblings)
        siblings->next = malloc((count + 1) * sizeof *siblings->next);
    if (!siblings || !siblings->next || !members) {
        free(members);
        siblings_destroy(siblings);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t owner = inventory_target(inventory, inventory_series_resource(inventory, i), RELATION_OWNED_BY);
        siblings->next[i] = i;
        if (owner != RESOURCE_NONE)
            members[owned++] = (struct member){owner, i, inventory_series_metric(inventory, i)};
    }
    qsort(members, owned, sizeof *members, by_owner_and_metric);
    tie(siblings, members, owned);
    free(members);
    return siblings;
}

void siblings_destroy(struct siblings *siblings)
{
    if (!siblings)
        return;
    free(siblings->next);
    free(siblings);
}

bool siblings_has(const struct siblings *siblings, size_t series)
{
    return siblings->next[series] != series;
}

bool siblings_are_seen(const struct siblings *siblings, size_t series, const double *values)
{
    uint32_t other = siblings->next[series];

    while (other != series && isnan(values[other]))
        other = siblings->next[other];
    return other != series;
}

bool siblings_scale(const struct siblings *siblings, const struct baseline *baseline, size_t series, double *upper,
                    double *lower)
{
    double up[SIBLINGS_ASKED], down[SIBLINGS_ASKED];
    size_t known = 0, asked = 0;

    for (uint32_t other = siblings->next[series]; other != series && asked < SIBLINGS_ASKED; asked++) {
        if (!isnan(baseline_median(baseline)[other])) {
            up[known] = (double)baseline_upper(baseline)[other];
            down[known++] = (double)baseline_lower(baseline)[other];
        }
        other = siblings->next[other];
    }
    if (known == 0)
        return false;
    *upper = gsl_stats_median(up, 1, known);
    *lower = gsl_stats_median(down, 1, known);
    return true;
}

void siblings_memory(const struct siblings *siblings, struct memory *memory)
{
    memory->state += siblings->count * sizeof *siblings->next;
}
