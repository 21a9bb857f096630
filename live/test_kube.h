/* test_kube.h - a small API server in memory: objects by path, versions, faults.
 *
 * It keeps what the actions rely on of the real one: resourceVersion and its 409, merge
 * patches, apply with a dry run, the subresources scale, status and eviction, uid
 * preconditions, lists. Every call is written down. The end-to-end test holds the actions
 * to a real server; this is for what a real one cannot be made to do on time. */
#ifndef SELFHEAL_LIVE_TEST_KUBE_H
#define SELFHEAL_LIVE_TEST_KUBE_H

#include "live/kube_actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEST_CALLS = 512 };

struct test_kube {
    cJSON *objects; /* path -> object */
    int version;
    char calls[TEST_CALLS][512]; /* "PATCH /apis/..." */
    size_t call_count;
    int changes;             /* to objects that are no events, that arrived */
    int budget;              /* evictions that are told to wait */
    int lose;                /* the n-th change from now is done and its answer lost; 0: none */
    int break_at;            /* the n-th change from now is answered 500 and not done; 0: none */
    const char *meddle_path; /* before the next change somebody else sets meddle_value there */
    const char *meddle_key, *meddle_value;
    const char *next_node; /* when a pod goes its owner makes a new one there; NULL: nobody does */
    bool was_cordoned;     /* some node was, when that happened */
    bool down;             /* no answers at all */
};

static inline struct http_answer test_answer(long status, const cJSON *body)
{
    struct http_answer answer = {.status = status};

    answer.body = body ? cJSON_PrintUnformatted(body) : strdup("{}");
    answer.length = strlen(answer.body);
    if (status > 299)
        snprintf(answer.error, sizeof answer.error, "HTTP status %ld", status);
    return answer;
}

static inline void test_touch(struct test_kube *kube, cJSON *object)
{
    char version[16];

    snprintf(version, sizeof version, "%d", ++kube->version);
    kube_set_text(object, "metadata", "resourceVersion", version);
    if (!kube_text(object, "metadata.uid"))
        kube_set_text(object, "metadata", "uid", version);
}

/* Puts an object, given as JSON with ' for ", at its path. */
static inline void test_put(struct test_kube *kube, const char *path, const char *json)
{
    char *text = strdup(json);
    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    cJSON *object = cJSON_Parse(text);
    free(text);
    if (!object)
        abort();
    if (!kube->objects)
        kube->objects = cJSON_CreateObject();
    cJSON_DeleteItemFromObjectCaseSensitive(kube->objects, path);
    test_touch(kube, object);
    cJSON_AddItemToObject(kube->objects, path, object);
}

static inline cJSON *test_get(struct test_kube *kube, const char *path)
{
    return cJSON_GetObjectItemCaseSensitive(kube->objects, path);
}

static inline void test_merge(cJSON *object, const cJSON *patch)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, patch)
    {
        cJSON *old = cJSON_GetObjectItemCaseSensitive(object, item->string);
        if (cJSON_IsObject(item)) {
            if (!cJSON_IsObject(old)) {
                cJSON_DeleteItemFromObjectCaseSensitive(object, item->string);
                old = cJSON_AddObjectToObject(object, item->string);
            }
            test_merge(old, item);
        } else {
            cJSON_DeleteItemFromObjectCaseSensitive(object, item->string);
            if (!cJSON_IsNull(item))
                cJSON_AddItemToObject(object, item->string, cJSON_Duplicate(item, true));
        }
    }
}

static inline bool test_ends(const char *text, const char *end)
{
    return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

/* A list of what lies below the path, or NULL. */
static inline cJSON *test_list(struct test_kube *kube, const char *path, const char *query)
{
    const char *node = strstr(query, "spec.nodeName%3D");
    cJSON *list = cJSON_CreateObject(), *items = cJSON_AddArrayToObject(list, "items"), *item;
    const char *plural = strrchr(path, '/');

    cJSON_ArrayForEach(item, kube->objects)
    {
        const char *last = strrchr(item->string, '/');
        bool below = strncmp(item->string, path, strlen(path)) == 0 && last == item->string + strlen(path);
        bool of_node = node && strstr(item->string, "/pods/") && strcmp(plural, "/pods") == 0 &&
                       strcmp(kube_text(item, "spec.nodeName"), node + 16) == 0;
        if (below || of_node)
            cJSON_AddItemToArray(items, cJSON_Duplicate(item, true));
    }
    return list;
}

/* A pod is gone: its owner makes another, and the scheduler puts it on next_node. */
static inline void test_make_again(struct test_kube *kube, const char *path, const cJSON *pod)
{
    char other[1200];
    cJSON *fresh = cJSON_Duplicate(pod, true);
    const cJSON *object;

    snprintf(other, sizeof other, "%s-new", path);
    kube_set_text(fresh, "spec", "nodeName", kube->next_node);
    cJSON_DeleteItemFromObject(cJSON_GetObjectItem(fresh, "metadata"), "uid");
    test_touch(kube, fresh);
    cJSON_ArrayForEach(object, kube->objects) kube->was_cordoned |= cJSON_IsTrue(kube_at(object, "spec.unschedulable"));
    cJSON_AddItemToObject(kube->objects, other, fresh);
}

/* One that changes; *status and the object as it is then (owned by the store, or NULL). */
static inline const cJSON *test_change(struct test_kube *kube, const char *method, char *path, const char *query,
                                       cJSON *body, long *status, cJSON **scratch)
{
    bool scale = test_ends(path, "/scale"), state = test_ends(path, "/status"), evicts = test_ends(path, "/eviction");
    const char *version = kube_text(body, "metadata.resourceVersion");
    const char *uid = kube_text(body, "preconditions.uid");

    if (scale || state || evicts)
        *strrchr(path, '/') = '\0';
    if (evicts)
        uid = kube_text(body, "deleteOptions.preconditions.uid");
    cJSON *object = test_get(kube, path);
    if (strcmp(method, "POST") == 0 && !evicts) {
        char own[1200];
        snprintf(own, sizeof own, "%s/%s", path, kube_text(body, "metadata.name"));
        *status = test_get(kube, own) ? 409 : 201;
        if (*status == 201) {
            cJSON *made = cJSON_Duplicate(body, true);
            test_touch(kube, made);
            cJSON_AddItemToObject(kube->objects, own, made);
            return made;
        }
        return NULL;
    }
    *status = 200;
    if (!object && !strstr(query, "fieldManager=selfheal&force")) {
        *status = 404;
    } else if (object && ((version && strcmp(version, kube_text(object, "metadata.resourceVersion")) != 0) ||
                          (uid && strcmp(uid, kube_text(object, "metadata.uid")) != 0))) {
        *status = 409;
    } else if (evicts && kube->budget > 0) {
        kube->budget--;
        *status = 429;
    } else if (evicts || strcmp(method, "DELETE") == 0) {
        if (object && kube->next_node)
            test_make_again(kube, path, object);
        cJSON_DeleteItemFromObjectCaseSensitive(kube->objects, path);
    } else if (strstr(query, "dryRun=All")) {
        *scratch = object ? cJSON_Duplicate(object, true) : cJSON_CreateObject();
        test_merge(*scratch, body);
        return *scratch;
    } else {
        if (!object)
            cJSON_AddItemToObject(kube->objects, path, object = cJSON_CreateObject());
        if (scale || state) {
            const char *part = scale ? "spec" : "status";
            test_merge(kube_make(object, part), cJSON_GetObjectItemCaseSensitive(body, part));
        } else if (strcmp(method, "PUT") == 0) {
            cJSON_ReplaceItemInObjectCaseSensitive(kube->objects, path, cJSON_Duplicate(body, true));
            object = test_get(kube, path);
        } else {
            test_merge(object, body);
        }
        test_touch(kube, object);
        return object;
    }
    return NULL;
}

static inline bool test_call(void *context, const char *method, const char *whole, const char *type, const char *text,
                             struct http_answer *answer)
{
    struct test_kube *kube = context;
    cJSON *body = text ? cJSON_Parse(text) : NULL, *scratch = NULL;
    char path[1024];
    const char *query = strchr(whole, '?');
    long status = 200;

    (void)type;
    snprintf(kube->calls[kube->call_count++ % TEST_CALLS], 512, "%s %.500s", method, whole);
    *answer = (struct http_answer){0};
    if (kube->down) {
        snprintf(answer->error, sizeof answer->error, "connection refused");
        cJSON_Delete(body);
        return false;
    }
    snprintf(path, sizeof path, "%.*s", (int)(query ? query - whole : (long)strlen(whole)), whole);
    query = query ? query : "";
    if (strcmp(method, "GET") == 0) {
        const cJSON *object = test_get(kube, path);
        const char *last = strrchr(path, '/') + 1;
        bool lists = strcmp(last, "replicasets") == 0 || strcmp(last, "pods") == 0 ||
                     strcmp(last, "deployments") == 0 || strcmp(last, "statefulsets") == 0 ||
                     strcmp(last, "daemonsets") == 0 || strcmp(last, "nodes") == 0 ||
                     strcmp(last, "controllerrevisions") == 0;
        scratch = !object && lists ? test_list(kube, path, query) : NULL;
        *answer = test_answer(object || scratch ? 200 : 404, object ? object : scratch);
    } else {
        bool counts = !strstr(path, "/events") && !strstr(query, "dryRun=All");
        if (counts && kube->meddle_path) {
            cJSON *other = test_get(kube, kube->meddle_path);
            kube_set_text(other, "metadata.labels", kube->meddle_key, kube->meddle_value);
            test_touch(kube, other);
            kube->meddle_path = NULL;
        }
        if (counts && kube->break_at > 0 && --kube->break_at == 0) {
            *answer = test_answer(500, NULL);
        } else {
            const cJSON *object = test_change(kube, method, path, query, body, &status, &scratch);
            kube->changes += counts && status < 300;
            *answer = test_answer(status, object);
            if (counts && kube->lose > 0 && --kube->lose == 0) {
                http_answer_clear(answer);
                snprintf(answer->error, sizeof answer->error, "connection reset");
            }
        }
    }
    cJSON_Delete(body);
    cJSON_Delete(scratch);
    return answer->status >= 200 && answer->status <= 299;
}

static inline bool test_called(const struct test_kube *kube, const char *part)
{
    for (size_t i = 0; i < kube->call_count && i < TEST_CALLS; i++) {
        if (strstr(kube->calls[i], part))
            return true;
    }
    return false;
}

#endif
