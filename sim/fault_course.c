/* fault_course.c - one fault from its onset to its cure. */
#include "sim/fault_plan.h"

#include <math.h>

/* A flapping fault shows for a while, hides for a while, and again. */
static bool is_hidden(const struct fault *fault, heal_time now)
{
    heal_duration shows = fault->spec->shows_for, period = shows + fault->spec->hides_for;

    return period > 0 && (now - fault->onset) % period >= shows;
}

heal_time fault_next_flap(const struct fault *fault, heal_time after)
{
    heal_duration shows = fault->spec->shows_for, period = shows + fault->spec->hides_for;
    heal_duration age = after - fault->onset;

    if (period <= 0 || !fault_is_felt(fault) || age < 0)
        return HEAL_TIME_NEVER;
    return after + (age % period < shows ? shows : period) - age % period;
}

void fault_bend(const struct fault *fault, heal_time now, double *values)
{
    heal_duration recovery = fault->spec->kind->recovery;
    heal_time until = fault->state == FAULT_FADING ? fault->cured_at : now; /* a cured leak grows no more */
    double share = 1.0;

    if (is_hidden(fault, now))
        return;
    if (fault->state == FAULT_FADING)
        share = recovery > 0 ? 1.0 - (double)(now - fault->cured_at) / (double)recovery : 0.0;
    if ((fault->state != FAULT_ACTIVE && fault->state != FAULT_FADING) || share <= 0.0)
        return;
    for (size_t i = 0; i < fault->series_count; i++) {
        const struct bent_series *bent = &fault->series[i];
        double healthy = values[bent->series];
        double magnitude = bent->magnitude * (fault->worsened ? fault->cause->worse : 1.0);
        double value = bend_apply(bent->bend, magnitude, healthy, until - fault->since);
        values[bent->series] = isnan(value) ? value : healthy + (value - healthy) * share;
    }
}

bool fault_is_felt(const struct fault *fault)
{
    return fault->state == FAULT_ACTIVE || fault->state == FAULT_RELIEVED;
}

void fault_strike(struct fault *fault, heal_time now)
{
    fault->state = FAULT_ACTIVE;
    fault->since = now;
}

void fault_cure(struct fault *fault, heal_time now, enum fault_end by, enum action_kind action, uint64_t remediation)
{
    fault->state = FAULT_FADING;
    fault->cured_at = now;
    fault->ended_by = by;
    fault->cured_by = action;
    fault->cured_in = remediation;
}

/* By now the fault would have ended, or its cause have gone, without any help. */
static bool has_passed(const struct fault *fault, heal_time now)
{
    heal_duration lasts = fault->lasts, passes = fault->cause->passes;
    heal_duration age = now - fault->onset;

    return (lasts > 0 && age >= lasts) || (passes > 0 && age >= passes);
}

enum fault_effect fault_take_action(struct fault *fault, enum action_kind kind, uint64_t remediation, heal_time now)
{
    bool undoes = fault->cured_by != ACTION_KIND_COUNT && action_inverse(fault->cured_by) == kind &&
                  fault->cured_in == remediation && !has_passed(fault, now);

    if ((fault->state == FAULT_FADING || fault->state == FAULT_OVER) && undoes) {
        fault->ended_by = FAULT_STANDS;
        fault->cured_at = HEAL_TIME_NEVER;
        fault->cured_by = ACTION_KIND_COUNT;
        fault_strike(fault, now);
        return FAULT_CURE_UNDONE;
    }
    if (!fault_is_felt(fault))
        return FAULT_UNTOUCHED;
    fault->worsened = fault->worsened || fault->cause->worsened_by[kind];
    if (fault->strains ? fault->cause->removed_by[kind] : fault->cause->cures[kind])
        return FAULT_CURE_STARTS;
    if (fault->cause->relieves[kind] && !fault->strains) {
        fault->state = FAULT_RELIEVED;
        fault->since = HEAL_TIME_NEVER;
        fault->relieved_until = now + fault->cause->relief;
        return FAULT_RELIEF_STARTS;
    }
    return FAULT_UNTOUCHED;
}

bool fault_relief_is_over(const struct fault *fault, heal_time now)
{
    return fault->state == FAULT_RELIEVED && now >= fault->relieved_until;
}
