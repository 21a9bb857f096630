/* tune_worlds.c - see tune_worlds.h. */
#include "cli/tune_worlds.h"

#include <pthread.h>
#include <stdlib.h>

struct entry {
    struct candidate_world *world; /* NULL: not made yet, or gone */
    uint32_t users;
    bool making, forgotten;
};

struct tune_worlds {
    const struct study *study;
    const char *folder;
    size_t count;
    struct entry *entries;
    pthread_mutex_t lock;
    pthread_cond_t made;
};

struct tune_worlds *tune_worlds_create(const struct study *study, const char *folder, size_t count)
{
    struct tune_worlds *worlds = calloc(1, sizeof *worlds);

    if (!worlds)
        return NULL;
    *worlds = (struct tune_worlds){.study = study, .folder = folder, .count = count};
    worlds->entries = calloc(count, sizeof *worlds->entries);
    if (!worlds->entries) {
        free(worlds);
        return NULL;
    }
    pthread_mutex_init(&worlds->lock, NULL);
    pthread_cond_init(&worlds->made, NULL);
    return worlds;
}

void tune_worlds_destroy(struct tune_worlds *worlds)
{
    if (!worlds)
        return;
    for (size_t i = 0; i < worlds->count; i++)
        candidate_world_destroy(worlds->entries[i].world);
    pthread_cond_destroy(&worlds->made);
    pthread_mutex_destroy(&worlds->lock);
    free(worlds->entries);
    free(worlds);
}

const struct candidate_world *tune_worlds_take(struct tune_worlds *worlds, size_t candidate, const char *const *texts,
                                               struct error_list *errors)
{
    struct entry *entry = &worlds->entries[candidate];

    pthread_mutex_lock(&worlds->lock);
    while (entry->making)
        pthread_cond_wait(&worlds->made, &worlds->lock);
    entry->forgotten = false;
    if (!entry->world) {
        entry->making = true;
        pthread_mutex_unlock(&worlds->lock);
        struct candidate_world *world = candidate_world_create(worlds->study, candidate, texts, worlds->folder, errors);
        pthread_mutex_lock(&worlds->lock);
        entry->world = world;
        entry->making = false;
        pthread_cond_broadcast(&worlds->made);
    }
    const struct candidate_world *world = entry->world;
    entry->users += world != NULL;
    pthread_mutex_unlock(&worlds->lock);
    return world;
}

/* With the lock: what nobody wants, and nobody uses, or NULL. The caller destroys it without the lock. */
static struct candidate_world *left_over(struct entry *entry)
{
    struct candidate_world *world = entry->forgotten && entry->users == 0 && !entry->making ? entry->world : NULL;

    if (world)
        entry->world = NULL;
    return world;
}

void tune_worlds_give_back(struct tune_worlds *worlds, size_t candidate)
{
    struct entry *entry = &worlds->entries[candidate];

    pthread_mutex_lock(&worlds->lock);
    entry->users--;
    struct candidate_world *world = left_over(entry);
    pthread_mutex_unlock(&worlds->lock);
    candidate_world_destroy(world);
}

void tune_worlds_forget(struct tune_worlds *worlds, size_t candidate)
{
    struct entry *entry = &worlds->entries[candidate];

    pthread_mutex_lock(&worlds->lock);
    entry->forgotten = true;
    struct candidate_world *world = left_over(entry);
    pthread_mutex_unlock(&worlds->lock);
    candidate_world_destroy(world);
}
