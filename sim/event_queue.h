/* event_queue.h - what happens next: events in a total order.
 *
 * Ordered by time, then by the order in which they were put in, so two runs pop
 * the same sequence. Any times go in, also before what was popped last. A ladder
 * queue stands behind this header (event_queue.c says how): a push and a pop cost
 * the same whether a thousand events are pending or a million, and at worst
 * O(log n) each, amortised. What is behind it may change, the order may not.
 */
#ifndef SELFHEAL_SIM_EVENT_QUEUE_H
#define SELFHEAL_SIM_EVENT_QUEUE_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    heal_time at;
    uint32_t kind;  /* the owner's own word */
    uint32_t index; /* and what it is about */
};

struct event_queue;

/* Room for `capacity` pending events (>= 1) is taken at once; it grows when that
 * was too few. NULL when out of memory. */
struct event_queue *event_queue_create(size_t capacity);
void event_queue_destroy(struct event_queue *queue); /* NULL is fine */

/* False: out of memory, and nothing was put in. */
bool event_queue_push(struct event_queue *queue, struct event event);
/* False: empty, and *event is left alone. Never fails for want of memory. */
bool event_queue_pop(struct event_queue *queue, struct event *event);
size_t event_queue_size(const struct event_queue *queue);

#endif
