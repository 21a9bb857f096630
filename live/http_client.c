/* http_client.c - see http_client.h. */
#include "live/http_client.h"

#include "engine/random.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const heal_duration FIRST_PAUSE = 200 * HEAL_MILLISECOND;
static const heal_duration OPEN_FOR = 10 * HEAL_SECOND, OPEN_MOST = 5 * HEAL_MINUTE;

struct http_client {
    const struct http_settings *settings;
    CURL *curl;
    struct random_stream jitter;
    uint32_t failures; /* calls in a row */
    heal_duration open_for;
    heal_time closed_again; /* the circuit is open until then */
};

static heal_time clock_now(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (heal_time)now.tv_sec * HEAL_SECOND + now.tv_nsec;
}

struct http_client *http_client_create(const struct http_settings *settings)
{
    struct http_client *client = calloc(1, sizeof *client);

    if (!client)
        return NULL;
    client->settings = settings;
    client->curl = curl_easy_init();
    client->jitter = random_stream_named((uint64_t)clock_now(CLOCK_REALTIME), settings->url, "jitter", 0);
    client->open_for = settings->open_for > 0 ? settings->open_for : OPEN_FOR;
    if (client->curl)
        return client;
    free(client);
    return NULL;
}

void http_client_destroy(struct http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client);
}

void http_answer_clear(struct http_answer *answer)
{
    free(answer->body);
    *answer = (struct http_answer){0};
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http_answer *answer = context;
    size_t more = size * count;

    if (answer->length + more > HTTP_BODY_MAX)
        return 0;
    char *body = realloc(answer->body, answer->length + more + 1);
    if (!body)
        return 0;
    memcpy(body + answer->length, data, more);
    answer->body = body;
    answer->length += more;
    body[answer->length] = '\0';
    return more;
}

/* "Authorization: Bearer ..." from the file, or NULL with no header at all. */
static struct curl_slist *add_token(struct curl_slist *headers, const char *path, bool *good)
{
    char token[4096] = "", line[4200];
    FILE *file = fopen(path, "r");

    *good = file && fgets(token, sizeof token, file) && token[0] != '\n';
    if (file)
        fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    return *good ? curl_slist_append(headers, line) : headers;
}

static bool set_up(struct http_client *client, const char *url, const char *body, struct curl_slist *headers,
                   struct http_answer *answer, char *curl_error)
{
    CURL *curl = client->curl;
    long milliseconds = (long)(client->settings->timeout / HEAL_MILLISECOND);

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* endpoints are near; a proxy is not asked for by the config */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, curl_error);
    if (client->settings->ca_file)
        curl_easy_setopt(curl, CURLOPT_CAINFO, client->settings->ca_file);
    return !body || curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body) == CURLE_OK;
}

/* One try. True when the server answered, whatever it said. */
static bool try_once(struct http_client *client, const char *url, const char *body, struct curl_slist *headers,
                     struct http_answer *answer)
{
    char curl_error[CURL_ERROR_SIZE] = "";

    http_answer_clear(answer);
    if (!set_up(client, url, body, headers, answer, curl_error)) {
        snprintf(answer->error, sizeof answer->error, "out of memory");
        return false;
    }
    CURLcode code = curl_easy_perform(client->curl);
    if (code != CURLE_OK) {
        snprintf(answer->error, sizeof answer->error, "%s", curl_error[0] ? curl_error : curl_easy_strerror(code));
        return false;
    }
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (!answer->body && (answer->body = calloc(1, 1)) == NULL)
        return false;
    if (answer->status < 200 || answer->status > 299)
        snprintf(answer->error, sizeof answer->error, "HTTP status %ld", answer->status);
    return true;
}

static void rest(struct http_client *client, uint32_t tries)
{
    heal_duration pause = client->settings->first_pause > 0 ? client->settings->first_pause : FIRST_PAUSE;

    pause <<= tries < 6 ? tries : 6;
    pause = (heal_duration)((double)pause * (0.5 + 0.5 * random_uniform(&client->jitter)));
    nanosleep(&(struct timespec){.tv_sec = pause / HEAL_SECOND, .tv_nsec = (long)(pause % HEAL_SECOND)}, NULL);
}

bool http_client_circuit_is_open(const struct http_client *client)
{
    return client->failures >= BREAKER_FAILURES && clock_now(CLOCK_MONOTONIC) < client->closed_again;
}

static void note_failure(struct http_client *client)
{
    if (++client->failures < BREAKER_FAILURES)
        return;
    client->closed_again = clock_now(CLOCK_MONOTONIC) + client->open_for;
    client->open_for = 2 * client->open_for < OPEN_MOST ? 2 * client->open_for : OPEN_MOST;
}

bool http_client_call(struct http_client *client, const char *path, const char *type, const char *body,
                      struct http_answer *answer)
{
    const struct http_settings *settings = client->settings;
    struct curl_slist *headers = NULL;
    char content_type[128];
    bool answered = false, good = true;
    size_t size = strlen(settings->url) + strlen(path) + 1;
    char *url = malloc(size);

    *answer = (struct http_answer){0};
    if (http_client_circuit_is_open(client)) {
        snprintf(answer->error, sizeof answer->error, "not called: it failed %u times in a row", client->failures);
        free(url);
        return false;
    }
    if (settings->token_file)
        headers = add_token(headers, settings->token_file, &good);
    if (body) {
        snprintf(content_type, sizeof content_type, "Content-Type: %s", type);
        headers = curl_slist_append(headers, content_type);
    }
    if (!url || !good) {
        snprintf(answer->error, sizeof answer->error, "%s", url ? "the token file cannot be read" : "out of memory");
    } else {
        snprintf(url, size, "%s%s", settings->url, path);
        uint32_t tries = client->failures >= BREAKER_FAILURES ? 1 : settings->retries + 1;
        for (uint32_t i = 0; i < tries; i++) {
            if (i > 0)
                rest(client, i - 1);
            answered = try_once(client, url, body, headers, answer) && answer->status < 500 && answer->status != 429;
            if (answered)
                break;
        }
    }
    curl_slist_free_all(headers);
    free(url);
    if (answered) {
        client->failures = 0;
        client->open_for = settings->open_for > 0 ? settings->open_for : OPEN_FOR;
    } else {
        note_failure(client);
    }
    return answered && answer->status >= 200 && answer->status <= 299;
}

char *http_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0), *copy = escaped ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}
