/* nab.h - how the Numenta Anomaly Benchmark scores a detector.
 *
 * Lavin and Ahmad 2015, "Evaluating real-time anomaly detection algorithms", sec. III,
 * and the benchmark's own code: the first 15 % of a file (750 samples at most) are
 * probation; the earliest alarm in a labelled window earns by a scaled sigmoid of how
 * early it is; an alarm outside costs by how far it is behind the last window; a
 * window without an alarm costs a whole. One threshold, the best for the profile, is
 * chosen over all files; 100 is a perfect detector, 0 one that never fires.
 */
#ifndef SELFHEAL_REPORTS_NAB_H
#define SELFHEAL_REPORTS_NAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum nab_profile { NAB_STANDARD, NAB_LOW_FALSE_POSITIVES, NAB_LOW_FALSE_NEGATIVES, NAB_PROFILE_COUNT };
const char *nab_profile_name(enum nab_profile profile); /* "standard", ... */

struct nab_window {
    size_t first, last; /* samples, both inside; ascending, apart */
};
struct nab_file {
    const double *score; /* per sample; the higher the more anomalous */
    size_t count;
    const struct nab_window *windows;
    size_t window_count;
};

/* The first sample that counts. */
size_t nab_probation(size_t count);

/* NaN when out of memory or when no file has a window. *threshold (may be NULL) is the
 * score that alarms had to reach; infinity when no alarm at all is best. */
double nab_score(const struct nab_file *files, size_t count, enum nab_profile profile, double *threshold);

/* The same with a given threshold. */
double nab_score_at(const struct nab_file *files, size_t count, enum nab_profile profile, double threshold);

size_t nab_windows(const struct nab_file *files, size_t count); /* of all files together */

/* The same before it is divided by the windows of the files, and so to be summed over files: in
 * windows, what alarms earn less what they cost. Files without windows can only cost. */
double nab_earned_at(const struct nab_file *files, size_t count, enum nab_profile profile, double threshold);

/* What a threshold finds: windows with an alarm, alarms inside windows and outside,
 * and delays in samples from a window's start to its first alarm. */
struct nab_hits {
    size_t windows, found, inside, outside, samples; /* samples outside windows and probation */
    double delay_mean, delay_p95;                    /* in samples, of the found; NaN where none is, or memory is out */
};
struct nab_hits nab_hits_at(const struct nab_file *files, size_t count, double threshold);

#endif
