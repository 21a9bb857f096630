/* recurrence.c - a table of counts by open addressing; when it is full, new pairs
 * are not followed. */
#include "engine/recurrence.h"

#include "engine/calendar.h"
#include "engine/names.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { SLOTS = 2 * RECURRENCE_MAX };

struct record {
    bool used;
    uint32_t resource;
    enum issue_type type;
    uint32_t count;
    uint16_t hours[24];
    uint16_t after[ISSUE_TYPE_COUNT];
    uint32_t told[PATTERN_KIND_COUNT]; /* the count when it was told last */
};

struct recurrence {
    const struct policy *policy;
    const struct inventory *inventory;
    size_t followed;
    heal_time first; /* issue ever; INT64_MIN: none yet */
    uint32_t of_type[ISSUE_TYPE_COUNT];
    heal_time last_of_type[ISSUE_TYPE_COUNT]; /* INT64_MIN: never */
    struct record records[SLOTS];
};

const char *pattern_kind_name(enum pattern_kind kind)
{
    static const char *const NAMES[PATTERN_KIND_COUNT] = {"resource", "hour", "after"};
    return name_of(NAMES, PATTERN_KIND_COUNT, (size_t)kind);
}

double recurrence_p(uint32_t k, uint32_t n, double q, uint32_t cells)
{
    if (k == 0)
        return 1.0;
    double p = gsl_cdf_binomial_Q(k - 1, q, n);
    return fmin(p * (double)cells, 1.0);
}

struct recurrence *recurrence_create(const struct policy *policy, const struct inventory *inventory)
{
    struct recurrence *recurrence = calloc(1, sizeof *recurrence);

    if (!recurrence)
        return NULL;
    recurrence->policy = policy;
    recurrence->inventory = inventory;
    recurrence->first = INT64_MIN;
    for (size_t i = 0; i < ISSUE_TYPE_COUNT; i++)
        recurrence->last_of_type[i] = INT64_MIN;
    return recurrence;
}

void recurrence_destroy(struct recurrence *recurrence)
{
    free(recurrence);
}

static struct record *record_of(struct recurrence *recurrence, uint32_t resource, enum issue_type type)
{
    uint64_t key = ((uint64_t)resource * ISSUE_TYPE_COUNT + (uint64_t)type) * UINT64_C(0x9E3779B97F4A7C15);

    for (size_t slot = (size_t)(key >> 40) % SLOTS;; slot = (slot + 1) % SLOTS) {
        struct record *record = &recurrence->records[slot];
        if (record->used && record->resource == resource && record->type == type)
            return record;
        if (record->used)
            continue;
        if (recurrence->followed == RECURRENCE_MAX)
            return NULL;
        recurrence->followed++;
        *record = (struct record){.used = true, .resource = resource, .type = type};
        return record;
    }
}

static void raise(uint16_t *count)
{
    if (*count < UINT16_MAX)
        ++*count;
}

static size_t tell(const struct recurrence *recurrence, struct record *record, struct pattern pattern,
                   struct pattern *out)
{
    const struct policy_patterns *limits = &recurrence->policy->patterns;
    uint32_t *told = &record->told[pattern.kind];

    if (pattern.count < limits->min_count || pattern.p > limits->significance || pattern.count < *told + *told / 2)
        return 0;
    if (*told > 0 && pattern.count == *told)
        return 0;
    *told = pattern.count;
    *out = pattern;
    return 1;
}

static struct pattern by_hour(const struct record *record)
{
    unsigned best = 0;

    for (unsigned hour = 1; hour < 24; hour++)
        best = record->hours[hour] > record->hours[best] ? hour : best;
    return (struct pattern){PATTERN_HOUR, best, record->hours[best],
                            recurrence_p(record->hours[best], record->count, 1.0 / 24.0, 24)};
}

static struct pattern by_resource(const struct recurrence *recurrence, const struct record *record)
{
    uint32_t resources = (uint32_t)inventory_resource_count(recurrence->inventory);
    return (struct pattern){PATTERN_RESOURCE, NAN, record->count,
                            resources < 2 ? 1.0
                                          : recurrence_p(record->count, recurrence->of_type[record->type],
                                                         1.0 / (double)resources, resources)};
}

static struct pattern by_predecessor(const struct recurrence *recurrence, const struct record *record, heal_time now)
{
    struct pattern best = {PATTERN_AFTER, NAN, 0, 1.0};
    double elapsed = (double)(now - recurrence->first) + (double)recurrence->policy->patterns.after_within;

    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        double rate = (double)recurrence->of_type[type] / elapsed;
        double q = 1.0 - exp(-rate * (double)recurrence->policy->patterns.after_within);
        double p = recurrence_p(record->after[type], record->count, q, ISSUE_TYPE_COUNT);
        if (record->after[type] > 0 && p < best.p)
            best = (struct pattern){PATTERN_AFTER, type, record->after[type], p};
    }
    return best;
}

size_t recurrence_note(struct recurrence *recurrence, uint32_t resource, enum issue_type type, heal_time now,
                       struct pattern found[PATTERN_KIND_COUNT])
{
    size_t count = 0;

    if (recurrence->policy->patterns.significance <= 0.0)
        return 0;
    struct record *record = record_of(recurrence, resource, type);
    if (recurrence->first == INT64_MIN)
        recurrence->first = now;
    recurrence->of_type[type]++;
    if (record) {
        record->count++;
        raise(&record->hours[calendar_hour(now)]);
        for (unsigned other = 0; other < ISSUE_TYPE_COUNT; other++) {
            heal_time last = recurrence->last_of_type[other];
            if (other != (unsigned)type && last != INT64_MIN && now - last <= recurrence->policy->patterns.after_within)
                raise(&record->after[other]);
        }
        count += tell(recurrence, record, by_resource(recurrence, record), &found[count]);
        count += tell(recurrence, record, by_hour(record), &found[count]);
        count += tell(recurrence, record, by_predecessor(recurrence, record, now), &found[count]);
    }
    recurrence->last_of_type[type] = now;
    return count;
}
