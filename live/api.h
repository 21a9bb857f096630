/* api.h - the HTTP API and the dashboard of a live process (libmicrohttpd).
 *
 * Reads are answered from the database and from copies of the status; commands
 * go to the engine's thread and wait for its answer. live/dashboard/openapi.json describes
 * every path and is itself served as /openapi.json. A role may do what those
 * before it may: viewer reads, operator acts, approver says yes to what waits for
 * one and switches; a sender may tell alerts (alert_book.h) and nothing else. Without a file of tokens clients on loopback may read and
 * nobody may act.
 */
#ifndef SELFHEAL_LIVE_API_H
#define SELFHEAL_LIVE_API_H

#include "live/alert_book.h"
#include "live/chapter.h"
#include "live/pauses.h"

struct api;
/* Listens. NULL with messages. */
struct api_outside {
    struct status *status;
    struct mailbox *mailbox;
    struct alert_book *alerts; /* NULL: none are taken */
    struct pauses *pauses;
};
struct api *api_create(const struct live_setup *setup, struct api_outside outside, struct error_list *errors);
/* The status must be closed. NULL is fine. */
void api_destroy(struct api *api);
const char *api_address(const struct api *api); /* "http://127.0.0.1:8400" */

#endif
