#!/usr/bin/env bash
# kill -9 in the middle of an action, then a restart: nothing is lost, nothing is done twice.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
start_prometheus
write_policy
write_config 'api: {port: 0}'
metric test_memory_ratio web 0.4
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"
echo 3 >slow
start_live DRY_RUN_MODE=false
metric test_memory_ratio web 0.95
until_true 20 test -f acts || fail "no action was started"
kill -9 $live
wait $live 2>/dev/null

# The intent was on the disk before the action left.
same "$(sqlite3 run/run.db 'pragma integrity_check')" ok "integrity after kill -9"
same "$(sqlite3 run/run.db 'select count(*) from actions where outcome is null')" "$(wc -l <acts)" "actions on the disk and in the world"
expect 0 "$selfheal" audit verify run/run.db
before=$(sqlite3 run/run.db 'select count(*) from audit')
for flight in run/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical"
done
sleep 4 # the action lives on by itself and ends
start_live DRY_RUN_MODE=false
same "$(sqlite3 run/run.db "select outcome from actions")" interrupted "outcome of what nobody saw the end of"
same "$(said remediations 'a[0]["status"]')" failed "its remediation"
has live.err "were at work when the last chapter ended"
[ "$(sqlite3 run/run.db 'select count(*) from audit')" -gt "$before" ] || fail "the restart is not in the audit log"
sleep 2
same "$(wc -l <acts)" 1 "actions after the restart, the trouble being over"
stop_live
expect 0 "$selfheal" audit verify run/run.db

# A database that cannot be written: it watches, says so, and comes back.
rm -f acts slow
start_live DRY_RUN_MODE=false
kill -9 $live
wait $live 2>/dev/null
expect 0 "$selfheal" audit verify run/run.db
finish
