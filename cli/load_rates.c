/* load_rates.c - see load_rates.h. A trace that several loads name is read once for
 * each: they are few, and a reader that keeps nothing has nothing to give back. */
#include "cli/load_rates.h"

#include "cli/load.h"
#include "replay/trace_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_MAX = 64, NAMED_MAX = 5, NAMES_MAX = 400 };

/* Where the load stands, for messages. */
struct place {
    const char *file, *field;
    uint32_t line;
    struct error_list *errors;
};

/* A column whose name is no series got a long id from the trace's reader; people use the name. */
static bool is_called(const char *id, const char *name)
{
    static const char PLAIN[] = "series/trace/";
    const char *metric = strchr(id, ':');

    return strcmp(id, name) == 0 ||
           (strncmp(id, PLAIN, sizeof PLAIN - 1) == 0 && metric && strcmp(metric + 1, name) == 0);
}

/* The first few names, for a message. */
static const char *names_of(const struct trace *trace, char text[NAMES_MAX])
{
    size_t count = trace_series_count(trace), length = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count && i < NAMED_MAX && length < NAMES_MAX; i++)
        length += (size_t)snprintf(text + length, NAMES_MAX - length, "%s%.64s", i > 0 ? ", " : "",
                                   trace_series_id(trace, i));
    if (count > NAMED_MAX && length < NAMES_MAX)
        snprintf(text + length, NAMES_MAX - length, ", ... (%zu in all)", count);
    return text;
}

static bool find_series(const struct trace *trace, const char *name, const struct place *place, size_t *series)
{
    size_t count = trace_series_count(trace);
    char names[NAMES_MAX];

    if (!name && count == 1) {
        *series = 0;
        return true;
    }
    for (size_t i = 0; name && i < count; i++) {
        if (is_called(trace_series_id(trace, i), name)) {
            *series = i;
            return true;
        }
    }
    if (name)
        error_add(place->errors, ERROR_INPUT, place->file, place->line, place->field,
                  "the trace has no series '%.60s', expected one of %s", name, names_of(trace, names));
    else
        error_add(place->errors, ERROR_INPUT, place->file, place->line, place->field, "missing, expected one of %s",
                  names_of(trace, names));
    return false;
}

static void make_curve(struct recorded_rate *recorded, const struct trace *trace, size_t series,
                       const struct place *place, struct arena *arena)
{
    const heal_time *times = trace_times(trace);
    const double *values = trace_column(trace, series);
    struct rate_samples samples = {
        .times = times,
        .values = values,
        .count = trace_frame_count(trace),
        .lasts = trace_duration(trace),
        .scale = recorded->scale,
        .speed = recorded->speed,
        .repeats = recorded->repeats,
    };
    const char *fault, *id = trace_series_id(trace, series);
    char at[HEAL_TIME_TEXT];
    size_t sample;

    recorded->curve = rate_curve_make(&samples, arena, &fault, &sample);
    if (recorded->curve)
        return;
    if (!fault)
        error_add(place->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    else if (sample < samples.count)
        error_add(place->errors, ERROR_INPUT, place->file, place->line, place->field, "'%.60s' is %g at %s, %s", id,
                  values[sample], heal_time_format(times[sample], at), fault);
    else
        error_add(place->errors, ERROR_INPUT, place->file, place->line, place->field, "'%.60s': %s", id, fault);
}

static void read_rate(struct recorded_rate *recorded, const char *beside, const struct place *place,
                      struct arena *arena)
{
    char *path = path_beside(beside, recorded->trace);
    struct trace *trace = path ? trace_open(path, NULL, place->errors) : NULL;
    size_t series;

    if (!path)
        error_add(place->errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    if (trace && find_series(trace, recorded->series, place, &series))
        make_curve(recorded, trace, series, place, arena);
    trace_destroy(trace);
    free(path);
}

void load_rates(struct cluster_spec *spec, const char *beside, const char *field, struct arena *arena,
                struct error_list *errors)
{
    for (size_t i = 0; i < spec->load_count; i++) {
        struct recorded_rate *recorded = &spec->loads[i].recorded;
        char place_field[FIELD_MAX];
        if (!recorded->trace)
            continue;
        snprintf(place_field, sizeof place_field, "%s[%zu].rate.series", field, i);
        struct place place = {beside, place_field, recorded->line, errors};
        read_rate(recorded, beside, &place, arena);
    }
}
