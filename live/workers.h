/* workers.h - threads that do what takes long: actions.
 *
 * A bounded queue; a job that does not fit is refused, and the caller says so.
 * Jobs are started in order and may run side by side.
 */
#ifndef SELFHEAL_LIVE_WORKERS_H
#define SELFHEAL_LIVE_WORKERS_H

#include "engine/action.h"
#include "engine/inventory.h"
#include "engine/time.h"

struct job {
    struct action action;
    uint32_t chapter;
    int64_t row; /* of the action */
    heal_time at;
    char target[SERIES_ID_MAX + 1];
};

struct workers;
/* `run` is called on a worker's thread. NULL when out of memory or of threads. */
struct workers *workers_create(size_t threads, size_t room, void (*run)(void *context, const struct job *job),
                               void *context);
bool workers_put(struct workers *workers, const struct job *job); /* copies; false when full */
/* Waits for the jobs that run; drops those that wait. NULL is fine. */
void workers_destroy(struct workers *workers);

#endif
