/* leftovers.c - see leftovers.h. */
#include "store/leftovers.h"

#include <math.h>
#include <string.h>

enum { ID, KIND, TARGET, AMOUNT, UNIT, BEFORE, TYPE, SEVERITY, BY_KILL, STRATEGY, ENDED, REMEDIATION };

static const char FIND[] =
    "SELECT a.id, a.kind, a.target_id, a.amount, a.amount_unit, a.before, f.type, i.severity,"
    " r.status != 'success', r.action_type, e.ended_at_ns, r.id"
    " FROM actions a JOIN self_healing_remediations r ON r.id = a.remediation_id"
    " JOIN remediation_facts e ON e.remediation_id = r.id"
    " JOIN self_healing_issues i ON i.id = a.issue_id JOIN issue_facts f ON f.issue_id = i.id"
    " WHERE NOT a.rollback AND a.target_id IS NOT NULL AND a.started_at_ns >= ?1 AND"
    " ((r.error_message = ?2 AND a.outcome IN ('succeeded', 'interrupted', 'timed_out'))"
    "  OR (r.status = 'success' AND a.outcome = 'succeeded' AND a.started_at_ns >="
    "   (SELECT max(t.started_at_ns) FROM attempts t WHERE t.remediation_id = r.id)))"
    " AND NOT EXISTS (SELECT 1 FROM actions b WHERE b.target_id = a.target_id AND b.kind = a.kind AND b.id > a.id"
    "  AND NOT b.rollback AND b.outcome IN ('succeeded', 'interrupted', 'timed_out'))"
    " ORDER BY a.id DESC";
/* Its inverse came later; one that was itself cut short counts only where it can't be repeated. Or it came before
 * in the same remedy: then the step is itself what gives back (drain, clear, undrain). */
static const char UNDONE[] =
    "SELECT count(*) FROM actions WHERE target_id = ?1 AND kind = ?2 AND"
    " ((id > ?3 AND (?4 OR outcome != 'interrupted')) OR (id < ?3 AND NOT rollback AND remediation_id = ?5))";

static bool is_undone(sqlite3_stmt *query, const sqlite3_stmt *row, enum action_kind inverse, bool *failed,
                      struct error_list *errors)
{
    sqlite3_stmt *of = (sqlite3_stmt *)row;

    sqlite3_reset(query);
    sqlite3_bind_int64(query, 1, sqlite3_column_int64(of, TARGET));
    sqlite3_bind_text(query, 2, action_name(inverse), -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 3, sqlite3_column_int64(of, ID));
    sqlite3_bind_int(query, 4, !action_is_repeatable(inverse));
    sqlite3_bind_int64(query, 5, sqlite3_column_int64(of, REMEDIATION));
    return !database_next(query, failed, errors) || sqlite3_column_int64(query, 0) > 0;
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

static bool read_row(sqlite3_stmt *row, const struct policy *policy, struct standing_step *step)
{
    const char *kind = (const char *)sqlite3_column_text(row, KIND), *unit = (const char *)sqlite3_column_text(row, UNIT);
    const char *severity = (const char *)sqlite3_column_text(row, SEVERITY);
    bool known = sqlite3_column_type(row, BEFORE) != SQLITE_NULL, by_kill = sqlite3_column_int(row, BY_KILL) != 0;

    *step = (struct standing_step){.target = (uint32_t)sqlite3_column_int64(row, TARGET),
                                   .amount = sqlite3_column_double(row, AMOUNT),
                                   .before = known ? sqlite3_column_double(row, BEFORE) : NAN,
                                   .type = (enum issue_type)sqlite3_column_int64(row, TYPE),
                                   .due = INT64_MIN};
    if (!kind || !action_parse(kind, &step->kind) || !severity || !severity_parse(severity, &step->severity) ||
        step->type >= ISSUE_TYPE_COUNT || action_inverse(step->kind) == ACTION_KIND_COUNT)
        return false;
    if (unit && strcmp(unit, amount_unit_name(AMOUNT_BYTES)) == 0)
        step->unit = AMOUNT_BYTES;
    if (by_kill)
        return action_is_repeatable(step->kind) && action_is_repeatable(action_inverse(step->kind));
    heal_duration after = stands_for(policy, (const char *)sqlite3_column_text(row, STRATEGY), step->type);
    step->due = sqlite3_column_int64(row, ENDED) + after;
    return after > 0;
}

bool leftovers_find(sqlite3 *database, const struct policy *policy, heal_time since, const char *interrupted,
                    struct standing_step *out, size_t room, size_t *count, struct error_list *errors)
{
    sqlite3_stmt *rows = database_prepare(database, FIND, errors), *undone = database_prepare(database, UNDONE, errors);
    bool failed = !rows || !undone;

    *count = 0;
    if (!failed) {
        sqlite3_bind_int64(rows, 1, since);
        sqlite3_bind_text(rows, 2, interrupted, -1, SQLITE_STATIC);
    }
    while (!failed && *count < room && database_next(rows, &failed, errors)) {
        struct standing_step *step = &out[*count];
        *count += read_row(rows, policy, step) &&
                  !is_undone(undone, rows, action_inverse(step->kind), &failed, errors);
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(undone);
    return !failed;
}
