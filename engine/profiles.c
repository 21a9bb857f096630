/* profiles.c - the wanted series side by side. */
#include "engine/profiles.h"

#include "engine/chosen.h"
#include "engine/season.h"

#include <math.h>
#include <stdlib.h>

struct profiles {
    struct chosen wanted;
    double *values;
    struct season *season; /* NULL: none is wanted */
};

struct profiles *profiles_create(size_t count, const bool *wanted)
{
    struct profiles *profiles = calloc(1, sizeof *profiles);

    if (!profiles)
        return NULL;
    bool whole = chosen_make(&profiles->wanted, wanted, count);
    if (whole && profiles->wanted.count > 0) {
        profiles->values = malloc(profiles->wanted.count * sizeof *profiles->values);
        profiles->season = season_create(&NOVELTY_TUNING.season, profiles->wanted.count);
        whole = profiles->values && profiles->season;
    }
    if (!whole) {
        profiles_destroy(profiles);
        return NULL;
    }
    return profiles;
}

void profiles_destroy(struct profiles *profiles)
{
    if (!profiles)
        return;
    season_destroy(profiles->season);
    chosen_clear(&profiles->wanted);
    free(profiles->values);
    free(profiles);
}

void profiles_frame(struct profiles *profiles, heal_time now, const double *values, const float *level)
{
    if (!profiles->season)
        return;
    season_frame_begin(profiles->season, now);
    for (size_t i = 0; i < profiles->wanted.count; i++) {
        size_t series = chosen_series(&profiles->wanted, i);
        float value = (float)values[series], usual = level[series], residual, smooth;
        profiles->values[i] = (double)value;
        if (value - value == 0.0f) /* finite */
            season_take(profiles->season, i, value, isnan(usual) ? value : usual, &residual, &smooth);
    }
    season_frame_end(profiles->season, profiles->values);
}

double profiles_expected(const struct profiles *profiles, size_t series, heal_time at)
{
    size_t place = chosen_place(&profiles->wanted, series);
    return place == CHOSEN_NONE ? (double)NAN : season_expected(profiles->season, place, at);
}

void profiles_memory(const struct profiles *profiles, struct memory *memory)
{
    if (!profiles->season)
        return;
    memory->state += profiles->wanted.count * chosen_bytes(&profiles->wanted);
    memory->frame += profiles->wanted.count * sizeof *profiles->values;
    season_memory(profiles->season, memory);
}
