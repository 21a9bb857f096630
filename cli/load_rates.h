/* load_rates.h - requests as recorded: the traces that a cluster's loads name. */
#ifndef SELFHEAL_CLI_LOAD_RATES_H
#define SELFHEAL_CLI_LOAD_RATES_H

#include "engine/error.h"
#include "sim/cluster_spec.h"

/* Reads the trace of each load that has its rate from one into the load's curve, in
 * `arena`. Paths are beside the file `beside`, which holds the loads under `field`
 * ("cluster.load"). Every fault is noted: what is wrong with a trace, with its own file
 * and line; a series that it does not have or that is no rate, at the load's line. */
void load_rates(struct cluster_spec *spec, const char *beside, const char *field, struct arena *arena,
                struct error_list *errors);

#endif
