/* postgres_plan.h - what an execution plan says about a missing index.
 *
 * Reads EXPLAIN (FORMAT JSON, VERBOSE). A table that is read from end to end (Seq
 * Scan) although a filter keeps little of it, or although a join wants little of it,
 * lacks an index on what it is filtered or joined by. Taken are the parts of a
 * condition that AND holds together and that a B-tree serves: column = x, = ANY (x),
 * < <= > >=, where x is no column of the same table. OR, functions of a column, LIKE,
 * <> and casts (but for varchar to text, which is none to an index) serve nothing.
 *
 * Whether the index would be used, only a new plan tells: these are candidates.
 */
#ifndef SELFHEAL_LIVE_POSTGRES_PLAN_H
#define SELFHEAL_LIVE_POSTGRES_PLAN_H

#include <stdbool.h>
#include <stddef.h>

enum { PLAN_NAME = 64, PLAN_COLUMNS = 8, PLAN_CANDIDATES = 8, PLAN_INDEX_COLUMNS = 3 };

struct plan_column {
    char name[PLAN_NAME];
    bool range;   /* compared by order, not by equality */
    bool as_text; /* cast to text: serves only a varchar */
};

struct plan_candidate {
    char schema[PLAN_NAME], table[PLAN_NAME];
    struct plan_column columns[PLAN_COLUMNS]; /* as they stand in the condition, none twice */
    size_t count;
    double rows; /* of the whole table that the planner thinks are wanted */
    double cost; /* of the scan, in the planner's unit */
};

struct plan {
    double cost;                                       /* of all of it */
    struct plan_candidate candidates[PLAN_CANDIDATES]; /* dearest scan first */
    size_t count;
};

/* False when `json` is no plan. */
bool plan_read(const char *json, struct plan *out);
/* Whether a scan of the plan uses the index of this name. */
bool plan_uses(const char *json, const char *index);

/* What the statistics say of a candidate's columns. */
struct plan_statistics {
    double tuples;                 /* rows of the table */
    double distinct[PLAN_COLUMNS]; /* values of each column; 0: not known */
};
/* The columns of the index, by their numbers in `candidate`: those compared by equality,
 * the one with most values first, until some ten rows would be left or two are taken;
 * then one that is compared by order, where rows are left. How many, at least 1. */
size_t plan_choose(const struct plan_candidate *candidate, const struct plan_statistics *statistics,
                   size_t chosen[PLAN_INDEX_COLUMNS]);

#endif
