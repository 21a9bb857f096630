/* leftovers.c - see leftovers.h. */
#include "store/leftovers.h"

#include <math.h>
#include <string.h>

enum { ID, KIND, TARGET, AMOUNT, UNIT, BEFORE, TYPE, SEVERITY, BY_KILL, STRATEGY, ENDED, REMEDIATION, NAME };

static const char FIND[] =
    "SELECT a.id, a.kind, a.target_id, a.amount, a.amount_unit, a.before, f.type, i.severity,"
    " r.status != 'success', r.action_type, e.ended_at_ns, r.id, t.name"
    " FROM actions a JOIN self_healing_remediations r ON r.id = a.remediation_id"
    " JOIN remediation_facts e ON e.remediation_id = r.id"
    " JOIN resources t ON t.id = a.target_id"
    " JOIN self_healing_issues i ON i.id = a.issue_id JOIN issue_facts f ON f.issue_id = i.id"
    " WHERE a.rollback = 0 AND a.started_at_ns >= ?1 AND"
    " ((r.error_message = ?2 AND a.outcome IN ('succeeded', 'interrupted', 'timed_out'))"
    "  OR (r.status = 'success' AND a.outcome = 'succeeded' AND a.started_at_ns >="
    "   (SELECT max(t.started_at_ns) FROM attempts t WHERE t.remediation_id = r.id)))"
    " AND NOT EXISTS (SELECT 1 FROM actions b WHERE b.target_id = a.target_id AND b.kind = a.kind AND b.id > a.id"
    "  AND b.rollback = 0 AND b.outcome IN ('succeeded', 'interrupted', 'timed_out'))"
    " ORDER BY a.id DESC";
/* Its inverse came later; one that was itself cut short counts only where it can't be repeated. Or it came before
 * in the same remedy: then the step is itself what gives back (drain, clear, undrain). */
static const char UNDONE[] =
    "SELECT count(*) FROM actions WHERE target_id = ?1 AND kind = ?2 AND"
    " ((id > ?3 AND (?4 = 1 OR outcome != 'interrupted')) OR (id < ?3 AND rollback = 0 AND remediation_id = ?5))";

static bool is_undone(struct statement *query, struct statement *row, enum action_kind inverse, bool *failed,
                      struct error_list *errors)
{
    if (!statement_bind(query,
                        CELLS(cell_integer(statement_integer(row, TARGET)), cell_text(action_name(inverse)),
                              cell_integer(statement_integer(row, ID)), cell_integer(!action_is_repeatable(inverse)),
                              cell_integer(statement_integer(row, REMEDIATION))),
                        errors)) {
        *failed = true;
        return true;
    }
    bool undone = !database_next(query, failed, errors) || statement_integer(query, 0) > 0;
    statement_reset(query);
    return undone;
}

/* How long the remedy is to stand after its success; 0: for ever, or it is not in the policy any more. */
static heal_duration stands_for(const struct policy *policy, const char *name, enum issue_type type)
{
    for (size_t i = 0; name && i < policy->strategy_count; i++) {
        if (policy->strategies[i].issue == type && strcmp(policy->strategies[i].name, name) == 0)
            return policy->strategies[i].undo_after;
    }
    return 0;
}

static bool read_row(struct statement *row, const struct policy *policy, const struct inventory *inventory,
                     struct standing_step *step)
{
    const char *kind = statement_text(row, KIND), *unit = statement_text(row, UNIT);
    const char *severity = statement_text(row, SEVERITY), *name = statement_text(row, NAME);
    bool by_kill = statement_integer(row, BY_KILL) != 0;

    *step =
        (struct standing_step){.target = name ? inventory_find_resource(inventory, name, strlen(name)) : RESOURCE_NONE,
                               .amount = statement_real(row, AMOUNT),
                               .before = statement_is_null(row, BEFORE) ? NAN : statement_real(row, BEFORE),
                               .type = (enum issue_type)statement_integer(row, TYPE),
                               .due = INT64_MIN};
    if (step->target == RESOURCE_NONE || !kind || !action_parse(kind, &step->kind) || !severity ||
        !severity_parse(severity, &step->severity) || step->type >= ISSUE_TYPE_COUNT ||
        action_inverse(step->kind) == ACTION_KIND_COUNT)
        return false;
    if (unit && strcmp(unit, amount_unit_name(AMOUNT_BYTES)) == 0)
        step->unit = AMOUNT_BYTES;
    if (by_kill)
        return action_is_repeatable(step->kind) && action_is_repeatable(action_inverse(step->kind));
    heal_duration after = stands_for(policy, statement_text(row, STRATEGY), step->type);
    step->due = statement_integer(row, ENDED) + after;
    return after > 0;
}

bool leftovers_find(struct database *database, const struct policy *policy, const struct inventory *inventory,
                    heal_time since, const char *interrupted, struct standing_step *out, size_t room, size_t *count,
                    struct error_list *errors)
{
    struct statement *rows = database_query(database, FIND, CELLS(cell_instant(since), cell_text(interrupted)), errors);
    struct statement *undone = database_prepare(database, UNDONE, errors);
    bool failed = !rows || !undone;

    *count = 0;
    while (!failed && *count < room && database_next(rows, &failed, errors)) {
        struct standing_step *step = &out[*count];
        *count += read_row(rows, policy, inventory, step) &&
                  !is_undone(undone, rows, action_inverse(step->kind), &failed, errors);
    }
    statement_finalize(rows);
    statement_finalize(undone);
    return !failed;
}
