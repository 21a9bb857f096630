/* tail.c - tail probabilities from two quantiles and three records. */
#include "engine/tail.h"

static float between(float x, float x0, float y0, float x1, float y1)
{
    return y0 + (y1 - y0) * tail_log(x / x0) / tail_log(x1 / x0);
}

static float least(float nats)
{
    return nats < TAIL_NATS_MAX ? nats : TAIL_NATS_MAX;
}

float tail_nats(const struct tail_tuning *tuning, const struct tail *tail, float edge, float distance, float seen)
{
    if (edge <= 0.0f)
        return least(tail_log(seen + 1.0f)); /* never met: the rule of succession */
    if (distance <= edge)
        return 0.0f;
    if (tail->top[1] == 0)
        return tuning->edge_nats;
    float records = tail->top[TAIL_TOP - 1] ? (float)TAIL_TOP : (float)(TAIL_TOP - 1);
    float record = tail_unpack(tail->top[(int)records - 1]);
    float record_nats = tail_log(seen / records);
    float x = edge, nats = tuning->edge_nats;

    if (record_nats > tuning->far_nats) {
        if (tail->far <= x * 1.0001f) { /* many lie close to the edge */
            x *= 1.0001f;
            nats = tuning->far_nats;
        } else if (distance <= tail->far) {
            return between(distance, x, nats, tail->far, tuning->far_nats);
        } else {
            x = tail->far;
            nats = tuning->far_nats;
        }
    }
    if (record_nats <= nats + 0.05f || record <= x * 1.0001f) { /* the records say no more than that */
        if (distance <= x)
            return nats;
        record = x;
        record_nats = nats;
    } else if (distance <= record) {
        return distance <= x ? nats : between(distance, x, nats, record, record_nats);
    }
    float excess = tuning->prior_weight * tuning->prior_excess;
    for (int i = 0; i < (int)records; i++) {
        float top = tail_unpack(tail->top[i]);
        excess += top > record ? tail_log(top / record) : 0.0f;
    }
    return least(record_nats + (records + tuning->prior_weight) / excess * tail_log(distance / record));
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

void tail_raise(const struct tail_tuning *tuning, struct tail *tail, float *edge, float distance, float gain)
{
    if (*edge <= 0.0f) {
        *edge = tail->far = distance;
    } else {
        if (distance > tail->far)
            tail->far += tail->far * gain * (1.0f - tuning->far_share);
        *edge += *edge * gain * (1.0f - tuning->edge_share);
    }
    keep_record(tail, distance);
}
