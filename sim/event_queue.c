/* event_queue.c - a 4-ary heap.
 *
 * Four children share a cache line or two and the tree is half as deep as a
 * binary one, so a pop touches fewer lines. Root at index 0, children of i at
 * 4i + 1 .. 4i + 4. */
#include "sim/event_queue.h"

#include <stdlib.h>

enum { ARITY = 4 };

struct entry {
    heal_time at;
    uint64_t sequence;
    uint32_t kind;
    uint32_t index;
};

struct event_queue {
    struct entry *heap;
    size_t size;
    size_t capacity;
    uint64_t sequence;
};

struct event_queue *event_queue_create(size_t capacity)
{
    struct event_queue *queue = calloc(1, sizeof *queue);

    if (!queue)
        return NULL;
    queue->capacity = capacity;
    queue->heap = calloc(capacity, sizeof *queue->heap);
    if (!queue->heap) {
        free(queue);
        return NULL;
    }
    return queue;
}

void event_queue_destroy(struct event_queue *queue)
{
    if (!queue)
        return;
    free(queue->heap);
    free(queue);
}

static bool before(const struct entry *a, const struct entry *b)
{
    return a->at < b->at || (a->at == b->at && a->sequence < b->sequence);
}

static bool grow(struct event_queue *queue)
{
    struct entry *heap = realloc(queue->heap, 2 * queue->capacity * sizeof *heap);

    if (!heap)
        return false;
    queue->heap = heap;
    queue->capacity *= 2;
    return true;
}

bool event_queue_push(struct event_queue *queue, struct event event)
{
    if (queue->size == queue->capacity && !grow(queue))
        return false;
    struct entry entry = {event.at, queue->sequence++, event.kind, event.index};
    size_t hole = queue->size++;

    while (hole > 0) {
        size_t parent = (hole - 1) / ARITY;
        if (!before(&entry, &queue->heap[parent]))
            break;
        queue->heap[hole] = queue->heap[parent];
        hole = parent;
    }
    queue->heap[hole] = entry;
    return true;
}

static size_t first_child(const struct event_queue *queue, size_t parent)
{
    size_t child = parent * ARITY + 1;
    size_t end = child + ARITY < queue->size ? child + ARITY : queue->size;
    size_t first = child;

    for (size_t i = child + 1; i < end; i++) {
        if (before(&queue->heap[i], &queue->heap[first]))
            first = i;
    }
    return first;
}

bool event_queue_pop(struct event_queue *queue, struct event *event)
{
    if (queue->size == 0)
        return false;
    *event = (struct event){queue->heap[0].at, queue->heap[0].kind, queue->heap[0].index};
    struct entry last = queue->heap[--queue->size];
    size_t hole = 0;

    while (hole * ARITY + 1 < queue->size) {
        size_t child = first_child(queue, hole);
        if (!before(&queue->heap[child], &last))
            break;
        queue->heap[hole] = queue->heap[child];
        hole = child;
    }
    if (queue->size > 0)
        queue->heap[hole] = last;
    return true;
}

size_t event_queue_size(const struct event_queue *queue)
{
    return queue->size;
}
