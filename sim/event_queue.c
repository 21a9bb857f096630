/* event_queue.c - a ladder queue with a sorted run at its foot.
 *
 * After Tang, Goh and Thng 2005 ("Ladder queue: an O(1) priority queue structure
 * for large-scale discrete event simulation", ACM TOMACS 15(3)): events that lie
 * far ahead are kept unsorted and are sorted a little at a time, when they come
 * near. From far to near:
 *
 *   top    whatever lies beyond the ladder, in no order
 *   rungs  each spreads what one place above held (top, or a bucket that was too
 *          full) over buckets of equal width; that place stays open and takes
 *          what comes in beyond the rung's end
 *   run    the nearest bucket, sorted; pops come from its head
 *   late   a 4-ary heap of what was pushed before the run's end
 *
 * Where a push belongs is found by its time alone: the first place, from the top
 * down, whose lower bound it does not undercut. Bounds are the greatest key of
 * what was taken down, so an event of that very instant goes above, behind those
 * that came before it; a late event is earlier than all that is above it.
 *
 * What differs from the paper. Widths are powers of two nanoseconds, so that a
 * bucket is a shift away, and a rung fits what it holds, so that one event far
 * out does not spoil it. Events lie in chunks of three cache lines rather than in
 * list nodes, so that taking a bucket down reads straight on. And what comes in
 * late goes into a heap, which becomes a rung of its own only when at least half
 * as many pushes went into it as there are events to move: those pushes pay for
 * the move, and no pattern of pushes costs more than a heap, save a constant. */
#include "sim/event_queue.h"

#include <stdlib.h>
#include <string.h>

enum {
    ARITY = 4,
    CHUNK = 8,       /* events of a chunk: 8 * 24 bytes are three lines */
    LINE = 64,       /* bytes; chunks start on a line */
    RUN = 32,        /* a bucket of at most so many is sorted, a fuller one spread */
    PER_BUCKET = 4,  /* events to a bucket of a new rung, about */
    BUCKETS = 8192, /* of a rung at most, so that their tails stay in the cache */
    RUNGS = 16,
    LATE = 64, /* a heap of no more than this is never spread */
};
static const uint32_t NO_CHUNK = UINT32_MAX;

struct entry {
    uint64_t key; /* the time, shifted so that unsigned order is its order */
    uint64_t sequence;
    uint32_t kind;
    uint32_t index;
};
_Static_assert(sizeof(struct entry) == 24, "a chunk is three cache lines");

struct bucket {
    uint32_t head, tail; /* chunks; good while count > 0 */
    uint32_t count;
};

struct rung {
    uint64_t start; /* of bucket 0 */
    unsigned shift; /* a bucket is 2^shift ns wide */
    uint32_t current, buckets;
    uint32_t room; /* of `bucket`, which the next rung of this height uses again */
    struct bucket *bucket;
};

struct event_queue {
    size_t size, capacity; /* events; room in `run` and in `late` */
    uint64_t sequence;
    uint64_t run_bound; /* a key below it is late */
    struct entry *run;
    size_t run_head, run_end;
    struct entry *late;
    size_t late_count, late_pushes; /* pushes since the run was taken down */
    uint32_t rung_count;
    uint64_t bound[RUNGS]; /* by rung: keys from here on belong above it */
    struct rung rungs[RUNGS];
    struct bucket top;
    struct entry *entries; /* chunk c: entries[c * CHUNK ..] */
    uint32_t *next;        /* chunk after chunk, in a bucket or among the spare ones */
    uint32_t spare, spare_count, chunk_count;
};

static bool before(const struct entry *a, const struct entry *b)
{
    return a->key < b->key || (a->key == b->key && a->sequence < b->sequence);
}

static uint64_t key_of(heal_time at)
{
    return (uint64_t)at ^ UINT64_C(1) << 63;
}

/* --- chunks --------------------------------------------------------------- */

static void give_chunk(struct event_queue *queue, uint32_t chunk)
{
    queue->next[chunk] = queue->spare;
    queue->spare = chunk;
    queue->spare_count++;
}

/* At least `wanted` chunks are spare, or false. */
static bool reserve_chunks(struct event_queue *queue, uint32_t wanted)
{
    if (queue->spare_count >= wanted)
        return true;
    uint64_t missing = wanted - queue->spare_count;
    uint64_t grown = queue->chunk_count + (missing > queue->chunk_count ? missing : queue->chunk_count);
    if (grown >= NO_CHUNK)
        return false;
    struct entry *entries = aligned_alloc(LINE, grown * CHUNK * sizeof *entries);
    uint32_t *next = entries ? realloc(queue->next, grown * sizeof *next) : NULL;
    if (!next) {
        free(entries);
        return false;
    }
    if (queue->chunk_count > 0)
        memcpy(entries, queue->entries, (size_t)queue->chunk_count * CHUNK * sizeof *entries);
    free(queue->entries);
    queue->entries = entries;
    queue->next = next;
    for (uint32_t chunk = (uint32_t)grown; chunk-- > queue->chunk_count;)
        give_chunk(queue, chunk);
    queue->chunk_count = (uint32_t)grown;
    return true;
}

/* A chunk must be spare when the bucket's last one is full. */
static inline void append(struct event_queue *queue, struct bucket *bucket, const struct entry *entry)
{
    uint32_t place = bucket->count % CHUNK;

    if (place == 0) {
        uint32_t chunk = queue->spare;
        queue->spare = queue->next[chunk];
        queue->spare_count--;
        if (bucket->count == 0)
            bucket->head = chunk;
        else
            queue->next[bucket->tail] = chunk;
        bucket->tail = chunk;
    }
    queue->entries[(size_t)bucket->tail * CHUNK + place] = *entry;
    bucket->count++;
}

/* --- the heap of late events ---------------------------------------------- */

static void sift_up(struct entry *heap, size_t hole, struct entry entry)
{
    while (hole > 0) {
        size_t parent = (hole - 1) / ARITY;
        if (!before(&entry, &heap[parent]))
            break;
        heap[hole] = heap[parent];
        hole = parent;
    }
    heap[hole] = entry;
}

static void sift_down(struct entry *heap, size_t count, size_t hole, struct entry entry)
{
    size_t child;

    while ((child = hole * ARITY + 1) < count) {
        size_t end = child + ARITY < count ? child + ARITY : count, first = child;
        for (size_t i = child + 1; i < end; i++)
            first = before(&heap[i], &heap[first]) ? i : first;
        if (!before(&heap[first], &entry))
            break;
        heap[hole] = heap[first];
        hole = first;
    }
    heap[hole] = entry;
}

static void pop_late(struct event_queue *queue, struct entry *entry)
{
    *entry = queue->late[0];
    queue->late_count--;
    if (queue->late_count > 0)
        sift_down(queue->late, queue->late_count, 0, queue->late[queue->late_count]);
}

/* Puts the run's place under the heap: for what is too much to sort here. */
static void heap_from_run(struct event_queue *queue)
{
    struct entry *entries = queue->late;

    queue->late = queue->run;
    queue->run = entries;
    queue->late_count = queue->run_end;
    queue->run_head = queue->run_end = 0;
    for (size_t i = queue->late_count / ARITY + 1; i-- > 0;) {
        if (i < queue->late_count)
            sift_down(queue->late, queue->late_count, i, queue->late[i]);
    }
}

/* --- rungs ---------------------------------------------------------------- */

static unsigned bits_of(uint64_t value) /* > 0 */
{
    return 64 - (unsigned)__builtin_clzll(value);
}

/* An empty rung below the others, for `count` events (over RUN) in [low, high],
 * low < high. So many chunks are spare as these events can need, beyond those that
 * become spare while they move. NULL: no rung or no memory left, nothing changed. */
static struct rung *add_rung(struct event_queue *queue, size_t count, size_t spare, uint64_t low, uint64_t high)
{
    if (queue->rung_count == RUNGS)
        return NULL;
    struct rung *rung = &queue->rungs[queue->rung_count];
    size_t wanted = count / PER_BUCKET < BUCKETS ? count / PER_BUCKET : BUCKETS;
    unsigned range = bits_of(high - low), split = bits_of(wanted) - 1;
    unsigned shift = range > split ? range - split : 0;
    uint32_t buckets = (uint32_t)((high - low) >> shift) + 1;

    if (buckets > rung->room) {
        struct bucket *grown = realloc(rung->bucket, buckets * sizeof *grown);
        if (!grown)
            return NULL;
        rung->bucket = grown;
        rung->room = buckets;
    }
    if (!reserve_chunks(queue, (uint32_t)(buckets + 1 + spare)))
        return NULL;
    memset(rung->bucket, 0, buckets * sizeof *rung->bucket);
    rung->start = low;
    rung->shift = shift;
    rung->current = 0;
    rung->buckets = buckets;
    queue->bound[queue->rung_count++] = high;
    return rung;
}

static inline void drop_into(struct event_queue *queue, struct rung *rung, const struct entry *entry)
{
    append(queue, &rung->bucket[(entry->key - rung->start) >> rung->shift], entry);
}

/* The place that the next events come from: the first bucket of the lowest rung
 * that holds any, or the top. Rungs that are through go. NULL: no events. */
static struct bucket *nearest(struct event_queue *queue)
{
    while (queue->rung_count > 0) {
        struct rung *rung = &queue->rungs[queue->rung_count - 1];
        while (rung->current < rung->buckets && rung->bucket[rung->current].count == 0)
            rung->current++;
        if (rung->current < rung->buckets)
            return &rung->bucket[rung->current];
        queue->rung_count--;
    }
    return queue->top.count > 0 ? &queue->top : NULL;
}

/* Hands on the chunks of a bucket one by one, its events in order of arrival. */
static struct entry *take_chunk(struct event_queue *queue, uint32_t *chunk, uint32_t left, uint32_t *count)
{
    struct entry *entries = &queue->entries[(size_t)*chunk * CHUNK];

    *count = left < CHUNK ? left : CHUNK;
    if (left > CHUNK) {
        *chunk = queue->next[*chunk];
        for (size_t line = 0; line < CHUNK; line += CHUNK / 2)
            __builtin_prefetch(&queue->entries[(size_t)*chunk * CHUNK + line]);
    }
    return entries;
}

static void bounds_of(struct event_queue *queue, const struct bucket *bucket, uint64_t *low, uint64_t *high)
{
    uint32_t chunk = bucket->head, count;

    *low = UINT64_MAX;
    *high = 0;
    for (uint32_t left = bucket->count; left > 0; left -= count) {
        const struct entry *entries = take_chunk(queue, &chunk, left, &count);
        for (uint32_t i = 0; i < count; i++) {
            *low = entries[i].key < *low ? entries[i].key : *low;
            *high = entries[i].key > *high ? entries[i].key : *high;
        }
    }
}

static void spread(struct event_queue *queue, struct bucket *bucket, struct rung *rung)
{
    struct bucket from = *bucket;
    uint32_t chunk = from.head, count;

    bucket->count = 0;
    for (uint32_t left = from.count; left > 0; left -= count) {
        uint32_t taken = chunk;
        const struct entry *entries = take_chunk(queue, &chunk, left, &count);
        for (uint32_t i = 0; i < count; i++)
            drop_into(queue, rung, &entries[i]);
        give_chunk(queue, taken);
    }
}

/* Sorted by insertion; true as well when a longer run was in order already. */
static bool sort_run(struct entry *run, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!before(&run[i], &run[i - 1]))
            continue;
        if (count > RUN)
            return false;
        struct entry entry = run[i];
        size_t hole = i;
        for (; hole > 0 && before(&entry, &run[hole - 1]); hole--)
            run[hole] = run[hole - 1];
        run[hole] = entry;
    }
    return true;
}

static void take_down(struct event_queue *queue, struct bucket *bucket)
{
    struct bucket from = *bucket;
    uint32_t chunk = from.head, count;
    uint64_t high = 0;

    bucket->count = 0;
    queue->run_head = queue->run_end = queue->late_pushes = 0;
    for (uint32_t left = from.count; left > 0; left -= count) {
        uint32_t taken = chunk;
        const struct entry *entries = take_chunk(queue, &chunk, left, &count);
        for (uint32_t i = 0; i < count; i++) {
            high = entries[i].key > high ? entries[i].key : high;
            queue->run[queue->run_end++] = entries[i];
        }
        give_chunk(queue, taken);
    }
    queue->run_bound = high;
    if (!sort_run(queue->run, queue->run_end))
        heap_from_run(queue);
}

/* Run and heap are empty: the nearest bucket becomes the run. False: no events. */
static bool refill(struct event_queue *queue)
{
    struct bucket *bucket;

    while ((bucket = nearest(queue))) {
        uint64_t low, high;
        struct rung *rung = NULL;
        if (bucket->count > RUN) {
            bounds_of(queue, bucket, &low, &high);
            rung = low < high ? add_rung(queue, bucket->count, 0, low, high) : NULL;
        }
        if (!rung) { /* few enough, of one instant, or there is no room for a rung */
            take_down(queue, bucket);
            return true;
        }
        spread(queue, bucket, rung);
    }
    return false;
}

/* Heap and run become a rung, up to where the run reached. */
static void spread_late(struct event_queue *queue)
{
    uint64_t low = queue->late[0].key;
    size_t count = queue->late_count + queue->run_end - queue->run_head;

    if (queue->run_head < queue->run_end && queue->run[queue->run_head].key < low)
        low = queue->run[queue->run_head].key;
    struct rung *rung = add_rung(queue, count, count / CHUNK, low, queue->run_bound);
    if (!rung)
        return;
    for (size_t i = queue->run_head; i < queue->run_end; i++)
        drop_into(queue, rung, &queue->run[i]);
    for (size_t i = 0; i < queue->late_count; i++)
        drop_into(queue, rung, &queue->late[i]);
    queue->run_head = queue->run_end = queue->late_count = queue->late_pushes = 0;
    queue->run_bound = low;
}

/* --- the queue ------------------------------------------------------------ */

static bool grow(struct event_queue *queue, size_t capacity)
{
    if (capacity > UINT32_MAX)
        return false;
    struct entry *run = realloc(queue->run, capacity * sizeof *run);
    queue->run = run ? run : queue->run;
    struct entry *late = run ? realloc(queue->late, capacity * sizeof *late) : NULL;
    queue->late = late ? late : queue->late;
    if (!late)
        return false;
    queue->capacity = capacity;
    return true;
}

struct event_queue *event_queue_create(size_t capacity)
{
    struct event_queue *queue = calloc(1, sizeof *queue);

    if (!queue)
        return NULL;
    queue->spare = NO_CHUNK;
    if (!grow(queue, capacity) || !reserve_chunks(queue, (uint32_t)(capacity / CHUNK) + 1)) {
        event_queue_destroy(queue);
        return NULL;
    }
    return queue;
}

void event_queue_destroy(struct event_queue *queue)
{
    if (!queue)
        return;
    for (size_t i = 0; i < RUNGS; i++)
        free(queue->rungs[i].bucket);
    free(queue->run);
    free(queue->late);
    free(queue->entries);
    free(queue->next);
    free(queue);
}

static void put_late(struct event_queue *queue, struct entry entry)
{
    sift_up(queue->late, queue->late_count++, entry);
    queue->late_pushes++;
    if (queue->late_count > LATE && 2 * queue->late_pushes >= queue->late_count + queue->run_end - queue->run_head)
        spread_late(queue);
}

/* The open bucket above the first bound, from the top down, that `key` reaches. */
static struct bucket *place_of(struct event_queue *queue, uint64_t key)
{
    uint32_t height = 0;

    while (height < queue->rung_count && key < queue->bound[height])
        height++;
    if (height == 0)
        return &queue->top;
    struct rung *rung = &queue->rungs[height - 1];
    return &rung->bucket[(key - rung->start) >> rung->shift];
}

bool event_queue_push(struct event_queue *queue, struct event event)
{
    struct entry entry = {key_of(event.at), queue->sequence, event.kind, event.index};

    if (queue->size == queue->capacity && !grow(queue, 2 * queue->capacity))
        return false;
    if (queue->spare_count == 0 && !reserve_chunks(queue, 1))
        return false;
    queue->sequence++;
    queue->size++;
    if (entry.key < queue->run_bound)
        put_late(queue, entry);
    else
        append(queue, place_of(queue, entry.key), &entry);
    return true;
}

bool event_queue_pop(struct event_queue *queue, struct event *event)
{
    struct entry entry;

    if (queue->run_head == queue->run_end && queue->late_count == 0 && !refill(queue))
        return false;
    if (queue->late_count > 0 &&
        (queue->run_head == queue->run_end || before(&queue->late[0], &queue->run[queue->run_head])))
        pop_late(queue, &entry);
    else
        entry = queue->run[queue->run_head++];
    queue->size--;
    *event = (struct event){(heal_time)(entry.key ^ UINT64_C(1) << 63), entry.kind, entry.index};
    return true;
}

size_t event_queue_size(const struct event_queue *queue)
{
    return queue->size;
}
