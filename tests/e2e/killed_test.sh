#!/usr/bin/env bash
# A run that is killed leaves a database that opens, with what it had decided.
. "$(dirname "$0")/harness.sh"
cat >long.yaml <<'Y'
name: long
seed: 3
duration: 720h
start: 2026-01-01T00:00:00Z
resources:
  - id: pod/shop/web
    count: 50
    series: {cpu_utilization_ratio: {level: 0.4, noise: 0.05, low: 0, high: 1}}
faults:
  - {kind: cpu-stress, target: "pod/shop/*", poisson: 20m, lasts: 15m}
Y
"$selfheal" simulate long.yaml --replications 200 --out killed >out 2>err &
pid=$!
for _ in $(seq 1200); do
    [ -f killed/run.db ] && [ "$(sqlite3 killed/run.db 'select count(*) from self_healing_issues' 2>/dev/null || echo 0)" -gt 20 ] && break
    sleep 0.05
done
kill -9 $pid
wait $pid 2>/dev/null
same "$(sqlite3 killed/run.db 'pragma integrity_check')" ok "integrity after kill -9"
issues=$(sqlite3 killed/run.db 'select count(*) from self_healing_issues')
[ "$issues" -gt 20 ] || fail "only $issues issues were kept"
expect 0 "$selfheal" audit verify killed/run.db
expect 0 "$selfheal" report killed
grep -qiE "incomplete|did not reach its end|before its end" killed/report.html || fail "the report does not say that the run was cut off"
expect 0 "$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --out killed
same "$(sqlite3 killed/run.db 'select scenario from run')" quickstart "the run that replaced it"
finish
