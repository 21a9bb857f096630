/* policy_strategies.c - the `strategies:` and `ladders:` of a policy file.
 *
 * The base's strategies keep their places and so their indices; one of the file
 * with the same name is written over, the others come behind. A ladder of the
 * base therefore still holds, and one of the file replaces it whole. */
#include "engine/policy_parts.h"

#include "engine/number.h"
#include "engine/size.h"

#include <string.h>

static const struct amount {
    enum action_kind kind;
    double low, high;
    const char *meaning;
} AMOUNTS[] = {
    {ACTION_RAISE_MEMORY_LIMIT, 0.01, 10, "the ratio or the size to add"},
    {ACTION_LOWER_MEMORY_LIMIT, 0.01, 10, "the ratio or the size that was added"},
    {ACTION_RAISE_CPU_LIMIT, 0.01, 10, "the ratio to add"},
    {ACTION_LOWER_CPU_LIMIT, 0.01, 10, "the ratio that was added"},
    {ACTION_SCALE_OUT, 1, 1000, "replicas to add"},
    {ACTION_SCALE_IN, 1, 1000, "replicas to take away"},
    {ACTION_CLEAN_TEMP_FILES, 0, 3650, "the least age in days"},
    {ACTION_EXPAND_VOLUME, 0.01, 10, "the ratio or the size to add"},
    {ACTION_SHIFT_TRAFFIC, 0.01, 1, "the share to shift"},
    {ACTION_RAISE_POOL_SIZE, 0.01, 10, "the ratio to add"},
    {ACTION_LOWER_POOL_SIZE, 0.01, 10, "the ratio that was added"},
    {ACTION_SET_DATABASE_TIMEOUTS, 0.1, 86400, "seconds"},
    {ACTION_RESTORE_DATABASE_TIMEOUTS, 0.1, 86400, "the seconds that were set"},
};

/* `+512Mi` or `512Mi`: a whole size of at least 1Mi. A text with no unit is no size. */
static bool read_bytes(const struct node *node, double *out)
{
    uint64_t bytes;

    if (node->kind != NODE_TEXT)
        return false;
    const char *text = node->text + (node->text[0] == '+');
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] != 'i' || !size_parse(text, length, &bytes) || bytes < UINT64_C(1) << 20)
        return false;
    *out = (double)bytes; /* exact: see SIZE_MAX_BYTES */
    return true;
}

static void read_size_or_ratio(struct reader *reader, const struct amount *range, struct strategy_step *step)
{
    const struct node *node = reader_node(reader, "amount");
    const char *text = node->kind == NODE_TEXT ? node->text : "a list or a map";
    size_t length = strlen(text);
    double ratio;

    if (read_bytes(node, &step->amount))
        step->unit = AMOUNT_BYTES;
    else if (node->kind == NODE_TEXT && number_parse(text, length, &ratio) && ratio >= range->low &&
             ratio <= range->high)
        step->amount = ratio;
    else
        reader_error(reader, "amount",
                     "expected a ratio from %g to %g or a size such as +512Mi (at least 1Mi), found '%.60s'",
                     range->low, range->high, text);
}

/* An action that needs an amount must have one in range, another must have none. */
static void read_amount(struct reader *reader, struct strategy_step *step)
{
    for (size_t i = 0; i < sizeof AMOUNTS / sizeof *AMOUNTS; i++) {
        const struct amount *amount = &AMOUNTS[i];
        if (amount->kind != step->action)
            continue;
        if (!reader_node(reader, "amount"))
            reader_error(reader, "amount", "missing, expected %s for %s", amount->meaning, action_name(step->action));
        else if (action_takes_bytes(step->action))
            read_size_or_ratio(reader, amount, step);
        else
            reader_number(reader, "amount", amount->low, amount->high, &step->amount);
        if (step->action == ACTION_SCALE_OUT)
            reader_number(reader, "amount_max", step->amount, amount->high, &step->amount_max);
        return;
    }
    if (reader_node(reader, "amount"))
        reader_error(reader, "amount", "expected none for %s", action_name(step->action));
}

static void read_step(struct reader *reader, struct strategy_step *step)
{
    static const char *const TARGETS[] = {[STEP_TARGET_SELF] = "self",
                                          [STEP_TARGET_OWNER] = "owner",
                                          [STEP_TARGET_NODE] = "node",
                                          [STEP_TARGET_VOLUME] = "volume",
                                          [STEP_TARGET_CALLEE] = "callee"};
    const char *actions[ACTION_KIND_COUNT];
    size_t found;

    for (unsigned i = 0; i < ACTION_KIND_COUNT; i++)
        actions[i] = action_name((enum action_kind)i);
    step->timeout = HEAL_MINUTE;
    if (reader_require(reader, "action") && reader_choice(reader, "action", actions, ACTION_KIND_COUNT, &found)) {
        step->action = (enum action_kind)found;
        read_amount(reader, step);
    }
    reader_node(reader, "amount"); /* are fields even where the action is wrong */
    if (reader_node(reader, "amount_max") && step->action != ACTION_SCALE_OUT)
        reader_error(reader, "amount_max", "expected only for scale_out");
    if (reader_choice(reader, "target", TARGETS, sizeof TARGETS / sizeof *TARGETS, &found))
        step->target = (unsigned)found;
    reader_duration(reader, "delay", 0, HEAL_DAY, &step->delay);
    reader_duration(reader, "timeout", HEAL_SECOND, HEAL_DAY, &step->timeout);
    reader_close(reader);
}

static void read_steps(struct reader *reader, struct strategy *strategy)
{
    size_t count;
    if (!reader_require(reader, "steps"))
        return;
    const struct node *const *items = reader_list(reader, "steps", &count);
    if (items && (count == 0 || count > STRATEGY_STEPS_MAX))
        reader_error(reader, "steps", "%zu steps, expected 1 to %d", count, STRATEGY_STEPS_MAX);
    strategy->step_count = count < STRATEGY_STEPS_MAX ? count : STRATEGY_STEPS_MAX;
    for (size_t i = 0; i < strategy->step_count; i++) {
        struct reader item = reader_item(reader, "steps", items, i);
        read_step(&item, &strategy->steps[i]);
    }
}

/* Whoever reads the policy shall see what cannot be taken back. */
static void check_reversibility(struct reader *reader, const struct strategy *strategy)
{
    const struct strategy_step *stays = NULL;
    bool said = false;

    for (size_t i = 0; i < strategy->step_count && !stays; i++)
        stays = action_is_irreversible(strategy->steps[i].action) ? &strategy->steps[i] : NULL;
    reader_bool(reader, "irreversible", &said);
    if (stays && !said)
        reader_error(reader, "irreversible", "expected true: nothing takes %s back", action_name(stays->action));
    else if (!stays && said)
        reader_error(reader, "irreversible", "expected false: each of its steps can be taken back");
}

static void read_spans(struct reader *reader, struct strategy *strategy)
{
    reader_duration(reader, "settle", 0, HEAL_DAY, &strategy->settle);
    reader_duration(reader, "verify_hold", 0, HEAL_DAY, &strategy->verify_hold);
    reader_duration(reader, "verify_within", HEAL_SECOND, 7 * HEAL_DAY, &strategy->verify_within);
    if (strategy->verify_within <= strategy->settle)
        reader_error(reader, "verify_within", "expected more than settle");
    else if (strategy->verify_within < strategy->settle + strategy->verify_hold)
        reader_error(reader, "verify_within", "expected at least settle and verify_hold together");
    reader_count(reader, "attempts", 1, 100, &strategy->attempts);
    reader_duration(reader, "backoff", 0, HEAL_DAY, &strategy->backoff);
    reader_number(reader, "backoff_factor", 1, 100, &strategy->backoff_factor);
}

static void read_strategy(struct reader *reader, struct policy *policy, struct strategy *strategy)
{
    static const char *const RISKS[] = {[RISK_LOW] = "low", [RISK_MEDIUM] = "medium", [RISK_HIGH] = "high"};
    static const char *const CAUSES[] = {
        [ISSUE_CAUSE_UNKNOWN] = "any", [ISSUE_CAUSE_FAULT] = "fault", [ISSUE_CAUSE_DEMAND] = "demand"};
    static const char *const SPREADS[] = {
        [ISSUE_SPREAD_UNKNOWN] = "any", [ISSUE_SPREAD_ONE] = "one", [ISSUE_SPREAD_MANY] = "many"};
    enum severity urgent;
    size_t risk, cause, spread;

    *strategy = (struct strategy){.name = "",
                                  .description = "",
                                  .issue = ISSUE_NONE,
                                  .undo_on_failure = true,
                                  .settle = 30 * HEAL_SECOND,
                                  .verify_hold = 30 * HEAL_SECOND,
                                  .verify_within = 5 * HEAL_MINUTE,
                                  .attempts = 1,
                                  .backoff_factor = 1,
                                  .prior_success = 0.5,
                                  .prior_weight = 2};
    if (!reader->map)
        return;
    if (reader_require(reader, "name"))
        reader_text_into(reader, "name", policy->arena, &strategy->name);
    reader_text_into(reader, "description", policy->arena, &strategy->description);
    if (reader_require(reader, "issue"))
        policy_read_issue(reader, "issue", false, &strategy->issue);
    read_steps(reader, strategy);
    reader_bool(reader, "undo_on_failure", &strategy->undo_on_failure);
    read_spans(reader, strategy);
    reader_number(reader, "prior_success", 0.001, 0.999, &strategy->prior_success);
    reader_number(reader, "prior_weight", 0.1, 1000, &strategy->prior_weight);
    if (reader_choice(reader, "risk", RISKS, sizeof RISKS / sizeof *RISKS, &risk))
        strategy->risk = (enum risk)risk;
    reader_number(reader, "cost", 0, 1e9, &strategy->cost);
    reader_bool(reader, "needs_approval", &strategy->needs_approval);
    reader_bool(reader, "dry_run", &strategy->dry_run);
    check_reversibility(reader, strategy);
    reader_text_into(reader, "applies_to", policy->arena, &strategy->applies_to);
    reader_text_into(reader, "evidence", policy->arena, &strategy->evidence);
    if (reader_choice(reader, "cause", CAUSES, sizeof CAUSES / sizeof *CAUSES, &cause))
        strategy->cause = (enum issue_cause)cause;
    if (reader_choice(reader, "spread", SPREADS, sizeof SPREADS / sizeof *SPREADS, &spread))
        strategy->spread = (enum issue_spread)spread;
    reader_duration(reader, "after_change", 0, 30 * HEAL_DAY, &strategy->after_change);
    reader_duration(reader, "undo_after", 0, 30 * HEAL_DAY, &strategy->undo_after);
    reader_text_into(reader, "window", policy->arena, &strategy->window);
    if (policy_read_severity(reader, "urgent_from", &urgent))
        strategy->urgent_from = 1U + (unsigned)urgent;
    if (strategy->urgent_from > 0 && !strategy->window)
        reader_error(reader, "urgent_from", "expected window to be given as well");
    reader_close(reader);
}

static size_t find_strategy(const struct policy *policy, const char *name)
{
    size_t i = 0;
    while (i < policy->strategy_count && strcmp(policy->strategies[i].name, name) != 0)
        i++;
    return i;
}

static void inherit(struct reader *root, const struct policy *base, struct policy *policy)
{
    policy->strategy_count = base->strategy_count;
    for (size_t i = 0; i < base->strategy_count; i++) {
        struct strategy *strategy = &policy->strategies[i];
        *strategy = base->strategies[i];
        strategy->name = reader_copy(root, policy->arena, strategy->name);
        strategy->description = reader_copy(root, policy->arena, strategy->description);
        const char **globs[] = {&strategy->applies_to, &strategy->evidence, &strategy->window};
        for (size_t g = 0; g < sizeof globs / sizeof *globs; g++)
            *globs[g] = *globs[g] ? reader_copy(root, policy->arena, *globs[g]) : NULL;
    }
}

/* Puts a strategy of the file in its place; `own` marks places that the file filled. */
static void place(struct reader *item, struct policy *policy, const struct strategy *strategy, bool *own)
{
    size_t at = find_strategy(policy, strategy->name);
    if (at == POLICY_STRATEGIES_MAX) {
        reader_error(item, NULL, "expected at most %d strategies with those of the base", POLICY_STRATEGIES_MAX);
        return;
    }
    if (at < policy->strategy_count && own[at])
        reader_error(item, "name", "a second strategy '%s', expected another name", strategy->name);
    else if (at < policy->strategy_count && strategy->issue != policy->strategies[at].issue)
        reader_error(item, "issue", "expected %s as in the base's strategy '%s', or another name",
                     issue_type_name(policy->strategies[at].issue), strategy->name);
    if (at == policy->strategy_count)
        policy->strategy_count++;
    policy->strategies[at] = *strategy;
    own[at] = true;
}

void policy_read_strategies(struct reader *root, const struct policy *base, struct policy *policy)
{
    bool own[POLICY_STRATEGIES_MAX] = {false};
    struct strategy strategy;
    size_t count;
    const struct node *const *items = reader_list(root, "strategies", &count);

    policy->strategies = reader_array(root, policy->arena, POLICY_STRATEGIES_MAX, sizeof *policy->strategies);
    if (!policy->strategies)
        return;
    if (base)
        inherit(root, base, policy);
    if (root->errors->environment)
        return;
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_item(root, "strategies", items, i);
        read_strategy(&item, policy, &strategy);
        if (strategy.name[0])
            place(&item, policy, &strategy, own);
    }
}

/* A rung is a strategy's name, or a map of the name and a timeout. */
static const char *read_rung(struct reader *ladders, const char *key, const struct node *const *items, size_t index,
                             heal_duration *timeout)
{
    const char *name = NULL;

    if (items[index]->kind != NODE_MAP)
        return items[index]->kind == NODE_TEXT ? items[index]->text : NULL;
    struct reader rung = reader_item(ladders, key, items, index);
    if (reader_require(&rung, "strategy"))
        reader_text(&rung, "strategy", &name);
    reader_duration(&rung, "timeout", 0, 30 * HEAL_DAY, timeout);
    reader_close(&rung);
    return name;
}

static void add_rung(struct ladder *ladder, uint32_t strategy, heal_duration timeout)
{
    ladder->timeouts[ladder->count] = timeout;
    ladder->rungs[ladder->count++] = strategy;
}

/* Reads one ladder over what the base has for that type. */
static void read_ladder(struct reader *ladders, struct policy *policy, enum issue_type type)
{
    const char *key = issue_type_name(type);
    struct ladder *ladder = &policy->ladders[type];
    size_t count;
    const struct node *const *items = reader_list(ladders, key, &count);

    if (!items)
        return;
    ladder->count = 0;
    if (count > LADDER_RUNGS_MAX)
        reader_error(ladders, key, "%zu rungs, expected at most %d", count, LADDER_RUNGS_MAX);
    for (size_t i = 0; i < count && i < LADDER_RUNGS_MAX; i++) {
        heal_duration timeout = 0;
        const char *name = read_rung(ladders, key, items, i, &timeout);
        size_t at = name ? find_strategy(policy, name) : policy->strategy_count;
        const char *fault = NULL;
        if (at == policy->strategy_count)
            fault = "expected the name of a strategy";
        else if (policy->strategies[at].issue != type)
            fault = "expected a strategy for this issue";
        for (size_t rung = 0; !fault && rung < ladder->count; rung++)
            fault = ladder->rungs[rung] == at ? "expected each strategy once" : NULL;
        if (fault)
            error_add(ladders->errors, ERROR_INPUT, ladders->document->file, items[i]->line,
                      reader_item_path(ladders, key, i), "%s, found '%.60s'", fault, name ? name : "no text");
        else
            add_rung(ladder, (uint32_t)at, timeout);
    }
}

void policy_read_ladders(struct reader *root, struct policy *policy)
{
    struct reader ladders = reader_map(root, "ladders");
    for (unsigned type = 0; type < ISSUE_TYPE_COUNT; type++)
        read_ladder(&ladders, policy, (enum issue_type)type);
    reader_close(&ladders);
}
