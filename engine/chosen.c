/* chosen.c - a list, and no list where there is no choice. */
#include "engine/chosen.h"

#include <stdlib.h>

bool chosen_make(struct chosen *chosen, const bool *wanted, size_t count)
{
    *chosen = (struct chosen){0};
    for (size_t i = 0; i < count; i++)
        chosen->count += wanted[i];
    if (chosen->count == 0 || chosen->count == count)
        return true;
    chosen->series = malloc(chosen->count * sizeof *chosen->series);
    for (size_t i = 0, next = 0; chosen->series && i < count; i++) {
        if (wanted[i])
            chosen->series[next++] = (uint32_t)i;
    }
    return chosen->series != NULL;
}

void chosen_clear(struct chosen *chosen)
{
    free(chosen->series);
    *chosen = (struct chosen){0};
}

size_t chosen_place(const struct chosen *chosen, size_t series)
{
    size_t first = 0, end = chosen->count;

    if (!chosen->series)
        return series < chosen->count ? series : CHOSEN_NONE;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (chosen->series[middle] < series)
            first = middle + 1;
        else
            end = middle;
    }
    return first < chosen->count && chosen->series[first] == series ? first : CHOSEN_NONE;
}

size_t chosen_series(const struct chosen *chosen, size_t place)
{
    return chosen->series ? chosen->series[place] : place;
}

size_t chosen_bytes(const struct chosen *chosen)
{
    return chosen->series ? sizeof *chosen->series : 0;
}
