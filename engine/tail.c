/* tail.c - tail probabilities from two quantiles and three records. */
#include "engine/tail.h"

#include <stdbool.h>

static float least(float nats)
{
    return nats < TAIL_NATS_MAX ? nats : TAIL_NATS_MAX;
}

/* Everything is a logarithm over the edge: a line between two points of the tail. */
static float between(float x, float x0, float y0, float x1, float y1)
{
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

float tail_nats(const struct tail_tuning *tuning, const struct tail *tail, float edge, float distance, float seen)
{
    static const float CLOSE = 1e-4f; /* no line is drawn between points that close */

    if (edge <= 0.0f)
        return least(tail_log(seen + 1.0f)); /* never met: the rule of succession */
    if (distance <= edge)
        return 0.0f;
    if (tail->top[1] == 0)
        return tuning->edge_nats;
    float records = tail->top[TAIL_TOP - 1] ? (float)TAIL_TOP : (float)(TAIL_TOP - 1);
    float out = tail_log(distance / edge), far = (float)tail->far / TAIL_STEPS_PER_NAT;
    float x = 0.0f, nats = tuning->edge_nats;

    if (seen * tuning->far_share > records) { /* the records lie beyond far */
        if (out <= far)
            return between(out, x, nats, far, tuning->far_nats);
        x = far > CLOSE ? far : CLOSE; /* many lie close to the edge */
        nats = tuning->far_nats;
    }
    float record = tail_log(tail_unpack(tail->top[(int)records - 1]) / edge), record_nats = tail_log(seen / records);
    if (record_nats <= nats + 0.05f || record <= x + CLOSE) { /* the records say no more than that */
        if (out <= x)
            return nats;
        record = x;
        record_nats = nats;
    } else if (out <= record) {
        return out <= x ? nats : between(out, x, nats, record, record_nats);
    }
    float excess = tuning->prior_weight * tuning->prior_excess;
    for (int i = 0; i < (int)records; i++) {
        float top = tail_log(tail_unpack(tail->top[i]) / edge);
        excess += top > record ? top - record : 0.0f;
    }
    return least(record_nats + (records + tuning->prior_weight) / excess * (out - record));
}

static void keep_record(struct tail *tail, float distance)
{
    uint16_t packed = tail_pack(distance);
    int at = TAIL_TOP - 1;

    if (packed <= tail->top[at])
        return;
    for (; at > 0 && tail->top[at - 1] < packed; at--)
        tail->top[at] = tail->top[at - 1];
    tail->top[at] = packed;
}

struct tail_gain tail_gain(const struct tail_tuning *tuning, float gain)
{
    float edge = gain * (1.0f - tuning->edge_share), far = gain * (1.0f - tuning->far_share);
    float near = TAIL_STEPS_PER_NAT * tail_log(1.0f + edge), more = TAIL_STEPS_PER_NAT * tail_log(1.0f + far);
    return (struct tail_gain){edge, (int32_t)(more - near + 0.5f), -(int32_t)(near + 0.5f)};
}

/* Most are not, which needs no logarithm: 1 + x <= e^x. */
static bool beyond_far(const struct tail *tail, float edge, float distance)
{
    float far = (float)tail->far / TAIL_STEPS_PER_NAT;
    return distance > edge * (1.0f + far) && tail_log(distance / edge) > far;
}

void tail_raise(const struct tail_gain *gain, struct tail *tail, float *edge, float distance)
{
    if (*edge <= 0.0f) {
        *edge = distance;
        tail->far = 0;
    } else {
        bool beyond = beyond_far(tail, *edge, distance);
        int32_t far = tail->far + (beyond ? gain->far : gain->near);
        tail->far = far < 0 ? 0 : far < TAIL_FAR_MAX ? (uint16_t)far : TAIL_FAR_MAX;
        *edge += *edge * gain->edge;
    }
    keep_record(tail, distance);
}
