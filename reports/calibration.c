/* calibration.c - see calibration.h. */
#include "reports/calibration.h"

#include <gsl/gsl_sort_double.h>
#include <math.h>

struct calibration calibration_of(double *p, size_t count)
{
    struct calibration calibration = {0, 0};

    gsl_sort(p, 1, count);
    for (size_t i = 0; i < count; i++) {
        calibration.bold = fmax(calibration.bold, (double)(i + 1) / (double)count - p[i]);
        calibration.shy = fmax(calibration.shy, p[i] - (double)i / (double)count);
    }
    return calibration;
}

double calibration_share(const double *p, size_t count, double level)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p[middle] <= level)
            low = middle + 1;
        else
            high = middle;
    }
    return count ? (double)low / (double)count : 0;
}
