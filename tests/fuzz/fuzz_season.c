/* Profiles and periods over any values at any spacing: what is heeded is finite, periods
 * are above 0, what is expected is no infinity. */
#include "engine/profiles.h"
#include "engine/season.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { SERIES = 2, FRAME = 2 + 2 * SERIES, REPEATS = 8 };

static void take(struct season *season, heal_time now, const double *values)
{
    season_frame_begin(season, now);
    for (size_t i = 0; i < SERIES; i++) {
        float value = (float)values[i], residual, smooth;
        if (value - value != 0.0f)
            continue; /* whoever calls it leaves them out */
        season_take(season, i, value, 0.0f, &residual, &smooth);
        if (season_period(season, i) <= 0)
            abort();
    }
    season_frame_end(season, values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const bool WANTED[SERIES] = {true, true};
    static const float LEVEL[SERIES] = {NAN, 1};
    struct season *season = season_create(&NOVELTY_TUNING.season, SERIES);
    struct profiles *profiles = profiles_create(SERIES, WANTED);
    heal_time now = 0;

    for (; season && profiles && size >= FRAME; data += FRAME, size -= FRAME) {
        double values[SERIES];
        for (size_t i = 0; i < SERIES; i++)
            values[i] = fuzz_value(data + 2 + 2 * i);
        for (int i = 0; i < REPEATS; i++) { /* short inputs reach long histories */
            now += fuzz_seconds(data) * HEAL_SECOND;
            take(season, now, values);
            profiles_frame(profiles, now, values, LEVEL);
        }
        (void)profiles_expected(profiles, 0, now);
    }
    season_destroy(season);
    profiles_destroy(profiles);
    return 0;
}
