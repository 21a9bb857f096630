#!/usr/bin/env bash
# Live mode against a real Prometheus: dry run, healing, commands, restart, kill -9, replay.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
start_prometheus
write_policy
write_config 'api: {port: 0, tokens: tokens}'
metric test_memory_ratio web 0.4
metric test_asked_ratio web 0.1

# A wrong file and a wrong environment are answered in one round.
sed 's/^name: e2e/nam: e2e/; s/^  back_fill: 5s/  back_fill: soon/' live.yaml >wrong.yaml
expect 2 env SCAN_INTERVAL_SECONDS=often "$selfheal" live --check --config wrong.yaml
has err "wrong.yaml:1: nam: unknown field"
has err "prometheus.back_fill"
has err "SCAN_INTERVAL_SECONDS: expected a whole number"
absent run
expect 0 env DRY_RUN_MODE=false "$selfheal" live --check --config live.yaml
has out "not a dry run"
expect 0 "$selfheal" live --check --config live.yaml
has out ", dry run"

expect 0 "$selfheal" live --config live.yaml --add-token approver:ann
token=(-H "Authorization: Bearer $(cat out)")
has tokens "approver ann sha256:"
! grep -qF "$(cat out)" tokens || fail "the token itself is in the file"
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"

# Dry run is where it starts: it says what it would do, and does nothing.
start_live
has live.out "dry run: nothing is done"
metric test_memory_ratio web 0.95
until_true 20 grep -q would_start live.out || fail "no plan was printed"
has live.out "more_memory"
has live.out "raise_memory_limit"
absent acts
same "$(said remediations?limit=1 'a[0]["status"]')" dry_run "status of a dry run"

# Told otherwise, it takes up what it had only planned.
expect 0 curl -fsS "${token[@]}" -X POST -d '{"enabled": false, "reason": "the plan is good"}' "$api/api/self-healing/toggle-dry-run"
has out '"dry_run":false'
until_true 20 holds remediations 'any(r["status"] == "success" for r in a)' || fail "it was not healed"
has acts "raise_memory_limit pod/shop/web rollback=0"
until_true 20 holds issues 'a[0]["remediated"] and not a[0]["open"]' || fail "the issue is not closed"
same "$(said 'audit?limit=1000' 'len([r for r in a if r["actor"] == "person ann"])')" 1 "rows of the command in the audit log"
same "$(said 'audit?limit=1000' '[r["detail"] for r in a if r["actor"] == "person ann"][0]')" "dry_run off, by person ann: done; because: the plan is good" "who, what and why"

# What it did is undone by a person's word, once.
row=$(said remediations '[r["id"] for r in a if r["success"]][0]')
expect 0 curl -fsS "${token[@]}" -X POST "$api/api/self-healing/rollback/$row"
until_true 20 grep -q "lower_memory_limit pod/shop/web rollback=1" acts || fail "nothing was rolled back"
until_true 20 holds remediations "[r['rollback_performed'] for r in a if r['id'] == $row][0]"
same "$(curl -s -o out -w '%{http_code}' "${token[@]}" -X POST "$api/api/self-healing/rollback/$row")" 409 "a second rollback"
same "$(curl -s -o out -w '%{http_code}' "${token[@]}" -X POST "$api/api/self-healing/manual-remediate/999")" 404 "an issue that is none"

# What needs a yes waits for it.
metric test_asked_ratio web 0.95
until_true 20 holds 'issues?open=1' 'a[0]["remediation"]["gate"] == "approval"' || fail "it does not wait for approval"
! grep -q restart_pod acts || fail "it did not wait for a yes"
expect 0 curl -fsS "${token[@]}" -X POST "$api/api/self-healing/approve/$(said 'issues?open=1' 'a[0]["id"]')"
until_true 20 grep -q "restart_pod pod/shop/web" acts || fail "the approved action was not taken"
until_true 20 holds 'issues?open=1' 'a == []' || fail "issues are left open"

# Switched off, it holds; a person may still ask for a remedy.
expect 0 curl -fsS "${token[@]}" -X POST -d '{"enabled": false}' "$api/api/self-healing/toggle-auto-remediation"
metric test_memory_ratio web 0.97
until_true 20 holds 'issues?open=1' 'len(a) == 1 and a[0]["remediation"] is None' || fail "no held issue"
acts_before=$(wc -l <acts)
expect 0 curl -fsS "${token[@]}" -X POST "$api/api/self-healing/manual-remediate/$(said 'issues?open=1' 'a[0]["id"]')"
until_true 20 holds 'issues?open=1' 'a == []' || fail "the remedy by hand did not heal"
same "$(wc -l <acts)" $((acts_before + 1)) "actions"

# New series are taken in.
metric test_memory_ratio db 0.3
until_true 30 holds state 'a["series"] == 3 and a["unknown_series"] == 0' || fail "a new series is not taken in"
stop_live
same "$(sqlite3 run/run.db 'select complete from run')" 1 "a run that was told to stop is complete"

# Every flight gives every decision again.
for flight in run/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical to those of the live process"
done
first=$(ls run/flight/*.flight | head -n 1)
sed 's/above: 0.9, hold: 500ms/above: 0.99, hold: 500ms/' policy.yaml >calmer.yaml
expect 0 "$selfheal" replay "$first" --policy calmer.yaml
has out "would start more_memory pod/shop/web"
has out "incidents: "
has out "only as good as the model"
expect 0 "$selfheal" replay "$first" --policy calmer.yaml --json
python3 -c 'import json; d = json.load(open("out")); v = d["incidents"]; both = v["better"] + v["worse"] + v["same"]; assert [both + v["only_recorded"], both + v["only_new"]] == d["issue_opened"] and v["worse"] + v["only_recorded"] > 0, d' || fail "incidents: $(cat out)"
expect 0 "$selfheal" replay "$first" --json
same "$(json out identical)" true "identical"
head -c $(($(stat -c %s "$first") - 5)) "$first" >torn.flight
expect 0 "$selfheal" replay torn.flight
has out "breaks off"
expect 0 "$selfheal" audit verify run/run.db
expect 0 "$selfheal" report run
has run/report.html "e2e"

# A range of Prometheus becomes a trace.
expect 0 "$selfheal" record recorded.csv --config live.yaml --last 20s --step 1s
expect 0 "$selfheal" trace validate recorded.csv
has recorded.csv "pod/shop/web:memory_ratio"
finish
