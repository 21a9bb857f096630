/* cluster_check.c - what the parts of a cluster say of each other. */
#include "sim/cluster_file_parts.h"
#include "sim/cluster_place.h"

#include <stdlib.h>
#include <string.h>

static void fault(struct cluster_reader *all, uint32_t line, const char *field, const char *what, const char *found)
{
    error_add(all->root.errors, ERROR_INPUT, all->root.document->file, line, field, "expected %s, found '%.60s'", what,
              found);
}

static size_t find_workload(const struct cluster_spec *spec, const char *id)
{
    size_t i = 0;
    while (i < spec->workload_count && strcmp(spec->workloads[i].id, id) != 0)
        i++;
    return i;
}

static bool is_database(const struct cluster_spec *spec, const char *id)
{
    for (size_t i = 0; i < spec->database_count; i++) {
        if (strcmp(spec->databases[i].id, id) == 0)
            return true;
    }
    return false;
}

static bool is_volume(const struct cluster_spec *spec, const char *id)
{
    for (size_t i = 0; i < spec->volume_count; i++) {
        if (strcmp(spec->volumes[i].id, id) == 0)
            return true;
    }
    return false;
}

static void check_workload_name(struct cluster_reader *all, uint32_t line, const char *field, const char *id)
{
    if (find_workload(all->spec, id) == all->spec->workload_count)
        fault(all, line, field, "the id of a workload of this cluster", id);
}

static void check_names(struct cluster_reader *all)
{
    const struct cluster_spec *spec = all->spec;

    for (size_t i = 0; i < spec->workload_count; i++) {
        const struct workload_spec *workload = &spec->workloads[i];
        if (workload->volume && !is_volume(spec, workload->volume))
            fault(all, workload->line, "cluster.workloads.volume", "the id of a volume of this cluster",
                  workload->volume);
        for (size_t c = 0; c < workload->service.call_count; c++) {
            const struct call_spec *call = &workload->service.calls[c];
            size_t to = find_workload(spec, call->to);
            if (to == spec->workload_count ? !is_database(spec, call->to) : spec->workloads[to].service.work <= 0.0)
                fault(all, call->line, "cluster.workloads.calls.to", "a workload with a service, or a database",
                      call->to);
        }
    }
    for (size_t i = 0; i < spec->load_count; i++) {
        size_t to = find_workload(spec, spec->loads[i].to);
        if (to == spec->workload_count || spec->workloads[to].service.work <= 0.0)
            fault(all, spec->loads[i].line, "cluster.load.to", "a workload with a service", spec->loads[i].to);
    }
    for (size_t i = 0; i < spec->database_count; i++) {
        if (spec->databases[i].volume && !is_volume(spec, spec->databases[i].volume))
            fault(all, spec->databases[i].line, "cluster.databases.volume", "the id of a volume of this cluster",
                  spec->databases[i].volume);
    }
    for (size_t i = 0; i < spec->certificate_count; i++) {
        if (spec->certificates[i].of)
            check_workload_name(all, spec->certificates[i].line, "cluster.certificates.of", spec->certificates[i].of);
    }
    for (size_t i = 0; i < spec->image_count; i++)
        check_workload_name(all, spec->images[i].line, "cluster.images.of", spec->images[i].of);
    for (size_t i = 0; i < spec->config_count; i++)
        check_workload_name(all, spec->configs[i].line, "cluster.configs.of", spec->configs[i].of);
}

/* Takes workloads whose callees are all taken, round after round; what is left
 * calls in a circle. */
static void check_circles(struct cluster_reader *all)
{
    const struct cluster_spec *spec = all->spec;
    bool *taken = calloc(spec->workload_count + 1, sizeof *taken), moved = true;

    while (taken && moved) {
        moved = false;
        for (size_t i = 0; i < spec->workload_count; i++) {
            const struct service_spec *service = &spec->workloads[i].service;
            bool free_of_calls = !taken[i];
            for (size_t c = 0; c < service->call_count && free_of_calls; c++) {
                size_t to = find_workload(spec, service->calls[c].to);
                free_of_calls = to == spec->workload_count || taken[to];
            }
            moved = moved || free_of_calls;
            taken[i] = taken[i] || free_of_calls;
        }
    }
    for (size_t i = 0; taken && i < spec->workload_count; i++) {
        if (taken[i])
            continue;
        fault(all, spec->workloads[i].line, "cluster.workloads.calls", "calls that do not come back to their caller",
              spec->workloads[i].id);
        break;
    }
    free(taken);
}

/* Placing looks at every node for every pod, so both have a limit. */
static bool check_nodes(struct cluster_reader *all)
{
    size_t nodes = 0;

    for (size_t i = 0; i < all->spec->node_count; i++)
        nodes += all->spec->nodes[i].count;
    if (nodes <= CLUSTER_NODES_MAX)
        return true;
    error_add(all->root.errors, ERROR_INPUT, all->root.document->file, all->spec->line, "cluster.nodes",
              "%zu nodes, expected at most %d", nodes, CLUSTER_NODES_MAX);
    return false;
}

/* All replicas have room on the nodes at the start. */
static void check_room(struct cluster_reader *all)
{
    const struct cluster_spec *spec = all->spec;
    size_t slots = 0, slot = 0;

    if (!check_nodes(all))
        return;

    for (size_t i = 0; i < spec->workload_count; i++)
        slots += spec->workloads[i].slots;
    if (slots > CLUSTER_SLOTS_MAX) {
        error_add(all->root.errors, ERROR_INPUT, all->root.document->file, spec->line, "cluster.workloads",
                  "%zu pod slots, expected at most %d", slots, CLUSTER_SLOTS_MAX);
        return;
    }
    uint32_t *node_of = calloc(slots + 1, sizeof *node_of);
    if (!node_of || !cluster_place(spec, node_of)) {
        error_add(all->root.errors, ERROR_ENVIRONMENT, all->root.document->file, 0, NULL, "out of memory");
        free(node_of);
        return;
    }
    for (size_t i = 0; i < spec->workload_count; slot += spec->workloads[i].slots, i++) {
        for (uint32_t n = 0; n < spec->workloads[i].replicas; n++) {
            if (node_of[slot + n] != UINT32_MAX)
                continue;
            fault(all, spec->workloads[i].line, "cluster.workloads", "nodes with room for all replicas' requests",
                  spec->workloads[i].id);
            break;
        }
    }
    free(node_of);
}

void cluster_check(struct cluster_reader *all)
{
    size_t before = all->root.errors->count;

    check_names(all);
    if (all->root.errors->count > before)
        return;
    check_circles(all);
    check_room(all);
}
