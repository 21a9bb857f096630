/* cusum.h - the cumulative sum of what a standardised series is off its level.
 *
 * Small changes that last add up, noise does not: each sample moves the sum by its
 * score, and the allowance draws it back to 0. Two-sided in one number (Crosier 1986, "A
 * new two-sided cumulative sum quality control scheme", Technometrics 28, eq. 2). Of
 * independent normal scores with an allowance of 0.5, a sum of 3.73 is reached every 168
 * samples, as Page's pair of sums reaches 4, and within 8 after a shift by one sigma.
 */
#ifndef SELFHEAL_ENGINE_CUSUM_H
#define SELFHEAL_ENGINE_CUSUM_H

#define CUSUM_MAX 64.0f /* a change that lasts is forgotten in finite time */

/* A score is cut off, so that no single sample is a change. */
static inline float cusum_cut(float score, float low, float high)
{
    return score > high ? high : score < low ? low : score;
}

/* The sum after `score`; both finite. In -CUSUM_MAX .. CUSUM_MAX. */
static inline float cusum_step(float sum, float score, float allowance)
{
    float moved = sum + score, size = moved < 0.0f ? -moved : moved;
    float kept = size > allowance ? moved * (1.0f - allowance / size) : 0.0f;
    return cusum_cut(kept, -CUSUM_MAX, CUSUM_MAX);
}

#endif
