/* run.c - replications handed out to workers, their records handed back in order.
 *
 * A worker writes into the log of its replication; the caller's thread empties
 * the log that is next in order and waits when it is dry. Workers run at most
 * AHEAD replications in front of it, so that memory stays bounded. With one
 * thread there is no log: records go straight through. */
#include "sim/run.h"

#include <pthread.h>
#include <stdlib.h>

enum { AHEAD_PER_THREAD = 4, BREATH = 1024 };

struct log {
    struct run_record *records;
    size_t count, capacity;
    bool started, finished;
    struct world_counts counts;
};

struct run {
    const struct run_config *config;
    const struct run_consumer *consumer;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct log *logs; /* by replication % ahead */
    uint32_t ahead;
    uint32_t next_to_run;
    uint32_t next_to_tell;
    atomic_bool stop;
    bool out_of_memory;
};

struct log_writer {
    struct run *run;
    struct log *log;
};

static bool run_one(const struct run_config *config, uint32_t replication, struct record_sink sink,
                    const atomic_bool *stop, struct world_counts *counts)
{
    struct world_config world = config->world;
    struct frame_source source;

    world.replication = replication;
    world.stop = stop;
    if (replication > 0)
        world.plot_buckets = 0;
    if (!config->supply->open(config->supply->context, replication, &source))
        return false;
    bool good = world_run(&world, &source, sink, counts);
    source.destroy(source.context);
    return good;
}

/* --- one thread ----------------------------------------------------------- */

struct straight {
    const struct run_consumer *consumer;
    double done, share;
    heal_time start;
    heal_duration duration;
    uint32_t since_breath;
    atomic_bool stop;
};

static void put_straight(void *context, const struct run_record *record)
{
    struct straight *straight = context;
    const struct run_consumer *consumer = straight->consumer;

    if (straight->stop)
        return;
    straight->stop = !consumer->record(consumer->context, record);
    if (!straight->stop && consumer->breathe && record->kind == RECORD_DECISION &&
        ++straight->since_breath % BREATH == 0) {
        double within = (double)(record->decision.at - straight->start) / (double)straight->duration;
        straight->stop = !consumer->breathe(consumer->context, straight->done + straight->share * within);
    }
}

static enum run_end run_straight(const struct run_config *config, const struct run_consumer *consumer)
{
    struct straight straight = {consumer, 0.0,  1.0 / config->replications, config->world.start, config->world.duration,
                                0,        false};

    for (uint32_t done = 0; done < config->replications; done++) {
        uint32_t i = config->first + done;
        struct world_counts counts = {0};
        if (!consumer->begin(consumer->context, i))
            return RUN_STOPPED;
        if (!run_one(config, i, (struct record_sink){&straight, put_straight}, &straight.stop, &counts))
            return RUN_OUT_OF_MEMORY;
        straight.done = (double)(done + 1) * straight.share;
        if (straight.stop || !consumer->end(consumer->context, i, &counts) ||
            (consumer->breathe && !consumer->breathe(consumer->context, straight.done)))
            return RUN_STOPPED;
    }
    return RUN_DONE;
}

/* --- many threads --------------------------------------------------------- */

static void put_log(void *context, const struct run_record *record)
{
    struct log_writer *writer = context;
    struct log *log = writer->log;

    pthread_mutex_lock(&writer->run->lock);
    if (log->count == log->capacity && !writer->run->out_of_memory) {
        size_t capacity = log->capacity ? 2 * log->capacity : 256;
        struct run_record *records = realloc(log->records, capacity * sizeof *records);
        if (records) {
            log->records = records;
            log->capacity = capacity;
        } else {
            writer->run->out_of_memory = true;
        }
    }
    if (log->count < log->capacity)
        log->records[log->count++] = *record;
    pthread_mutex_unlock(&writer->run->lock);
}

/* The number behind the last replication. */
static uint32_t run_limit(const struct run *run)
{
    return run->config->first + run->config->replications;
}

/* The next replication for a worker, or the limit when there is none. */
static uint32_t take_next(struct run *run)
{
    uint32_t limit = run_limit(run), taken = limit;

    pthread_mutex_lock(&run->lock);
    while (!run->stop && run->next_to_run < limit && run->next_to_run >= run->next_to_tell + run->ahead)
        pthread_cond_wait(&run->changed, &run->lock);
    if (!run->stop && run->next_to_run < limit) {
        taken = run->next_to_run++;
        struct log *log = &run->logs[taken % run->ahead];
        log->count = 0;
        log->finished = false;
        log->started = true;
        pthread_cond_broadcast(&run->changed); /* it can be told from now on, not only when it is done */
    }
    pthread_mutex_unlock(&run->lock);
    return taken;
}

static void *work(void *context)
{
    struct run *run = context;
    uint32_t replication;

    while ((replication = take_next(run)) < run_limit(run)) {
        struct log *log = &run->logs[replication % run->ahead];
        struct log_writer writer = {run, log};
        struct world_counts counts = {0};
        bool good = run_one(run->config, replication, (struct record_sink){&writer, put_log}, &run->stop, &counts);
        pthread_mutex_lock(&run->lock);
        log->counts = counts;
        log->finished = true;
        run->out_of_memory |= !good;
        pthread_cond_broadcast(&run->changed);
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

/* Takes the records that `log` holds, under the lock; tells them without it. */
static bool drain(struct run *run, struct log *log, struct log *batch)
{
    const struct run_consumer *consumer = run->consumer;
    struct log swap = *batch;

    batch->records = log->records;
    batch->count = log->count;
    batch->capacity = log->capacity;
    log->records = swap.records;
    log->capacity = swap.capacity;
    log->count = 0;
    pthread_mutex_unlock(&run->lock);
    bool good = true;
    for (size_t i = 0; good && i < batch->count; i++)
        good = consumer->record(consumer->context, &batch->records[i]);
    if (good && consumer->breathe)
        good = consumer->breathe(consumer->context,
                                 (double)(run->next_to_tell - run->config->first) / run->config->replications);
    pthread_mutex_lock(&run->lock);
    return good;
}

/* Waits for the log of `replication`, tells it to its end. Called with the lock. */
static bool tell_one(struct run *run, uint32_t replication, struct log *batch)
{
    struct log *log = &run->logs[replication % run->ahead];

    while (!log->started && !run->stop && !run->out_of_memory)
        pthread_cond_wait(&run->changed, &run->lock);
    for (;;) {
        struct timespec until;
        if (run->out_of_memory)
            return false;
        bool finished = log->finished;
        if (log->count > 0 && !drain(run, log, batch))
            return false;
        if (finished)
            return true;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&run->changed, &run->lock, &until);
    }
}

static enum run_end tell_all(struct run *run)
{
    const struct run_consumer *consumer = run->consumer;
    struct log batch = {0};
    bool good = true;

    for (uint32_t i = run->config->first; good && i < run_limit(run); i++) {
        good = consumer->begin(consumer->context, i);
        pthread_mutex_lock(&run->lock);
        good = good && tell_one(run, i, &batch);
        struct log *log = &run->logs[i % run->ahead];
        struct world_counts counts = log->counts;
        log->started = false;
        run->next_to_tell = i + 1;
        pthread_cond_broadcast(&run->changed);
        pthread_mutex_unlock(&run->lock);
        good = good && consumer->end(consumer->context, i, &counts);
    }
    pthread_mutex_lock(&run->lock);
    run->stop = true;
    pthread_cond_broadcast(&run->changed);
    bool out_of_memory = run->out_of_memory;
    pthread_mutex_unlock(&run->lock);
    free(batch.records);
    return out_of_memory ? RUN_OUT_OF_MEMORY : good ? RUN_DONE : RUN_STOPPED;
}

static enum run_end run_threads(const struct run_config *config, const struct run_consumer *consumer)
{
    uint32_t threads = config->threads < config->replications ? config->threads : config->replications;
    struct run run = {.config = config,
                      .consumer = consumer,
                      .ahead = threads * AHEAD_PER_THREAD,
                      .next_to_run = config->first,
                      .next_to_tell = config->first};
    pthread_t *workers = calloc(threads, sizeof *workers);
    enum run_end end = RUN_OUT_OF_MEMORY;
    uint32_t running = 0;

    run.logs = calloc(run.ahead, sizeof *run.logs);
    pthread_mutex_init(&run.lock, NULL);
    pthread_cond_init(&run.changed, NULL);
    while (workers && run.logs && running < threads && pthread_create(&workers[running], NULL, work, &run) == 0)
        running++;
    if (running > 0)
        end = tell_all(&run);
    for (uint32_t i = 0; i < running; i++)
        pthread_join(workers[i], NULL);
    for (uint32_t i = 0; run.logs && i < run.ahead; i++)
        free(run.logs[i].records);
    free(run.logs);
    free(workers);
    pthread_mutex_destroy(&run.lock);
    pthread_cond_destroy(&run.changed);
    return end;
}

enum run_end run_replications(const struct run_config *config, const struct run_consumer *consumer)
{
    return config->threads > 1 && config->replications > 1 ? run_threads(config, consumer)
                                                           : run_straight(config, consumer);
}
