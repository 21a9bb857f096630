/* kube_plans.h - what of `kubernetes:` in a live configuration says how to change things.
 *
 *   patches: [{image: GLOB, fixed: IMAGE, staging: NAMESPACE}]
 *   jobs: [{action: clean_temp_files, target: GLOB, manifest: FILE}]
 *   manifests: DIR
 *   fallback_issuer: {kind: ClusterIssuer, name: NAME}
 *   lease: {namespace: NS, name: NAME, duration: 15s}
 *
 * Nothing of it is needed for the actions that the API server can do by itself.
 */
#ifndef SELFHEAL_LIVE_KUBE_PLANS_H
#define SELFHEAL_LIVE_KUBE_PLANS_H

#include "engine/action.h"
#include "engine/document.h"

/* YAML is read by cli (cli/yaml.h), which puts this in. */
struct document_reader {
    struct document *(*parse)(const char *name, const char *text, size_t length, struct error_list *errors);
    void (*destroy)(struct document *document);
};

struct kube_patch_plan {
    const char *image;   /* glob over images as they run */
    const char *fixed;   /* what they become */
    const char *staging; /* namespace that gets it first; NULL: none, patch_staging is then unsupported */
};

struct kube_job_plan {
    enum action_kind kind;
    const char *target;   /* glob over resource ids */
    const char *file;     /* a Job's manifest with {id} {kind} {namespace} {name} {amount} in its texts */
    const char *manifest; /* the same as JSON, once it was read */
};

struct kube_lease_plan {
    const char *space, *name; /* name NULL: no lease, this is the only replica */
    heal_duration duration;
};

struct kube_plans {
    struct kube_patch_plan *patches;
    size_t patch_count;
    struct kube_job_plan *jobs;
    size_t job_count;
    const char *manifests;                              /* folder; NULL: none */
    const char *fallback_issuer_kind, *fallback_issuer; /* NULL: none */
    struct kube_lease_plan lease;
    struct document_reader reader;
};

/* Reads the fields above out of the section; it is left open for its other fields. */
void kube_plans_read(struct reader *section, struct arena *arena, struct kube_plans *plans);

/* The job for the action on `target`, or NULL. */
const struct kube_job_plan *kube_plans_job(const struct kube_plans *plans, enum action_kind kind, const char *target);

#endif
