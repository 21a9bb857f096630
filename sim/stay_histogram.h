/* stay_histogram.h - how long many requests stayed, for percentiles.
 *
 * Classes of equal width within an octave, 64 of them, from a microsecond to twelve days:
 * a percentile is within 0.8 % of the one of the requests themselves, at any number of
 * them, in constant memory. What is shorter or longer counts in the first or last class.
 */
#ifndef SELFHEAL_SIM_STAY_HISTOGRAM_H
#define SELFHEAL_SIM_STAY_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { STAY_CLASSES = 64, STAY_OCTAVES = 40 };

struct stay_histogram {
    uint64_t count;
    uint32_t classes[STAY_CLASSES * STAY_OCTAVES];
};

void stay_histogram_add(struct stay_histogram *histogram, double seconds);
void stay_histogram_clear(struct stay_histogram *histogram);

/* The stay that a share `q` (0 < q <= 1) of all requests in `count` histograms does not exceed; NaN:
 * there is none. */
double stay_histogram_quantile(const struct stay_histogram *histograms, size_t count, double q);

#endif
