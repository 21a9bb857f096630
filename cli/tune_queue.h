/* tune_queue.h - evaluations on threads: those that are needed, and guesses meanwhile.
 *
 * A search needs its evaluations in batches, and which it needs next follows from what came
 * out. A thread that finds nothing left of a batch would wait for the batch's last
 * evaluation; instead it goes on with guesses: evaluations that will be needed later for
 * sure, or likely. A guess that is asked for later is there already or on its way; one that
 * never is has cost nothing but time that nobody had a use for. What is asked for, and what
 * comes out, does not depend on guesses, on threads or on who was first.
 */
#ifndef SELFHEAL_CLI_TUNE_QUEUE_H
#define SELFHEAL_CLI_TUNE_QUEUE_H

#include "engine/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One evaluation: what of, and where its figures go. */
struct task {
    size_t candidate;
    uint32_t round;
    double *values; /* of a guess: not used */
};

/* What is done with tasks: `evaluate` by several threads at once, the other two by one at a
 * time. False with messages; `known` without, where a task is not. */
struct tune_work {
    void *context;
    size_t figures; /* that an evaluation gives */
    bool (*evaluate)(void *context, const struct task *task, uint32_t worker, double *values,
                     struct error_list *errors);
    bool (*known)(void *context, const struct task *task, double *values); /* from the store */
    bool (*keep)(void *context, const struct task *task, const double *values, struct error_list *errors);
};

struct tune_queue;

/* Threads 0 .. jobs - 1, 1 <= jobs <= 256. `work` is copied, `errors` borrowed. NULL with a message. */
struct tune_queue *tune_queue_create(const struct tune_work *work, uint32_t jobs, struct error_list *errors);
/* Waits for what is under way. NULL is fine. */
void tune_queue_destroy(struct tune_queue *queue);

/* Makes and keeps all of `tasks`, the first first, and fills their values in. `guesses` are
 * for threads that find none of them left, the first first; with one thread there are none.
 * Earlier guesses that nobody began are dropped. No two of `tasks` are the same. *made counts
 * on what had to be evaluated. After a failure, which is told, every call is false. */
bool tune_queue_run(struct tune_queue *queue, const struct task *tasks, size_t count, const struct task *guesses,
                    size_t guess_count, uint64_t *made);

#endif
