/* kube_client.c - see kube_client.h. */
#include "live/kube_client.h"

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const heal_duration TIMEOUT = 10 * HEAL_SECOND, CIRCUIT_MOST = 30 * HEAL_SECOND;

struct kube_client {
    const struct kube_settings *settings;
    struct http_settings http_settings;
    struct http_client *http;
    struct kube_credential credential; /* of the plug-in */
    char token[HTTP_TOKEN_MAX];        /* of the token file */
    const atomic_bool *stop;
};

struct kube_client *kube_client_create(const struct kube_settings *settings, char error[HTTP_ERROR_TEXT])
{
    struct kube_client *client = calloc(1, sizeof *client);

    if (client) {
        client->settings = settings;
        client->http_settings = (struct http_settings){
            .url = settings->url,
            .timeout = settings->timeout > 0 ? settings->timeout : TIMEOUT,
            .retries = settings->retries,
            .open_most = CIRCUIT_MOST,
            .ca_file = settings->ca_file,
            .ca_text = settings->ca_data,
            .certificate_file = settings->certificate_file,
            .certificate_text = settings->certificate_data,
            .key_file = settings->key_file,
            .key_text = settings->key_data,
            .server_name = settings->server_name,
            .insecure = settings->insecure,
        };
        client->http = http_client_create(&client->http_settings);
    }
    if (client && client->http)
        return client;
    snprintf(error, HTTP_ERROR_TEXT, "out of memory");
    free(client);
    return NULL;
}

void kube_client_destroy(struct kube_client *client)
{
    if (!client)
        return;
    http_client_destroy(client->http);
    kube_credential_clear(&client->credential);
    free(client);
}

void kube_client_stop_on(struct kube_client *client, const atomic_bool *stop)
{
    client->stop = stop;
}

bool kube_is_budget(const struct http_answer *answer)
{
    return answer->status == 429 && answer->body && strstr(answer->body, "\"DisruptionBudget\"");
}

/* What the server says of itself in a Status object, behind the number. */
static void explain(struct http_answer *answer)
{
    cJSON *root = answer->body && answer->status > 299 ? cJSON_Parse(answer->body) : NULL;
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "message"));

    if (message && *message)
        snprintf(answer->error, sizeof answer->error, "HTTP status %ld: %.220s", answer->status, message);
    for (char *at = answer->error; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    }
    cJSON_Delete(root);
}

/* Who we are in this call. `again`: the server did not take what it was told last.
 * False when there is nothing (else) to say; `error` is set where something failed. */
static bool identify(struct kube_client *client, bool again, const char **token, char *error)
{
    const struct kube_settings *settings = client->settings;

    *token = settings->token;
    if (settings->token_file) {
        char fresh[HTTP_TOKEN_MAX];
        if (!http_read_token(settings->token_file, fresh)) {
            snprintf(error, HTTP_ERROR_TEXT, "the token file %.150s cannot be read", settings->token_file);
            return false;
        }
        bool differs = strcmp(fresh, client->token) != 0;
        memcpy(client->token, fresh, strlen(fresh) + 1);
        *token = client->token;
        return !again || differs;
    }
    if (settings->exec) {
        struct kube_credential fresh;
        uint64_t last = client->credential.number;
        if (!kube_exec_get(settings->exec, again ? last : 0, &fresh, error))
            return false;
        kube_credential_clear(&client->credential);
        client->credential = fresh;
        client->http_settings.certificate_text = fresh.certificate ? fresh.certificate : settings->certificate_data;
        client->http_settings.key_text = fresh.key ? fresh.key : settings->key_data;
        *token = fresh.token ? fresh.token : settings->token;
        return !again || fresh.number != last;
    }
    return !again;
}

static bool request_as(struct kube_client *client, struct http_request *request, struct http_answer *answer)
{
    char error[HTTP_ERROR_TEXT] = "";

    *answer = (struct http_answer){0};
    request->stop = client->stop;
    if (!identify(client, false, &request->token, error)) {
        snprintf(answer->error, sizeof answer->error, "%s", error);
        return false;
    }
    bool good = http_client_request(client->http, request, answer);
    if (!good && answer->status == 401 && identify(client, true, &request->token, error)) {
        http_answer_clear(answer);
        good = http_client_request(client->http, request, answer);
    }
    explain(answer);
    return good;
}

bool kube_call(struct kube_client *client, const char *method, const char *path, const char *type, const char *body,
               struct http_answer *answer)
{
    struct http_request request = {.method = method,
                                   .path = path,
                                   .type = type,
                                   .body = body,
                                   .accept = "application/json",
                                   .once = strcmp(method, "GET") != 0,
                                   .refuses = kube_is_budget};

    return request_as(client, &request, answer);
}

bool kube_stream(struct kube_client *client, const char *path, const struct kube_stream *stream,
                 struct http_answer *answer)
{
    struct http_request request = {.path = path,
                                   .accept = "application/json",
                                   .once = true,
                                   .timeout = stream->timeout,
                                   .take = stream->take,
                                   .context = stream->context};

    return request_as(client, &request, answer);
}
