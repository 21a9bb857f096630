/* spread.h - is it one member's trouble, or its workload's?
 *
 * The first thing that a person looks at when a pod is in trouble: how are the others?
 * A spinning thread, a worn proxy or a slow node makes one pod sick; a limit that is
 * too tight, a bad revision or more work makes them all. Taken from one frame: the
 * other members of the workload that have the same metric are sick when their value
 * is nearer to the sick one's than to their own median. No limit is asked for, so it
 * holds for thresholds and baselines alike, and before holds are over. A member whose
 * median is not known yet is judged by the rule's limits.
 */
#ifndef SELFHEAL_ENGINE_SPREAD_H
#define SELFHEAL_ENGINE_SPREAD_H

#include "engine/dependents.h"
#include "engine/detector.h"
#include "engine/issue.h"

/* Of `series`, which is at `value` in trouble, in a frame with one value per series
 * (NaN: no sample). MANY when half or more of the other members are sick too, or when
 * its resource has members itself; UNKNOWN where it has no workload or no other member
 * has a sample. */
enum issue_spread spread_of(const struct detector *detector, const struct inventory *inventory,
                            const struct dependents *dependents, const double *frame, uint32_t series, double value);

#endif
