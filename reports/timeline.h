/* timeline.h - what happened, row by row, in the order of time.
 *
 * Every fault, issue and remediation of all replications; the first `limit` of
 * them with their words, the others counted.
 */
#ifndef SELFHEAL_REPORTS_TIMELINE_H
#define SELFHEAL_REPORTS_TIMELINE_H

#include "reports/page.h"
#include "reports/run_data.h"

struct database;

struct timeline_row {
    const char *kind; /* "fault", "issue", "remediation" */
    enum page_tone tone;
    uint32_t replication;
    heal_time at;
    char *resource;
    char *what;
    char *outcome;
};

struct timeline {
    struct timeline_row *rows;
    size_t count;
    size_t left_out;
};

/* False with messages. */
bool timeline_read(struct timeline *timeline, struct database *database, const struct run_data *data, size_t limit,
                   struct error_list *errors);
void timeline_clear(struct timeline *timeline);

#endif
