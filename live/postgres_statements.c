/* postgres_statements.c - see postgres_statements.h. */
#include "live/postgres_statements.h"

#include <math.h>
#include <stdlib.h>

void statements_clear(struct statements *statements)
{
    free(statements->last);
    *statements = (struct statements){0};
}

static void forget(struct statements *statements, heal_time at)
{
    size_t kept = 0;

    for (size_t i = 0; i < statements->slow_count; i++) {
        if (at - statements->slow[i].at <= STATEMENTS_REMEMBERED)
            statements->slow[kept++] = statements->slow[i];
    }
    statements->slow_count = kept;
}

static void take_out(struct statements *statements, int64_t id)
{
    size_t kept = 0;

    for (size_t i = 0; i < statements->slow_count; i++) {
        if (statements->slow[i].id != id)
            statements->slow[kept++] = statements->slow[i];
    }
    statements->slow_count = kept;
}

static void remember(struct statements *statements, const struct slow_statement *one)
{
    take_out(statements, one->id);
    size_t at = statements->slow_count;
    if (at == STATEMENTS_SLOW) {
        at--;
        if (statements->slow[at].total >= one->total)
            return;
    } else {
        statements->slow_count++;
    }
    while (at > 0 && statements->slow[at - 1].total < one->total) {
        statements->slow[at] = statements->slow[at - 1];
        at--;
    }
    statements->slow[at] = *one;
}

struct statement_news statements_look(struct statements *statements, heal_time at, struct statement_count *now,
                                      size_t count)
{
    struct statement_news news = {NAN, NAN};
    bool first = statements->last == NULL;
    double calls = 0.0, seconds = 0.0;

    forget(statements, at);
    for (size_t i = 0, old = 0; !first && i < count; i++) {
        struct statement_count one = now[i];
        while (old < statements->count && statements->last[old].id < one.id)
            old++;
        const struct statement_count *before = old < statements->count ? &statements->last[old] : NULL;
        if (before && before->id == one.id && before->calls <= one.calls && before->seconds <= one.seconds) {
            one.calls -= before->calls;
            one.seconds -= before->seconds;
        }
        if (one.calls <= 0.0)
            continue;
        double mean = one.seconds / one.calls;
        calls += one.calls;
        seconds += one.seconds;
        news.slowest = mean > news.slowest || isnan(news.slowest) ? mean : news.slowest;
        remember(statements, &(struct slow_statement){one.id, mean, one.seconds, at});
    }
    if (calls > 0.0)
        news.mean = seconds / calls;
    free(statements->last);
    statements->last = now ? now : calloc(1, sizeof *now);
    statements->count = count;
    return news;
}
