/* swarm_setting.c - a random topology and a random policy, both legal. */
#include "tests/swarm/swarm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static heal_duration span(struct random_stream *stream, heal_duration most)
{
    return (heal_duration)random_below(stream, (uint64_t)(most / HEAL_SECOND) + 1) * HEAL_SECOND;
}

static bool chance(struct random_stream *stream, double p)
{
    return random_uniform(stream) < p;
}

static uint32_t add(struct setting *setting, const char *kind, uint64_t number)
{
    char id[64];

    int length = snprintf(id, sizeof id, "%s/s/r%llu", kind, (unsigned long long)number);
    uint32_t resource = inventory_add_resource(setting->inventory, id, (size_t)length);
    setting->resources[setting->resource_count++] = resource;
    return resource;
}

static void add_series(struct setting *setting, uint32_t resource, const char *metric)
{
    char id[128];
    int length = snprintf(id, sizeof id, "%s:%s", inventory_resource_id(setting->inventory, resource), metric);

    if (setting->series_count < SWARM_SERIES &&
        inventory_add_series(setting->inventory, id, (size_t)length) != SERIES_NONE)
        setting->series_count++;
}

static void give_series(struct setting *setting, struct random_stream *stream)
{
    for (size_t i = 0; i < setting->resource_count; i++) {
        for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
            char metric[32];
            snprintf(metric, sizeof metric, "t%u", type);
            if (chance(stream, 0.3))
                add_series(setting, setting->resources[i], metric);
        }
        if (chance(stream, 0.2))
            add_series(setting, setting->resources[i], "trend");
    }
    if (setting->series_count == 0)
        add_series(setting, setting->resources[0], "t0");
}

static void make_topology(struct setting *setting, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "swarm", "topology", 0);
    uint32_t nodes[3], owners[4], volumes[2];
    uint64_t node_count = random_below(&stream, 4), owner_count = random_below(&stream, 5);
    uint64_t volume_count = random_below(&stream, 3), pods = random_below(&stream, 16) + 1;

    setting->inventory = inventory_create();
    for (uint64_t i = 0; i < node_count; i++)
        nodes[i] = add(setting, "node", i);
    for (uint64_t i = 0; i < owner_count; i++)
        owners[i] = add(setting, "workload", i);
    for (uint64_t i = 0; i < volume_count; i++)
        volumes[i] = add(setting, "volume", i);
    for (uint64_t i = 0; i < pods; i++) {
        uint32_t pod = add(setting, "pod", i);
        if (node_count > 0 && chance(&stream, 0.8))
            inventory_relate(setting->inventory, pod, RELATION_RUNS_ON, nodes[random_below(&stream, node_count)]);
        if (owner_count > 0 && chance(&stream, 0.8))
            inventory_relate(setting->inventory, pod, RELATION_OWNED_BY, owners[random_below(&stream, owner_count)]);
        if (volume_count > 0 && chance(&stream, 0.3))
            inventory_relate(setting->inventory, pod, RELATION_MOUNTS, volumes[random_below(&stream, volume_count)]);
        if (i > 0 && chance(&stream, 0.3))
            inventory_relate(setting->inventory, pod, RELATION_CALLS, pod - 1);
    }
    if (chance(&stream, 0.5))
        add(setting, "database", 0);
    give_series(setting, &stream);
    inventory_freeze(setting->inventory);
}

static void make_rules(struct setting *setting, struct random_stream *stream)
{
    static const char *const SERIES[ISSUE_TYPE_COUNT] = {"*:t0", "*:t1", "*:t2", "*:t3", "*:t4",
                                                         "*:t5", "*:t6", "*:t7", "*:t8"};
    for (unsigned type = 0; type <= ISSUE_TYPE_COUNT; type++) {
        bool trend = type == ISSUE_TYPE_COUNT;
        setting->rules[type] = (struct policy_rule){
            .name = "rule",
            .series = trend ? "*:trend" : SERIES[type],
            .issue = trend ? ISSUE_DISK_FULL : (enum issue_type)type,
            .severity = (enum severity)random_below(stream, SEVERITY_COUNT),
            .above = 1.0,
            .below = NAN,
            .critical_above = chance(stream, 0.5) ? 3.0 : NAN,
            .critical_below = NAN,
            .clear_ratio = 0.9,
            .hold = span(stream, HEAL_MINUTE),
            .clear_hold = span(stream, HEAL_MINUTE),
            .deviation = 8.0,
            .direction = DIRECTION_BOTH,
            .settle = chance(stream, 0.2) ? span(stream, 3 * HEAL_MINUTE) : 0,
            .forecast_within = trend ? HEAL_HOUR : 0,
            .exhausts_at = NAN,
        };
    }
    setting->policy.rules = setting->rules;
    setting->policy.rule_count = ISSUE_TYPE_COUNT + 1;
}

/* Any that a strategy may take: all but a page. */
static enum action_kind draw_action(struct random_stream *stream)
{
    enum action_kind kind = (enum action_kind)random_below(stream, ACTION_KIND_COUNT - 1);
    return kind < ACTION_PAGE_OPERATOR ? kind : (enum action_kind)(kind + 1);
}

static void make_strategy(struct setting *setting, struct random_stream *stream, enum issue_type type, uint32_t index)
{
    struct strategy *strategy = &setting->strategies[index];

    *strategy = (struct strategy){
        .name = "strategy",
        .description = "",
        .issue = type,
        .step_count = (size_t)random_below(stream, 3) + 1,
        .undo_on_failure = chance(stream, 0.8),
        .settle = span(stream, HEAL_MINUTE),
        .verify_hold = span(stream, HEAL_MINUTE),
        .attempts = (uint32_t)random_below(stream, 3) + 1,
        .backoff = span(stream, HEAL_MINUTE),
        .backoff_factor = 1.0 + random_uniform(stream),
        .prior_success = 0.2 + 0.6 * random_uniform(stream),
        .prior_weight = 2.0,
        .cost = random_uniform(stream) * 5,
        .needs_approval = chance(stream, 0.25),
        .dry_run = chance(stream, 0.05),
        .applies_to = chance(stream, 0.1) ? "!node/*" : NULL,
        .evidence = chance(stream, 0.1) ? "t?" : NULL,
        .undo_after = chance(stream, 0.3) ? span(stream, 20 * HEAL_MINUTE) : 0,
        .window = setting->policy.window_count > 0 && chance(stream, 0.2) ? "w0" : NULL,
    };
    if (strategy->window && chance(stream, 0.5))
        strategy->urgent_from = 1U + (unsigned)random_below(stream, SEVERITY_COUNT);
    strategy->verify_within = strategy->settle + strategy->verify_hold + span(stream, 3 * HEAL_MINUTE) + HEAL_SECOND;
    for (size_t i = 0; i < strategy->step_count; i++)
        strategy->steps[i] = (struct strategy_step){
            .action = draw_action(stream),
            .target = (unsigned)random_below(stream, 5),
            .amount = 1.0,
            .amount_max = chance(stream, 0.2) ? 3.0 : 0.0,
            .delay = chance(stream, 0.2) ? span(stream, HEAL_MINUTE) : 0,
            .timeout = span(stream, 2 * HEAL_MINUTE) + HEAL_SECOND,
        };
}

static void make_strategies(struct setting *setting, struct random_stream *stream)
{
    uint32_t count = 0;

    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++) {
        struct ladder *ladder = &setting->policy.ladders[type];
        uint64_t rungs = random_below(stream, 5);
        for (uint64_t i = 0; i < rungs; i++) {
            make_strategy(setting, stream, (enum issue_type)type, count);
            ladder->timeouts[ladder->count] = chance(stream, 0.2) ? span(stream, 10 * HEAL_MINUTE) : 0;
            ladder->rungs[ladder->count++] = count++;
        }
    }
    setting->policy.strategies = setting->strategies;
    setting->policy.strategy_count = count;
}

static void make_windows(struct setting *setting, struct random_stream *stream)
{
    static const char *const NAMES[] = {"w0", "w1", "w2"};
    uint64_t count = random_below(stream, 3);

    for (uint64_t i = 0; i < count; i++)
        setting->windows[i] = (struct policy_window){.name = NAMES[i],
                                                     .resources = chance(stream, 0.5) ? "pod/*" : "*",
                                                     .days = (uint32_t)random_below(stream, 127) + 1,
                                                     .from = (uint32_t)random_below(stream, 1440),
                                                     .to = (uint32_t)random_below(stream, 1440),
                                                     .freeze = i > 0};
    setting->policy.windows = setting->windows;
    setting->policy.window_count = (size_t)count;
}

static void make_guards(struct setting *setting, struct random_stream *stream)
{
    setting->approvals[0] =
        (struct policy_approval){(enum action_kind)random_below(stream, ACTION_KIND_COUNT), "pod/*"};
    setting->policy.guards = (struct policy_guards){
        .approval_expires = chance(stream, 0.7)
                                ? span(stream, chance(stream, 0.5) ? 2 * HEAL_MINUTE : 20 * HEAL_MINUTE) + HEAL_SECOND
                                : 0,
        .approvals = setting->approvals,
        .approval_count = chance(stream, 0.5) ? 1 : 0,
        .attempts_per_resource = chance(stream, 0.5) ? (uint32_t)random_below(stream, 8) : 1000,
        .attempts_reset = chance(stream, 0.5) ? span(stream, 2 * HEAL_HOUR) : 0,
        .futile_after = (uint32_t)random_below(stream, 5),
        .futile_within = span(stream, 4 * HEAL_HOUR),
        .circuit_failures = (uint32_t)random_below(stream, 4),
        .circuit_open_for = span(stream, HEAL_HOUR),
        .min_healthy = chance(stream, 0.5) ? random_uniform(stream) : 0.0,
        .group_min = (uint32_t)random_below(stream, 4) + 1,
        .max_touched = chance(stream, 0.5) ? random_uniform(stream) : 1.0,
        .storm_followers = (uint32_t)random_below(stream, 5),
        .storm_share = 0.3 + 0.7 * random_uniform(stream),
        .storm_window = span(stream, 5 * HEAL_MINUTE),
        .storm_cool_down = span(stream, 5 * HEAL_MINUTE),
    };
}

/* What the first rung goes by, and who is called when it does not last; a stream of its own,
 * so that what other seeds drew before these fields were there stays as it was. */
static void make_evidence(struct setting *setting, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "swarm", "evidence", 0);
    struct policy_guards *guards = &setting->policy.guards;

    setting->policy.gone_after = chance(&stream, 0.5) ? span(&stream, 5 * HEAL_MINUTE) + HEAL_SECOND : 0;
    guards->comebacks_resource = (uint32_t)random_below(&stream, 3);
    guards->comebacks_workload = (uint32_t)random_below(&stream, 5);
    guards->comebacks_within = span(&stream, 4 * HEAL_HOUR);
    guards->call_again = chance(&stream, 0.5) ? span(&stream, HEAL_HOUR) : 0;
    for (size_t i = 0; i < setting->policy.strategy_count; i++) {
        if (chance(&stream, 0.2))
            setting->strategies[i].spread = (enum issue_spread)random_below(&stream, ISSUE_SPREAD_COUNT);
        if (chance(&stream, 0.1))
            setting->strategies[i].after_change = span(&stream, 2 * HEAL_HOUR) + HEAL_SECOND;
    }
    for (size_t i = 0; i < setting->policy.rule_count; i++)
        setting->policy.rules[i].change = chance(&stream, 0.2);
}

void setting_make(struct setting *setting, uint64_t seed)
{
    struct random_stream stream = random_stream_named(seed, "swarm", "policy", 0);

    memset(setting, 0, sizeof *setting);
    make_topology(setting, seed);
    setting->policy = (struct policy){
        .name = "swarm",
        .scan_interval = 30 * HEAL_SECOND,
        .auto_remediation = chance(&stream, 0.95),
        .dry_run = chance(&stream, 0.1),
        .learning = chance(&stream, 0.9),
        .baseline = {.window = HEAL_HOUR, .warm_up = 16},
        .choice = (enum choice)random_below(&stream, 3),
        .limits = {.per_resource_per_hour = (uint32_t)random_below(&stream, 12),
                   .total_per_hour = (uint32_t)random_below(&stream, 60),
                   .concurrent = (uint32_t)random_below(&stream, 6) + 1},
        .issue_cool_down = span(&stream, 10 * HEAL_MINUTE),
        .relapse_within = span(&stream, 2 * HEAL_HOUR),
        .stale_after = chance(&stream, 0.5) ? span(&stream, 10 * HEAL_MINUTE) : 0,
        .health_interval = HEAL_MINUTE,
        .health_penalty = {5, 10, 25, 50},
        .forecast = {2 * HEAL_HOUR, 20 * HEAL_MINUTE, 0.99},
        .priority = {0.5, 0.3, 0.2},
        .odds = {.half_life = HEAL_DAY, .pooling = 4, .exploit_from = SEVERITY_CRITICAL},
        .alerts = {HEAL_HOUR, 5, chance(&stream, 0.2) ? 0.3 : 0.0, 70, 3, HEAL_DAY},
        .patterns = {0.01, 4, 30 * HEAL_MINUTE},
    };
    make_windows(setting, &stream);
    make_guards(setting, &stream);
    make_rules(setting, &stream);
    make_strategies(setting, &stream);
    make_evidence(setting, seed);
}

void setting_clear(struct setting *setting)
{
    inventory_destroy(setting->inventory);
}
