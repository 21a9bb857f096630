/* api.c - the server: connections, who may do what, which answer is whose. */
#include "live/api_parts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API "/api/self-healing/"
#define ALERTS API "alerts"

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
    {"POST", API "deny/", true, ROLE_APPROVER, answer_deny},
    {"POST", API "rollback/", true, ROLE_OPERATOR, answer_rollback},
    {"GET", API "pauses", false, ROLE_VIEWER, answer_pauses},
    {"POST", API "pause", false, ROLE_OPERATOR, answer_pause},
    {"POST", API "resume", false, ROLE_OPERATOR, answer_resume},
    {"POST", API "thaw", false, ROLE_APPROVER, answer_thaw},
    {"POST", ALERTS, false, ROLE_SENDER, answer_alerts},
    {"GET", "/metrics", false, ROLE_VIEWER, answer_metrics},
    {"GET", "/health", false, ROLE_NONE, answer_health},
    {"GET", "/ready", false, ROLE_NONE, answer_ready},
};
enum { ROUTE_COUNT = sizeof ROUTES / sizeof ROUTES[0] };

const struct live_setup *api_setup(const struct api *api)
{
    return api->setup;
}

struct status *api_status(const struct api *api)
{
    return api->outside.status;
}

struct mailbox *api_mailbox(const struct api *api)
{
    return api->outside.mailbox;
}

struct alert_book *api_alerts(const struct api *api)
{
    return api->outside.alerts;
}

struct pauses *api_pauses(const struct api *api)
{
    return api->outside.pauses;
}

const char *api_address(const struct api *api)
{
    return api->address;
}

/* -- sending ----------------------------------------------------------------------- */

enum MHD_Result api_send(struct MHD_Connection *connection, unsigned status, const char *type,
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

enum MHD_Result api_send_error(struct MHD_Connection *connection, unsigned status, const char *why)
{
    char body[256];
    int length = snprintf(body, sizeof body, "{\"error\":\"%s\"}\n", why);

    return api_send(connection, status, "application/json",
                    MHD_create_response_from_buffer((size_t)length, body, MHD_RESPMEM_MUST_COPY));
}

/* -- requests ------------------------------------------------------------------------ */

struct body {
    char *data;
    size_t used, most;
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

/* Only who may tell alerts may tell many at once. */
static size_t body_limit(struct api *api, struct MHD_Connection *connection, const char *path)
{
    struct request request = {.api = api, .connection = connection};

    return strcmp(path, ALERTS) == 0 && role_of(&request) == ROLE_SENDER ? ALERTS_BODY_MAX : REQUEST_BODY_MAX;
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
        return api_send_error(request->connection, reply.status, reply.why ? reply.why : "out of memory");
    return api_send(request->connection, reply.status, reply.type,
                    MHD_create_response_from_buffer(reply.length, reply.body, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result send_page(struct MHD_Connection *connection, const struct page *page)
{
    return api_send(connection, MHD_HTTP_OK, page->type,
                    MHD_create_response_from_buffer(page->length, (void *)page->bytes, MHD_RESPMEM_PERSISTENT));
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
            return api_send_error(request->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET");
        return send_page(request->connection, &PAGES[i]);
    }
    if (!route && !(events && strcmp(method, "GET") == 0))
        return path_known || events
                   ? api_send_error(request->connection, MHD_HTTP_METHOD_NOT_ALLOWED, "not by this method")
                   : api_send_error(request->connection, MHD_HTTP_NOT_FOUND, "there is nothing here");
    enum role needed = events ? ROLE_VIEWER : route->role;
    enum role role = needed == ROLE_NONE ? ROLE_NONE : role_of(request);
    if (!role_may(role, needed))
        return role == ROLE_NONE ? api_send_error(request->connection, MHD_HTTP_UNAUTHORIZED, "a token is needed")
                                 : api_send_error(request->connection, MHD_HTTP_FORBIDDEN, "this role may not do that");
    return events ? api_stream(request->api, request->connection) : answer_route(request, route);
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
        if (body->most == 0)
            body->most = body_limit(context, connection, path);
        char *longer = body->used + *size > body->most ? NULL : realloc(body->data, body->used + *size + 1);
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
        return api_send_error(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too long");
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

struct api *api_create(const struct live_setup *setup, struct api_outside outside, struct error_list *errors)
{
    const struct live_api *config = &setup->config->api;
    struct api *api = calloc(1, sizeof *api);
    bool good = true;

    if (!api) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
        return NULL;
    }
    api->setup = setup;
    api->outside = outside;
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
    for (size_t i = 0; i < API_READERS; i++)
        database_close(api->readers[i]);
    for (size_t i = 0; i < API_CACHED; i++)
        free(api->cache[i].text);
    tokens_destroy(api->tokens);
    pthread_cond_destroy(&api->freed);
    pthread_mutex_destroy(&api->mutex);
    free(api->certificate);
    free(api->key);
    free(api);
}
