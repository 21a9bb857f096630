/* baseline.c - moving medians for many series at once.
 *
 * The ring is slot-major floats: slot s holds one sample of every series, so
 * taking a frame in is one straight copy. LANES series that lie side by side are
 * refitted together: their windows are sorted side by side by a network
 * without branches, lane by lane, which the compiler turns into vector minima and
 * maxima. GSL's selection, one series at a time, took eight times as long and
 * two thirds of a whole run; the tests hold the two side by side.
 *
 * Of the frames only every thin-th goes into the ring. A whole cycle of refits takes
 * CYCLE_EARLY frames while the ring is filling and CYCLE_FULL later: a new
 * series is judged soon, and a settled one costs 1/32 refit per sample. */
#include "engine/baseline.h"

#include "engine/inventory.h"
#include "engine/lanes.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CYCLE_EARLY = 4, CYCLE_FULL = 32 };

struct baseline {
    size_t count;
    size_t stride; /* floats between slots: count rounded up to LANES */
    heal_duration window;
    uint32_t warm_up;
    uint32_t filled;    /* slots in use */
    uint32_t next_slot; /* where the next kept frame goes */
    uint64_t thin;      /* every thin-th frame is kept */
    uint64_t skipped;   /* frames since the last kept one */
    uint64_t cycle_at;  /* frame within the cycle of refits */
    heal_time slot_time[BASELINE_SLOTS];
    float *ring;   /* BASELINE_SLOTS * stride */
    float *median; /* stride */
    float *upper;  /* stride */
    float *lower;  /* stride */
    float *slope;  /* stride, per second; NULL: no trends */
    bool qn;
    uint8_t *held; /* slots in a row that a series was held out of */
};

struct baseline *baseline_create(const struct baseline_config *config, size_t count)
{
    if (count < 1 || count > SERIES_MAX || config->window <= 0 || config->warm_up < 8 ||
        config->warm_up > BASELINE_SLOTS)
        return NULL;
    struct baseline *set = calloc(1, sizeof *set);
    if (!set)
        return NULL;
    set->count = count;
    set->stride = (count + LANES - 1) / LANES * LANES;
    set->window = config->window;
    set->warm_up = config->warm_up;
    set->qn = config->qn;
    set->thin = 1;
    set->ring = aligned_alloc(64, BASELINE_SLOTS * set->stride * sizeof *set->ring);
    set->median = aligned_alloc(64, set->stride * sizeof *set->median);
    set->upper = aligned_alloc(64, set->stride * sizeof *set->upper);
    set->lower = aligned_alloc(64, set->stride * sizeof *set->lower);
    set->slope = config->trend ? calloc(set->stride, sizeof *set->slope) : NULL;
    set->held = calloc(set->stride, sizeof *set->held);
    if ((config->trend && !set->slope) || !set->ring || !set->median || !set->upper || !set->lower || !set->held) {
        baseline_destroy(set);
        return NULL;
    }
    for (size_t i = 0; i < BASELINE_SLOTS * set->stride; i++)
        set->ring[i] = NAN;
    for (size_t i = 0; i < set->stride; i++)
        set->median[i] = set->upper[i] = set->lower[i] = NAN;
    return set;
}

void baseline_destroy(struct baseline *set)
{
    if (!set)
        return;
    free(set->ring);
    free(set->median);
    free(set->upper);
    free(set->lower);
    free(set->slope);
    free(set->held);
    free(set);
}

const float *baseline_median(const struct baseline *set)
{
    return set->median;
}

const float *baseline_upper(const struct baseline *set)
{
    return set->upper;
}

const float *baseline_lower(const struct baseline *set)
{
    return set->lower;
}

void baseline_memory(const struct baseline *set, struct memory *memory)
{
    size_t floats = (size_t)BASELINE_SLOTS + (set->slope ? 4 : 3);
    memory->state += set->stride * (floats * sizeof *set->ring + sizeof *set->held);
}

bool baseline_holds(const struct baseline *set, size_t series)
{
    return set->held[series] < BASELINE_SLOTS / 2;
}

/* Full, and not long enough yet: keep every second slot and half the pace. */
static void thin_out(struct baseline *set)
{
    for (uint32_t slot = 1; slot < BASELINE_SLOTS / 2; slot++) {
        memcpy(set->ring + slot * set->stride, set->ring + (size_t)(2 * slot) * set->stride,
               set->stride * sizeof *set->ring);
        set->slot_time[slot] = set->slot_time[2 * slot];
    }
    set->filled = set->next_slot = BASELINE_SLOTS / 2;
    set->thin *= 2;
}

static void hold_out(struct baseline *set, float *slot, const uint64_t *hold)
{
    for (size_t word = 0; word * 64 < set->count; word++) {
        uint64_t bits = hold[word];
        while (bits) {
            size_t series = word * 64 + (size_t)__builtin_ctzll(bits);
            bits &= bits - 1;
            if (set->held[series] < BASELINE_SLOTS / 2) {
                set->held[series]++;
                slot[series] = NAN;
            }
        }
    }
}

/* A series that is free again may be held out anew. Seldom: only the words with
 * a bit set cost anything, and those that were held are few. */
static void forget_holds(struct baseline *set, const uint64_t *hold)
{
    for (size_t series = 0; series < set->count; series++) {
        if (set->held[series] && !(hold && (hold[series / 64] >> (series % 64) & 1)))
            set->held[series] = 0;
    }
}

static void keep(struct baseline *set, heal_time now, const double *values, const uint64_t *hold)
{
    if (set->filled == BASELINE_SLOTS && set->next_slot == 0 &&
        set->slot_time[BASELINE_SLOTS - 1] - set->slot_time[0] < set->window)
        thin_out(set);
    float *slot = set->ring + set->next_slot * set->stride;
    for (size_t i = 0; i < set->count; i++)
        slot[i] = (float)values[i];
    if (hold)
        hold_out(set, slot, hold);
    forget_holds(set, hold);
    set->slot_time[set->next_slot] = now;
    set->next_slot = (set->next_slot + 1) % BASELINE_SLOTS;
    if (set->filled < BASELINE_SLOTS)
        set->filled++;
}

/* One slot of each of the group's series per row. */
struct windows {
    float row[BASELINE_SLOTS][LANES];
    uint32_t present[LANES]; /* samples that are there */
};

/* Seconds from a slot to the newest one. */
static float age_of(const struct baseline *set, uint32_t slot)
{
    uint32_t newest = (set->next_slot + BASELINE_SLOTS - 1) % BASELINE_SLOTS;
    return (float)(set->slot_time[newest] - set->slot_time[slot]) / (float)HEAL_SECOND;
}

/* The slope of each window, per second: the median of those between samples half a
 * window apart (Theil 1950, the incomplete method), 0 unless far more of them go one way
 * than a fair coin would have it (Cox and Stuart 1955; 3.3 of its deviations). */
static void find_slopes(struct baseline *set, size_t first)
{
    static const float SURE = 3.3f * 3.3f;
    uint32_t half = set->filled / 2, oldest = set->filled == BASELINE_SLOTS ? set->next_slot : 0;
    float row[BASELINE_SLOTS / 2][LANES], median[LANES];
    uint32_t present[LANES] = {0};
    float ways[LANES] = {0};

    for (uint32_t pair = 0; pair < BASELINE_SLOTS / 2; pair++) {
        uint32_t from = (oldest + pair) % BASELINE_SLOTS, to = (from + half) % BASELINE_SLOTS;
        const float *before = set->ring + from * set->stride + first, *after = set->ring + to * set->stride + first;
        float span = pair < half ? age_of(set, from) - age_of(set, to) : 0.0f;
        for (size_t lane = 0; lane < LANES; lane++) {
            float change = after[lane] - before[lane];
            bool there = span > 0.0f && change - change == 0.0f;
            row[pair][lane] = there ? change / span : INFINITY;
            present[lane] += there;
            ways[lane] += !there || change == 0.0f ? 0.0f : change > 0.0f ? 1.0f : -1.0f;
        }
    }
    lanes_sort(row, BASELINE_SLOTS / 2);
    lanes_quantile(row, present, 0.5f, median);
    for (size_t lane = 0; lane < LANES; lane++)
        set->slope[first + lane] = ways[lane] * ways[lane] >= SURE * (float)present[lane] ? median[lane] : 0.0f;
}

/* What a sample would be now, had it gone on with its window's trend. */
static float brought_up(const struct baseline *set, size_t series, uint32_t slot)
{
    float sample = set->ring[slot * set->stride + series];
    return set->slope ? sample + set->slope[series] * age_of(set, slot) : sample;
}

static void load(const struct baseline *set, size_t first, struct windows *windows)
{
    memset(windows->present, 0, sizeof windows->present);
    for (uint32_t slot = 0; slot < BASELINE_SLOTS; slot++) {
        const float *sample = set->ring + slot * set->stride + first;
        for (size_t lane = 0; lane < LANES; lane++) {
            bool there = slot < set->filled && sample[lane] == sample[lane];
            windows->row[slot][lane] = there ? sample[lane] : INFINITY;
            windows->present[lane] += there;
        }
    }
    for (uint32_t slot = 0; set->slope && slot < set->filled; slot++) {
        float age = age_of(set, slot);
        for (size_t lane = 0; lane < LANES; lane++)
            windows->row[slot][lane] += set->slope[first + lane] * age; /* +inf stays */
    }
}

/* Rousseeuw and Croux 1993: about the first quartile of the distances between all pairs.
 * GSL's search runs astray on what is not finite; such a window has no Qn. */
static void spread_by_qn(const struct windows *windows, float scale[LANES])
{
    double sorted[BASELINE_SLOTS], work[3 * BASELINE_SLOTS];
    int places[5 * BASELINE_SLOTS];

    for (size_t lane = 0; lane < LANES; lane++) {
        size_t n = windows->present[lane];
        bool finite = true;
        for (size_t i = 0; i < n; i++) {
            sorted[i] = (double)windows->row[i][lane];
            finite = finite && isfinite(sorted[i]);
        }
        scale[lane] = n > 1 && finite ? (float)gsl_stats_Qn_from_sorted_data(sorted, 1, n, work, places) : 0.0f;
    }
}

/* Changes the rows. */
static void spread_by_mad(struct windows *windows, const float median[LANES], float scale[LANES])
{
    static const float SIGMAS_PER_MAD = 1.482602218505602f; /* 1 / Phi^-1(3/4) */

    for (size_t slot = 0; slot < BASELINE_SLOTS; slot++) {
        for (size_t lane = 0; lane < LANES; lane++)
            windows->row[slot][lane] = fabsf(windows->row[slot][lane] - median[lane]);
    }
    lanes_merge_bitonic(windows->row, BASELINE_SLOTS);
    lanes_quantile(windows->row, windows->present, 0.5f, scale);
    for (size_t lane = 0; lane < LANES; lane++)
        scale[lane] *= SIGMAS_PER_MAD;
}

/* The larger of both ways to see it. Between samples that are infinite both ways there
 * is no number: then nothing is far. */
static float spread(float scale, float decile)
{
    static const float SIGMAS_PER_DECILE = 0.780304146072379f; /* 1 / Phi^-1(9/10) */
    float larger = fmaxf(scale, SIGMAS_PER_DECILE * decile);

    return isnan(larger) ? INFINITY : larger;
}

/* Bit i: series first + i is held out of its window, and what is known of it stays. */
static uint32_t held_lanes(const struct baseline *set, size_t first, const uint64_t *hold)
{
    uint32_t lanes = hold && first / 64 < (set->count + 63) / 64 ? (uint32_t)(hold[first / 64] >> (first % 64)) : 0;

    for (uint32_t bits = lanes; bits; bits &= bits - 1) {
        unsigned lane = (unsigned)__builtin_ctz(bits);
        if (!baseline_holds(set, first + lane))
            lanes &= ~(UINT32_C(1) << lane);
    }
    return lanes;
}

/* Medians and scales of series first .. first + LANES - 1. */
static void refit(struct baseline *set, size_t first, const uint64_t *hold)
{
    const uint32_t held = held_lanes(set, first, hold);
    struct windows windows;
    float median[LANES], high[LANES], low[LANES], scale[LANES];

    if (set->slope)
        find_slopes(set, first);
    load(set, first, &windows);
    lanes_sort(windows.row, BASELINE_SLOTS);
    lanes_quantile(windows.row, windows.present, 0.5f, median);
    lanes_quantile(windows.row, windows.present, 0.9f, high);
    lanes_quantile(windows.row, windows.present, 0.1f, low);
    if (set->qn)
        spread_by_qn(&windows, scale);
    else
        spread_by_mad(&windows, median, scale);
    for (size_t lane = 0; lane < LANES; lane++) {
        bool known = windows.present[lane] >= set->warm_up;
        if (held >> lane & 1)
            continue;
        set->median[first + lane] = known ? median[lane] : NAN;
        set->upper[first + lane] = known ? spread(scale[lane], high[lane] - median[lane]) : NAN;
        set->lower[first + lane] = known ? spread(scale[lane], median[lane] - low[lane]) : NAN;
    }
}

struct baseline_span baseline_learn(struct baseline *set, heal_time now, const double *values, const uint64_t *hold)
{
    if (++set->skipped >= set->thin) {
        set->skipped = 0;
        keep(set, now, values, hold);
    }
    size_t groups = set->stride / LANES;
    uint64_t cycle = set->filled < BASELINE_SLOTS && set->thin == 1 ? CYCLE_EARLY : CYCLE_FULL;
    uint64_t at = set->cycle_at < cycle ? set->cycle_at : 0;
    struct baseline_span span = {(size_t)(at * groups / cycle) * LANES, (size_t)((at + 1) * groups / cycle) * LANES};

    set->cycle_at = at + 1;
    for (size_t first = span.first; first < span.end; first += LANES)
        refit(set, first, hold);
    if (span.end > set->count)
        span.end = set->count;
    return span;
}

double baseline_young_median(const struct baseline *set, size_t series)
{
    double sorted[BASELINE_SLOTS];
    size_t n = 0;

    if (!isnan(set->median[series]))
        return NAN;
    for (uint32_t slot = 0; slot < set->filled; slot++) {
        double sample = (double)set->ring[slot * set->stride + series];
        if (!isnan(sample))
            sorted[n++] = sample;
    }
    return n >= BASELINE_YOUNG ? gsl_stats_median(sorted, 1, n) : NAN;
}

/* How far a sample is from the median, in scales of its side. */
static double off_median(const struct baseline *set, size_t series, double sample)
{
    double off = sample - (double)set->median[series];
    double scale = (double)(off < 0 ? set->lower : set->upper)[series];
    return off == 0 ? 0 : fabs(off) / scale; /* +inf for a constant one that moved */
}

double baseline_probability(const struct baseline *set, size_t series, double value)
{
    static const double PRIOR_WEIGHT = 0.5, PRIOR_EXCESS = 0.35; /* as tail.c draws Hill's estimate */
    static const double LEAST = 1.9287498479639178e-22;          /* exp(-50): nothing is surer, there and here */
    enum { TOP = 3 };
    double top[TOP] = {0}, own = off_median(set, series, (double)(float)value), n = 1, as_far = 1;

    if (isnan(own) || isnan(set->median[series]))
        return NAN;
    for (uint32_t slot = 0; slot < set->filled; slot++) {
        double sample = (double)brought_up(set, series, slot);
        if (isnan(sample))
            continue;
        double off = off_median(set, series, sample);
        n++;
        as_far += off >= own;
        for (int i = 0; i < TOP; i++) {
            double greater = fmax(off, top[i]);
            off = fmin(off, top[i]);
            top[i] = greater;
        }
    }
    if (as_far > 1 || isinf(own) || !(top[TOP - 1] > 0))
        return as_far / n;
    double excess = PRIOR_WEIGHT * PRIOR_EXCESS;
    for (int i = 0; i < TOP; i++)
        excess += log(top[i] / top[TOP - 1]);
    double beyond = TOP / n * pow(own / top[TOP - 1], -(TOP + PRIOR_WEIGHT) / excess);
    return fmax(LEAST, fmin(1 / n, beyond));
}
