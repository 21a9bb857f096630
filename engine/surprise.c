/* surprise.c - the watched series side by side, and the level for all of them. */
#include "engine/surprise.h"

#include "engine/chosen.h"
#include "engine/novelty.h"
#include "engine/tail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct surprise {
    const struct policy_baseline *config;
    size_t words;
    struct chosen watched;
    struct novelty *novelty; /* NULL: none is watched */
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

static bool allocate(struct surprise *surprise, size_t count, const bool *wanted)
{
    surprise->news = calloc(surprise->words, sizeof *surprise->news);
    if (!surprise->news || !chosen_make(&surprise->watched, wanted, count))
        return false;
    size_t watched = surprise->watched.count;
    if (watched == 0)
        return true;
    surprise->novelty = novelty_create(&NOVELTY_TUNING, watched, parts_of(surprise->config->change));
    surprise->values = watched == count ? NULL : calloc(watched, sizeof *surprise->values);
    surprise->nats = calloc(watched, sizeof *surprise->nats);
    surprise->rest = calloc(watched, sizeof *surprise->rest);
    return surprise->novelty && (watched == count || surprise->values) && surprise->nats && surprise->rest;
}

struct surprise *surprise_create(const struct policy_baseline *config, size_t count, const bool *wanted)
{
    struct surprise *surprise = calloc(1, sizeof *surprise);

    if (!surprise)
        return NULL;
    surprise->config = config;
    surprise->words = (count + 63) / 64;
    surprise->level = (float)novelty_nats(config->alarm_probability);
    if (!allocate(surprise, count, wanted)) {
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
    chosen_clear(&surprise->watched);
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
    double samples_per_day = (double)surprise->watched.count * (double)(surprise->frames - 1) / days;
    double allowed = surprise->config->false_alarms_per_day / samples_per_day;
    double least = surprise->config->alarm_probability;
    surprise->level = (float)novelty_nats(allowed < least ? allowed : least) + surprise->caution;
}

const uint64_t *surprise_frame(struct surprise *surprise, heal_time now, const double *values)
{
    memset(surprise->news, 0, surprise->words * sizeof *surprise->news);
    if (!surprise->novelty)
        return surprise->news;
    for (size_t i = 0; surprise->values && i < surprise->watched.count; i++)
        surprise->values[i] = values[chosen_series(&surprise->watched, i)];
    novelty_frame(surprise->novelty, now, surprise->values ? surprise->values : values, surprise->nats);
    surprise->first = surprise->frames++ == 0 ? now : surprise->first;
    set_level(surprise, now);
    bool alarmed = false;
    for (size_t i = 0; i < surprise->watched.count; i++) {
        if (surprise->nats[i] >= surprise->level &&
            alarm_rests(&NOVELTY_TUNING, &surprise->rest[i], novelty_seen(surprise->novelty)[i], surprise->nats[i],
                        surprise->level)) {
            alarmed = true;
            size_t series = chosen_series(&surprise->watched, i);
            surprise->news[series / 64] |= UINT64_C(1) << (series % 64);
        }
    }
    learn_caution(surprise, now, alarmed);
    return surprise->news;
}

float surprise_nats(const struct surprise *surprise, size_t series)
{
    size_t place = chosen_place(&surprise->watched, series);
    return place == CHOSEN_NONE ? 0.0f : surprise->nats[place];
}

float surprise_level(const struct surprise *surprise)
{
    return surprise->level;
}

double surprise_expected(const struct surprise *surprise, size_t series, heal_time at)
{
    size_t place = chosen_place(&surprise->watched, series);
    return place == CHOSEN_NONE ? (double)NAN : season_expected(novelty_season(surprise->novelty), place, at);
}

float surprise_seen(const struct surprise *surprise, size_t series)
{
    size_t place = chosen_place(&surprise->watched, series);
    return place == CHOSEN_NONE ? 0.0f : novelty_seen(surprise->novelty)[place];
}

void surprise_memory(const struct surprise *surprise, struct memory *memory)
{
    size_t watched = surprise->watched.count;

    memory->state += surprise->words * sizeof *surprise->news;
    if (!surprise->novelty)
        return;
    memory->state += watched * (chosen_bytes(&surprise->watched) + sizeof *surprise->nats + sizeof *surprise->rest);
    memory->frame += surprise->values ? watched * sizeof *surprise->values : 0;
    novelty_memory(surprise->novelty, memory);
}
