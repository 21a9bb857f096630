/* cluster.c - the cluster as a whole: its memory, its steps, who answers what.
 *
 * A *place* is a resource of the cluster, kind after kind in the order of the
 * spec. The inventory may hold other resources before them (a trace's), so each
 * place knows its resource and its first series there. */
#include "sim/cluster_parts.h"

#include "sim/cluster_place.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *take(struct cluster *cluster, size_t count, size_t size)
{
    void *items = arena_array(cluster->arena, count + 1, size);

    cluster->out_of_memory = cluster->out_of_memory || !items;
    return items;
}

#define TAKE(cluster, field, count) ((field) = take((cluster), (count), sizeof *(field)))

/* --- places --------------------------------------------------------------- */

static void count_places(struct cluster *cluster)
{
    cluster->place_first[0] = 0;
    for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++)
        cluster->place_first[kind + 1] =
            cluster->place_first[kind] + cluster_spec_count(cluster->spec, (enum cluster_kind)kind);
}

static void find_knobs(struct cluster *cluster, size_t place, uint32_t knob_resource)
{
    uint32_t *row = &cluster->knob_of[place * CLUSTER_KNOB_COUNT];
    size_t count;
    const uint32_t *series = inventory_resource_series(cluster->knob_inventory, knob_resource, &count);

    for (size_t knob = 0; knob < CLUSTER_KNOB_COUNT; knob++)
        row[knob] = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        enum cluster_knob knob;
        if (!cluster_knob_parse(inventory_series_metric(cluster->knob_inventory, series[i]), &knob))
            continue;
        row[knob] = series[i];
        cluster->knob_kind[series[i]] = (uint8_t)knob;
        cluster_knob_reset(cluster, series[i]);
    }
}

static bool find_places(struct cluster *cluster)
{
    char id[SERIES_ID_MAX + 1];
    size_t resources = inventory_resource_count(cluster->inventory);

    for (size_t i = 0; i < resources; i++)
        cluster->place_of[i] = UINT32_MAX;
    for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++) {
        size_t count = cluster_spec_count(cluster->spec, (enum cluster_kind)kind);
        for (size_t i = 0; i < count; i++) {
            size_t place = cluster->place_first[kind] + i, series_count;
            if (!cluster_spec_id(cluster->spec, (enum cluster_kind)kind, i, id))
                return false;
            uint32_t resource = inventory_find_resource(cluster->inventory, id, strlen(id));
            uint32_t knobs = inventory_find_resource(cluster->knob_inventory, id, strlen(id));
            if (resource == RESOURCE_NONE || knobs == RESOURCE_NONE)
                return false;
            const uint32_t *series = inventory_resource_series(cluster->inventory, resource, &series_count);
            cluster->resource_of[place] = resource;
            cluster->series_of[place] = series_count > 0 ? series[0] : SERIES_NONE;
            cluster->scan.series[kind] = series_count;
            cluster->place_of[resource] = (uint32_t)place;
            find_knobs(cluster, place, knobs);
        }
    }
    return true;
}

uint32_t cluster_resource(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    return cluster->resource_of[cluster->place_first[kind] + index];
}

uint32_t cluster_series(const struct cluster *cluster, enum cluster_kind kind, size_t index)
{
    return cluster->series_of[cluster->place_first[kind] + index];
}

bool cluster_find(const struct cluster *cluster, uint32_t resource, enum cluster_kind *kind, size_t *index)
{
    uint32_t place = resource < inventory_resource_count(cluster->inventory) ? cluster->place_of[resource] : UINT32_MAX;

    if (place == UINT32_MAX)
        return false;
    for (int i = 0; i < CLUSTER_KIND_COUNT; i++) {
        if (place < cluster->place_first[i + 1]) {
            *kind = (enum cluster_kind)i;
            *index = place - cluster->place_first[i];
            return true;
        }
    }
    return false;
}

bool cluster_find_id(const struct cluster *cluster, const char *id, enum cluster_kind *kind, size_t *index)
{
    return cluster_find(cluster, inventory_find_resource(cluster->inventory, id, strlen(id)), kind, index);
}

/* --- memory --------------------------------------------------------------- */

static void take_pods(struct cluster *cluster, struct cluster_pods *pods, size_t count)
{
    pods->count = count;
    TAKE(cluster, pods->workload, count);
    TAKE(cluster, pods->node, count);
    TAKE(cluster, pods->phase, count);
    TAKE(cluster, pods->generation, count);
    TAKE(cluster, pods->revision, count);
    TAKE(cluster, pods->started, count);
    TAKE(cluster, pods->phase_since, count);
    TAKE(cluster, pods->leak_since, count);
    TAKE(cluster, pods->leaked, count);
    TAKE(cluster, pods->back_off, count);
    TAKE(cluster, pods->ready_seconds, count);
    TAKE(cluster, pods->delay_factor, count);
    TAKE(cluster, pods->oom, count);
    TAKE(cluster, pods->restarts, count);
    TAKE(cluster, pods->cpu_used, count);
    TAKE(cluster, pods->memory_used, count);
    TAKE(cluster, pods->rate, count);
    TAKE(cluster, pods->latency, count);
    TAKE(cluster, pods->error_ratio, count);
    TAKE(cluster, pods->backlog, count);
}

static void take_nodes(struct cluster *cluster, struct cluster_nodes *nodes, size_t count)
{
    nodes->count = count;
    TAKE(cluster, nodes->zone, count);
    TAKE(cluster, nodes->cpu, count);
    TAKE(cluster, nodes->memory, count);
    TAKE(cluster, nodes->disk, count);
    TAKE(cluster, nodes->cpu_requested, count);
    TAKE(cluster, nodes->memory_requested, count);
    TAKE(cluster, nodes->cordoned, count);
    TAKE(cluster, nodes->down, count);
    TAKE(cluster, nodes->cpu_used, count);
    TAKE(cluster, nodes->memory_used, count);
    TAKE(cluster, nodes->disk_used, count);
}

static void take_workloads(struct cluster *cluster, struct cluster_workloads *workloads, size_t count)
{
    workloads->count = count;
    TAKE(cluster, workloads->first, count);
    TAKE(cluster, workloads->slots, count);
    TAKE(cluster, workloads->wanted, count);
    TAKE(cluster, workloads->revision, count);
    TAKE(cluster, workloads->revision_before, count);
    TAKE(cluster, workloads->revision_next, count);
    TAKE(cluster, workloads->cpu_limit, count);
    TAKE(cluster, workloads->memory_limit, count);
    TAKE(cluster, workloads->cpu_request, count);
    TAKE(cluster, workloads->memory_request, count);
    TAKE(cluster, workloads->quarantined, count);
    TAKE(cluster, workloads->work_factor, count);
    TAKE(cluster, workloads->pool_factor, count);
    TAKE(cluster, workloads->bad_revision, count);
    TAKE(cluster, workloads->first_link, count);
    TAKE(cluster, workloads->rate, count);
    TAKE(cluster, workloads->latency, count);
    TAKE(cluster, workloads->error_ratio, count);
    TAKE(cluster, workloads->ready_ratio, count);
}

static void take_others(struct cluster *cluster)
{
    const struct cluster_spec *spec = cluster->spec;
    struct cluster_databases *databases = &cluster->databases;

    databases->count = spec->database_count;
    TAKE(cluster, databases->indexed, spec->database_count);
    TAKE(cluster, databases->tuned, spec->database_count);
    TAKE(cluster, databases->pool_factor, spec->database_count);
    TAKE(cluster, databases->rate, spec->database_count);
    TAKE(cluster, databases->latency, spec->database_count);
    TAKE(cluster, databases->error_ratio, spec->database_count);
    TAKE(cluster, databases->connections_used, spec->database_count);
    TAKE(cluster, databases->cpu_used, spec->database_count);
    TAKE(cluster, databases->lock_wait, spec->database_count);
    TAKE(cluster, databases->backlog, spec->database_count);
    cluster->volumes.count = spec->volume_count;
    TAKE(cluster, cluster->volumes.size, spec->volume_count);
    TAKE(cluster, cluster->volumes.logs, spec->volume_count);
    TAKE(cluster, cluster->volumes.temp, spec->volume_count);
    TAKE(cluster, cluster->volumes.data, spec->volume_count);
    cluster->certificates.count = spec->certificate_count;
    TAKE(cluster, cluster->certificates.expires, spec->certificate_count);
    TAKE(cluster, cluster->certificates.renewed, spec->certificate_count);
    TAKE(cluster, cluster->image_patched, spec->image_count);
    TAKE(cluster, cluster->config_restored, spec->config_count);
}

static void take_all(struct cluster *cluster)
{
    size_t places, knobs = inventory_series_count(cluster->knob_inventory);

    count_places(cluster);
    places = cluster->place_first[CLUSTER_KIND_COUNT];
    TAKE(cluster, cluster->scan.kept, inventory_series_count(cluster->inventory));
    TAKE(cluster, cluster->scan.part, inventory_series_count(cluster->inventory));
    TAKE(cluster, cluster->scan.requests, places);
    TAKE(cluster, cluster->knobs, knobs);
    TAKE(cluster, cluster->knobs_seen, knobs);
    TAKE(cluster, cluster->knob_kind, knobs);
    TAKE(cluster, cluster->resource_of, places);
    TAKE(cluster, cluster->series_of, places);
    TAKE(cluster, cluster->place_of, inventory_resource_count(cluster->inventory));
    TAKE(cluster, cluster->knob_of, places * CLUSTER_KNOB_COUNT);
    take_pods(cluster, &cluster->pods, cluster_spec_count(cluster->spec, CLUSTER_POD));
    take_nodes(cluster, &cluster->nodes, cluster_spec_count(cluster->spec, CLUSTER_NODE));
    take_workloads(cluster, &cluster->workloads, cluster->spec->workload_count);
    take_others(cluster);
    cluster->queue = event_queue_create(16 * cluster->pods.count + 4 * cluster->nodes.count + 64);
    cluster->out_of_memory = cluster->out_of_memory || !cluster->queue;
}

/* --- opening state -------------------------------------------------------- */

static void open_nodes(struct cluster *cluster)
{
    struct cluster_nodes *nodes = &cluster->nodes;
    size_t index = 0;

    for (size_t i = 0; i < cluster->spec->node_count; i++) {
        const struct node_spec *spec = &cluster->spec->nodes[i];
        for (uint32_t n = 0; n < spec->count; n++, index++) {
            nodes->zone[index] = spec->zone;
            nodes->cpu[index] = spec->cpu;
            nodes->memory[index] = spec->memory;
            nodes->disk[index] = spec->disk;
        }
    }
}

static void open_workloads(struct cluster *cluster)
{
    struct cluster_workloads *workloads = &cluster->workloads;
    uint32_t first = 0, first_link = 0;

    for (size_t i = 0; i < workloads->count; i++) {
        const struct workload_spec *spec = &cluster->spec->workloads[i];
        workloads->first[i] = first;
        workloads->slots[i] = spec->slots;
        workloads->first_link[i] = first_link;
        workloads->wanted[i] = spec->replicas;
        workloads->revision[i] = 2; /* it was rolled out before, as any that lives */
        workloads->revision_before[i] = 1;
        workloads->cpu_limit[i] = spec->cpu_limit;
        workloads->memory_limit[i] = spec->memory_limit;
        workloads->cpu_request[i] = spec->cpu_request;
        workloads->memory_request[i] = spec->memory_request;
        workloads->work_factor[i] = 1.0;
        workloads->pool_factor[i] = 1.0;
        workloads->latency[i] = NAN;
        for (uint32_t pod = first; pod < first + spec->slots; pod++)
            cluster->pods.workload[pod] = (uint32_t)i;
        first += spec->slots;
        first_link += (uint32_t)spec->service.call_count;
    }
}

static void open_pods(struct cluster *cluster)
{
    struct cluster_pods *pods = &cluster->pods;

    for (size_t i = 0; i < pods->count; i++) {
        pods->node[i] = UINT32_MAX;
        pods->started[i] = HEAL_TIME_NEVER;
        pods->leak_since[i] = HEAL_TIME_NEVER;
        pods->phase_since[i] = cluster->start;
        pods->delay_factor[i] = 1.0;
        pods->latency[i] = NAN;
    }
}

static bool open_all(struct cluster *cluster)
{
    if (!find_places(cluster))
        return false;
    memcpy(cluster->knobs_seen, cluster->knobs,
           inventory_series_count(cluster->knob_inventory) * sizeof *cluster->knobs);
    open_nodes(cluster);
    open_workloads(cluster);
    open_pods(cluster);
    return cluster_life_open(cluster) && cluster_traffic_open(cluster) && cluster_storage_open(cluster);
}

struct cluster *cluster_create(const struct cluster_spec *spec, const struct inventory *inventory,
                               const struct inventory *knobs, heal_time start, uint64_t seed, uint32_t replication)
{
    struct cluster *cluster = calloc(1, sizeof *cluster);

    if (!cluster)
        return NULL;
    cluster->spec = spec;
    cluster->inventory = inventory;
    cluster->knob_inventory = knobs;
    cluster->start = cluster->last = cluster->now = start;
    cluster->streams = (struct stream_book){.seed = seed, .index = replication};
    cluster->arena = arena_create();
    if (cluster->arena)
        take_all(cluster);
    if (!cluster->arena || cluster->out_of_memory || !open_all(cluster)) {
        cluster_destroy(cluster);
        return NULL;
    }
    return cluster;
}

void cluster_destroy(struct cluster *cluster)
{
    if (!cluster)
        return;
    cluster_traffic_close(cluster);
    cluster_life_close(cluster);
    stream_book_clear(&cluster->streams);
    event_queue_destroy(cluster->queue);
    arena_destroy(cluster->arena);
    free(cluster);
}

/* --- steps ---------------------------------------------------------------- */

/* Which knobs stand anywhere, so that asking for the others costs nothing. */
static void look_at_knobs(struct cluster *cluster)
{
    size_t count = inventory_series_count(cluster->knob_inventory);

    if (memcmp(cluster->knobs, cluster->knobs_seen, count * sizeof *cluster->knobs) == 0)
        return;
    memset(cluster->knob_turned, 0, sizeof cluster->knob_turned);
    for (size_t i = 0; i < count; i++) {
        enum cluster_knob knob = (enum cluster_knob)cluster->knob_kind[i];
        if (cluster->knobs[i] != cluster_knob_neutral(knob))
            cluster->knob_turned[knob] = true;
    }
    memcpy(cluster->knobs_seen, cluster->knobs, count * sizeof *cluster->knobs);
    cluster_life_knobs(cluster);
}

bool cluster_step(struct cluster *cluster, heal_time now, double *values)
{
    double seconds = heal_duration_seconds(now - cluster->last);

    cluster->now = now;
    cluster->scan.cut = !values || cluster->scan.seconds > 0.0;
    look_at_knobs(cluster);
    cluster_life_until(cluster, now);
    cluster_traffic_step(cluster);
    cluster_storage_step(cluster);
    cluster_kubelet_look(cluster);
    cluster_autoscaler_look(cluster);
    if (values)
        scan_show(cluster, seconds, values);
    else
        scan_keep(cluster, seconds);
    cluster->last = now;
    return !cluster->out_of_memory;
}

typedef enum action_outcome (*act)(struct cluster *cluster, heal_time now, const struct action *action,
                                   enum cluster_kind kind, size_t index);

/* An action may have a side in each part: a patch rolls pods out and takes the
 * vulnerabilities away. The control plane is asked first; who says no ends it. */
enum action_outcome cluster_act(struct cluster *cluster, heal_time now, const struct action *action)
{
    static const act PARTS[] = {cluster_life_act, cluster_traffic_act, cluster_storage_act};
    enum action_outcome outcome = ACTION_UNSUPPORTED;
    enum cluster_kind kind;
    size_t index;

    if (!cluster_find(cluster, action->target, &kind, &index))
        return ACTION_UNSUPPORTED;
    look_at_knobs(cluster);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS && outcome != ACTION_FAILED; i++) {
        enum action_outcome part = PARTS[i](cluster, now, action, kind, index);
        if (part != ACTION_UNSUPPORTED)
            outcome = part;
    }
    return outcome;
}

struct cluster_feeling cluster_feel(const struct cluster *cluster, uint32_t resource)
{
    struct cluster_feeling nothing = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN}, feeling;
    enum cluster_kind kind;
    size_t index;

    if (!cluster_find(cluster, resource, &kind, &index))
        return nothing;
    if (kind >= CLUSTER_VOLUME)
        return cluster_storage_feel(cluster, kind, index);
    feeling = cluster_traffic_feel(cluster, kind, index);
    if (kind == CLUSTER_NODE)
        feeling.used_ratio = cluster->nodes.disk_used[index] / cluster->nodes.disk[index];
    return feeling;
}

heal_time cluster_now(const struct cluster *cluster)
{
    return cluster->last;
}

struct cluster_totals cluster_totals(const struct cluster *cluster)
{
    return cluster->totals;
}

bool cluster_has(const struct cluster *cluster, uint32_t resource)
{
    enum cluster_kind kind;
    size_t index;

    return cluster_find(cluster, resource, &kind, &index);
}

heal_time cluster_process_started(const struct cluster *cluster, uint32_t resource)
{
    enum cluster_kind kind;
    size_t index;

    if (!cluster_find(cluster, resource, &kind, &index) || kind != CLUSTER_POD)
        return HEAL_TIME_NEVER;
    return cluster->pods.started[index];
}
