/* postgres_statements.h - what calls cost since the last look at pg_stat_statements.
 *
 * The view counts from the server's start, or from a reset; the difference of two looks
 * is what ended in between. A statement whose count went down was reset: what it has now
 * is new. Of the first look nothing can be said. The statements that cost most in the
 * last REMEMBERED are kept, for whoever looks for a remedy.
 */
#ifndef SELFHEAL_LIVE_POSTGRES_STATEMENTS_H
#define SELFHEAL_LIVE_POSTGRES_STATEMENTS_H

#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATEMENTS_SLOW = 16 };
#define STATEMENTS_REMEMBERED (10 * HEAL_MINUTE)

struct statement_count {
    int64_t id; /* queryid */
    double calls;
    double seconds;
};

struct slow_statement {
    int64_t id;
    double mean;  /* seconds of a call, in the last stretch that had one */
    double total; /* seconds of all its calls in that stretch */
    heal_time at;
};

struct statements {
    struct statement_count *last; /* by id; NULL: no look yet */
    size_t count;
    struct slow_statement slow[STATEMENTS_SLOW]; /* the dearest first */
    size_t slow_count;
};
void statements_clear(struct statements *statements); /* frees; {0} is fine */

struct statement_news {
    double mean;    /* seconds of a call, over all; NaN: none ended */
    double slowest; /* the largest mean of one statement; NaN likewise */
};
/* Takes `now`, `count` of them by ascending id, over (malloc'd; may be NULL for 0). */
struct statement_news statements_look(struct statements *statements, heal_time at, struct statement_count *now,
                                      size_t count);

#endif
