/* name_table.c - hashes are FNV-1a (Fowler, Noll, Vo), folded to 32 bits. */
#include "engine/name_table.h"

#include <stdlib.h>
#include <string.h>

static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

uint32_t name_table_find(const struct name_table *table, const char *const *names, const char *text, size_t length)
{
    if (table->size == 0)
        return NAME_NONE;
    uint32_t hash = hash_text(text, length);
    for (size_t at = hash & (table->size - 1);; at = (at + 1) & (table->size - 1)) {
        const struct name_slot *slot = &table->slots[at];
        if (slot->number == NAME_NONE)
            return NAME_NONE;
        if (slot->hash != hash)
            continue;
        const char *name = names[slot->number];
        if (strncmp(name, text, length) == 0 && name[length] == '\0')
            return slot->number;
    }
}

static void place(struct name_slot *slots, size_t size, struct name_slot entry)
{
    size_t at = entry.hash & (size - 1);
    while (slots[at].number != NAME_NONE)
        at = (at + 1) & (size - 1);
    slots[at] = entry;
}

static bool grow(struct name_table *table)
{
    size_t size = table->size == 0 ? 64 : table->size * 2;
    struct name_slot *slots = size > SIZE_MAX / sizeof *slots ? NULL : malloc(size * sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xff, size * sizeof *slots);
    for (size_t i = 0; i < table->size; i++) {
        if (table->slots[i].number != NAME_NONE)
            place(slots, size, table->slots[i]);
    }
    free(table->slots);
    table->slots = slots;
    table->size = size;
    return true;
}

bool name_table_add(struct name_table *table, const char *text, size_t length, uint32_t number)
{
    if (table->used >= table->size / 2 && !grow(table))
        return false;
    place(table->slots, table->size, (struct name_slot){.hash = hash_text(text, length), .number = number});
    table->used++;
    return true;
}

void name_table_clear(struct name_table *table)
{
    free(table->slots);
    memset(table, 0, sizeof *table);
}
