/* scenario.h - what is rehearsed: a world, what breaks in it, who heals it.
 *
 * All memory belongs to the scenario's arena. Paths are as written; whoever read
 * the file resolves them against the file's folder.
 */
#ifndef SELFHEAL_SIM_SCENARIO_H
#define SELFHEAL_SIM_SCENARIO_H

#include "engine/inventory.h"
#include "sim/cluster_spec.h"
#include "sim/fault.h"

/* People: paged, they acknowledge, look for the cause, repair. A page while many
 * came before it is answered late or missed (alert fatigue); at night all is slower. */
struct operators {
    bool present;
    struct log_normal acknowledge; /* page to hands on */
    struct log_normal diagnose;    /* hands on to cause known; mean 0: at once */
    struct log_normal repair;      /* cause known to repaired */
    uint32_t team;                 /* people who can work at once; more calls wait for one. 0: enough */
    heal_duration night_from, night_until; /* of the day, UTC; equal: no night */
    double night_factor;           /* times acknowledge, >= 1; 0: 1. Saturday and Sunday count as night */
    heal_duration fatigue_half_life; /* of the memory of pages; 0: nobody tires */
    double fatigue_per_page;       /* each page in memory adds this share to acknowledge */
    double missed_per_page;        /* and this to the probability that a page is missed, at most 0.9 */
    heal_duration escalate_after;  /* a missed page rings the next person after this */
    heal_duration repeat;          /* who is paged is paged again so long after, while the issue is open; 0: never */
    struct log_normal complaint;   /* users hurt to somebody told, where no alert is; mean 0: nobody complains */
};

/* What things cost, in one currency; what is not given costs nothing. */
struct costs {
    double pod_hour, node_hour;
    double page, people_hour;        /* per page; per hour of a person at work on a call */
    double failed_request, bad_minute; /* per request from outside that failed; per minute in which users
                                          of some resource were hurt by a fault (overlapping ones count each) */
};

/* A series made up: level + daily sine + AR(1) noise, kept in [low, high]. */
struct generated_series {
    double level;
    double daily;       /* amplitude of a 24 h sine, peak at 14:00 UTC */
    double noise;       /* sd of the noise */
    double correlation; /* of the noise from one frame to the next, 0 <= r < 1 */
    double low, high;
};

struct series_spec {
    const char *metric;
    const double *samples; /* hand-written (notation.h), one per frame, NaN after the last; or NULL */
    size_t sample_count;
    struct generated_series generated; /* where samples is NULL */
    uint32_t line;
};

/* `id` with `count` > 1 stands for id-1 .. id-count. */
struct resource_spec {
    const char *id;
    uint32_t count;       /* 1 .. 100000 */
    struct series_spec *series;
    size_t series_count;
    const char *owner;    /* resource ids or NULL */
    const char *node;
    uint32_t line;
};

struct edge_spec {
    const char *source;
    enum relation relation;
    const char *target;
    uint32_t line;
};

/* A line of `expect:`, as written; reports/expectation.h says what it means. */
struct expect_line {
    const char *text;
    uint32_t line;
};

struct scenario {
    struct arena *arena;
    const char *file; /* as read; messages name it */
    const char *name;
    const char *description;
    uint64_t seed;
    uint32_t replications;   /* 1 .. 1000000 */
    heal_time start;         /* of a made-up world; a trace has its own */
    heal_duration duration;  /* 0: the trace's or the longest hand-written series' */
    heal_duration warm_up;   /* no fault before it; >= 0 */
    const char *policy_path; /* NULL: built-in default */
    const char *faults_path; /* catalogue; NULL: built-in */
    const char *trace_path;  /* NULL: no trace */
    const char *labels_path;
    const char *suspects_path; /* labels that count neither as hits nor as false */
    const char *topology_path;
    struct resource_spec *resources;
    size_t resource_count;
    struct edge_spec *edges;
    size_t edge_count;
    struct fault_spec *faults;
    size_t fault_count;
    struct operators operators;
    struct costs costs;
    const char *cluster_path;     /* whoever read the file reads that one into `cluster`; NULL */
    struct cluster_spec *cluster; /* NULL: none, resources are series of their own */
    struct expect_line *expects;
    size_t expect_count;
};

void scenario_destroy(struct scenario *scenario); /* NULL is fine */

#endif
