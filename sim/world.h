/* world.h - one replication: the simulated world around one engine.
 *
 * Healthy frames come from a source; the scenario's faults bend them; the engine
 * sees the result and acts; an action that meets a fault's hidden cause lets the
 * signal come back. People who are paged come and repair. Everything that
 * happens is an event in one queue, so a replication is a pure function of
 * (scenario, policy, frames, seed, replication).
 *
 * Streams: each fault line draws its onsets, targets, causes and magnitudes, each
 * (target, action) its durations and outcomes, each resource its operators, all
 * by name: with and without a healer the same faults strike.
 */
#ifndef SELFHEAL_SIM_WORLD_H
#define SELFHEAL_SIM_WORLD_H

#include "engine/error.h"
#include "engine/policy.h"
#include "sim/frame_source.h"
#include "sim/run_record.h"
#include "sim/scenario.h"

#include <stdatomic.h>

struct world_config {
    const struct scenario *scenario;         /* seed, faults, operators */
    const struct fault_catalogue *catalogue; /* how actions go */
    const struct policy *policy;
    const struct inventory *inventory; /* frozen */
    const struct inventory *knobs;     /* of the scenario's cluster, frozen; NULL: none */
    bool complaints_only;              /* nobody gets pages; people hear from users */
    heal_time start;                   /* of the frames */
    heal_duration duration;
    uint32_t replication;
    const unsigned char *knowledge; /* odds to begin with (engine/knowledge.h), sound; NULL: the policy's priors */
    size_t knowledge_length;
    size_t plot_buckets;     /* per series; 0: none */
    const atomic_bool *stop; /* set by whoever wants no more of it; looked at before each event; NULL: nobody */
};

struct world_counts {
    uint64_t frames;
    uint64_t samples;
    uint64_t events;
};

/* Runs one replication to its end; records go to `sink` as they happen. False
 * when out of memory. */
bool world_run(const struct world_config *config, struct frame_source *source, struct record_sink sink,
               struct world_counts *counts);

#endif
