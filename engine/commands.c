/* commands.c - see commands.h. Each finds its issue, changes one thing, and lets
 * time pass as every other input does. */
#include "engine/commands.h"

#include "engine/state.h"

const char *engine_switch_name(enum engine_switch which)
{
    return which == SWITCH_DRY_RUN ? "dry_run" : "auto_remediation";
}

bool engine_switch_is_on(const struct engine *engine, enum engine_switch which)
{
    return which == SWITCH_DRY_RUN ? engine->own.dry_run : engine->own.auto_remediation;
}

/* What was only planned may be done now. */
static void take_up_plans(struct engine *engine)
{
    for (size_t i = 0; i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.phase == PHASE_ENDED && issue->remediation.status == REMEDIATION_DRY_RUN &&
            issue->closed_at == HEAL_TIME_NEVER)
            remediation_relapse(engine, issue);
    }
}

void engine_set_switch(struct engine *engine, heal_time now, enum engine_switch which, bool on)
{
    if (engine_switch_is_on(engine, which) != on) {
        if (which == SWITCH_DRY_RUN)
            engine->own.dry_run = on;
        else
            engine->own.auto_remediation = on;
        if (which == SWITCH_DRY_RUN && !on)
            take_up_plans(engine);
    }
    engine_tick(engine, now);
}

void engine_learn_frame(struct engine *engine, heal_time at, const double *values)
{
    detector_learn(engine->detector, at, values);
}

void engine_recall(struct engine *engine, uint32_t strategy, uint32_t successes, uint32_t failures)
{
    if (strategy >= engine->policy->strategy_count)
        return;
    for (uint32_t i = 0; i < successes; i++)
        learning_note(engine->learning, strategy, true);
    for (uint32_t i = 0; i < failures; i++)
        learning_note(engine->learning, strategy, false);
}

void engine_freeze(struct engine *engine, uint32_t resource)
{
    if (resource < inventory_resource_count(engine->inventory))
        gates_freeze(engine->gates, resource);
}

enum command_result engine_remediate(struct engine *engine, heal_time now, uint64_t issue_id)
{
    enum command_result result = COMMAND_UNKNOWN;

    for (size_t i = 0; issue_id != 0 && i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->id == issue_id && issue->closed_at == HEAL_TIME_NEVER)
            result = remediation_force(issue) ? COMMAND_DONE : COMMAND_NOT_NOW;
    }
    engine_tick(engine, now);
    return result;
}

enum command_result engine_roll_back(struct engine *engine, heal_time now, uint64_t remediation)
{
    enum command_result result = COMMAND_UNKNOWN;

    for (size_t i = 0; remediation != 0 && i < issue_book_count(engine->book); i++) {
        struct open_issue *issue = issue_book_at(engine->book, i);
        if (issue->remediation.id == remediation)
            result = remediation_roll_back(engine, issue, now) ? COMMAND_DONE : COMMAND_NOT_NOW;
    }
    engine_tick(engine, now);
    return result;
}
