/* suite_plan.h - a suite put together: which scenarios, read and ready to run.
 *
 * SUITE is a suite file, a folder with a suite.yaml or of scenarios, or one
 * scenario. Every file is read before anything runs or is written; with shards,
 * only this shard's scenarios are read beyond their names.
 */
#ifndef SELFHEAL_CLI_SUITE_PLAN_H
#define SELFHEAL_CLI_SUITE_PLAN_H

#include "cli/load.h"
#include "cli/options.h"
#include "reports/target.h"

#include <stdint.h>

struct suite_choice {
    const struct option_list *filter; /* globs over scenario names; empty: all */
    const char *policy;               /* over the suite's and the scenarios' own; NULL: theirs */
    struct option_number seed, replications;
    uint32_t shard, shards; /* 1 .. shards; 1, 1: all */
};

struct planned_case {
    char *path;
    char *name;
    bool mine; /* of this shard: `bundle` is read */
    struct bundle bundle;
};

struct suite_plan {
    struct arena *arena;
    const char *name, *source;
    char fingerprint[65];       /* SHA-256 over what shards must have in common */
    struct planned_case *cases; /* in the order of the suite, filtered */
    size_t case_count;
    struct target *targets; /* of the suite file, in the arena */
    size_t target_count;
    struct suite_choice choice;
};

/* False with messages; clear in any case. */
bool suite_plan_read(struct suite_plan *plan, const char *path, const struct suite_choice *choice,
                     struct error_list *errors);
void suite_plan_clear(struct suite_plan *plan);

#endif
