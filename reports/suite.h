/* suite.h - what came out of a suite: each scenario's figures and verdicts.
 *
 * Kept in one SQLite file (suite.db), and written out as lines, TAP, JUnit XML,
 * Markdown and HTML. No clock goes into any of it: the same suite gives the same
 * bytes, in one go or merged from shards.
 */
#ifndef SELFHEAL_REPORTS_SUITE_H
#define SELFHEAL_REPORTS_SUITE_H

#include "engine/arena.h"
#include "reports/chart.h"
#include "reports/judge.h"
#include "reports/pool.h"
#include "reports/target.h"

#include <stdio.h>

struct suite_check {
    const char *text; /* the expectation */
    uint32_t line;
    enum outcome outcome;
    const char *saw;
    const char *story; /* lines; "" where there is none */
};

/* Something that a policy has, and how often a scenario made use of it. */
enum use_kind { USE_ISSUE_TYPE, USE_STRATEGY, USE_ROLLBACK, USE_GATE, USE_KIND_COUNT };
const char *use_kind_name(enum use_kind kind); /* "issue type", "strategy", "rollback of", "gate" */
struct suite_use {
    enum use_kind kind;
    const char *name;
    uint64_t count; /* 0: never */
};

struct suite_case {
    uint32_t index; /* 0 .., its place in the suite */
    const char *name;
    const char *file;  /* as named */
    const char *rerun; /* the command that runs it again */
    uint64_t seed;
    uint32_t replications;
    enum outcome outcome; /* the worst of its checks; met where it has none */
    const char *digest;   /* "" where it was not run */
    const char *summary;  /* summary.json; "" where it was not run */
    struct suite_check *checks;
    size_t check_count;
    struct suite_use *uses; /* all that its policy has */
    size_t use_count;
    struct pool_sample *samples; /* of all its arms, where the suite has targets */
    size_t sample_count;
};

/* One figure in the arms, side by side. */
enum { SUITE_ARM_ROWS_MAX = 16 };
struct suite_arm_row {
    struct metric metric;
    double values[POOL_ARM_COUNT];       /* NaN: none */
    double differences[POOL_ARM_COUNT];  /* the engine's less that arm's */
    double intervals[POOL_ARM_COUNT][2]; /* 95 %, of the differences; NaN where there is none */
};

/* The targets once more with something changed (cli/sensitivity.h). */
struct suite_variation {
    const char *name;       /* "operators' times, half" */
    double *values;         /* by target */
    double *changes;        /* from the suite's own figure */
    double (*intervals)[2]; /* 95 %, of the changes; NaN where there is none */
};

struct suite {
    struct arena *arena; /* owns all texts and arrays */
    const char *name;
    const char *source;       /* the suite as a person named it */
    const char *fingerprint;  /* what shards must have in common */
    uint32_t total;           /* cases of the whole suite */
    uint32_t shard, shards;   /* 1 .. shards; 1, 1: all of it */
    struct suite_case *cases; /* by index */
    size_t case_count;
    const struct drawings *drawings; /* of suite_draw, for report.html; NULL: none */
    struct target *targets; /* what it sets itself to reach */
    size_t target_count;

    /* After suite_measure. */
    struct target_result *results; /* by target; NULL: not measured */
    struct suite_arm_row *arm_rows;
    size_t arm_row_count;
    struct suite_variation *variations; /* of who ran them */
    size_t variation_count;
};

struct suite_counts {
    size_t cases[OUTCOME_COUNT], checks[OUTCOME_COUNT];
};

struct suite *suite_create(void); /* NULL when out of memory */
void suite_destroy(struct suite *suite);

struct suite_counts suite_count(const struct suite *suite);
bool suite_passed(const struct suite *suite); /* every case met */

/* Every thing that some case's policy has, summed over the cases, by (kind, order of
 * first naming). False when out of memory; the caller frees *out. */
bool suite_coverage(const struct suite *suite, struct suite_use **out, size_t *count);

/* The file must not exist. False with a message. */
bool suite_save(const struct suite *suite, const char *path, struct error_list *errors);
struct suite *suite_load(const char *path, struct error_list *errors); /* NULL with a message */

/* Puts shards together. NULL with messages when they are not of one suite or do
 * not make up all of it. `paths` name them in messages. */
struct suite *suite_merge(struct suite *const *shards, const char *const *paths, size_t count,
                          struct error_list *errors);

/* The plots of the page: MTTR of every scenario; none of a shard. False with messages. */
bool suite_draw(const struct suite *suite, const struct chart_options *options, struct drawings *drawings,
                struct error_list *errors);
/* The samples of all cases in one pool; NULL when out of memory. The suite outlives it. */
struct pool *suite_pool(const struct suite *suite);
/* Measures the targets, and the arms beside each other; a suite without targets stays as
 * it is. False with a message. */
bool suite_measure(struct suite *suite, struct error_list *errors);
/* The first section of a page: the targets, why those not met are not, the arms, what
 * moves the figures. Nothing where nothing was measured. */
struct page;
void suite_page_targets(struct page *page, const struct suite *suite);
void suite_page_sensitivity(struct page *page, const struct suite *suite); /* its last part */
char *suite_tornado(const struct suite *suite); /* SVG; the caller frees; NULL when out of memory */
/* "targets", "arms", "sensitivity" into the object of suite_json. */
void suite_json_targets(cJSON *root, const struct suite *suite);

/* A line per case, the story of each miss below it. */
void suite_write_lines(const struct suite *suite, FILE *out);
void suite_write_tap(const struct suite *suite, FILE *out);      /* TAP version 14 */
void suite_write_junit(const struct suite *suite, FILE *out);    /* a testcase per expectation */
void suite_write_markdown(const struct suite *suite, FILE *out); /* a job summary */
void suite_write_page(const struct suite *suite, FILE *out);     /* report.html */
char *suite_json(const struct suite *suite);                     /* the caller frees; NULL when out of memory */

/* One case's line and stories, as suite_write_lines writes them. */
void suite_write_case(const struct suite_case *item, FILE *out);
void suite_write_totals(const struct suite *suite, FILE *out); /* the last line */

#endif
