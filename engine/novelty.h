/* novelty.h - how surprising is what a series does now, given all it has done.
 *
 * Each sample is looked at through NOVELTY_VIEWS residuals, from the single sample to
 * the mean of a few dozen, each against a longer past:
 *
 *   spike    the sample against the last 16 samples
 *   shift    the level: 48 against 320, and 16 against 1024, where a slow trend shows
 *   spread   the mean distance of a sample from the 16 before it, over 48 against
 *            1024: a change of variance, either way
 *   season   the sample, and the last two dozen, against this time of its day (season.h)
 *
 * The first shift and the spread can be cumulative sums instead (NOVELTY_CUSUM): of the
 * sample's distance from the mean of the last 320, and of how much larger than usual
 * that sample's distance from the 16 before it is, both in units of the mean distance,
 * cut off at 3 so that no single sample makes a change point; two-sided in one number
 * each (cusum.h), with half a sigma as allowance. Their tails are ranked like the others'.
 *
 * where "the last n" is an exponential mean that forgets with that time constant and
 * starts as a plain mean. Every residual has a tail on either side (tail.h) which
 * turns it into -ln p, in nats. The surprise is half the mean over the views, 0 for
 * those within their edge, and half the greatest: what several views agree on is worth
 * more than one view's record. No view assumes a shape, a scale or a unit.
 *
 * From surprise to a tail probability: novelty_probability. One episode is told once:
 * alarm_rests.
 *
 * Struct-of-arrays; blocks of series are worked on side by side, only samples beyond
 * an edge (one in four) take the slow path; the edges of the others shrink in
 * refits that are spread over frames. Constant memory (NOVELTY_BYTES per series and
 * the season's profile), no allocation after create, no libm in what decides.
 */
#ifndef SELFHEAL_ENGINE_NOVELTY_H
#define SELFHEAL_ENGINE_NOVELTY_H

#include "engine/memory.h"
#include "engine/season.h"
#include "engine/time.h"
#include "engine/tuning.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NOVELTY_VIEWS = 6,
    NOVELTY_MEANS = 6,
    NOVELTY_WARM_UP = 20,                                                   /* samples before the first verdict */
    NOVELTY_BYTES = NOVELTY_MEANS * 4 + 4 + 1 + NOVELTY_VIEWS * 2 * (4 + 8) /* for each series, apart from its season */
};

/* Parts, each of which can be left out to see what it earns. */
enum novelty_part {
    NOVELTY_SPIKE = 1,
    NOVELTY_SHIFT = 2,
    NOVELTY_SEASON = 4,
    NOVELTY_RANKS = 8,      /* off: a normal distribution's tails, fitted to the edge */
    NOVELTY_AGREEMENT = 16, /* off: the greatest alone */
    NOVELTY_REST = 32,      /* for who calls alarm_rests */
    NOVELTY_SPREAD = 64,
    NOVELTY_ALL = 127,
    NOVELTY_CUSUM = 128 /* on: change points instead of means that are held beside each other */
};

struct novelty;

/* `parts` of enum novelty_part; at least one view. `tuning` is borrowed. NULL when out of
 * memory or out of range (count 1 .. SERIES_MAX). The caller frees with destroy. */
struct novelty *novelty_create(const struct novelty_tuning *tuning, size_t count, unsigned parts);
void novelty_destroy(struct novelty *set); /* NULL is fine */

/* Judges a frame by the past before it, then takes it into the past: values[i]
 * belongs to series i, NaN is "no sample". Writes nats[i], the surprise, >= 0; 0 while
 * warming up and without a sample. `now` must not run backwards. */
void novelty_frame(struct novelty *set, heal_time now, const double *values, float *nats);

const float *novelty_seen(const struct novelty *set); /* samples so far, by series */
const struct season *novelty_season(const struct novelty *set);
void novelty_memory(const struct novelty *set, struct memory *memory); /* adds what it holds */

/* The probability of a surprise of at least `nats` in a sample of a series that is
 * quiet: 1 up to 0.8, then exp(0.8 - nats), as measured on independent samples of
 * normal, Laplace, Student t(3) and log-normal noise: down to 0.001 they come no more than
 * twice as often as said, and light tails come more seldom (novelty_test.c holds it to that). Two quiet samples in
 * three have no surprise at all. */
double novelty_probability(double nats);
/* The probability of a sample at least as unusual as this one in a series that is quiet,
 * over the whole range: its surprise says it in the twentieth that is the most unusual,
 * where novelty_probability is as good as its word; below, `rank` does, the share of
 * its own window that lies at least as far out (baseline_probability; NaN: not known),
 * on what is left. In (0, 1], and uniform on quiet data; NaN where `rank` is needed
 * and not known. */
double novelty_score(double nats, double rank);
#define NOVELTY_TAIL 0.05

/* The surprise of that probability, 0 < probability < 1: the other way round. */
double novelty_nats(double probability);

/* One series' episodes. Zero-initialise. */
struct alarm_rest {
    float hold;  /* the surprise that was told */
    float until; /* samples; 0: not resting */
};
/* True when a surprise at sample number `sample` (ascending) is news at the level
 * `alarm`: it reaches it, and nothing within the last tuning->rest samples was told
 * unless this is tuning->rest_factor times as surprising. Notes that it was told. */
bool alarm_rests(const struct novelty_tuning *tuning, struct alarm_rest *rest, float sample, float nats, float alarm);

#endif
