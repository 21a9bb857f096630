/* live_bed.h - a whole live process within a test, on the test's clock. */
#ifndef SELFHEAL_TESTS_DRIVEN_LIVE_BED_H
#define SELFHEAL_TESTS_DRIVEN_LIVE_BED_H

#include <stdbool.h>
#include <stdint.h>

enum { LIVE_BED_TEXT = 65536 };

struct live_bed;
/* Starts with this policy and this configuration, both YAML, in a folder of its own;
 * `data:` and `api:` are given to it. Fails the test when it cannot. The first call has to
 * be made while the test has one thread, or live_bed_block before. */
struct live_bed *live_bed_start(const char *policy, const char *config);
void live_bed_block(void);                /* the signals that end it, for threads that begin before it */
void live_bed_stop(struct live_bed *bed); /* fails the test when it did not end well; the folder goes */
const char *live_bed_folder(const struct live_bed *bed);

/* The body of a page of its API ("/ready"); its status. */
unsigned live_bed_get(const struct live_bed *bed, const char *path, char out[LIVE_BED_TEXT]);
/* The value of a metric, with its labels as they stand; NaN: there is none. */
double live_bed_metric(const struct live_bed *bed, const char *name);
/* Waits `seconds` of real time at most until the page holds the text. */
bool live_bed_until(const struct live_bed *bed, const char *path, const char *text, int seconds);
/* The same for metric == value. */
bool live_bed_until_metric(const struct live_bed *bed, const char *name, double value, int seconds);
/* An integer by SQL from its database. */
int64_t live_bed_count(const struct live_bed *bed, const char *sql);
/* Whether it said so on stderr. */
bool live_bed_said(const struct live_bed *bed, const char *text);

#endif
