/* alertmanager.h - issues as alerts of an Alertmanager, API v2.
 *
 * An issue that opens is posted, one that closes is resolved. Labels name the
 * issue (alertname, severity, resource, source=selfheal), so that a repeated post
 * is the same alert.
 */
#ifndef SELFHEAL_LIVE_ALERTMANAGER_H
#define SELFHEAL_LIVE_ALERTMANAGER_H

#include "live/http_client.h"
#include "live/workers.h"

/* The body for one alert; the caller frees. NULL when out of memory. */
char *alertmanager_body(const struct job *job, const char *source);

/* Posts it. False with why. */
bool alertmanager_post(const struct http_settings *settings, const struct job *job, const char *source,
                       char error[HTTP_ERROR_TEXT]);

#endif
