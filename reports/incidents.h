/* incidents.h - how well issues tell of labelled faults.
 *
 * Stricter than matching.h. A fault is *detected* when an issue of its type opens (or
 * comes back) on the right resource within a given time of the onset: the resource
 * itself, or, for network_latency, a link into it. An issue that is on no faulty
 * resource, nor one edge away from one, while the fault lasts and for the grace after
 * it, is *false*; one that only a suspect explains counts for nothing.
 */
#ifndef SELFHEAL_REPORTS_INCIDENTS_H
#define SELFHEAL_REPORTS_INCIDENTS_H

#include "engine/inventory.h"
#include "engine/issue.h"
#include "engine/time.h"

#include <stdbool.h>
#include <stddef.h>

struct incident {
    uint32_t resource;    /* RESOURCE_NONE: not watched */
    enum issue_type type; /* that it should be called; ISSUE_NONE: any */
    bool counted;         /* false: a suspect */
    heal_time onset, end;

    size_t episode; /* out: the first of the right type on the right resource in time, or SIZE_MAX */
    size_t any;     /* out: the first episode on or beside it of whatever type, or SIZE_MAX */
};

struct episode {
    heal_time at;
    uint32_t resource;
    enum issue_type type;
    bool is_false;   /* out */
    bool on_suspect; /* out: a suspect alone explains it */
};

/* Fills the `out` fields. Episodes ascend in time. */
void incidents_match(struct incident *incidents, size_t incident_count, struct episode *episodes, size_t episode_count,
                     const struct inventory *inventory, heal_duration within, heal_duration grace);

#endif
