/* expectation.h - what a scenario promises, one line of text each.
 *
 *   METRIC < VALUE [with 95%]            mttr_seconds.p95 < 5m
 *   health.overall >= 70 always          the lowest score of a run; also health.COMPONENT
 *   EVENT within SPAN                    after the onset of each fault that fits
 *   EVENT within SPAN of SPAN            in that time of each run, from its start
 *   EVENT                                at least once in each run
 *   never EVENT
 *   order ACTION then ACTION ...         on one resource none before the one ahead of it
 *
 * EVENT is issue(type=T, resource=GLOB, severity=S) or action(KIND, resource=GLOB);
 * what is left out fits any. Comparisons: < <= > >= ==. Values: 5m, 0.05, 5%.
 *
 * A mean or a rate says with `with 95%` that its interval must lie on the right
 * side of the bound; without, the figure itself is compared. A statement about
 * runs must hold in every replication, or `in 90%` of them, again `with` a
 * confidence. A figure without a sample, an interval across the bound, a
 * statement that no replication can answer: that is "can't tell", not a pass.
 */
#ifndef SELFHEAL_REPORTS_EXPECTATION_H
#define SELFHEAL_REPORTS_EXPECTATION_H

#include "engine/action.h"
#include "engine/arena.h"
#include "engine/error.h"
#include "engine/issue.h"
#include "engine/time.h"
#include "reports/metric.h"

enum expectation_kind { EXPECT_FIGURE, EXPECT_HEALTH, EXPECT_EVENT, EXPECT_NEVER, EXPECT_ORDER };
enum relation_sign { COMPARE_LESS, COMPARE_LESS_EQUAL, COMPARE_MORE, COMPARE_MORE_EQUAL, COMPARE_EQUAL };

enum { EXPECTATION_STEPS_MAX = 8 };

struct event_pattern {
    bool action;            /* else an issue */
    enum issue_type type;   /* ISSUE_NONE: any */
    enum severity severity; /* SEVERITY_COUNT: any */
    enum action_kind kind;  /* ACTION_KIND_COUNT: any */
    const char *resource;   /* glob; NULL: any */
};

struct expectation {
    enum expectation_kind kind;
    const char *text;                                   /* as written */
    uint32_t line;                                      /* in the scenario file */
    struct metric metric;                               /* EXPECT_FIGURE */
    enum relation_sign comparison;                         /* EXPECT_FIGURE, EXPECT_HEALTH */
    double bound;                                       /* seconds, share or number */
    enum component component;                           /* EXPECT_HEALTH; COMPONENT_COUNT: overall */
    struct event_pattern events[EXPECTATION_STEPS_MAX]; /* EXPECT_EVENT, NEVER: one; ORDER: 2 and more */
    size_t event_count;
    heal_duration within; /* EXPECT_EVENT: 0: any time */
    bool from_start;      /* `within` counts from `from`, not from a fault's onset */
    heal_duration from;
    double share;      /* of the replications, 0 < s <= 1 */
    double confidence; /* 0: none asked for */
};

/* Reads `text`, which must outlive *out, as `field` at file:line. Globs are copied
 * into `arena`. False with a message. */
bool expectation_parse(const char *text, const char *file, uint32_t line, const char *field, struct arena *arena,
                       struct expectation *out, struct error_list *errors);

bool comparison_holds(enum relation_sign comparison, double value, double bound); /* false for NaN */

#endif
