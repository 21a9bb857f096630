/* decision_changes.c - see decision_changes.h. */
#include "store/decision_changes.h"

/* The attempt at work is the one that the remediation's facts count last. */
#define THE_ATTEMPT                                                                                                    \
    " WHERE remediation_id = ?1"                                                                                       \
    " AND number = (SELECT attempts FROM remediation_facts WHERE remediation_id = ?1)"

const char *const DECISION_CHANGES[CHANGE_COUNT] = {
    [ADD_ISSUE] = "INSERT INTO self_healing_issues VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?6)",
    [ADD_ISSUE_FACTS] = "INSERT INTO issue_facts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, 0)",
    [SET_SEVERITY] = "UPDATE self_healing_issues SET severity = ?2 WHERE id = ?1",
    [REOPEN_ISSUE] = "UPDATE issue_facts SET closed_at_ns = NULL, reopened = reopened + 1 WHERE issue_id = ?1",
    [CLOSE_ISSUE] = "UPDATE issue_facts SET closed_at_ns = ?2 WHERE issue_id = ?1",
    [ADD_EVIDENCE] = "UPDATE self_healing_issues SET description = description || '; ' || ?2, metrics ="
                     " json_insert(json_insert(metrics, '$.evidence', json('[]')), '$.evidence[#]', json(?3))"
                     " WHERE id = ?1 AND coalesce(json_array_length(metrics, '$.evidence'), 0) < ?4",
    [MARK_REMEDIATED] = "UPDATE self_healing_issues SET remediated = 1 WHERE id = ?1",
    [ADD_REMEDIATION] = "INSERT INTO self_healing_remediations VALUES"
                        " (?1, ?2, 'none', 'no strategy tried', 'running', ?3, NULL, NULL, NULL, 0, ?3)",
    [ADD_REMEDIATION_FACTS] = "INSERT INTO remediation_facts (remediation_id, issue_id, replication, started_at_ns)"
                              " VALUES (?1, ?2, ?3, ?4)",
    [HOLD_REMEDIATION] = "UPDATE remediation_facts SET held = held + 1, gate = ?2 WHERE remediation_id = ?1",
    [BEGIN_ATTEMPT_FACTS] = "UPDATE remediation_facts SET attempts = attempts + 1,"
                            " rungs = rungs + CASE WHEN strategy_id IS DISTINCT FROM ?2 THEN 1 ELSE 0 END, strategy_id "
                            "= ?2 WHERE remediation_id = ?1",
    [ADD_ATTEMPT] = "INSERT INTO attempts (remediation_id, number, strategy_id, started_at_ns)"
                    " SELECT remediation_id, attempts, ?2, ?3 FROM remediation_facts WHERE remediation_id = ?1",
    [NAME_STRATEGY] = "UPDATE self_healing_remediations SET action_type = ?2, description = ?3 WHERE id = ?1",
    [VERIFY_ATTEMPT] = "UPDATE attempts SET verified = 1, ended_at_ns = ?2" THE_ATTEMPT,
    [VERIFY_REMEDIATION] = "UPDATE remediation_facts SET verified_at_ns = ?2 WHERE remediation_id = ?1",
    [FAIL_ATTEMPT] = "UPDATE attempts SET verified = 0, ended_at_ns = ?2,"
                     " error = coalesce(error, 'the signal did not recover in time')" THE_ATTEMPT,
    [EXPLAIN_FAILURE] = "UPDATE self_healing_remediations SET error_message = action_type || ': ' ||"
                        " (SELECT error FROM attempts" THE_ATTEMPT ") WHERE id = ?1",
    [BEGIN_ROLLBACK] = "UPDATE attempts SET rollback_started_at_ns = ?2" THE_ATTEMPT,
    [MARK_ROLLBACK] = "UPDATE self_healing_remediations SET rollback_performed = 1 WHERE id = ?1",
    [END_ROLLBACK] = "UPDATE attempts SET rollback_succeeded = ?2" THE_ATTEMPT,
    [END_REMEDIATION] =
        "UPDATE self_healing_remediations SET status = ?2, completed_at = ?3, success = ?4,"
        " error_message = CASE WHEN CAST(?4 AS INTEGER) = 1 THEN NULL ELSE coalesce(?5, error_message, ?2) END"
        " WHERE id = ?1",
    /* A signal that came back between two attempts ends in success without a verdict on either. */
    [END_REMEDIATION_FACTS] = "UPDATE remediation_facts SET ended_at_ns = ?2,"
                              " verified_at_ns = CASE WHEN ?3 = 1 THEN coalesce(verified_at_ns, ?2) END"
                              " WHERE remediation_id = ?1",
    [ADD_ACTION] = "INSERT INTO actions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, ?10, NULL, ?11, ?12)",
    [FIRST_ACTION] = "UPDATE remediation_facts SET first_action_at_ns = coalesce(first_action_at_ns, ?2)"
                     " WHERE remediation_id = ?1",
    [END_ACTION] = "UPDATE actions SET ended_at = ?2, outcome = ?3, ended_at_ns = ?4, before = coalesce(?5, before)"
                   " WHERE id = ?1",
    /* An undo after the end is no part of the remediation's time. */
    [LAST_ACTION] =
        "UPDATE remediation_facts SET last_action_ended_ns = ?2"
        " WHERE ended_at_ns IS NULL AND remediation_id = (SELECT remediation_id FROM actions WHERE id = ?1)",
    [BLAME_ACTION] = "UPDATE attempts SET error = ?2" THE_ATTEMPT,
    [ADD_HEALTH] = "INSERT INTO health_scores VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)",
    [ADD_HEALTH_FACTS] = "INSERT INTO health_facts VALUES (?1, ?2, ?3)",
    [NOTE_REPLICATION] = "UPDATE replications SET complete = ?2, decisions = ?3, anomalies = ?4, anomalies_kept = ?5,"
                         " last_at_ns = ?6 WHERE replication = ?1",
};

const char ADD_EVIDENCE_SERVER[] =
    "UPDATE self_healing_issues SET description = description || '; ' || ?2, metrics ="
    " CASE WHEN metrics::json -> 'evidence' IS NULL THEN left(metrics, -1) || ',\"evidence\":[' ELSE left(metrics, -2) "
    "|| ','"
    " END || ?3 || ']}' WHERE id = ?1 AND coalesce(json_array_length(metrics::json -> 'evidence'), 0) < ?4";
