/* kube_edit.c - see kube_edit.h. */
#include "live/kube_edit.h"

#include "engine/policy.h"
#include "live/kube_quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool refuse(char *why, const char *what)
{
    snprintf(why, KUBE_MESSAGE, "%s", what);
    return false;
}

static const cJSON *containers_of(const cJSON *workload)
{
    return kube_at(workload, "spec.template.spec.containers");
}

/* A quantity of a map of limits or requests. False when it is no quantity, gets too large or nothing. */
static bool step_entry(cJSON *container, const char *map, const char *resource, const struct kube_step *step,
                       bool *found)
{
    const char *text = kube_entry(container, map, resource);
    bool binary = strcmp(resource, "cpu") != 0, good;
    char number[KUBE_QUANTITY_TEXT];
    int64_t milli;

    *found = text != NULL;
    if (!text)
        return true;
    good = kube_quantity_parse(text, &milli) &&
           (step->units != 0 ? kube_quantity_add(milli, step->units, &milli)
                             : kube_quantity_scale(milli, step->ratio, binary, &milli));
    return good && milli > 0 && kube_set_text(container, map, resource, kube_quantity_format(milli, binary, number));
}

bool kube_edit_limits(cJSON *workload, const char *resource, const struct kube_step *step, char why[KUBE_MESSAGE])
{
    bool any = false, limited, requested;
    cJSON *container;

    cJSON_ArrayForEach(container, containers_of(workload))
    {
        if (!kube_entry(container, "resources.limits", resource))
            continue;
        if (!step_entry(container, "resources.limits", resource, step, &limited) ||
            !step_entry(container, "resources.requests", resource, step, &requested))
            return refuse(why, "a limit or request of the template is no quantity, or would be too large or nothing");
        any = true;
    }
    return any || refuse(why, "no container of the template has such a limit");
}

bool kube_edit_restart(cJSON *workload, heal_time at, char why[KUBE_MESSAGE])
{
    char when[HEAL_TIME_TEXT];

    if (!containers_of(workload))
        return refuse(why, "it has no template to restart");
    return kube_set_text(workload, "spec.template.metadata.annotations", "selfheal/restarted-at",
                         heal_time_format(at, when)) ||
           refuse(why, "out of memory");
}

bool kube_edit_template(cJSON *workload, const cJSON *revision, char why[KUBE_MESSAGE])
{
    const cJSON *old = kube_at(revision, "spec.template");
    cJSON *template = cJSON_Duplicate(old ? old : kube_at(revision, "data.spec.template"), true);
    cJSON *spec = kube_make(workload, "spec");

    if (!template || !spec || !kube_at(template, "spec.containers")) {
        cJSON_Delete(template);
        return refuse(why, "the older revision holds no template");
    }
    cJSON_DeleteItemFromObjectCaseSensitive(template, "$patch"); /* a ControllerRevision is a strategic patch */
    cJSON_DeleteItemFromObjectCaseSensitive(kube_make(template, "metadata.labels"), "pod-template-hash");
    if (!cJSON_ReplaceItemInObjectCaseSensitive(spec, "template", template)) {
        cJSON_Delete(template);
        return refuse(why, "it has no template");
    }
    return true;
}

bool kube_edit_replicas(cJSON *workload, int64_t more, char why[KUBE_MESSAGE])
{
    int64_t now = kube_whole(workload, "spec.replicas", -1);
    cJSON *spec = kube_make(workload, "spec");

    if (now < 0 || now + more > 100000)
        return refuse(why, "it has no count of replicas that can be changed so");
    if (now + more < 1) {
        snprintf(why, KUBE_MESSAGE, "it has %" PRId64 " replicas: one at least is left", now);
        return false;
    }
    return cJSON_ReplaceItemInObjectCaseSensitive(spec, "replicas", cJSON_CreateNumber((double)(now + more))) ||
           refuse(why, "out of memory");
}

bool kube_edit_claim(cJSON *claim, const struct kube_step *step, char why[KUBE_MESSAGE])
{
    bool found;

    if (step->units < 0 || (step->units == 0 && !(step->ratio > 0)))
        return refuse(why, "a claim can only grow");
    if (!step_entry(kube_make(claim, "spec"), "resources.requests", "storage", step, &found))
        return refuse(why, "its request is no quantity, or gets too large");
    return found || refuse(why, "it asks for no storage");
}

bool kube_edit_schedulable(cJSON *node, bool schedulable, char why[KUBE_MESSAGE])
{
    cJSON *spec = kube_make(node, "spec");

    if (!spec)
        return refuse(why, "out of memory");
    cJSON_DeleteItemFromObjectCaseSensitive(spec, "unschedulable");
    return schedulable || cJSON_AddTrueToObject(spec, "unschedulable") || refuse(why, "out of memory");
}

bool kube_runs_image(const cJSON *workload, const char *image)
{
    const cJSON *container;

    cJSON_ArrayForEach(container, containers_of(workload))
    {
        const char *own = kube_text(container, "image");
        if (own && series_glob_match(image, own))
            return true;
    }
    return false;
}

bool kube_edit_image(cJSON *workload, const char *image, const char *fixed, char why[KUBE_MESSAGE])
{
    static const char *const LISTS[] = {"spec.template.spec.containers", "spec.template.spec.initContainers"};
    bool any = false;
    cJSON *container;

    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        cJSON_ArrayForEach(container, kube_at(workload, LISTS[i]))
        {
            const char *own = kube_text(container, "image");
            if (!own || (!series_glob_match(image, own) && strcmp(own, fixed) != 0))
                continue;
            if (!kube_set_text(container, "", "image", fixed))
                return refuse(why, "out of memory");
            any = true;
        }
    }
    return any || refuse(why, "no container runs an image that a patch is configured for");
}

bool kube_edit_issuing(cJSON *certificate, heal_time at, const char *id, char why[KUBE_MESSAGE])
{
    cJSON *status = kube_make(certificate, "status");
    cJSON *conditions = status ? cJSON_GetObjectItemCaseSensitive(status, "conditions") : NULL;
    char when[HEAL_TIME_TEXT], message[KUBE_MESSAGE];

    if (strcmp(kube_condition(certificate, "Issuing"), "True") == 0)
        return true; /* it is on its way already */
    if (status && !conditions)
        conditions = cJSON_AddArrayToObject(status, "conditions");
    cJSON *condition = kube_named(conditions, "type", "Issuing");
    if (!condition && conditions && (condition = cJSON_CreateObject()) != NULL)
        cJSON_AddItemToArray(conditions, condition);
    heal_time_format(at / HEAL_SECOND * HEAL_SECOND, when);
    snprintf(message, sizeof message, "selfheal asks for a new certificate (action %s)", id);
    bool good =
        condition && kube_set_text(condition, "", "type", "Issuing") &&
        kube_set_text(condition, "", "status", "True") && kube_set_text(condition, "", "reason", "ManuallyTriggered") &&
        kube_set_text(condition, "", "message", message) && kube_set_text(condition, "", "lastTransitionTime", when);
    cJSON_DeleteItemFromObjectCaseSensitive(condition, "observedGeneration");
    const cJSON *generation = kube_at(certificate, "metadata.generation");
    if (good && generation)
        good = cJSON_AddItemToObject(condition, "observedGeneration", cJSON_Duplicate(generation, true));
    return good || refuse(why, "out of memory");
}

bool kube_edit_issuer(cJSON *certificate, const char *kind, const char *name, char why[KUBE_MESSAGE])
{
    return (kube_set_text(certificate, "spec.issuerRef", "name", name) &&
            kube_set_text(certificate, "spec.issuerRef", "kind", kind)) ||
           refuse(why, "out of memory");
}

bool kube_edit_quarantine(cJSON *pod, const char *value, char why[KUBE_MESSAGE])
{
    static const char KEY[] = "selfheal/quarantine";

    if (value)
        return kube_set_text(pod, "metadata.labels", KEY, value) || refuse(why, "out of memory");
    cJSON_DeleteItemFromObjectCaseSensitive(kube_make(pod, "metadata.labels"), KEY);
    return true;
}
