/* alerts.c - two rings and two flags. Openings hang in chains by resource, so that the
 * ten thousandth of one frame does not look at all that came before it. */
#include "engine/alerts.h"

#include "engine/names.h"

#include <stdlib.h>

struct ending {
    heal_time at;
    bool success;
};

struct opening {
    heal_time at;
    uint64_t before; /* number of the opening before it in its chain; 0: the first */
    uint32_t resource;
    bool told; /* an alert counted it */
};

struct alerts {
    const struct policy *policy;
    struct ending endings[ALERT_ENDINGS_MAX];
    uint64_t ending_count;                       /* since alerts_forgive */
    struct opening openings[ALERT_OPENINGS_MAX]; /* number n, 1.., is at n % ALERT_OPENINGS_MAX */
    uint64_t opening_count;
    uint64_t chains[ALERT_OPENINGS_MAX]; /* by resource modulo: its last opening's number; 0: none */
    bool failing, unwell;
};

const char *alert_kind_name(enum alert_kind kind)
{
    static const char *const NAMES[ALERT_KIND_COUNT] = {"failure_rate", "health", "repeated"};
    return name_of(NAMES, ALERT_KIND_COUNT, (size_t)kind);
}

enum severity alert_severity(enum alert_kind kind)
{
    return kind == ALERT_FAILURE_RATE ? SEVERITY_HIGH : kind == ALERT_HEALTH ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

struct alerts *alerts_create(const struct policy *policy)
{
    struct alerts *alerts = calloc(1, sizeof *alerts);

    if (alerts)
        alerts->policy = policy;
    return alerts;
}

void alerts_destroy(struct alerts *alerts)
{
    free(alerts);
}

bool alerts_note_ending(struct alerts *alerts, bool success, heal_time now, double *rate)
{
    const struct policy_alerts *limits = &alerts->policy->alerts;
    uint32_t ended = 0, failed = 0;

    if (limits->failure_rate <= 0.0)
        return false;
    alerts->endings[alerts->ending_count++ % ALERT_ENDINGS_MAX] = (struct ending){now, success};
    for (uint64_t back = 1; back <= alerts->ending_count && back <= ALERT_ENDINGS_MAX; back++) {
        const struct ending *ending = &alerts->endings[(alerts->ending_count - back) % ALERT_ENDINGS_MAX];
        if (now - ending->at >= limits->window)
            break;
        ended++;
        failed += !ending->success;
    }
    *rate = (double)failed / (double)ended;
    bool was = alerts->failing;
    alerts->failing = ended >= limits->min_endings && *rate > limits->failure_rate;
    return alerts->failing && !was;
}

void alerts_forgive(struct alerts *alerts)
{
    alerts->ending_count = 0;
    alerts->failing = false;
}

bool alerts_note_health(struct alerts *alerts, double overall)
{
    bool was = alerts->unwell;

    alerts->unwell = overall < alerts->policy->alerts.health_below;
    return alerts->unwell && !was;
}

static struct opening *opening_of(struct alerts *alerts, uint64_t number)
{
    return &alerts->openings[number % ALERT_OPENINGS_MAX];
}

static bool is_kept(const struct alerts *alerts, uint64_t number)
{
    return number != 0 && alerts->opening_count - number < ALERT_OPENINGS_MAX;
}

bool alerts_note_opening(struct alerts *alerts, uint32_t resource, heal_time now, uint32_t *times)
{
    const struct policy_alerts *limits = &alerts->policy->alerts;

    if (limits->repeats == 0)
        return false;
    uint64_t *chain = &alerts->chains[resource % ALERT_OPENINGS_MAX], number = ++alerts->opening_count;
    alerts->openings[number % ALERT_OPENINGS_MAX] = (struct opening){now, *chain, resource, false};
    *chain = number;
    *times = 0;
    for (; is_kept(alerts, number); number = opening_of(alerts, number)->before) {
        const struct opening *opening = opening_of(alerts, number);
        if (now - opening->at >= limits->repeat_within)
            break;
        *times += opening->resource == resource && !opening->told;
    }
    if (*times < limits->repeats)
        return false;
    for (number = *chain; is_kept(alerts, number); number = opening_of(alerts, number)->before) {
        struct opening *opening = opening_of(alerts, number);
        opening->told = opening->told || opening->resource == resource;
    }
    return true;
}
