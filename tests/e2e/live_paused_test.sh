#!/usr/bin/env bash
# A pause is still held after a restart. On a read-only disk nothing begins, and that is said.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
needs curl python3
mkdir -p small
mount -t tmpfs -o size=30m tmpfs small 2>/dev/null || { echo "SKIPPED: no file system can be mounted here" >&2; exit 77; }
on_leave 'umount "$work/small" 2>/dev/null'
start_prometheus
write_policy
metric test_memory_ratio web 0.4
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"
write_config 'api: {port: 0, tokens: tokens}'
sed -i "s|^data: run|data: $work/small/run|" live.yaml
expect 0 "$selfheal" live --config live.yaml --add-token operator:olga
token=(-H "Authorization: Bearer $(cat out)")
start_live DRY_RUN_MODE=false

# Held back before the restart, held back after it.
expect 0 curl -fsS "${token[@]}" -d '{"resource": "pod/shop/web", "cause": "deploy"}' "$api/api/self-healing/pause"
stop_live
absent acts
start_live DRY_RUN_MODE=false
metric test_memory_ratio web 0.95
until_true 20 holds 'issues?open=1' 'len(a) == 1' || fail "no issue"
sleep 2
absent acts
expect 0 curl -fsS "${token[@]}" -d '{"resource": "pod/shop/web"}' "$api/api/self-healing/resume"
until_true 30 holds 'issues?open=1' 'a == []' || fail "it does not heal when it may again"
stop_live
expect 0 "$selfheal" audit verify small/run/run.db

# In use it cannot be made read-only (the kernel refuses); at a start it can be so.
mount -o remount,ro small
timeout 60 "$selfheal" live --config live.yaml >out 2>err
same $? 3 "exit code on a read-only disk"
[ -s err ] || fail "nothing is said about a read-only disk"
mount -o remount,rw small
finish
