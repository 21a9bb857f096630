/* kube_object.h - names, paths and fields of Kubernetes objects (cJSON trees).
 *
 * An object of the API server is a tree of cJSON. Here are the few ways into it that
 * readers and changers share, and the path of an object on the server. Names come
 * from outside (series' labels): a name that Kubernetes would not take has no path.
 */
#ifndef SELFHEAL_LIVE_KUBE_OBJECT_H
#define SELFHEAL_LIVE_KUBE_OBJECT_H

#include <cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KUBE_NAME = 254, KUBE_PATH = 1024, KUBE_MESSAGE = 512 };

/* A resource id of selfheal in its three parts. */
struct kube_target {
    char kind[KUBE_NAME], space[KUBE_NAME], name[KUBE_NAME];
};
/* False when `id` is not kind/namespace/name or one of them is no name for Kubernetes
 * (lower-case letters, digits, '-', '.', '_', ':'). */
bool kube_target_parse(const char *id, struct kube_target *out);

/* How a kind is called on the server. */
struct kube_type {
    const char *kind;    /* "Deployment" */
    const char *version; /* "apps/v1", "v1" */
    const char *plural;  /* "deployments" */
    bool namespaced;
};
/* The kinds that actions know, or NULL. */
const struct kube_type *kube_type_find(const char *kind);

/* "/apis/apps/v1/namespaces/NS/deployments/NAME", without the last part when `name`
 * is NULL. False when it does not fit. */
bool kube_path(const struct kube_type *kind, const char *space, const char *name, char out[KUBE_PATH]);

/* The value behind keys with dots between them ("spec.template.spec"), or NULL. */
const cJSON *kube_at(const cJSON *object, const char *path);
/* The same to change; maps that are missing on the way are made. NULL when out of
 * memory or when something else than a map is in the way. */
cJSON *kube_make(cJSON *object, const char *path);
const char *kube_text(const cJSON *object, const char *path);                   /* or NULL */
int64_t kube_whole(const cJSON *object, const char *path, int64_t when_absent); /* of a number */
/* The entry of a map by a key that may hold dots, such as a label's, or NULL. */
const char *kube_entry(const cJSON *object, const char *map_path, const char *key);
/* Sets a text in a map; false when out of memory. */
bool kube_set_text(cJSON *object, const char *map_path, const char *key, const char *value);

/* The item of a list of maps whose "name" is `name` (or whose `key` is), or NULL. */
cJSON *kube_named(const cJSON *list, const char *key, const char *name);
/* "True", "False", "Unknown" of a condition in status.conditions, or "". */
const char *kube_condition(const cJSON *object, const char *type);
/* The owner that controls the object: an ownerReference, or NULL. */
const cJSON *kube_controller(const cJSON *object);

#endif
