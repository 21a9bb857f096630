/* bench_alarms.c - do false alarms stay what the policy asks when the series grow?
 *
 * Quiet series only, of normal and of heavy-tailed noise (Student's t of 3), every five
 * minutes, from 10 to 100,000: every alarm is false. The policy allows ten a day from all
 * of them together. Beside it what the same tail probability gives when each series is
 * asked alone, without the correction for their number.
 *
 *   bench_alarms [DAYS]
 */
#include "engine/novelty.h"
#include "engine/random.h"
#include "engine/surprise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PER_DAY = 288, WARM_DAYS = 7, ROUNDS_FEW = 10 };
static const double ALLOWED = 10, PROBABILITY = 0.005;

static void *need(void *memory)
{
    if (!memory) {
        fputs("bench_alarms: out of memory\n", stderr);
        exit(3);
    }
    return memory;
}

static double draw(struct random_stream *stream, bool heavy)
{
    double normal = random_normal(stream), chi = 0;

    for (int i = 0; heavy && i < 3; i++) {
        double z = random_normal(stream);
        chi += z * z;
    }
    return heavy ? normal / sqrt(chi / 3) : normal;
}

struct alarms {
    double together, alone; /* per day */
};

static struct alarms count_alarms(size_t series, bool heavy, int days, uint64_t seed)
{
    struct policy_baseline config = {.alarm_probability = PROBABILITY, .false_alarms_per_day = ALLOWED};
    struct random_stream stream = random_stream_named(seed, "bench", heavy ? "heavy" : "normal", series);
    bool *wanted = need(malloc(series * sizeof *wanted));
    double *values = need(malloc(series * sizeof *values));
    struct alarm_rest *rest = need(calloc(series, sizeof *rest));
    struct alarms alarms = {0, 0};
    float level = (float)novelty_nats(PROBABILITY);

    for (size_t i = 0; i < series; i++)
        wanted[i] = true;
    struct surprise *surprise = need(surprise_create(&config, series, wanted));
    for (int frame = 0; frame < (WARM_DAYS + days) * PER_DAY; frame++) {
        for (size_t i = 0; i < series; i++)
            values[i] = draw(&stream, heavy);
        const uint64_t *news = surprise_frame(surprise, (heal_time)frame * HEAL_DAY / PER_DAY, values);
        for (size_t i = 0; i < series && frame >= WARM_DAYS * PER_DAY; i++) {
            alarms.together += (double)(news[i / 64] >> (i % 64) & 1);
            alarms.alone += alarm_rests(&NOVELTY_TUNING, &rest[i], (float)frame, surprise_nats(surprise, i), level);
        }
    }
    surprise_destroy(surprise);
    free(wanted);
    free(values);
    free(rest);
    return (struct alarms){alarms.together / days, alarms.alone / days};
}

int main(int argc, char **argv)
{
    static const size_t SIZES[] = {10, 100, 1000, 10000, 100000};
    int days = argc > 1 ? atoi(argv[1]) : 3;

    if (days < 1)
        days = 1;
    printf("false alarms a day of quiet series, %g allowed\n", ALLOWED);
    printf("%8s  %15s  %15s  %22s\n", "series", "normal noise", "heavy tails", "normal, uncorrected");
    for (size_t k = 0; k < sizeof SIZES / sizeof *SIZES; k++) {
        int rounds = SIZES[k] <= 100 ? ROUNDS_FEW : 1;
        double normal = 0, heavy = 0, alone = 0;
        for (int round = 0; round < rounds; round++) {
            struct alarms plain = count_alarms(SIZES[k], false, days, (uint64_t)round);
            normal += plain.together / rounds;
            alone += plain.alone / rounds;
            heavy += count_alarms(SIZES[k], true, days, (uint64_t)round).together / rounds;
        }
        printf("%8zu  %15.2f  %15.2f  %22.1f\n", SIZES[k], normal, heavy, alone);
        fflush(stdout);
    }
    return 0;
}
