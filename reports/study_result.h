/* study_result.h - what a study found, and its pages. */
#ifndef SELFHEAL_REPORTS_STUDY_RESULT_H
#define SELFHEAL_REPORTS_STUDY_RESULT_H

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
    const char *stopped_by;            /* static: "all rounds done", "certainty", "evaluations", "time" */
};

struct study_values study_values_of(const struct study_result *result, size_t candidate);
size_t study_best(const struct study_result *result, bool alive_only); /* fewest violations, then lowest score */
void study_mark_front(struct study_result *result);
/* The share of the variance of a goal's means that the parameter explains, 0 .. 1: the
 * correlation ratio (Pearson 1905) over its choices, or over five bins of its range.
 * NaN with fewer than three candidates or no variance. */
double study_sensitivity(const struct study_result *result, size_t parameter, size_t goal);

void study_write_lines(const struct study_result *result, FILE *out);
void study_write_csv(const struct study_result *result, FILE *out);
void study_write_page(const struct study_result *result, FILE *out);
void study_write_markdown(const struct study_result *result, FILE *out);
char *study_json(const struct study_result *result); /* the caller frees */

#endif
