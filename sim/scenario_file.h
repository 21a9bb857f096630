/* scenario_file.h - scenarios and the fault catalogue from their documents.
 *
 * JSON Schemas: scenarios/schema/scenario.schema.json and faults.schema.json.
 */
#ifndef SELFHEAL_SIM_SCENARIO_FILE_H
#define SELFHEAL_SIM_SCENARIO_FILE_H

#include "engine/document.h"
#include "sim/scenario.h"

/* Each notes every fault of its document and returns NULL when there was one.
 * The results copy what they keep. `catalogue` is borrowed for the scenario's
 * life: its fault kinds point into it. */
struct fault_catalogue *fault_catalogue_from_document(const struct document *document, struct error_list *errors);
struct scenario *scenario_from_document(const struct document *document, const struct fault_catalogue *catalogue,
                                        struct error_list *errors);

/* The scenario's `faults:` line of the command line: KIND:TARGET@ONSET[+LASTS],
 * `cpu-stress:pod/shop/web-*@10m+5m`. Appends to *specs in `arena`; false with a
 * message that names the argument. */
bool fault_spec_parse(const char *argument, const struct fault_catalogue *catalogue, struct arena *arena,
                      struct fault_spec *out, struct error_list *errors);

/* Reads only where the catalogue and the policy are (`faults_catalogue:`,
 * `policy:`), so that the caller can load them first; silent about all else.
 * Texts live in the document. */
void scenario_paths(const struct document *document, const char **policy_path, const char **catalogue_path);

#endif
