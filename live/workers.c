/* workers.c - see workers.h. */
#include "live/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct workers {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct job *ring;
    size_t room, first, count;
    bool stopping;
    void (*run)(void *context, const struct job *job);
    void *context;
    pthread_t *threads;
    size_t thread_count;
};

static void *work(void *context)
{
    struct workers *workers = context;

    pthread_mutex_lock(&workers->mutex);
    for (;;) {
        while (workers->count == 0 && !workers->stopping)
            pthread_cond_wait(&workers->filled, &workers->mutex);
        if (workers->stopping)
            break;
        struct job job = workers->ring[workers->first];
        workers->first = (workers->first + 1) % workers->room;
        workers->count--;
        pthread_mutex_unlock(&workers->mutex);
        workers->run(workers->context, &job);
        pthread_mutex_lock(&workers->mutex);
    }
    pthread_mutex_unlock(&workers->mutex);
    return NULL;
}

struct workers *workers_create(size_t threads, size_t room, void (*run)(void *context, const struct job *job),
                               void *context)
{
    struct workers *workers = calloc(1, sizeof *workers);

    if (!workers)
        return NULL;
    workers->ring = calloc(room, sizeof *workers->ring);
    workers->threads = calloc(threads, sizeof *workers->threads);
    workers->room = room;
    workers->run = run;
    workers->context = context;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->filled, NULL);
    while (workers->ring && workers->threads && workers->thread_count < threads &&
           pthread_create(&workers->threads[workers->thread_count], NULL, work, workers) == 0)
        workers->thread_count++;
    if (workers->thread_count == threads)
        return workers;
    workers_destroy(workers);
    return NULL;
}

bool workers_put(struct workers *workers, const struct job *job)
{
    pthread_mutex_lock(&workers->mutex);
    bool fits = workers->count < workers->room && !workers->stopping;
    if (fits) {
        workers->ring[(workers->first + workers->count++) % workers->room] = *job;
        pthread_cond_signal(&workers->filled);
    }
    pthread_mutex_unlock(&workers->mutex);
    return fits;
}

void workers_destroy(struct workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->mutex);
    workers->stopping = true;
    pthread_cond_broadcast(&workers->filled);
    pthread_mutex_unlock(&workers->mutex);
    for (size_t i = 0; i < workers->thread_count; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->filled);
    pthread_mutex_destroy(&workers->mutex);
    free(workers->ring);
    free(workers->threads);
    free(workers);
}
