/* Counters of any values at any spacing: a rate of finite samples that do not fall below 0
 * is no less than 0, and what is no counter stays what it is. */
#include "engine/counter.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { SERIES = 2, FRAME = 2 + 2 * SERIES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const bool IS_COUNTER[SERIES] = {true, false};
    struct counters *counters = counters_create(SERIES, IS_COUNTER);
    bool sound = true;
    heal_time now = 0;

    for (; counters && size >= FRAME; data += FRAME, size -= FRAME) {
        double values[SERIES] = {fuzz_value(data + 2), fuzz_value(data + 4)};
        now += fuzz_seconds(data) * HEAL_SECOND;
        sound = sound && (isnan(values[0]) || (values[0] >= 0 && isfinite(values[0])));
        const double *seen = counters_frame(counters, now, values);
        if (memcmp(&seen[1], &values[1], sizeof seen[1]) != 0)
            abort();
        if (sound && seen[0] < 0)
            abort();
    }
    counters_destroy(counters);
    return 0;
}
