/* study.h - a search for better settings: what may vary, what is wanted, how to look.
 *
 * A candidate is one value per parameter, as YAML text. It is evaluated in rounds:
 * a round is a seed, the same for all candidates (common random numbers), so that
 * candidates are compared in pairs. Candidate 0 is what the files say as they are;
 * scores are relative to it: the weighted sum of its objectives' relative changes,
 * lower is better, 0 is no change.
 */
#ifndef SELFHEAL_REPORTS_STUDY_H
#define SELFHEAL_REPORTS_STUDY_H

#include "engine/arena.h"
#include "engine/document.h"
#include "reports/expectation.h"
#include "reports/metric.h"

enum { STUDY_PARAMETERS_MAX = 32, STUDY_METRICS_MAX = 16, STUDY_CHOICES_MAX = 64 };

enum study_unit { STUDY_NUMBER, STUDY_INTEGER, STUDY_DURATION, STUDY_SIZE };

struct study_parameter {
    const char *path; /* "policy.rules[high_cpu].hold", "scenario.resources[pod/shop/web].count" */
    uint32_t line;
    const char *choices[STUDY_CHOICES_MAX]; /* as YAML text; choice_count 0: a range */
    size_t choice_count;
    enum study_unit unit;
    double low, high; /* durations in seconds, sizes in bytes; low < high */
    bool log;         /* even in the logarithm, low > 0 */
};

struct study_goal {
    struct metric metric;
    bool constraint;
    bool maximise;           /* objectives */
    double weight;           /* objectives, > 0 */
    enum relation_sign sign; /* constraints */
    double bound;
    const char *text;
};

enum study_method { STUDY_SOBOL, STUDY_RANDOM, STUDY_GRID };

struct study {
    struct arena *arena;
    const char *file, *name, *description;
    const char *policy_path; /* NULL: each scenario's own base is the built-in default */
    const char **scenarios;
    size_t scenario_count;
    struct study_parameter *parameters;
    size_t parameter_count;
    struct study_goal goals[STUDY_METRICS_MAX]; /* objectives first */
    size_t goal_count, objective_count;
    enum study_method method;
    uint32_t candidates; /* of the first design, 1 .. 10000; a grid has its own number */
    uint32_t grid;       /* points of a range in a grid, 2 .. 100 */
    uint32_t refine;     /* candidates that Nelder-Mead may add */
    int64_t seed;
    uint32_t rounds, first; /* at most, and before any candidate is dropped */
    uint32_t replications;  /* of each scenario in a round */
    uint32_t fresh;         /* rounds on fresh seeds for the winner */
    uint32_t evaluations;   /* stop after; 0: no limit */
    heal_duration time;     /* stop after; 0: no limit */
};

/* NULL with messages. */
struct study *study_read(const struct document *document, struct error_list *errors);
void study_destroy(struct study *study);

/* --- candidates ----------------------------------------------------------------- */

/* The value at `x` in [0, 1] as YAML text, in `arena`; NULL when out of memory. */
const char *study_value(const struct study_parameter *parameter, double x, struct arena *arena);
/* Point `index` of the first design, x[parameter_count] in [0, 1]; false past its end. */
struct study_design;
struct study_design *study_design_create(const struct study *study);
bool study_design_next(struct study_design *design, double *x);
void study_design_destroy(struct study_design *design);

/* --- judging -------------------------------------------------------------------- */

/* Values of one candidate: [round][goal], NaN where there is no figure. */
struct study_values {
    const double *values;
    uint32_t rounds;
};
double study_mean(const struct study_values *values, size_t goals, size_t goal); /* NaN: none */
/* How one round changed against the base's same round. */
double study_score(const struct study *study, const double *values, const double *base);
/* Constraints that the means of the rounds break. */
size_t study_violations(const struct study *study, const struct study_values *values);
struct study_interval {
    double mean, low, high; /* low, high: NaN below two rounds */
    size_t n;
};
/* Mean of b's scores less a's, round by round, with Student's interval. */
struct study_interval study_duel(const struct study *study, const struct study_values *a, const struct study_values *b,
                                 const struct study_values *base);
/* Of one goal: its mean over rounds (base NULL) or its mean change against base. */
struct study_interval study_estimate(const struct study *study, const struct study_values *values,
                                     const struct study_values *base, size_t goal);

#endif
