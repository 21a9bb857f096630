/* coverage.c - see coverage.h, and suite_coverage of suite.h. */
#include "reports/coverage.h"

#include "engine/journal.h"
#include "store/database.h"

#include <stdlib.h>
#include <string.h>

const char *use_kind_name(enum use_kind kind)
{
    static const char *const NAMES[USE_KIND_COUNT] = {"issue type", "strategy", "rollback of", "gate"};
    return NAMES[kind];
}

static const char *const QUERIES[USE_KIND_COUNT] = {
    [USE_ISSUE_TYPE] = "SELECT count(*) FROM self_healing_issues WHERE type = ?1",
    [USE_STRATEGY] = "SELECT count(*) FROM attempts a JOIN strategies s ON s.id = a.strategy_id WHERE s.name = ?1",
    [USE_ROLLBACK] = ("SELECT count(a.rollback_started_at_ns) FROM attempts a JOIN strategies s"
                      " ON s.id = a.strategy_id WHERE s.name = ?1"),
    [USE_GATE] = "SELECT count(*) FROM remediation_facts WHERE gate = ?1",
};

struct counting {
    struct statement *statements[USE_KIND_COUNT];
    struct arena *arena;
    struct suite_use *uses;
    size_t count;
    struct error_list *errors;
};

static bool count_use(struct counting *counting, enum use_kind kind, const char *name)
{
    struct statement *row = counting->statements[kind];
    bool failed = false;
    struct suite_use use = {kind, arena_text(counting->arena, name, strlen(name)), 0};

    failed = !statement_bind(row, CELLS(cell_text(name)), counting->errors);
    if (!failed && database_next(row, &failed, counting->errors))
        use.count = (uint64_t)statement_integer(row, 0);
    statement_reset(row);
    if (failed || !use.name)
        return false;
    counting->uses[counting->count++] = use;
    return true;
}

/* An issue type counts as the policy's when some rule opens it. */
static bool opens(const struct policy *policy, enum issue_type type)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (policy->rules[i].issue == type)
            return true;
    }
    return false;
}

/* Whether a failed attempt would have something to take back. */
static bool can_roll_back(const struct strategy *strategy)
{
    for (size_t i = 0; strategy->undo_on_failure && i < strategy->step_count; i++) {
        if (action_inverse(strategy->steps[i].action) != ACTION_KIND_COUNT)
            return true;
    }
    return false;
}

static bool count_all(struct counting *counting, const struct policy *policy)
{
    bool good = true;

    for (unsigned t = 0; good && t < ISSUE_TYPE_COUNT; t++)
        good = !opens(policy, (enum issue_type)t) ||
               count_use(counting, USE_ISSUE_TYPE, issue_type_name((enum issue_type)t));
    for (size_t i = 0; good && i < policy->strategy_count; i++)
        good =
            count_use(counting, USE_STRATEGY, policy->strategies[i].name) &&
            (!can_roll_back(&policy->strategies[i]) || count_use(counting, USE_ROLLBACK, policy->strategies[i].name));
    for (unsigned g = GATE_NONE + 1; good && g < GATE_COUNT; g++)
        good = count_use(counting, USE_GATE, gate_name((enum gate)g));
    return good;
}

bool coverage_read(struct database *database, const struct policy *policy, struct arena *arena, struct suite_use **out,
                   size_t *count, struct error_list *errors)
{
    struct counting counting = {.arena = arena, .errors = errors};
    bool good = database_prepare_all(database, QUERIES, USE_KIND_COUNT, counting.statements, errors);

    counting.uses =
        arena_array(arena, ISSUE_TYPE_COUNT + 2 * policy->strategy_count + GATE_COUNT, sizeof *counting.uses);
    good = good && counting.uses && count_all(&counting, policy);
    if (!good && errors->count == 0)
        error_add(errors, ERROR_ENVIRONMENT, NULL, 0, NULL, "out of memory");
    database_finalize_all(counting.statements, USE_KIND_COUNT);
    *out = counting.uses;
    *count = counting.count;
    return good;
}

static struct suite_use *find(struct suite_use *uses, size_t count, const struct suite_use *wanted)
{
    for (size_t i = 0; i < count; i++) {
        if (uses[i].kind == wanted->kind && strcmp(uses[i].name, wanted->name) == 0)
            return &uses[i];
    }
    return NULL;
}

bool suite_coverage(const struct suite *suite, struct suite_use **out, size_t *count)
{
    size_t most = 0;

    for (size_t i = 0; i < suite->case_count; i++)
        most += suite->cases[i].use_count;
    *count = 0;
    *out = calloc(most + 1, sizeof **out);
    for (unsigned kind = 0; *out && kind < USE_KIND_COUNT; kind++) {
        for (size_t i = 0; i < suite->case_count; i++) {
            for (size_t u = 0; u < suite->cases[i].use_count; u++) {
                const struct suite_use *use = &suite->cases[i].uses[u];
                struct suite_use *sum = use->kind == kind ? find(*out, *count, use) : NULL;
                if (sum)
                    sum->count += use->count;
                else if (use->kind == kind)
                    (*out)[(*count)++] = *use;
            }
        }
    }
    return *out != NULL;
}
