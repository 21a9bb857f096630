/* coverage.h - what of a policy a run made use of. For suites. */
#ifndef SELFHEAL_REPORTS_COVERAGE_H
#define SELFHEAL_REPORTS_COVERAGE_H

#include "engine/policy.h"
#include "reports/suite.h"

struct database;

/* Everything that `policy` has and how often the run in `database` used it, in the
 * policy's order; texts and array in `arena`. False with a message. */
bool coverage_read(struct database *database, const struct policy *policy, struct arena *arena, struct suite_use **out,
                   size_t *count, struct error_list *errors);

#endif
