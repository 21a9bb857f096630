/* kube_stub.c - see kube_stub.h; libmicrohttpd, a thread for each connection. */
#include "tests/kube_stub/kube_stub.h"

#include "engine/name_table.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    COLLECTIONS = 16,
    LOG_ROOM = 65536,
    BLOCK = 64 << 10,
    BOOKMARK_SECONDS = 1,
    SLOW_SECONDS = 2,
    SILENT_SECONDS = 60
};

struct object {
    char *key, *text; /* text NULL: was taken away */
};

struct collection {
    char *path;
    struct object *objects;
    const char **keys; /* keys[i] is objects[i].key, for the table */
    size_t count, capacity;
    struct name_table table;
};

struct event {
    uint64_t version;
    const struct collection *collection;
    char *line;
};

struct kube_stub {
    struct MHD_Daemon *daemon;
    char url[64];
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct collection collections[COLLECTIONS];
    size_t collection_count;
    struct event log[LOG_ROOM]; /* event number n is at n % LOG_ROOM */
    uint64_t logged;            /* events so far */
    uint64_t version, forgotten;
    uint64_t cuts; /* watches that began before the last cut end */
    enum stub_fault fault;
    enum stub_call fault_call;
    char fault_path[128];
    uint32_t fault_count;
    char token[256];
    uint64_t calls[STUB_CALLS];
    bool stopping;
};

struct watcher {
    struct kube_stub *stub;
    const struct collection *collection;
    uint64_t next; /* event */
    uint64_t version, cuts;
    time_t end, bookmark;
    bool bookmarks, over, broken;
    char *pending;
    size_t used, length;
};

static void *checked(void *memory)
{
    if (!memory)
        abort(); /* a test's tool: there is nobody to tell */
    return memory;
}

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* `text` with its version in the place of "0". */
static char *with_version(const char *text, uint64_t version)
{
    static const char MARK[] = "\"resourceVersion\":\"0\"";
    const char *at = strstr(text, MARK);
    size_t size = strlen(text) + 24;
    char *out = checked(malloc(size));

    if (!at)
        abort();
    snprintf(out, size, "%.*s\"resourceVersion\":\"%llu\"%s", (int)(at - text), text, (unsigned long long)version,
             at + sizeof MARK - 1);
    return out;
}

static struct collection *find(struct kube_stub *stub, const char *path)
{
    for (size_t i = 0; i < stub->collection_count; i++) {
        if (strcmp(stub->collections[i].path, path) == 0)
            return &stub->collections[i];
    }
    return NULL;
}

void kube_stub_serve(struct kube_stub *stub, const char *path)
{
    pthread_mutex_lock(&stub->mutex);
    if (!find(stub, path) && stub->collection_count < COLLECTIONS)
        stub->collections[stub->collection_count++].path = checked(strdup(path));
    pthread_mutex_unlock(&stub->mutex);
}

static struct object *object_of(struct collection *collection, const char *key, bool *fresh)
{
    uint32_t number = name_table_find(&collection->table, collection->keys, key, strlen(key));

    *fresh = number == NAME_NONE;
    if (number != NAME_NONE)
        return &collection->objects[number];
    if (collection->count == collection->capacity) {
        collection->capacity = collection->capacity > 0 ? 2 * collection->capacity : 64;
        collection->objects = checked(realloc(collection->objects, collection->capacity * sizeof *collection->objects));
        collection->keys = checked(realloc(collection->keys, collection->capacity * sizeof *collection->keys));
    }
    struct object *object = &collection->objects[collection->count];
    *object = (struct object){.key = checked(strdup(key))};
    collection->keys[collection->count] = object->key;
    name_table_add(&collection->table, key, strlen(key), (uint32_t)collection->count++);
    return object;
}

static void note(struct kube_stub *stub, const struct collection *collection, const char *type, const char *text)
{
    struct event *event = &stub->log[stub->logged++ % LOG_ROOM];
    size_t size = strlen(text) + 64;

    free(event->line);
    *event = (struct event){stub->version, collection, checked(malloc(size))};
    snprintf(event->line, size, "{\"type\":\"%s\",\"object\":%s}\n", type, text);
}

void kube_stub_put(struct kube_stub *stub, const char *path, const char *key, const char *text)
{
    bool fresh = true;

    kube_stub_serve(stub, path);
    pthread_mutex_lock(&stub->mutex);
    struct collection *collection = find(stub, path);
    struct object *object = object_of(collection, key, &fresh);
    if (text || object->text) {
        char *last = object->text;
        stub->version++;
        object->text = text ? with_version(text, stub->version) : NULL;
        note(stub, collection, !text ? "DELETED" : last ? "MODIFIED" : "ADDED", text ? object->text : last);
        free(last);
        pthread_cond_broadcast(&stub->changed);
    }
    pthread_mutex_unlock(&stub->mutex);
}

void kube_stub_misbehave(struct kube_stub *stub, enum stub_fault fault, enum stub_call call, const char *path,
                         uint32_t count)
{
    pthread_mutex_lock(&stub->mutex);
    stub->fault = fault;
    stub->fault_call = call;
    stub->fault_count = count;
    snprintf(stub->fault_path, sizeof stub->fault_path, "%s", path);
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->mutex);
}

void kube_stub_cut_watches(struct kube_stub *stub)
{
    pthread_mutex_lock(&stub->mutex);
    stub->cuts++;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->mutex);
}

void kube_stub_forget(struct kube_stub *stub)
{
    pthread_mutex_lock(&stub->mutex);
    stub->forgotten = ++stub->version;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->mutex);
}

void kube_stub_token(struct kube_stub *stub, const char *token)
{
    pthread_mutex_lock(&stub->mutex);
    snprintf(stub->token, sizeof stub->token, "%s%s", token ? "Bearer " : "", token ? token : "");
    pthread_mutex_unlock(&stub->mutex);
}

uint64_t kube_stub_calls(struct kube_stub *stub, enum stub_call call)
{
    pthread_mutex_lock(&stub->mutex);
    uint64_t calls = stub->calls[call];
    pthread_mutex_unlock(&stub->mutex);
    return calls;
}

uint64_t kube_stub_version(struct kube_stub *stub)
{
    pthread_mutex_lock(&stub->mutex);
    uint64_t version = stub->version;
    pthread_mutex_unlock(&stub->mutex);
    return version;
}

const char *kube_stub_url(const struct kube_stub *stub)
{
    return stub->url;
}

/* -- answers ------------------------------------------------------------------- */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned status, char *body, const char *retry_after)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_MUST_FREE);

    MHD_add_response_header(response, "Content-Type", "application/json");
    if (retry_after)
        MHD_add_response_header(response, "Retry-After", retry_after);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result reply_status(struct MHD_Connection *connection, unsigned status, const char *message,
                                    const char *retry_after)
{
    char body[512];

    snprintf(body, sizeof body,
             "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"message\":\"%s\",\"code\":%u}",
             message, status);
    return reply(connection, status, checked(strdup(body)), retry_after);
}

/* The body of a call that is cut: half a text, then the connection goes. */
static ssize_t cut_after(void *context, uint64_t at, char *to, size_t room)
{
    static const char HALF[] = "{\"kind\":\"List\",\"items\":[{\"metadata\":{\"na";
    size_t length = sizeof HALF - 1;

    (void)context;
    if (at > 0 || room < length)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memcpy(to, HALF, length);
    return (ssize_t)length;
}

/* Waits without the lock's being taken by anybody for long; false when the stub stops. */
static bool wait_seconds(struct kube_stub *stub, int count)
{
    time_t end = seconds() + count;

    pthread_mutex_lock(&stub->mutex);
    while (!stub->stopping && seconds() < end) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&stub->changed, &stub->mutex, &until);
    }
    bool goes_on = !stub->stopping;
    pthread_mutex_unlock(&stub->mutex);
    return goes_on;
}

/* True when the call was answered wrongly, as ordered. */
static bool go_wrong(struct kube_stub *stub, struct MHD_Connection *connection, enum stub_fault fault,
                     enum MHD_Result *result)
{
    static const struct {
        unsigned status;
        const char *message, *retry_after;
    } SAID[STUB_FAULTS] = {
        [STUB_500] = {500, "etcd is not well", NULL},
        [STUB_429] = {429, "too many requests", "1"},
        [STUB_403] = {403, "is forbidden", NULL},
        [STUB_404] = {404, "not found", NULL},
        [STUB_GONE] = {410, "too old resource version", NULL},
    };
    struct MHD_Response *response;

    switch (fault) {
    case STUB_GARBAGE:
        *result = reply(connection, 200, checked(strdup("<html>\nnot {json\n")), NULL);
        return true;
    case STUB_CUT:
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, cut_after, NULL, NULL);
        *result = MHD_queue_response(connection, 200, response);
        MHD_destroy_response(response);
        return true;
    case STUB_SLOW:
        return wait_seconds(stub, SLOW_SECONDS) ? false : (*result = MHD_NO, true);
    case STUB_SILENT:
        wait_seconds(stub, SILENT_SECONDS);
        *result = MHD_NO;
        return true;
    default:
        if (SAID[fault].status == 0)
            return false;
        *result = reply_status(connection, SAID[fault].status, SAID[fault].message, SAID[fault].retry_after);
        return true;
    }
}

/* Later pages give the first one's version ("continue" is VERSION.INDEX), so that who
 * watches from there on is told again what changed between the pages. */
static enum MHD_Result answer_list(struct kube_stub *stub, struct MHD_Connection *connection,
                                   struct collection *collection)
{
    const char *asked = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "limit");
    const char *from = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "continue");
    size_t limit = asked ? strtoul(asked, NULL, 10) : SIZE_MAX, at = 0, size = 0;
    char *body = NULL, *rest = NULL;
    FILE *out = checked(open_memstream(&body, &size));

    pthread_mutex_lock(&stub->mutex);
    unsigned long long version = from ? strtoull(from, &rest, 10) : stub->version;
    if (rest && *rest == '.')
        at = strtoul(rest + 1, NULL, 10);
    fprintf(out, "{\"kind\":\"List\",\"items\":[");
    for (size_t said = 0; at < collection->count && said < limit; at++) {
        if (collection->objects[at].text)
            fprintf(out, "%s%s", said++ > 0 ? "," : "", collection->objects[at].text);
    }
    fprintf(out, "],\"metadata\":{\"resourceVersion\":\"%llu\"", version);
    if (at < collection->count)
        fprintf(out, ",\"continue\":\"%llu.%zu\"", version, at);
    pthread_mutex_unlock(&stub->mutex);
    fprintf(out, "}}");
    fclose(out);
    return reply(connection, 200, body, NULL);
}

/* -- watching ------------------------------------------------------------------ */

static void say(struct watcher *watcher, char *text)
{
    free(watcher->pending);
    watcher->pending = text;
    watcher->used = 0;
    watcher->length = strlen(text);
}

static char *format_error(void)
{
    return checked(strdup("{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":"
                          "\"too old resource version\",\"reason\":\"Expired\",\"code\":410}}\n"));
}

/* The next thing to tell, in watcher->pending; false when there is nothing yet. Locked. */
static bool next_line(struct watcher *watcher)
{
    struct kube_stub *stub = watcher->stub;
    uint64_t oldest = stub->logged > LOG_ROOM ? stub->logged - LOG_ROOM : 0;
    char text[160];

    if (watcher->cuts != stub->cuts) {
        watcher->broken = true;
        say(watcher, checked(strdup("{\"type\":\"MODIFIED\",\"object\":{\"meta")));
        return true;
    }
    if (watcher->version < stub->forgotten || watcher->next < oldest) {
        watcher->over = true;
        say(watcher, format_error());
        return true;
    }
    for (; watcher->next < stub->logged; watcher->next++) {
        const struct event *event = &stub->log[watcher->next % LOG_ROOM];
        if (event->version <= watcher->version)
            continue;
        watcher->version = event->version;
        if (event->collection != watcher->collection)
            continue;
        say(watcher, checked(strdup(event->line)));
        watcher->next++;
        return true;
    }
    if (watcher->bookmarks && seconds() >= watcher->bookmark) {
        watcher->bookmark = seconds() + BOOKMARK_SECONDS;
        watcher->version = stub->version;
        snprintf(text, sizeof text,
                 "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"%llu\"}}}\n",
                 (unsigned long long)stub->version);
        say(watcher, checked(strdup(text)));
        return true;
    }
    return false;
}

static ssize_t stream(void *context, uint64_t at, char *to, size_t room)
{
    struct watcher *watcher = context;
    struct kube_stub *stub = watcher->stub;
    size_t written = 0;

    (void)at;
    pthread_mutex_lock(&stub->mutex);
    while (written < room) {
        if (watcher->used < watcher->length) {
            size_t piece = watcher->length - watcher->used;
            piece = piece < room - written ? piece : room - written;
            memcpy(to + written, watcher->pending + watcher->used, piece);
            watcher->used += piece;
            written += piece;
            continue;
        }
        if (watcher->over || watcher->broken)
            break;
        if (next_line(watcher))
            continue;
        if (written > 0)
            break;
        if (stub->stopping || seconds() >= watcher->end) {
            watcher->over = true;
            break;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&stub->changed, &stub->mutex, &until);
    }
    pthread_mutex_unlock(&stub->mutex);
    if (written > 0)
        return (ssize_t)written;
    return watcher->broken ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
}

static void free_watcher(void *context)
{
    struct watcher *watcher = context;

    free(watcher->pending);
    free(watcher);
}

static enum MHD_Result answer_watch(struct kube_stub *stub, struct MHD_Connection *connection,
                                    const struct collection *collection)
{
    const char *version = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "resourceVersion");
    const char *timeout = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "timeoutSeconds");
    struct watcher *watcher = checked(calloc(1, sizeof *watcher));

    pthread_mutex_lock(&stub->mutex);
    watcher->stub = stub;
    watcher->collection = collection;
    watcher->version = version ? strtoull(version, NULL, 10) : stub->version;
    watcher->next = stub->logged > LOG_ROOM ? stub->logged - LOG_ROOM : 0;
    if (watcher->next > 0 && stub->log[watcher->next % LOG_ROOM].version > watcher->version + 1)
        watcher->next--; /* what it missed is not there any more */
    watcher->cuts = stub->cuts;
    watcher->end = seconds() + (timeout ? strtol(timeout, NULL, 10) : 300);
    watcher->bookmark = seconds() + BOOKMARK_SECONDS;
    watcher->bookmarks = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "allowWatchBookmarks") != NULL;
    pthread_mutex_unlock(&stub->mutex);
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, stream, watcher, free_watcher);
    MHD_add_response_header(response, "Content-Type", "application/json");
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result serve(void *context, struct MHD_Connection *connection, const char *path, const char *method,
                             const char *version, const char *data, size_t *size, void **state)
{
    struct kube_stub *stub = context;
    enum MHD_Result result = MHD_NO;

    (void)version, (void)data;
    if (!*state) { /* the headers alone */
        *state = stub;
        return MHD_YES;
    }
    if (*size > 0) { /* a body is taken and not looked at */
        *size = 0;
        return MHD_YES;
    }
    const char *token = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
    const char *watches = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "watch");
    pthread_mutex_lock(&stub->mutex);
    struct collection *collection = strcmp(method, "GET") == 0 ? find(stub, path) : NULL;
    enum stub_call call = !collection ? STUB_OTHER : watches ? STUB_WATCH : STUB_LIST;
    enum stub_fault fault = STUB_GOOD;
    if (stub->fault_count > 0 && stub->fault_call == call &&
        strncmp(path, stub->fault_path, strlen(stub->fault_path)) == 0) {
        fault = stub->fault;
        stub->fault_count--;
    }
    stub->calls[call]++;
    bool known = stub->token[0] == '\0' || (token && strcmp(token, stub->token) == 0);
    pthread_mutex_unlock(&stub->mutex);
    if (!known)
        return reply_status(connection, 401, "Unauthorized", NULL);
    if (go_wrong(stub, connection, fault, &result))
        return result;
    if (!collection && strcmp(path, "/version") == 0)
        return reply(connection, 200, checked(strdup("{\"major\":\"1\",\"minor\":\"20\"}")), NULL);
    if (!collection)
        return reply_status(connection, 404, "the server could not find the requested resource", NULL);
    return call == STUB_WATCH ? answer_watch(stub, connection, collection) : answer_list(stub, connection, collection);
}

struct kube_stub *kube_stub_start(void)
{
    struct kube_stub *stub = checked(calloc(1, sizeof *stub));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    pthread_condattr_t monotonic;

    pthread_mutex_init(&stub->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stub->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    stub->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
                                    serve, stub, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        stub->daemon ? MHD_get_daemon_info(stub->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info) {
        snprintf(stub->url, sizeof stub->url, "http://127.0.0.1:%u", info->port);
        return stub;
    }
    kube_stub_stop(stub);
    return NULL;
}

void kube_stub_stop(struct kube_stub *stub)
{
    pthread_mutex_lock(&stub->mutex);
    stub->stopping = true;
    pthread_cond_broadcast(&stub->changed);
    pthread_mutex_unlock(&stub->mutex);
    if (stub->daemon)
        MHD_stop_daemon(stub->daemon);
    for (size_t i = 0; i < LOG_ROOM; i++)
        free(stub->log[i].line);
    for (size_t i = 0; i < stub->collection_count; i++) {
        struct collection *collection = &stub->collections[i];
        for (size_t j = 0; j < collection->count; j++) {
            free(collection->objects[j].key);
            free(collection->objects[j].text);
        }
        free(collection->objects);
        free(collection->keys);
        free(collection->path);
        name_table_clear(&collection->table);
    }
    pthread_cond_destroy(&stub->changed);
    pthread_mutex_destroy(&stub->mutex);
    free(stub);
}
