/* daemon_feeds.c - the feeds that read beside the loop. */
#include "live/daemon_parts.h"

#include <stdio.h>
#include <string.h>

static const char *const FEED_NAMES[FEED_COUNT] = {"prometheus", "certificates", "kubernetes",
                                                   "postgres",   "manifests",    "alerts"};

static void onto_board(void *context, const char *series, heal_time at, double value)
{
    (void)at;
    board_put(context, series, value);
}

static bool read_prometheus(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    return prometheus_read(context, at, (struct prometheus_sink){place, onto_board}, error);
}

static bool read_certificates(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    const struct daemon *daemon = context;
    const struct live_config *config = daemon->setup->config;
    char series[CERTIFICATE_SERIES];
    size_t answered = 0;
    double days;

    for (size_t i = 0; i < config->certificate_count; i++) {
        if (!certificate_days(&config->certificates[i], at, 5 * HEAL_SECOND, &days, error))
            continue;
        board_put(place, certificate_series(&config->certificates[i], series), days);
        answered++;
    }
    return answered > 0; /* one server that is away has no sample, and hinders nothing */
}

static bool read_kubernetes(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    return kube_feed_read(context, at, place, error);
}

static void sample_onto_board(void *context, const char *series, double value)
{
    board_put(context, series, value);
}

static bool read_postgres(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    return postgres_read(context, at, (struct postgres_sink){place, sample_onto_board}, error);
}

static bool read_alerts(void *context, heal_time at, struct board_place *place, char error[HTTP_ERROR_TEXT])
{
    (void)at;
    (void)error;
    alert_book_read(context, monotonic_now(), (struct alert_sink){place, sample_onto_board});
    return true; /* nobody is asked: silence is no trouble */
}

static bool start_alerts(struct daemon *daemon)
{
    const struct alert_settings *settings = &daemon->setup->config->alerts;

    if (settings->count == 0)
        return true;
    daemon->alerts = alert_book_create(settings);
    struct feed_source source = {FEED_NAMES[FEED_ALERTS], daemon->alerts, read_alerts};
    if (daemon->alerts)
        daemon->feeds[FEED_ALERTS] = feed_create(&source, FEED_ALERTS, daemon->board, daemon->mailbox);
    return daemon->feeds[FEED_ALERTS] != NULL;
}

static bool start_postgres(struct daemon *daemon)
{
    const struct postgres_settings *settings = &daemon->setup->config->postgres;

    if (settings->count == 0)
        return true;
    daemon->postgres = postgres_create(settings);
    struct feed_source source = {FEED_NAMES[FEED_POSTGRES], daemon->postgres, read_postgres};
    if (daemon->postgres)
        daemon->feeds[FEED_POSTGRES] = feed_create(&source, FEED_POSTGRES, daemon->board, daemon->mailbox);
    return daemon->feeds[FEED_POSTGRES] != NULL;
}

bool daemon_start_feeds(struct daemon *daemon)
{
    const struct live_config *config = daemon->setup->config;
    bool asks = config->prometheus.http.url && config->prometheus.query_count > 0;

    if (asks) {
        daemon->read_by_feed = prometheus_create(&config->prometheus);
        daemon->read_at_start = prometheus_create(&config->prometheus);
        struct feed_source source = {FEED_NAMES[FEED_PROMETHEUS], daemon->read_by_feed, read_prometheus};
        if (daemon->read_by_feed && daemon->read_at_start)
            daemon->feeds[FEED_PROMETHEUS] = feed_create(&source, FEED_PROMETHEUS, daemon->board, daemon->mailbox);
    }
    if (config->certificate_count > 0) {
        struct feed_source source = {FEED_NAMES[FEED_CERTIFICATES], daemon, read_certificates};
        daemon->feeds[FEED_CERTIFICATES] = feed_create(&source, FEED_CERTIFICATES, daemon->board, daemon->mailbox);
    }
    if (config->kubernetes.on && (daemon->kubernetes = kube_feed_create(&config->kubernetes)) != NULL) {
        struct feed_source source = {FEED_NAMES[FEED_KUBERNETES], daemon->kubernetes, read_kubernetes};
        daemon->feeds[FEED_KUBERNETES] = feed_create(&source, FEED_KUBERNETES, daemon->board, daemon->mailbox);
    }
    if (config->kubernetes.on && !daemon_start_actuator(daemon))
        return false;
    if (daemon->manifests) {
        struct feed_source source = {FEED_NAMES[FEED_MANIFESTS], daemon, daemon_read_manifests};
        daemon->feeds[FEED_MANIFESTS] = feed_create(&source, FEED_MANIFESTS, daemon->board, daemon->mailbox);
    }
    return start_postgres(daemon) && start_alerts(daemon) && (!daemon->manifests || daemon->feeds[FEED_MANIFESTS]) &&
           (!asks || daemon->feeds[FEED_PROMETHEUS]) && (!config->kubernetes.on || daemon->feeds[FEED_KUBERNETES]) &&
           (config->certificate_count == 0 || daemon->feeds[FEED_CERTIFICATES]);
}

void daemon_note_sources(struct daemon *daemon)
{
    struct status_view *view = status_lock(daemon->status);

    view->source_count = 0;
    for (size_t i = 0; i < FEED_COUNT; i++) {
        struct source_status *source = &view->sources[view->source_count];
        char error[HTTP_ERROR_TEXT] = "";
        if (!daemon->feeds[i])
            continue;
        if (source->name != FEED_NAMES[i])
            *source = (struct source_status){.name = FEED_NAMES[i]};
        feed_error(daemon->feeds[i], error);
        source->good = daemon->good[i];
        if (daemon->good[i])
            source->good_at = daemon->clock.now;
        snprintf(source->error, STATUS_TEXT, "%s", daemon->good[i] ? "" : error[0] ? error : "no answer in time");
        view->source_count++;
    }
    status_unlock(daemon->status);
}

bool daemon_all_read(const struct daemon *daemon)
{
    for (size_t i = 0; i < FEED_COUNT; i++) {
        if (!daemon->read[i])
            return false;
    }
    return true;
}

bool daemon_watch(struct daemon *daemon, const struct inventory *inventory)
{
    if (daemon->kubernetes)
        kube_feed_watch(daemon->kubernetes, inventory);
    return board_watch(daemon->board, inventory);
}

/* Of all that are configured, whether all are good; the first that is not to *name. */
bool daemon_all_good(const struct daemon *daemon, const char **name)
{
    for (size_t i = 0; i < FEED_COUNT; i++) {
        if (!daemon->feeds[i] || daemon->good[i])
            continue;
        *name = FEED_NAMES[i];
        return false;
    }
    return true;
}

void daemon_add_certificates(const struct live_config *config, struct inventory *inventory)
{
    char series[CERTIFICATE_SERIES];

    for (size_t i = 0; i < config->certificate_count; i++) {
        certificate_series(&config->certificates[i], series);
        inventory_add_series(inventory, series, strlen(series)); /* known from the database: no fault */
    }
}

static void into_inventory(void *context, const char *series, double value)
{
    (void)value;
    inventory_add_series(context, series, strlen(series));
}

void daemon_add_alerts(struct daemon *daemon, struct inventory *inventory)
{
    if (daemon->alerts)
        alert_book_name(daemon->alerts, monotonic_now(), (struct alert_sink){inventory, into_inventory});
}

void daemon_add_databases(const struct live_config *config, struct inventory *inventory)
{
    postgres_name_series(&config->postgres, (struct postgres_sink){inventory, into_inventory});
}
