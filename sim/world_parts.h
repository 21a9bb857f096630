/* world_parts.h - one replication's inside, shared by its files and no other.
 *
 * world.c          the loop: frames, timers, what comes next
 * world_faults.c   faults strike, are cured, are felt (the oracle)
 * world_actions.c  the engine's actions: how long, how they end, what they meet
 * world_people.c   people: called, at work, tired
 */
#ifndef SELFHEAL_SIM_WORLD_PARTS_H
#define SELFHEAL_SIM_WORLD_PARTS_H

#include "engine/engine.h"
#include "sim/cluster.h"
#include "sim/event_queue.h"
#include "sim/fault_plan.h"
#include "sim/plot_recorder.h"
#include "sim/streams.h"
#include "sim/world.h"

enum event_kind {
    EVENT_FRAME,
    EVENT_FAULT_ONSET,      /* index: fault */
    EVENT_FAULT_OWN_END,    /* index: fault */
    EVENT_FAULT_CURE,       /* index: cure */
    EVENT_FAULT_RELIEF_END, /* index: fault */
    EVENT_FAULT_FADED,      /* index: fault */
    EVENT_ACTION_END,       /* index: action in flight */
    EVENT_OPERATOR_ARRIVES, /* index: call */
    EVENT_OPERATOR_DONE,    /* index: call */
    EVENT_COMPLAINT,        /* index: fault */
    EVENT_PAGE_REPEATS,     /* index: alarm */
    EVENT_ENGINE_TIMER,
};

/* What a stream is for, beside an action's kind. */
enum { STREAM_ACKNOWLEDGE = ACTION_KIND_COUNT, STREAM_REPAIR, STREAM_DIAGNOSE, STREAM_MISSED, STREAM_COMPLAINT };

/* Small things that events name by index. A slot that was given back is taken
 * again before the list grows; order comes from the queue, never from an index. */
struct list {
    void *items;
    size_t count, capacity; /* slots that were ever taken; room */
    uint32_t *spare;        /* slots given back, the last one on top; `capacity` of room */
    size_t spare_count;
};

/* What users feel of one fault. */
struct watch {
    bool felt;            /* users of its target hurt now, whoever it is by */
    bool hurts, hurt;     /* by it: now; ever */
    bool settled;         /* its end is known and nothing changes it any more */
    bool complained;      /* somebody was told of it, or is about to be, since it began to hurt */
    heal_time well_since; /* HEAL_TIME_NEVER: hurts, or not looked at yet */
    heal_time end;        /* HEAL_TIME_NEVER: not over */
    enum fault_end ended_by;
    enum fault_end helped; /* who did something to it last: FAULT_STANDS for nobody */
};

struct world {
    const struct world_config *config;
    struct record_sink sink;
    struct frame_source *source;
    struct engine *engine;
    struct cluster *cluster; /* NULL: none */
    struct event_queue *queue;
    struct fault_plan *plan;
    struct watch *watches; /* one per fault */
    struct plot_recorder *plot;
    struct stream_book streams;
    struct list flights, cures, calls, alarms;
    const double *frame; /* the next, not yet shown */
    double *bent;        /* a frame as bent by faults; the last one shown, where it keeps state */
    bool keeps_state;    /* some series tells a limit, replicas or a size */
    uint32_t *struck;    /* the faults that are active, relieved or fading, in order of the plan */
    size_t struck_count;
    uint8_t *looked_at;  /* by resource: what a person sees from where they were called */
    size_t at_work;      /* people, on a call each */
    uint64_t call_count; /* ever */
    double fatigue;      /* pages in memory, as of fatigue_at */
    heal_time fatigue_at;
    heal_time now, end, timer, framed_at; /* framed_at: the last frame's; HEAL_TIME_NEVER before the first */
    struct cluster_totals totals_then; /* at the end of the warm-up */
    double pages, people_seconds, hurt_seconds;
    struct world_counts counts;
    bool out_of_memory;
};

/* A slot and its index; the slot is good until the next take. NULL: out of memory, noted. */
void *world_take(struct world *world, struct list *list, size_t size, uint32_t *index);
void world_give_back(struct list *list, uint32_t index);
void world_schedule(struct world *world, heal_time at, enum event_kind kind, size_t index);
heal_duration world_seconds(double value); /* at most a billion */
/* A draw's stream of (resource, purpose); NULL: out of memory, noted. */
struct random_stream *world_stream(struct world *world, uint32_t resource, uint32_t what, const char *purpose);

/* --- world_faults.c --------------------------------------------------------- */
void world_strike(struct world *world, uint32_t fault);
void world_cure(struct world *world, size_t fault, enum fault_end by, enum action_kind action, uint64_t remediation);
void world_end_cure(struct world *world, uint32_t cure);
void world_relief_ends(struct world *world, uint32_t fault);
void world_fault_faded(struct world *world, uint32_t fault);
/* An action was done to something: what it cures, relieves or undoes. True when a fault of a cluster's was touched. */
bool world_action_meets_faults(struct world *world, const struct action *action);
/* What is done to `resource` reaches the fault: it is the fault's target or place, or one edge away. */
bool world_is_near(const struct world *world, uint32_t resource, const struct fault *fault);
/* The cluster goes on to now, with the knobs of the struck faults. `values`: of the frame;
 * NULL: before a fault turns knobs or an action does something, so that it does so from
 * its own instant on. */
void world_go_on(struct world *world, double *values);
/* Bends the frame by what is struck outside of a cluster. */
void world_bend_frame(struct world *world);
/* Looks what users feel, after a frame. `passed`: since the last one. */
void world_look_at_faults(struct world *world, heal_duration passed);
void world_tell_faults(struct world *world);

/* --- world_actions.c -------------------------------------------------------- */
void world_start_action(void *context, heal_time now, const struct action *action); /* the engine's port */
void world_end_action(struct world *world, uint32_t flight);
bool world_tells_state(const char *metric); /* such as some action changes */

/* --- world_people.c --------------------------------------------------------- */
void world_page(struct world *world, const struct action *action);
void world_page_repeats(struct world *world, uint32_t alarm);
void world_issue_closed(struct world *world, uint64_t issue);
void world_complain(struct world *world, uint32_t fault); /* users begin to suffer */
void world_complaint_arrives(struct world *world, uint32_t fault);
void world_operator_arrives(struct world *world, uint32_t call);
void world_operator_done(struct world *world, uint32_t call);

#endif
