/* sensitivity.h - how a suite's figures move when the world is another than was assumed.
 *
 * Weights of causes, the times of people and the times of actions are judgement where no
 * source was found (scenarios/faults.yaml). So the suite is run again with each of them
 * bent by half and double, in memory:
 *
 *   causes    each weight to the power of 1/2 (the mix more even) and of 2 (the commonest
 *             cause commoner): the ratio of any two weights halves and doubles on a log scale
 *   people    mean and sd of acknowledging, diagnosing and repairing
 *   actions   mean and sd of every action's duration
 *
 * Seeds stay: the same faults strike at the same instants, and whatever is drawn besides
 * is drawn from the same numbers. A change's interval is of pairs (reports/pool.h).
 */
#ifndef SELFHEAL_CLI_SENSITIVITY_H
#define SELFHEAL_CLI_SENSITIVITY_H

#include "cli/suite_run.h"

/* Bends the bundle's causes, people and actions; `saved` takes what they were. For
 * sensitivity_run and its tests. */
struct bent_world {
    double cause_power, people, actions; /* 1: as it is */
};
struct saved_world;
struct saved_world *world_bend(struct bundle *bundle, const struct bent_world *how); /* NULL: out of memory */
void world_restore(struct bundle *bundle, struct saved_world *saved);                /* frees it */

/* Runs the variations of `plan`, whose results are `suite` (measured), into
 * options->folder/sensitivity and puts them into the suite. `plan` is as before
 * afterwards. False with messages. */
bool sensitivity_run(struct suite_plan *plan, const struct suite_run_options *options, struct suite *suite,
                     struct error_list *errors);

#endif
