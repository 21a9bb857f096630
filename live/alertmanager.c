/* alertmanager.c - see alertmanager.h. */
#include "live/alertmanager.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>

char *alertmanager_body(const struct job *job, const char *source)
{
    cJSON *root = cJSON_CreateArray(), *alert = cJSON_CreateObject();
    cJSON *labels = cJSON_AddObjectToObject(alert, "labels");
    cJSON *notes = cJSON_AddObjectToObject(alert, "annotations");
    char at[HEAL_TIME_TEXT], summary[SERIES_ID_MAX + 128];

    cJSON_AddItemToArray(root, alert);
    cJSON_AddStringToObject(labels, "alertname", issue_type_name(job->type));
    cJSON_AddStringToObject(labels, "severity", severity_name(job->severity));
    cJSON_AddStringToObject(labels, "resource", job->target);
    cJSON_AddStringToObject(labels, "source", "selfheal");
    cJSON_AddStringToObject(labels, "instance", source);
    snprintf(summary, sizeof summary, "%s on %s (issue %lld)", issue_type_name(job->type), job->target,
             (long long)job->row);
    cJSON_AddStringToObject(notes, "summary", summary);
    cJSON_AddStringToObject(alert, "startsAt", heal_time_format(job->opened_at, at));
    if (job->resolved)
        cJSON_AddStringToObject(alert, "endsAt", heal_time_format(job->at, at));
    char *body = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return body;
}

bool alertmanager_post(const struct http_settings *settings, const struct job *job, const char *source,
                       char error[HTTP_ERROR_TEXT])
{
    struct http_client *client = http_client_create(settings);
    char *body = alertmanager_body(job, source);
    struct http_answer answer = {0};
    bool good = client && body && http_client_call(client, "/api/v2/alerts", "application/json", body, &answer);

    snprintf(error, HTTP_ERROR_TEXT, "%s", client && body ? answer.error : "out of memory");
    http_answer_clear(&answer);
    free(body);
    http_client_destroy(client);
    return good;
}
