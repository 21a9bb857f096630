/* feed.h - endpoints that give samples, each on a thread of its own.
 *
 * The engine's thread says when to read; a feed reads, puts its samples on the
 * board and reports to the mailbox. One that hangs or fails leaves its series
 * without a sample and hinders nobody.
 */
#ifndef SELFHEAL_LIVE_FEED_H
#define SELFHEAL_LIVE_FEED_H

#include "live/mailbox.h"
#include "live/prometheus.h"

/* The newest sample of every series of one inventory. */
struct board;
struct board *board_create(void); /* NULL when out of memory */
void board_destroy(struct board *board);
/* Takes another inventory (frozen, borrowed until the next call; NULL: none); all
 * samples are forgotten. False when out of memory. */
bool board_watch(struct board *board, const struct inventory *inventory);
/* Where one source's samples go. */
struct board_place {
    struct board *board;
    uint32_t source; /* its number, below BOARD_NO_SOURCE */
};
#define BOARD_NO_SOURCE UINT8_MAX
void board_put(const struct board_place *place, const char *series, double value);
/* Who put a sample of the series last since it is watched; BOARD_NO_SOURCE: nobody. */
uint32_t board_source(struct board *board, uint32_t series);
/* Copies all samples to `values` and forgets them; how many series were put that the inventory lacks. */
uint64_t board_take(struct board *board, double *values);

struct feed_source {
    const char *name;
    void *context;
    /* Reads at `at` and puts samples; false with a message. On the feed's thread. */
    bool (*read)(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT]);
};

struct feed;
/* Starts the thread; it reports as source `id`. NULL when out of memory or threads. */
struct feed *feed_create(const struct feed_source *source, uint32_t id, struct board *board, struct mailbox *mailbox);
void feed_destroy(struct feed *feed); /* waits for a read to end; NULL is fine */
/* Asks for a read. False when the last one is still under way. */
bool feed_trigger(struct feed *feed, heal_time at);
/* What the last read said; "" when it was good. */
void feed_error(struct feed *feed, char out[HTTP_ERROR_TEXT]);

#endif
