/* surprise.c - the watched series side by side, and the level for all of them. */
#include "engine/surprise.h"

#include "engine/novelty.h"
#include "engine/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct surprise {
    const struct policy_baseline *config;
    size_t count, words, watched;
    struct novelty *novelty; /* NULL: none is watched */
    uint32_t *series;        /* of the watched */
    uint32_t *place;         /* among the watched, by series; UINT32_MAX: not watched */
    double *values;          /* the watched, as novelty wants them; NULL: all are */
    float *nats;
    struct alarm_rest *rest;
    uint64_t *news;
    heal_time first, previous;
    float caution; /* nats on top of what the probabilities ask for */
    uint64_t frames;
    float level;
};

static unsigned parts_of(enum change_views change)
{
    static const unsigned PARTS[] = {[CHANGE_MEANS] = NOVELTY_ALL,
                                     [CHANGE_CUSUM] = NOVELTY_ALL | NOVELTY_CUSUM,
                                     [CHANGE_OFF] = NOVELTY_ALL & ~(unsigned)(NOVELTY_SHIFT | NOVELTY_SPREAD)};
    return PARTS[change];
}

static bool allocate(struct surprise *surprise, const bool *wanted)
{
    size_t count = surprise->count;

    surprise->place = malloc(count * sizeof *surprise->place);
    surprise->series = malloc(count * sizeof *surprise->series);
    surprise->news = calloc(surprise->words, sizeof *surprise->news);
    if (!surprise->place || !surprise->series || !surprise->news)
        return false;
    for (size_t i = 0; i < count; i++) {
        surprise->place[i] = wanted[i] ? (uint32_t)surprise->watched : UINT32_MAX;
        if (wanted[i])
            surprise->series[surprise->watched++] = (uint32_t)i;
    }
    if (surprise->watched == 0)
        return true;
    surprise->novelty = novelty_create(&NOVELTY_TUNING, surprise->watched, parts_of(surprise->config->change));
    bool all = surprise->watched == count;
    surprise->values = all ? NULL : calloc(surprise->watched, sizeof *surprise->values);
    surprise->nats = calloc(surprise->watched, sizeof *surprise->nats);
    surprise->rest = calloc(surprise->watched, sizeof *surprise->rest);
    return surprise->novelty && (all || surprise->values) && surprise->nats && surprise->rest;
}

struct surprise *surprise_create(const struct policy_baseline *config, size_t count, const bool *wanted)
{
    struct surprise *surprise = calloc(1, sizeof *surprise);

    if (!surprise)
        return NULL;
    surprise->config = config;
    surprise->count = count;
    surprise->words = (count + 63) / 64;
    surprise->level = (float)novelty_nats(config->alarm_probability);
    if (!allocate(surprise, wanted)) {
        surprise_destroy(surprise);
        return NULL;
    }
    return surprise;
}

void surprise_destroy(struct surprise *surprise)
{
    if (!surprise)
        return;
    novelty_destroy(surprise->novelty);
    free(surprise->series);
    free(surprise->place);
    free(surprise->values);
    free(surprise->nats);
    free(surprise->rest);
    free(surprise->news);
    free(surprise);
}

static const float CAUTION_STEP = 0.1f;

/* Where alarms come more often than is allowed, whatever their probabilities say, the
 * level goes up until they do not (adaptive conformal inference, Gibbs and Candes 2021,
 * eq. 2). A frame with alarms counts once, so that a storm of true ones deafens nobody. */
static void learn_caution(struct surprise *surprise, heal_time now, bool alarmed)
{
    double days = surprise->frames < 2 ? 0 : (double)(now - surprise->previous) / (double)HEAL_DAY;
    double more = (alarmed ? 1.0 : 0.0) - surprise->config->false_alarms_per_day * days;
    float caution = surprise->caution + CAUTION_STEP * (float)more, most = TAIL_NATS_MAX;

    surprise->caution = caution > most ? most : caution > 0.0f ? caution : 0.0f;
    surprise->previous = now;
}

/* As many false alarms are expected in a day as there are samples, times the
 * probability of each. */
static void set_level(struct surprise *surprise, heal_time now)
{
    double days = (double)(now - surprise->first) / (double)HEAL_DAY;

    if (surprise->frames < 2 || days <= 0)
        return;
    double samples_per_day = (double)surprise->watched * (double)(surprise->frames - 1) / days;
    double allowed = surprise->config->false_alarms_per_day / samples_per_day;
    double least = surprise->config->alarm_probability;
    surprise->level = (float)novelty_nats(allowed < least ? allowed : least) + surprise->caution;
}

const uint64_t *surprise_frame(struct surprise *surprise, heal_time now, const double *values)
{
    memset(surprise->news, 0, surprise->words * sizeof *surprise->news);
    if (!surprise->novelty)
        return surprise->news;
    for (size_t i = 0; surprise->values && i < surprise->watched; i++)
        surprise->values[i] = values[surprise->series[i]];
    novelty_frame(surprise->novelty, now, surprise->values ? surprise->values : values, surprise->nats);
    surprise->first = surprise->frames++ == 0 ? now : surprise->first;
    set_level(surprise, now);
    bool alarmed = false;
    for (size_t i = 0; i < surprise->watched; i++) {
        if (surprise->nats[i] >= surprise->level &&
            alarm_rests(&NOVELTY_TUNING, &surprise->rest[i], novelty_seen(surprise->novelty)[i], surprise->nats[i],
                        surprise->level)) {
            alarmed = true;
            surprise->news[surprise->series[i] / 64] |= UINT64_C(1) << (surprise->series[i] % 64);
        }
    }
    learn_caution(surprise, now, alarmed);
    return surprise->news;
}

float surprise_nats(const struct surprise *surprise, size_t series)
{
    uint32_t place = surprise->place[series];
    return place == UINT32_MAX ? 0.0f : surprise->nats[place];
}

float surprise_level(const struct surprise *surprise)
{
    return surprise->level;
}

double surprise_expected(const struct surprise *surprise, size_t series, heal_time at)
{
    uint32_t place = surprise->place[series];
    return place == UINT32_MAX ? (double)NAN : season_expected(novelty_season(surprise->novelty), place, at);
}

float surprise_seen(const struct surprise *surprise, size_t series)
{
    uint32_t place = surprise->place[series];
    return place == UINT32_MAX ? 0.0f : novelty_seen(surprise->novelty)[place];
}
