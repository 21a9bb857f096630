/* watch.c - packed: two instants, seconds, two bits. */
#include "engine/watch.h"

#include <stdlib.h>

struct packed {
    heal_time over_threshold; /* or clear of both, when the bit says so */
    heal_time over_baseline;
    uint32_t seen : 30; /* seconds since `first`; 34 years */
    uint32_t clear : 1;
    uint32_t critical : 1;
} __attribute__((packed, aligned(4)));

enum { SEEN_MAX = (1 << 30) - 1 };

struct watches {
    heal_time first; /* HEAL_TIME_NEVER: nothing was set yet */
    size_t count;
    struct packed *of;
};

static const struct packed NOTHING = {HEAL_TIME_NEVER, HEAL_TIME_NEVER, 0, 0, 0};

struct watches *watches_create(size_t count)
{
    struct watches *watches = calloc(1, sizeof *watches);

    if (watches)
        watches->of = malloc((count + 1) * sizeof *watches->of);
    if (!watches || !watches->of) {
        watches_destroy(watches);
        return NULL;
    }
    watches->first = HEAL_TIME_NEVER;
    watches->count = count;
    for (size_t i = 0; i < count; i++)
        watches->of[i] = NOTHING;
    return watches;
}

void watches_destroy(struct watches *watches)
{
    if (!watches)
        return;
    free(watches->of);
    free(watches);
}

void watches_memory(const struct watches *watches, struct memory *memory)
{
    memory->state += watches->count * sizeof *watches->of;
}

struct watch watches_get(const struct watches *watches, size_t series)
{
    const struct packed *from = &watches->of[series];

    return (struct watch){
        .over_threshold = from->clear ? HEAL_TIME_NEVER : from->over_threshold,
        .over_baseline = from->over_baseline,
        .clear = from->clear ? from->over_threshold : HEAL_TIME_NEVER,
        .seen = watches->first == HEAL_TIME_NEVER ? HEAL_TIME_NEVER : watches->first + from->seen * HEAL_SECOND,
        .critical = from->critical,
    };
}

void watches_set(struct watches *watches, size_t series, const struct watch *watch)
{
    if (watches->first == HEAL_TIME_NEVER)
        watches->first = watch->seen;
    heal_duration since = watch->seen - watches->first, seconds = (since + HEAL_SECOND - 1) / HEAL_SECOND;
    bool clear = watch->clear != HEAL_TIME_NEVER;

    watches->of[series] = (struct packed){
        .over_threshold = clear ? watch->clear : watch->over_threshold,
        .over_baseline = watch->over_baseline,
        .seen = (uint32_t)(seconds < 0          ? 0
                           : seconds < SEEN_MAX ? seconds
                                                : SEEN_MAX) &
                SEEN_MAX,
        .clear = clear,
        .critical = watch->critical,
    };
}

void watches_clear(struct watches *watches, size_t series)
{
    watches->of[series] = NOTHING;
}
