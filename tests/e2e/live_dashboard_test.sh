#!/usr/bin/env bash
# The dashboard in a real browser: looked at, clicked, used by keyboard.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
needs chromium
start_prometheus
write_policy
write_config 'api: {port: 0, tokens: tokens}'
metric test_memory_ratio web 0.4
metric test_asked_ratio web 0.1
expect 0 "$selfheal" live --config live.yaml --add-token approver:ann
approver=$(cat out)
token=(-H "Authorization: Bearer $approver")
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"

# Something of three days ago, and something of ten: healed now, and moved in the facts.
past() { # DAYS ISSUES
    metric test_memory_ratio web 0.4
    start_live DRY_RUN_MODE=false
    metric test_memory_ratio web 0.95
    until_true 30 holds 'issues' "len(a) == $2 and not a[0]['open'] and a[0]['remediated']" || fail "nothing is healed"
    stop_live
    sqlite3 run/run.db "update issue_facts set opened_at_ns = opened_at_ns - $1 * 86400000000000, closed_at_ns = closed_at_ns - $1 * 86400000000000;
        update remediation_facts set started_at_ns = started_at_ns - $1 * 86400000000000, ended_at_ns = ended_at_ns - $1 * 86400000000000"
}
needs sqlite3
past 7 1
past 3 2
start_live
timeout 150 python3 "$source_dir/tests/e2e/dashboard_check.py" "$api" "$approver" "$work" "${PICTURE:-$work/dashboard.png}" 2>check.err ||
    fail "the dashboard: $(tail -n 3 check.err)"
stop_live
finish
