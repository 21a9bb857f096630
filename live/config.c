/* config.c - see config.h. */
#include "live/config.h"

#include "engine/size.h"
#include "store/database.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAYER_MAX = 1024 };

struct loading {
    struct live_config *config;
    struct error_list *errors;
    char layer[LAYER_MAX];
    size_t used;
};

static void read_bytes(struct reader *reader, const char *key, uint64_t *out)
{
    const char *text;
    if (reader_text(reader, key, &text) && !size_parse(text, strlen(text), out))
        reader_error(reader, key, "expected a size such as 64Mi or 2Gi, found \"%s\"", text);
}

static void read_url(struct reader *reader, struct arena *arena, const char **out)
{
    if (!reader_text_into(reader, "url", arena, out))
        return;
    size_t length = strlen(*out);
    if (strncmp(*out, "http://", 7) != 0 && strncmp(*out, "https://", 8) != 0)
        reader_error(reader, "url", "expected http://... or https://..., found \"%s\"", *out);
    else if ((*out)[length - 1] == '/')
        *out = arena_text(arena, *out, length - 1);
}

static void read_http(struct reader *reader, struct arena *arena, struct http_settings *http)
{
    read_url(reader, arena, &http->url);
    reader_duration(reader, "timeout", HEAL_MILLISECOND, HEAL_HOUR, &http->timeout);
    reader_count(reader, "retries", 0, 10, &http->retries);
    reader_text_into(reader, "token_file", arena, &http->token_file);
    reader_text_into(reader, "ca_file", arena, &http->ca_file);
}

static void read_prometheus(struct loading *loading, struct reader *root)
{
    struct prometheus_settings *prometheus = &loading->config->prometheus;
    struct arena *arena = loading->config->arena;
    struct reader part = reader_map(root, "prometheus");
    size_t count = 0;

    if (!part.map)
        return;
    reader_require(&part, "url");
    read_http(&part, arena, &prometheus->http);
    reader_duration(&part, "stale_after", HEAL_SECOND, HEAL_DAY, &prometheus->stale_after);
    reader_duration(&part, "back_fill", 0, 30 * HEAL_DAY, &prometheus->back_fill);
    reader_require(&part, "queries");
    const struct node *const *items = reader_list(&part, "queries", &count);
    struct prometheus_query *queries = reader_array(&part, arena, count, sizeof *queries);
    for (size_t i = 0; queries && i < count; i++) {
        struct reader item = reader_item(&part, "queries", items, i);
        reader_require(&item, "series");
        reader_require(&item, "query");
        reader_text_into(&item, "series", arena, &queries[i].series);
        reader_text_into(&item, "query", arena, &queries[i].query);
        reader_close(&item);
    }
    prometheus->queries = queries;
    prometheus->query_count = queries ? count : 0;
    reader_close(&part);
}

static void read_alertmanager(struct loading *loading, struct reader *root)
{
    struct reader part = reader_map(root, "alertmanager");

    if (!part.map)
        return;
    reader_require(&part, "url");
    read_http(&part, loading->config->arena, &loading->config->alertmanager);
    reader_close(&part);
}

static bool is_store(const char *url)
{
    char *told = database_is_shared(url) ? database_told(url, NULL) : NULL;

    free(told);
    return told != NULL;
}

static void read_store(struct loading *loading, struct reader *root)
{
    struct live_config *config = loading->config;
    struct reader part = reader_map(root, "store");

    if (!part.map)
        return;
    reader_text_into(&part, "url", config->arena, &config->store);
    reader_duration(&part, "lease", 2 * HEAL_SECOND, HEAL_HOUR, &config->store_lease);
    if (config->store && !is_store(config->store)) /* not repeated: it may hold a password */
        reader_error(&part, "url", "expected postgresql://USER@HOST:PORT/DATABASE");
    reader_close(&part);
}

static void read_api(struct loading *loading, struct reader *root)
{
    struct live_api *api = &loading->config->api;
    struct arena *arena = loading->config->arena;
    struct reader part = reader_map(root, "api");

    if (!part.map)
        return;
    reader_text_into(&part, "listen", arena, &api->listen);
    reader_count(&part, "port", 0, 65535, &api->port);
    reader_text_into(&part, "tokens", arena, &api->tokens);
    reader_text_into(&part, "certificate", arena, &api->certificate);
    reader_text_into(&part, "key", arena, &api->key);
    reader_count(&part, "connections", 1, 10000, &api->connections);
    reader_duration(&part, "idle", HEAL_SECOND, HEAL_HOUR, &api->idle);
    if (!api->certificate != !api->key)
        reader_error(&part, NULL, "certificate and key go together");
    reader_close(&part);
}

static void read_hook(struct loading *loading, struct reader *item, struct hook *hook)
{
    const char *action = NULL;
    size_t words = 0;

    reader_require(item, "action");
    reader_require(item, "run");
    if (reader_text(item, "action", &action) && !action_parse(action, &hook->kind))
        reader_error(item, "action", "expected the name of an action, such as restart_pod, found \"%s\"", action);
    hook->target = "*";
    reader_text_into(item, "target", loading->config->arena, &hook->target);
    const struct node *const *run = reader_list(item, "run", &words);
    if (run && (words == 0 || words > HOOK_WORDS_MAX))
        reader_error(item, "run", "expected a program and its arguments, at most %d words", HOOK_WORDS_MAX);
    for (size_t i = 0; run && i < words && i < HOOK_WORDS_MAX; i++) {
        if (run[i]->kind == NODE_TEXT)
            hook->run[i] = arena_text(loading->config->arena, run[i]->text, strlen(run[i]->text));
        else
            reader_error(item, "run", "expected a list of words");
    }
}

static void read_actions(struct loading *loading, struct reader *root)
{
    struct live_config *config = loading->config;
    size_t count = 0;
    const struct node *const *items = reader_list(root, "actions", &count);

    config->hooks = reader_array(root, config->arena, count, sizeof *config->hooks);
    for (size_t i = 0; config->hooks && i < count; i++) {
        struct reader item = reader_item(root, "actions", items, i);
        if (item.map)
            read_hook(loading, &item, &config->hooks[i]);
        reader_close(&item);
    }
    config->hook_count = config->hooks ? count : 0;
}

static void read_certificates(struct loading *loading, struct reader *root)
{
    struct live_config *config = loading->config;
    size_t count = 0;
    const struct node *const *items = reader_list(root, "certificates", &count);

    config->certificates = reader_array(root, config->arena, count, sizeof *config->certificates);
    for (size_t i = 0; config->certificates && i < count; i++) {
        struct reader item = reader_item(root, "certificates", items, i);
        struct certificate_target *target = &config->certificates[i];
        reader_require(&item, "resource");
        reader_require(&item, "host");
        target->port = 443;
        reader_text_into(&item, "resource", config->arena, &target->resource);
        reader_text_into(&item, "host", config->arena, &target->host);
        reader_count(&item, "port", 1, 65535, &target->port);
        reader_text_into(&item, "name", config->arena, &target->name);
        reader_close(&item);
    }
    config->certificate_count = config->certificates ? count : 0;
}

static void read_topology(struct loading *loading, struct reader *root)
{
    struct live_config *config = loading->config;
    size_t count = 0;
    const struct node *const *items = reader_list(root, "topology", &count);

    config->edges = reader_array(root, config->arena, count, sizeof *config->edges);
    for (size_t i = 0; config->edges && i < count; i++) {
        struct reader item = reader_item(root, "topology", items, i);
        const char *relation = NULL;
        reader_require(&item, "source");
        reader_require(&item, "target");
        reader_text_into(&item, "source", config->arena, &config->edges[i].source);
        reader_text_into(&item, "target", config->arena, &config->edges[i].target);
        config->edges[i].relation = RELATION_CALLS;
        if (reader_text(&item, "relation", &relation) && !relation_parse(relation, &config->edges[i].relation))
            reader_error(&item, "relation", "expected runs_on, owned_by, calls or mounts, found \"%s\"", relation);
        reader_close(&item);
    }
    config->edge_count = config->edges ? count : 0;
}

static void add_line(struct loading *loading, const char *format, const char *value)
{
    int length = snprintf(loading->layer + loading->used, LAYER_MAX - loading->used, format, value);
    if (length > 0 && (size_t)length < LAYER_MAX - loading->used)
        loading->used += (size_t)length;
}

static void bad_variable(struct loading *loading, const char *name, const char *value, const char *expected)
{
    error_add(loading->errors, ERROR_INPUT, "environment", 0, name, "expected %s, found \"%s\"", expected, value);
}

/* "true" or "false" of a variable, or NULL when it is not set. */
static const char *flag_of(struct loading *loading, live_environment *environment, const char *name)
{
    const char *value = environment(name);

    if (!value || !*value)
        return NULL;
    if (strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
        return "true";
    if (strcmp(value, "false") == 0 || strcmp(value, "0") == 0)
        return "false";
    bad_variable(loading, name, value, "true or false");
    return NULL;
}

/* A whole number from `low` to `high` of a variable, as text, or NULL. */
static const char *number_of(struct loading *loading, live_environment *environment, const char *name, long low,
                             long high)
{
    const char *value = environment(name);
    char *end = NULL;

    if (!value || !*value)
        return NULL;
    long number = isdigit((unsigned char)value[0]) ? strtol(value, &end, 10) : -1;
    if (end && *end == '\0' && number >= low && number <= high)
        return value;
    char expected[64];
    snprintf(expected, sizeof expected, "a whole number from %ld to %ld", low, high);
    bad_variable(loading, name, value, expected);
    return NULL;
}

static void url_of(struct loading *loading, live_environment *environment, const char *name, const char **out)
{
    const char *value = environment(name);

    if (!value || !*value)
        return;
    if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) {
        bad_variable(loading, name, value, "http://... or https://...");
        return;
    }
    size_t length = strlen(value);
    *out = arena_text(loading->config->arena, value, value[length - 1] == '/' ? length - 1 : length);
}

static void read_environment(struct loading *loading, live_environment *environment, const bool *dry_run)
{
    struct live_config *config = loading->config;
    const char *value = flag_of(loading, environment, "DRY_RUN_MODE");

    add_line(loading, "dry_run: %s\n", value ? value : !dry_run || *dry_run ? "true" : "false");
    if ((value = flag_of(loading, environment, "AUTO_REMEDIATION_ENABLED")) != NULL)
        add_line(loading, "auto_remediation: %s\n", value);
    if ((value = flag_of(loading, environment, "LEARNING_MODE")) != NULL)
        add_line(loading, "learning: %s\n", value);
    if ((value = number_of(loading, environment, "MAX_REMEDIATIONS_PER_HOUR", 0, 100000)) != NULL)
        add_line(loading, "limits: {total_per_hour: %s}\n", value);
    if ((value = number_of(loading, environment, "SCAN_INTERVAL_SECONDS", 1, 86400)) != NULL)
        add_line(loading, "scan_interval: %ss\n", value);
    if ((value = number_of(loading, environment, "HEALTH_CHECK_INTERVAL", 1, 86400)) != NULL)
        add_line(loading, "health: {interval: %ss}\n", value);
    url_of(loading, environment, "PROMETHEUS_URL", &config->prometheus.http.url);
    url_of(loading, environment, "ALERTMANAGER_URL", &config->alertmanager.url);
    url_of(loading, environment, "KUBERNETES_URL", &config->kubernetes.url_override);
    if ((value = environment("SELFHEAL_STORE")) != NULL && *value && !is_store(value))
        error_add(loading->errors, ERROR_INPUT, "environment", 0, "SELFHEAL_STORE",
                  "expected postgresql://USER@HOST:PORT/DATABASE");
    else if (value && *value)
        config->store = arena_text(config->arena, value, strlen(value));
    config->kubernetes.on |= config->kubernetes.url_override != NULL;
    config->layer = arena_text(config->arena, loading->layer, loading->used);
}

static void set_defaults(struct live_config *config)
{
    config->name = "live";
    config->data = "data";
    config->store_lease = 15 * HEAL_SECOND;
    config->seed = 1;
    config->rediscover = 10 * HEAL_MINUTE;
    config->prometheus.http.timeout = 5 * HEAL_SECOND;
    config->prometheus.http.retries = 1;
    config->prometheus.stale_after = 2 * HEAL_MINUTE;
    config->prometheus.back_fill = HEAL_HOUR;
    config->alertmanager.timeout = 5 * HEAL_SECOND;
    config->alertmanager.retries = 2;
    kube_config_defaults(&config->kubernetes);
    config->api = (struct live_api){"127.0.0.1", 8400, NULL, NULL, NULL, 256, 30 * HEAL_SECOND};
    config->flight_file = UINT64_C(64) << 20;
    config->flight_disk = UINT64_C(1) << 30;
}

struct live_config *live_config_from_document(const struct document *document, live_environment *environment,
                                              struct error_list *errors)
{
    struct arena *arena = arena_create();
    struct live_config *config = arena ? arena_alloc(arena, sizeof *config) : NULL;
    struct loading loading = {.config = config, .errors = errors};
    size_t before = errors->count;
    int64_t seed = 1;
    bool dry_run = true;

    if (!config) {
        error_add(errors, ERROR_ENVIRONMENT, document->file, 0, NULL, "out of memory");
        arena_destroy(arena);
        return NULL;
    }
    config->arena = arena;
    set_defaults(config);
    struct reader root = reader_open(document, document->root, "", errors);
    config->file = arena_text(arena, document->file, strlen(document->file));
    reader_text_into(&root, "name", arena, &config->name);
    reader_text_into(&root, "data", arena, &config->data);
    reader_text_into(&root, "policy", arena, &config->policy);
    reader_integer(&root, "seed", 0, INT64_MAX, &seed);
    config->seed = (uint64_t)seed;
    reader_bool(&root, "dry_run", &dry_run);
    reader_duration(&root, "rediscover", HEAL_SECOND, 30 * HEAL_DAY, &config->rediscover);
    read_prometheus(&loading, &root);
    read_alertmanager(&loading, &root);
    alert_settings_read(&root, arena, &config->alerts);
    kube_config_read(&root, arena, &config->kubernetes);
    read_store(&loading, &root);
    read_api(&loading, &root);
    read_actions(&loading, &root);
    read_certificates(&loading, &root);
    postgres_settings_read(&root, arena, &config->postgres);
    read_topology(&loading, &root);
    struct reader flight = reader_map(&root, "flight");
    if (flight.map) {
        read_bytes(&flight, "file", &config->flight_file);
        read_bytes(&flight, "disk", &config->flight_disk);
        reader_close(&flight);
    }
    reader_close(&root);
    read_environment(&loading, environment, &dry_run);
    if (errors->count == before && config->certificate_count == 0 && !config->kubernetes.on &&
        config->postgres.count == 0 && config->alerts.count == 0 &&
        (!config->prometheus.http.url || config->prometheus.query_count == 0))
        error_add(
            errors, ERROR_INPUT, document->file, 0, NULL,
            "neither queries nor Kubernetes, databases, certificates nor alerts: there would be nothing to watch");
    if (errors->count == before)
        return config;
    live_config_destroy(config);
    return NULL;
}

const char *live_config_store(const struct live_config *config, char path[LIVE_STORE_PATH])
{
    if (config->store)
        return config->store;
    snprintf(path, LIVE_STORE_PATH, "%s/run.db", config->data);
    return path;
}

void live_config_destroy(struct live_config *config)
{
    if (!config)
        return;
    kube_exec_destroy(config->kubernetes.access.exec);
    arena_destroy(config->arena);
}
