/* consequence.h - issues that a fault brought about, though they are not its own.
 *
 * In a simulated cluster faults spread: a lost index fills the callers' pools, a leak
 * ends in a kill. An issue that matches no fault by type and resource (matching.h) is
 * a consequence, and neither a hit nor a false alarm, when it opened while a fault
 * stood on something that its resource depends on, however far down: what it calls,
 * runs on or mounts; a workload and its pods depend on each other, a link on both its ends.
 */
#ifndef SELFHEAL_REPORTS_CONSEQUENCE_H
#define SELFHEAL_REPORTS_CONSEQUENCE_H

#include "reports/matching.h"

struct depends_edge {
    uint32_t source, target; /* source depends on target; resources, < resource_count */
};

/* After matching_run, with its faults and issues: turns VERDICT_FALSE into
 * VERDICT_CONSEQUENCE; a fault that no issue matched is detected by its first
 * consequence, whatever that one took it for. False when out of memory. */
bool consequence_run(struct match_fault *faults, size_t fault_count, struct match_issue *issues, size_t issue_count,
                     const struct depends_edge *edges, size_t edge_count, size_t resource_count);

#endif
