/* made_source.c - describing a made-up world and drawing its frames.
 *
 * Generated series lie struct-of-arrays in the order of their series index; one
 * frame is one straight loop with one normal draw each. The daily wave is the
 * same for all at one instant, so its cosine is taken once a frame. */
#include "sim/made_source.h"

#include "engine/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const heal_duration DAILY_PEAK = 14 * HEAL_HOUR;

static bool spell(const struct resource_spec *spec, uint32_t number, const char *metric, char id[SERIES_ID_MAX + 1])
{
    int length = spec->count > 1 ? snprintf(id, SERIES_ID_MAX + 1, "%s-%u", spec->id, number + 1)
                                 : snprintf(id, SERIES_ID_MAX + 1, "%s", spec->id);
    if (length < 0 || length > SERIES_ID_MAX)
        return false;
    if (metric) {
        int more = snprintf(id + length, (size_t)(SERIES_ID_MAX + 1 - length), ":%s", metric);
        return more >= 0 && more <= SERIES_ID_MAX - length;
    }
    return true;
}

static void cannot_add(const struct scenario *scenario, uint32_t line, const char *what, const char *id,
                       struct error_list *errors)
{
    error_add(errors, ERROR_INPUT, scenario->file, line, "resources",
              "%s \"%s\" is there already or is no kind/namespace/name", what, id);
}

static uint32_t add_related(const struct scenario *scenario, struct inventory *inventory, uint32_t line, const char *id,
                            struct error_list *errors)
{
    uint32_t resource = inventory_add_resource(inventory, id, strlen(id));
    if (resource == RESOURCE_NONE)
        cannot_add(scenario, line, "resource", id, errors);
    return resource;
}

static bool describe_one(const struct scenario *scenario, const struct resource_spec *spec, uint32_t number,
                         struct inventory *inventory, struct error_list *errors)
{
    char id[SERIES_ID_MAX + 1];

    if (!spell(spec, number, NULL, id) || inventory_add_resource(inventory, id, strlen(id)) == RESOURCE_NONE) {
        cannot_add(scenario, spec->line, "resource", spec->id, errors);
        return false;
    }
    uint32_t resource = inventory_find_resource(inventory, id, strlen(id));
    for (size_t i = 0; i < spec->series_count; i++) {
        if (!spell(spec, number, spec->series[i].metric, id) ||
            inventory_add_series(inventory, id, strlen(id)) == SERIES_NONE) {
            cannot_add(scenario, spec->series[i].line, "series", spec->series[i].metric, errors);
            return false;
        }
    }
    uint32_t owner = spec->owner ? add_related(scenario, inventory, spec->line, spec->owner, errors) : RESOURCE_NONE;
    uint32_t node = spec->node ? add_related(scenario, inventory, spec->line, spec->node, errors) : RESOURCE_NONE;
    if (owner != RESOURCE_NONE)
        inventory_relate(inventory, resource, RELATION_OWNED_BY, owner);
    if (node != RESOURCE_NONE)
        inventory_relate(inventory, resource, RELATION_RUNS_ON, node);
    return true;
}

bool made_describe(const struct scenario *scenario, struct inventory *inventory, struct error_list *errors)
{
    size_t before = errors->count;

    for (size_t i = 0; i < scenario->resource_count; i++) {
        for (uint32_t number = 0; number < scenario->resources[i].count; number++) {
            if (!describe_one(scenario, &scenario->resources[i], number, inventory, errors))
                break;
        }
    }
    for (size_t i = 0; i < scenario->edge_count; i++) {
        const struct edge_spec *edge = &scenario->edges[i];
        uint32_t source = add_related(scenario, inventory, edge->line, edge->source, errors);
        uint32_t target = add_related(scenario, inventory, edge->line, edge->target, errors);
        if (source != RESOURCE_NONE && target != RESOURCE_NONE)
            inventory_relate(inventory, source, edge->relation, target);
    }
    return errors->count == before;
}

heal_duration made_duration(const struct scenario *scenario, heal_duration interval)
{
    size_t longest = 0;

    for (size_t i = 0; i < scenario->resource_count; i++) {
        for (size_t j = 0; j < scenario->resources[i].series_count; j++) {
            const struct series_spec *series = &scenario->resources[i].series[j];
            if (series->samples && series->sample_count > longest)
                longest = series->sample_count;
        }
    }
    return (heal_duration)longest * interval;
}

struct written {
    const struct series_spec *spec;
    uint32_t series;
};

struct made_supply {
    const struct inventory *inventory;
    heal_time start;
    heal_duration interval, duration;
    const struct frame_supply *base;
    size_t base_count; /* series that the base gives */
    uint64_t seed;
    size_t generated_count, written_count;
    const struct generated_series **generated; /* by generated series */
    uint32_t *generated_series;                /* their series index */
    struct written *written;
};

struct made_source {
    const struct made_supply *supply;
    struct frame_source base;
    heal_time next_at;
    uint64_t frame;
    double *values; /* all series of the inventory */
    double *state;  /* AR(1), by generated series */
    struct random_stream *streams;
};

static double daily_wave(heal_time at)
{
    double hours = (double)((at - DAILY_PEAK) % HEAL_DAY) / (double)HEAL_DAY;
    return cos(2.0 * 3.14159265358979323846 * hours);
}

static void fill(struct made_source *source, heal_time at)
{
    const struct made_supply *supply = source->supply;
    double wave = daily_wave(at);

    for (size_t i = 0; i < supply->generated_count; i++) {
        const struct generated_series *spec = supply->generated[i];
        double value = spec->level + spec->daily * wave;
        if (spec->noise > 0.0) {
            double r = source->frame == 0 ? 0.0 : spec->correlation;
            source->state[i] = r * source->state[i] + sqrt(1.0 - r * r) * random_normal(&source->streams[i]);
            value += spec->noise * source->state[i];
        }
        value = value < spec->low ? spec->low : value;
        source->values[supply->generated_series[i]] = value > spec->high ? spec->high : value;
    }
    for (size_t i = 0; i < supply->written_count; i++) {
        const struct series_spec *spec = supply->written[i].spec;
        bool there = source->frame < spec->sample_count;
        source->values[supply->written[i].series] = there ? spec->samples[source->frame] : NAN;
    }
}

static const double *made_next(void *context, heal_time *at)
{
    struct made_source *source = context;
    const struct made_supply *supply = source->supply;

    if (supply->base) {
        const double *base = source->base.next(source->base.context, at);
        if (!base)
            return NULL;
        memcpy(source->values, base, supply->base_count * sizeof *base);
    } else {
        if (source->next_at >= supply->start + supply->duration)
            return NULL;
        *at = source->next_at;
        source->next_at += supply->interval;
    }
    fill(source, *at);
    source->frame++;
    return source->values;
}

static void made_destroy(void *context)
{
    struct made_source *source = context;

    if (source->base.destroy)
        source->base.destroy(source->base.context);
    free(source->values);
    free(source->state);
    free(source->streams);
    free(source);
}

static bool made_open(void *context, uint32_t replication, struct frame_source *out)
{
    const struct made_supply *supply = context;
    struct made_source *source = calloc(1, sizeof *source);

    if (!source)
        return false;
    source->supply = supply;
    source->next_at = supply->start;
    source->values = calloc(inventory_series_count(supply->inventory), sizeof *source->values);
    source->state = calloc(supply->generated_count + 1, sizeof *source->state);
    source->streams = calloc(supply->generated_count + 1, sizeof *source->streams);
    if (!source->values || !source->state || !source->streams ||
        (supply->base && !supply->base->open(supply->base->context, replication, &source->base))) {
        made_destroy(source);
        return false;
    }
    for (size_t i = 0; i < supply->generated_count; i++) {
        const char *id = inventory_series_id(supply->inventory, supply->generated_series[i]);
        source->streams[i] = random_stream_named(supply->seed, id, "noise", replication);
    }
    *out = (struct frame_source){source, made_next, made_destroy};
    return true;
}

static void note_series(struct made_supply *supply, const struct series_spec *spec, uint32_t series)
{
    if (spec->samples) {
        supply->written[supply->written_count++] = (struct written){spec, series};
    } else {
        supply->generated[supply->generated_count] = &spec->generated;
        supply->generated_series[supply->generated_count++] = series;
    }
}

static void find_series(struct made_supply *supply, const struct scenario *scenario)
{
    char id[SERIES_ID_MAX + 1];

    for (size_t i = 0; i < scenario->resource_count; i++) {
        const struct resource_spec *spec = &scenario->resources[i];
        for (uint32_t number = 0; number < spec->count; number++) {
            for (size_t j = 0; j < spec->series_count; j++) {
                if (!spell(spec, number, spec->series[j].metric, id))
                    continue;
                uint32_t series = inventory_find_series(supply->inventory, id, strlen(id));
                if (series != SERIES_NONE)
                    note_series(supply, &spec->series[j], series);
            }
        }
    }
}

static size_t count_made(const struct scenario *scenario)
{
    size_t count = 0;

    for (size_t i = 0; i < scenario->resource_count; i++)
        count += (size_t)scenario->resources[i].count * scenario->resources[i].series_count;
    return count;
}

struct frame_supply made_supply(const struct scenario *scenario, const struct inventory *inventory,
                                heal_duration interval, heal_duration duration, const struct frame_supply *base)
{
    struct frame_supply result = {NULL, made_open, 0};
    struct made_supply *supply = calloc(1, sizeof *supply);
    size_t made = count_made(scenario);

    if (!supply)
        return result;
    supply->inventory = inventory;
    supply->start = scenario->start;
    supply->interval = interval;
    supply->duration = duration;
    supply->base = base;
    supply->base_count = base ? base->series : 0;
    supply->seed = scenario->seed;
    supply->generated = calloc(made + 1, sizeof *supply->generated);
    supply->generated_series = calloc(made + 1, sizeof *supply->generated_series);
    supply->written = calloc(made + 1, sizeof *supply->written);
    result.context = supply;
    if (!supply->generated || !supply->generated_series || !supply->written)
        made_supply_destroy(&result);
    else
        find_series(supply, scenario);
    return result;
}

void made_supply_destroy(struct frame_supply *frames)
{
    struct made_supply *supply = frames->context;

    if (!supply)
        return;
    free(supply->generated);
    free(supply->generated_series);
    free(supply->written);
    free(supply);
    frames->context = NULL;
}
