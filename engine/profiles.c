/* profiles.c - the wanted series side by side. */
#include "engine/profiles.h"

#include "engine/season.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct profiles {
    size_t wanted;
    uint32_t *series; /* of the wanted */
    uint32_t *place;  /* among them, by series; UINT32_MAX: not wanted */
    double *values;
    struct season *season; /* NULL: none is wanted */
};

struct profiles *profiles_create(size_t count, const bool *wanted)
{
    struct profiles *profiles = calloc(1, sizeof *profiles);

    if (!profiles)
        return NULL;
    profiles->series = malloc(count * sizeof *profiles->series);
    profiles->place = malloc(count * sizeof *profiles->place);
    profiles->values = malloc(count * sizeof *profiles->values);
    bool whole = profiles->series && profiles->place && profiles->values;
    for (size_t i = 0; whole && i < count; i++) {
        profiles->place[i] = wanted[i] ? (uint32_t)profiles->wanted : UINT32_MAX;
        if (wanted[i])
            profiles->series[profiles->wanted++] = (uint32_t)i;
    }
    if (whole && profiles->wanted > 0)
        profiles->season = season_create(&NOVELTY_TUNING.season, profiles->wanted);
    if (!whole || (profiles->wanted > 0 && !profiles->season)) {
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
    free(profiles->series);
    free(profiles->place);
    free(profiles->values);
    free(profiles);
}

void profiles_frame(struct profiles *profiles, heal_time now, const double *values, const float *level)
{
    if (!profiles->season)
        return;
    season_frame_begin(profiles->season, now);
    for (size_t i = 0; i < profiles->wanted; i++) {
        float value = (float)values[profiles->series[i]], usual = level[profiles->series[i]], residual, smooth;
        profiles->values[i] = (double)value;
        if (value - value == 0.0f) /* finite */
            season_take(profiles->season, i, value, isnan(usual) ? value : usual, &residual, &smooth);
    }
    season_frame_end(profiles->season, profiles->values);
}

double profiles_expected(const struct profiles *profiles, size_t series, heal_time at)
{
    uint32_t place = profiles->place[series];
    return place == UINT32_MAX ? (double)NAN : season_expected(profiles->season, place, at);
}
