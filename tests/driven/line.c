/* line.c - see line.h. */
#include "tests/driven/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TICK_MS = 20 };

struct line {
    uint16_t port, server;
    int listener;
    pthread_t thread;
    atomic_bool cut, closing;
    atomic_uint_fast64_t tries, ends; /* ends: connections that are served now */
};

struct end {
    struct line *line;
    int client;
};

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listen_anywhere(uint16_t *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener >= 0 && bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 64) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        return listener;
    }
    if (listener >= 0)
        close(listener);
    return -1;
}

uint16_t line_free_port(void)
{
    uint16_t port = 0;
    int listener = listen_anywhere(&port);

    if (listener >= 0)
        close(listener);
    return port;
}

/* What can be read from one goes to the other; false when one has ended. */
static bool carry(int from, int to)
{
    char piece[16384];
    ssize_t got = recv(from, piece, sizeof piece, 0);

    for (ssize_t sent = 0; got > 0 && sent < got;) {
        ssize_t more = send(to, piece + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (more <= 0)
            return false;
        sent += more;
    }
    return got > 0;
}

static void *serve(void *context)
{
    struct end *end = context;
    struct line *line = end->line;
    struct sockaddr_in address = loopback(line->server);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    bool open = server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0;

    while (open && !atomic_load(&line->cut) && !atomic_load(&line->closing)) {
        struct pollfd both[] = {{.fd = end->client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        if (poll(both, 2, TICK_MS) <= 0)
            continue;
        open = (!both[0].revents || carry(end->client, server)) && (!both[1].revents || carry(server, end->client));
    }
    close(end->client);
    if (server >= 0)
        close(server);
    free(end);
    atomic_fetch_sub(&line->ends, 1);
    return NULL;
}

static void take(struct line *line, int client)
{
    struct end *end = calloc(1, sizeof *end);
    pthread_attr_t detached;
    pthread_t thread;

    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (end) {
        *end = (struct end){line, client};
        atomic_fetch_add(&line->ends, 1);
    }
    if (!end || pthread_create(&thread, &detached, serve, end) != 0) {
        if (end)
            atomic_fetch_sub(&line->ends, 1);
        close(client);
        free(end);
    }
    pthread_attr_destroy(&detached);
}

static void *listen_on(void *context)
{
    struct line *line = context;

    while (!atomic_load(&line->closing)) {
        struct pollfd wait = {.fd = line->listener, .events = POLLIN};
        int client = poll(&wait, 1, TICK_MS) > 0 ? accept(line->listener, NULL, NULL) : -1;
        if (client < 0)
            continue;
        if (!atomic_load(&line->cut)) {
            take(line, client);
            continue;
        }
        atomic_fetch_add(&line->tries, 1);
        close(client);
    }
    return NULL;
}

struct line *line_open(uint16_t server)
{
    struct line *line = calloc(1, sizeof *line);

    if (!line)
        return NULL;
    line->server = server;
    line->listener = listen_anywhere(&line->port);
    if (line->listener >= 0 && pthread_create(&line->thread, NULL, listen_on, line) == 0)
        return line;
    if (line->listener >= 0)
        close(line->listener);
    free(line);
    return NULL;
}

void line_close(struct line *line)
{
    atomic_store(&line->closing, true);
    pthread_join(line->thread, NULL);
    while (atomic_load(&line->ends) > 0)
        poll(NULL, 0, TICK_MS);
    close(line->listener);
    free(line);
}

uint16_t line_port(const struct line *line)
{
    return line->port;
}

void line_cut(struct line *line, bool cut)
{
    atomic_store(&line->cut, cut);
}

uint64_t line_tries(struct line *line)
{
    return atomic_load(&line->tries);
}
