/* topology.c - who calls whom, as a file of names; declared in labels.h beside the
 * other small tables that come with a recording. */
#include "engine/inventory.h"
#include "engine/resource_names.h"
#include "engine/utf8.h"
#include "replay/csv_table.h"
#include "replay/labels.h"
#include "replay/mapping.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    const char *name;
    struct topology *out;
    size_t room;
    struct error_list *errors;
    bool wrong;
};

enum { SOURCE, TARGET, EDGE_COLUMNS };
static const struct csv_column COLUMNS[EDGE_COLUMNS] = {{"source", true}, {"target", true}};

static bool add_edge(struct reading *reading, const char *const *cells)
{
    struct topology *out = reading->out;
    if (out->count == reading->room) {
        size_t room = reading->room == 0 ? 16 : reading->room * 2;
        struct topology_edge *moved = realloc(out->items, room * sizeof *moved);
        if (moved == NULL)
            return false;
        out->items = moved;
        reading->room = room;
    }
    struct topology_edge *edge = &out->items[out->count++];
    *edge = (struct topology_edge){.source = strdup(cells[SOURCE]), .target = strdup(cells[TARGET])};
    return edge->source != NULL && edge->target != NULL;
}

static void on_edge(void *context, uint64_t line, const char *const *cells)
{
    struct reading *reading = context;
    bool fine = true;
    for (int i = 0; i < EDGE_COLUMNS; i++) {
        size_t length = strlen(cells[i]);
        if (length > 0 && length <= SERIES_ID_MAX && utf8_printable(cells[i], length))
            continue;
        error_add(reading->errors, ERROR_INPUT, reading->name, line, COLUMNS[i].name,
                  "expected the name of a resource, 1 to %d bytes of printable text", SERIES_ID_MAX);
        fine = false;
    }
    if (fine && !add_edge(reading, cells)) {
        error_add(reading->errors, ERROR_ENVIRONMENT, reading->name, line, NULL, "out of memory");
        fine = false;
    }
    reading->wrong = reading->wrong || !fine;
}

bool topology_parse(const char *name, const char *text, size_t length, struct topology *out, struct error_list *errors)
{
    struct reading reading = {.name = name, .out = out, .errors = errors};
    *out = (struct topology){0};
    if (csv_table_read(name, text, length, COLUMNS, EDGE_COLUMNS, on_edge, &reading, errors) && !reading.wrong)
        return true;
    topology_clear(out);
    return false;
}

bool topology_read(const char *path, struct topology *out, struct error_list *errors)
{
    struct mapping file;
    *out = (struct topology){0};
    if (!mapping_read(path, &file, errors))
        return false;
    bool done = topology_parse(path, file.base, file.length, out, errors);
    mapping_release(&file);
    return done;
}

void topology_clear(struct topology *topology)
{
    for (size_t i = 0; i < topology->count; i++) {
        free(topology->items[i].source);
        free(topology->items[i].target);
    }
    free(topology->items);
    *topology = (struct topology){0};
}

/* The resource that `text` means: a full id, else the first callee by kind. */
static uint32_t resolve(const struct inventory *inventory, const struct resource_names *names, const char *text)
{
    size_t length = strlen(text);
    uint32_t resource = inventory_find_resource(inventory, text, length);
    for (int kind = 0; kind < CALLEE_KIND_COUNT && resource == RESOURCE_NONE; kind++) {
        bool several;
        resource = resource_names_find(names, (enum callee_kind)kind, text, length, &several);
    }
    return resource;
}

size_t topology_relate(const struct topology *topology, struct inventory *inventory)
{
    struct resource_names *names = resource_names_create(inventory, false);
    size_t related = 0;
    if (names == NULL)
        return 0;
    for (size_t i = 0; i < topology->count; i++) {
        uint32_t source = resolve(inventory, names, topology->items[i].source);
        uint32_t target = resolve(inventory, names, topology->items[i].target);
        if (source != RESOURCE_NONE && target != RESOURCE_NONE &&
            inventory_relate(inventory, source, RELATION_CALLS, target))
            related++;
    }
    resource_names_destroy(names);
    return related;
}
