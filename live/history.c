/* history.c - see history.h. One column per series, made at its first sample. */
#include "live/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 1000000 };

struct history {
    struct inventory *inventory;
    heal_time start;
    heal_duration step;
    size_t frames;
    double **columns;
    size_t room;
};

struct history *history_create(struct inventory *inventory, heal_time start, heal_time end, heal_duration step)
{
    if (step <= 0 || end < start || (end - start) / step >= FRAMES_MAX)
        return NULL;
    struct history *history = calloc(1, sizeof *history);
    if (!history)
        return NULL;
    history->inventory = inventory;
    history->start = start;
    history->step = step;
    history->frames = (size_t)((end - start) / step) + 1;
    return history;
}

void history_destroy(struct history *history)
{
    if (!history)
        return;
    for (size_t i = 0; i < history->room; i++)
        free(history->columns[i]);
    free(history->columns);
    free(history);
}

static double *column(struct history *history, uint32_t series)
{
    if (series >= history->room) {
        size_t room = 2 * (size_t)series + 64;
        double **columns = realloc(history->columns, room * sizeof *columns);
        if (!columns)
            return NULL;
        memset(columns + history->room, 0, (room - history->room) * sizeof *columns);
        history->columns = columns;
        history->room = room;
    }
    if (!history->columns[series]) {
        double *values = malloc(history->frames * sizeof *values);
        for (size_t i = 0; values && i < history->frames; i++)
            values[i] = NAN;
        history->columns[series] = values;
    }
    return history->columns[series];
}

bool history_put(struct history *history, const char *series, heal_time at, double value)
{
    size_t length = strlen(series);
    uint32_t index = inventory_find_series(history->inventory, series, length);

    if (index == SERIES_NONE)
        index = inventory_add_series(history->inventory, series, length);
    if (index == SERIES_NONE)
        return false;
    heal_duration off = at - history->start + history->step / 2;
    if (off < 0 || (size_t)(off / history->step) >= history->frames)
        return true;
    double *values = column(history, index);
    if (values)
        values[off / history->step] = value;
    return values != NULL;
}

size_t history_frames(const struct history *history)
{
    return history->frames;
}

heal_time history_instant(const struct history *history, size_t frame)
{
    return history->start + (heal_duration)frame * history->step;
}

void history_frame(const struct history *history, size_t frame, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = i < history->room && history->columns[i] ? history->columns[i][frame] : NAN;
}
