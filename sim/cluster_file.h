/* cluster_file.h - the `cluster:` of a scenario file.
 *
 * Fields, units and defaults: docs/cluster.md. Each wrong field is noted with its
 * line; so is a name that names nothing, an id that is there twice, a call that
 * comes back to its caller, and an opening state that the nodes have no room for.
 */
#ifndef SELFHEAL_SIM_CLUSTER_FILE_H
#define SELFHEAL_SIM_CLUSTER_FILE_H

#include "engine/document.h"
#include "sim/cluster_spec.h"

/* A cluster that scenarios share, in a file of its own; NULL with messages. */
struct cluster_spec *cluster_from_document(const struct document *document, struct arena *arena,
                                           struct error_list *errors);

/* Of a scenario that has it within itself. Into `arena`; NULL where the file has none, or memory is out (noted). */
struct cluster_spec *cluster_read(struct reader *root, struct arena *arena);

#endif
