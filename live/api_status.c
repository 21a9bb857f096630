/* api_status.c - answers from the status: health, readiness, metrics, settings. */
#include "live/api_parts.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct status_view view_of(struct request *request)
{
    struct status_view view;
    status_read(api_status(request->api), &view);
    return view;
}

static void reply_json(struct reply *reply, cJSON *root)
{
    reply->body = cJSON_PrintUnformatted(root);
    reply->length = reply->body ? strlen(reply->body) : 0;
    if (!reply->body)
        reply->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    cJSON_Delete(root);
}

static void add_number(cJSON *root, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(root, name, value);
    else
        cJSON_AddNullToObject(root, name);
}

static void add_time(cJSON *root, const char *name, heal_time at)
{
    char text[HEAL_TIME_TEXT];

    if (at > 0)
        cJSON_AddStringToObject(root, name, heal_time_format(at, text));
    else
        cJSON_AddNullToObject(root, name);
}

void answer_health_score(struct request *request, struct reply *reply)
{
    struct status_view view = view_of(request);
    cJSON *root = cJSON_CreateObject();

    add_number(root, "overall_score", view.overall);
    for (int i = 0; i < COMPONENT_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s_score", component_name((enum component)i));
        add_number(root, name, view.health[i]);
    }
    add_time(root, "timestamp", view.health_at);
    cJSON_AddNumberToObject(root, "issues_detected", (double)view.issues_detected);
    cJSON_AddNumberToObject(root, "auto_remediated", (double)view.auto_remediated);
    reply_json(reply, root);
}

void answer_policy(struct request *request, struct reply *reply)
{
    const struct live_setup *setup = api_setup(request->api);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "name", setup->policy->name);
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");

    for (size_t i = 0; i < setup->head.layer_count; i++) {
        cJSON *layer = cJSON_CreateObject();
        cJSON_AddStringToObject(layer, "name", setup->head.layers[i].name);
        cJSON_AddStringToObject(layer, "text", setup->head.layers[i].text);
        cJSON_AddItemToArray(layers, layer);
    }
    reply_json(reply, root);
}

void answer_state(struct request *request, struct reply *reply)
{
    struct status_view view = view_of(request);
    cJSON *root = cJSON_CreateObject();

    cJSON_AddStringToObject(root, "name", api_setup(request->api)->config->name);
    cJSON_AddBoolToObject(root, "ready", view.ready);
    cJSON_AddBoolToObject(root, "dry_run", view.dry_run);
    cJSON_AddBoolToObject(root, "auto_remediation", view.auto_remediation);
    cJSON_AddBoolToObject(root, "standby", view.standby);
    cJSON_AddBoolToObject(root, "degraded", view.degraded);
    add_time(root, "started_at", view.started_at);
    add_time(root, "last_frame_at", view.frame_at);
    cJSON_AddNumberToObject(root, "series", (double)view.series);
    cJSON_AddNumberToObject(root, "unknown_series", (double)view.unknown_series);
    cJSON_AddNumberToObject(root, "open_issues", (double)view.open_issues);
    cJSON *sources = cJSON_AddArrayToObject(root, "sources");
    for (size_t i = 0; i < view.source_count; i++) {
        cJSON *source = cJSON_CreateObject();
        cJSON_AddStringToObject(source, "name", view.sources[i].name);
        cJSON_AddBoolToObject(source, "good", view.sources[i].good);
        add_time(source, "good_at", view.sources[i].good_at);
        cJSON_AddStringToObject(source, "error", view.sources[i].error);
        cJSON_AddItemToArray(sources, source);
    }
    reply_json(reply, root);
}

void answer_health(struct request *request, struct reply *reply)
{
    (void)request;
    reply->body = strdup("{\"status\":\"alive\"}\n");
    reply->length = reply->body ? strlen(reply->body) : 0;
}

void answer_ready(struct request *request, struct reply *reply)
{
    struct status_view view = view_of(request);
    cJSON *root = cJSON_CreateObject();

    cJSON_AddBoolToObject(root, "ready", view.ready);
    cJSON_AddStringToObject(root, "reason", view.ready ? "" : view.why_not);
    reply_json(reply, root);
    if (!view.ready && reply->body)
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
}

static void head(struct text *text, const char *name, const char *type, const char *help)
{
    text_add(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct text *text, const char *name, const char *help, double value)
{
    head(text, name, "gauge", help);
    text_add(text, isnan(value) ? "%s NaN\n" : "%s %.15g\n", name, value);
}

static void add_counts(struct text *text, const struct status_view *view)
{
    head(text, "self_healing_issues_detected_total", "counter", "Issues that were opened since the process started.");
    for (int type = 0; type < ISSUE_TYPE_COUNT; type++) {
        for (int severity = 0; severity < SEVERITY_COUNT; severity++)
            text_add(text, "self_healing_issues_detected_total{type=\"%s\",severity=\"%s\"} %llu\n",
                     issue_type_name((enum issue_type)type), severity_name((enum severity)severity),
                     (unsigned long long)view->issues[type][severity]);
    }
    head(text, "self_healing_remediations_total", "counter",
         "Remediations that ended since the process started, by how they ended.");
    for (int i = REMEDIATION_SUCCESS; i < REMEDIATION_STATUS_COUNT; i++)
        text_add(text, "self_healing_remediations_total{status=\"%s\"} %llu\n",
                 remediation_status_name((enum remediation_status)i), (unsigned long long)view->remediations[i]);
}

static void add_durations(struct text *text, const struct status_view *view)
{
    uint64_t so_far = 0;

    head(text, "self_healing_remediation_duration_seconds", "histogram",
         "Start to end of the remediations that were no dry run.");
    for (size_t i = 0; i < DURATION_BUCKETS; i++) {
        so_far += view->duration_buckets[i];
        text_add(text, "self_healing_remediation_duration_seconds_bucket{le=\"%g\"} %llu\n", STATUS_BUCKETS[i],
                 (unsigned long long)so_far);
    }
    text_add(text, "self_healing_remediation_duration_seconds_bucket{le=\"+Inf\"} %llu\n",
             (unsigned long long)view->duration_count);
    text_add(text, "self_healing_remediation_duration_seconds_sum %.15g\n", view->duration_sum);
    text_add(text, "self_healing_remediation_duration_seconds_count %llu\n", (unsigned long long)view->duration_count);
}

static void add_health(struct text *text, const struct status_view *view)
{
    head(text, "self_healing_health_score", "gauge", "Health from 0 to 100, overall and by component.");
    text_add(text,
             isnan(view->overall) ? "self_healing_health_score{component=\"overall\"} NaN\n"
                                  : "self_healing_health_score{component=\"overall\"} %.15g\n",
             view->overall);
    for (int i = 0; i < COMPONENT_COUNT; i++) {
        text_add(text, "self_healing_health_score{component=\"%s\"} ", component_name((enum component)i));
        text_add(text, isnan(view->health[i]) ? "NaN\n" : "%.15g\n", view->health[i]);
    }
}

static void add_sources(struct text *text, const struct status_view *view)
{
    head(text, "self_healing_source_up", "gauge", "1 when the last read of the source was good.");
    for (size_t i = 0; i < view->source_count; i++)
        text_add(text, "self_healing_source_up{source=\"%s\"} %d\n", view->sources[i].name, view->sources[i].good);
}

void answer_metrics(struct request *request, struct reply *reply)
{
    struct status_view view = view_of(request);
    struct text text = {0};
    uint64_t good = view.remediations[REMEDIATION_SUCCESS];
    uint64_t bad = view.remediations[REMEDIATION_FAILED] + view.remediations[REMEDIATION_ESCALATED];

    add_counts(&text, &view);
    gauge(&text, "self_healing_remediation_success_rate", "Successful of all ended remediations that acted, 0 to 1.",
          good + bad > 0 ? (double)good / (double)(good + bad) : NAN);
    add_durations(&text, &view);
    add_health(&text, &view);
    gauge(&text, "self_healing_open_issues", "Issues that are open.", (double)view.open_issues);
    gauge(&text, "self_healing_ready", "1 when it watches and may act as it is told.", view.ready);
    gauge(&text, "self_healing_degraded", "1 when it only watches because what it decides cannot be kept.",
          view.degraded);
    gauge(&text, "self_healing_alerts_waiting", "Alerts that Alertmanager has not heard of yet.",
          (double)view.alerts_waiting);
    gauge(&text, "self_healing_standby", "1 when another replica leads and this one waits for the lease of the store.",
          view.standby);
    gauge(&text, "self_healing_clock_offset_seconds",
          "How far the wall clock was set and is not followed yet; nothing new is begun meanwhile.", view.clock_off);
    head(&text, "self_healing_clock_steps_total", "counter",
         "How often the wall clock was set by more than ten seconds.");
    text_add(&text, "self_healing_clock_steps_total %llu\n", (unsigned long long)view.clock_steps);
    gauge(&text, "self_healing_dry_run", "1 in a dry run.", view.dry_run);
    gauge(&text, "self_healing_auto_remediation", "1 when remedies start by themselves.", view.auto_remediation);
    gauge(&text, "self_healing_series", "Series that are watched.", (double)view.series);
    gauge(&text, "self_healing_decide_seconds", "What deciding the last frame took.", view.decide_seconds);
    gauge(&text, "self_healing_scan_seconds", "The same with keeping what was decided, on the disk.",
          view.scan_seconds);
    head(&text, "self_healing_frames_total", "counter", "Frames that were decided since the process started.");
    text_add(&text, "self_healing_frames_total %llu\n", (unsigned long long)view.frames);
    add_sources(&text, &view);
    reply_text(reply, &text, "text/plain; version=0.0.4; charset=utf-8");
}
