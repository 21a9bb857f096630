/* alertmanager.h - issues as alerts of an Alertmanager, API v2.
 *
 * An Alertmanager forgets an alert that nobody repeats. So a thread keeps what fires and tells it
 * anew each REPEAT_ALERTS, with an end a few repeats away: alerts of a process that died end by
 * themselves. An issue that closes is told as resolved until that is heard; one that
 * nobody ever heard of is not. While the Alertmanager is away all of it waits: when it is back, it
 * hears how things are. Labels name the issue (alertname, severity, resource, source=selfheal,
 * instance), so that a repeated post is the same alert.
 */
#ifndef SELFHEAL_LIVE_ALERTMANAGER_H
#define SELFHEAL_LIVE_ALERTMANAGER_H

#include "engine/inventory.h"
#include "engine/issue.h"
#include "live/http_client.h"

enum { ALERTS_TOLD_MAX = 8192, ALERTS_IN_A_POST = 256 };
static const heal_duration REPEAT_ALERTS = HEAL_MINUTE;

struct told_issue {
    int64_t row;
    enum issue_type type;
    enum severity severity;
    heal_time at; /* when it opened, or closed */
    char resource[SERIES_ID_MAX + 1];
};

struct alertmanager;
/* Starts the thread. `settings` is borrowed, `instance` (of the labels) too. NULL when out of memory or threads. */
struct alertmanager *alertmanager_create(const struct http_settings *settings, const char *instance);
void alertmanager_destroy(struct alertmanager *alertmanager); /* about a second; NULL is fine */

/* None of them waits for the network; NULL is fine. */
/* False when there are too many. One of that type and resource that fires with another severity is resolved. */
bool alertmanager_fire(struct alertmanager *alertmanager, const struct told_issue *issue);
void alertmanager_resolve(struct alertmanager *alertmanager, const struct told_issue *issue);
/* Issues are found anew now: what is not fired again within some minutes is resolved. */
void alertmanager_begin_anew(struct alertmanager *alertmanager);
/* How many have changed and are not told yet. */
size_t alertmanager_waiting(struct alertmanager *alertmanager);

#endif
