/* until.h - replications until a figure is as sure as asked.
 *
 * A goal is written METRIC WIDTH [with CONFIDENCE]: 'mttr_seconds.mean ±5%',
 * 'availability +-0.001', 'by_type.disk_full.mttr_seconds ±30s with 99%'. The width is
 * half of the interval: a share of the figure, a span for times, a number in the
 * figure's unit for others. What the interval is: reports/precision.h.
 *
 * Replications come in batches, UNTIL_BATCH or a quarter of what there is, and goals
 * are looked at between batches alone: where it stops depends on the figures and on
 * nothing else, so it is the same on any number of threads. To look again and again
 * makes the interval a little too sure; that is small from the first batch on, which
 * has UNTIL_BATCH replications at least (Law 2015, sec. 9.4.1).
 */
#ifndef SELFHEAL_CLI_UNTIL_H
#define SELFHEAL_CLI_UNTIL_H

#include "cli/recording.h"
#include "reports/precision.h"

enum { UNTIL_BATCH = 10, UNTIL_GOALS = 32, UNTIL_TEXT = 512 };

struct until_goal {
    const char *text; /* as written; borrowed */
    struct metric metric;
    bool relative;
    double width; /* > 0; relative: a share of the figure */
    double confidence;
    struct precision reached; /* out */
};

/* Reads a goal. False with a message in `message`, without the option's name. */
bool until_parse(const char *text, struct until_goal *goal, char message[UNTIL_TEXT]);

/* Replications in the next batch, `done` being over; at least `least` in the first. */
uint32_t until_next_batch(uint32_t done, uint32_t least, uint32_t most);

bool until_reached(const struct until_goal *goal);
/* One line on how a goal came out: reached, how wide it is, and what it would take. */
char *until_describe(const struct until_goal *goal, char text[UNTIL_TEXT]);

/* Runs those of the arms that belong to the bundle into `folder` until all goals are reached or `most` replications
 * are over; at least the scenario's number. *reached says which. False with messages. */
bool until_run(const struct bundle *bundle, const char *folder, const struct arm arms[HEALER_COUNT],
               struct until_goal *goals, size_t count, uint32_t most, bool *reached, struct error_list *errors);

#endif
