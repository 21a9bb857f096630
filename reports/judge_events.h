/* judge_events.h - in how many replications a statement about events holds. For judge.c. */
#ifndef SELFHEAL_REPORTS_JUDGE_EVENTS_H
#define SELFHEAL_REPORTS_JUDGE_EVENTS_H

#include "reports/judge.h"

struct event_tally {
    uint32_t judged, held; /* replications that can answer, and those that say yes */
    uint32_t missed_in;    /* the first that says no */
    heal_time missed_at;   /* where in it; HEAL_TIME_NEVER: nowhere */
    char first_miss[160];  /* the same in words */
    const char *nothing;   /* static: why no replication can answer */
};

bool events_tally(const struct judged_run *run, const struct expectation *expectation, struct event_tally *out,
                  struct error_list *errors);

#endif
