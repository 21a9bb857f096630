/* api_stream.c - decisions and commands as server-sent events. Each client's
 * connection has a thread of its own, which waits here for what there is to tell. */
#include "live/api_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
        if (status_is_closed(api_status(stream->api)))
            return MHD_CONTENT_READER_END_OF_STREAM;
        stream->sent = 0;
        int length;
        if (status_next_event(api_status(stream->api), &stream->seen, 10 * HEAL_SECOND, event, &missed))
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

enum MHD_Result api_stream(struct api *api, struct MHD_Connection *connection)
{
    struct stream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return MHD_NO;
    if (atomic_fetch_add(&api->streams, 1) >= api->setup->config->api.connections / 2) {
        atomic_fetch_sub(&api->streams, 1);
        free(stream);
        return api_send_error(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "too many event streams");
    }
    stream->api = api;
    stream->seen = status_last_event(api_status(api));
    stream->length = (size_t)snprintf(stream->text, sizeof stream->text, "retry: 3000\n\n");
    return api_send(connection, MHD_HTTP_OK, "text/event-stream",
                    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, stream_read, stream, stream_end));
}
