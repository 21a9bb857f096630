/* api_read.c - answers from the database, which makes the JSON: one statement, one
 * text, read in one snapshot. SQL that SQLite and PostgreSQL both read (store/dialect.h). */
#include "live/api_parts.h"

#include <stdlib.h>
#include <string.h>

void answer_issues(struct request *request, struct reply *reply)
{
    int64_t numbers[] = {api_number(request, reply, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT),
                         api_number(request, reply, "open", 0, 1, 0)};

    if (numbers[0] < 0 || numbers[1] < 0)
        return;
    api_query(request, reply,
              "SELECT coalesce(json_group_array(json(one)), '[]') FROM (SELECT json_object("
              "'id', i.id, 'type', i.type, 'severity', i.severity, 'resource', i.resource,"
              "'description', i.description, 'detected_at', i.detected_at, 'metrics', json(i.metrics),"
              "'open', json(CASE WHEN f.closed_at_ns IS NULL THEN 'true' ELSE 'false' END),"
              "'remediated', json(CASE WHEN i.remediated = 1 THEN 'true' ELSE 'false' END),"
              "'remediation', (SELECT json_object('id', r.id, 'status', r.status, 'action_type', r.action_type, "
              "'gate', g.gate)"
              " FROM self_healing_remediations r JOIN remediation_facts g ON g.remediation_id = r.id"
              " WHERE r.issue_id = i.id ORDER BY r.id DESC LIMIT 1)) AS one"
              " FROM self_healing_issues i JOIN issue_facts f ON f.issue_id = i.id"
              " WHERE ?2 = 0 OR f.closed_at_ns IS NULL ORDER BY i.id DESC LIMIT ?1) AS list",
              numbers, 2);
}

void answer_remediations(struct request *request, struct reply *reply)
{
    int64_t limit = api_number(request, reply, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT);

    if (limit < 0)
        return;
    api_query(request, reply,
              "SELECT coalesce(json_group_array(json(one)), '[]') FROM (SELECT json_object("
              "'id', r.id, 'issue_id', r.issue_id, 'action_type', r.action_type, 'description', r.description,"
              "'status', r.status, 'started_at', r.started_at, 'completed_at', r.completed_at,"
              "'success', CASE r.success WHEN 1 THEN json('true') WHEN 0 THEN json('false') END,"
              "'rollback_performed', json(CASE WHEN r.rollback_performed = 1 THEN 'true' ELSE 'false' END),"
              "'error_message', r.error_message, 'type', i.type, 'severity', i.severity, 'resource', i.resource,"
              "'attempts', f.attempts, 'gate', f.gate,"
              "'actions', (SELECT json_group_array(json_object('id', a.id, 'kind', a.kind, 'target', t.name,"
              " 'amount', a.amount, 'amount_unit', a.amount_unit, 'before', a.before, 'rollback', json(CASE WHEN "
              "a.rollback = 1 THEN "
              "'true' ELSE 'false' END), 'started_at', a.started_at,"
              " 'ended_at', a.ended_at, 'outcome', a.outcome))"
              " FROM actions a LEFT JOIN resources t ON t.id = a.target_id WHERE a.remediation_id = r.id)) AS one"
              " FROM self_healing_remediations r JOIN self_healing_issues i ON i.id = r.issue_id"
              " JOIN remediation_facts f ON f.remediation_id = r.id ORDER BY r.id DESC LIMIT ?1) AS list",
              &limit, 1);
}

/* What is measured, and null where nothing is. `others` are issues that went away
 * without a successful remediation: by themselves or by people. */
void answer_statistics(struct request *request, struct reply *reply)
{
    int64_t hours = api_number(request, reply, "hours", 1, 24 * 3660, 24 * 3660);
    int64_t numbers[] = {wall_now() - hours * HEAL_HOUR, wall_now()};
    struct status_view view;

    if (hours < 0)
        return;
    status_read(api_status(request->api), &view);
    if (api_cached(request, reply, hours, view.decisions))
        return;
    api_query(request, reply,
              "WITH issues AS (SELECT i.id, i.remediated, f.opened_at_ns AS opened, f.closed_at_ns AS closed"
              "  FROM self_healing_issues i JOIN issue_facts f ON f.issue_id = i.id WHERE f.opened_at_ns >= ?1),"
              " remedies AS (SELECT r.status, f.started_at_ns AS started, f.ended_at_ns AS ended"
              "  FROM self_healing_remediations r JOIN remediation_facts f ON f.remediation_id = r.id"
              "  WHERE f.started_at_ns >= ?1),"
              " counts AS (SELECT (SELECT count(*) FROM issues) AS issues, count(*) AS all_of,"
              "  count(*) FILTER (WHERE status = 'success') AS good,"
              "  count(*) FILTER (WHERE status IN ('failed', 'escalated')) AS bad,"
              "  avg((ended - started) / 1e9) FILTER (WHERE status = 'success') AS mean FROM remedies),"
              " times AS (SELECT avg((closed - opened) / 1e9) FILTER (WHERE remediated = 1) AS healed,"
              "  avg((closed - opened) / 1e9) FILTER (WHERE remediated = 0) AS others,"
              "  count(*) FILTER (WHERE remediated = 1) AS healed_n FROM issues WHERE closed IS NOT NULL),"
              " begun AS (SELECT min(start_ns) AS at FROM run),"
              " span AS (SELECT (?2 - CASE WHEN at < ?1 THEN ?1 ELSE at END) / 1e9 AS seconds FROM begun)"
              " SELECT json_object('total_issues_detected', c.issues, 'total_remediations', c.all_of,"
              " 'successful_remediations', c.good, 'failed_remediations', c.bad,"
              " 'success_rate', CASE WHEN c.good + c.bad > 0 THEN round(1.0 * c.good / (c.good + c.bad), 6) END,"
              " 'average_remediation_time', round(c.mean, 3),"
              " 'uptime_improvement', CASE WHEN t.others IS NOT NULL AND t.healed IS NOT NULL AND s.seconds > 0"
              "   THEN round(t.healed_n * (t.others - t.healed) / s.seconds, 6) END,"
              " 'mttr_reduction', CASE WHEN t.others > 0 AND t.healed IS NOT NULL THEN round(1.0 - t.healed / "
              "t.others, 6) END,"
              " 'mttr_remediated_seconds', round(t.healed, 3), 'mttr_others_seconds', round(t.others, 3),"
              " 'window_seconds', round(s.seconds, 3)) FROM counts c, times t, span s",
              numbers, 2);
    api_keep(request, reply, hours, view.decisions);
}

void answer_audit(struct request *request, struct reply *reply)
{
    int64_t limit = api_number(request, reply, "limit", 1, LIMIT_MOST, LIMIT_DEFAULT);

    if (limit < 0)
        return;
    api_query(request, reply,
              "SELECT coalesce(json_group_array(json(one)), '[]') FROM (SELECT json_object('id', id, 'at', at,"
              " 'actor', actor, 'action', action, 'object', object, 'detail', detail, 'hash', hash) AS one"
              " FROM audit ORDER BY id DESC LIMIT ?1) AS list",
              &limit, 1);
}

void answer_suggestions(struct request *request, struct reply *reply)
{
    api_query(
        request, reply,
        "WITH tries AS (SELECT s.name, s.issue_type, count(*) AS n, count(*) FILTER (WHERE a.verified = 1) AS good"
        "  FROM attempts a JOIN strategies s ON s.id = a.strategy_id WHERE a.verified IS NOT NULL GROUP BY s.id)"
        " SELECT coalesce(json_group_array(json(one)), '[]') FROM ("
        "SELECT json_object('kind', 'weak_strategy', 'subject', name, 'type', issue_type, 'n', n,"
        " 'value', round(1.0 * good / n, 4), 'text', name || ' worked ' || good || ' times of ' || n ||"
        " ' for ' || issue_type || '; consider another order of its ladder') AS one FROM tries"
        " WHERE n >= 3 AND 2 * good < n"
        " UNION ALL SELECT json_object('kind', 'often', 'subject', resource, 'type', type, 'n', count(*),"
        " 'value', NULL, 'text', type || ' came back ' || count(*) || ' times on ' || resource ||"
        " '; the cause is still there') FROM self_healing_issues GROUP BY resource, type HAVING count(*) >= 5"
        " LIMIT 100) AS list",
        NULL, 0);
}

void answer_health_history(struct request *request, struct reply *reply)
{
    int64_t hours = api_number(request, reply, "hours", 1, 24 * 366, 24);
    int64_t numbers[] = {wall_now() - hours * HEAL_HOUR, hours * HEAL_HOUR / 288};

    if (hours < 0)
        return;
    /* at most 288 points: the worst of each bucket */
    api_query(request, reply,
              "SELECT coalesce(json_group_array(json(one)), '[]') FROM (SELECT json_object('timestamp', timestamp,"
              " 'overall_score', overall_score) AS one FROM (SELECT h.timestamp, h.overall_score, f.at_ns,"
              " row_number() OVER (PARTITION BY f.at_ns / ?2"
              "  ORDER BY h.overall_score IS NULL, h.overall_score, f.at_ns) AS place"
              " FROM health_scores h JOIN health_facts f ON f.health_id = h.id WHERE f.at_ns >= ?1) AS scores"
              " WHERE place = 1 ORDER BY at_ns) AS list",
              numbers, 2);
}
