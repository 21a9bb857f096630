/* name_table.h - from a text to its number, numbers given in order of arrival.
 *
 * Open addressing with linear probing over (hash, number) pairs at a load of at
 * most one half; the texts lie with the caller, who hands the table the array
 * that maps numbers to texts.
 */
#ifndef SELFHEAL_ENGINE_NAME_TABLE_H
#define SELFHEAL_ENGINE_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_NONE UINT32_MAX

struct name_slot {
    uint32_t hash;
    uint32_t number; /* NAME_NONE: empty */
};

/* Zero-initialise to start. */
struct name_table {
    struct name_slot *slots;
    size_t size; /* 0 or a power of two */
    size_t used;
};

/* The number of text[0 .. length), or NAME_NONE. */
uint32_t name_table_find(const struct name_table *table, const char *const *names, const char *text, size_t length);

/* Notes that `number` is text[0 .. length), which must not be there yet. False
 * when out of memory. */
bool name_table_add(struct name_table *table, const char *text, size_t length, uint32_t number);

void name_table_clear(struct name_table *table);

#endif
