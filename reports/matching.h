/* matching.h - which issues tell of which faults.
 *
 * An issue matches a fault of its replication when it opened in [onset, until],
 * its type is the fault's (any where the fault names none) and its resource is
 * the fault's or one edge of the topology away from it. The first issue to match
 * a fault detects it; further ones are neither hits nor false alarms.
 *
 * A sweep over time: faults come in by onset into one list per resource and go
 * when their time is over, so an issue looks only at what is active around it.
 */
#ifndef SELFHEAL_REPORTS_MATCHING_H
#define SELFHEAL_REPORTS_MATCHING_H

#include "engine/inventory.h"
#include "engine/issue.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATCH_NONE SIZE_MAX

struct match_fault {
    int64_t id; /* of its row */
    uint32_t replication;
    uint32_t resource; /* RESOURCE_NONE: not watched, so nothing matches; or `anywhere` */
    bool anywhere;     /* the truth names no resource: one of any matches */
    bool counted;      /* false: a suspect */
    bool by_operator;  /* an operator ended it; not used to match */
    enum issue_type type;
    heal_time onset;
    heal_time end;   /* HEAL_TIME_NEVER: lasted beyond the run */
    heal_time until; /* >= end: an issue may open until then */

    size_t issue;        /* out: the first to match, or MATCH_NONE */
    heal_time recovered; /* out: verified recovery (below), or HEAL_TIME_NEVER */
    bool seen_good;      /* out: `recovered` was seen at or after the end */
};

enum verdict {
    VERDICT_FALSE,   /* matches no fault */
    VERDICT_HIT,     /* matches a counted fault */
    VERDICT_SUSPECT, /* matches suspects only: left out of the rates */
    VERDICT_CONSEQUENCE, /* a fault brought it about (consequence.h): neither a hit nor false */
};

struct match_issue {
    int64_t id;
    uint32_t replication;
    uint32_t resource;
    enum issue_type type;
    heal_time opened_at;
    const heal_time *good; /* when the signal was seen to be good: verified or closed; ascending */
    size_t good_count;
    heal_time closed_at; /* HEAL_TIME_NEVER: open to the end; not used to match */
    uint32_t series;     /* that told of it, or SERIES_NONE; not used to match */

    enum verdict verdict; /* out */
    size_t fault;         /* out: the first fault matched, a counted one if there is any, or MATCH_NONE */
};

struct match_edge {
    uint32_t a, b; /* resources, < resource_count */
};

/* Fills the `out` fields. Faults must be in order of (replication, onset), issues
 * of (replication, opened_at). Verified recovery is the first time at or after
 * the fault's real end at which a matching issue was good; the end itself where
 * all such times lie before it; never where the fault did not end or no matching
 * issue was ever good. False when out of memory. */
bool matching_run(struct match_fault *faults, size_t fault_count, struct match_issue *issues, size_t issue_count,
                  const struct match_edge *edges, size_t edge_count, size_t resource_count);

#endif
