/* cluster_describe.c - a spec as resources, series and edges.
 *
 * Kind after kind in the order of enum cluster_kind, and within a kind in the
 * order of the spec; the knobs' inventory has the same resources in the same
 * order. cluster.c counts on it. */
#include "sim/cluster_parts.h"

#include "sim/cluster_place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KINDS[CLUSTER_KIND_COUNT] = {
    [CLUSTER_ZONE] = "zone",         [CLUSTER_NODE] = "node",
    [CLUSTER_WORKLOAD] = "workload", [CLUSTER_POD] = "pod",
    [CLUSTER_LINK] = "link",         [CLUSTER_DATABASE] = "database",
    [CLUSTER_VOLUME] = "volume",     [CLUSTER_CERTIFICATE] = "certificate",
    [CLUSTER_IMAGE] = "image",       [CLUSTER_CONFIG] = "config",
};

enum { SERIES_PER_KIND = 9 };
static const char *const SERIES[CLUSTER_KIND_COUNT][SERIES_PER_KIND + 1] = {
    [CLUSTER_NODE] = {[NODE_SERIES_CPU] = "cpu_utilization_ratio",
                      [NODE_SERIES_MEMORY] = "memory_utilization_ratio",
                      [NODE_SERIES_DISK] = "disk_used_ratio",
                      [NODE_SERIES_UP] = "up"},
    [CLUSTER_WORKLOAD] = {[WORKLOAD_SERIES_READY] = "replicas_ready_ratio",
                          [WORKLOAD_SERIES_RATE] = "request_rate_per_second",
                          [WORKLOAD_SERIES_LATENCY] = "request_latency_seconds",
                          [WORKLOAD_SERIES_ERRORS] = "error_ratio",
                          [WORKLOAD_SERIES_REPLICAS] = "replicas",
                          [WORKLOAD_SERIES_MEMORY_LIMIT] = "memory_limit_bytes",
                          [WORKLOAD_SERIES_CPU_LIMIT] = "cpu_limit_cores",
                          [WORKLOAD_SERIES_REVISION] = "revision",
                          [WORKLOAD_SERIES_POOL] = "pool_connections_max"},
    [CLUSTER_POD] = {[POD_SERIES_UP] = "up",
                     [POD_SERIES_CPU] = "cpu_utilization_ratio",
                     [POD_SERIES_MEMORY] = "memory_utilization_ratio",
                     [POD_SERIES_RATE] = "request_rate_per_second",
                     [POD_SERIES_LATENCY] = "request_latency_seconds",
                     [POD_SERIES_ERRORS] = "error_ratio",
                     [POD_SERIES_RESTARTS] = "restarts_per_hour",
                     [POD_SERIES_CRASH_LOOP] = "crash_loop",
                     [POD_SERIES_OOM_KILLED] = "oom_killed"},
    [CLUSTER_LINK] = {[LINK_SERIES_LATENCY] = "client_latency_seconds", [LINK_SERIES_ERRORS] = "error_ratio"},
    [CLUSTER_DATABASE] = {[DATABASE_SERIES_LATENCY] = "query_latency_seconds",
                          [DATABASE_SERIES_CONNECTIONS] = "connections_used_ratio",
                          [DATABASE_SERIES_CPU] = "cpu_utilization_ratio",
                          [DATABASE_SERIES_LOCK_WAIT] = "lock_wait_seconds",
                          [DATABASE_SERIES_POOL] = "pool_connections_max",
                          [DATABASE_SERIES_TIMEOUT] = "statement_timeout_seconds"},
    [CLUSTER_VOLUME] = {[VOLUME_SERIES_USED] = "disk_used_ratio", [VOLUME_SERIES_CAPACITY] = "capacity_bytes"},
    [CLUSTER_CERTIFICATE] = {[CLUSTER_SERIES_ONLY] = "certificate_days_left"},
    [CLUSTER_IMAGE] = {[CLUSTER_SERIES_ONLY] = "vulnerabilities"},
    [CLUSTER_CONFIG] = {[CLUSTER_SERIES_ONLY] = "config_drift"},
};

const char *cluster_kind_name(enum cluster_kind kind)
{
    return KINDS[kind];
}

static size_t count_nodes(const struct cluster_spec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < spec->node_count; i++)
        count += spec->nodes[i].count;
    return count;
}

static size_t count_pods(const struct cluster_spec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < spec->workload_count; i++)
        count += spec->workloads[i].slots;
    return count;
}

static size_t count_links(const struct cluster_spec *spec)
{
    size_t count = 0;

    for (size_t i = 0; i < spec->workload_count; i++)
        count += spec->workloads[i].service.call_count;
    return count;
}

size_t cluster_spec_count(const struct cluster_spec *spec, enum cluster_kind kind)
{
    switch (kind) {
    case CLUSTER_ZONE:
        return spec->zone_count;
    case CLUSTER_NODE:
        return count_nodes(spec);
    case CLUSTER_WORKLOAD:
        return spec->workload_count;
    case CLUSTER_POD:
        return count_pods(spec);
    case CLUSTER_LINK:
        return count_links(spec);
    case CLUSTER_DATABASE:
        return spec->database_count;
    case CLUSTER_VOLUME:
        return spec->volume_count;
    case CLUSTER_CERTIFICATE:
        return spec->certificate_count;
    case CLUSTER_IMAGE:
        return spec->image_count;
    case CLUSTER_CONFIG:
        return spec->config_count;
    case CLUSTER_KIND_COUNT:
        break;
    }
    return 0;
}

/* --- ids ------------------------------------------------------------------ */

static bool fits(int length)
{
    return length >= 0 && length <= SERIES_ID_MAX;
}

static bool spell_node(const struct cluster_spec *spec, size_t index, char id[SERIES_ID_MAX + 1])
{
    const struct node_spec *node = spec->nodes;

    for (; index >= node->count; node++)
        index -= node->count;
    return fits(node->count == 1 ? snprintf(id, SERIES_ID_MAX + 1, "%s", node->id)
                                 : snprintf(id, SERIES_ID_MAX + 1, "%s-%zu", node->id, index + 1));
}

/* "workload/NS/W" -> "NS/W" */
static const char *after_kind(const char *id)
{
    return strchr(id, '/') + 1;
}

static bool spell_pod(const struct cluster_spec *spec, size_t index, char id[SERIES_ID_MAX + 1])
{
    const struct workload_spec *workload = spec->workloads;

    for (; index >= workload->slots; workload++)
        index -= workload->slots;
    return fits(snprintf(id, SERIES_ID_MAX + 1, "pod/%s-%zu", after_kind(workload->id), index + 1));
}

static const struct call_spec *find_call(const struct cluster_spec *spec, size_t link,
                                         const struct workload_spec **caller)
{
    const struct workload_spec *workload = spec->workloads;

    for (; link >= workload->service.call_count; workload++)
        link -= workload->service.call_count;
    *caller = workload;
    return &workload->service.calls[link];
}

static bool spell_link(const struct cluster_spec *spec, size_t index, char id[SERIES_ID_MAX + 1])
{
    const struct workload_spec *caller;
    const struct call_spec *call = find_call(spec, index, &caller);

    return fits(snprintf(id, SERIES_ID_MAX + 1, "link/%s-%s", after_kind(caller->id), strrchr(call->to, '/') + 1));
}

static const char *written_id(const struct cluster_spec *spec, enum cluster_kind kind, size_t index)
{
    switch (kind) {
    case CLUSTER_ZONE:
        return spec->zones[index].id;
    case CLUSTER_WORKLOAD:
        return spec->workloads[index].id;
    case CLUSTER_DATABASE:
        return spec->databases[index].id;
    case CLUSTER_VOLUME:
        return spec->volumes[index].id;
    case CLUSTER_CERTIFICATE:
        return spec->certificates[index].id;
    case CLUSTER_IMAGE:
        return spec->images[index].id;
    case CLUSTER_CONFIG:
        return spec->configs[index].id;
    default:
        return "";
    }
}

bool cluster_spec_id(const struct cluster_spec *spec, enum cluster_kind kind, size_t index, char id[SERIES_ID_MAX + 1])
{
    if (kind == CLUSTER_NODE)
        return spell_node(spec, index, id);
    if (kind == CLUSTER_POD)
        return spell_pod(spec, index, id);
    if (kind == CLUSTER_LINK)
        return spell_link(spec, index, id);
    return fits(snprintf(id, SERIES_ID_MAX + 1, "%s", written_id(spec, kind, index)));
}

/* The line that a person has to change for the index'th of a kind. */
static uint32_t line_of(const struct cluster_spec *spec, enum cluster_kind kind, size_t index)
{
    const struct workload_spec *workload = spec->workloads;

    switch (kind) {
    case CLUSTER_ZONE:
        return spec->zones[index].line;
    case CLUSTER_WORKLOAD:
        return spec->workloads[index].line;
    case CLUSTER_POD:
        for (; index >= workload->slots; workload++)
            index -= workload->slots;
        return workload->line;
    case CLUSTER_LINK:
        return find_call(spec, index, &workload)->line;
    case CLUSTER_DATABASE:
        return spec->databases[index].line;
    case CLUSTER_VOLUME:
        return spec->volumes[index].line;
    case CLUSTER_CERTIFICATE:
        return spec->certificates[index].line;
    case CLUSTER_IMAGE:
        return spec->images[index].line;
    case CLUSTER_CONFIG:
        return spec->configs[index].line;
    default:
        return spec->line;
    }
}

/* --- resources and series ------------------------------------------------- */

struct description {
    const struct cluster_spec *spec;
    struct inventory *inventory, *knobs;
    struct error_list *errors;
    bool whole;
};

static void refuse(struct description *all, enum cluster_kind kind, size_t index, const char *id)
{
    error_add(all->errors, ERROR_INPUT, all->spec->file, line_of(all->spec, kind, index), "cluster",
              "\"%s\" is there already, is no kind/namespace/name, or is one too many", id);
    all->whole = false;
}

static bool add_series(struct inventory *inventory, const char *id, const char *metric)
{
    char series[2 * SERIES_ID_MAX];
    int length = snprintf(series, sizeof series, "%s:%s", id, metric);

    return fits(length) && inventory_add_series(inventory, series, (size_t)length) != SERIES_NONE;
}

static bool add_resource(struct description *all, enum cluster_kind kind, const char *id)
{
    size_t length = strlen(id);

    if (inventory_find_resource(all->inventory, id, length) != RESOURCE_NONE ||
        inventory_add_resource(all->inventory, id, length) == RESOURCE_NONE ||
        inventory_add_resource(all->knobs, id, length) == RESOURCE_NONE)
        return false;
    for (size_t i = 0; SERIES[kind][i]; i++) {
        if (!add_series(all->inventory, id, SERIES[kind][i]))
            return false;
    }
    for (int knob = 0; knob < CLUSTER_KNOB_COUNT; knob++) {
        if (cluster_has_knob(kind, (enum cluster_knob)knob) &&
            !add_series(all->knobs, id, cluster_knob_name((enum cluster_knob)knob)))
            return false;
    }
    return true;
}

static void add_kind(struct description *all, enum cluster_kind kind)
{
    size_t count = cluster_spec_count(all->spec, kind);
    char id[SERIES_ID_MAX + 1];

    for (size_t i = 0; i < count; i++) {
        if (!cluster_spec_id(all->spec, kind, i, id) || !add_resource(all, kind, id))
            refuse(all, kind, i, id);
    }
}

/* --- edges ---------------------------------------------------------------- */

static void relate(struct description *all, const char *source, enum relation relation, const char *target)
{
    uint32_t from = inventory_find_resource(all->inventory, source, strlen(source));
    uint32_t to = inventory_find_resource(all->inventory, target, strlen(target));

    if (from == RESOURCE_NONE || to == RESOURCE_NONE || !inventory_relate(all->inventory, from, relation, to)) {
        error_add(all->errors, ERROR_ENVIRONMENT, NULL, 0, "cluster", "out of memory");
        all->whole = false;
    }
}

static void relate_nodes(struct description *all)
{
    const struct cluster_spec *spec = all->spec;
    char id[SERIES_ID_MAX + 1];
    size_t index = 0;

    for (size_t i = 0; i < spec->node_count; i++) {
        for (uint32_t n = 0; n < spec->nodes[i].count; n++, index++) {
            if (spec->nodes[i].zone != UINT32_MAX && spell_node(spec, index, id))
                relate(all, id, RELATION_RUNS_ON, spec->zones[spec->nodes[i].zone].id);
        }
    }
}

static void relate_calls(struct description *all, const struct workload_spec *workload, size_t *link)
{
    char id[SERIES_ID_MAX + 1];

    for (size_t i = 0; i < workload->service.call_count; i++, (*link)++) {
        relate(all, workload->id, RELATION_CALLS, workload->service.calls[i].to);
        if (spell_link(all->spec, *link, id))
            relate(all, id, RELATION_CALLS, workload->service.calls[i].to);
    }
}

static void relate_pods(struct description *all, const struct workload_spec *workload, const uint32_t *nodes,
                        size_t *pod)
{
    char id[SERIES_ID_MAX + 1], node[SERIES_ID_MAX + 1];

    for (uint32_t i = 0; i < workload->slots; i++, (*pod)++) {
        if (!spell_pod(all->spec, *pod, id))
            continue;
        if (nodes[*pod] != UINT32_MAX && spell_node(all->spec, nodes[*pod], node))
            relate(all, id, RELATION_RUNS_ON, node);
        relate(all, id, RELATION_OWNED_BY, workload->id);
        if (workload->volume)
            relate(all, id, RELATION_MOUNTS, workload->volume);
    }
}

static void relate_workloads(struct description *all, const uint32_t *nodes)
{
    size_t pod = 0, link = 0;

    for (size_t i = 0; i < all->spec->workload_count; i++) {
        relate_pods(all, &all->spec->workloads[i], nodes, &pod);
        relate_calls(all, &all->spec->workloads[i], &link);
    }
}

static void relate_storage(struct description *all)
{
    const struct cluster_spec *spec = all->spec;

    for (size_t i = 0; i < spec->database_count; i++) {
        if (spec->databases[i].volume)
            relate(all, spec->databases[i].id, RELATION_MOUNTS, spec->databases[i].volume);
    }
    for (size_t i = 0; i < spec->certificate_count; i++) {
        if (spec->certificates[i].of)
            relate(all, spec->certificates[i].of, RELATION_MOUNTS, spec->certificates[i].id);
    }
    for (size_t i = 0; i < spec->image_count; i++)
        relate(all, spec->images[i].of, RELATION_MOUNTS, spec->images[i].id);
    for (size_t i = 0; i < spec->config_count; i++)
        relate(all, spec->configs[i].of, RELATION_MOUNTS, spec->configs[i].id);
}

bool cluster_describe(const struct cluster_spec *spec, struct inventory *inventory, struct inventory *knobs,
                      struct error_list *errors)
{
    struct description all = {spec, inventory, knobs, errors, true};

    for (int kind = 0; kind < CLUSTER_KIND_COUNT; kind++)
        add_kind(&all, (enum cluster_kind)kind);
    if (!all.whole)
        return false;
    uint32_t *nodes = malloc((count_pods(spec) + 1) * sizeof *nodes);
    if (!nodes || !cluster_place(spec, nodes)) {
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, "cluster", "out of memory");
        free(nodes);
        return false;
    }
    relate_nodes(&all);
    relate_workloads(&all, nodes);
    relate_storage(&all);
    free(nodes);
    return all.whole;
}
