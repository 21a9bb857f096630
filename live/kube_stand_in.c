/* kube_stand_in.c - see kube_stand_in.h. */
#include "live/kube_stand_in.h"

#include <stdlib.h>
#include <string.h>

static struct kube_departed *find(const struct kube_stand_ins *all, const char *pod)
{
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i].pod, pod) == 0)
            return &all->items[i];
    }
    return NULL;
}

void kube_stand_ins_add(struct kube_stand_ins *all, const char *pod, const char *group)
{
    if (find(all, pod))
        return;
    if (all->count == all->capacity) {
        size_t capacity = all->capacity > 0 ? 2 * all->capacity : 16;
        struct kube_departed *items = realloc(all->items, capacity * sizeof *items);
        if (!items)
            return;
        all->items = items;
        all->capacity = capacity;
    }
    struct kube_departed fresh = {.pod = strdup(pod), .group = strdup(group)};
    if (fresh.pod && fresh.group) {
        all->items[all->count++] = fresh;
        return;
    }
    free(fresh.pod);
    free(fresh.group);
}

static void drop(struct kube_departed *departed)
{
    free(departed->pod);
    free(departed->group);
    free(departed->stand_in);
}

void kube_stand_ins_clear(struct kube_stand_ins *all)
{
    for (size_t i = 0; i < all->count; i++)
        drop(&all->items[i]);
    free(all->items);
    *all = (struct kube_stand_ins){0};
}

static bool is_here(const struct kube_table *pods, const char *key)
{
    const struct kube_entry *entry = kube_table_find(pods, key);

    return entry && !entry->facts->leaving;
}

bool kube_stand_ins_wait(const struct kube_stand_ins *all, const struct kube_table *pods)
{
    for (size_t i = 0; i < all->count; i++) {
        if (!all->items[i].stand_in || !is_here(pods, all->items[i].stand_in) || is_here(pods, all->items[i].pod))
            return true;
    }
    return false;
}

static int by_group_and_age(const void *a, const void *b)
{
    const struct kube_candidate *first = a, *second = b;
    const struct kube_facts *one = first->entry->facts, *other = second->entry->facts;
    int groups = strcmp(first->group, second->group);

    if (groups != 0)
        return groups;
    if (one->created != other->created)
        return one->created < other->created ? -1 : 1;
    return strcmp(one->key, other->key);
}

/* The first of its group that is free. */
static struct kube_candidate *pick(struct kube_candidate *candidates, size_t count, const char *group)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(candidates[middle].group, group) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && strcmp(candidates[low].group, group) == 0; low++) {
        if (!candidates[low].entry->stands_in)
            return &candidates[low];
    }
    return NULL;
}

void kube_stand_ins_match(struct kube_stand_ins *all, const struct kube_table *pods, struct kube_candidate *candidates,
                          size_t count)
{
    size_t kept = 0;

    if (count > 0)
        qsort(candidates, count, sizeof *candidates, by_group_and_age);
    for (size_t i = 0; i < all->count; i++) {
        struct kube_departed departed = all->items[i];
        if (is_here(pods, departed.pod)) {
            struct kube_entry *free_again = departed.stand_in ? kube_table_find(pods, departed.stand_in) : NULL;
            if (free_again)
                free_again->stands_in = false;
            drop(&departed);
            continue;
        }
        if (departed.stand_in && !is_here(pods, departed.stand_in)) {
            free(departed.stand_in);
            departed.stand_in = NULL;
        }
        struct kube_candidate *picked = departed.stand_in ? NULL : pick(candidates, count, departed.group);
        if (picked && (departed.stand_in = strdup(picked->entry->facts->key)) != NULL)
            picked->entry->stands_in = true;
        all->items[kept++] = departed;
    }
    all->count = kept;
}
