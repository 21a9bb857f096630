/* feed.c - see feed.h. */
#include "live/feed.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct board {
    pthread_mutex_t mutex;
    const struct inventory *inventory;
    double *values;
    uint8_t *sources; /* who put each series last */
    size_t count;
    uint64_t unknown;
};

struct board *board_create(void)
{
    struct board *board = calloc(1, sizeof *board);

    if (board)
        pthread_mutex_init(&board->mutex, NULL);
    return board;
}

void board_destroy(struct board *board)
{
    if (!board)
        return;
    pthread_mutex_destroy(&board->mutex);
    free(board->values);
    free(board->sources);
    free(board);
}

bool board_watch(struct board *board, const struct inventory *inventory)
{
    size_t count = inventory ? inventory_series_count(inventory) : 0;
    double *values = malloc((count + 1) * sizeof *values);
    uint8_t *sources = malloc(count + 1);

    if (!values || !sources) {
        free(values);
        free(sources);
        return false;
    }
    memset(sources, BOARD_NO_SOURCE, count + 1);
    for (size_t i = 0; i < count; i++)
        values[i] = NAN;
    pthread_mutex_lock(&board->mutex);
    free(board->values);
    free(board->sources);
    board->values = values;
    board->sources = sources;
    board->count = count;
    board->inventory = inventory;
    board->unknown = 0;
    pthread_mutex_unlock(&board->mutex);
    return true;
}

void board_put(const struct board_place *place, const char *series, double value)
{
    struct board *board = place->board;

    pthread_mutex_lock(&board->mutex);
    if (board->inventory) {
        uint32_t index = inventory_find_series(board->inventory, series, strlen(series));
        if (index < board->count) {
            board->values[index] = value;
            board->sources[index] = (uint8_t)place->source;
        } else {
            board->unknown++;
        }
    }
    pthread_mutex_unlock(&board->mutex);
}

uint32_t board_source(struct board *board, uint32_t series)
{
    pthread_mutex_lock(&board->mutex);
    uint32_t source = series < board->count ? board->sources[series] : BOARD_NO_SOURCE;
    pthread_mutex_unlock(&board->mutex);
    return source;
}

uint64_t board_take(struct board *board, double *values)
{
    pthread_mutex_lock(&board->mutex);
    memcpy(values, board->values, board->count * sizeof *values);
    for (size_t i = 0; i < board->count; i++)
        board->values[i] = NAN;
    uint64_t unknown = board->unknown;
    board->unknown = 0;
    pthread_mutex_unlock(&board->mutex);
    return unknown;
}

struct feed {
    struct feed_source source;
    uint32_t id;
    struct board_place place;
    struct mailbox *mailbox;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t asked;
    heal_time wanted; /* 0: nothing is wanted */
    bool reading, stopping;
    char error[HTTP_ERROR_TEXT];
};

static void *serve(void *context)
{
    struct feed *feed = context;

    pthread_mutex_lock(&feed->mutex);
    for (;;) {
        while (feed->wanted == 0 && !feed->stopping)
            pthread_cond_wait(&feed->asked, &feed->mutex);
        if (feed->stopping)
            break;
        heal_time at = feed->wanted;
        char error[HTTP_ERROR_TEXT] = "";
        feed->wanted = 0;
        feed->reading = true;
        pthread_mutex_unlock(&feed->mutex);
        bool good = feed->source.read(feed->source.context, at, &feed->place, error);
        pthread_mutex_lock(&feed->mutex);
        feed->reading = false;
        memcpy(feed->error, good ? "" : error, good ? 1 : sizeof error);
        pthread_mutex_unlock(&feed->mutex);
        mailbox_put(feed->mailbox, &(struct message){.kind = MESSAGE_SOURCE_READ, .id = feed->id, .value = good}, true);
        pthread_mutex_lock(&feed->mutex);
    }
    pthread_mutex_unlock(&feed->mutex);
    return NULL;
}

struct feed *feed_create(const struct feed_source *source, uint32_t id, struct board *board, struct mailbox *mailbox)
{
    struct feed *feed = calloc(1, sizeof *feed);

    if (!feed)
        return NULL;
    feed->source = *source;
    feed->id = id;
    feed->place = (struct board_place){board, id};
    feed->mailbox = mailbox;
    pthread_mutex_init(&feed->mutex, NULL);
    pthread_cond_init(&feed->asked, NULL);
    if (pthread_create(&feed->thread, NULL, serve, feed) == 0)
        return feed;
    pthread_cond_destroy(&feed->asked);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
    return NULL;
}

void feed_destroy(struct feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&feed->mutex);
    feed->stopping = true;
    pthread_cond_signal(&feed->asked);
    pthread_mutex_unlock(&feed->mutex);
    pthread_join(feed->thread, NULL);
    pthread_cond_destroy(&feed->asked);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

bool feed_trigger(struct feed *feed, heal_time at)
{
    pthread_mutex_lock(&feed->mutex);
    bool idle = !feed->reading && feed->wanted == 0;
    if (idle) {
        feed->wanted = at;
        pthread_cond_signal(&feed->asked);
    }
    pthread_mutex_unlock(&feed->mutex);
    return idle;
}

void feed_error(struct feed *feed, char out[HTTP_ERROR_TEXT])
{
    pthread_mutex_lock(&feed->mutex);
    memcpy(out, feed->error, HTTP_ERROR_TEXT);
    pthread_mutex_unlock(&feed->mutex);
}
