/* streams.c - sorted by (entity, what), found by halving: a long run acts on many
 * resources, and each action looks its stream up. */
#include "sim/streams.h"

#include <stdlib.h>
#include <string.h>

struct named_stream {
    uint64_t key;
    struct random_stream stream;
};

static size_t lower_bound(const struct stream_book *book, uint64_t key)
{
    size_t low = 0, high = book->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (book->items[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct random_stream *stream_book_find(struct stream_book *book, uint32_t entity, uint32_t what, const char *name,
                                       const char *purpose)
{
    uint64_t key = (uint64_t)entity << 32 | what;
    size_t at = lower_bound(book, key);

    if (at < book->count && book->items[at].key == key)
        return &book->items[at].stream;
    if (book->count == book->capacity) {
        size_t capacity = book->capacity ? 2 * book->capacity : 64;
        struct named_stream *items = realloc(book->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        book->items = items;
        book->capacity = capacity;
    }
    memmove(&book->items[at + 1], &book->items[at], (book->count - at) * sizeof *book->items);
    book->items[at] = (struct named_stream){key, random_stream_named(book->seed, name, purpose, book->index)};
    book->count++;
    return &book->items[at].stream;
}

void stream_book_clear(struct stream_book *book)
{
    free(book->items);
    *book = (struct stream_book){0};
}
