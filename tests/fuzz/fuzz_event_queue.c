/* Pushes and pops of any times in any order come out as from a sorted array.
 *
 * A byte is an operation: its low bits say how wide the time is that follows it in
 * up to eight bytes, whether it counts from the last popped one, and how often it
 * is pushed; or how many are popped. */
#include "sim/event_queue.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_MAX = 20000 };

struct plain_queue {
    struct event *events; /* descending; ties: the later push first */
    size_t count;
    uint32_t pushed;
};

static void push(struct event_queue *queue, struct plain_queue *plain, heal_time at)
{
    struct event event = {at, 1, plain->pushed++};
    size_t low = 0, high = plain->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain->events[middle].at > at)
            low = middle + 1;
        else
            high = middle;
    }
    memmove(&plain->events[low + 1], &plain->events[low], (plain->count - low) * sizeof event);
    plain->events[low] = event;
    plain->count++;
    if (!event_queue_push(queue, event))
        abort();
}

static heal_time pop(struct event_queue *queue, struct plain_queue *plain)
{
    struct event event, wanted = plain->events[--plain->count];

    if (!event_queue_pop(queue, &event) || event.at != wanted.at || event.index != wanted.index)
        abort();
    return event.at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plain_queue plain = {malloc(EVENTS_MAX * sizeof *plain.events), 0, 0};
    struct event_queue *queue = event_queue_create(1);
    heal_time now = 0;

    while (plain.events && queue && size > 0) {
        unsigned operation = *data++, width = operation & 7;
        uint64_t bits = 0;
        size--;
        if (operation & 8) {
            for (size_t i = 0; i < 1u << (operation >> 4) && plain.count > 0; i++)
                now = pop(queue, &plain);
            continue;
        }
        for (; width > 0 && size > 0; width--, size--)
            bits = bits << 8 | *data++;
        for (size_t i = 0; i < 1u << (operation >> 5) && plain.count < EVENTS_MAX; i++)
            push(queue, &plain, (heal_time)(operation & 16 ? (uint64_t)now + bits * (i + 1) : bits << (8 * (i % 8))));
    }
    while (plain.events && queue && plain.count > 0)
        pop(queue, &plain);
    if (queue && event_queue_size(queue) != 0)
        abort();
    free(plain.events);
    event_queue_destroy(queue);
    return 0;
}
