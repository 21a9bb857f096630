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
start_live
timeout 150 python3 "$source_dir/tests/e2e/dashboard_check.py" "$api" "$approver" "$work" "${PICTURE:-$work/dashboard.png}" 2>check.err ||
    fail "the dashboard: $(tail -n 3 check.err)"
stop_live
finish
