/* fault_plan.h - the faults of one replication: drawn beforehand, struck, cured.
 *
 * Everything about a fault but its cure is drawn before the first frame, each
 * fault line from streams of its own, so what the healer does changes nothing in
 * what strikes. Times are instants of the run.
 */
#ifndef SELFHEAL_SIM_FAULT_PLAN_H
#define SELFHEAL_SIM_FAULT_PLAN_H

#include "engine/error.h"
#include "engine/inventory.h"
#include "sim/run_record.h"
#include "sim/scenario.h"

enum fault_state {
    FAULT_PLANNED,
    FAULT_ACTIVE,
    FAULT_RELIEVED, /* gone for a while, its cause stands */
    FAULT_FADING,   /* cured, the signal is on its way back */
    FAULT_OVER,
};

struct bent_series {
    uint32_t series; /* of the inventory, or of the knobs */
    const struct bend *bend;
    double magnitude;
};

struct fault {
    const struct fault_spec *spec;
    const struct cause *cause;
    uint32_t target;
    uint32_t place; /* where the trouble really is: the target or, of a strain, what its first knob belongs to */
    heal_time onset;
    struct bent_series *series;
    size_t series_count;
    bool strains;        /* the series are knobs of the cluster that the target lies in */
    heal_duration lasts; /* 0: stands until cured */
    uint32_t leader;     /* the fault of the plan that it follows, or FAULT_NONE */
    bool worsened;
    enum fault_state state;
    heal_time since;          /* the bends' age counts from here; HEAL_TIME_NEVER: nothing shows */
    heal_time relieved_until; /* RELIEVED only */
    heal_time cured_at;       /* HEAL_TIME_NEVER */
    enum fault_end ended_by;
    enum action_kind cured_by; /* ACTION_KIND_COUNT: by no action */
    uint64_t cured_in;         /* the remediation that it was part of */
};

#define FAULT_NONE UINT32_MAX

struct fault_plan {
    struct arena *arena;
    struct fault *faults; /* in the order of the scenario's lines, then of onset */
    size_t count, capacity;
};

/* Draws the faults with an onset in [start, start + duration), however many:
 * fault_plan_check keeps their expected number within FAULTS_MAX. NULL when out of
 * memory. A line whose target or metric is nowhere in `inventory` gives none. `knobs`
 * (cluster_describe) are those of the scenario's cluster, or NULL: a target with a
 * knob that the cause turns is strained, any other is bent. */
struct fault_plan *fault_plan_create(const struct scenario *scenario, const struct inventory *inventory,
                                     const struct inventory *knobs, heal_time start, heal_duration duration,
                                     uint32_t replication);
void fault_plan_destroy(struct fault_plan *plan); /* NULL is fine */

/* Each line must name a target with a series that its bends meet or a knob that it
 * turns, and all lines together at most FAULTS_MAX faults in `duration`, by their
 * expected number; notes what does not. */
bool fault_plan_check(const struct scenario *scenario, const struct inventory *inventory, const struct inventory *knobs,
                      heal_duration duration, struct error_list *errors);

/* --- the course of one fault, fault_course.c --------------------------------- */

/* Bends the values of the fault's series (or knobs) as they are at `now`. */
void fault_bend(const struct fault *fault, heal_time now, double *values);

/* When a flapping fault that stands hides or shows next, after `after`; HEAL_TIME_NEVER: it does not. */
heal_time fault_next_flap(const struct fault *fault, heal_time after);

/* Takes in that `kind` was done, as part of `remediation`, to something related to
 * the target. Returns what became of the fault. Each relieving action relieves for
 * the cause's `relief` from `now` on; a strained fault is relieved by the model and
 * not here. The inverse of what cured it brings it back when the same remediation
 * does it (another's replica taken away is not this one's), unless the fault or what
 * caused it would be gone by itself by now. */
enum fault_effect { FAULT_UNTOUCHED, FAULT_CURE_STARTS, FAULT_RELIEF_STARTS, FAULT_CURE_UNDONE };
enum fault_effect fault_take_action(struct fault *fault, enum action_kind kind, uint64_t remediation, heal_time now);

void fault_strike(struct fault *fault, heal_time now);
/* `action` of `remediation` cured it; ACTION_KIND_COUNT and 0 when nobody's action did. */
void fault_cure(struct fault *fault, heal_time now, enum fault_end by, enum action_kind action, uint64_t remediation);
bool fault_is_felt(const struct fault *fault);                       /* active or relieved: its cause stands */
bool fault_relief_is_over(const struct fault *fault, heal_time now); /* relieved, and long enough */

#endif
