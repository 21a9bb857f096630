/* swarm_check.c - the safety properties, from the journal alone. Each that does not
 * hold is named once, the first one stands. */
#include "tests/swarm/swarm.h"

#include "engine/dependents.h"

#include <math.h>
#include <string.h>

static void must(struct check *check, bool holds, const char *what)
{
    if (!holds && !check->broken)
        check->broken = what;
}

void check_start(struct check *check, const struct setting *setting)
{
    memset(check, 0, sizeof *check);
    check->setting = setting;
    check->auto_remediation = setting->policy.auto_remediation;
    check->dry_run = setting->policy.dry_run;
    for (size_t i = 0; i < SWARM_RESOURCES; i++)
        check->attempted[i] = INT64_MIN;
    for (size_t i = 0; i <= SWARM_RESOURCES; i++)
        check->paused_until[i] = INT64_MIN;
}

static struct remedy *find(struct check *check, uint64_t id)
{
    for (size_t i = check->remedy_count; i > 0; i--) {
        if (check->remedies[i - 1].id == id)
            return &check->remedies[i - 1];
    }
    return NULL;
}

static bool one_line(const struct check *check, uint32_t a, uint32_t b)
{
    return hangs_on(check->setting->inventory, a, b) || hangs_on(check->setting->inventory, b, a);
}

/* --- people ------------------------------------------------------------------- */

void check_command(struct check *check, const struct command *command)
{
    size_t place = command->resource == RESOURCE_NONE ? SWARM_RESOURCES : command->resource;
    bool known = place <= SWARM_RESOURCES;

    if (command->kind == COMMAND_PAUSE && known) {
        check->paused_until[place] = command->until;
    } else if (command->kind == COMMAND_RESUME && known) {
        check->paused_until[place] = INT64_MIN;
    } else if (command->kind == COMMAND_THAW && place < SWARM_RESOURCES) {
        check->frozen[place] = false;
    } else if (command->kind == COMMAND_AUTO_REMEDIATION) {
        check->auto_remediation = command->on;
    } else if (command->kind == COMMAND_DRY_RUN) {
        for (size_t i = 0; i < check->remedy_count && command->on && !check->dry_run; i++)
            check->remedies[i].live_before_dry_run = check->remedies[i].working;
        check->dry_run = command->on;
    }
}

/* The issue's remedy waits for a yes, as far as the journal has told. */
static bool asks(const struct check *check, uint64_t issue)
{
    for (size_t i = check->remedy_count; i > 0; i--) {
        if (check->remedies[i - 1].issue == issue)
            return check->remedies[i - 1].asks;
    }
    return false;
}

/* A person's word on an issue, as the journal has it: not one that was unknown. A
 * REMEDIATE is a yes where one is waited for, and a start by hand elsewhere. */
static void take_word(struct check *check, const struct decision *decision)
{
    heal_duration expires = check->setting->policy.guards.approval_expires;
    enum command_kind kind = (enum command_kind)decision->attempt;
    bool heard = decision->outcome != ACTION_UNSUPPORTED;

    if (kind == COMMAND_DENY && heard) {
        for (size_t i = 0; i < check->word_count; i++)
            check->words[i].used = check->words[i].used || check->words[i].issue == decision->issue;
    }
    if (!(kind == COMMAND_APPROVE && heard) && !(kind == COMMAND_REMEDIATE && decision->outcome == ACTION_SUCCEEDED))
        return;
    must(check, check->word_count < SWARM_REMEDIES, "more words than the swarm follows");
    if (check->word_count == SWARM_REMEDIES)
        return;
    for (size_t i = 0; i < check->word_count; i++) /* a later yes stands for the earlier ones */
        check->words[i].used = check->words[i].used || check->words[i].issue == decision->issue;
    check->words[check->word_count].issue = decision->issue;
    check->words[check->word_count].until = expires > 0 ? decision->at + expires : HEAL_TIME_NEVER;
    check->words[check->word_count].used = false;
    check->words[check->word_count++].forced = kind == COMMAND_REMEDIATE && !asks(check, decision->issue);
}

static bool was_forced(const struct check *check, uint64_t issue)
{
    for (size_t i = 0; i < check->word_count; i++) {
        if (check->words[i].issue == issue && check->words[i].forced)
            return true;
    }
    return false;
}

static void end_force(struct check *check, uint64_t issue)
{
    for (size_t i = 0; i < check->word_count; i++) {
        if (check->words[i].issue == issue && check->words[i].forced) {
            check->words[i].forced = false;
            check->words[i].used = true; /* it was no yes */
        }
    }
}

/* --- what must hold when something begins --------------------------------------- */

static void begin_work(struct check *check, struct remedy *remedy)
{
    for (size_t i = 0; i < check->remedy_count; i++) {
        const struct remedy *other = &check->remedies[i];
        if (other != remedy && other->working)
            must(check, !one_line(check, other->resource, remedy->resource), "two remedies on one line of descent");
    }
    remedy->working = true;
}

static size_t working(const struct check *check)
{
    size_t count = 0;

    for (size_t i = 0; i < check->remedy_count; i++)
        count += check->remedies[i].working && !check->remedies[i].undoing;
    return count;
}

static void check_workload(struct check *check, const struct remedy *remedy)
{
    const struct inventory *inventory = check->setting->inventory;
    uint32_t owner = inventory_target(inventory, remedy->resource, RELATION_OWNED_BY);
    size_t members = 0, touched = 0;

    if (owner == RESOURCE_NONE)
        return;
    for (uint32_t r = 0; r < check->setting->resource_count; r++) {
        if (inventory_target(inventory, r, RELATION_OWNED_BY) != owner)
            continue;
        members++;
        bool busy = false;
        for (size_t i = 0; i < check->remedy_count; i++)
            busy =
                busy || (check->remedies[i].working && !check->remedies[i].undoing && check->remedies[i].resource == r);
        touched += busy;
    }
    must(check, touched <= 1 || (double)touched <= check->setting->policy.guards.max_touched * (double)members,
         "too much of a workload touched at once");
}

static void check_limits(struct check *check, const struct decision *decision)
{
    const struct policy_limits *limits = &check->setting->policy.limits;
    size_t total = 0, here = 0;

    for (size_t i = 0; i < check->start_count; i++) {
        bool recent = decision->at - check->starts[i].at < HEAL_HOUR;
        total += recent;
        here += recent && check->starts[i].resource == decision->resource;
    }
    if (!was_forced(check, decision->issue)) {
        must(check, here < limits->per_resource_per_hour, "more remedies of a resource in an hour than allowed");
        must(check, total < limits->total_per_hour, "more remedies in an hour than allowed");
    }
    if (check->start_count < SWARM_REMEDIES) {
        check->starts[check->start_count].at = decision->at;
        check->starts[check->start_count++].resource = decision->resource;
    }
}

static uint32_t target_of(const struct check *check, uint32_t resource, const struct strategy_step *step)
{
    static const enum relation RELATIONS[] = {[STEP_TARGET_OWNER] = RELATION_OWNED_BY,
                                              [STEP_TARGET_NODE] = RELATION_RUNS_ON,
                                              [STEP_TARGET_VOLUME] = RELATION_MOUNTS,
                                              [STEP_TARGET_CALLEE] = RELATION_OWNED_BY}; /* it has no links */
    uint32_t target = step->target == STEP_TARGET_SELF
                          ? RESOURCE_NONE
                          : inventory_target(check->setting->inventory, resource, RELATIONS[step->target]);
    return target == RESOURCE_NONE ? resource : target;
}

/* Outside its window, and bad enough that a yes stands for the window. */
static bool is_urgent(const struct check *check, const struct decision *decision)
{
    const struct policy *policy = &check->setting->policy;
    const struct strategy *strategy = &policy->strategies[decision->strategy];

    return strategy->window && !window_is_open(&policy->windows[strategy->window_index], decision->at) &&
           strategy->urgent_from > 0 && (unsigned)decision->severity + 1U >= strategy->urgent_from;
}

static bool needs_yes(const struct check *check, const struct decision *decision)
{
    const struct policy *policy = &check->setting->policy;
    const struct inventory *inventory = check->setting->inventory;
    const struct strategy *strategy = &policy->strategies[decision->strategy];

    for (size_t s = 0; s < strategy->step_count; s++) {
        const struct strategy_step *step = &strategy->steps[s];
        const char *id = inventory_resource_id(inventory, target_of(check, decision->resource, step));
        for (size_t i = 0; i < policy->guards.approval_count; i++) {
            if (policy->guards.approvals[i].action == step->action &&
                resource_glob_match(policy->guards.approvals[i].resources, id))
                return true;
        }
    }
    return strategy->needs_approval || is_urgent(check, decision);
}

/* A yes is good until it expires, until it is used and until a no. */
static void check_approval(struct check *check, const struct decision *decision)
{
    if (was_forced(check, decision->issue) || !needs_yes(check, decision))
        return;
    for (size_t i = 0; i < check->word_count; i++) {
        if (check->words[i].issue != decision->issue || check->words[i].used || decision->at >= check->words[i].until)
            continue;
        check->words[i].used = true;
        return;
    }
    must(check, false, "an attempt without a yes that is good and unused");
}

static bool is_paused(const struct check *check, const struct decision *decision)
{
    if (check->paused_until[SWARM_RESOURCES] > decision->at)
        return true;
    for (uint32_t r = 0; r < check->setting->resource_count; r++) {
        if (check->paused_until[r] > decision->at && hangs_on(check->setting->inventory, decision->resource, r))
            return true;
    }
    return false;
}

static void check_windows(struct check *check, const struct decision *decision)
{
    const struct policy *policy = &check->setting->policy;
    const struct strategy *strategy = &policy->strategies[decision->strategy];
    const char *id = inventory_resource_id(check->setting->inventory, decision->resource);

    must(check,
         !strategy->window || window_is_open(&policy->windows[strategy->window_index], decision->at) ||
             is_urgent(check, decision), /* which check_approval wants a yes for */
         "a strategy outside its window");
    for (size_t i = 0; i < policy->window_count; i++) {
        const struct policy_window *window = &policy->windows[i];
        must(check,
             !window->freeze || !resource_glob_match(window->resources, id) || !window_is_open(window, decision->at),
             "an attempt inside a freeze window");
    }
}

/* --- storms --------------------------------------------------------------------- */

/* The place of an issue that follows a root; follower_count: it follows none. */
static size_t follower_at(const struct check *check, uint64_t issue)
{
    size_t at = 0;

    while (at < check->follower_count && check->followers[at].issue != issue)
        at++;
    return at;
}

static void follower_attached(struct check *check, const struct decision *decision)
{
    uint64_t issue = (uint64_t)decision->value;

    must(check, issue != decision->issue, "an issue that follows itself");
    must(check, follower_at(check, decision->issue) == check->follower_count, "a root that follows another");
    for (size_t i = 0; i < check->follower_count; i++)
        must(check, check->followers[i].root != issue, "a root follows another before its followers do");
    size_t at = follower_at(check, issue); /* it may have followed another root */
    must(check, at < SWARM_REMEDIES, "more followers than the swarm follows");
    if (at == SWARM_REMEDIES)
        return;
    check->followers[at].issue = issue;
    check->followers[at].root = decision->issue;
    check->follower_count += at == check->follower_count;
}

static void follower_released(struct check *check, const struct decision *decision)
{
    size_t at = follower_at(check, (uint64_t)decision->value);

    must(check, at < check->follower_count, "a follower is released that was none");
    if (at < check->follower_count)
        check->followers[at] = check->followers[--check->follower_count];
}

static void check_attempt(struct check *check, const struct decision *decision, struct remedy *remedy)
{
    const struct policy *policy = &check->setting->policy;
    const struct strategy *strategy = &policy->strategies[decision->strategy];
    uint32_t r = decision->resource;

    must(check, decision->attempt >= 1 && decision->attempt <= strategy->attempts, "more tries than the strategy has");
    must(check, !check->dry_run, "an attempt in a dry run");
    must(check, !strategy->dry_run, "an attempt of a strategy that is only planned");
    must(check, remedy->standing == 0, "an attempt while what failed before still stands");
    check_approval(check, decision);
    if (check->attempted[r] == INT64_MIN ||
        (policy->guards.attempts_reset > 0 && decision->at - check->attempted[r] >= policy->guards.attempts_reset))
        check->attempts[r] = 0;
    check->attempts[r]++;
    check->attempted[r] = decision->at;
    if (!was_forced(check, decision->issue)) {
        must(check, check->auto_remediation, "an attempt while automatic remediation is off");
        must(check, !check->frozen[r], "an attempt on a frozen resource");
        must(check, !is_paused(check, decision), "an attempt on a paused resource");
        must(check, check->attempts[r] <= policy->guards.attempts_per_resource, "more attempts than the resource has");
        check_windows(check, decision);
        must(check, follower_at(check, decision->issue) == check->follower_count,
             "an attempt on what follows a storm's root");
    }
    begin_work(check, remedy);
    must(check, working(check) <= policy->limits.concurrent, "more remedies at once than allowed");
    check_workload(check, remedy);
}

/* --- actions ------------------------------------------------------------------- */

static void action_started(struct check *check, const struct decision *decision, struct remedy *remedy)
{
    must(check, decision->action == check->last_action + 1, "action ids do not count on");
    check->last_action = decision->action;
    if (decision->action_kind == ACTION_PAGE_OPERATOR) {
        must(check, !check->dry_run, "a page in a dry run");
        return;
    }
    must(check, remedy != NULL, "an action of no remedy");
    if (!remedy)
        return;
    must(check, remedy->working, "an action outside an attempt");
    must(check, remedy->action == 0, "two actions of one remedy at once");
    must(check, !check->dry_run || remedy->live_before_dry_run, "an action in a dry run");
    const struct strategy *strategy = &check->setting->policy.strategies[decision->strategy];
    if (decision->rollback) {
        uint32_t step = (uint32_t)strategy->step_count;
        while (step > 0 && !(remedy->standing >> (step - 1) & 1 &&
                             action_inverse(strategy->steps[step - 1].action) != ACTION_KIND_COUNT))
            step--;
        must(check, step > 0 && action_inverse(strategy->steps[step - 1].action) == decision->action_kind,
             "a rollback that is not of the last standing step");
        if (step > 0)
            remedy->standing &= ~(UINT32_C(1) << (step - 1));
        remedy->next_step = UINT32_MAX;
        remedy->action_deadline = step > 0 ? decision->at + strategy->steps[step - 1].timeout : decision->at;
    } else {
        must(check,
             remedy->next_step < strategy->step_count &&
                 strategy->steps[remedy->next_step].action == decision->action_kind,
             "a step out of order");
        remedy->action_deadline = decision->at + strategy->steps[remedy->next_step % STRATEGY_STEPS_MAX].timeout;
    }
    must(check, decision->rollback || was_forced(check, remedy->issue) || !check->frozen[decision->resource],
         "an action on what is frozen");
    remedy->action = decision->action;
    remedy->action_target = decision->resource;
}

static void action_ended(struct check *check, const struct decision *decision, struct remedy *remedy)
{
    must(check, remedy && remedy->action == decision->action, "an answer to an action that is not out");
    if (!remedy)
        return;
    remedy->action = 0;
    if (decision->rollback && decision->outcome != ACTION_SUCCEEDED)
        check->frozen[remedy->action_target] = true;
    if (decision->rollback)
        return;
    if (decision->outcome == ACTION_SUCCEEDED || decision->outcome == ACTION_TIMED_OUT)
        remedy->standing |= UINT32_C(1) << remedy->next_step;
    remedy->next_step++;
}

/* What cannot be undone, or is not to be, does not count as standing. */
static void forget_standing(struct check *check, const struct decision *decision, struct remedy *remedy)
{
    const struct strategy *strategy = &check->setting->policy.strategies[decision->strategy];

    for (size_t i = 0; i < strategy->step_count; i++) {
        if (!strategy->undo_on_failure || action_inverse(strategy->steps[i].action) == ACTION_KIND_COUNT)
            remedy->standing &= ~(UINT32_C(1) << i);
    }
}

static void attempt_started(struct check *check, const struct decision *decision, struct remedy *remedy)
{
    if (decision->gate == GATE_DRY_RUN || !remedy)
        return;
    check_attempt(check, decision, remedy);
    remedy->asks = false;
    remedy->strategy = decision->strategy;
    remedy->next_step = 0;
    remedy->live_before_dry_run = false;
}

static void undo_started(struct check *check, struct remedy *remedy)
{
    must(check, remedy != NULL, "an undo of nothing");
    if (!remedy)
        return;
    must(check, !check->dry_run, "an undo in a dry run");
    must(check, !check->frozen[remedy->resource], "an undo on a frozen resource");
    remedy->undoing = true;
    begin_work(check, remedy);
}

static void remediation_started(struct check *check, const struct decision *decision)
{
    check_limits(check, decision);
    must(check, check->remedy_count < SWARM_REMEDIES, "more remedies than the swarm follows");
    if (check->remedy_count < SWARM_REMEDIES)
        check->remedies[check->remedy_count++] = (struct remedy){.id = decision->remediation,
                                                                 .issue = decision->issue,
                                                                 .resource = decision->resource,
                                                                 .strategy = UINT32_MAX};
}

/* A start by hand that worked. */
static void thaw(struct check *check, const struct decision *decision)
{
    const struct strategy *strategy =
        decision->strategy != UINT32_MAX ? &check->setting->policy.strategies[decision->strategy] : NULL;

    check->frozen[decision->resource] = false;
    for (size_t i = 0; strategy && i < strategy->step_count; i++)
        check->frozen[target_of(check, decision->resource, &strategy->steps[i])] = false;
}

void check_decision(struct check *check, const struct decision *decision)
{
    struct remedy *remedy = decision->remediation != 0 ? find(check, decision->remediation) : NULL;

    must(check, decision->sequence == check->last_sequence + 1, "decisions do not count on");
    check->last_sequence = decision->sequence;
    switch (decision->kind) {
    case DECISION_REMEDIATION_STARTED:
        remediation_started(check, decision);
        break;
    case DECISION_FOLLOWER_ATTACHED:
        follower_attached(check, decision);
        break;
    case DECISION_FOLLOWER_RELEASED:
        follower_released(check, decision);
        break;
    case DECISION_ATTEMPT_STARTED:
        attempt_started(check, decision, remedy);
        break;
    case DECISION_ACTION_STARTED:
        action_started(check, decision, remedy);
        break;
    case DECISION_ACTION_ENDED:
        action_ended(check, decision, remedy);
        break;
    case DECISION_ATTEMPT_VERIFIED:
        if (remedy)
            remedy->working = false;
        break;
    case DECISION_ATTEMPT_FAILED:
        if (remedy) {
            remedy->working = false;
            forget_standing(check, decision, remedy);
        }
        break;
    case DECISION_ROLLBACK_STARTED:
        if (remedy)
            begin_work(check, remedy);
        break;
    case DECISION_ROLLBACK_ENDED:
    case DECISION_UNDO_ENDED:
        if (remedy) {
            const struct strategy *strategy = &check->setting->policy.strategies[decision->strategy];
            for (size_t i = 0; i < strategy->step_count; i++)
                must(check,
                     !(remedy->standing >> i & 1) || action_inverse(strategy->steps[i].action) == ACTION_KIND_COUNT,
                     "a rollback that left a step standing");
            remedy->standing = 0;
            remedy->working = false;
        }
        if (decision->outcome != ACTION_SUCCEEDED)
            check->frozen[decision->resource] = true;
        break;
    case DECISION_UNDO_STARTED:
        undo_started(check, remedy);
        break;
    case DECISION_REMEDIATION_ENDED:
        if (remedy)
            remedy->working = remedy->asks = false;
        if (decision->status == REMEDIATION_SUCCESS && was_forced(check, decision->issue))
            thaw(check, decision);
        end_force(check, decision->issue);
        break;
    case DECISION_REMEDIATION_HELD:
        if (remedy)
            remedy->asks = decision->gate == GATE_APPROVAL;
        break;
    case DECISION_COMMAND:
        take_word(check, decision);
        break;
    case DECISION_ALERT:
        if (decision->severity == SEVERITY_HIGH)
            check->auto_remediation = false;
        break;
    default:
        break;
    }
}

void check_instant(struct check *check, heal_time now, heal_time next_deadline)
{
    must(check, next_deadline > now, "a timer that was due did not go off");
    for (size_t i = 0; i < check->remedy_count; i++)
        must(check, check->remedies[i].action == 0 || check->remedies[i].action_deadline > now,
             "an action without an answer outlived its time-out");
}
