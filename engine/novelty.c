/* novelty.c - views, their tails and what they say together.
 *
 * Blocks of BLOCK series: the means and residuals of a block are worked out in straight
 * loops over small arrays, which the compiler vectorises; a bit is set for each series
 * and view beyond its edge, and only set bits are visited. */
#include "engine/novelty.h"

#include "engine/cusum.h"
#include "engine/inventory.h"
#include "engine/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64, SIDES = 2, UP = 0, DOWN = 1, SEASON_VIEW = 4, CYCLE_EARLY = 4, CYCLE = 32, EARLY = 256 };
enum { FAST, MIDDLE, SLOW, SLOWEST, SPREAD_MIDDLE, SPREAD_SLOWEST, LEVELS = SPREAD_MIDDLE };
enum { SPIKE_VIEW, SHIFT_VIEW, LONG_SHIFT_VIEW, SPREAD_VIEW };

/* Smaller than this share of the level is rounding. */
static const float ROUNDING = 1e-6f;
/* A normal sample's mean distance from the mean of the 16 before it is 0.82 sigma. Half a
 * sigma is allowance; of the distances themselves, whose deviation is 0.76 of their
 * mean, half of that. */
static const float SIGMAS_PER_DISTANCE = 0.82f, CUT = 3.0f, ALLOWANCE = 0.5f, ALLOWANCE_SPREAD = 0.38f;
/* How much more surprise than -ln p the views together come to: see novelty.h. */
static const double EXCESS_NATS = 0.8;

struct novelty {
    const struct novelty_tuning *tuning;
    float memory[NOVELTY_MEANS];
    struct tail_gain steady; /* of the least gain */
    size_t count, stride;    /* stride: count in whole blocks */
    unsigned parts;
    struct season *season; /* NULL: left out */
    float *mean;           /* NOVELTY_MEANS * stride */
    float *seen;           /* samples so far */
    uint8_t *fresh;        /* of those, not yet taken into the edges; fewer than CYCLE + CYCLE_EARLY */
    float *edge;           /* [view][side] * stride */
    struct tail *tail;     /* the same */
    uint64_t frames;
    size_t cycle_at;
};

static void *zeroes(size_t count, size_t size)
{
    size_t bytes = (count * size + 63) / 64 * 64;
    void *array = aligned_alloc(64, bytes);
    if (array)
        memset(array, 0, bytes);
    return array;
}

static void take_memories(struct novelty *set)
{
    const struct memory_tuning *memory = &set->tuning->memory;

    set->memory[FAST] = memory->fast;
    set->memory[MIDDLE] = memory->middle;
    set->memory[SLOW] = memory->slow;
    set->memory[SLOWEST] = memory->slowest;
    set->memory[SPREAD_MIDDLE] = memory->spread_middle;
    set->memory[SPREAD_SLOWEST] = memory->spread_slowest;
}

struct novelty *novelty_create(const struct novelty_tuning *tuning, size_t count, unsigned parts)
{
    if (count < 1 || count > SERIES_MAX || !(parts & (NOVELTY_SPIKE | NOVELTY_SHIFT | NOVELTY_SPREAD | NOVELTY_SEASON)))
        return NULL;
    struct novelty *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->tuning = tuning;
    take_memories(set);
    set->steady = tail_gain(&tuning->tail, tuning->tail.gain_least);
    set->count = count;
    set->stride = (count + BLOCK - 1) / BLOCK * BLOCK;
    set->parts = parts;
    set->season = parts & NOVELTY_SEASON ? season_create(&tuning->season, count) : NULL;
    set->mean = zeroes(NOVELTY_MEANS * set->stride, sizeof *set->mean);
    set->seen = zeroes(set->stride, sizeof *set->seen);
    set->fresh = zeroes(set->stride, sizeof *set->fresh);
    set->edge = zeroes((size_t)NOVELTY_VIEWS * SIDES * set->stride, sizeof *set->edge);
    set->tail = zeroes((size_t)NOVELTY_VIEWS * SIDES * set->stride, sizeof *set->tail);
    if ((parts & NOVELTY_SEASON && !set->season) || !set->mean || !set->seen || !set->fresh || !set->edge ||
        !set->tail) {
        novelty_destroy(set);
        return NULL;
    }
    return set;
}

void novelty_destroy(struct novelty *set)
{
    if (!set)
        return;
    season_destroy(set->season);
    free(set->mean);
    free(set->seen);
    free(set->fresh);
    free(set->edge);
    free(set->tail);
    free(set);
}

const float *novelty_seen(const struct novelty *set)
{
    return set->seen;
}

const struct season *novelty_season(const struct novelty *set)
{
    return set->season;
}

void novelty_memory(const struct novelty *set, struct memory *memory)
{
    memory->state += set->stride * (NOVELTY_MEANS * sizeof *set->mean + sizeof *set->seen + sizeof *set->fresh +
                                    NOVELTY_VIEWS * SIDES * (sizeof *set->edge + sizeof *set->tail));
    if (set->season)
        season_memory(set->season, memory);
}

/* One block of a frame. */
struct views {
    float value[BLOCK];    /* 0 without a sample */
    float there[BLOCK];    /* 1: a sample */
    float floor[BLOCK];    /* residuals below are rounding, */
    float no_floor[BLOCK]; /* but for those that are counted in sigmas: 0 */
    float seasonal[BLOCK]; /* 1: the seasonal views have something to say */
    float level[BLOCK];    /* the slowest mean, before the sample */
    float residual[NOVELTY_VIEWS][BLOCK];
};

static void load(const struct novelty *set, size_t base, const double *values, struct views *views)
{
    size_t in_block = set->count - base < BLOCK ? set->count - base : BLOCK;

    memset(views, 0, sizeof *views);
    for (size_t i = 0; i < in_block; i++) {
        float value = (float)values[base + i];
        bool there = value - value == 0.0f; /* finite in single precision */
        views->value[i] = there ? value : 0.0f;
        views->there[i] = there ? 1.0f : 0.0f;
    }
}

/* Mean `k` of a block takes `value` in; what it was before and is after. */
static void forget(struct novelty *set, size_t base, size_t k, const struct views *views, const float *value,
                   float *before, float *after)
{
    float *mean = set->mean + k * set->stride + base;
    const float *seen = set->seen + base;
    const float memory = set->memory[k];

    for (size_t i = 0; i < BLOCK; i++) {
        float weight = seen[i] < memory ? seen[i] : memory;
        before[i] = mean[i];
        mean[i] += views->there[i] * (value[i] - mean[i]) / (weight > 1.0f ? weight : 1.0f);
        after[i] = mean[i];
    }
}

/* The sums stand where the means of 48 would. `centre` and `usual` are the mean of 320
 * and the mean distance, before the sample. */
static void take_cusums(struct novelty *set, size_t base, struct views *views, const float *counts, const float *centre,
                        const float *distance, const float *usual)
{
    float *level = set->mean + MIDDLE * set->stride + base, *spread = set->mean + SPREAD_MIDDLE * set->stride + base;
    const float *seen = set->seen + base;

    for (size_t i = 0; i < BLOCK; i++) {
        bool steady = counts[i] > 0.0f && seen[i] > (float)NOVELTY_WARM_UP && usual[i] > views->floor[i];
        float unit = steady ? 1.0f / usual[i] : 0.0f;
        float off = cusum_cut((views->value[i] - centre[i]) * unit * SIGMAS_PER_DISTANCE, -CUT, CUT);
        float wider = cusum_cut(distance[i] * unit - 1.0f, -1.0f, CUT);
        level[i] = steady ? cusum_step(level[i], off, ALLOWANCE) : level[i];
        spread[i] = steady ? cusum_step(spread[i], wider, ALLOWANCE_SPREAD) : spread[i];
        views->residual[SHIFT_VIEW][i] = steady ? level[i] : 0.0f;
        views->residual[SPREAD_VIEW][i] = steady ? spread[i] : 0.0f;
    }
}

/* The residuals are against what the longer means were before the sample, the averaged
 * ones with it in the shorter mean. */
static void take_means(struct novelty *set, size_t base, struct views *views)
{
    float before[NOVELTY_MEANS][BLOCK], after[NOVELTY_MEANS][BLOCK], distance[BLOCK], counts[BLOCK];
    float *seen = set->seen + base;

    for (size_t i = 0; i < BLOCK; i++)
        seen[i] += views->there[i];
    for (size_t i = 0; i < BLOCK; i++)
        set->fresh[base + i] = (uint8_t)(set->fresh[base + i] + (uint8_t)views->there[i]);
    bool sums = set->parts & NOVELTY_CUSUM;
    for (size_t k = 0; k < LEVELS; k++) {
        if (!sums || k != MIDDLE)
            forget(set, base, k, views, views->value, before[k], after[k]);
    }
    for (size_t i = 0; i < BLOCK; i++) {
        counts[i] = seen[i] > 1.0f ? views->there[i] : 0.0f;
        float magnitude = before[SLOWEST][i] < 0.0f ? -before[SLOWEST][i] : before[SLOWEST][i];
        views->floor[i] = ROUNDING * magnitude + 1e-30f;
        views->level[i] = before[SLOWEST][i];
        views->residual[SPIKE_VIEW][i] = counts[i] * (views->value[i] - before[FAST][i]);
        views->residual[LONG_SHIFT_VIEW][i] = counts[i] * (after[FAST][i] - before[SLOWEST][i]);
        distance[i] =
            views->residual[SPIKE_VIEW][i] < 0.0f ? -views->residual[SPIKE_VIEW][i] : views->residual[SPIKE_VIEW][i];
    }
    forget(set, base, SPREAD_SLOWEST, views, distance, before[SPREAD_SLOWEST], after[SPREAD_SLOWEST]);
    if (sums) {
        take_cusums(set, base, views, counts, before[SLOW], distance, before[SPREAD_SLOWEST]);
        return;
    }
    forget(set, base, SPREAD_MIDDLE, views, distance, before[SPREAD_MIDDLE], after[SPREAD_MIDDLE]);
    for (size_t i = 0; i < BLOCK; i++) {
        views->residual[SHIFT_VIEW][i] = counts[i] * (after[MIDDLE][i] - before[SLOW][i]);
        views->residual[SPREAD_VIEW][i] = counts[i] * (after[SPREAD_MIDDLE][i] - before[SPREAD_SLOWEST][i]);
    }
}

static void take_season(struct novelty *set, size_t base, struct views *views)
{
    size_t in_block = set->count - base < BLOCK ? set->count - base : BLOCK;

    for (size_t i = 0; i < in_block; i++) {
        if (views->there[i] == 0.0f)
            continue;
        float level = set->seen[base + i] > 1.0f ? views->level[i] : views->value[i];
        if (season_take(set->season, base + i, views->value[i], level, &views->residual[SEASON_VIEW][i],
                        &views->residual[SEASON_VIEW + 1][i]))
            views->seasonal[i] = 1.0f;
        else
            views->residual[SEASON_VIEW][i] = views->residual[SEASON_VIEW + 1][i] = 0.0f;
    }
}

/* Bit i is bit 0 of byte i, of eight bytes that are 0 or 1: a product puts each where it belongs, and
 * no two of its terms meet. */
static uint64_t bits_of(const unsigned char bytes[8])
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word * UINT64_C(0x0102040810204080) >> 56;
}

/* Bit i: series i of the block lies beyond its edge in this view. */
static uint64_t beyond(const struct novelty *set, size_t base, size_t view, const struct views *views)
{
    const float *up = set->edge + (view * SIDES + UP) * set->stride + base, *down = up + set->stride;
    const float *residual = views->residual[view];
    bool in_sigmas = set->parts & NOVELTY_CUSUM && (view == SHIFT_VIEW || view == SPREAD_VIEW);
    const float *floor = in_sigmas ? views->no_floor : views->floor;
    unsigned char out[BLOCK];
    uint64_t bits = 0;

    for (size_t i = 0; i < BLOCK; i++)
        out[i] = (unsigned char)(((residual[i] > up[i]) & (residual[i] > floor[i])) |
                                 ((-residual[i] > down[i]) & (-residual[i] > floor[i])));
    for (size_t i = 0; i < BLOCK; i += 8)
        bits |= bits_of(out + i) << i;
    return bits;
}

static float gain_after(const struct tail_tuning *tuning, float seen)
{
    float gain = tuning->gain_first / (seen + 1.0f);
    return gain > 1.0f ? 1.0f : gain < tuning->gain_least ? tuning->gain_least : gain;
}

/* -ln of a normal distribution's tail that has its 5 % beyond the edge: -ln(z phi(z)
 * ...) by its leading terms, z > 1.64 (Abramowitz and Stegun 26.2.12). */
static float normal_nats(float edge, float distance)
{
    if (edge <= 0.0f)
        return TAIL_NATS_MAX;
    float z = distance / edge * 1.6448536f;
    float nats = 0.5f * z * z + tail_log(z) + 0.9189385f - 0.27f / z;
    return nats < TAIL_NATS_MAX ? nats : TAIL_NATS_MAX;
}

/* What the views of one block say: the sum of their nats and the greatest. */
struct verdict {
    float sum[BLOCK], greatest[BLOCK];
};

static void weigh(struct novelty *set, size_t base, size_t view, const struct views *views, struct verdict *verdict)
{
    const struct tail_tuning *tuning = &set->tuning->tail;
    uint64_t bits = beyond(set, base, view, views);

    while (bits) {
        size_t i = (size_t)__builtin_ctzll(bits);
        bits &= bits - 1;
        float residual = views->residual[view][i];
        float seen = view < SEASON_VIEW ? set->seen[base + i] : season_samples(set->season, base + i);
        size_t side = (view * SIDES + (residual > 0.0f ? UP : DOWN)) * set->stride + base + i;
        float distance = residual > 0.0f ? residual : -residual, share = gain_after(tuning, seen);
        struct tail_gain gain = share > tuning->gain_least ? tail_gain(tuning, share) : set->steady;
        if (seen > NOVELTY_WARM_UP) {
            float nats = set->parts & NOVELTY_RANKS
                             ? tail_nats(tuning, &set->tail[side], set->edge[side], distance, seen)
                             : normal_nats(set->edge[side], distance);
            verdict->sum[i] += nats;
            verdict->greatest[i] = nats > verdict->greatest[i] ? nats : verdict->greatest[i];
        }
        tail_raise(&gain, &set->tail[side], &set->edge[side], distance);
    }
}

static bool view_counts(const struct novelty *set, size_t view)
{
    static const unsigned char PARTS[NOVELTY_VIEWS] = {NOVELTY_SPIKE,  NOVELTY_SHIFT,  NOVELTY_SHIFT,
                                                       NOVELTY_SPREAD, NOVELTY_SEASON, NOVELTY_SEASON};
    return set->parts & PARTS[view];
}

/* The edges of some sides of a block. */
static void shrink_sides(struct novelty *set, size_t base, size_t first, size_t end, const struct tail_loss *loss)
{
    for (size_t side = first * SIDES; side < end * SIDES; side++) {
        float *edge = set->edge + side * set->stride + base;
        struct tail *tail = set->tail + side * set->stride + base;
        for (size_t i = 0; i < BLOCK; i++)
            tail_shrink(&loss[i], &tail[i], &edge[i]);
    }
}

static void shrink(struct novelty *set, size_t base)
{
    const struct tail_tuning *tuning = &set->tuning->tail;
    struct tail_loss loss[BLOCK], season_loss[BLOCK];

    for (size_t i = 0; i < BLOCK; i++) {
        float fresh = (float)set->fresh[base + i];
        bool seasonal = set->season && base + i < set->count;
        float season_seen = seasonal ? season_samples(set->season, base + i) : 0.0f;
        float gain = gain_after(tuning, set->seen[base + i]), season_gain = gain_after(tuning, season_seen);
        bool same = season_gain == gain && fresh <= season_seen; /* as soon as both are settled */
        loss[i] = tail_loss(tuning, gain, fresh);
        season_loss[i] = same ? loss[i] : tail_loss(tuning, season_gain, fresh < season_seen ? fresh : season_seen);
        set->fresh[base + i] = 0;
    }
    shrink_sides(set, base, 0, SEASON_VIEW, loss);
    if (set->season)
        shrink_sides(set, base, SEASON_VIEW, NOVELTY_VIEWS, season_loss);
}

static void shrink_some(struct novelty *set)
{
    size_t cycle = set->frames < EARLY ? CYCLE_EARLY : CYCLE, blocks = set->stride / BLOCK;
    size_t at = set->cycle_at < cycle ? set->cycle_at : 0;

    for (size_t block = at; block < blocks; block += cycle)
        shrink(set, block * BLOCK);
    set->cycle_at = at + 1;
}

void novelty_frame(struct novelty *set, heal_time now, const double *values, float *nats)
{
    const float share = set->tuning->mean_share;
    unsigned views_on = 0, seasonal_on = set->season ? 2 : 0;

    for (size_t view = 0; view < SEASON_VIEW; view++)
        views_on += view_counts(set, view);
    if (set->season)
        season_frame_begin(set->season, now);
    for (size_t base = 0; base < set->stride; base += BLOCK) {
        struct views views;
        struct verdict verdict = {0};
        load(set, base, values, &views);
        take_means(set, base, &views);
        if (set->season)
            take_season(set, base, &views);
        for (size_t view = 0; view < NOVELTY_VIEWS; view++) {
            if (view_counts(set, view))
                weigh(set, base, view, &views, &verdict);
        }
        for (size_t i = 0; i < BLOCK && base + i < set->count; i++) {
            float voices = (float)views_on + (views.seasonal[i] > 0.0f ? (float)seasonal_on : 0.0f);
            float mean = verdict.sum[i] / (voices > 1.0f ? voices : 1.0f);
            nats[base + i] = set->parts & NOVELTY_AGREEMENT ? share * mean + (1.0f - share) * verdict.greatest[i]
                                                            : verdict.greatest[i];
        }
    }
    if (set->season)
        season_frame_end(set->season, values);
    set->frames++;
    shrink_some(set);
}

double novelty_probability(double nats)
{
    return nats <= EXCESS_NATS ? 1.0 : exp(EXCESS_NATS - nats);
}

double novelty_score(double nats, double rank)
{
    double tail = novelty_probability(nats);
    return tail <= NOVELTY_TAIL ? tail : NOVELTY_TAIL + (1 - NOVELTY_TAIL) * rank;
}

double novelty_nats(double probability)
{
    return EXCESS_NATS - (double)tail_log((float)probability);
}

bool alarm_rests(const struct novelty_tuning *tuning, struct alarm_rest *rest, float sample, float nats, float alarm)
{
    if (nats < alarm || (sample < rest->until && nats < tuning->rest_factor * rest->hold))
        return false;
    rest->hold = nats;
    rest->until = sample + tuning->rest;
    return true;
}
