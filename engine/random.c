/* random.c - SplitMix64 streams under GSL's distributions.
 *
 * GSL calls a generator through a table of functions; ours has the stream itself
 * as its state, so a gsl_rng is two pointers on the stack and costs nothing to
 * make. */
#include "engine/random.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3); /* "ab","c" is not "a","bc" */
}

struct random_stream random_stream_named(uint64_t seed, const char *entity, const char *purpose, uint64_t index)
{
    uint64_t name = hash_text(hash_text(UINT64_C(0xcbf29ce484222325), entity), purpose);
    struct random_stream stream;

    stream.state = mix(mix(mix(seed + UINT64_C(0x9e3779b97f4a7c15)) ^ name) + index);
    stream.increment = mix(stream.state ^ name ^ UINT64_C(0x2545f4914f6cdd1d)) | 1;
    return stream;
}

uint64_t random_bits(struct random_stream *stream)
{
    stream->state += stream->increment;
    return mix(stream->state);
}

double random_uniform(struct random_stream *stream)
{
    return (double)(random_bits(stream) >> 11) * 0x1.0p-53;
}

static void gsl_set(void *state, unsigned long seed)
{
    *(struct random_stream *)state = random_stream_named(seed, "", "", 0);
}

static unsigned long gsl_get(void *state)
{
    return (unsigned long)(random_bits(state) >> 32);
}

static double gsl_get_double(void *state)
{
    return random_uniform(state);
}

static const gsl_rng_type STREAM_TYPE = {
    "selfheal-splitmix64", 0xffffffffUL, 0, sizeof(struct random_stream), gsl_set, gsl_get, gsl_get_double,
};

gsl_rng random_gsl(struct random_stream *stream)
{
    return (gsl_rng){&STREAM_TYPE, stream};
}

double random_normal(struct random_stream *stream)
{
    gsl_rng rng = random_gsl(stream);
    return gsl_ran_gaussian_ziggurat(&rng, 1.0);
}

double random_exponential(struct random_stream *stream, double mean)
{
    gsl_rng rng = random_gsl(stream);
    return gsl_ran_exponential(&rng, mean);
}

double random_log_normal(struct random_stream *stream, double mean, double sd)
{
    if (sd <= 0.0)
        return mean;
    double variance = log1p((sd / mean) * (sd / mean));
    return exp(log(mean) - variance / 2.0 + sqrt(variance) * random_normal(stream));
}

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound; /* reject the uneven rest */
    uint64_t bits;

    do {
        bits = random_bits(stream);
    } while (bits >= limit);
    return bits % bound;
}
