/* tune_queue.c - see tune_queue.h.
 *
 * A list of slots: needs first come first served, and guesses behind them. What is needed is
 * kept as soon as it is finished, so that a kill loses nothing of a batch; a guess is kept
 * when it becomes a need, so that what is kept is what was needed, whoever was first. A guess
 * that fails is not told: it may never be needed, and fails again when it is. */
#include "cli/tune_queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum slot_state { SLOT_WAITS, SLOT_RUNS, SLOT_DONE };

struct slot {
    struct task task;
    bool needed;
    enum slot_state state;
    double *figures; /* its own: a thread may be at them when the batch is over */
};

struct tune_queue {
    struct tune_work work;
    struct error_list *errors;
    pthread_t *threads;
    uint32_t jobs, running;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t to_do, done;
    uint32_t numbered;   /* threads that know their number */
    struct slot **slots; /* pointers: threads are at work on them while the list grows */
    size_t count, capacity;
    size_t missing;  /* needed slots that are not done */
    size_t needs_at; /* no slot before it is needed and waits */
    double *aside;   /* figures that nobody asked for */
    uint64_t made;
    bool failed, stop;
};

/* --- threads; all with the lock --------------------------------------------------- */

/* The first need that waits, or the first guess, or NULL. */
static struct slot *next(struct tune_queue *queue)
{
    for (; queue->needs_at < queue->count; queue->needs_at++) {
        struct slot *slot = queue->slots[queue->needs_at];
        if (slot->needed && slot->state == SLOT_WAITS)
            return slot;
    }
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->slots[i]->state == SLOT_WAITS)
            return queue->slots[i];
    }
    return NULL;
}

static void drop(struct tune_queue *queue, size_t index)
{
    free(queue->slots[index]->figures);
    free(queue->slots[index]);
    queue->count--;
    memmove(&queue->slots[index], &queue->slots[index + 1], (queue->count - index) * sizeof(struct slot *));
}

static void drop_slot(struct tune_queue *queue, const struct slot *slot)
{
    for (size_t i = queue->count; i-- > 0;) {
        if (queue->slots[i] == slot) {
            drop(queue, i);
            queue->needs_at = 0;
            return;
        }
    }
}

/* A need that is done is done with. */
static void keep(struct tune_queue *queue, const struct slot *slot)
{
    struct error_list errors = {0};

    queue->made++;
    queue->failed |= !queue->work.keep(queue->work.context, &slot->task, slot->figures, &errors);
    error_list_add(queue->errors, &errors);
    error_list_clear(&errors);
}

static void evaluate(struct tune_queue *queue, struct slot *slot, uint32_t worker)
{
    struct error_list errors = {0};
    struct task task = slot->task;

    slot->state = SLOT_RUNS;
    pthread_mutex_unlock(&queue->lock);
    bool good = queue->work.evaluate(queue->work.context, &task, worker, slot->figures, &errors);
    pthread_mutex_lock(&queue->lock);
    slot->state = SLOT_DONE;
    if (slot->needed) {
        queue->missing--;
        if (good)
            keep(queue, slot);
        error_list_add(queue->errors, &errors);
        queue->failed |= !good;
    } else if (!good) {
        drop_slot(queue, slot);
    }
    pthread_cond_signal(&queue->done);
    error_list_clear(&errors);
}

static void *serve(void *context)
{
    struct tune_queue *queue = context;

    pthread_mutex_lock(&queue->lock);
    uint32_t worker = queue->numbered++;
    while (!queue->stop) {
        struct slot *slot = queue->failed ? NULL : next(queue);
        if (slot)
            evaluate(queue, slot, worker);
        else
            pthread_cond_wait(&queue->to_do, &queue->lock);
    }
    pthread_mutex_unlock(&queue->lock);
    return NULL;
}

/* --- opening and closing ------------------------------------------------------------ */

struct tune_queue *tune_queue_create(const struct tune_work *work, uint32_t jobs, struct error_list *errors)
{
    struct tune_queue *queue = calloc(1, sizeof *queue);

    if (queue) {
        *queue = (struct tune_queue){.work = *work, .errors = errors, .jobs = jobs};
        pthread_mutex_init(&queue->lock, NULL);
        pthread_cond_init(&queue->to_do, NULL);
        pthread_cond_init(&queue->done, NULL);
        queue->threads = calloc(jobs, sizeof *queue->threads);
        queue->aside = calloc(work->figures, sizeof *queue->aside);
    }
    while (queue && queue->threads && queue->aside && queue->running < jobs &&
           pthread_create(&queue->threads[queue->running], NULL, serve, queue) == 0)
        queue->running++;
    if (queue && queue->running > 0)
        return queue;
    error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory, or of threads");
    tune_queue_destroy(queue);
    return NULL;
}

void tune_queue_destroy(struct tune_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_lock(&queue->lock);
    queue->stop = true;
    pthread_cond_broadcast(&queue->to_do);
    pthread_mutex_unlock(&queue->lock);
    for (uint32_t i = 0; i < queue->running; i++)
        pthread_join(queue->threads[i], NULL);
    while (queue->count > 0)
        drop(queue, queue->count - 1);
    pthread_cond_destroy(&queue->done);
    pthread_cond_destroy(&queue->to_do);
    pthread_mutex_destroy(&queue->lock);
    free(queue->slots);
    free(queue->threads);
    free(queue->aside);
    free(queue);
}

/* --- batches; all with the lock ----------------------------------------------------- */

/* Of the first `count` slots. */
static struct slot *find(const struct tune_queue *queue, const struct task *task, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = queue->slots[i];
        if (slot->task.candidate == task->candidate && slot->task.round == task->round)
            return slot;
    }
    return NULL;
}

static bool make_room(struct tune_queue *queue)
{
    size_t capacity = queue->capacity ? 2 * queue->capacity : 64;

    if (queue->count < queue->capacity)
        return true;
    struct slot **slots = realloc(queue->slots, capacity * sizeof(struct slot *));
    if (!slots)
        return false;
    queue->slots = slots;
    queue->capacity = capacity;
    return true;
}

static void add(struct tune_queue *queue, const struct task *task, bool needed)
{
    struct slot *slot = calloc(1, sizeof *slot);
    double *figures = calloc(queue->work.figures, sizeof *figures);

    if (slot && figures && make_room(queue)) {
        *slot = (struct slot){.task = *task, .needed = needed, .state = SLOT_WAITS, .figures = figures};
        queue->slots[queue->count++] = slot;
        queue->missing += needed;
        return;
    }
    free(slot);
    free(figures);
    queue->failed = true;
    error_add(queue->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
}

/* `guesses`: how many slots are left from before. */
static void need(struct tune_queue *queue, const struct task *task, size_t guesses)
{
    struct slot *slot = find(queue, task, guesses);

    if (!slot) {
        add(queue, task, true);
        return;
    }
    slot->needed = true;
    slot->task = *task;
    if (slot->state == SLOT_DONE)
        keep(queue, slot);
    else
        queue->missing++;
}

static void begin_batch(struct tune_queue *queue, const struct task *tasks, size_t count)
{
    for (size_t i = queue->count; i-- > 0;) {
        if (queue->slots[i]->state == SLOT_WAITS)
            drop(queue, i); /* a guess that nobody began */
    }
    size_t guesses = queue->count;
    for (size_t i = 0; i < count && !queue->failed; i++) {
        if (!queue->work.known(queue->work.context, &tasks[i], tasks[i].values))
            need(queue, &tasks[i], guesses);
    }
    queue->needs_at = 0;
}

static void add_guesses(struct tune_queue *queue, const struct task *guesses, size_t count)
{
    for (size_t i = 0; i < count && !queue->failed; i++) {
        if (!find(queue, &guesses[i], queue->count) &&
            !queue->work.known(queue->work.context, &guesses[i], queue->aside))
            add(queue, &guesses[i], false);
    }
}

static void end_batch(struct tune_queue *queue)
{
    for (size_t i = queue->count; i-- > 0;) {
        struct slot *slot = queue->slots[i];
        if (!slot->needed)
            continue;
        memcpy(slot->task.values, slot->figures, queue->work.figures * sizeof *slot->figures);
        drop(queue, i);
    }
}

bool tune_queue_run(struct tune_queue *queue, const struct task *tasks, size_t count, const struct task *guesses,
                    size_t guess_count, uint64_t *made)
{
    pthread_mutex_lock(&queue->lock);
    begin_batch(queue, tasks, count);
    if (queue->running > 1) /* one thread is never out of work */
        add_guesses(queue, guesses, guess_count);
    pthread_cond_broadcast(&queue->to_do);
    while (!queue->failed && queue->missing > 0)
        pthread_cond_wait(&queue->done, &queue->lock);
    bool good = !queue->failed;
    if (good)
        end_batch(queue);
    *made += queue->made;
    queue->made = 0;
    pthread_mutex_unlock(&queue->lock);
    return good;
}
