/* run_record.h - all that a replication tells the outside, in the order it happened. */
#ifndef SELFHEAL_SIM_RUN_RECORD_H
#define SELFHEAL_SIM_RUN_RECORD_H

#include "engine/journal.h"

enum fault_end { FAULT_STANDS, FAULT_ENDED_BY_REMEDIATION, FAULT_ENDED_BY_OPERATOR, FAULT_ENDED_BY_ITSELF };

/* The truth of one fault, told when its replication ends. */
struct fault_record {
    const char *kind;  /* borrowed from the catalogue */
    const char *cause; /* likewise */
    enum issue_type type;
    uint32_t resource;
    heal_time onset;
    heal_time end; /* the signal is whole again, or in a cluster users feel nothing of it; HEAL_TIME_NEVER while not */
    heal_time gone; /* its cause is gone: at `end` or, in a cluster, before or after it; HEAL_TIME_NEVER: stands */
    bool hurt;      /* users felt it */
    enum fault_end ended_by;
};

struct operator_record {
    bool repair; /* false: a page */
    uint32_t resource;
    heal_time at, ended_at;
};

/* The lowest and highest value that a series showed in one bucket of time. */
struct plot_record {
    uint32_t series;
    heal_time at;
    float low, high;
};

/* One sum over a replication, told when it ends. */
struct total_record {
    const char *name; /* static: "requests_offered", "cost_people", ... */
    double value;
};

/* What a replication learned beyond what it began with, told when it ends: one for
 * each strategy and cause signature (-1: at large) that has something; both counts
 * faded to the replication's end. Those of all replications add up. */
struct learned_record {
    uint32_t strategy;
    int signature;
    double success, failure;
};

struct run_record {
    enum {
        RECORD_DECISION,
        RECORD_FAULT,
        RECORD_OPERATOR,
        RECORD_PLOT,
        RECORD_TOTAL,
        RECORD_LEARNED
    } kind;
    union {
        struct decision decision;
        struct fault_record fault;
        struct operator_record operator;
        struct plot_record plot;
        struct total_record total;
        struct learned_record learned;
    };
};

struct record_sink {
    void *context;
    void (*put)(void *context, const struct run_record *record);
};

#endif
