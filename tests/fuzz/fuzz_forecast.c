/* Trends of any values at any spacing: intervals hold their slope, forecasts begin and end
 * in turn and lie ahead. */
#include "engine/forecast.h"
#include "tests/fuzz/values.h"

#include <math.h>
#include <stdlib.h>

enum { SERIES = 2, FRAME = 2 + 2 * SERIES };

static void check_fit(const uint8_t *data, size_t size)
{
    double seconds[FORECAST_SLOTS], values[FORECAST_SLOTS], at = 0;
    size_t count = 0;
    struct trend trend;

    for (; size >= 4 && count < FORECAST_SLOTS; data += 4, size -= 4) {
        double value = fuzz_value(data + 2);
        at += 1 + (double)fuzz_seconds(data);
        seconds[count] = at;
        values[count++] = fabs(value) < 1e12 ? value : (double)NAN;
    }
    if (trend_fit(seconds, values, count, 0.99, &trend) && !isnan(trend.low) &&
        !(trend.low <= trend.slope && trend.slope <= trend.high))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_rule rule = {.name = "rule",
                               .series = "*",
                               .issue = ISSUE_DISK_FULL,
                               .above = 0.9,
                               .below = NAN,
                               .critical_above = NAN,
                               .critical_below = NAN,
                               .clear_ratio = 1,
                               .deviation = NAN,
                               .exhausts_at = NAN,
                               .forecast_within = HEAL_DAY};
    struct policy policy = {.rules = &rule, .rule_count = 1, .forecast = {4 * HEAL_HOUR, HEAL_MINUTE, 0.99}};
    struct inventory *inventory = inventory_create();
    bool open[SERIES] = {false};
    heal_time now = 0;

    check_fit(data, size);
    if (!inventory || inventory_add_series(inventory, "volume/a/b:x", 12) != 0 ||
        inventory_add_series(inventory, "volume/a/c:x", 12) != 1 || !inventory_freeze(inventory))
        return 0;
    struct forecast *forecast = forecast_create(&policy, inventory);
    for (; forecast && size >= FRAME; data += FRAME, size -= FRAME) {
        double values[SERIES] = {fuzz_value(data + 2), fuzz_value(data + 4)};
        size_t count;
        now += fuzz_seconds(data) * HEAL_SECOND;
        const struct forecast_event *events = forecast_frame(forecast, now, values, &count);
        for (size_t i = 0; i < count; i++) {
            if (events[i].series >= SERIES || events[i].began == open[events[i].series])
                abort();
            if (events[i].began && events[i].expected < 0)
                abort();
            open[events[i].series] = events[i].began;
        }
        if (data[0] == 0 && forecast_forget(forecast, 0) != open[0])
            abort();
        open[0] = open[0] && data[0] != 0;
    }
    forecast_destroy(forecast);
    inventory_destroy(inventory);
    return 0;
}
