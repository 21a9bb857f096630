/* api_alerts.c - alerts that an Alertmanager sends here. */
#include "live/api_parts.h"

void answer_alerts(struct request *request, struct reply *reply)
{
    struct alert_book *book = api_alerts(request->api);
    struct alert_count count;
    struct text text = {0};

    if (!book) {
        reply->status = MHD_HTTP_NOT_FOUND;
        reply->why = "no alerts are mapped in the configuration";
        return;
    }
    switch (alert_book_take(book, request->body, monotonic_now(), &count)) {
    case ALERTS_WRONG:
        reply->status = MHD_HTTP_BAD_REQUEST;
        reply->why = "expected the body of an Alertmanager's webhook, version 4";
        return;
    case ALERTS_FULL: /* Alertmanager tries again */
        reply->status = MHD_HTTP_SERVICE_UNAVAILABLE;
        reply->why = "too many alerts are at hand";
        return;
    case ALERTS_TAKEN:
        break;
    }
    text_add(&text, "{\"taken\":%u,\"unmapped\":%u}\n", count.taken, count.unmapped);
    reply_text(reply, &text, "application/json");
}
