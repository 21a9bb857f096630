/* bend_file.c - bends and log-normal times, which catalogues and scenarios share. */
#include "sim/scenario_parts.h"

#include <math.h>

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

static void read_bend(struct reader *reader, struct arena *arena, struct bend *bend)
{
    const char *shapes[BEND_SHAPE_COUNT];
    size_t shape;

    *bend = (struct bend){.metric = "", .low = -INFINITY, .high = INFINITY};
    if (!reader->map)
        return;
    for (unsigned i = 0; i < BEND_SHAPE_COUNT; i++)
        shapes[i] = bend_shape_name((enum bend_shape)i);
    if (reader_require(reader, "metric"))
        reader_text_into(reader, "metric", arena, &bend->metric);
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
    reader_bool(reader, "callers", &bend->callers);
    reader_bool(reader, "below", &bend->below);
    if (bend->callers && bend->below)
        reader_error(reader, "below", "expected not with callers");
    if (bend->low >= bend->high)
        reader_error(reader, "low", "expected less than high (%g), found %g", bend->high, bend->low);
    reader_close(reader);
}

size_t bends_read(struct reader *reader, struct arena *arena, struct bend bends[BENDS_MAX])
{
    size_t count;
    const struct node *const *items = reader_list(reader, "bends", &count);
    if (count > BENDS_MAX) {
        reader_error(reader, "bends", "%zu bends, expected at most %d", count, BENDS_MAX);
        count = BENDS_MAX;
    }
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(reader, "bends", items, i);
        read_bend(&item, arena, &bends[i]);
    }
    return count;
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
