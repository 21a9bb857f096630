/* kube_table.c - see kube_table.h. The index has no removal, so dead entries stay until
 * they are half of all; then all is packed and indexed anew. */
#include "live/kube_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

static struct kube_entry *slot_of(const struct kube_table *table, const char *key)
{
    uint32_t number = name_table_find(&table->index, (const char *const *)table->keys, key, strlen(key));

    return number == NAME_NONE ? NULL : &table->entries[number];
}

struct kube_entry *kube_table_find(const struct kube_table *table, const char *key)
{
    struct kube_entry *entry = slot_of(table, key);

    return entry && entry->facts ? entry : NULL;
}

static bool grow(struct kube_table *table)
{
    size_t capacity = table->capacity > 0 ? 2 * table->capacity : FIRST_CAPACITY;
    struct kube_entry *entries = realloc(table->entries, capacity * sizeof *entries);

    if (entries)
        table->entries = entries;
    char **keys = realloc(table->keys, capacity * sizeof *keys);
    if (keys)
        table->keys = keys;
    if (entries && keys)
        table->capacity = capacity;
    return entries && keys;
}

struct kube_entry *kube_table_place(struct kube_table *table, const char *key)
{
    struct kube_entry *entry = slot_of(table, key);

    if (entry) {
        table->live += entry->facts == NULL;
        return entry;
    }
    char *copy = table->count < table->capacity || grow(table) ? strdup(key) : NULL;
    if (!copy || !name_table_add(&table->index, copy, strlen(copy), (uint32_t)table->count)) {
        free(copy);
        return NULL;
    }
    table->keys[table->count] = copy;
    entry = &table->entries[table->count++];
    *entry = (struct kube_entry){0};
    table->live++;
    return entry;
}

static void pack(struct kube_table *table)
{
    size_t kept = 0;

    name_table_clear(&table->index);
    for (size_t i = 0; i < table->count; i++) {
        if (!table->entries[i].facts) {
            free(table->keys[i]);
            continue;
        }
        table->entries[kept] = table->entries[i];
        table->keys[kept] = table->keys[i];
        name_table_add(&table->index, table->keys[kept], strlen(table->keys[kept]), (uint32_t)kept);
        kept++;
    }
    table->count = kept;
}

void kube_table_remove(struct kube_table *table, struct kube_entry *entry)
{
    kube_facts_free(entry->facts);
    free(entry->restarts);
    *entry = (struct kube_entry){0};
    table->live--;
    if (table->count > FIRST_CAPACITY && table->live < table->count / 2)
        pack(table);
}

void kube_table_clear(struct kube_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        kube_facts_free(table->entries[i].facts);
        free(table->entries[i].restarts);
        free(table->keys[i]);
    }
    free(table->entries);
    free(table->keys);
    name_table_clear(&table->index);
    *table = (struct kube_table){0};
}

static int by_key(const void *a, const void *b)
{
    const struct kube_entry *const *first = a, *const *second = b;

    return strcmp((*first)->facts->key, (*second)->facts->key);
}

struct kube_entry **kube_table_sorted(const struct kube_table *table)
{
    struct kube_entry **sorted = malloc((table->live + 1) * sizeof(struct kube_entry *));
    size_t count = 0;

    for (size_t i = 0; sorted && i < table->count; i++) {
        if (table->entries[i].facts)
            sorted[count++] = &table->entries[i];
    }
    if (sorted)
        qsort(sorted, count, sizeof(struct kube_entry *), by_key);
    return sorted;
}
