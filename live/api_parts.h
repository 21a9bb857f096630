/* api_parts.h - what the files of the API share and nobody else: the server, a
 * request, its reply, a route. */
#ifndef SELFHEAL_LIVE_API_PARTS_H
#define SELFHEAL_LIVE_API_PARTS_H

#include "live/api.h"
#include "live/tokens.h"
#include "store/database.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum { API_READERS = 4, API_CACHED = 4 };

struct api {
    const struct live_setup *setup;
    struct api_outside outside;
    struct tokens *tokens; /* NULL: see api.h */
    struct MHD_Daemon *server;
    char *certificate, *key;
    char address[128];
    pthread_mutex_t mutex; /* the read connections */
    pthread_cond_t freed;
    struct database *readers[API_READERS];
    bool lent[API_READERS];
    struct cached {
        int64_t key; /* 0: empty */
        uint64_t decisions;
        heal_time at;
        char *text;
    } cache[API_CACHED];
    atomic_uint streams;
};

/* What may be told before it is known who tells it, and by a sender of alerts. */
enum { REQUEST_BODY_MAX = 64 << 10, ALERTS_BODY_MAX = 1 << 20, LIMIT_DEFAULT = 100, LIMIT_MOST = 1000 };

struct request {
    struct api *api;
    struct MHD_Connection *connection;
    const char *rest; /* of the path, behind the route's */
    const char *body; /* NUL-terminated */
    char actor[TOKEN_NAME + 16];
};

struct reply {
    unsigned status;
    const char *type;
    char *body; /* malloc; NULL: an error reply is made of `why` */
    size_t length;
    const char *why;
};

struct route {
    const char *method, *path;
    bool has_rest; /* `path` ends in '/', a number follows */
    enum role role;
    void (*answer)(struct request *request, struct reply *reply);
};

/* Answers: read from the database (api_read.c), of the status (api_status.c), commands (api_command.c, api_pause.c,
 * api_alerts.c). */
void answer_issues(struct request *request, struct reply *reply);
void answer_remediations(struct request *request, struct reply *reply);
void answer_statistics(struct request *request, struct reply *reply);
void answer_audit(struct request *request, struct reply *reply);
void answer_suggestions(struct request *request, struct reply *reply);
void answer_health_history(struct request *request, struct reply *reply);
void answer_health_score(struct request *request, struct reply *reply);
void answer_policy(struct request *request, struct reply *reply);
void answer_state(struct request *request, struct reply *reply);
void answer_health(struct request *request, struct reply *reply);
void answer_ready(struct request *request, struct reply *reply);
void answer_metrics(struct request *request, struct reply *reply);
void answer_toggle_auto_remediation(struct request *request, struct reply *reply);
void answer_toggle_dry_run(struct request *request, struct reply *reply);
void answer_manual_remediate(struct request *request, struct reply *reply);
void answer_approve(struct request *request, struct reply *reply);
void answer_deny(struct request *request, struct reply *reply);
void answer_rollback(struct request *request, struct reply *reply);
void answer_pause(struct request *request, struct reply *reply);
void answer_resume(struct request *request, struct reply *reply);
void answer_thaw(struct request *request, struct reply *reply);
void answer_pauses(struct request *request, struct reply *reply);
void answer_alerts(struct request *request, struct reply *reply);

const struct live_setup *api_setup(const struct api *api);
struct status *api_status(const struct api *api);
struct mailbox *api_mailbox(const struct api *api);
struct alert_book *api_alerts(const struct api *api);
struct pauses *api_pauses(const struct api *api);

/* The body as an object, with who and why for the command; NULL with the reply set. */
struct cJSON *api_body(struct request *request, struct reply *reply, struct command *command);
/* Gives the call to the engine's thread and answers by what came of it. */
void api_call(struct request *request, struct reply *reply, struct command_call *call);
struct command api_order(enum command_kind kind);

/* Sends and gives the response back. */
enum MHD_Result api_send(struct MHD_Connection *connection, unsigned status, const char *type,
                         struct MHD_Response *response);
enum MHD_Result api_send_error(struct MHD_Connection *connection, unsigned status, const char *why);
enum MHD_Result api_stream(struct api *api, struct MHD_Connection *connection);

/* The one text that `sql` gives, by one of the API's read connections; ?1 .. are bound
 * from `numbers`. NULL with reply->why set. */
void api_query(struct request *request, struct reply *reply, const char *sql, const int64_t *numbers, size_t count);
/* An answer that is the same as long as nothing was decided, for some seconds: given
 * again, or kept. `key` > 0 says which. */
bool api_cached(struct request *request, struct reply *reply, int64_t key, uint64_t decisions);
void api_keep(struct request *request, const struct reply *reply, int64_t key, uint64_t decisions);
/* A number of the query string, `fallback` when it is not there; -1 when it is
 * none from `low` to `high`, with the reply set. */
int64_t api_number(struct request *request, struct reply *reply, const char *name, int64_t low, int64_t high,
                   int64_t fallback);

/* A growing text. */
struct text {
    char *data;
    size_t used, room;
    bool failed;
};
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The reply's body is the text. */
void reply_text(struct reply *reply, struct text *text, const char *type);

/* Files that the binary carries (scripts/embed_pages.cmake). */
struct page {
    const char *path, *type;
    const unsigned char *bytes;
    size_t length;
};
extern const struct page PAGES[];
extern const size_t PAGE_COUNT;

#endif
