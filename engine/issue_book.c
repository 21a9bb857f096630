/* issue_book.c - a pool of entries, a list of them by id, an index by resource.
 *
 * The list is an array of slots kept in order of id: issues are opened with
 * ascending ids, so opening appends; expiring closes the gaps in one sweep. */
#include "engine/issue_book.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOT_NONE = 0 }; /* the index holds slot + 1 */

struct issue_book {
    size_t capacity;
    struct open_issue *pool;
    uint32_t *free_slots;
    size_t free_count;
    uint32_t *order; /* slots by ascending id */
    size_t count;
    uint32_t *working; /* slots of those at work, few of many */
    size_t working_count;
    uint32_t *index; /* [resource * ISSUE_TYPE_COUNT + type] */
    uint64_t opened;
};

struct issue_book *issue_book_create(const struct inventory *inventory)
{
    struct issue_book *book = calloc(1, sizeof *book);
    size_t pairs = inventory_resource_count(inventory) * ISSUE_TYPE_COUNT;

    if (!book)
        return NULL;
    book->capacity = pairs < BOOK_MAX ? pairs : BOOK_MAX;
    book->pool = calloc(book->capacity, sizeof *book->pool);
    book->free_slots = calloc(book->capacity, sizeof *book->free_slots);
    book->order = calloc(book->capacity, sizeof *book->order);
    book->working = calloc(book->capacity, sizeof *book->working);
    book->index = calloc(pairs, sizeof *book->index);
    if (!book->pool || !book->free_slots || !book->order || !book->working || !book->index) {
        issue_book_destroy(book);
        return NULL;
    }
    for (size_t i = 0; i < book->capacity; i++)
        book->free_slots[i] = (uint32_t)(book->capacity - 1 - i);
    book->free_count = book->capacity;
    return book;
}

void issue_book_destroy(struct issue_book *book)
{
    if (!book)
        return;
    free(book->pool);
    free(book->free_slots);
    free(book->order);
    free(book->working);
    free(book->index);
    free(book);
}

static uint32_t *index_of(struct issue_book *book, uint32_t resource, enum issue_type type)
{
    return &book->index[(size_t)resource * ISSUE_TYPE_COUNT + (size_t)type];
}

struct open_issue *issue_book_find(struct issue_book *book, uint32_t resource, enum issue_type type)
{
    uint32_t slot = *index_of(book, resource, type);
    return slot == SLOT_NONE ? NULL : &book->pool[slot - 1];
}

/* Where an entry with that id is, or would be. */
static size_t position_of(const struct issue_book *book, uint64_t id)
{
    size_t low = 0, high = book->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->pool[book->order[middle]].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct open_issue *issue_book_find_id(struct issue_book *book, uint64_t id)
{
    size_t position = position_of(book, id);

    if (position == book->count || book->pool[book->order[position]].id != id)
        return NULL;
    return &book->pool[book->order[position]];
}

bool phase_is_at_work(enum remediation_phase phase)
{
    return phase != PHASE_NONE && phase != PHASE_ENDED && phase != PHASE_WAIT && phase != PHASE_APPROVAL;
}

static void leave_work(struct issue_book *book, uint32_t slot)
{
    size_t at = 0;

    while (at < book->working_count && book->working[at] != slot)
        at++;
    assert(at < book->working_count);
    book->working[at] = book->working[--book->working_count];
}

void issue_book_set_phase(struct issue_book *book, struct open_issue *issue, enum remediation_phase phase)
{
    bool was = phase_is_at_work(issue->remediation.phase), is = phase_is_at_work(phase);
    uint32_t slot = (uint32_t)(issue - book->pool);

    issue->remediation.phase = phase;
    if (was && !is)
        leave_work(book, slot);
    else if (is && !was)
        book->working[book->working_count++] = slot;
}

size_t issue_book_working(const struct issue_book *book)
{
    return book->working_count;
}

struct open_issue *issue_book_worker(const struct issue_book *book, size_t position)
{
    return &book->pool[book->working[position]];
}

static void forget(struct issue_book *book, size_t position)
{
    uint32_t slot = book->order[position];

    if (phase_is_at_work(book->pool[slot].remediation.phase))
        leave_work(book, slot);
    *index_of(book, book->pool[slot].resource, book->pool[slot].type) = SLOT_NONE;
    book->free_slots[book->free_count++] = slot;
}

static void take_out(struct issue_book *book, size_t position)
{
    forget(book, position);
    book->count--;
    for (size_t i = position; i < book->count; i++)
        book->order[i] = book->order[i + 1];
}

void issue_book_remove(struct issue_book *book, struct open_issue *issue)
{
    take_out(book, position_of(book, issue->id));
}

static bool make_room(struct issue_book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        if (book->pool[book->order[i]].closed_at == HEAL_TIME_NEVER)
            continue;
        take_out(book, i);
        return true;
    }
    return false;
}

struct open_issue *issue_book_open(struct issue_book *book, uint32_t resource, enum issue_type type)
{
    assert(*index_of(book, resource, type) == SLOT_NONE);
    if (book->free_count == 0 && !make_room(book))
        return NULL;
    uint32_t slot = book->free_slots[--book->free_count];
    struct open_issue *issue = &book->pool[slot];

    *issue = (struct open_issue){
        .id = ++book->opened,
        .type = type,
        .resource = resource,
        .quiet_since = HEAL_TIME_NEVER,
        .closed_at = HEAL_TIME_NEVER,
        .forecast_in = HEAL_TIME_NEVER,
        .swept_at = HEAL_TIME_NEVER,
        .remediation = {
            .strategy = UINT32_MAX, .wanted = UINT32_MAX, .rung_until = HEAL_TIME_NEVER, .deadline = HEAL_TIME_NEVER}};
    *index_of(book, resource, type) = slot + 1;
    book->order[book->count++] = slot;
    return issue;
}

void issue_book_expire(struct issue_book *book, heal_time before)
{
    size_t kept = 0;

    for (size_t i = 0; i < book->count; i++) {
        if (book->pool[book->order[i]].closed_at < before)
            forget(book, i);
        else
            book->order[kept++] = book->order[i];
    }
    book->count = kept;
}

size_t issue_book_count(const struct issue_book *book)
{
    return book->count;
}

size_t issue_book_capacity(const struct issue_book *book)
{
    return book->capacity;
}

struct open_issue *issue_book_at(const struct issue_book *book, size_t position)
{
    return &book->pool[book->order[position]];
}

uint64_t issue_book_opened(const struct issue_book *book)
{
    return book->opened;
}
