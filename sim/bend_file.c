/* bend_file.c - bends and log-normal times, which catalogues and scenarios share. */
#include "sim/cluster.h"
#include "sim/scenario_parts.h"

#include <math.h>
#include <string.h>

/* `over` belongs to the shapes that take time, and only to them. */
static void read_over(struct reader *reader, struct bend *bend)
{
    bool takes_time = bend->shape == BEND_RAMP || bend->shape == BEND_SPIKE;
    bool given = reader_node(reader, "over") != NULL;
    if (takes_time && !given)
        reader_error(reader, "over", "missing, expected how long the %s takes", bend_shape_name(bend->shape));
    else if (!takes_time && given)
        reader_error(reader, "over", "expected only with ramp and spike");
    else
        reader_duration(reader, "over", HEAL_MILLISECOND, SCENARIO_SPAN_MAX, &bend->over);
}

static void read_magnitude(struct reader *reader, struct bend *bend)
{
    bool given = reader_node(reader, "magnitude") != NULL;
    if (bend->shape == BEND_DROP_OUT && given)
        reader_error(reader, "magnitude", "expected none for drop_out");
    else if (bend->shape != BEND_DROP_OUT && !given)
        reader_error(reader, "magnitude", "missing, this field must be given");
    else
        reader_number(reader, "magnitude", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &bend->magnitude);
}

static void read_neighbours(struct reader *reader, struct bend *bend)
{
    reader_bool(reader, "callers", &bend->callers);
    reader_bool(reader, "below", &bend->below);
    if (bend->callers && bend->below)
        reader_error(reader, "below", "expected not with callers");
}

static void read_place(struct reader *reader, struct bend *bend)
{
    const char *places[STRAIN_PLACE_COUNT];
    size_t place;

    for (unsigned i = 0; i < STRAIN_PLACE_COUNT; i++)
        places[i] = strain_place_name((enum strain_place)i);
    if (reader_choice(reader, "at", places, STRAIN_PLACE_COUNT, &place))
        bend->place = (enum strain_place)place;
}

static void read_bend(struct reader *reader, const char *what, struct arena *arena, struct bend *bend)
{
    const char *shapes[BEND_SHAPE_COUNT];
    size_t shape;

    *bend = (struct bend){.metric = "", .low = -INFINITY, .high = INFINITY};
    if (!reader->map)
        return;
    for (unsigned i = 0; i < BEND_SHAPE_COUNT; i++)
        shapes[i] = bend_shape_name((enum bend_shape)i);
    if (reader_require(reader, what))
        reader_text_into(reader, what, arena, &bend->metric);
    if (reader_require(reader, "shape") && reader_choice(reader, "shape", shapes, BEND_SHAPE_COUNT, &shape)) {
        bend->shape = (enum bend_shape)shape;
        read_magnitude(reader, bend);
        read_over(reader, bend);
    }
    reader_node(reader, "magnitude"); /* fields even where the shape is wrong */
    reader_node(reader, "over");
    reader_number(reader, "jitter", 0, 1, &bend->jitter);
    reader_number(reader, "low", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &bend->low);
    reader_number(reader, "high", -SCENARIO_VALUE_MAX, SCENARIO_VALUE_MAX, &bend->high);
    if (strcmp(what, "knob") == 0)
        read_place(reader, bend);
    else
        read_neighbours(reader, bend);
    if (bend->low >= bend->high)
        reader_error(reader, "low", "expected less than high (%g), found %g", bend->high, bend->low);
    reader_close(reader);
}

static size_t read_list(struct reader *reader, const char *key, const char *what, struct arena *arena,
                        struct bend *bends, size_t most)
{
    size_t count;
    const struct node *const *items = reader_list(reader, key, &count);
    if (count > most) {
        reader_error(reader, key, "%zu %s, expected at most %zu", count, key, most);
        count = most;
    }
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(reader, key, items, i);
        read_bend(&item, what, arena, &bends[i]);
    }
    return count;
}

size_t bends_read(struct reader *reader, struct arena *arena, struct bend bends[BENDS_MAX])
{
    return read_list(reader, "bends", "metric", arena, bends, BENDS_MAX);
}

/* A knob is named in full: what is turned has to be one that there is. */
void strains_read(struct reader *reader, struct arena *arena, struct strains *strains)
{
    strains->count = read_list(reader, "strains", "knob", arena, strains->items, STRAINS_MAX);
    for (size_t i = 0; i < strains->count; i++) {
        const struct bend *strain = &strains->items[i];
        enum cluster_knob knob;
        if (strain->metric[0] && !cluster_knob_parse(strain->metric, &knob))
            reader_error(reader, "strains", "'%.60s' is no knob, expected one such as %s", strain->metric,
                         cluster_knob_name(KNOB_CPU_CORES));
        if (strain->shape == BEND_DROP_OUT)
            reader_error(reader, "strains", "a knob has always a value, expected another shape than drop_out");
    }
}

bool log_normal_read(struct reader *reader, double *mean_seconds, double *sd_seconds)
{
    heal_duration mean = 0, sd = 0;
    reader_require(reader, "mean");
    bool known = reader_duration(reader, "mean", 0, 365 * HEAL_DAY, &mean);
    reader_duration(reader, "sd", 0, 365 * HEAL_DAY, &sd);
    if (known && sd > 0 && mean == 0)
        reader_error(reader, "sd", "expected 0 where mean is 0");
    *mean_seconds = heal_duration_seconds(mean);
    *sd_seconds = heal_duration_seconds(sd);
    return known;
}
