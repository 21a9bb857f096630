/* random.h - named random streams.
 *
 * Every draw in selfheal comes from a stream that is named by who draws and what
 * for. A stream's state depends on the seed and its own name alone, so one more
 * entity, or one more draw elsewhere, changes no other's numbers. A stream is a
 * gsl_rng as well: all of GSL's distributions work on it.
 *
 * Generator: SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom
 * number generators", fig. 17), with a per-stream odd increment; passes BigCrush,
 * 16 bytes of state. Names are hashed by FNV-1a (64 bit) and mixed.
 */
#ifndef SELFHEAL_ENGINE_RANDOM_H
#define SELFHEAL_ENGINE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

struct random_stream {
    uint64_t state;
    uint64_t increment; /* odd */
};

/* The stream of (seed, entity, purpose, index): `entity` is who draws
 * ("pod/shop/web-1"), `purpose` what for ("noise"), `index` which of several
 * (a replication, a bootstrap). Never fails. */
struct random_stream random_stream_named(uint64_t seed, const char *entity, const char *purpose, uint64_t index);

uint64_t random_bits(struct random_stream *stream);                   /* 64 uniform bits */
double random_uniform(struct random_stream *stream);                  /* [0, 1), 53 bits */
double random_normal(struct random_stream *stream);                   /* mean 0, sd 1 (GSL ziggurat) */
double random_exponential(struct random_stream *stream, double mean); /* mean > 0 */
/* Log-normal by the mean and sd of its values, mean > 0, sd >= 0. */
double random_log_normal(struct random_stream *stream, double mean, double sd);
uint64_t random_below(struct random_stream *stream, uint64_t bound); /* [0, bound), bound >= 1, unbiased */

/* A gsl_rng that draws from `stream`; valid as long as both live. */
gsl_rng random_gsl(struct random_stream *stream);

#endif
