/* load.h - the files that a command names, read and put together.
 *
 * Paths in a scenario or a policy are relative to that file's folder. All
 * functions note every fault in `errors` and give NULL or false then.
 */
#ifndef SELFHEAL_CLI_LOAD_H
#define SELFHEAL_CLI_LOAD_H

#include "engine/document.h"
#include "engine/error.h"
#include "engine/policy.h"
#include "replay/labels.h"
#include "replay/trace.h"
#include "reports/expectation.h"
#include "sim/scenario.h"

/* `path` as written in the file `beside`, joined; absolute paths stay. NULL
 * `path` gives NULL. The caller frees. */
char *path_beside(const char *beside, const char *path);
/* "dir/demo.labels.csv" -> "demo.labels"; in `text`, cut to size. */
const char *path_stem(const char *path, char *text, size_t size);

/* NULL: the built-in default. A file's `base:` is read first. LEARNING_MODE=false in
 * the environment switches `learning` off. */
struct policy *load_policy(const char *path, struct error_list *errors);
/* NULL: the built-in catalogue. */
struct fault_catalogue *load_catalogue(const char *path, struct error_list *errors);

/* A scenario and all it names. Zero-initialise; clear with bundle_clear. */
struct bundle {
    struct policy *policy;
    struct fault_catalogue *catalogue;
    struct scenario *scenario;
    struct trace *trace;         /* or NULL */
    struct inventory *inventory; /* frozen: the trace's series first, then the made ones, then the cluster's */
    struct inventory *knobs;     /* of the scenario's cluster, frozen; NULL: none */
    struct labels labels, suspects;
    struct expectation *expectations; /* the scenario's `expect:`, in its arena */
    size_t expectation_count;
    heal_time start;
    heal_duration duration;
};
void bundle_clear(struct bundle *bundle);

struct bundle_options {
    const char *policy; /* over the scenario's own; NULL: as it says */
    const char *catalogue;
    const char *labels, *suspects, *topology; /* replay only */
    const struct option_list *inject;         /* KIND:TARGET@ONSET[+LASTS]; NULL: none */
    heal_duration duration;                   /* 0: as it says */
    /* What the scenario's document, and that of a cluster in a file of its own, are before
     * they are read; takes them over. NULL: as they are. */
    struct document *(*amend)(struct document *document, bool cluster, const void *context, struct error_list *errors);
    const void *amend_context;
    bool pick_faults; /* no fault named: some that fit the trace, see load.c */
};

/* Reads the scenario file `path` and all it names. */
bool bundle_scenario(struct bundle *bundle, const char *path, const struct bundle_options *options,
                     struct error_list *errors);
/* Makes a scenario around the trace `path`: no operators, seed 1, one replication. */
bool bundle_trace(struct bundle *bundle, const char *path, const struct bundle_options *options,
                  struct error_list *errors);

#endif
