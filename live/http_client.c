/* http_client.c - see http_client.h. */
#include "live/http_client.h"

#include "engine/random.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const heal_duration FIRST_PAUSE = 200 * HEAL_MILLISECOND;
static const heal_duration OPEN_FOR = 10 * HEAL_SECOND, OPEN_MOST = 30 * HEAL_SECOND;
static const heal_duration RETRY_AFTER_MOST = 30 * HEAL_SECOND;

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

/* One call under way. */
struct call {
    CURL *curl;
    const struct http_request *request;
    const char *url;
    struct curl_slist *headers, *connect_to;
    struct http_answer *answer;
    CURLcode code;
    heal_time until; /* monotonic: a stream must have begun by then */
    bool answered;   /* to the end, whatever it said */
    bool streaming;  /* the body goes to request->take */
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct call *call = context;
    struct http_answer *answer = call->answer;
    size_t more = size * count;
    long status = 0;

    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    if (call->request->take && status >= 200 && status <= 299) {
        call->streaming = true;
        return call->request->take(call->request->context, data, more) ? more : 0;
    }
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

/* Tells who streams that the answer has begun. */
static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct call *call = context;
    size_t length = size * count;
    long status = 0;

    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &status);
    if ((length == 2 && memcmp(data, "\r\n", 2) == 0) && status >= 200 && status <= 299) {
        call->streaming = true;
        return call->request->take(call->request->context, data, 0) ? length : 0;
    }
    return length;
}

/* Called while nothing comes, too, about once a second. A stream may last, but who
 * takes a call and never begins to answer is as good as dead. */
static int look_for_end(void *context, curl_off_t all, curl_off_t now, curl_off_t up_all, curl_off_t up_now)
{
    const struct call *call = context;
    const struct http_request *request = call->request;

    (void)all, (void)now, (void)up_all, (void)up_now;
    if (request->stop && atomic_load(request->stop))
        return 1;
    return request->take && !call->streaming && clock_now(CLOCK_MONOTONIC) > call->until;
}

bool http_read_token(const char *path, char token[HTTP_TOKEN_MAX])
{
    FILE *file = fopen(path, "r");
    bool good = file && fgets(token, HTTP_TOKEN_MAX, file);

    if (file)
        fclose(file);
    if (!good)
        token[0] = '\0';
    token[strcspn(token, "\r\n")] = '\0';
    return token[0] != '\0';
}

static bool add_header(struct curl_slist **headers, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 1;
    char *line = malloc(size);
    struct curl_slist *longer = NULL;

    if (line) {
        snprintf(line, size, "%s%s", name, value);
        longer = curl_slist_append(*headers, line);
    }
    free(line);
    if (longer)
        *headers = longer;
    return longer != NULL;
}

/* False with a message. */
static bool make_headers(const struct http_client *client, const struct http_request *request,
                         struct curl_slist **headers, char error[HTTP_ERROR_TEXT])
{
    char token[HTTP_TOKEN_MAX];
    const char *bearer = request->token;
    bool good = true;

    if (!bearer && client->settings->token_file) {
        if (!http_read_token(client->settings->token_file, token)) {
            snprintf(error, HTTP_ERROR_TEXT, "the token file cannot be read");
            return false;
        }
        bearer = token;
    }
    if (bearer)
        good = add_header(headers, "Authorization: Bearer ", bearer);
    if (request->body)
        good = good && add_header(headers, "Content-Type: ", request->type);
    if (request->accept)
        good = good && add_header(headers, "Accept: ", request->accept);
    if (!good)
        snprintf(error, HTTP_ERROR_TEXT, "out of memory");
    return good;
}

static void set_text_or_file(CURL *curl, const char *text, CURLoption as_text, const char *file, CURLoption as_file)
{
    struct curl_blob blob = {.data = (void *)text, .flags = CURL_BLOB_COPY};

    blob.len = text ? strlen(text) : 0;
    if (text)
        curl_easy_setopt(curl, as_text, &blob);
    else if (file)
        curl_easy_setopt(curl, as_file, file);
}

static void set_security(CURL *curl, const struct http_settings *settings)
{
    set_text_or_file(curl, settings->ca_text, CURLOPT_CAINFO_BLOB, settings->ca_file, CURLOPT_CAINFO);
    set_text_or_file(curl, settings->certificate_text, CURLOPT_SSLCERT_BLOB, settings->certificate_file,
                     CURLOPT_SSLCERT);
    set_text_or_file(curl, settings->key_text, CURLOPT_SSLKEY_BLOB, settings->key_file, CURLOPT_SSLKEY);
    if (settings->insecure) {
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

static bool set_up(const struct http_client *client, struct call *call, char *curl_error)
{
    const struct http_request *request = call->request;
    CURL *curl = call->curl;
    heal_duration patience = client->settings->timeout, timeout = request->timeout > 0 ? request->timeout : patience;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, call->url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* endpoints are near; a proxy is not asked for by the config */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(timeout / HEAL_MILLISECOND));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(patience / HEAL_MILLISECOND));
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, request->take ? NULL : "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(curl, CURLOPT_CONNECT_TO, call->connect_to);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, curl_error);
    if (request->take) {
        curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
        curl_easy_setopt(curl, CURLOPT_HEADERDATA, call);
    }
    if (request->stop || request->take) {
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_for_end);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, call);
    }
    set_security(curl, client->settings);
    if (request->body && curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body) != CURLE_OK)
        return false;
    return !request->method || curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
}

static void try_once(const struct http_client *client, struct call *call)
{
    struct http_answer *answer = call->answer;
    char curl_error[CURL_ERROR_SIZE] = "";
    curl_off_t seconds = 0;

    http_answer_clear(answer);
    call->streaming = call->answered = false;
    call->until = clock_now(CLOCK_MONOTONIC) + client->settings->timeout;
    call->code = CURLE_OUT_OF_MEMORY;
    if (!set_up(client, call, curl_error)) {
        snprintf(answer->error, sizeof answer->error, "out of memory");
        return;
    }
    call->code = curl_easy_perform(call->curl);
    curl_easy_getinfo(call->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (call->code != CURLE_OK) {
        if (!call->streaming)
            answer->status = 0;
        if (call->code == CURLE_ABORTED_BY_CALLBACK)
            snprintf(curl_error, sizeof curl_error, "it did not begin to answer in time");
        snprintf(answer->error, sizeof answer->error, "%s",
                 curl_error[0] ? curl_error : curl_easy_strerror(call->code));
        return;
    }
    if (!answer->body && (answer->body = calloc(1, 1)) == NULL)
        return;
    if (curl_easy_getinfo(call->curl, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK && seconds > 0)
        answer->retry_after = (seconds < 3600 ? seconds : 3600) * HEAL_SECOND;
    if (answer->status < 200 || answer->status > 299)
        snprintf(answer->error, sizeof answer->error, "HTTP status %ld", answer->status);
    call->answered = true;
}

/* False when it was told to stop. */
static bool rest(struct http_client *client, uint32_t tries, heal_duration asked_for, const atomic_bool *stop)
{
    heal_duration pause = client->settings->first_pause > 0 ? client->settings->first_pause : FIRST_PAUSE;

    pause <<= tries < 6 ? tries : 6;
    pause = (heal_duration)((double)pause * (0.5 + 0.5 * random_uniform(&client->jitter)));
    if (asked_for > 0)
        pause = asked_for < RETRY_AFTER_MOST ? asked_for : RETRY_AFTER_MOST;
    for (heal_duration piece = HEAL_SECOND / 2; pause > 0; pause -= piece) {
        if (stop && atomic_load(stop))
            return false;
        piece = pause < piece ? pause : piece;
        nanosleep(&(struct timespec){.tv_sec = piece / HEAL_SECOND, .tv_nsec = (long)(piece % HEAL_SECOND)}, NULL);
    }
    return true;
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
    heal_duration most = client->settings->open_most > 0 ? client->settings->open_most : OPEN_MOST;
    client->open_for = 2 * client->open_for < most ? 2 * client->open_for : most;
}

/* True when the call need not or must not be repeated. */
static bool is_final(const struct call *call)
{
    const struct http_request *request = call->request;
    long status = call->answer->status;

    if (call->streaming || (request->stop && atomic_load(request->stop)))
        return true;
    if (call->answered && status == 429)
        return request->refuses && request->refuses(call->answer);
    if (request->once)
        return call->answered ? status != 503
                              : call->code != CURLE_COULDNT_CONNECT && call->code != CURLE_COULDNT_RESOLVE_HOST;
    return call->answered && status < 500;
}

static void try_all(struct http_client *client, struct call *call)
{
    uint32_t tries = client->failures >= BREAKER_FAILURES ? 1 : client->settings->retries + 1;

    for (uint32_t i = 0; i < tries; i++) {
        if (i > 0 && !rest(client, i - 1, call->answer->retry_after, call->request->stop))
            return;
        try_once(client, call);
        if (is_final(call))
            return;
    }
}

/* True when the line did its work: the server answered, and was not itself in
 * trouble. A stream that began and was cut says nothing against the line. */
static bool line_is_good(const struct call *call)
{
    if (call->answered && call->answer->status == 429)
        return call->request->refuses && call->request->refuses(call->answer);
    return call->streaming || (call->answered && call->answer->status < 500);
}

/* Where the certificate is for another name the url is asked for under that name, and
 * the connection goes to the host; false when out of memory. */
static bool name_server(const struct http_settings *settings, const char *path, char **url, struct curl_slist **to)
{
    const char *name = settings->server_name, *scheme = strstr(settings->url, "://");
    const char *host = scheme ? scheme + 3 : settings->url, *end = host + strcspn(host, "/");
    const char *port = end;
    size_t size = strlen(settings->url) + strlen(path) + (name ? strlen(name) : 0) + 1;

    *url = malloc(size);
    if (!*url)
        return false;
    if (!name || !scheme) {
        snprintf(*url, size, "%s%s", settings->url, path);
        return true;
    }
    while (port > host && port[-1] != ':' && port[-1] != ']')
        port--;
    if (port == host || port[-1] == ']')
        port = end;
    size_t length = (size_t)((port < end ? port - 1 : end) - host), room = strlen(settings->url) + 16;
    char *direction = malloc(room);
    if (direction) {
        snprintf(*url, size, "%.*s%s%s%s", (int)(host - settings->url), settings->url, name,
                 port < end ? port - 1 : end, path);
        snprintf(direction, room, "::%.*s:", (int)length, host); /* any name and port; the same port */
        *to = curl_slist_append(NULL, direction);
    }
    free(direction);
    return *to != NULL;
}

bool http_client_request(struct http_client *client, const struct http_request *request, struct http_answer *answer)
{
    const struct http_settings *settings = client->settings;
    struct call call = {.curl = client->curl, .request = request, .answer = answer};
    char error[HTTP_ERROR_TEXT] = "out of memory";
    char *url = NULL;

    *answer = (struct http_answer){0};
    if (http_client_circuit_is_open(client)) {
        snprintf(answer->error, sizeof answer->error, "not called: it failed %u times in a row", client->failures);
        return false;
    }
    bool prepared = name_server(settings, request->path, &url, &call.connect_to) &&
                    make_headers(client, request, &call.headers, error);
    call.url = url;
    if (prepared)
        try_all(client, &call);
    else
        snprintf(answer->error, sizeof answer->error, "%s", error);
    curl_slist_free_all(call.headers);
    curl_slist_free_all(call.connect_to);
    free(url);
    if (line_is_good(&call)) {
        client->failures = 0;
        client->open_for = settings->open_for > 0 ? settings->open_for : OPEN_FOR;
    } else if (!(request->stop && atomic_load(request->stop))) {
        note_failure(client);
    }
    return call.answered && answer->status >= 200 && answer->status <= 299;
}

bool http_client_call(struct http_client *client, const char *path, const char *type, const char *body,
                      struct http_answer *answer)
{
    return http_client_request(client, &(struct http_request){.path = path, .type = type, .body = body}, answer);
}

char *http_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0), *copy = escaped ? strdup(escaped) : NULL;

    curl_free(escaped);
    return copy;
}
