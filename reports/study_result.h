/* study_result.h - what a study found, and its pages. */
#ifndef SELFHEAL_REPORTS_STUDY_RESULT_H
#define SELFHEAL_REPORTS_STUDY_RESULT_H

#include "reports/chart.h"
#include "reports/study.h"

#include <stdio.h>

struct study_candidate {
    const char *key;    /* "policy.scan_interval=10s ...": what it is known by; "as it is" for 0 */
    const char **texts; /* a value per parameter; NULL for candidate 0 */
    double *x;          /* the same in [0, 1]; NULL for candidate 0 */
    double *values;     /* [rounds][goal] */
    uint32_t rounds;    /* evaluated */
    bool dropped;       /* lost the race */
    bool refined;       /* Nelder-Mead asked for it */
    bool front;         /* no other is better in every objective */
};

struct study_result {
    const struct study *study;
    struct study_candidate *candidates; /* 0 is the base */
    size_t count;
    size_t winner;                     /* 0: nothing better was found */
    double *fresh_base, *fresh_winner; /* [fresh][goal]; NULL: not run */
    uint64_t evaluations;              /* the search came to */
    uint64_t made;                     /* now; the others were in the store */
    const struct drawings *drawings;   /* of study_draw, for the pages; NULL: none */
    const char *stopped_by;            /* static: "all rounds done", "certainty", "evaluations", "time" */
};

struct study_values study_values_of(const struct study_result *result, size_t candidate);
size_t study_best(const struct study_result *result, bool alive_only); /* fewest violations, then lowest score */
void study_mark_front(struct study_result *result);
/* The share of the variance of a goal's means that the parameter explains, 0 .. 1: the
 * correlation ratio (Pearson 1905) over its choices, or over five bins of its range.
 * NaN with fewer than three candidates or no variance. */
double study_sensitivity(const struct study_result *result, size_t parameter, size_t goal);

/* For each value of a parameter that was tried the best candidate with it (fewest
 * violations, then lowest score), by value. */
enum { STUDY_CURVE_MAX = 100 };
struct study_curve_point {
    const char *text;
    double value; /* as a number: cores, Mi, seconds; 1, 2, ... where one is no number */
    size_t candidate;
};
size_t study_curve(const struct study_result *result, size_t parameter, struct study_curve_point *out);
bool study_is_capacity(const struct study_parameter *parameter); /* of the scenario, not of the policy */

/* The plots of the pages: front, sensitivity, capacity curves. False with messages. */
bool study_draw(const struct study_result *result, const struct chart_options *options, struct drawings *drawings,
                struct error_list *errors);

void study_write_lines(const struct study_result *result, FILE *out);
void study_write_csv(const struct study_result *result, FILE *out);
void study_write_page(const struct study_result *result, FILE *out);
void study_write_markdown(const struct study_result *result, FILE *out);
char *study_json(const struct study_result *result); /* the caller frees */

#endif
