/* A detector with every part on, over any values at any spacing: counters, siblings,
 * profiles, surprise, Qn, trends, change points. Events are sound, and begin and end in
 * turn. */
#include "engine/detector.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { SERIES = 4, FRAME = 2 + 2 * SERIES };

static struct inventory *make_inventory(void)
{
    static const char *const IDS[SERIES] = {"pod/a/b-1:cpu_ratio", "pod/a/b-2:cpu_ratio", "pod/a/b-1:x_total",
                                            "node/-/n:load"};
    struct inventory *inventory = inventory_create();

    for (size_t i = 0; inventory && i < SERIES; i++)
        inventory_add_series(inventory, IDS[i], strlen(IDS[i]));
    uint32_t owner = inventory ? inventory_add_resource(inventory, "workload/a/b", 12) : RESOURCE_NONE;
    for (uint32_t i = 0; inventory && i < 2; i++)
        inventory_relate(inventory, inventory_series_resource(inventory, i), RELATION_OWNED_BY, owner);
    if (inventory && !inventory_freeze(inventory)) {
        inventory_destroy(inventory);
        return NULL;
    }
    return inventory;
}

static struct policy_rule make_rule(const char *series, uint8_t ways)
{
    return (struct policy_rule){.name = "rule",
                                .series = series,
                                .issue = ISSUE_HIGH_CPU,
                                .above = ways & 1 ? 0.9 : (double)NAN,
                                .below = NAN,
                                .critical_above = ways & 1 ? 2 : (double)NAN,
                                .critical_below = NAN,
                                .clear_ratio = 0.9,
                                .hold = ways & 2 ? HEAL_MINUTE : 0,
                                .baseline = true,
                                .deviation = 4,
                                .exhausts_at = NAN,
                                .unless_normal = (ways & 3) == 3 ? 3 : 0,
                                .surprise = ways & 4,
                                .season = true,
                                .direction = (enum direction)(ways >> 3 & 1 ? 0 : 2)};
}

static void check(const struct detector_event *event, bool *active)
{
    bool probable = isnan(event->probability) || (event->probability > 0 && event->probability <= 1);

    if (event->series >= SERIES || !probable || event->lasted < 0 || isnan(event->value))
        abort();
    if (event->kind != ANOMALY_ENDED && !(event->score >= 0))
        abort();
    if ((event->kind == ANOMALY_BEGAN) == active[event->series])
        abort();
    active[event->series] = event->kind != ANOMALY_ENDED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct policy_rule rules[2] = {make_rule("*_total", data[0]), make_rule("*", data[1])};
    rules[0].counter = true;
    struct policy policy = {.rules = rules,
                            .rule_count = 2,
                            .baseline = {.window = HEAL_MINUTE,
                                         .warm_up = 8,
                                         .alarm_probability = 0.01,
                                         .false_alarms_per_day = 5,
                                         .scale = (enum baseline_scale)(data[0] >> 4 & 1),
                                         .trend = data[0] >> 5 & 1,
                                         .siblings = data[0] >> 6 & 1,
                                         .change = (enum change_views)((data[1] >> 4) % 3)}};
    struct inventory *inventory = make_inventory();
    struct detector *detector = inventory ? detector_create(&policy, inventory) : NULL;
    bool active[SERIES] = {false};
    heal_time now = 0;

    for (data += 2, size -= 2; detector && size >= FRAME; data += FRAME, size -= FRAME) {
        double values[SERIES];
        size_t count;
        now += fuzz_seconds(data) * HEAL_SECOND;
        for (size_t i = 0; i < SERIES; i++)
            values[i] = fuzz_value(data + 2 + 2 * i);
        const struct detector_event *events = detector_frame(detector, now, values, &count);
        for (size_t i = 0; i < count; i++)
            check(&events[i], active);
    }
    detector_destroy(detector);
    inventory_destroy(inventory);
    return 0;
}
