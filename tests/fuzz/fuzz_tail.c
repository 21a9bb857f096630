/* A tail that takes any distances: its answers stay in range and never fall with the
 * distance. */
#include "engine/tail.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tail tail = {0};
    float edge = 0, seen = 0;

    for (; size >= 2; data += 2, size -= 2) {
        float distance = (float)fabs(fuzz_value(data)), gain = fmaxf(0.02f, 1 / (seen + 1));
        if (!(distance > 1e-30f && distance < 1e30f))
            continue; /* novelty's floor, and what is finite */
        seen++;
        float nats = tail_nats(&NOVELTY_TUNING.tail, &tail, edge, distance, seen),
              farther = tail_nats(&NOVELTY_TUNING.tail, &tail, edge, 2 * distance, seen);
        if (!(nats >= 0 && nats <= TAIL_NATS_MAX) || !(farther >= nats - 1e-3f))
            abort();
        struct tail_gain up = tail_gain(&NOVELTY_TUNING.tail, gain);
        struct tail_loss down = tail_loss(&NOVELTY_TUNING.tail, gain, 1);
        if (distance > edge)
            tail_raise(&up, &tail, &edge, distance);
        tail_shrink(&down, &tail, &edge);
    }
    return 0;
}
