/* falling.c - see falling.h.
 *
 * Halving is done as ever, but asks only where neither end of the bracket tells. What it
 * asks then is not its middle, but where inverse quadratic interpolation through the last
 * three answers says, or the bracket's middle where Chandrupatla's test finds those answers
 * too far from such a curve: on a share with steps it goes on as halving does. */
#include "sim/falling.h"

#include <math.h>
#include <stdbool.h>

static const double LOWEST = -40.0; /* the logarithm of no share at all, over the level's */

/* What was answered: the logarithm of the share at `x` over the level. */
struct answer {
    double x, over;
};

struct search {
    const struct falling *share;
    double level;
    double from, to;                       /* over the level up to here, and not over it from here on */
    struct answer newest, opposite, third; /* Chandrupatla's x1, x2, x3: the crossing is between the first two */
    double way;                            /* from the newest to the opposite, of the next question */
    double least;                          /* no question is nearer than this to an end */
};

static struct answer answer(const struct search *search, double x, double share)
{
    double over = share > 0.0 ? log(share / search->level) : LOWEST;

    return (struct answer){x, over > LOWEST ? over : LOWEST};
}

/* Inverse quadratic interpolation where it can be trusted, and half the way elsewhere. */
static double next_way(const struct search *search)
{
    const struct answer *a = &search->newest, *b = &search->opposite, *c = &search->third;
    double xi = (a->x - b->x) / (c->x - b->x), phi = (a->over - b->over) / (c->over - b->over);
    double nearest = search->least / fabs(b->x - a->x), way = 0.5;

    if (phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi)
        way = a->over / (b->over - a->over) * (c->over / (b->over - c->over)) +
              (c->x - a->x) / (b->x - a->x) * (a->over / (c->over - a->over)) * (b->over / (c->over - b->over));
    if (!(way > nearest))
        return nearest < 0.5 ? nearest : 0.5;
    return way < 1.0 - nearest ? way : 1.0 - nearest;
}

static void ask(struct search *search)
{
    double x = search->newest.x + search->way * (search->opposite.x - search->newest.x);
    double share = search->share->at(search->share->context, x);
    bool over = share - search->level > 0.0, same = over == (search->newest.x == search->from);

    search->third = same ? search->newest : search->opposite;
    if (!same)
        search->opposite = search->newest;
    search->newest = answer(search, x, share);
    if (over)
        search->from = x;
    else
        search->to = x;
    search->way = next_way(search);
}

double falling_crossing(const struct falling *share, double level, double high, double share_at_high)
{
    struct search search = {.share = share, .level = level, .to = high, .way = 0.5};
    double low = 0.0;

    if (share_at_high - level > 0.0)
        return high;
    search.least = ldexp(high, -FALLING_HALVINGS - 1);
    search.newest = answer(&search, high, share_at_high);
    search.opposite = answer(&search, low, 1.0);
    for (int i = 0; i < FALLING_HALVINGS; i++) {
        double middle = 0.5 * (low + high);
        while (middle > search.from && middle < search.to)
            ask(&search);
        if (middle <= search.from)
            low = middle;
        else
            high = middle;
    }
    return high;
}
