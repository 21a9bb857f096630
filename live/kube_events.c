/* kube_events.c - see kube_events.h. */
#include "live/kube_events.h"

#include <stdio.h>
#include <string.h>

void kube_event_name(const char *id, bool begins, char out[KUBE_NAME])
{
    snprintf(out, KUBE_NAME, "selfheal.%s.%s", id, begins ? "begin" : "end");
}

const char *kube_event_space(const cJSON *object)
{
    const char *space = kube_text(object, "metadata.namespace");
    return space && *space ? space : "default";
}

cJSON *kube_event(const struct kube_order *order, const cJSON *object, bool begins, enum action_outcome outcome,
                  const char *message, heal_time at)
{
    static const struct {
        const char *from, *to;
    } REFERENCE[] = {
        {"apiVersion", "apiVersion"}, {"kind", "kind"},        {"metadata.namespace", "namespace"},
        {"metadata.name", "name"},    {"metadata.uid", "uid"}, {"metadata.resourceVersion", "resourceVersion"}};
    bool failed = !begins && outcome != ACTION_SUCCEEDED;
    cJSON *event = cJSON_CreateObject();
    char name[KUBE_NAME], when[HEAL_TIME_TEXT], text[KUBE_MESSAGE];

    kube_event_name(order->id, begins, name);
    heal_time_format(at / HEAL_SECOND * HEAL_SECOND, when);
    snprintf(text, sizeof text, "%s on %s%s%.300s", action_name(order->action->kind), order->target,
             message[0] ? ": " : "", message);
    bool good = event && kube_set_text(event, "", "apiVersion", "v1") && kube_set_text(event, "", "kind", "Event") &&
                kube_set_text(event, "metadata", "name", name) &&
                kube_set_text(event, "metadata", "namespace", kube_event_space(object));
    for (size_t i = 0; good && i < sizeof REFERENCE / sizeof REFERENCE[0]; i++) {
        const char *value = kube_text(object, REFERENCE[i].from);
        good = !value || kube_set_text(event, "involvedObject", REFERENCE[i].to, value);
    }
    good = good && kube_set_text(event, "", "type", failed ? "Warning" : "Normal") &&
           kube_set_text(event, "", "reason",
                         begins   ? "Healing"
                         : failed ? "HealingFailed"
                                  : "Healed") &&
           kube_set_text(event, "", "message", text) && kube_set_text(event, "source", "component", "selfheal") &&
           kube_set_text(event, "", "reportingComponent", "selfheal") &&
           kube_set_text(event, "", "reportingInstance", order->id) &&
           kube_set_text(event, "", "firstTimestamp", when) && kube_set_text(event, "", "lastTimestamp", when) &&
           cJSON_AddNumberToObject(event, "count", 1);
    if (good)
        return event;
    cJSON_Delete(event);
    return NULL;
}
