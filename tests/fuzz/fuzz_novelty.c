/* Frames of any values at any spacing: surprises stay in range, levels finite. */
#include "engine/novelty.h"
#include "engine/surprise.h"

#include <stdlib.h>
#include <string.h>

enum { SERIES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const bool WANTED[SERIES] = {true, true, true};
    struct policy_baseline config = {.alarm_probability = 0.01, .false_alarms_per_day = 5};
    struct novelty *set = novelty_create(&NOVELTY_TUNING, SERIES, NOVELTY_ALL),
                   *sums = novelty_create(&NOVELTY_TUNING, SERIES, NOVELTY_ALL | NOVELTY_CUSUM);
    struct surprise *surprise = surprise_create(&config, SERIES, WANTED);
    heal_time now = 0;

    while (set && sums && surprise && size >= 2 + SERIES * 2) {
        double values[SERIES];
        float nats[SERIES], by_sums[SERIES];
        now += (heal_time)(data[0] | data[1] << 8) * HEAL_SECOND;
        for (size_t i = 0; i < SERIES; i++) {
            /* the upper bytes of a double: every exponent, NaN and infinities too */
            uint64_t bits = (uint64_t)(data[2 + 2 * i] | data[3 + 2 * i] << 8) << 48;
            memcpy(&values[i], &bits, sizeof bits);
        }
        novelty_frame(set, now, values, nats);
        novelty_frame(sums, now, values, by_sums);
        surprise_frame(surprise, now, values);
        for (size_t i = 0; i < SERIES; i++) {
            if (!(nats[i] >= 0.0f && nats[i] <= 50.0f) || !(by_sums[i] >= 0.0f && by_sums[i] <= 50.0f))
                abort();
        }
        if (!(surprise_level(surprise) > 0.0f && surprise_level(surprise) < 100.0f))
            abort();
        data += 2 + SERIES * 2;
        size -= 2 + SERIES * 2;
    }
    novelty_destroy(set);
    novelty_destroy(sums);
    surprise_destroy(surprise);
    return 0;
}
