/* event_queue.h - what happens next: events in a total order.
 *
 * Ordered by time, then by the order in which they were put in, so two runs pop
 * the same sequence. A 4-ary heap behind this header today; what is behind it
 * may change, the order may not.
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

bool event_queue_push(struct event_queue *queue, struct event event); /* false: out of memory */
bool event_queue_pop(struct event_queue *queue, struct event *event);  /* false: empty */
size_t event_queue_size(const struct event_queue *queue);

#endif
