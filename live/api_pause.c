/* api_pause.c - people hold resources back, let them go on, and thaw what is frozen. */
#include "live/api_parts.h"

#include "engine/names.h"

#include <cJSON.h>
#include <string.h>

static const double LONGEST = 366 * 86400.0; /* seconds */

static bool name_cause(const char *name, enum pause_reason *out)
{
    for (unsigned i = 0; name && i < PAUSE_REASON_COUNT; i++) {
        if (strcmp(name, pause_reason_name((enum pause_reason)i)) != 0)
            continue;
        *out = (enum pause_reason)i;
        return true;
    }
    return false;
}

static bool is_text_or_none(const cJSON *item)
{
    return !item || cJSON_IsString(item);
}

/* {"resource": "pod/shop/web", "cause": "deploy", "seconds": 600}; each may be left out. */
static bool read_fields(const cJSON *root, struct command_call *call)
{
    const cJSON *resource = cJSON_GetObjectItemCaseSensitive(root, "resource");
    const cJSON *cause = cJSON_GetObjectItemCaseSensitive(root, "cause");
    const cJSON *seconds = cJSON_GetObjectItemCaseSensitive(root, "seconds");

    call->by_name = true;
    call->command.reason = PAUSE_PERSON;
    if (!is_text_or_none(resource) || !is_text_or_none(cause) || (seconds && !cJSON_IsNumber(seconds)))
        return false;
    if (resource && (!resource->valuestring[0] || strlen(resource->valuestring) > SERIES_ID_MAX))
        return false;
    if (cause && !name_cause(cause->valuestring, &call->command.reason))
        return false;
    if (seconds && !(seconds->valuedouble >= 1 && seconds->valuedouble <= LONGEST))
        return false;
    if (resource)
        name_copy(call->resource, sizeof call->resource, resource->valuestring);
    if (seconds)
        call->lasting = (heal_duration)seconds->valuedouble * HEAL_SECOND;
    return true;
}

static void by_name(struct request *request, struct reply *reply, enum command_kind kind, bool needs_resource)
{
    struct command_call call = {.command = api_order(kind)};
    cJSON *root = api_body(request, reply, &call.command);

    if (!root)
        return;
    bool good = read_fields(root, &call) && (!needs_resource || call.resource[0]);
    cJSON_Delete(root);
    if (good) {
        api_call(request, reply, &call);
        return;
    }
    reply->status = MHD_HTTP_BAD_REQUEST;
    reply->why = needs_resource ? "expected {'resource': 'kind/namespace/name'}"
                                : "expected {'resource': 'kind/namespace/name', 'cause': "
                                  "'deploy|upgrade|person|other', 'seconds': 1 to a year}";
}

void answer_pause(struct request *request, struct reply *reply)
{
    by_name(request, reply, COMMAND_PAUSE, false);
}

void answer_resume(struct request *request, struct reply *reply)
{
    by_name(request, reply, COMMAND_RESUME, false);
}

void answer_thaw(struct request *request, struct reply *reply)
{
    by_name(request, reply, COMMAND_THAW, true);
}

static bool add_pause(cJSON *list, const struct pause_word *word)
{
    cJSON *item = cJSON_CreateObject();
    char until[HEAL_TIME_TEXT];

    bool good = cJSON_AddItemToArray(list, item) &&
                (word->resource[0] ? cJSON_AddStringToObject(item, "resource", word->resource)
                                   : cJSON_AddNullToObject(item, "resource")) &&
                cJSON_AddStringToObject(item, "cause", pause_reason_name(word->reason)) &&
                (word->until == HEAL_TIME_NEVER
                     ? cJSON_AddNullToObject(item, "until")
                     : cJSON_AddStringToObject(item, "until", heal_time_format(word->until, until))) &&
                cJSON_AddStringToObject(item, "actor", word->actor) &&
                cJSON_AddStringToObject(item, "reason", word->why);
    return good;
}

void answer_pauses(struct request *request, struct reply *reply)
{
    struct pause_word words[PAUSES_MAX];
    size_t count = pauses_list(api_pauses(request->api), wall_now(), words);
    cJSON *list = cJSON_CreateArray();
    bool good = list != NULL;

    for (size_t i = 0; good && i < count; i++)
        good = add_pause(list, &words[i]);
    reply->body = good ? cJSON_PrintUnformatted(list) : NULL;
    reply->length = reply->body ? strlen(reply->body) : 0;
    if (!reply->body)
        reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    cJSON_Delete(list);
}
