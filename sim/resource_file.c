/* resource_file.c - the `resources:` and `topology:` of a scenario.
 *
 * What an id may look like, and how many fit, is the inventory's business: the
 * ids are put into one that is thrown away, and what it refuses is said here
 * with its line. */
#include "sim/scenario_parts.h"

#include "sim/notation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct resources {
    struct reader *root;
    struct scenario *scenario;
    struct inventory *trial;
    size_t series;  /* with every resource's count */
    size_t samples; /* hand-written, in all */
};

static void read_generated(struct reader *reader, struct generated_series *series)
{
    *series = (struct generated_series){.low = -INFINITY, .high = INFINITY};
    if (reader_require(reader, "level"))
        reader_number(reader, "level", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &series->level);
    reader_number(reader, "daily", 0, SCENARIO_VALUE_MAX, &series->daily);
    reader_number(reader, "noise", 0, SCENARIO_VALUE_MAX, &series->noise);
    reader_number(reader, "correlation", 0, 0.9999, &series->correlation);
    reader_number(reader, "low", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &series->low);
    reader_number(reader, "high", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &series->high);
    if (series->low >= series->high)
        reader_error(reader, "low", "expected less than high (%g), found %g", series->high, series->low);
    else if (series->level < series->low || series->level > series->high)
        reader_error(reader, "level", "expected from low (%g) to high (%g), found %g", series->low, series->high,
                     series->level);
    reader_close(reader);
}

static void read_written(struct resources *all, struct reader *reader, const char *metric, const char *text,
                         struct series_spec *series)
{
    double *values = NULL;
    const char *fault;
    size_t at;
    if (all->samples > NOTATION_SAMPLES_MAX)
        return;
    if (!notation_expand(text, all->scenario->arena, &values, &series->sample_count, &fault, &at)) {
        reader_error(reader, metric, "%s, at '%.40s'", fault, text + at);
        return;
    }
    series->samples = values;
    all->samples += series->sample_count;
    if (all->samples > NOTATION_SAMPLES_MAX)
        reader_error(reader, metric, "more than %d samples in the file, expected fewer or a trace",
                     NOTATION_SAMPLES_MAX);
}

static void read_series(struct resources *all, struct reader *reader, struct resource_spec *resource)
{
    struct arena *arena = all->scenario->arena;
    struct reader map = reader_map(reader, "series");
    size_t count = map.map ? map.map->count : 0;
    resource->series = reader_array(reader, arena, count, sizeof *resource->series);
    if (!resource->series)
        return;
    for (size_t i = 0; i < count; i++) {
        struct series_spec *series = &resource->series[i];
        const char *metric = map.map->keys[i];
        const struct node *value = reader_node(&map, metric);
        *series = (struct series_spec){.metric = reader_copy(reader, arena, metric), .line = map.map->key_lines[i]};
        if (value->kind == NODE_TEXT) {
            read_written(all, &map, metric, value->text, series);
        } else {
            struct reader generated = reader_map(&map, metric);
            if (generated.map)
                read_generated(&generated, &series->generated);
        }
    }
    resource->series_count = count;
}

/* Puts id, or id-1 .. id-count, and the series of the first into the trial. */
static void try_ids(struct resources *all, struct reader *reader, const struct resource_spec *resource)
{
    char id[SERIES_ID_MAX * 2];
    if (strlen(resource->id) > SERIES_ID_MAX) {
        reader_error(reader, "id", "expected at most %d bytes", SERIES_ID_MAX);
        return;
    }
    for (uint32_t i = 1; i <= resource->count; i++) {
        int length = resource->count == 1 ? snprintf(id, sizeof id, "%s", resource->id)
                                          : snprintf(id, sizeof id, "%s-%u", resource->id, i);
        if (inventory_find_resource(all->trial, id, (size_t)length) != RESOURCE_NONE)
            reader_error(reader, "id", "'%s' is there already, expected each resource once", id);
        else if (inventory_add_resource(all->trial, id, (size_t)length) == RESOURCE_NONE)
            reader_error(reader, "id", "expected kind/namespace/name without blank or ':', found '%.60s'", id);
        else
            continue;
        return;
    }
    for (size_t i = 0; i < resource->series_count && resource->series[i].metric; i++) {
        int length = snprintf(id, sizeof id, "%s%s:%s", resource->id, resource->count == 1 ? "" : "-1",
                              resource->series[i].metric);
        if (length >= (int)sizeof id || inventory_add_series(all->trial, id, (size_t)length) == SERIES_NONE)
            error_add(reader->errors, ERROR_INPUT, reader->document->file, resource->series[i].line,
                      reader_path(reader, "series"), "expected a metric name without blank, found '%.60s'",
                      resource->series[i].metric);
    }
}

/* A field that names another resource. */
static void read_resource_id(struct resources *all, struct reader *reader, const char *key, const char **out)
{
    if (!reader_text_into(reader, key, all->scenario->arena, out))
        return;
    if (inventory_add_resource(all->trial, *out, strlen(*out)) == RESOURCE_NONE)
        reader_error(reader, key, "expected kind/namespace/name without blank or ':', found '%.60s'", *out);
}

static void read_resource(struct resources *all, struct reader *reader, struct resource_spec *resource)
{
    *resource = (struct resource_spec){.id = "", .count = 1};
    if (!reader->map)
        return;
    resource->line = reader->map->line;
    if (reader_require(reader, "id"))
        reader_text_into(reader, "id", all->scenario->arena, &resource->id);
    reader_count(reader, "count", 1, 100000, &resource->count);
    read_series(all, reader, resource);
    all->series += resource->series_count * resource->count;
    if (all->series > SERIES_MAX)
        reader_error(reader, NULL, "more than %d series with this resource, expected fewer", SERIES_MAX);
    else if (resource->id[0])
        try_ids(all, reader, resource);
    reader_node(reader, "owner"); /* read when all resources are in the trial */
    reader_node(reader, "node");
    reader_close(reader);
}

static void read_edge(struct resources *all, struct reader *reader, struct edge_spec *edge)
{
    const char *relations[RELATION_COUNT];
    size_t relation;
    *edge = (struct edge_spec){.source = "", .target = ""};
    if (!reader->map)
        return;
    edge->line = reader->map->line;
    for (unsigned i = 0; i < RELATION_COUNT; i++)
        relations[i] = relation_name((enum relation)i);
    if (reader_require(reader, "source"))
        read_resource_id(all, reader, "source", &edge->source);
    if (reader_require(reader, "relation") && reader_choice(reader, "relation", relations, RELATION_COUNT, &relation))
        edge->relation = (enum relation)relation;
    if (reader_require(reader, "target"))
        read_resource_id(all, reader, "target", &edge->target);
    reader_close(reader);
}

static void read_resources(struct resources *all)
{
    struct reader *root = all->root;
    struct scenario *scenario = all->scenario;
    size_t count;
    const struct node *const *items = reader_list(root, "resources", &count);
    scenario->resources = reader_array(root, scenario->arena, count, sizeof *scenario->resources);
    if (!scenario->resources)
        return;
    scenario->resource_count = count;
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(root, "resources", items, i);
        read_resource(all, &item, &scenario->resources[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i]->kind != NODE_MAP)
            continue;
        struct reader item = reader_item(root, "resources", items, i);
        read_resource_id(all, &item, "owner", &scenario->resources[i].owner);
        read_resource_id(all, &item, "node", &scenario->resources[i].node);
    }
}

static void read_topology(struct resources *all)
{
    struct reader *root = all->root;
    struct scenario *scenario = all->scenario;
    size_t count;
    const struct node *const *items = reader_list(root, "topology", &count);
    scenario->edges = reader_array(root, scenario->arena, count, sizeof *scenario->edges);
    if (!scenario->edges)
        return;
    scenario->edge_count = count;
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(root, "topology", items, i);
        read_edge(all, &item, &scenario->edges[i]);
    }
}

void resources_read(struct reader *root, struct scenario *scenario)
{
    struct resources all = {.root = root, .scenario = scenario, .trial = inventory_create()};
    if (!all.trial) {
        error_add(root->errors, ERROR_ENVIRONMENT, root->document->file, 0, NULL, "out of memory");
        return;
    }
    read_resources(&all);
    read_topology(&all);
    inventory_destroy(all.trial);
}
