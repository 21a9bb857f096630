/* comparison.h - two results side by side: what is better, worse, or cannot be told.
 *
 * Two runs of one scenario and seed had the same faults, so they are compared in
 * pairs: times fault by fault, what counts events replication by replication; the
 * interval is Student's on the mean difference, which takes away what both have
 * in common. Where only figures are at hand (a committed summary.json) or the
 * faults differ, the difference of the two figures is judged instead: Welch
 * (1947) for means, Newcombe (1998, method 10) for rates.
 *
 * A change counts as better or worse when its 95 % interval leaves out zero. What
 * it means for the verdict is said by limits: per metric a weight, and how much
 * worse is a warning or a failure, as a share of A's figure or in its own unit.
 */
#ifndef SELFHEAL_REPORTS_COMPARISON_H
#define SELFHEAL_REPORTS_COMPARISON_H

#include "engine/arena.h"
#include "engine/error.h"
#include "reports/chart.h"
#include "reports/metric.h"
#include "reports/run_data.h"

#include <stdio.h>

enum change { CHANGE_BETTER, CHANGE_WORSE, CHANGE_SAME, CHANGE_UNKNOWN, CHANGE_COUNT };
const char *change_name(enum change change); /* "better", "worse", "same", "can't tell" */
enum grade { GRADE_PASS, GRADE_WARNING, GRADE_FAIL };
const char *grade_name(enum grade grade);

struct limit {
    struct metric metric;
    double weight;     /* 0: shown, and no part of the verdict */
    double warn, fail; /* worse by more than this; warn <= fail; INFINITY: never */
    bool relative;     /* to A's figure */
};

struct limits {
    const struct limit *items;
    size_t count;
};
/* What is compared when nobody says otherwise: worse at all is a warning, by more
 * than a tenth a failure. Static. */
struct limits limits_default(void);

/* One side of one scenario. */
struct compared {
    const char *name; /* the scenario's */
    const cJSON *summary;
    const struct run_data *data; /* NULL: only figures are at hand */
    const char *database;        /* its path, or NULL */
};

struct difference {
    struct limit limit;
    double a, b;        /* figures of either side; NaN: none */
    double change;      /* b - a, of pairs where there are; NaN: none */
    double interval[2]; /* 95 %, of the change; NaN where there is none */
    size_t pairs;       /* 0: not in pairs */
    enum change verdict;
    enum grade grade;
};

/* Where the decisions of two runs first differ. */
struct parting {
    bool known, differs;
    char at[HEAL_TIME_TEXT];
    const char *before; /* the last decision that both made, in the arena */
    const char *a, *b;  /* what each decided then */
    uint64_t alike;     /* decisions before it */
};

struct scenario_comparison {
    const char *name;
    struct difference *differences; /* one per limit */
    size_t count;
    bool paired;
    struct parting parting;
};

struct comparison {
    struct arena *arena;
    const char *a, *b; /* as named */
    struct scenario_comparison *scenarios;
    size_t count;
    const char **unpaired; /* scenarios that only one side has */
    size_t unpaired_count;
    const struct drawings *drawings; /* of comparison_draw, for the HTML page; NULL: none */
    enum grade grade;
    double score; /* weighted share of points lost: 0 all pass, 1 all fail */
};

/* Compares scenarios of the same name. NULL with messages. */
struct comparison *comparison_make(const char *a_name, const struct compared *a, size_t a_count, const char *b_name,
                                   const struct compared *b, size_t b_count, const struct limits *limits,
                                   struct error_list *errors);
void comparison_destroy(struct comparison *comparison);

/* One metric of two results; for comparison_make and its tests. */
struct difference difference_of(const struct compared *a, const struct compared *b, const struct limit *limit);

/* The plot of the page: every change, in percent of A's figure. False with messages. */
bool comparison_draw(const struct comparison *comparison, const struct chart_options *options,
                     struct drawings *drawings, struct error_list *errors);

void comparison_write_lines(const struct comparison *comparison, FILE *out);
void comparison_write_page(const struct comparison *comparison, FILE *out); /* HTML */
void comparison_write_markdown(const struct comparison *comparison, FILE *out);
char *comparison_json(const struct comparison *comparison); /* the caller frees */

#endif
