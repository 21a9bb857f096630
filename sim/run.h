/* run.h - N replications on one or many threads, told in one order.
 *
 * Each replication is a pure function of its number; threads only decide who
 * computes it. Records reach the consumer on the caller's thread, replication
 * after replication, so whatever it makes of them is the same on any number of
 * threads. The one that is next in order is told while it still runs: a killed
 * run has handed over what it had decided.
 */
#ifndef SELFHEAL_SIM_RUN_H
#define SELFHEAL_SIM_RUN_H

#include "sim/world.h"

struct run_consumer {
    void *context;
    /* Each returns false to stop the run. */
    bool (*begin)(void *context, uint32_t replication);
    bool (*record)(void *context, const struct run_record *record);
    bool (*end)(void *context, uint32_t replication, const struct world_counts *counts);
    /* Called now and then, between records: a chance to flush and to show how far
     * it is. `done` is the share of the run, 0 .. 1. May be NULL. */
    bool (*breathe)(void *context, double done);
};

struct run_config {
    struct world_config world; /* `replication` and `plot_buckets` are set per replication: plots of number 0 alone */
    const struct frame_supply *supply;
    uint32_t first;        /* number of the first replication: goes on where an earlier call ended */
    uint32_t replications; /* >= 1 */
    uint32_t threads;      /* >= 1 */
};

enum run_end { RUN_DONE, RUN_STOPPED, RUN_OUT_OF_MEMORY };

enum run_end run_replications(const struct run_config *config, const struct run_consumer *consumer);

#endif
