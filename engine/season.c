/* season.c - profiles by bin, slot-major, and the search for periods. */
#include "engine/season.h"

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LAG_LEAST = 4, CYCLES_LEAST = 3, SEARCH_FROM_BLOCK = 8, TERMS_MAX = 8 };
#define PADDED ((size_t)2 * SEASON_HISTORY)

/* What one series has besides its profile. */
struct course {
    heal_duration period;
    float with, without; /* mean absolute errors with the season, and by the slow level */
    float smooth;
    float taken;      /* samples that were held against it */
    float sum, terms; /* of the visit to the bin that goes on */
    uint8_t bin;      /* below SEASON_BINS */
    uint8_t start;    /* the first bin ever; UINT8_MAX: none yet */
    uint16_t rounds;  /* how often it came round to it */
};

struct season {
    const struct season_tuning *tuning;
    size_t count;
    float *profile; /* SEASON_BINS * count, NaN: not met yet */
    float *weekday; /* SEASON_WEEKDAYS * count */
    struct course *course;
    float *history; /* SEASON_HISTORY * count, block means; NaN: no sample */
    float *sum;     /* of the block that is open */
    uint16_t *terms;
    uint32_t filled, frames_in_block, block; /* frames per block */
    size_t searched;                         /* series of a full history that were looked at */
    heal_time now, first, previous;
    heal_duration spacing; /* of frames, on average over the history */
    uint64_t frames;
    size_t day_bin, day;
};

struct season *season_create(const struct season_tuning *tuning, size_t count)
{
    struct season *season = calloc(1, sizeof *season);

    if (!season)
        return NULL;
    season->tuning = tuning;
    season->count = count;
    season->block = 1;
    season->profile = malloc(SEASON_BINS * count * sizeof *season->profile);
    season->weekday = calloc(SEASON_WEEKDAYS * count, sizeof *season->weekday);
    season->course = calloc(count, sizeof *season->course);
    season->history = malloc(SEASON_HISTORY * count * sizeof *season->history);
    season->sum = calloc(count, sizeof *season->sum);
    season->terms = calloc(count, sizeof *season->terms);
    if (!season->profile || !season->weekday || !season->course || !season->history || !season->sum || !season->terms) {
        season_destroy(season);
        return NULL;
    }
    for (size_t i = 0; i < SEASON_BINS * count; i++)
        season->profile[i] = NAN;
    for (size_t i = 0; i < count; i++)
        season->course[i] = (struct course){.period = HEAL_DAY, .start = UINT8_MAX};
    return season;
}

void season_destroy(struct season *season)
{
    if (!season)
        return;
    free(season->profile);
    free(season->weekday);
    free(season->course);
    free(season->history);
    free(season->sum);
    free(season->terms);
    free(season);
}

void season_memory(const struct season *season, struct memory *memory)
{
    memory->profile += season->count * (SEASON_BINS * sizeof *season->profile +
                                        SEASON_WEEKDAYS * sizeof *season->weekday + sizeof *season->course);
    memory->search +=
        season->count * (SEASON_HISTORY * sizeof *season->history + sizeof *season->sum + sizeof *season->terms);
}

/* Where `at` lies within a period that starts over at the epoch. */
static size_t bin_of(heal_time at, heal_duration period)
{
    heal_duration into = at % period;
    into += into < 0 ? period : 0;
    size_t bin = (size_t)((double)into / (double)period * SEASON_BINS);
    return bin < SEASON_BINS ? bin : SEASON_BINS - 1;
}

static size_t weekday_of(heal_time at)
{
    int64_t days = at / HEAL_DAY - (at % HEAL_DAY < 0);
    return (size_t)((days % SEASON_WEEKDAYS + SEASON_WEEKDAYS) % SEASON_WEEKDAYS);
}

void season_frame_begin(struct season *season, heal_time now)
{
    season->first = season->frames == 0 ? now : season->first;
    season->frames++;
    season->now = now;
    season->day_bin = bin_of(now, HEAL_DAY);
    season->day = weekday_of(now);
}

/* A visit to a bin is over: its mean moves the profile. Not before, so that a sample
 * is never expected because of the one a minute ago. */
static void close_bin(struct season *season, size_t series, struct course *course)
{
    float *expected = &season->profile[course->bin * season->count + series];
    float mean = course->sum / course->terms;

    *expected = isnan(*expected) ? mean : *expected + season->tuning->learn_profile * (mean - *expected);
    course->sum = course->terms = 0;
}

/* From one bin to the next, over the first one when a period is full. */
static void enter_bin(struct season *season, size_t series, struct course *course, uint8_t bin)
{
    if (course->start == UINT8_MAX)
        course->start = course->bin = bin;
    if (course->bin == bin)
        return;
    if (course->terms > 0)
        close_bin(season, series, course);
    bool after = course->start > course->bin, before = course->start <= bin;
    bool round = bin > course->bin ? after && before : after || before;
    course->rounds = (uint16_t)(course->rounds + (round && course->rounds < UINT16_MAX));
    course->bin = bin;
}

bool season_take(struct season *season, size_t series, float value, float level, float *residual, float *smooth)
{
    struct course *course = &season->course[series];
    bool daily = course->period == HEAL_DAY;
    size_t bin = daily ? season->day_bin : bin_of(season->now, course->period);
    float expected = season->profile[bin * season->count + series];

    if (course->bin != bin || course->start == UINT8_MAX)
        enter_bin(season, series, course, (uint8_t)bin);
    course->sum += value;
    course->terms++;
    if (isnan(expected))
        return false;
    float rounds = (float)course->rounds, trust = rounds / (rounds + season->tuning->doubt);
    float off = value - (level + trust * (expected - level));
    if (daily) {
        float *weekday = &season->weekday[season->day * season->count + series];
        off -= *weekday;
        *weekday += season->tuning->learn_weekday * off;
    }
    course->smooth += season->tuning->learn_smooth * (off - course->smooth);
    course->with += season->tuning->learn_error * (fabsf(off) - course->with);
    course->without += season->tuning->learn_error * (fabsf(value - level) - course->without);
    course->taken++;
    *residual = off;
    *smooth = course->smooth;
    return course->with <= season->tuning->noise * course->without;
}

/* The height at whole lag `lag` of a peak of the autocorrelation and, by a parabola
 * through it and its neighbours, where it really is. */
static double peak_at(const double *correlation, size_t lag)
{
    double before = correlation[lag - 1], here = correlation[lag], after = correlation[lag + 1];
    double bend = before - 2 * here + after;
    return (double)lag + (bend < 0 ? 0.5 * (before - after) / bend : 0);
}

/* Autocorrelation by FFT of the history of one series, zero-padded. False for a
 * constant one, or one with too many holes. */
static bool correlate(const struct season *season, size_t series, double correlation[PADDED])
{
    double sum = 0;
    double there = 0;

    for (size_t i = 0; i < SEASON_HISTORY; i++) {
        double value = (double)season->history[i * season->count + series];
        sum += isnan(value) ? 0 : value;
        there += isnan(value) ? 0 : 1;
    }
    if (there < 0.75 * SEASON_HISTORY)
        return false;
    memset(correlation, 0, PADDED * sizeof *correlation);
    for (size_t i = 0; i < SEASON_HISTORY; i++) {
        double value = (double)season->history[i * season->count + series];
        correlation[i] = isnan(value) ? 0 : value - sum / there;
    }
    gsl_fft_real_radix2_transform(correlation, 1, PADDED);
    for (size_t i = 1; i < PADDED / 2; i++) {
        double real = correlation[i], imaginary = correlation[PADDED - i];
        correlation[i] = real * real + imaginary * imaginary;
        correlation[PADDED - i] = 0;
    }
    correlation[0] *= correlation[0];
    correlation[PADDED / 2] *= correlation[PADDED / 2];
    gsl_fft_halfcomplex_radix2_inverse(correlation, 1, PADDED);
    double power = correlation[0];
    for (size_t i = 0; i < PADDED; i++) /* unbiased: each lag has fewer terms */
        correlation[i] *= i < SEASON_HISTORY ? SEASON_HISTORY / (power * (double)(SEASON_HISTORY - i)) : 0;
    return power > 0 && isfinite(power);
}

/* The shortest lag whose peak is nearly as high as the highest; 0: there is none. */
static double dominant_lag(const double *correlation, double least)
{
    double highest = least;
    size_t lag = 1, last = SEASON_HISTORY / CYCLES_LEAST;

    while (lag < last && correlation[lag] > 0.2) /* down from the peak at 0 */
        lag++;
    size_t from = lag > LAG_LEAST ? lag : LAG_LEAST;
    for (lag = from; lag < last; lag++)
        highest = fmax(highest, correlation[lag]);
    for (lag = from; lag < last; lag++) {
        if (correlation[lag] > 0.9 * highest && correlation[lag] > least && correlation[lag] >= correlation[lag - 1] &&
            correlation[lag] >= correlation[lag + 1])
            return peak_at(correlation, lag);
    }
    return 0;
}

static void search(struct season *season, size_t series)
{
    double correlation[PADDED];
    struct course *course = &season->course[series];

    if (season_helps(season, series) || !correlate(season, series, correlation))
        return;
    double lag = dominant_lag(correlation, (double)season->tuning->peak) * season->block;
    double period = lag * (double)season->spacing;
    if (lag <= 0 || fabs(period / (double)HEAL_DAY - 1) < 0.15 || fabs(period / (double)course->period - 1) < 0.05)
        return;
    *course = (struct course){.period = (heal_duration)period, .start = UINT8_MAX};
    for (size_t bin = 0; bin < SEASON_BINS; bin++)
        season->profile[bin * season->count + series] = NAN;
}

static float mean_of_two(float a, float b)
{
    return isnan(a) ? b : isnan(b) ? a : 0.5f * (a + b);
}

static void halve(struct season *season)
{
    for (size_t block = 0; block < SEASON_HISTORY / 2; block++) {
        const float *first = season->history + 2 * block * season->count, *second = first + season->count;
        float *into = season->history + block * season->count;
        for (size_t i = 0; i < season->count; i++)
            into[i] = mean_of_two(first[i], second[i]);
    }
    season->filled = SEASON_HISTORY / 2;
    season->block *= 2;
    season->searched = 0;
}

static void close_block(struct season *season)
{
    float *into = season->history + season->filled * season->count;

    for (size_t i = 0; i < season->count; i++) {
        into[i] = season->terms[i] ? season->sum[i] / (float)season->terms[i] : NAN;
        season->sum[i] = 0;
        season->terms[i] = 0;
    }
    season->filled++;
    season->frames_in_block = 0;
}

/* A full history is searched for a whole block's time, then halved. */
static void go_on_searching(struct season *season)
{
    size_t per_frame = season->block < SEARCH_FROM_BLOCK ? 0 : season->count / season->block + 1;

    season->spacing = (season->now - season->first) / (heal_duration)(season->frames - 1);
    for (; per_frame > 0 && season->searched < season->count && season->spacing > 0; per_frame--)
        search(season, season->searched++);
}

void season_frame_end(struct season *season, const double *values)
{
    if (season->block > 4096)
        return; /* what has no season by then has none */
    /* Eight frames spread over a block tell its mean; the others cost nothing. */
    size_t every = season->block > TERMS_MAX ? season->block / TERMS_MAX : 1;
    for (size_t i = 0; i < season->count && season->frames_in_block % every == 0; i++) {
        float value = (float)values[i];
        bool there = value - value == 0.0f;
        season->sum[i] += there ? value : 0;
        season->terms[i] = (uint16_t)(season->terms[i] + there);
    }
    if (season->filled == SEASON_HISTORY)
        go_on_searching(season);
    if (++season->frames_in_block < season->block)
        return;
    if (season->filled == SEASON_HISTORY) {
        uint32_t frames = season->frames_in_block;
        halve(season);
        season->frames_in_block = frames; /* the open block is half of a longer one */
        return;
    }
    close_block(season);
}

float season_samples(const struct season *season, size_t series)
{
    return season->course[series].taken;
}

heal_duration season_period(const struct season *season, size_t series)
{
    return season->course[series].period;
}

double season_expected(const struct season *season, size_t series, heal_time at)
{
    if (season->course[series].period != HEAL_DAY || !season_helps(season, series))
        return (double)NAN;
    return (double)season->profile[bin_of(at, HEAL_DAY) * season->count + series] +
           (double)season->weekday[weekday_of(at) * season->count + series];
}

bool season_helps(const struct season *season, size_t series)
{
    const struct course *course = &season->course[series];
    return course->without > 0 && course->with <= season->tuning->clear_gain * course->without;
}
