/* lanes.h - sorting many short series side by side.
 *
 * A row holds one sample of each of LANES series. Sorting networks compare row with
 * row without branches, lane by lane, which the compiler turns into vector minima and
 * maxima. What is missing is +inf and sorts to the end.
 */
#ifndef SELFHEAL_ENGINE_LANES_H
#define SELFHEAL_ENGINE_LANES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 32 because gcc unrolls shorter loops before it can vectorise them. */
enum { LANES = 32 };

/* Written so that gcc sees vector minima and maxima: two loops into locals, and
 * each comparison in the very form that minps and maxps compute. */
static inline void lanes_exchange(float *restrict low, float *restrict high)
{
    float least[LANES], most[LANES];

    for (size_t lane = 0; lane < LANES; lane++)
        least[lane] = low[lane] < high[lane] ? low[lane] : high[lane];
    for (size_t lane = 0; lane < LANES; lane++)
        most[lane] = low[lane] > high[lane] ? low[lane] : high[lane];
    memcpy(low, least, sizeof least);
    memcpy(high, most, sizeof most);
}

/* Batcher's odd-even merge sort (Batcher 1968; Knuth, TAOCP 3, 5.2.2 M); `rows` is a
 * power of 2. */
static inline void lanes_sort(float row[][LANES], size_t rows)
{
    for (size_t p = 1; p < rows; p *= 2) {
        for (size_t k = p; k >= 1; k /= 2) {
            for (size_t j = k % p; j + k < rows; j += 2 * k) {
                for (size_t i = j; i < j + k && i + k < rows; i++) {
                    if (i / (2 * p) == (i + k) / (2 * p))
                        lanes_exchange(row[i], row[i + k]);
                }
            }
        }
    }
}

/* Falls, then rises, as distances from a median do in sorted order: one merge. */
static inline void lanes_merge_bitonic(float row[][LANES], size_t rows)
{
    for (size_t k = rows / 2; k >= 1; k /= 2) {
        for (size_t i = 0; i < rows; i++) {
            if (!(i & k))
                lanes_exchange(row[i], row[i + k]);
        }
    }
}

/* The quantile of each sorted lane of present[lane] samples, between the two next to
 * (n - 1) * p (GSL's definition); 0 for an empty one. */
static inline void lanes_quantile(float row[][LANES], const uint32_t present[LANES], float p, float quantile[LANES])
{
    for (size_t lane = 0; lane < LANES; lane++) {
        uint32_t n = present[lane];
        float at = n ? (float)(n - 1) * p : 0.0f;
        uint32_t below = (uint32_t)at, above = below + 1 < n ? below + 1 : below;
        float share = at - (float)below, low = row[below][lane], high = row[above][lane];
        quantile[lane] = n ? low + share * (high - low) : 0.0f;
    }
}

#endif
