/* decision_diff.h - every decision in which two runs over the same input differ.
 *
 * Issues opened and closed, remedies planned, actions started, put side by side by
 * replication and time. The same decision at another time within the hour is one
 * difference, not two.
 */
#ifndef SELFHEAL_REPORTS_DECISION_DIFF_H
#define SELFHEAL_REPORTS_DECISION_DIFF_H

#include "engine/arena.h"
#include "engine/error.h"
#include "engine/time.h"

#include <stdint.h>
#include <stdio.h>

struct decision_difference {
    uint32_t replication;
    const char *what;
    heal_duration a, b; /* into the run; HEAL_TIME_NEVER: not there */
};

/* How faults ended under B against A, fault by fault. */
struct incident_counts {
    uint64_t better, worse, same; /* recovered sooner, later, at once; or at all */
};

struct decision_diff {
    struct arena *arena;
    const char *a, *b;
    struct decision_difference *items; /* by replication and time */
    size_t count;
    uint64_t decisions_a, decisions_b, alike;
    bool paired; /* the same faults, and somebody heals: incidents are counted */
    struct incident_counts incidents;
};

/* Compares two run databases. NULL with messages. */
struct decision_diff *decision_diff_make(const char *a_name, const char *a_path, const char *b_name, const char *b_path,
                                         struct error_list *errors);
void decision_diff_destroy(struct decision_diff *diff);

void decision_diff_write_lines(const struct decision_diff *diff, FILE *out);
void decision_diff_write_page(const struct decision_diff *diff, FILE *out);
char *decision_diff_json(const struct decision_diff *diff); /* the caller frees */

#endif
