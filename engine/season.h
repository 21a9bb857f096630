/* season.h - what a series does at this time of its day, or of its own period.
 *
 * Per series a profile of SEASON_BINS bins over one period, and over the day an
 * offset per weekday. The period is a day until the data say otherwise: a history of
 * block means, which covers all of the past at a resolution that halves when it is
 * full, is put through an FFT; where its autocorrelation has a clear peak at another
 * lag and the day explains nothing, that lag becomes the period (Wiener-Khinchin; the
 * peak is refined by a parabola). Searches are spread over frames.
 *
 * What has been seen once may have been chance: a sample is expected between the slow level and
 * the profile, the nearer to the profile the more periods it has seen (n / (n + doubt), as
 * the mean of n of a random effect is shrunk; Robinson 1991, "That BLUP is a good thing", Stat.
 * Sci. 6).
 *
 * A profile counts only while it predicts no worse than the slow level does, but for
 * the noise it has itself: both errors are followed, and where the profile misleads
 * there is no seasonal residual.
 */
#ifndef SELFHEAL_ENGINE_SEASON_H
#define SELFHEAL_ENGINE_SEASON_H

#include "engine/memory.h"
#include "engine/time.h"
#include "engine/tuning.h"

#include <stdbool.h>
#include <stddef.h>

enum { SEASON_BINS = 96, SEASON_HISTORY = 128, SEASON_WEEKDAYS = 7 };

struct season;

/* `tuning` is borrowed. NULL when out of memory. */
struct season *season_create(const struct season_tuning *tuning, size_t count);
void season_destroy(struct season *season); /* NULL is fine */

void season_memory(const struct season *season, struct memory *memory); /* adds what it holds */

/* Before the series of a frame: works out what all have in common at `now`. */
void season_frame_begin(struct season *season, heal_time now);

/* One sample `value` of `series`, whose slow level before it was `level`. Learns from
 * it; true when its profile may be heeded: *residual is then how far the
 * sample lies off what is expected, *smooth the same over the last two dozen samples. */
bool season_take(struct season *season, size_t series, float value, float level, float *residual, float *smooth);

/* After the series of a frame: takes them into the history, and goes on searching.
 * values[i] NaN is no sample. */
void season_frame_end(struct season *season, const double *values);

/* How many samples were held against the profile that the series has now. */
float season_samples(const struct season *season, size_t series);
heal_duration season_period(const struct season *season, size_t series); /* > 0 */
bool season_helps(const struct season *season, size_t series); /* the profile is clearly better than the level */

/* What the profile of the day expects at `at`, by time and weekday; NaN where it does not
 * help, where the period is another, or where that time was not met yet. */
double season_expected(const struct season *season, size_t series, heal_time at);

#endif
