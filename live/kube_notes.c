/* kube_notes.c - see kube_notes.h. */
#include "live/kube_notes.h"

#include "live/kube_changes.h"
#include "live/kube_object.h"

#include <stdlib.h>
#include <string.h>

static const char KEY[] = "selfheal/actions";

cJSON *kube_notes_of(const cJSON *object)
{
    const char *text = kube_entry(object, "metadata.annotations", KEY);
    cJSON *notes = text ? cJSON_Parse(text) : NULL;

    if (cJSON_IsArray(notes))
        return notes;
    cJSON_Delete(notes);
    return cJSON_CreateArray();
}

const cJSON *kube_notes_find(const cJSON *notes, const char *id)
{
    return cJSON_GetObjectItemCaseSensitive(kube_named(notes, "id", id), "changes");
}

const cJSON *kube_notes_standing(const cJSON *notes, const cJSON *object, enum action_kind kind)
{
    const cJSON *note, *newest = NULL;

    cJSON_ArrayForEach(note, notes)
    {
        const char *action = kube_text(note, "action");
        const cJSON *changes = cJSON_GetObjectItemCaseSensitive(note, "changes");
        if (action && strcmp(action, action_name(kind)) == 0 && cJSON_IsArray(changes) && changes->child &&
            kube_changes_state(object, changes) == KUBE_STATE_IS)
            newest = changes;
    }
    return newest;
}

/* The notes as text, the oldest dropped until they are few and small. The caller frees. */
static char *print_few(cJSON *notes)
{
    for (;;) {
        char *text = cJSON_PrintUnformatted(notes);
        if (!text || (cJSON_GetArraySize(notes) <= KUBE_NOTES_KEPT && strlen(text) <= KUBE_NOTES_BYTES))
            return text;
        free(text);
        if (cJSON_GetArraySize(notes) <= 1)
            return NULL;
        cJSON_DeleteItemFromArray(notes, 0);
    }
}

bool kube_notes_add(cJSON *object, const char *id, enum action_kind kind, heal_time at, const cJSON *changes)
{
    cJSON *notes = kube_notes_of(object), *note = notes ? cJSON_CreateObject() : NULL;
    char when[HEAL_TIME_TEXT];
    bool good = note && cJSON_AddItemToArray(notes, note);

    good = good && cJSON_AddStringToObject(note, "id", id) &&
           cJSON_AddStringToObject(note, "action", action_name(kind)) &&
           cJSON_AddStringToObject(note, "at", heal_time_format(at, when)) &&
           cJSON_AddItemToObject(note, "changes", cJSON_Duplicate(changes, true));
    char *text = good ? print_few(notes) : NULL;
    good = text && kube_set_text(object, "metadata.annotations", KEY, text);
    free(text);
    cJSON_Delete(notes);
    return good;
}
