/* baseline.c - moving medians for many series at once.
 *
 * The ring is slot-major floats: slot s holds one sample of every series, so
 * taking a frame in is one straight copy. GROUP series that lie side by side are
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

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP = 32, CYCLE_EARLY = 4, CYCLE_FULL = 32 };

struct baseline {
    size_t count;
    size_t stride; /* floats between slots: count rounded up to GROUP */
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
    set->stride = (count + GROUP - 1) / GROUP * GROUP;
    set->window = config->window;
    set->warm_up = config->warm_up;
    set->thin = 1;
    set->ring = aligned_alloc(64, BASELINE_SLOTS * set->stride * sizeof *set->ring);
    set->median = aligned_alloc(64, set->stride * sizeof *set->median);
    set->upper = aligned_alloc(64, set->stride * sizeof *set->upper);
    set->lower = aligned_alloc(64, set->stride * sizeof *set->lower);
    set->held = calloc(set->stride, sizeof *set->held);
    if (!set->ring || !set->median || !set->upper || !set->lower || !set->held) {
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

/* GROUP windows side by side; row by row one slot of each. GROUP is 32 because gcc
 * unrolls shorter loops before it can vectorise them. */
struct lanes {
    float row[BASELINE_SLOTS][GROUP];
    uint32_t present[GROUP]; /* samples that are there */
};

/* Written so that gcc sees vector minima and maxima: two loops into locals, and
 * each comparison in the very form that minps and maxps compute. */
static void compare_exchange(float *restrict low, float *restrict high)
{
    float least[GROUP], most[GROUP];

    for (size_t lane = 0; lane < GROUP; lane++)
        least[lane] = low[lane] < high[lane] ? low[lane] : high[lane];
    for (size_t lane = 0; lane < GROUP; lane++)
        most[lane] = low[lane] > high[lane] ? low[lane] : high[lane];
    memcpy(low, least, sizeof least);
    memcpy(high, most, sizeof most);
}

/* Batcher's odd-even merge sort (Batcher 1968; Knuth, TAOCP 3, 5.2.2 M). */
static void sort_lanes(struct lanes *lanes)
{
    for (size_t p = 1; p < BASELINE_SLOTS; p *= 2) {
        for (size_t k = p; k >= 1; k /= 2) {
            for (size_t j = k % p; j + k < BASELINE_SLOTS; j += 2 * k) {
                for (size_t i = j; i < j + k && i + k < BASELINE_SLOTS; i++) {
                    if (i / (2 * p) == (i + k) / (2 * p))
                        compare_exchange(lanes->row[i], lanes->row[i + k]);
                }
            }
        }
    }
}

/* Falls, then rises, as distances from a median do in sorted order: one merge. */
static void merge_bitonic_lanes(struct lanes *lanes)
{
    for (size_t k = BASELINE_SLOTS / 2; k >= 1; k /= 2) {
        for (size_t i = 0; i < BASELINE_SLOTS; i++) {
            if (!(i & k))
                compare_exchange(lanes->row[i], lanes->row[i + k]);
        }
    }
}

/* What is missing sorts to the end as +inf. */
static void load_lanes(const struct baseline *set, size_t first, struct lanes *lanes)
{
    memset(lanes->present, 0, sizeof lanes->present);
    for (uint32_t slot = 0; slot < BASELINE_SLOTS; slot++) {
        const float *sample = set->ring + slot * set->stride + first;
        for (size_t lane = 0; lane < GROUP; lane++) {
            bool there = slot < set->filled && sample[lane] == sample[lane];
            lanes->row[slot][lane] = there ? sample[lane] : INFINITY;
            lanes->present[lane] += there;
        }
    }
}

/* The quantile of each sorted lane, between the two samples next to (n - 1) * p
 * (GSL's definition); 0 for an empty one. */
static void quantile_of_lanes(const struct lanes *lanes, float p, float quantile[GROUP])
{
    for (size_t lane = 0; lane < GROUP; lane++) {
        uint32_t n = lanes->present[lane];
        float at = n ? (float)(n - 1) * p : 0.0f;
        uint32_t below = (uint32_t)at, above = below + 1 < n ? below + 1 : below;
        float share = at - (float)below, low = lanes->row[below][lane], high = lanes->row[above][lane];
        quantile[lane] = n ? low + share * (high - low) : 0.0f;
    }
}

/* Medians and scales of series first .. first + GROUP - 1. */
static void refit(struct baseline *set, size_t first)
{
    static const float SIGMAS_PER_MAD = 1.482602218505602f;    /* 1 / Phi^-1(3/4) */
    static const float SIGMAS_PER_DECILE = 0.780304146072379f; /* 1 / Phi^-1(9/10) */
    struct lanes lanes;
    float median[GROUP], high[GROUP], low[GROUP], deviation[GROUP];

    load_lanes(set, first, &lanes);
    sort_lanes(&lanes);
    quantile_of_lanes(&lanes, 0.5f, median);
    quantile_of_lanes(&lanes, 0.9f, high);
    quantile_of_lanes(&lanes, 0.1f, low);
    for (size_t slot = 0; slot < BASELINE_SLOTS; slot++) {
        for (size_t lane = 0; lane < GROUP; lane++)
            lanes.row[slot][lane] = fabsf(lanes.row[slot][lane] - median[lane]);
    }
    merge_bitonic_lanes(&lanes);
    quantile_of_lanes(&lanes, 0.5f, deviation);
    for (size_t lane = 0; lane < GROUP; lane++) {
        bool known = lanes.present[lane] >= set->warm_up;
        float scale = SIGMAS_PER_MAD * deviation[lane];
        set->median[first + lane] = known ? median[lane] : NAN;
        set->upper[first + lane] = known ? fmaxf(scale, SIGMAS_PER_DECILE * (high[lane] - median[lane])) : NAN;
        set->lower[first + lane] = known ? fmaxf(scale, SIGMAS_PER_DECILE * (median[lane] - low[lane])) : NAN;
    }
}

struct baseline_span baseline_learn(struct baseline *set, heal_time now, const double *values, const uint64_t *hold)
{
    if (++set->skipped >= set->thin) {
        set->skipped = 0;
        keep(set, now, values, hold);
    }
    size_t groups = set->stride / GROUP;
    uint64_t cycle = set->filled < BASELINE_SLOTS && set->thin == 1 ? CYCLE_EARLY : CYCLE_FULL;
    uint64_t at = set->cycle_at < cycle ? set->cycle_at : 0;
    struct baseline_span span = {(size_t)(at * groups / cycle) * GROUP, (size_t)((at + 1) * groups / cycle) * GROUP};

    set->cycle_at = at + 1;
    for (size_t first = span.first; first < span.end; first += GROUP)
        refit(set, first);
    if (span.end > set->count)
        span.end = set->count;
    return span;
}
