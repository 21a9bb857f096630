/* kube_object.c - see kube_object.h. */
#include "live/kube_object.h"

#include <stdio.h>
#include <string.h>

static bool good_name(const char *name, size_t length)
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz0123456789-._:";

    if (length == 0 || length >= KUBE_NAME || name[0] == '.' || name[0] == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!strchr(ALLOWED, name[i]))
            return false;
    }
    return true;
}

bool kube_target_parse(const char *id, struct kube_target *out)
{
    const char *first = strchr(id, '/'), *second = first ? strchr(first + 1, '/') : NULL;

    *out = (struct kube_target){0};
    if (!second || !good_name(id, (size_t)(first - id)) || !good_name(first + 1, (size_t)(second - first - 1)) ||
        !good_name(second + 1, strlen(second + 1)))
        return false;
    memcpy(out->kind, id, (size_t)(first - id));
    memcpy(out->space, first + 1, (size_t)(second - first - 1));
    memcpy(out->name, second + 1, strlen(second + 1));
    return true;
}

const struct kube_type *kube_type_find(const char *kind)
{
    static const struct kube_type KINDS[] = {
        {"Pod", "v1", "pods", true},
        {"Node", "v1", "nodes", false},
        {"Event", "v1", "events", true},
        {"PersistentVolumeClaim", "v1", "persistentvolumeclaims", true},
        {"Deployment", "apps/v1", "deployments", true},
        {"StatefulSet", "apps/v1", "statefulsets", true},
        {"DaemonSet", "apps/v1", "daemonsets", true},
        {"ReplicaSet", "apps/v1", "replicasets", true},
        {"ControllerRevision", "apps/v1", "controllerrevisions", true},
        {"Job", "batch/v1", "jobs", true},
        {"NetworkPolicy", "networking.k8s.io/v1", "networkpolicies", true},
        {"Certificate", "cert-manager.io/v1", "certificates", true},
        {"Lease", "coordination.k8s.io/v1", "leases", true},
    };
    for (size_t i = 0; kind && i < sizeof KINDS / sizeof KINDS[0]; i++) {
        if (strcmp(KINDS[i].kind, kind) == 0)
            return &KINDS[i];
    }
    return NULL;
}

bool kube_path(const struct kube_type *kind, const char *space, const char *name, char out[KUBE_PATH])
{
    bool inside = kind->namespaced && space;
    int length =
        snprintf(out, KUBE_PATH, "/%s/%s%s%s/%s%s%s", strchr(kind->version, '/') ? "apis" : "api", kind->version,
                 inside ? "/namespaces/" : "", inside ? space : "", kind->plural, name ? "/" : "", name ? name : "");
    return length > 0 && length < KUBE_PATH;
}

/* Copies the next key of a path; false at its end. */
static bool next_key(const char **path, char key[KUBE_NAME])
{
    size_t length = strcspn(*path, ".");

    if (length == 0 || length >= KUBE_NAME)
        return false;
    memcpy(key, *path, length);
    key[length] = '\0';
    *path += length + ((*path)[length] == '.');
    return true;
}

const cJSON *kube_at(const cJSON *object, const char *path)
{
    char key[KUBE_NAME];

    while (object && next_key(&path, key))
        object = cJSON_GetObjectItemCaseSensitive(object, key);
    return object;
}

cJSON *kube_make(cJSON *object, const char *path)
{
    char key[KUBE_NAME];

    while (object && next_key(&path, key)) {
        cJSON *next = cJSON_GetObjectItemCaseSensitive(object, key);
        if (next && cJSON_IsNull(next)) {
            cJSON_DeleteItemFromObjectCaseSensitive(object, key);
            next = NULL;
        }
        object = next ? next : cJSON_AddObjectToObject(object, key);
        if (object && !cJSON_IsObject(object))
            return NULL;
    }
    return object;
}

const char *kube_text(const cJSON *object, const char *path)
{
    return cJSON_GetStringValue(kube_at(object, path));
}

int64_t kube_whole(const cJSON *object, const char *path, int64_t when_absent)
{
    const cJSON *item = kube_at(object, path);
    return cJSON_IsNumber(item) && item->valuedouble > -1e15 && item->valuedouble < 1e15 ? (int64_t)item->valuedouble
                                                                                         : when_absent;
}

const char *kube_entry(const cJSON *object, const char *map_path, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(kube_at(object, map_path), key));
}

bool kube_set_text(cJSON *object, const char *map_path, const char *key, const char *value)
{
    cJSON *map = kube_make(object, map_path);

    if (!map)
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(map, key);
    return cJSON_AddStringToObject(map, key, value) != NULL;
}

cJSON *kube_named(const cJSON *list, const char *key, const char *name)
{
    cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, key));
        if (own && name && strcmp(own, name) == 0)
            return item;
    }
    return NULL;
}

const char *kube_condition(const cJSON *object, const char *type)
{
    const char *status = kube_text(kube_named(kube_at(object, "status.conditions"), "type", type), "status");
    return status ? status : "";
}

const cJSON *kube_controller(const cJSON *object)
{
    const cJSON *owner;

    cJSON_ArrayForEach(owner, kube_at(object, "metadata.ownerReferences"))
    {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(owner, "controller")))
            return owner;
    }
    return NULL;
}
