/* scenario_parts.h - the lists of scenario and catalogue files, each read by a
 * file of its own.
 *
 * Used by scenario_file.c, fault_file.c and their parts only. Each reads its
 * field of `reader`, keeps what it needs in `arena`, and notes every fault.
 */
#ifndef SELFHEAL_SIM_SCENARIO_PARTS_H
#define SELFHEAL_SIM_SCENARIO_PARTS_H

#include "engine/document.h"
#include "sim/scenario.h"

enum { SCENARIO_SPAN_DAYS_MAX = 3650 };
#define SCENARIO_SPAN_MAX (SCENARIO_SPAN_DAYS_MAX * HEAL_DAY)
#define SCENARIO_VALUE_MAX 1e18 /* of levels, bends and limits, either way */

/* `bends:`, 0 .. BENDS_MAX of them; returns how many. */
size_t bends_read(struct reader *reader, struct arena *arena, struct bend bends[BENDS_MAX]);

/* `strains:`, knobs as sim/cluster.h names them. */
void strains_read(struct reader *reader, struct arena *arena, struct strains *strains);

/* `faults:` of a scenario, into scenario->faults; durations are read before. */
void fault_specs_read(struct reader *root, const struct fault_catalogue *catalogue, struct scenario *scenario);

/* `resources:` and `topology:`. Checks ids, that none is there twice, and that
 * all of them fit an inventory. */
void resources_read(struct reader *root, struct scenario *scenario);

/* {mean, sd} as durations, a log-normal's own mean and sd; false when absent or wrong. */
bool log_normal_read(struct reader *reader, double *mean_seconds, double *sd_seconds);

#endif
