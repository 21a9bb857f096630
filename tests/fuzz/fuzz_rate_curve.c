/* Any samples as a recorded rate, asked for any time: refused with a sentence, or a curve
 * whose means stay within its samples. Bytes: scale, speed, flags, then pairs of a gap in
 * seconds and a value; the last pair is the time that is asked for. */
#include "sim/rate_curve.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { HEAD = 5, SAMPLES_MAX = 256 };

static void ask(const struct rate_curve *curve, heal_duration from, heal_duration until)
{
    double mean = rate_curve_mean(curve, from, until), low = INFINITY, high = 0;

    for (size_t i = 0; i < curve->count; i++) {
        low = fmin(low, curve->rate[i]);
        high = fmax(high, curve->rate[i]);
    }
    /* an overflowing sum says nothing; sums of a round are exact to its length over the asked one's */
    double total = curve->before[curve->count - 1] + high * heal_duration_seconds(curve->lasts);
    if (!isfinite(total) || high > 1e100)
        return;
    double slack = 1e-9 * (high + total / heal_duration_seconds(until - from)) + 1e-300; /* denormals round coarsely */
    if (!(mean >= low - slack && mean <= high + slack))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static heal_time times[SAMPLES_MAX];
    static double values[SAMPLES_MAX];
    struct rate_samples samples = {.times = times, .values = values};

    if (size < HEAD + 8)
        return 0;
    samples.scale = fabs(fuzz_value(data));
    samples.speed = fabs(fuzz_value(data + 2));
    samples.repeats = data[4] & 1;
    if (!(samples.scale <= 1e9) || !(samples.speed >= 1e-6 && samples.speed <= 1e6))
        return 0; /* the reader lets no other through */
    for (data += HEAD, size -= HEAD; size >= 8 && samples.count < SAMPLES_MAX; data += 4, size -= 4) {
        times[samples.count] = samples.lasts + (samples.count > 0 ? HEAL_SECOND + fuzz_seconds(data) * HEAL_SECOND : 0);
        samples.lasts = times[samples.count];
        values[samples.count++] = fuzz_value(data + 2);
    }
    samples.lasts += HEAL_SECOND;
    struct arena *arena = arena_create();
    const char *fault;
    size_t at;
    const struct rate_curve *curve = rate_curve_make(&samples, arena, &fault, &at);
    if (!curve && (!fault || at > samples.count))
        abort();
    heal_duration from = fuzz_seconds(data) * 7 * HEAL_SECOND / 3;
    if (curve)
        ask(curve, from, from + 1 + fuzz_seconds(data + 2) * HEAL_SECOND / 11);
    arena_destroy(arena);
    return 0;
}
