/* calibration.h - are tail probabilities what they say, on data where nothing is wrong?
 *
 * If they are, a share u of them is at most u, for every u: the distance of Kolmogorov
 * and Smirnov from the uniform distribution tells how far off they are at worst.
 */
#ifndef SELFHEAL_REPORTS_CALIBRATION_H
#define SELFHEAL_REPORTS_CALIBRATION_H

#include <stddef.h>

struct calibration {
    double bold; /* the most by which a share of the p at most u is above u: alarms too easily */
    double shy;  /* and below it: as ties make it, which cannot be told apart */
};

/* Sorts p[0 .. count); the distance is the greater of the two. 0 of none. */
struct calibration calibration_of(double *p, size_t count);

/* The share of the sorted p that is at most `level`. */
double calibration_share(const double *p, size_t count, double level);

#endif
