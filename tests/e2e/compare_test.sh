#!/usr/bin/env bash
# `selfheal compare`: in pairs, against a committed baseline, with limits; a regression is exit 1.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
ln -s "$selfheal" selfheal
suite() { ./selfheal test scenarios/suites/basic --filter high-cpu --filter disk-full "$@" >/dev/null; }
suite --out a
suite --out b
printf 'name: slow\nscan_interval: 60s\n' >slow.yaml
suite --out slow --policy slow.yaml
cp a/summary.json baseline.json

expect 0 ./selfheal compare a b
has out "high-cpu (in pairs: the same faults)"
has out "decisions"
has out "pass (weighted 0.00)"
grep -q "worse\|better" out && fail "equal suites are said to differ"

expect 1 ./selfheal compare a slow --html c.html --markdown c.md
[ "$(wc -l <plots/comparison.csv)" -gt 3 ] || fail "the plot of the comparison has no data"
if command -v gnuplot >/dev/null; then has c.html "Change of B against A"; fi
has out "worse      mttd_seconds.mean"
has out "part at 2026-01-01T00:2"
has c.html "They part at"
has c.md "| mttd"
expect 0 ./selfheal compare slow a
has out "better     mttd_seconds.mean"

# A file that can be committed, and limits of one's own.
expect 1 ./selfheal compare baseline.json slow --limits scenarios/suites/basic.limits.yaml
has out "figures only"
printf 'metrics:\n  - {metric: mttd_seconds, warn: 10s, fail: 10m}\n' >loose.yaml
expect 0 ./selfheal compare baseline.json slow --limits loose.yaml --json
same "$(json out grade)" '"warning"' grade
grep -qE '"verdict":[[:space:]]*"worse"' out || fail "no metric is called worse"

# Single runs, and runs of different seeds, which are no pairs.
for seed in 1 2; do ./selfheal simulate scenarios/quickstart.yaml --seed $seed --no-report --out run-$seed >/dev/null; done
expect 0 ./selfheal compare run-1 run-1
expect 0 ./selfheal compare run-1 run-1/summary.json
./selfheal compare run-1 run-2 >out
has out "figures only"

expect 2 ./selfheal compare a nothing
expect 2 ./selfheal compare a run-1
printf '[1]\n' >junk.json
expect 2 ./selfheal compare a junk.json
has err "no summary.json"
printf 'metrics:\n  - {metric: speed}\n' >wrong.yaml
expect 2 ./selfheal compare a b --limits wrong.yaml
has err "wrong.yaml:2: metrics[0].metric"
# The committed baseline: nothing may have become worse beyond its limits (make it anew when that was wanted).
expect 0 ./selfheal test scenarios/suites/basic --out basic
expect 0 ./selfheal compare scenarios/suites/basic.baseline.json basic --limits scenarios/suites/basic.limits.yaml
finish
