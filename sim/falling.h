/* falling.h - where a falling share comes down to a level, as halving would find it.
 *
 * Halving a span HALVINGS times asks so many times, and what is asked here walks over
 * all pods of a workload. Most of those questions have known answers once the crossing
 * is known to lie between two values, and Chandrupatla's method (1997, Advances in
 * Engineering Software 28), on the share's logarithm, finds two such values in a few questions:
 * the tail of a stay is nearly exponential. What halving would return is returned, to the
 * bit.
 */
#ifndef SELFHEAL_SIM_FALLING_H
#define SELFHEAL_SIM_FALLING_H

enum { FALLING_HALVINGS = 24 };

/* A share in [0, 1] that does not grow with x; at(context, 0) counts as 1 without being asked. */
struct falling {
    double (*at)(const void *context, double x);
    const void *context;
};

/* The upper end of the span that HALVINGS halvings of [0, high] leave around the place where
 * the share comes down to `level`, 0 < level < 1; `high` itself where it is still over it
 * there. `share_at_high` is what at(context, high) gives. */
double falling_crossing(const struct falling *share, double level, double high, double share_at_high);

#endif
