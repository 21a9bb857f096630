/* api.c - the server: connections, who may do what, which answer is whose. */
#include "live/api_parts.h"

#include "store/database.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API "/api/self-healing/"

static const struct route ROUTES[] = {
    {"GET", API "health-score", false, ROLE_VIEWER, answer_health_score},
    {"GET", API "health-history", false, ROLE_VIEWER, answer_health_history},
    {"GET", API "issues", false, ROLE_VIEWER, answer_issues},
    {"GET", API "remediations", false, ROLE_VIEWER, answer_remediations},
    {"GET", API "statistics", false, ROLE_VIEWER, answer_statistics},
    {"GET", API "suggestions", false, ROLE_VIEWER, answer_suggestions},
    {"GET", API "audit", false, ROLE_VIEWER, answer_audit},
    {"GET", API "policy", false, ROLE_VIEWER, answer_policy},
    {"GET", API "state", false, ROLE_VIEWER, answer_state},
    {"POST", API "toggle-auto-remediation", false, ROLE_APPROVER, answer_toggle_auto_remediation},
    {"POST", API "toggle-dry-run", false, ROLE_APPROVER, answer_toggle_dry_run},
    {"POST", API "manual-remediate/", true, ROLE_OPERATOR, answer_manual_remediate},
    {"POST", API "approve/", true, ROLE_APPROVER, answer_approve},
    {"POST", API "rollback/", true, ROLE_OPERATOR, answer_rollback},
    {"GET", "/metrics", false, ROLE_VIEWER, answer_metrics},
    {"GET", "/health", false, ROLE_NONE, answer_health},
    {"GET", "/ready", false, ROLE_NONE, answer_ready},
};
enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0], READERS = 4, PATH_BYTES = 4096 };

struct api {
    const struct live_setup *setup;
    struct status *status;
    struct mailbox *mailbox;
    struct tokens *tokens; /* NULL: see api.h */
    struct MHD_Daemon *server;
    char *certificate, *key;
    char address[128];
    pthread_mutex_t mutex; /* the read connections */
    pthread_cond_t freed;
    sqlite3 *readers[READERS];
    bool lent[READERS];
    atomic_uint streams;
};

const struct live_setup *api_setup(const struct api *api)
{
    return api->setup;
}

struct status *api_status(const struct api *api)
{
    return api->status;
}

struct mailbox *api_mailbox(const struct api *api)
{
    return api->mailbox;
}

const char *api_address(const struct api *api)
{
    return api->address;
}

void text_add(struct text *text, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    int more = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (more < 0 || text->failed)
        return;
    if (text->used + (size_t)more + 1 > text->room) {
        size_t room = 2 * text->room + (size_t)more + 256;
        char *data = realloc(text->data, room);
        if (!data) {
            text->failed = true;
            return;
        }
        text->data = data;
        text->room = room;
    }
    va_start(values, format);
    vsnprintf(text->data + text->used, text->room - text->used, format, values);
    va_end(values);
    text->used += (size_t)more;
}

void reply_text(struct reply *reply, struct text *text, const char *type)
{
    if (text->failed) {
        free(text->data);
        *reply = (struct reply){.status = MHD_HTTP_INTERNAL_SERVER_ERROR, .why = "out of memory"};
        return;
    }
    reply->body = text->data;
    reply->length = text->used;
    reply->type = type;
}

/* -- read connections ------------------------------------------------------------ */

static size_t borrow(struct api *api)
{
    size_t at = READERS;

    pthread_mutex_lock(&api->mutex);
    while (at == READERS) {
        for (at = 0; at < READERS && api->lent[at]; at++)
            ;
        if (at == READERS)
            pthread_cond_wait(&api->freed, &api->mutex);
    }
    api->lent[at] = true;
    pthread_mutex_unlock(&api->mutex);
    return at;
}

static void give_back(struct api *api, size_t at)
{
    pthread_mutex_lock(&api->mutex);
    api->lent[at] = false;
    pthread_cond_signal(&api->freed);
    pthread_mutex_unlock(&api->mutex);
}

void api_query(struct request *request, struct reply *reply, const char *sql, const int64_t *numbers, size_t count)
{
    struct api *api = request->api;
    struct error_list errors = {0};
    char path[PATH_BYTES];
    size_t at = borrow(api);
    sqlite3_stmt *query = NULL;

    snprintf(path, sizeof path, "%s/run.db", api->setup->config->data);
    if (!api->readers[at])
        api->readers[at] = database_open(path, &errors);
    if (api->readers[at] && sqlite3_prepare_v2(api->readers[at], sql, -1, &query, NULL) == SQLITE_OK) {
        for (size_t i = 0; i < count; i++)
            sqlite3_bind_int64(query, (int)i + 1, numbers[i]);
        if (sqlite3_step(query) == SQLITE_ROW && sqlite3_column_text(query, 0)) {
            reply->body = strdup((const char *)sqlite3_column_text(query, 0));
            reply->length = reply->body ? strlen(reply->body) : 0;
        }
    }
    if (!reply->body) {
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply->why = "the database cannot be read now";
    }
    sqlite3_finalize(query);
    error_list_clear(&errors);
    give_back(api, at);
}

int64_t api_number(struct request *request, struct reply *reply, const char *name, int64_t low, int64_t high,
                   int64_t fallback)
{
    const char *text = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    char *end = NULL;

    if (!text)
        return fallback;
    long long value = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
    if (end && *end == '\0' && value >= low && value <= high)
        return value;
    reply->status = MHD_HTTP_BAD_REQUEST;
    reply->why = "a number of the query is out of range";
    return -1;
}

/* -- sending ----------------------------------------------------------------------- */

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, const char *type,
                                     struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
                            "'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    if (status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer realm=\"selfheal\"");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_error(struct MHD_Connection *connection, unsigned status, const char *why)
{
    char body[256];
    int length = snprintf(body, sizeof body, "{\"error\":\"%s\"}\n", why);

    return send_response(connection, status, "application/json",
                         MHD_create_response_from_buffer((size_t)length, body, MHD_RESPMEM_MUST_COPY));
}

/* -- server-sent events -------------------------------------------------------------- */

struct stream {
    struct api *api;
    uint64_t seen;
    char text[EVENT_TEXT + 128];
    size_t length, sent;
};

/* Blocks in its connection's own thread until there is something to tell. */
static ssize_t stream_read(void *context, uint64_t position, char *out, size_t room)
{
    struct stream *stream = context;
    char event[EVENT_TEXT];
    uint64_t missed;
    (void)position;

    if (stream->sent == stream->length) {
        if (status_is_closed(stream->api->status))
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->sent = 0;
        int length;
        if (status_next_event(stream->api->status, &stream->seen, 10 * HEAL_SECOND, event, &missed))
            length = snprintf(stream->text, sizeof stream->text, "%sid: %llu\ndata: %s\n\n",
                              missed > 0 ? "event: missed\ndata: {}\n\n" : "", (unsigned long long)stream->seen, event);
        else
            length = snprintf(stream->text, sizeof stream->text, ": nothing new\n\n");
        stream->length = (size_t)length;
    }
    size_t part = stream->length - stream->sent < room ? stream->length - stream->sent : room;
    memcpy(out, stream->text + stream->sent, part);
    stream->sent += part;
    return (ssize_t)part;
}

static void stream_end(void *context)
{
    struct stream *stream = context;
    atomic_fetch_sub(&stream->api->streams, 1);
    free(stream);
}

static enum MHD_Result send_stream(struct api *api, struct MHD_Connection *connection)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return MHD_NO;
    if (atomic_fetch_add(&api->streams, 1) >= api->setup->config->api.connections / 2) {
        atomic_fetch_sub(&api->streams, 1);
        free(stream);
        return send_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many event streams");
    }
    stream->api = api;
    stream->seen = status_last_event(api->status);
    stream->length = (size_t)snprintf(stream->text, sizeof stream->text, "retry: 3000\n\n");
    return send_response(connection, MHD_HTTP_OK, "text/event-stream",
                         MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, stream_read, stream, stream_end));
}

/* -- requests ------------------------------------------------------------------------ */

struct body {
    char *data;
    size_t used;
    bool too_long;
};

static bool is_loopback(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    if (!info || !info->client_addr)
        return false;
    if (info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, info->client_addr, sizeof address);
        return (ntohl(address.sin_addr.s_addr) >> 24) == 127;
    }
    struct sockaddr_in6 address;
    memcpy(&address, info->client_addr, sizeof address);
    return info->client_addr->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
}

static enum role role_of(struct request *request)
{
    struct api *api = request->api;
    const char *said = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
    char name[TOKEN_NAME];

    snprintf(request->actor, sizeof request->actor, "loopback");
    if (!api->tokens)
        return is_loopback(request->connection) ? ROLE_VIEWER : ROLE_NONE;
    if (!said || strncmp(said, "Bearer ", 7) != 0)
        return ROLE_NONE;
    enum role role = tokens_check(api->tokens, said + 7, name);
    snprintf(request->actor, sizeof request->actor, "person %s", name);
    return role;
}

static const struct route *find_route(const char *method, const char *path, const char **rest, bool *path_known)
{
    for (int i = 0; i < ROUTE_COUNT; i++) {
        const struct route *route = &ROUTES[i];
        size_t length = strlen(route->path);
        if (route->has_rest ? strncmp(path, route->path, length) != 0 : strcmp(path, route->path) != 0)
            continue;
        *path_known = true;
        *rest = path + length;
        if (strcmp(method, route->method) == 0)
            return route;
    }
    return NULL;
}

static enum MHD_Result answer_route(struct request *request, const struct route *route)
{
    struct reply reply = {.status = MHD_HTTP_OK, .type = "application/json"};

    route->answer(request, &reply);
    if (!reply.body)
        return send_error(request->connection, reply.status, reply.why ? reply.why : "out of memory");
    return send_response(request->connection, reply.status, reply.type,
                         MHD_create_response_from_buffer(reply.length, reply.body, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result answer_request(struct request *request, const char *method, const char *path)
{
    bool path_known = false;
    bool events = strcmp(path, API "events") == 0;
    const struct route *route = find_route(method, path, &request->rest, &path_known);

    for (size_t i = 0; i < PAGE_COUNT; i++) {
        if (strcmp(path, PAGES[i].path) != 0)
            continue;
        if (strcmp(method, "GET") != 0)
            return send_error(request->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
        return send_response(request->connection, MHD_HTTP_OK, PAGES[i].type,
                             MHD_create_response_from_buffer(PAGES[i].length, (void *)(uintptr_t)PAGES[i].bytes,
                                                             MHD_RESPMEM_PERSISTENT));
    }
    if (!route && !(events && strcmp(method, "GET") == 0))
        return path_known || events ? send_error(request->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "not by this method")
                                    : send_error(request->connection, MHD_HTTP_NOT_FOUND, "there is nothing here");
    enum role needed = events ? ROLE_VIEWER : route->role;
    enum role role = needed == ROLE_NONE ? ROLE_NONE : role_of(request);
    if (role < needed)
        return role == ROLE_NONE ? send_error(request->connection, MHD_HTTP_UNAUTHORIZED, "a token is needed")
                                 : send_error(request->connection, MHD_HTTP_FORBIDDEN, "this role may not do that");
    return events ? send_stream(request->api, request->connection) : answer_route(request, route);
}

static enum MHD_Result take_request(void *context, struct MHD_Connection *connection, const char *path,
                                    const char *method, const char *version, const char *data, size_t *size,
                                    void **kept)
{
    struct body *body = *kept;
    (void)version;

    if (!body) {
        *kept = calloc(1, sizeof *body);
        return *kept ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        char *longer = body->used + *size > REQUEST_BODY_MAX ? NULL : realloc(body->data, body->used + *size + 1);
        if (longer) {
            memcpy(longer + body->used, data, *size);
            body->data = longer;
            body->used += *size;
            body->data[body->used] = '\0';
        } else {
            body->too_long = true;
        }
        *size = 0;
        return MHD_YES;
    }
    if (body->too_long)
        return send_error(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is over 64 KiB");
    struct request request = {
        .api = context, .connection = connection, .body = body->data ? body->data : "", .rest = ""};
    return answer_request(&request, method, path);
}

static void request_ended(void *context, struct MHD_Connection *connection, void **kept,
                          enum MHD_RequestTerminationCode why)
{
    struct body *body = *kept;
    (void)context;
    (void)connection;
    (void)why;
    if (body)
        free(body->data);
    free(body);
}

/* -- start and end --------------------------------------------------------------------- */

static char *read_pem(const char *path, struct error_list *errors)
{
    FILE *file = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    if (!file || !text || fread(text, 1, (1 << 20) - 1, file) == 0) {
        error_add(errors, ERROR_INPUT, path, 0, NULL, "cannot be read");
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static bool listen_at(struct api *api, struct error_list *errors)
{
    const struct live_api *config = &api->setup->config->api;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)config->port)};
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD;

    if (inet_pton(AF_INET, config->listen, &address.sin_addr) != 1) {
        error_add(errors, ERROR_INPUT, api->setup->config->file, 0, "api.listen", "expected an IPv4 address, found %s",
                  config->listen);
        return false;
    }
    if ((ntohl(address.sin_addr.s_addr) >> 24) != 127 && !api->tokens) {
        error_add(errors, ERROR_INPUT, api->setup->config->file, 0, "api.tokens",
                  "must be given to listen on an address that is not loopback");
        return false;
    }
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, api->certificate},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, api->key},
                                   {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    if (api->certificate)
        flags |= MHD_USE_TLS;
    api->server =
        MHD_start_daemon(flags, 0, NULL, NULL, take_request, api, MHD_OPTION_SOCK_ADDR, &address,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)config->connections, MHD_OPTION_CONNECTION_TIMEOUT,
                         (unsigned)(config->idle / HEAL_SECOND), MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(32 << 10),
                         MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_NOTIFY_COMPLETED, request_ended, NULL,
                         MHD_OPTION_ARRAY, api->certificate ? tls : none, MHD_OPTION_END);
    const union MHD_DaemonInfo *info = api->server ? MHD_get_daemon_info(api->server, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "cannot listen on %s:%u%s", config->listen, config->port,
                  api->certificate ? " (or the certificate and key do not fit)" : "");
        return false;
    }
    snprintf(api->address, sizeof api->address, "%s://%s:%u", api->certificate ? "https" : "http", config->listen,
             info->port);
    return true;
}

struct api *api_create(const struct live_setup *setup, struct status *status, struct mailbox *mailbox,
                       struct error_list *errors)
{
    const struct live_api *config = &setup->config->api;
    struct api *api = calloc(1, sizeof *api);
    bool good = true;

    if (!api) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    api->setup = setup;
    api->status = status;
    api->mailbox = mailbox;
    pthread_mutex_init(&api->mutex, NULL);
    pthread_cond_init(&api->freed, NULL);
    if (config->tokens)
        good = (api->tokens = tokens_create(config->tokens, errors)) != NULL;
    if (good && config->certificate)
        good = (api->certificate = read_pem(config->certificate, errors)) != NULL &&
               (api->key = read_pem(config->key, errors)) != NULL;
    if (good && listen_at(api, errors))
        return api;
    api_destroy(api);
    return NULL;
}

void api_destroy(struct api *api)
{
    if (!api)
        return;
    if (api->server)
        MHD_stop_daemon(api->server);
    for (size_t i = 0; i < READERS; i++)
        database_close(api->readers[i]);
    tokens_destroy(api->tokens);
    pthread_cond_destroy(&api->freed);
    pthread_mutex_destroy(&api->mutex);
    free(api->certificate);
    free(api->key);
    free(api);
}
