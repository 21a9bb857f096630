/* limits_file.h - how much worse is too much: a file beside a committed baseline.
 *
 *   metrics:
 *     - {metric: mttr_seconds, weight: 3, warn: 5%, fail: 20%}   # of the baseline's figure
 *     - {metric: false_positive_rate, warn: 0.01, fail: 0.05}    # in its own unit
 *     - {metric: mttr_seconds.p95, warn: 30s, fail: 2m}
 */
#ifndef SELFHEAL_REPORTS_LIMITS_FILE_H
#define SELFHEAL_REPORTS_LIMITS_FILE_H

#include "engine/document.h"
#include "reports/comparison.h"

/* Array in `arena`. False with messages. */
bool limits_read(const struct document *document, struct arena *arena, struct limits *out, struct error_list *errors);

#endif
