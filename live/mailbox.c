/* mailbox.c - see mailbox.h. A ring under one mutex. */
#include "live/mailbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct mailbox {
    pthread_mutex_t mutex;
    pthread_cond_t filled, emptied, answered;
    struct message *ring;
    size_t room, first, count;
    bool closed;
};

static heal_time read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (heal_time)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

heal_time monotonic_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

heal_time wall_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

struct mailbox *mailbox_create(size_t room)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    pthread_condattr_t monotonic;

    if (!mailbox || !(mailbox->ring = calloc(room, sizeof *mailbox->ring))) {
        free(mailbox);
        return NULL;
    }
    mailbox->room = room;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&mailbox->mutex, NULL);
    pthread_cond_init(&mailbox->filled, &monotonic);
    pthread_cond_init(&mailbox->emptied, &monotonic);
    pthread_cond_init(&mailbox->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return mailbox;
}

void mailbox_destroy(struct mailbox *mailbox)
{
    if (!mailbox)
        return;
    pthread_cond_destroy(&mailbox->filled);
    pthread_cond_destroy(&mailbox->emptied);
    pthread_cond_destroy(&mailbox->answered);
    pthread_mutex_destroy(&mailbox->mutex);
    free(mailbox->ring);
    free(mailbox);
}

static bool put_locked(struct mailbox *mailbox, const struct message *message, bool wait)
{
    while (wait && mailbox->count == mailbox->room && !mailbox->closed)
        pthread_cond_wait(&mailbox->emptied, &mailbox->mutex);
    if (mailbox->closed || mailbox->count == mailbox->room)
        return false;
    mailbox->ring[(mailbox->first + mailbox->count++) % mailbox->room] = *message;
    pthread_cond_signal(&mailbox->filled);
    return true;
}

bool mailbox_put(struct mailbox *mailbox, const struct message *message, bool wait)
{
    pthread_mutex_lock(&mailbox->mutex);
    bool done = put_locked(mailbox, message, wait);
    pthread_mutex_unlock(&mailbox->mutex);
    return done;
}

bool mailbox_take(struct mailbox *mailbox, heal_time until, struct message *out)
{
    struct timespec deadline = {.tv_sec = until / HEAL_SECOND, .tv_nsec = (long)(until % HEAL_SECOND)};

    pthread_mutex_lock(&mailbox->mutex);
    while (mailbox->count == 0 && pthread_cond_timedwait(&mailbox->filled, &mailbox->mutex, &deadline) == 0)
        ;
    bool got = mailbox->count > 0;
    if (got) {
        *out = mailbox->ring[mailbox->first];
        mailbox->first = (mailbox->first + 1) % mailbox->room;
        mailbox->count--;
        pthread_cond_signal(&mailbox->emptied);
    }
    pthread_mutex_unlock(&mailbox->mutex);
    return got;
}

bool mailbox_call(struct mailbox *mailbox, struct command_call *call)
{
    struct message message = {.kind = MESSAGE_COMMAND, .call = call};

    call->done = false;
    pthread_mutex_lock(&mailbox->mutex);
    bool put = put_locked(mailbox, &message, false);
    while (put && !call->done)
        pthread_cond_wait(&mailbox->answered, &mailbox->mutex);
    pthread_mutex_unlock(&mailbox->mutex);
    return put && !call->refused;
}

void mailbox_answer(struct mailbox *mailbox, struct command_call *call)
{
    pthread_mutex_lock(&mailbox->mutex);
    call->done = true;
    pthread_cond_broadcast(&mailbox->answered);
    pthread_mutex_unlock(&mailbox->mutex);
}

void mailbox_close(struct mailbox *mailbox)
{
    pthread_mutex_lock(&mailbox->mutex);
    mailbox->closed = true;
    for (size_t i = 0; i < mailbox->count; i++) {
        struct command_call *call = mailbox->ring[(mailbox->first + i) % mailbox->room].call;
        if (call) {
            call->refused = true;
            call->done = true;
        }
    }
    mailbox->count = 0;
    pthread_cond_broadcast(&mailbox->answered);
    pthread_cond_broadcast(&mailbox->emptied);
    pthread_mutex_unlock(&mailbox->mutex);
}
