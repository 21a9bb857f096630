/* api_command.c - what people do: each becomes a call to the engine's thread. */
#include "live/api_parts.h"

#include "engine/names.h"
#include "engine/utf8.h"

#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

/* {"reason": "..."} in the body is why; an empty body says nothing. NULL where it is
 * no such thing. */
cJSON *api_body(struct request *request, struct reply *reply, struct command *command)
{
    cJSON *root = request->body[0] ? cJSON_Parse(request->body) : cJSON_CreateObject();
    const cJSON *reason = cJSON_GetObjectItemCaseSensitive(root, "reason");
    const char *text = cJSON_IsString(reason) ? reason->valuestring : "";

    name_copy(command->actor, sizeof command->actor, request->actor);
    if (cJSON_IsObject(root) && (!reason || cJSON_IsString(reason)) && strlen(text) < sizeof command->why &&
        utf8_printable(text, strlen(text))) {
        name_copy(command->why, sizeof command->why, text);
        return root;
    }
    cJSON_Delete(root);
    reply->status = MHD_HTTP_BAD_REQUEST;
    reply->why = "expected a JSON object; reason, where it is given, is a line of at most 199 bytes";
    return NULL;
}

void api_call(struct request *request, struct reply *reply, struct command_call *call)
{
    struct text text = {0};

    if (!mailbox_call(api_mailbox(request->api), call)) {
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply->why = "not now: it is starting, stopping, standing by or watching only";
        return;
    }
    switch (call->result) {
    case COMMAND_UNKNOWN:
        reply->status = MHD_HTTP_NOT_FOUND;
        reply->why = "no such issue, remediation or resource is at hand, or it is over";
        return;
    case COMMAND_NOT_NOW:
        reply->status = MHD_HTTP_CONFLICT;
        reply->why = "it is at work already, or there is nothing to do";
        return;
    case COMMAND_DONE:
        break;
    }
    if (call->by_name)
        text_add(&text, "{\"accepted\":true}\n");
    else if (call->row == 0)
        text_add(&text, "{\"%s\":%s}\n", command_kind_name(call->command.kind), call->command.on ? "true" : "false");
    else
        text_add(&text, "{\"accepted\":true,\"id\":%lld}\n", (long long)call->row);
    reply_text(reply, &text, "application/json");
}

struct command api_order(enum command_kind kind)
{
    return (struct command){.kind = kind, .resource = RESOURCE_NONE, .strategy = UINT32_MAX, .until = HEAL_TIME_NEVER};
}

/* {"enabled": true}, or no such field for the other way than it is now. */
static void toggle(struct request *request, struct reply *reply, enum engine_switch which)
{
    struct command_call call = {.command = api_order(engine_switch_command(which))};
    cJSON *root = api_body(request, reply, &call.command);
    const cJSON *enabled = cJSON_GetObjectItemCaseSensitive(root, "enabled");
    struct status_view view;

    if (!root)
        return;
    status_read(api_status(request->api), &view);
    call.command.on = which == SWITCH_DRY_RUN ? !view.dry_run : !view.auto_remediation;
    if (cJSON_IsBool(enabled))
        call.command.on = cJSON_IsTrue(enabled);
    bool good = !enabled || cJSON_IsBool(enabled);
    cJSON_Delete(root);
    if (good) {
        api_call(request, reply, &call);
        return;
    }
    reply->status = MHD_HTTP_BAD_REQUEST;
    reply->why = "expected {'enabled': true} or {'enabled': false}";
}

void answer_toggle_auto_remediation(struct request *request, struct reply *reply)
{
    toggle(request, reply, SWITCH_AUTO_REMEDIATION);
}

void answer_toggle_dry_run(struct request *request, struct reply *reply)
{
    toggle(request, reply, SWITCH_DRY_RUN);
}

static void by_row(struct request *request, struct reply *reply, enum command_kind kind)
{
    char *end = NULL;
    long long row = *request->rest >= '0' && *request->rest <= '9' ? strtoll(request->rest, &end, 10) : 0;

    if (!end || *end || row <= 0) {
        reply->status = MHD_HTTP_BAD_REQUEST;
        reply->why = "expected a number at the end of the path";
        return;
    }
    struct command_call call = {.command = api_order(kind), .row = row};
    cJSON *root = api_body(request, reply, &call.command);
    if (root)
        api_call(request, reply, &call);
    cJSON_Delete(root);
}

void answer_manual_remediate(struct request *request, struct reply *reply)
{
    by_row(request, reply, COMMAND_REMEDIATE);
}

void answer_approve(struct request *request, struct reply *reply)
{
    by_row(request, reply, COMMAND_APPROVE);
}

void answer_deny(struct request *request, struct reply *reply)
{
    by_row(request, reply, COMMAND_DENY);
}

void answer_rollback(struct request *request, struct reply *reply)
{
    by_row(request, reply, COMMAND_ROLL_BACK);
}
