/* resource_names.c - one array, sorted by kind, name and number, searched for the
 * name itself and for the name with a dash behind it. */
#include "engine/resource_names.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *name; /* with its namespace where the index is qualified */
    enum callee_kind kind;
    uint32_t resource;
};

struct resource_names {
    struct entry *entries;
    size_t count;
};

static enum callee_kind kind_of(const char *id, size_t length)
{
    static const char *const names[CALLEE_KIND_COUNT] = {"pod", "workload", "database", "service"};
    for (int kind = 0; kind < CALLEE_KIND_COUNT; kind++) {
        if (strlen(names[kind]) == length && memcmp(id, names[kind], length) == 0)
            return (enum callee_kind)kind;
    }
    return CALLEE_KIND_COUNT;
}

static int compare(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = strcmp(a->name, b->name);
    if (order != 0)
        return order;
    return a->resource < b->resource ? -1 : a->resource > b->resource;
}

struct resource_names *resource_names_create(const struct inventory *inventory, bool qualified)
{
    size_t resources = inventory_resource_count(inventory);
    struct resource_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    names->entries = malloc((resources + 1) * sizeof *names->entries);
    if (names->entries == NULL) {
        free(names);
        return NULL;
    }
    for (uint32_t resource = 0; resource < resources; resource++) {
        const char *id = inventory_resource_id(inventory, resource);
        const char *space = strchr(id, '/') + 1;
        const char *name = strchr(space, '/') + 1;
        enum callee_kind kind = kind_of(id, (size_t)(space - id) - 1);
        if (kind != CALLEE_KIND_COUNT)
            names->entries[names->count++] =
                (struct entry){.name = qualified ? space : name, .kind = kind, .resource = resource};
    }
    qsort(names->entries, names->count, sizeof *names->entries, compare);
    return names;
}

void resource_names_destroy(struct resource_names *names)
{
    if (names == NULL)
        return;
    free(names->entries);
    free(names);
}

/* How an entry lies to name[0 .. length) with the character `next` behind it. */
static int place(const struct entry *entry, enum callee_kind kind, const char *name, size_t length, char next)
{
    if (entry->kind != kind)
        return entry->kind < kind ? -1 : 1;
    int order = strncmp(entry->name, name, length);
    return order != 0 ? order : (unsigned char)entry->name[length] - (unsigned char)next;
}

/* How many entries answer with `next` behind the name, counted to two; the first
 * of them to *resource. */
static int count(const struct resource_names *names, enum callee_kind kind, const char *name, size_t length, char next,
                 uint32_t *resource)
{
    size_t low = 0;
    size_t high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (place(&names->entries[middle], kind, name, length, next) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    int found = 0;
    for (size_t i = low; i < names->count && found < 2; i++) {
        if (place(&names->entries[i], kind, name, length, next) != 0)
            break;
        if (found++ == 0)
            *resource = names->entries[i].resource;
    }
    return found;
}

uint32_t resource_names_find(const struct resource_names *names, enum callee_kind kind, const char *name, size_t length,
                             bool *several)
{
    uint32_t bearer = RESOURCE_NONE;
    uint32_t other = RESOURCE_NONE;
    int bearers = count(names, kind, name, length, '\0', &bearer);
    int others = count(names, kind, name, length, '-', &other);
    *several = bearers + others > 1;
    return bearers > 0 ? bearer : other;
}
