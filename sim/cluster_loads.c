/* cluster_loads.c - requests from outside, cell by cell, and what became of them. */
#include "sim/cluster_traffic.h"

#include "sim/queueing.h"

#include <gsl/gsl_randist.h>
#include <math.h>

static const heal_duration DAILY_PEAK = 14 * HEAL_HOUR;
static const double TWO_PI = 6.28318530717958647692;

bool loads_open(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t i = 0; i < traffic->load_count; i++) {
        /* By what it asks, and which of those it is: another load changes nothing here. */
        const char *to = cluster->spec->loads[i].to;
        uint64_t same = 0;
        for (size_t j = 0; j < i; j++)
            same += traffic->askers[j].target == traffic->askers[i].target;
        uint64_t index = cluster->streams.index + (same << 40);
        traffic->loads[i].counts = random_stream_named(cluster->streams.seed, to, "requests", index);
        traffic->loads[i].noise = random_stream_named(cluster->streams.seed, to, "noise of requests", index);
    }
    return true;
}

static bool on_weekend(heal_time at)
{
    int64_t day = at / HEAL_DAY % 7; /* 1970-01-01 was a Thursday */

    return day == 2 || day == 3;
}

static double mean_rate(const struct load_spec *spec, heal_time at, uint64_t cell, heal_duration span)
{
    if (spec->recorded.curve)
        return rate_curve_mean(spec->recorded.curve, (heal_duration)cell * span, (heal_duration)(cell + 1) * span);
    if (spec->samples && spec->sample_count > 0) {
        double sample = spec->samples[cell < spec->sample_count ? cell : spec->sample_count - 1];
        return sample > 0.0 ? sample : 0.0; /* NaN: nobody knows of any */
    }
    double day = (double)((at - DAILY_PEAK) % HEAL_DAY) / (double)HEAL_DAY;
    double rate = spec->level + (spec->daily != 0.0 ? spec->daily * cos(TWO_PI * day) : 0.0);
    return on_weekend(at) ? rate * spec->weekend : rate;
}

static bool sent_each(const struct cluster *cluster, const struct load_spec *spec)
{
    const struct traffic *traffic = traffic_of(cluster);
    uint32_t target = traffic->askers[spec - cluster->spec->loads].target;

    return target < cluster->workloads.count && cluster->spec->workloads[target].service.each;
}

static void draw_cell(const struct cluster *cluster, const struct load_spec *spec, struct load_source *load)
{
    heal_duration span = traffic_of(cluster)->cell_span;
    heal_time middle = cluster->start + (heal_time)load->cells * span + span / 2;
    double rate = mean_rate(spec, middle, load->cells, span);

    if (spec->noise > 0.0) {
        double fresh = sqrt(1.0 - spec->correlation * spec->correlation);
        double before = load->cells == 0 ? random_normal(&load->noise) : load->state;
        load->state = spec->correlation * before + fresh * random_normal(&load->noise);
        rate *= 1.0 + spec->noise * load->state;
    }
    double mean = rate * heal_duration_seconds(span);
    gsl_rng rng = random_gsl(&load->counts);
    if (sent_each(cluster, spec))
        load->count = mean; /* who sends them one by one draws their instants */
    else
        load->count = mean <= 0.0 ? 0.0 : mean < 1e9 ? gsl_ran_poisson(&rng, mean) : mean;
    load->cells++;
}

/* Requests that come in the step. */
static double requests(struct cluster *cluster, const struct load_spec *spec, struct load_source *load)
{
    heal_duration span = traffic_of(cluster)->cell_span;
    double sum = 0.0;

    for (heal_time at = cluster->last; at < cluster->now;) {
        uint64_t cell = (uint64_t)((at - cluster->start) / span);
        heal_time end = cluster->start + (heal_time)(cell + 1) * span;
        while (load->cells <= cell)
            draw_cell(cluster, spec, load);
        end = end < cluster->now ? end : cluster->now;
        sum += load->count * (double)(end - at) / (double)span;
        at = end;
    }
    return sum;
}

void loads_ask(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);

    for (size_t i = 0; i < traffic->load_count; i++) {
        struct asker *asker = &traffic->askers[i];
        double more = cluster_knob_at(cluster, CLUSTER_WORKLOAD, asker->target, KNOB_LOAD_FACTOR);
        asker->asked = requests(cluster, &cluster->spec->loads[i], &traffic->loads[i]) * (more > 0.0 ? more : 0.0);
        asker->tries = asker->asked * tries_mean(asker->fail, asker->retries);
    }
}

/* Users who came or waited: some wait on, as large a share as of all that the target
 * had; the tries of the others ended, and who had failed with all of them has failed. */
void loads_account(struct cluster *cluster)
{
    struct traffic *traffic = traffic_of(cluster);
    struct cluster_totals *totals = &cluster->totals;

    totals->waiting = 0.0;
    for (size_t i = 0; i < traffic->load_count; i++) {
        const struct asker *asker = &traffic->askers[i];
        const struct target *target = &traffic->targets[asker->target];
        struct load_source *load = &traffic->loads[i];
        if (sent_each(cluster, &cluster->spec->loads[i])) {
            each_account(cluster, i);
            continue;
        }
        double users = load->waiting + asker->asked;
        double waiting = target->in > 0.0 ? users * (target->left / target->in) : 0.0;
        double failed = (users - waiting) * tries_fail(asker->fail, asker->retries);
        double served = users - waiting - failed;
        double in_time = target->served - target->errors - asker->late;
        totals->offered += asker->asked;
        totals->failed += failed;
        totals->served += served;
        totals->bad += in_time > 0.0 ? served * (asker->slow < in_time ? asker->slow / in_time : 1.0) : 0.0;
        load->waiting = waiting;
        totals->waiting += waiting;
    }
}
