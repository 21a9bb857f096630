/* command.c - each finds what it is about, changes one thing, and says what became
 * of it; then time passes as after every other input. */
#include "engine/command.h"

#include "engine/names.h"
#include "engine/state.h"

const char *command_kind_name(enum command_kind kind)
{
    static const char *const NAMES[COMMAND_KIND_COUNT] = {
        [COMMAND_APPROVE] = "approve",
        [COMMAND_DENY] = "deny",
        [COMMAND_AUTO_REMEDIATION] = "auto_remediation",
        [COMMAND_DRY_RUN] = "dry_run",
        [COMMAND_LEARNING] = "learning",
        [COMMAND_REMEDIATE] = "remediate",
        [COMMAND_ROLL_BACK] = "roll_back",
        [COMMAND_PAUSE] = "pause",
        [COMMAND_RESUME] = "resume",
        [COMMAND_THAW] = "thaw",
    };
    return name_of(NAMES, COMMAND_KIND_COUNT, (size_t)kind);
}

enum command_kind engine_switch_command(enum engine_switch which)
{
    return which == SWITCH_DRY_RUN ? COMMAND_DRY_RUN : COMMAND_AUTO_REMEDIATION;
}

const char *engine_switch_name(enum engine_switch which)
{
    return command_kind_name(engine_switch_command(which));
}

bool engine_switch_is_on(const struct engine *engine, enum engine_switch which)
{
    return which == SWITCH_DRY_RUN ? engine->own.dry_run : engine->own.auto_remediation;
}

static struct open_issue *open_by_id(struct engine *engine, uint64_t id)
{
    struct open_issue *issue = issue_book_find_id(engine->book, id);
    return issue && issue->closed_at == HEAL_TIME_NEVER ? issue : NULL;
}

static bool known(const struct engine *engine, uint32_t resource)
{
    return resource < inventory_resource_count(engine->inventory);
}

static enum command_result done(bool it)
{
    return it ? COMMAND_DONE : COMMAND_NOT_NOW;
}

/* What was only planned may be done now. */
static void take_up_plans(struct engine *engine)
{
    engine->plans.count = 0;
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.phase == PHASE_ENDED && issue->remediation.status == REMEDIATION_DRY_RUN &&
            issue->closed_at == HEAL_TIME_NEVER)
            remediation_relapse(engine, issue);
    }
}

static enum command_result flip(struct engine *engine, bool *which, bool on)
{
    bool was = *which;

    *which = on;
    if (which == &engine->own.dry_run && was && !on)
        take_up_plans(engine);
    if (which == &engine->own.auto_remediation && on)
        alerts_forgive(engine->alerts);
    return done(was != on);
}

static enum command_result remediate(struct engine *engine, heal_time now, const struct command *command)
{
    struct open_issue *issue = open_by_id(engine, command->issue);
    uint32_t strategy = command->strategy;

    if (!issue || (strategy != UINT32_MAX && (strategy >= engine->policy->strategy_count ||
                                              engine->policy->strategies[strategy].issue != issue->type)))
        return COMMAND_UNKNOWN;
    if (issue->remediation.phase == PHASE_APPROVAL && strategy == UINT32_MAX)
        return done(remediation_approve(engine, issue, now));
    return done(remediation_force(issue, strategy));
}

static enum command_result roll_back(struct engine *engine, heal_time now, uint64_t remediation)
{
    struct past *past = remediation != 0 ? undo_find(&engine->undo, remediation) : NULL;

    if (past && past->state == PAST_STANDS && !past->by_hand) {
        past->by_hand = true;
        learning_relapse(engine->learning, past->strategy, past->signature, now);
        return COMMAND_DONE;
    }
    if (past)
        return COMMAND_NOT_NOW;
    for (size_t i = 0; remediation != 0 && i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.id == remediation)
            return done(remediation_take_back(engine, issue, now));
    }
    return COMMAND_UNKNOWN;
}

static enum command_result obey(struct engine *engine, heal_time now, const struct command *command)
{
    struct open_issue *issue = open_by_id(engine, command->issue);
    bool here = known(engine, command->resource), all = command->resource == RESOURCE_NONE;

    switch (command->kind) {
    case COMMAND_APPROVE:
        return issue ? done(remediation_approve(engine, issue, now)) : COMMAND_UNKNOWN;
    case COMMAND_DENY:
        return issue ? done(remediation_deny(engine, issue, now)) : COMMAND_UNKNOWN;
    case COMMAND_AUTO_REMEDIATION:
        return flip(engine, &engine->own.auto_remediation, command->on);
    case COMMAND_DRY_RUN:
        return flip(engine, &engine->own.dry_run, command->on);
    case COMMAND_LEARNING:
        return flip(engine, &engine->own.learning, command->on);
    case COMMAND_REMEDIATE:
        return remediate(engine, now, command);
    case COMMAND_ROLL_BACK:
        return roll_back(engine, now, command->remediation);
    case COMMAND_PAUSE:
        return here || all ? done(gates_pause(engine->gates, command->resource, command->reason, command->until))
                           : COMMAND_UNKNOWN;
    case COMMAND_RESUME:
        return here || all ? done(gates_resume(engine->gates, command->resource)) : COMMAND_UNKNOWN;
    case COMMAND_THAW:
        return here ? done(gates_thaw(engine->gates, command->resource)) : COMMAND_UNKNOWN;
    case COMMAND_KIND_COUNT:
        break;
    }
    return COMMAND_UNKNOWN;
}

/* The switch, the reason or the strategy, as a number. */
static double argument_of(const struct command *command)
{
    if (command->kind == COMMAND_PAUSE)
        return command->reason;
    return command->on ? 1.0 : 0.0;
}

static void record_command(struct engine *engine, heal_time now, const struct command *command,
                           enum command_result result)
{
    static const enum action_outcome OUTCOMES[] = {
        [COMMAND_DONE] = ACTION_SUCCEEDED, [COMMAND_UNKNOWN] = ACTION_UNSUPPORTED, [COMMAND_NOT_NOW] = ACTION_FAILED};
    struct decision decision = decision_about(NULL, now, DECISION_COMMAND);

    decision.attempt = (uint32_t)command->kind;
    decision.resource = command->resource;
    decision.strategy = command->strategy;
    decision.issue = command->issue;
    decision.remediation = command->remediation;
    decision.outcome = OUTCOMES[result];
    decision.value = argument_of(command);
    name_copy(decision.who, sizeof decision.who, command->actor);
    engine_record(engine, &decision);
}

enum command_result engine_command(struct engine *engine, heal_time now, const struct command *command)
{
    now = now > engine->now ? now : engine->now;
    engine->now = now;
    enum command_result result = obey(engine, now, command);
    record_command(engine, now, command, result);
    engine_tick(engine, now);
    return result;
}
