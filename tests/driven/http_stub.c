/* http_stub.c - see http_stub.h; one thread of libmicrohttpd. */
#include "tests/driven/http_stub.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct http_stub {
    struct MHD_Daemon *daemon;
    http_stub_answer *answer;
    void *context;
    uint16_t port;
};

struct body {
    size_t length;
    char text[HTTP_STUB_ROOM];
};

static enum MHD_Result take(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                            const char *version, const char *data, size_t *length, void **kept)
{
    struct http_stub *stub = context;
    struct body *body = *kept;
    static const char TYPE[] = "application/json";

    (void)method, (void)version;
    if (!body) {
        *kept = calloc(1, sizeof *body);
        return *kept ? MHD_YES : MHD_NO;
    }
    if (*length > 0) {
        size_t more = *length < sizeof body->text - 1 - body->length ? *length : sizeof body->text - 1 - body->length;
        memcpy(body->text + body->length, data, more);
        body->length += more;
        *length = 0;
        return MHD_YES;
    }
    char *text = calloc(1, HTTP_STUB_ROOM);
    if (!text)
        return MHD_NO;
    unsigned status = stub->answer(stub->context, path, body->text, text);
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
    MHD_add_response_header(response, "Content-Type", TYPE);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static void over(void *context, struct MHD_Connection *connection, void **kept, enum MHD_RequestTerminationCode code)
{
    (void)context, (void)connection, (void)code;
    free(*kept);
    *kept = NULL;
}

struct http_stub *http_stub_start(http_stub_answer *answer, void *context)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct http_stub *stub = calloc(1, sizeof *stub);

    if (!stub)
        return NULL;
    stub->answer = answer;
    stub->context = context;
    stub->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, take, stub, MHD_OPTION_SOCK_ADDR,
                                    &address, MHD_OPTION_NOTIFY_COMPLETED, over, NULL, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        stub->daemon ? MHD_get_daemon_info(stub->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        free(stub);
        return NULL;
    }
    stub->port = info->port;
    return stub;
}

void http_stub_stop(struct http_stub *stub)
{
    MHD_stop_daemon(stub->daemon);
    free(stub);
}

uint16_t http_stub_port(const struct http_stub *stub)
{
    return stub->port;
}
