/* decision_changes.h - the statements that decision_rows runs, one per change.
 *
 * ?1 is the row that the change is about, or its id; the values that follow are
 * in the order of the columns. Kept apart so that the SQL can be read beside the
 * schema and the C beside the decisions.
 */
#ifndef SELFHEAL_STORE_DECISION_CHANGES_H
#define SELFHEAL_STORE_DECISION_CHANGES_H

enum change {
    ADD_ISSUE,
    ADD_ISSUE_FACTS,
    SET_SEVERITY,
    REOPEN_ISSUE,
    CLOSE_ISSUE,
    ADD_EVIDENCE,
    MARK_REMEDIATED,
    ADD_REMEDIATION,
    ADD_REMEDIATION_FACTS,
    HOLD_REMEDIATION,
    BEGIN_ATTEMPT_FACTS,
    ADD_ATTEMPT,
    NAME_STRATEGY,
    VERIFY_ATTEMPT,
    VERIFY_REMEDIATION,
    FAIL_ATTEMPT,
    EXPLAIN_FAILURE,
    BEGIN_ROLLBACK,
    MARK_ROLLBACK,
    END_ROLLBACK,
    END_REMEDIATION,
    END_REMEDIATION_FACTS,
    ADD_ACTION,
    FIRST_ACTION,
    END_ACTION,
    LAST_ACTION,
    BLAME_ACTION,
    ADD_HEALTH,
    ADD_HEALTH_FACTS,
    NOTE_REPLICATION,
    CHANGE_COUNT
};

extern const char *const DECISION_CHANGES[CHANGE_COUNT]; /* SQL by enum change */
/* ADD_EVIDENCE on a server, whose functions of JSON are others. `metrics` is as evidence_json
 * makes it: an object without blanks, `evidence` at its end. */
extern const char ADD_EVIDENCE_SERVER[];

#endif
