/* chosen.h - some of all series, side by side: those that a part of the detector is for. */
#ifndef SELFHEAL_ENGINE_CHOSEN_H
#define SELFHEAL_ENGINE_CHOSEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHOSEN_NONE SIZE_MAX

struct chosen {
    size_t count;     /* of the chosen */
    uint32_t *series; /* ascending; NULL: all are, or none is */
};

/* The series i of `count` with wanted[i]. False when out of memory; the caller clears. */
bool chosen_make(struct chosen *chosen, const bool *wanted, size_t count);
void chosen_clear(struct chosen *chosen);

/* Where a series stands among the chosen; CHOSEN_NONE: it is none of them. */
size_t chosen_place(const struct chosen *chosen, size_t series);
size_t chosen_series(const struct chosen *chosen, size_t place); /* the other way round */
size_t chosen_bytes(const struct chosen *chosen);                /* for each of them */

#endif
