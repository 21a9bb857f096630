/* fuzz_scenario.c - any bytes as a scenario file, and as a fault on the command
 * line. The catalogue is a small one of two kinds. */
#include "cli/yaml.h"
#include "sim/scenario_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char CATALOGUE[] =
    "actions: {default: {mean: 1s}}\n"
    "faults:\n"
    "  - {name: cpu-stress, aliases: [pod-cpu-hog], issue: high_cpu, source: s,\n"
    "     bends: [{metric: 'cpu*', shape: ramp, magnitude: 1, over: 1m}, {metric: '*', shape: drop_out}],\n"
    "     causes: [{name: loop, cures: [restart_pod]}]}\n"
    "  - {name: step, issue: none, source: s, bends: [{metric: '*', shape: step, magnitude: 1}],\n"
    "     causes: [{name: any}]}\n";

static void read_argument(const uint8_t *data, size_t size, const struct fault_catalogue *catalogue,
                          struct error_list *errors)
{
    struct fault_spec spec;
    struct arena *arena = arena_create();
    char *argument = arena_text(arena, (const char *)data, size);
    if (fault_spec_parse(argument, catalogue, arena, &spec, errors) && !spec.kind)
        abort();
    arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error_list *errors = calloc(1, sizeof *errors);
    struct document *words = yaml_parse("catalogue", CATALOGUE, strlen(CATALOGUE), errors);
    struct fault_catalogue *catalogue = words ? fault_catalogue_from_document(words, errors) : NULL;
    if (!catalogue)
        abort();
    struct document *document = yaml_parse("fuzz.yaml", (const char *)data, size, errors);
    if (document) {
        const char *policy, *faults;
        scenario_paths(document, &policy, &faults);
        struct scenario *scenario = scenario_from_document(document, catalogue, errors);
        if (!scenario && errors->count == 0)
            abort(); /* refused without a reason */
        scenario_destroy(scenario);
    }
    read_argument(data, size, catalogue, errors);
    document_destroy(document);
    fault_catalogue_destroy(catalogue);
    document_destroy(words);
    error_list_clear(errors);
    free(errors);
    return 0;
}
