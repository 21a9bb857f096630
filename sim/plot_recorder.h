/* plot_recorder.h - what a report draws: lowest and highest value per bucket of time.
 *
 * Which series matter is known only at the end, so all are kept, in constant
 * memory: the number of buckets shrinks with the number of series. Bucket-major,
 * so that one frame touches one straight piece of memory.
 */
#ifndef SELFHEAL_SIM_PLOT_RECORDER_H
#define SELFHEAL_SIM_PLOT_RECORDER_H

#include "sim/run_record.h"

struct plot_recorder;

/* At most `buckets` (>= 1) of equal length over [start, start + duration) for
 * `series` series, fewer when they would need over 64 MiB. NULL when out of memory. */
struct plot_recorder *plot_recorder_create(size_t series, size_t buckets, heal_time start, heal_duration duration);
void plot_recorder_destroy(struct plot_recorder *recorder); /* NULL is fine */

void plot_recorder_frame(struct plot_recorder *recorder, heal_time now, const double *values);
void plot_recorder_mark(struct plot_recorder *recorder, uint32_t series); /* this one matters */

/* Tells the marked series to `sink`, at most `most` of them, in order of series. */
void plot_recorder_tell(const struct plot_recorder *recorder, size_t most, struct record_sink sink);

#endif
