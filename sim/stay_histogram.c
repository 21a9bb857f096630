/* stay_histogram.c - see stay_histogram.h. */
#include "sim/stay_histogram.h"

#include <math.h>
#include <string.h>

enum { LOWEST = -20 }; /* from 2^-20 s */

static uint32_t class_of(double seconds)
{
    int exponent;
    double part = frexp(seconds, &exponent); /* 0.5 <= part < 1 */

    if (!(seconds > 0.0) || exponent <= LOWEST)
        return 0;
    if (exponent > LOWEST + STAY_OCTAVES - 1)
        return STAY_CLASSES * STAY_OCTAVES - 1;
    return (uint32_t)(exponent - LOWEST) * STAY_CLASSES + (uint32_t)((part - 0.5) * 2.0 * STAY_CLASSES);
}

static double middle_of(uint32_t class)
{
    double part = 0.5 + ((double)(class % STAY_CLASSES) + 0.5) / (2.0 * STAY_CLASSES);

    return ldexp(part, (int)(class / STAY_CLASSES) + LOWEST);
}

void stay_histogram_add(struct stay_histogram *histogram, double seconds)
{
    histogram->count++;
    histogram->classes[class_of(seconds)]++;
}

void stay_histogram_clear(struct stay_histogram *histogram)
{
    if (histogram->count > 0)
        memset(histogram, 0, sizeof *histogram);
}

double stay_histogram_quantile(const struct stay_histogram *histograms, size_t count, double q)
{
    uint64_t all = 0, below = 0;

    for (size_t i = 0; i < count; i++)
        all += histograms[i].count;
    if (all == 0)
        return NAN;
    for (uint32_t class = 0; class < STAY_CLASSES * STAY_OCTAVES; class ++) {
        for (size_t i = 0; i < count; i++)
            below += histograms[i].classes[class];
        if ((double)below >= q * (double)all)
            return middle_of(class);
    }
    return middle_of(STAY_CLASSES * STAY_OCTAVES - 1);
}
