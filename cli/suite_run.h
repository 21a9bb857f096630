/* suite_run.h - a plan is run, scenario by scenario on several threads, and judged. */
#ifndef SELFHEAL_CLI_SUITE_RUN_H
#define SELFHEAL_CLI_SUITE_RUN_H

#include "cli/suite_plan.h"
#include "reports/suite.h"

struct suite_run_options {
    const char *folder; /* each scenario's run goes to folder/NAME */
    uint32_t jobs;      /* scenarios at once; results do not change */
    bool fail_fast;     /* what comes after the first miss, in the suite's order, is not run */
    void (*told)(const struct suite_case *item, void *context); /* in order, as soon as known; or NULL */
    void *context;
};

/* NULL with messages when a scenario could not be run. */
struct suite *suite_run(const struct suite_plan *plan, const struct suite_run_options *options,
                        struct error_list *errors);

#endif
