#!/usr/bin/env bash
# `selfheal diff`: two policies over one recording, or over one scenario's faults.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
ln -s "$selfheal" selfheal
export TMPDIR=$work/tmp && mkdir tmp
# A recording of two hours: a pod whose processor jumps after one of them.
python3 - >trace.csv <<'P'
print("timestamp,pod/shop/web:cpu_utilization_ratio")
for i in range(240):
    t = i * 30
    value = 0.97 if 120 <= i < 150 else 0.30 + 0.01 * (i % 5)
    print(f"2026-01-01T{t // 3600:02d}:{t % 3600 // 60:02d}:{t % 60:02d}Z,{value:.2f}")
P
cat >late.yaml <<'Y'
name: late
rules:
  - {name: high_cpu, series: "*:*cpu_utilization_ratio", issue: high_cpu, severity: medium, above: 0.85, hold: 5m, clear_ratio: 0.9, clear_hold: 30s}
Y
expect 0 ./selfheal diff default late.yaml --trace trace.csv --html d.html
has out "B 4 min 30 s later"
has out "issue high_cpu"
has out "A recording cannot answer"
has d.html "Decisions that differ"
expect 0 ./selfheal diff late.yaml late.yaml --trace trace.csv
has out "0 differ"
expect 0 ./selfheal diff default late.yaml --scenario scenarios/suites/basic/high-cpu.yaml --replications 3 --json
same "$(json out incidents.better)" 0 "incidents that fare better"
[ "$(json out incidents.worse)" -ge 1 ] || fail "no incident fares worse"
expect 2 ./selfheal diff default late.yaml
expect 2 ./selfheal diff default nothing.yaml --trace trace.csv
expect 2 ./selfheal diff default late.yaml --trace nothing.csv
[ -z "$(ls tmp)" ] || fail "left behind: $(ls tmp)"
finish
