/* cluster_file.c - see cluster_file.h.
 *
 * First every list with its own fields, then what one says of another. */
#include "sim/cluster_file.h"

#include "engine/number.h"
#include "engine/size.h"
#include "sim/cluster_file_parts.h"
#include "sim/notation.h"
#include "sim/request_pods.h"
#include "sim/scenario_parts.h"

#include <stdio.h>
#include <string.h>

static const double BYTES_MAX = 1e18, CORES_MAX = 1e6, RATE_MAX = 1e9;

/* --- values ------------------------------------------------------------------ */

/* A size such as 512Mi, or plain bytes. */
static bool read_bytes(struct reader *reader, const char *key, double low, double *out)
{
    const struct node *node = reader_node(reader, key);
    uint64_t bytes;
    double value;

    if (!node)
        return false;
    if (node->kind == NODE_TEXT && size_parse(node->text, strlen(node->text), &bytes))
        value = (double)bytes;
    else if (node->kind != NODE_TEXT || !number_parse(node->text, strlen(node->text), &value))
        value = -1.0;
    if (value < low || value > BYTES_MAX) {
        reader_error(reader, key, "expected a size such as 512Mi%s", low > 0.0 ? ", more than 0" : "");
        return false;
    }
    *out = value;
    return true;
}

/* Cores as Kubernetes writes them: 0.5, 2, 250m. */
static bool read_cores(struct reader *reader, const char *key, double *out)
{
    const struct node *node = reader_node(reader, key);
    double value = -1.0;

    if (!node)
        return false;
    if (node->kind == NODE_TEXT) {
        size_t length = strlen(node->text);
        bool milli = length > 1 && node->text[length - 1] == 'm';
        if (!number_parse(node->text, length - milli, &value))
            value = -1.0;
        value = milli ? value / 1000.0 : value;
    }
    if (!(value > 0.0) || value > CORES_MAX) {
        reader_error(reader, key, "expected cores such as 500m or 2, more than 0");
        return false;
    }
    *out = value;
    return true;
}

/* A duration as seconds. */
static bool read_seconds(struct reader *reader, const char *key, heal_duration low, double *out)
{
    heal_duration span;

    if (!reader_duration(reader, key, low, 365 * HEAL_DAY, &span))
        return false;
    *out = heal_duration_seconds(span);
    return true;
}

static void read_span(struct reader *reader, const char *key, struct log_normal *out)
{
    struct reader item = reader_map(reader, key);

    if (!item.map)
        return;
    log_normal_read(&item, &out->mean_seconds, &out->sd_seconds);
    reader_close(&item);
}

static void read_id(struct cluster_reader *all, struct reader *reader, const char *kind, const char **out)
{
    size_t length = strlen(kind);

    *out = "";
    if (!reader_require(reader, "id") || !reader_text_into(reader, "id", all->arena, out))
        return;
    if (strncmp(*out, kind, length) != 0 || (*out)[length] != '/')
        reader_error(reader, "id", "expected %s/namespace/name, found '%.60s'", kind, *out);
    else if (inventory_find_resource(all->ids, *out, strlen(*out)) != RESOURCE_NONE)
        reader_error(reader, "id", "'%.60s' is there already, expected each once", *out);
    else if (inventory_add_resource(all->ids, *out, strlen(*out)) == RESOURCE_NONE)
        reader_error(reader, "id", "expected %s/namespace/name without blank or ':', found '%.60s'", kind, *out);
}

/* `count` items of `size` bytes under `key`, or NULL. */
static void *begin_list(struct cluster_reader *all, const char *key, size_t size, const struct node *const **items,
                        size_t *count)
{
    *items = reader_list(&all->root, key, count);
    if (*count > CLUSTER_LIST_MAX) {
        reader_error(&all->root, key, "%zu of them, expected at most %d", *count, CLUSTER_LIST_MAX);
        *count = 0;
    }
    void *list = reader_array(&all->root, all->arena, *count, size);
    if (!list)
        *count = 0;
    return list;
}

/* --- zones, nodes -------------------------------------------------------------- */

static void read_zones(struct cluster_reader *all)
{
    const struct node *const *items;
    struct zone_spec *zones = begin_list(all, "zones", sizeof *zones, &items, &all->spec->zone_count);

    all->spec->zones = zones;
    for (size_t i = 0; i < all->spec->zone_count; i++) {
        char id[SERIES_ID_MAX];
        const char *name = items[i]->kind == NODE_TEXT ? items[i]->text : "";
        int length = snprintf(id, sizeof id, "zone/default/%s", name);
        zones[i] = (struct zone_spec){.id = "", .line = items[i]->line};
        if (length >= (int)sizeof id || inventory_find_resource(all->ids, id, (size_t)length) != RESOURCE_NONE ||
            inventory_add_resource(all->ids, id, (size_t)length) == RESOURCE_NONE)
            error_add(all->root.errors, ERROR_INPUT, all->root.document->file, items[i]->line,
                      reader_item_path(&all->root, "zones", i), "expected a name, each once, found '%.60s'", name);
        else
            zones[i].id = reader_copy(&all->root, all->arena, id);
    }
}

static uint32_t find_zone(const struct cluster_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->zone_count; i++) {
        const char *own = spec->zones[i].id[0] ? strrchr(spec->zones[i].id, '/') + 1 : "";
        if (strcmp(spec->zones[i].id, name) == 0 || strcmp(own, name) == 0)
            return (uint32_t)i;
    }
    return UINT32_MAX;
}

static void read_node(struct cluster_reader *all, struct reader *item, struct node_spec *node)
{
    const char *zone;

    *node = (struct node_spec){.id = "", .count = 1, .zone = UINT32_MAX, .disk = 100e9};
    if (!item->map)
        return;
    node->line = item->map->line;
    read_id(all, item, "node", &node->id);
    reader_count(item, "count", 1, 100000, &node->count);
    reader_require(item, "cpu");
    read_cores(item, "cpu", &node->cpu);
    reader_require(item, "memory");
    read_bytes(item, "memory", 1, &node->memory);
    read_bytes(item, "disk", 1, &node->disk);
    if (reader_text(item, "zone", &zone)) {
        node->zone = find_zone(all->spec, zone);
        if (node->zone == UINT32_MAX)
            reader_error(item, "zone", "expected one of zones, found '%.60s'", zone);
    }
    reader_close(item);
}

static void read_nodes(struct cluster_reader *all)
{
    const struct node *const *items;
    struct node_spec *nodes = begin_list(all, "nodes", sizeof *nodes, &items, &all->spec->node_count);

    all->spec->nodes = nodes;
    for (size_t i = 0; i < all->spec->node_count; i++) {
        struct reader item = reader_item(&all->root, "nodes", items, i);
        read_node(all, &item, &nodes[i]);
    }
    if (all->spec->node_count == 0)
        reader_error(&all->root, "nodes", "expected at least one node for the pods to run on");
}

/* --- workloads ----------------------------------------------------------------- */

static void read_resources(struct reader *item, struct workload_spec *workload)
{
    struct reader cpu = reader_map(item, "cpu"), memory = reader_map(item, "memory");

    reader_require(item, "cpu");
    reader_require(item, "memory");
    if (cpu.map) {
        reader_require(&cpu, "limit");
        read_cores(&cpu, "limit", &workload->cpu_limit);
        workload->cpu_request = workload->cpu_limit;
        read_cores(&cpu, "request", &workload->cpu_request);
        if (workload->cpu_request > workload->cpu_limit)
            reader_error(&cpu, "request", "expected at most limit (%g), found %g", workload->cpu_limit,
                         workload->cpu_request);
        reader_close(&cpu);
    }
    if (memory.map) {
        reader_require(&memory, "limit");
        read_bytes(&memory, "limit", 1, &workload->memory_limit);
        workload->memory_request = workload->memory_limit;
        workload->memory_base = workload->memory_limit / 2;
        read_bytes(&memory, "request", 1, &workload->memory_request);
        read_bytes(&memory, "base", 0, &workload->memory_base);
        read_bytes(&memory, "per_request", 0, &workload->memory_per_request);
        if (workload->memory_request > workload->memory_limit)
            reader_error(&memory, "request", "expected at most limit (%g), found %g", workload->memory_limit,
                         workload->memory_request);
        if (workload->memory_base >= workload->memory_limit)
            reader_error(&memory, "base", "expected less than limit (%g): the process would be killed at once",
                         workload->memory_limit);
        reader_close(&memory);
    }
}

static void read_life(struct reader *item, struct workload_spec *workload)
{
    struct reader probe = reader_map(item, "probe"), rollout = reader_map(item, "rollout");

    read_span(item, "start", &workload->start);
    if (probe.map) {
        read_seconds(&probe, "period", HEAL_SECOND, &workload->probe_period);
        reader_count(&probe, "failures", 1, 1000, &workload->probe_failures);
        reader_count(&probe, "liveness", 0, 1000, &workload->liveness_failures);
        reader_close(&probe);
    }
    if (rollout.map) {
        reader_count(&rollout, "max_surge", 0, 100000, &workload->max_surge);
        reader_count(&rollout, "max_unavailable", 0, 100000, &workload->max_unavailable);
        if (workload->max_surge + workload->max_unavailable == 0)
            reader_error(&rollout, "max_surge", "expected max_surge or max_unavailable more than 0");
        reader_close(&rollout);
    }
    reader_count(item, "min_available", 0, 100000, &workload->min_available);
}

static void read_autoscale(struct reader *item, struct workload_spec *workload)
{
    struct reader part = reader_map(item, "autoscale");
    struct autoscale_spec *autoscale = &workload->autoscale;

    if (!part.map)
        return;
    *autoscale = (struct autoscale_spec){true, 1, 1, 0.8, 5 * HEAL_MINUTE};
    reader_count(&part, "min", 1, 100000, &autoscale->min);
    reader_require(&part, "max");
    reader_count(&part, "max", autoscale->min, 100000, &autoscale->max);
    reader_number(&part, "target", 0.01, 100, &autoscale->target);
    reader_duration(&part, "stabilization", 0, HEAL_DAY, &autoscale->stabilization);
    reader_close(&part);
}

static void read_call(struct cluster_reader *all, struct reader *item, struct call_spec *call)
{
    *call = (struct call_spec){.to = "", .per_request = 1.0, .timeout = 5.0};
    if (!item->map)
        return;
    call->line = item->map->line;
    if (reader_require(item, "to"))
        reader_text_into(item, "to", all->arena, &call->to);
    reader_number(item, "per_request", 1e-6, 1e4, &call->per_request);
    reader_count(item, "pool", 1, 1000000, &call->pool);
    read_seconds(item, "timeout", HEAL_MILLISECOND, &call->timeout);
    reader_count(item, "retries", 0, 100, &call->retries);
    reader_close(item);
}

static void read_service(struct cluster_reader *all, struct reader *item, struct workload_spec *workload)
{
    struct reader part = reader_map(item, "service");
    struct service_spec *service = &workload->service;
    const struct node *const *items = reader_list(item, "calls", &service->call_count);

    *service = (struct service_spec){.work_cv = 1.0,
                                     .concurrency = 16,
                                     .queue = 128,
                                     .slo_latency = 0.5,
                                     .slo_errors = 0.01,
                                     .call_count = service->call_count};
    if (part.map) {
        static const char *const REQUESTS[] = {"batch", "each"};
        size_t requests = 0;
        if (reader_choice(&part, "requests", REQUESTS, 2, &requests) && requests == 1) {
            service->each = true;
            if (service->call_count > REQUEST_CALLS)
                reader_error(&part, "requests", "expected at most %d calls where each is simulated, found %zu",
                             REQUEST_CALLS, service->call_count);
        }
        reader_require(&part, "work");
        read_seconds(&part, "work", HEAL_MILLISECOND / 1000, &service->work);
        reader_number(&part, "cv", 0, 100, &service->work_cv);
        reader_count(&part, "concurrency", 1, 1000000, &service->concurrency);
        reader_count(&part, "queue", 0, 1000000, &service->queue);
        read_seconds(&part, "slo_latency", HEAL_MILLISECOND, &service->slo_latency);
        reader_number(&part, "slo_errors", 0, 1, &service->slo_errors);
        reader_close(&part);
    } else if (service->call_count > 0) {
        reader_error(item, "calls", "expected service beside calls: who serves nobody calls nobody");
    }
    service->calls = reader_array(item, all->arena, service->call_count, sizeof *service->calls);
    if (!service->calls)
        service->call_count = 0;
    for (size_t i = 0; i < service->call_count; i++) {
        struct reader call = reader_item(item, "calls", items, i);
        read_call(all, &call, &service->calls[i]);
    }
}

static void read_slots(struct reader *item, struct workload_spec *workload)
{
    uint32_t most = workload->replicas;

    if (workload->autoscale.max > most)
        most = workload->autoscale.max;
    workload->slots = most + 3 + workload->max_surge; /* a scale-out adds three at most */
    if (reader_count(item, "slots", 1, 100000, &workload->slots) && workload->slots < most + workload->max_surge)
        reader_error(item, "slots", "expected at least %u: replicas or autoscale.max, and max_surge",
                     most + workload->max_surge);
}

static void read_workload(struct cluster_reader *all, struct reader *item, struct workload_spec *workload)
{
    *workload = (struct workload_spec){.id = "workload/default/none",
                                       .replicas = 1,
                                       .start = {5.0, 3.0},
                                       .probe_period = 10.0,
                                       .probe_failures = 3,
                                       .max_surge = 1};
    if (!item->map)
        return;
    workload->line = item->map->line;
    read_id(all, item, "workload", &workload->id);
    reader_count(item, "replicas", 0, 100000, &workload->replicas);
    read_resources(item, workload);
    read_life(item, workload);
    read_autoscale(item, workload);
    read_service(all, item, workload);
    read_slots(item, workload);
    reader_text_into(item, "volume", all->arena, &workload->volume);
    reader_close(item);
}

static void read_workloads(struct cluster_reader *all)
{
    const struct node *const *items;
    struct workload_spec *workloads =
        begin_list(all, "workloads", sizeof *workloads, &items, &all->spec->workload_count);

    all->spec->workloads = workloads;
    for (size_t i = 0; i < all->spec->workload_count; i++) {
        struct reader item = reader_item(&all->root, "workloads", items, i);
        read_workload(all, &item, &workloads[i]);
    }
}

/* --- what comes from outside ----------------------------------------------------- */

static void read_recorded(struct cluster_reader *all, struct reader *item, struct recorded_rate *recorded)
{
    struct reader part = reader_map(item, "rate");

    recorded->line = part.map ? part.map->line : 0;
    if (!part.map)
        return;
    if (reader_require(&part, "trace"))
        reader_text_into(&part, "trace", all->arena, &recorded->trace);
    reader_text_into(&part, "series", all->arena, &recorded->series);
    reader_number(&part, "scale", 0, RATE_MAX, &recorded->scale);
    reader_number(&part, "speed", 1e-6, 1e6, &recorded->speed);
    reader_bool(&part, "repeat", &recorded->repeats);
    reader_close(&part);
}

static void read_by_hand(struct cluster_reader *all, struct reader *item, struct load_spec *load)
{
    const char *text, *fault;
    double *values = NULL;
    size_t at;

    if (!reader_text(item, "rate", &text))
        return;
    if (!notation_expand(text, all->arena, &values, &load->sample_count, &fault, &at))
        reader_error(item, "rate", "%s, at '%.40s'", fault, text + at);
    load->samples = values;
}

/* By level, by hand, or as a trace has it. */
static void read_rate(struct cluster_reader *all, struct reader *item, struct load_spec *load)
{
    static const char *const OF_LEVEL[] = {"level", "daily", "weekend"};
    const struct node *rate = reader_node(item, "rate");

    for (size_t i = 0; rate && i < sizeof OF_LEVEL / sizeof *OF_LEVEL; i++) {
        if (reader_node(item, OF_LEVEL[i]))
            reader_error(item, OF_LEVEL[i], "expected either rate or level with daily and weekend, not both");
    }
    if (rate && rate->kind == NODE_MAP)
        read_recorded(all, item, &load->recorded);
    else if (rate)
        read_by_hand(all, item, load);
    else if (reader_require(item, "level"))
        reader_number(item, "level", 0, RATE_MAX, &load->level);
}

static void read_load(struct cluster_reader *all, struct reader *item, struct load_spec *load)
{
    *load = (struct load_spec){
        .to = "", .weekend = 1.0, .timeout = 10.0, .recorded = {.scale = 1.0, .speed = 1.0, .repeats = false}};
    if (!item->map)
        return;
    load->line = item->map->line;
    if (reader_require(item, "to"))
        reader_text_into(item, "to", all->arena, &load->to);
    read_rate(all, item, load);
    reader_number(item, "daily", 0, RATE_MAX, &load->daily);
    reader_number(item, "weekend", 0, 1000, &load->weekend);
    reader_number(item, "noise", 0, 10, &load->noise);
    reader_number(item, "correlation", 0, 0.9999, &load->correlation);
    read_seconds(item, "timeout", HEAL_MILLISECOND, &load->timeout);
    reader_count(item, "retries", 0, 100, &load->retries);
    reader_close(item);
}

static void read_loads(struct cluster_reader *all)
{
    const struct node *const *items;
    struct load_spec *loads = begin_list(all, "load", sizeof *loads, &items, &all->spec->load_count);

    all->spec->loads = loads;
    for (size_t i = 0; i < all->spec->load_count; i++) {
        struct reader item = reader_item(&all->root, "load", items, i);
        read_load(all, &item, &loads[i]);
    }
}

/* --- databases, volumes, certificates, images, configs ----------------------------- */

static void read_database(struct cluster_reader *all, struct reader *item, void *out)
{
    struct database_spec *database = out;

    *database = (struct database_spec){.id = "",
                                       .cores = 4,
                                       .query = 0.002,
                                       .scan_factor = 500.0,
                                       .cache_hit = 0.99,
                                       .miss_factor = 10.0,
                                       .connections = 100,
                                       .indexed = true,
                                       .slo_latency = 1.0};
    if (!item->map)
        return;
    database->line = item->map->line;
    read_id(all, item, "database", &database->id);
    reader_count(item, "cores", 1, 100000, &database->cores);
    read_seconds(item, "query", HEAL_MILLISECOND / 1000, &database->query);
    reader_number(item, "scan_factor", 1, 1e9, &database->scan_factor);
    reader_number(item, "cache_hit", 0, 1, &database->cache_hit);
    reader_number(item, "miss_factor", 1, 1e6, &database->miss_factor);
    reader_count(item, "connections", 1, 1000000, &database->connections);
    reader_bool(item, "indexed", &database->indexed);
    read_seconds(item, "slo_latency", HEAL_MILLISECOND, &database->slo_latency);
    reader_text_into(item, "volume", all->arena, &database->volume);
    reader_close(item);
}

static void read_volume(struct cluster_reader *all, struct reader *item, void *out)
{
    struct volume_spec *volume = out;

    *volume = (struct volume_spec){.id = ""};
    if (!item->map)
        return;
    volume->line = item->map->line;
    read_id(all, item, "volume", &volume->id);
    reader_require(item, "size");
    read_bytes(item, "size", 1, &volume->size);
    volume->used = volume->size / 2;
    read_bytes(item, "used", 0, &volume->used);
    reader_number(item, "logs", 0, 1, &volume->logs);
    reader_number(item, "temp", 0, 1, &volume->temp);
    read_bytes(item, "growth", 0, &volume->growth);
    if (volume->used > volume->size)
        reader_error(item, "used", "expected at most size (%g)", volume->size);
    if (volume->logs + volume->temp > 1.0)
        reader_error(item, "temp", "expected logs and temp to be at most 1 together");
    reader_close(item);
}

static void read_certificate(struct cluster_reader *all, struct reader *item, void *out)
{
    struct certificate_spec *certificate = out;

    *certificate = (struct certificate_spec){.id = "", .days = 60.0, .validity = 90.0};
    if (!item->map)
        return;
    certificate->line = item->map->line;
    read_id(all, item, "certificate", &certificate->id);
    reader_number(item, "days", 0, 36500, &certificate->days);
    reader_number(item, "validity", 0.001, 36500, &certificate->validity);
    reader_number(item, "renew_before", 0, 36500, &certificate->renew_before);
    reader_text_into(item, "of", all->arena, &certificate->of);
    reader_close(item);
}

static void read_image(struct cluster_reader *all, struct reader *item, void *out)
{
    struct image_spec *image = out;

    *image = (struct image_spec){.id = "", .of = ""};
    if (!item->map)
        return;
    image->line = item->map->line;
    read_id(all, item, "image", &image->id);
    if (reader_require(item, "of"))
        reader_text_into(item, "of", all->arena, &image->of);
    reader_close(item);
}

static void read_config(struct cluster_reader *all, struct reader *item, void *out)
{
    struct config_spec *config = out;

    *config = (struct config_spec){.id = "", .of = ""};
    if (!item->map)
        return;
    config->line = item->map->line;
    read_id(all, item, "config", &config->id);
    if (reader_require(item, "of"))
        reader_text_into(item, "of", all->arena, &config->of);
    reader_close(item);
}

/* The list under `key`, each item of `size` bytes read by `read`. */
static void *read_list(struct cluster_reader *all, const char *key, size_t size, size_t *count,
                       void (*read)(struct cluster_reader *all, struct reader *item, void *out))
{
    const struct node *const *items;
    char *list = begin_list(all, key, size, &items, count);

    for (size_t i = 0; i < *count; i++) {
        struct reader item = reader_item(&all->root, key, items, i);
        read(all, &item, list + i * size);
    }
    return list;
}

static void read_rest(struct cluster_reader *all)
{
    struct cluster_spec *spec = all->spec;

    spec->databases = read_list(all, "databases", sizeof *spec->databases, &spec->database_count, read_database);
    spec->volumes = read_list(all, "volumes", sizeof *spec->volumes, &spec->volume_count, read_volume);
    spec->certificates =
        read_list(all, "certificates", sizeof *spec->certificates, &spec->certificate_count, read_certificate);
    spec->images = read_list(all, "images", sizeof *spec->images, &spec->image_count, read_image);
    spec->configs = read_list(all, "configs", sizeof *spec->configs, &spec->config_count, read_config);
}

static struct cluster_spec *read_cluster(struct reader root, struct arena *arena)
{
    struct cluster_reader all = {.root = root, .arena = arena, .ids = inventory_create()};
    size_t before = root.errors->count;

    all.spec = reader_array(&all.root, arena, 1, sizeof *all.spec);
    if (!all.spec || !all.ids) {
        error_add(root.errors, ERROR_ENVIRONMENT, root.document->file, 0, NULL, "out of memory");
        inventory_destroy(all.ids);
        return NULL;
    }
    all.spec->line = all.root.map->line;
    all.spec->file = reader_copy(&all.root, arena, root.document->file);
    all.spec->link_delay = 0.0002;
    all.spec->zone_delay = 0.001;
    read_seconds(&all.root, "link_delay", 0, &all.spec->link_delay);
    read_seconds(&all.root, "zone_delay", 0, &all.spec->zone_delay);
    read_zones(&all);
    read_nodes(&all);
    read_workloads(&all);
    read_loads(&all);
    read_rest(&all);
    reader_close(&all.root);
    if (root.errors->count == before)
        cluster_check(&all);
    inventory_destroy(all.ids);
    return all.spec;
}

struct cluster_spec *cluster_read(struct reader *root, struct arena *arena)
{
    struct reader map = reader_map(root, "cluster");

    return map.map ? read_cluster(map, arena) : NULL;
}

struct cluster_spec *cluster_from_document(const struct document *document, struct arena *arena,
                                           struct error_list *errors)
{
    size_t before = errors->count;
    struct reader root = reader_open(document, document->root, "", errors);
    struct cluster_spec *spec = root.map ? read_cluster(root, arena) : NULL;

    return errors->count == before ? spec : NULL;
}
