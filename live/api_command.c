/* api_command.c - what people do: each becomes a call to the engine's thread. */
#include "live/api_parts.h"

#include <cJSON.h>
#include <stdlib.h>
#include <string.h>

static void run(struct request *request, struct reply *reply, struct command_call *call)
{
    struct text text = {0};

    call->actor = request->actor;
    if (!mailbox_call(api_mailbox(request->api), call)) {
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply->why = "not now: it is starting, stopping or watching only";
        return;
    }
    switch (call->result) {
    case COMMAND_UNKNOWN:
        reply->status = MHD_HTTP_NOT_FOUND;
        reply->why = "no such issue or remediation is at hand, or it is over";
        return;
    case COMMAND_NOT_NOW:
        reply->status = MHD_HTTP_CONFLICT;
        reply->why = "it is at work already, or nothing is left to undo";
        return;
    case COMMAND_DONE:
        break;
    }
    if (call->kind == FLIGHT_SWITCH)
        text_add(&text, "{\"%s\":%s}\n", engine_switch_name(call->which), call->on ? "true" : "false");
    else
        text_add(&text, "{\"accepted\":true,\"id\":%lld}\n", (long long)call->row);
    reply_text(reply, &text, "application/json");
}

/* {"enabled": true}, or an empty body for the other way than it is now. */
static void toggle(struct request *request, struct reply *reply, enum engine_switch which)
{
    struct command_call call = {.kind = FLIGHT_SWITCH, .which = which};
    struct status_view view;
    cJSON *root = NULL;

    status_read(api_status(request->api), &view);
    call.on = which == SWITCH_DRY_RUN ? !view.dry_run : !view.auto_remediation;
    if (request->body[0]) {
        root = cJSON_Parse(request->body);
        const cJSON *enabled = cJSON_GetObjectItemCaseSensitive(root, "enabled");
        if (!cJSON_IsObject(root) || (enabled && !cJSON_IsBool(enabled))) {
            cJSON_Delete(root);
            reply->status = MHD_HTTP_BAD_REQUEST;
            reply->why = "expected {'enabled': true} or {'enabled': false}";
            return;
        }
        if (enabled)
            call.on = cJSON_IsTrue(enabled);
    }
    cJSON_Delete(root);
    run(request, reply, &call);
}

void answer_toggle_auto_remediation(struct request *request, struct reply *reply)
{
    toggle(request, reply, SWITCH_AUTO_REMEDIATION);
}

void answer_toggle_dry_run(struct request *request, struct reply *reply)
{
    toggle(request, reply, SWITCH_DRY_RUN);
}

static void by_row(struct request *request, struct reply *reply, enum flight_kind kind)
{
    char *end = NULL;
    long long row = *request->rest >= '0' && *request->rest <= '9' ? strtoll(request->rest, &end, 10) : 0;

    if (!end || *end || row <= 0) {
        reply->status = MHD_HTTP_BAD_REQUEST;
        reply->why = "expected a number at the end of the path";
        return;
    }
    run(request, reply, &(struct command_call){.kind = kind, .row = row});
}

void answer_manual_remediate(struct request *request, struct reply *reply)
{
    by_row(request, reply, FLIGHT_REMEDIATE);
}

void answer_approve(struct request *request, struct reply *reply)
{
    by_row(request, reply, FLIGHT_APPROVE);
}

void answer_rollback(struct request *request, struct reply *reply)
{
    by_row(request, reply, FLIGHT_ROLL_BACK);
}
