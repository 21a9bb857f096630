/* kube_manifests.h - a folder of manifests: what the cluster should be, and whether it is.
 *
 * Each document of the folder's .yaml, .yml and .json files (in the order of their names;
 * "---" between documents) is an object. Drift is what a server-side apply with the field
 * manager "selfheal" would change, asked for as a dry run: the number of fields. What
 * selfheal itself changed and may take back (kube_notes.h) is no drift. The files are read
 * at each look, because whoever keeps them may change them.
 *
 * The resource of an object is config/NAMESPACE/KIND.NAME in small letters ("config/shop/
 * deployment.web"; ':' in a name as '_'; without a namespace "default").
 */
#ifndef SELFHEAL_LIVE_KUBE_MANIFESTS_H
#define SELFHEAL_LIVE_KUBE_MANIFESTS_H

#include "engine/error.h"
#include "engine/inventory.h"
#include "live/kube_actions.h"

enum { KUBE_MANIFESTS_MAX = 1000 };

struct kube_manifest {
    cJSON *object;
    char id[SERIES_ID_MAX + 1];
    const char *file; /* for messages */
};

struct kube_manifests {
    struct kube_manifest *items;
    size_t count;
    char **files; /* their names, owned */
    size_t file_count;
};

/* Reads the folder. False with messages when something in it is wrong; what is good is
 * there all the same. Clear in any case. */
bool kube_manifests_read(struct kube_manifests *out, const char *folder, const struct document_reader *reader,
                         struct error_list *errors);
void kube_manifests_clear(struct kube_manifests *manifests);

/* How the server calls the kinds that it was asked about. Zero-initialise. */
struct kube_types {
    cJSON *answers; /* version -> the resources of it */
};
void kube_types_clear(struct kube_types *kinds);
/* The path of the object. False with one line in `why`. */
bool kube_manifest_path(const struct kube_api *api, struct kube_types *kinds, const cJSON *object, char out[KUBE_PATH],
                        char why[KUBE_MESSAGE]);

/* An object without what the server keeps for itself: comparable. In place. */
void kube_strip(cJSON *object);

/* Takes one sample of the series "config/NS/KIND.NAME:config_drift"; for a feed. */
struct kube_drift_sink {
    void *context;
    void (*take)(void *context, const char *series, double fields);
};
/* Looks at every object of plans->manifests. False with one line in `error` when one
 * could not be looked at; the others have given their samples. Nothing is changed. */
bool kube_manifests_drift(const struct kube_api *api, const struct kube_plans *plans, struct kube_drift_sink sink,
                          char error[HTTP_ERROR_TEXT]);

#endif
