/* tail.h - how far out a residual lies, by what the same residual has done before.
 *
 * One tail is one side (up or down) of one residual of one series. It keeps the
 * distance that one sample in twenty goes beyond ("edge"), the one that one in
 * a hundred does ("far"), and the three largest distances ever met. Edge and far are
 * found by stochastic approximation (Robbins and Monro 1951) on a multiplicative
 * scale, so that a unit never matters; between these points the logarithm of the
 * tail probability is interpolated over the logarithm of the distance, beyond them
 * it is Pareto's with Hill's exponent (Hill 1975) drawn towards a prior. No shape is
 * assumed where there are ranks: heavy tails cost rank, not sigmas.
 *
 * Logarithms are arithmetic on the float's bits, so that every machine decides alike.
 */
#ifndef SELFHEAL_ENGINE_TAIL_H
#define SELFHEAL_ENGINE_TAIL_H

#include "engine/tuning.h"

#include <stdint.h>
#include <string.h>

enum { TAIL_TOP = 3 };
#define TAIL_NATS_MAX 50.0f

/* ln x for normal x > 0: exponent and a quintic in the mantissa (least squares at
 * Chebyshev's nodes); within 2e-5. */
static inline float tail_log(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    int32_t exponent = (int32_t)(bits >> 23) - 127;
    bits = (bits & UINT32_C(0x007fffff)) | UINT32_C(0x3f800000);
    float m;
    memcpy(&m, &bits, sizeof m);
    float log2m = -2.79415368f +
                  m * (5.06975632f + m * (-3.52021884f + m * (1.61017755f + m * (-0.40947559f + m * 0.04392863f))));
    return 0.6931471806f * ((float)exponent + log2m);
}

/* Distances are kept as the upper half of a float: order and two digits are enough. */
static inline uint16_t tail_pack(float distance)
{
    uint32_t bits;
    memcpy(&bits, &distance, sizeof bits);
    return (uint16_t)(bits >> 16);
}
static inline float tail_unpack(uint16_t packed)
{
    uint32_t bits = (uint32_t)packed << 16;
    float distance;
    memcpy(&distance, &bits, sizeof distance);
    return distance;
}

/* How far beyond the edge far lies, as a logarithm in steps: up to 13 nats, half a million
 * edges. Finer than the approximation moves it in the samples between two shrinkings. */
enum { TAIL_FAR_MAX = UINT16_MAX };
#define TAIL_STEPS_PER_NAT 5000.0f

/* The edge lies apart, in an array of its own: it is all that a quiet sample needs. Eight
 * bytes: there are a dozen for each series. */
struct tail {
    uint16_t far;           /* ln(far / edge), in steps */
    uint16_t top[TAIL_TOP]; /* as tail_pack has them, descending; 0: fewer were met */
};

/* -ln of the probability of a sample at least `distance` (> 0) out on this side, of
 * `seen` samples; 0 at or below the edge. An edge of 0 means that nothing was
 * ever beyond 0 on this side. At most TAIL_NATS_MAX. */
float tail_nats(const struct tail_tuning *tuning, const struct tail *tail, float edge, float distance, float seen);

/* What one gain, in (0, 1], does to edge and far: the step of the approximation. */
struct tail_gain {
    float edge;        /* the edge grows by this share */
    int32_t far, near; /* ln(far / edge) moves by so many steps, beyond far and within */
};
struct tail_gain tail_gain(const struct tail_tuning *tuning, float gain);

/* Takes a distance beyond the edge in; what samples within the edge do is tail_shrink,
 * for many at once. */
void tail_raise(const struct tail_gain *gain, struct tail *tail, float *edge, float distance);

/* The same gain for `samples` samples within: edge and far shrink by these. */
struct tail_loss {
    float edge;
    int32_t far;
};
static inline struct tail_loss tail_loss(const struct tail_tuning *tuning, float gain, float samples)
{
    float edge = gain * tuning->edge_share * samples, far = gain * tuning->far_share * samples;
    return (struct tail_loss){edge, (int32_t)(TAIL_STEPS_PER_NAT * tail_log((1.0f - far) / (1.0f - edge)) + 0.5f)};
}

/* `samples` were taken, those beyond the edge among them: the other half of the
 * approximation. */
static inline void tail_shrink(const struct tail_loss *loss, struct tail *tail, float *edge)
{
    int32_t far = tail->far + loss->far;
    *edge -= *edge * loss->edge;
    tail->far = far < TAIL_FAR_MAX ? (uint16_t)far : TAIL_FAR_MAX;
}

#endif
