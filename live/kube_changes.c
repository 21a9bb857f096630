/* kube_changes.c - see kube_changes.h. */
#include "live/kube_changes.h"

#include "live/kube_object.h"
#include "live/kube_quantity.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 48 };

struct walk {
    cJSON *changes;
    const char *path[DEPTH_MAX];
    bool by_name[DEPTH_MAX];
    size_t depth;
    bool failed;
};

static void compare(struct walk *walk, const cJSON *before, const cJSON *after);

static void note_change(struct walk *walk, const cJSON *before, const cJSON *after)
{
    cJSON *change = cJSON_CreateObject();
    bool good = change && cJSON_AddItemToArray(walk->changes, change);
    cJSON *path = good ? cJSON_AddArrayToObject(change, "path") : NULL;
    char part[KUBE_NAME + 1];

    good = path != NULL;
    for (size_t i = 0; good && i < walk->depth; i++) {
        snprintf(part, sizeof part, "=%s", walk->path[i]);
        cJSON *key = cJSON_CreateString(walk->by_name[i] ? part : walk->path[i]);
        good = key && cJSON_AddItemToArray(path, key);
    }
    if (good && before)
        good = cJSON_AddItemToObject(change, "was", cJSON_Duplicate(before, true));
    if (good && after)
        good = cJSON_AddItemToObject(change, "is", cJSON_Duplicate(after, true));
    walk->failed |= !good;
}

static void go_into(struct walk *walk, const char *key, bool by_name, const cJSON *before, const cJSON *after)
{
    if (walk->depth == DEPTH_MAX) {
        walk->failed = true;
        return;
    }
    walk->path[walk->depth] = key;
    walk->by_name[walk->depth++] = by_name;
    compare(walk, before, after);
    walk->depth--;
}

static const char *name_of_item(const cJSON *item)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
    return name && strlen(name) < KUBE_NAME ? name : NULL;
}

/* Both lists hold the same names in the same order, each once. */
static bool same_names(const cJSON *before, const cJSON *after)
{
    const cJSON *left = before->child, *right = after->child;

    for (; left && right; left = left->next, right = right->next) {
        const char *a = name_of_item(left), *b = name_of_item(right);
        if (!a || !b || strcmp(a, b) != 0 || kube_named(before, "name", a) != left)
            return false;
    }
    return !left && !right && before->child;
}

static void compare(struct walk *walk, const cJSON *before, const cJSON *after)
{
    const cJSON *item;

    if (cJSON_IsObject(before) && cJSON_IsObject(after)) {
        cJSON_ArrayForEach(item, before)
            go_into(walk, item->string, false, item, cJSON_GetObjectItemCaseSensitive(after, item->string));
        cJSON_ArrayForEach(item, after)
        {
            if (!cJSON_GetObjectItemCaseSensitive(before, item->string))
                go_into(walk, item->string, false, NULL, item);
        }
    } else if (before && after && cJSON_IsArray(before) && cJSON_IsArray(after) && same_names(before, after)) {
        const cJSON *other = after->child;
        for (item = before->child; item; item = item->next, other = other->next)
            go_into(walk, name_of_item(item), true, item, other);
    } else if (!before || !after || !cJSON_Compare(before, after, true)) {
        note_change(walk, before, after);
    }
}

cJSON *kube_changes_between(const cJSON *before, const cJSON *after)
{
    struct walk walk = {.changes = cJSON_CreateArray()};

    if (walk.changes)
        compare(&walk, before, after);
    if (!walk.failed)
        return walk.changes;
    cJSON_Delete(walk.changes);
    return NULL;
}

static cJSON *step(const cJSON *object, const char *key)
{
    if (cJSON_IsArray(object) && key[0] == '=')
        return kube_named(object, "name", key + 1);
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool equal(const cJSON *a, const cJSON *b, bool quantity)
{
    int64_t left, right;

    if (!a || !b || cJSON_Compare(a, b, true))
        return (a != NULL) == (b != NULL);
    return quantity && cJSON_IsString(a) && cJSON_IsString(b) && kube_quantity_parse(a->valuestring, &left) &&
           kube_quantity_parse(b->valuestring, &right) && left == right;
}

enum kube_state kube_changes_state(const cJSON *object, const cJSON *changes)
{
    bool is = true, was = true;
    const cJSON *change, *key;

    cJSON_ArrayForEach(change, changes)
    {
        const cJSON *at = object;
        bool quantity = false;
        cJSON_ArrayForEach(key, cJSON_GetObjectItemCaseSensitive(change, "path"))
        {
            const char *part = cJSON_GetStringValue(key);
            at = at && part ? step(at, part) : NULL;
            quantity |= part && (strcmp(part, "limits") == 0 || strcmp(part, "requests") == 0);
        }
        is &= equal(at, cJSON_GetObjectItemCaseSensitive(change, "is"), quantity);
        was &= equal(at, cJSON_GetObjectItemCaseSensitive(change, "was"), quantity);
    }
    return is ? KUBE_STATE_IS : was ? KUBE_STATE_WAS : KUBE_STATE_OTHER;
}

static bool put(cJSON *object, const cJSON *path, const cJSON *value)
{
    const cJSON *key = path ? path->child : NULL;

    for (; key && key->next; key = key->next) {
        const char *part = cJSON_GetStringValue(key);
        cJSON *next = part ? step(object, part) : NULL;
        if (!next && !value)
            return part != NULL; /* nothing to take away */
        if (!next && part && cJSON_IsObject(object))
            next = cJSON_AddObjectToObject(object, part);
        if (!next)
            return false;
        object = next;
    }
    const char *last = cJSON_GetStringValue(key);
    if (!last || !cJSON_IsObject(object))
        return false;
    cJSON_DeleteItemFromObjectCaseSensitive(object, last);
    return !value || cJSON_AddItemToObject(object, last, cJSON_Duplicate(value, true));
}

bool kube_changes_apply(cJSON *object, const cJSON *changes, bool back)
{
    const cJSON *change;

    cJSON_ArrayForEach(change, changes)
    {
        if (!put(object, cJSON_GetObjectItemCaseSensitive(change, "path"),
                 cJSON_GetObjectItemCaseSensitive(change, back ? "was" : "is")))
            return false;
    }
    return true;
}

/* Adds to `patch` what takes `before` to `after`, both maps. */
static bool merge_into(cJSON *patch, const cJSON *before, const cJSON *after)
{
    const cJSON *item;
    bool good = patch != NULL;

    cJSON_ArrayForEach(item, before)
    {
        if (good && !cJSON_GetObjectItemCaseSensitive(after, item->string))
            good = cJSON_AddNullToObject(patch, item->string) != NULL;
    }
    cJSON_ArrayForEach(item, after)
    {
        const cJSON *old = cJSON_GetObjectItemCaseSensitive(before, item->string);
        if (!good || (old && cJSON_Compare(old, item, true)))
            continue;
        if (cJSON_IsObject(old) && cJSON_IsObject(item))
            good = merge_into(cJSON_AddObjectToObject(patch, item->string), old, item);
        else
            good = cJSON_AddItemToObject(patch, item->string, cJSON_Duplicate(item, true));
    }
    return good;
}

cJSON *kube_merge_patch(const cJSON *before, const cJSON *after)
{
    cJSON *patch = cJSON_CreateObject();

    if (merge_into(patch, before, after))
        return patch;
    cJSON_Delete(patch);
    return NULL;
}
