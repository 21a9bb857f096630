/* Frames of any values at any spacing, in every way a baseline can be taken: scales are
 * never negative nor NaN where the median is known, ranks are probabilities. */
#include "engine/baseline.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { SERIES = 3, FRAME = 3 + 2 * SERIES };

static void check(const struct baseline *set, const double *values)
{
    for (size_t i = 0; i < SERIES; i++) {
        double p = baseline_probability(set, i, values[i]);
        bool known = !isnan(baseline_median(set)[i]);
        if (!isnan(p) && !(p > 0 && p <= 1))
            abort();
        if (isnan(p) && known && isfinite(baseline_median(set)[i]) && isfinite((float)values[i]))
            abort();
        if (baseline_upper(set)[i] < 0 || baseline_lower(set)[i] < 0)
            abort();
        if (known && !isnan(baseline_young_median(set, i)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct baseline_config config = {.window = HEAL_MINUTE, .warm_up = 8, .qn = data[0] & 1, .trend = data[0] & 2};
    struct baseline *set = baseline_create(&config, SERIES);
    heal_time now = 0;

    for (data++, size--; set && size >= FRAME; data += FRAME, size -= FRAME) {
        double values[SERIES];
        uint64_t hold = data[2] & 7;
        now += fuzz_seconds(data) * HEAL_SECOND;
        for (size_t i = 0; i < SERIES; i++)
            values[i] = fuzz_value(data + 3 + 2 * i);
        check(set, values);
        for (int i = 0; i < 1 + data[2] / 64; i++)
            baseline_learn(set, now, values, &hold);
    }
    baseline_destroy(set);
    return 0;
}
