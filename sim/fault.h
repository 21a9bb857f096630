/* fault.h - what the simulator breaks, and the hidden cause that decides the cure.
 *
 * A fault kind says how the metrics of its target bend and which causes can be
 * behind it. A cause says which actions cure it and which only relieve it for a
 * while. The engine never sees a cause: it sees bent metrics, acts, and the
 * signal comes back or it does not. Success rates come out of that.
 * The catalogue is a file, scenarios/faults.yaml, with the source of each entry.
 */
#ifndef SELFHEAL_SIM_FAULT_H
#define SELFHEAL_SIM_FAULT_H

#include "engine/action.h"
#include "engine/arena.h"
#include "engine/issue.h"
#include "engine/time.h"
#include "sim/log_normal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENDS_MAX = 8, STRAINS_MAX = 6, CAUSES_MAX = 16, FAULT_KINDS_MAX = 256, FAULTS_MAX = 4096 };

/* What happens to a value x of the series from the onset on; `age` is the time
 * since the onset, `over` the bend's own span, m its magnitude. */
enum bend_shape {
    BEND_STEP,        /* to m at once */
    BEND_RAMP,        /* from x to m in a straight line over `over`, then m */
    BEND_SPIKE,       /* x + m at the onset, falling back to x over `over` */
    BEND_LEAK,        /* x + m per hour of age; a restart starts the leak anew */
    BEND_DROP_OUT,    /* no sample */
    BEND_LEVEL_SHIFT, /* x + m */
    BEND_SCALE,       /* x * m */
    BEND_SHAPE_COUNT
};
const char *bend_shape_name(enum bend_shape shape); /* "step", "level_shift", ... */

/* Whose knob a strain turns: the target's, or that of what it hangs on, where it
 * has such a one. */
enum strain_place { STRAIN_AT_TARGET, STRAIN_AT_OWNER, STRAIN_AT_NODE, STRAIN_AT_ZONE, STRAIN_PLACE_COUNT };
const char *strain_place_name(enum strain_place place); /* "target", "owner", "node", "zone" */

struct bend {
    const char *metric; /* glob over the metric part of the target's series; of a strain, over its knobs */
    enum bend_shape shape;
    double magnitude;
    double jitter;           /* sd of a normal factor on the magnitude, drawn once per fault; 0 .. 1 */
    heal_duration over;      /* RAMP, SPIKE: > 0 */
    double low, high;        /* the bent value is kept in [low, high]; -INFINITY, INFINITY for none */
    bool callers;            /* bends the links that call the target instead of the target */
    enum strain_place place; /* of a strain only: where the knob is */
    bool below;              /* bends what runs on the target, is owned by it or mounts it, instead of the target */
};

/* The bent value. x may be NaN (stays NaN). Pure. */
double bend_apply(const struct bend *bend, double magnitude, double x, heal_duration age);

/* On a target of a simulated cluster a fault turns knobs (sim/cluster.h) instead of
 * bending what is seen: its strains, bends of a knob's neutral value. The cause's
 * own, or the kind's. What relieves then follows from the model and not from the
 * catalogue: `removed_by` alone takes the strain away. */
struct strains {
    struct bend items[STRAINS_MAX];
    size_t count;
};

struct cause {
    const char *name;
    double weight; /* > 0; the distribution over the kind's causes */
    struct strains strains;
    bool removed_by[ACTION_KIND_COUNT];  /* `cures` where the file does not say */
    heal_duration strain_lasts;          /* the strain goes away by itself after this; 0: never */
    bool in_process;                     /* the strain lies in the process: gone when a new one has started */
    bool worsened_by[ACTION_KIND_COUNT]; /* makes it `worse` times as strong, once */
    double worse;                        /* >= 1 */
    bool cures[ACTION_KIND_COUNT];
    bool relieves[ACTION_KIND_COUNT]; /* gone for `relief`, then back */
    heal_duration relief;
    heal_duration cure_delay; /* from the action's end to the signal's way back */
    heal_duration passes;     /* this long after the onset a cure may be taken back and nothing returns; 0: never */
};

/* How it is told that a fault in a simulated cluster is over: by what users feel. */
enum oracle {
    ORACLE_USERS,           /* latency and errors within what they were promised (SLO) */
    ORACLE_SPACE,           /* used_ratio under 0.95 */
    ORACLE_DAYS,            /* at least 14 days left */
    ORACLE_VULNERABILITIES, /* none that can be reached */
    ORACLE_DRIFT,           /* as desired */
    ORACLE_COUNT
};
const char *oracle_name(enum oracle oracle); /* "users", "space", ... */

struct fault_kind {
    const char *name;           /* "cpu-stress", Chaos Mesh's word */
    const char *const *aliases; /* LitmusChaos' and data sets' words */
    size_t alias_count;
    const char *source;    /* where the figures come from */
    enum issue_type issue; /* what a healer should call it */
    struct bend bends[BENDS_MAX];
    size_t bend_count;
    struct strains strains;
    enum oracle oracle; /* by the issue's type where the file does not say */
    struct cause causes[CAUSES_MAX];
    size_t cause_count;     /* >= 1 */
    heal_duration recovery; /* the bend fades over this after the cure, >= 0 */
};

/* How the world runs one kind of action. */
struct action_model {
    double mean_seconds, sd_seconds; /* log-normal with this mean and sd; sd 0: constant */
    double failure;                  /* probability of FAILED: answer comes, nothing changed */
    double lost;                     /* probability that it is done and the answer never comes */
    double partial;                  /* probability of FAILED though it is done: some of its parts said no */
    double slow;                     /* probability that it takes SLOW_FACTOR times as long */
};
enum { SLOW_FACTOR = 10 };

struct fault_catalogue {
    struct arena *arena;
    struct fault_kind *kinds;
    size_t kind_count;
    struct action_model actions[ACTION_KIND_COUNT];
};
void fault_catalogue_destroy(struct fault_catalogue *catalogue); /* NULL is fine */
/* By name or alias; NULL when there is none. */
const struct fault_kind *fault_kind_find(const struct fault_catalogue *catalogue, const char *name);

enum onset_kind {
    ONSET_AT,       /* once, `at` after the start */
    ONSET_PERIODIC, /* at `at`, then every `every` */
    ONSET_POISSON,  /* at the rate of one per `every` on average, from `at` on */
    ONSET_LISTED,   /* at each of `times` */
    ONSET_AFTER,    /* `at` after each onset of the line named `after`, if that one still stands then */
};

/* A line of a scenario's `faults:`; stands for one or many faults. */
struct fault_spec {
    const struct fault_kind *kind;
    const char *target; /* glob over resource ids; one is drawn per occurrence */
    enum onset_kind onset;
    heal_duration at;
    heal_duration every;
    const heal_duration *times; /* LISTED: after the start, ascending */
    size_t time_count;
    const char
        *times_path;     /* a labels file: `at`, and as long behind it as each incident began behind the first; NULL */
    const char *name;    /* that other lines may say `after`; NULL */
    uint32_t after;      /* AFTER: the line that it follows, an earlier one */
    double probability;  /* of each onset, 0 .. 1; 0: sure */
    uint32_t together;   /* targets struck at once, drawn without repeats; 0: one */
    heal_duration lasts; /* ends by itself after this; 0: stands until cured */
    struct log_normal lasts_drawn;      /* where the span is drawn; mean 0: `lasts` */
    heal_duration shows_for, hides_for; /* flapping: shows, hides, shows; 0: shows all the time */
    double severity;                    /* times the magnitudes; a gray failure has less than 1; 0: 1 */
    const char *cause;                  /* NULL: drawn */
    struct bend bends[BENDS_MAX];       /* bend_count 0: the kind's */
    size_t bend_count;
    uint32_t line; /* in the scenario file, for messages */
};

#endif
