#!/usr/bin/env bash
# --until: as many replications as a figure needs, the same number on any threads.
. "$(dirname "$0")/harness.sh"
scenario=$source_dir/scenarios/quickstart.yaml
goal() { "$selfheal" simulate "$scenario" --no-report "$@"; }

for threads in 1 2 4; do
    expect 0 goal --until 'baseline.mttr_seconds.mean ±10%' --until 'availability +-2% with 99%' --threads $threads \
        --out on-$threads
    has out "until baseline.mttr_seconds.mean ±10%: reached with"
    has out "until availability +-2% with 99%: reached with"
    cp out out-$threads
done
n=$(json on-1/summary.json replications)
[ "$n" -ge 20 ] && [ "$n" -lt 1000 ] || fail "stopped at $n replications"
for threads in 2 4; do
    same "$(json on-$threads/summary.json replications)" "$n" "replications on $threads threads"
    cmp -s on-1/summary.json on-$threads/summary.json || fail "summary.json differs on $threads threads"
    same "$(grep until out-$threads)" "$(grep until out-1)" "what is said on $threads threads"
done

# It is the very run that asks for so many at once.
expect 0 goal --replications "$n" --out fixed
dump() { sqlite3 "$1" .dump | sha256sum; }
same "$(dump on-2/run.db)" "$(dump fixed/run.db)" "databases"
same "$(dump on-2/baseline.db)" "$(dump fixed/baseline.db)" "databases of people alone"
cmp -s on-1/summary.json fixed/summary.json || fail "summary.json differs from that of $n replications at once"
expect 0 "$selfheal" audit verify on-2/run.db

# As narrow as was asked, by what the run says itself: half of its 95 % interval.
python3 - on-1/summary.json <<'P' || fail "the interval is wider than asked"
import json, sys
figure = json.load(open(sys.argv[1]))["baseline"]["mttr_seconds"]
low, high = figure["ci95"]
sys.exit(not (high - low) / 2 <= 0.11 * figure["mean"])
P

# What is not reached is said, with all that was found, and exit 1.
expect 1 goal --until 'mttr_seconds ±1s' --max-replications 25 --out short
has out "until mttr_seconds ±1s: not reached with 25 replications"
has out "would do"
same "$(json short/summary.json replications)" 25 "replications at the limit"
expect 1 goal --until 'by_type.disk_full.mttr_seconds ±5%' --max-replications 10 --out none
has out "no figure at all"
expect 1 goal --until 'false_negative_rate ±5%' --max-replications 10 --out zero
has out "a share of 0 is never reached"

# --json: summary.json alone on stdout, the rest on stderr; --replications: at least so many.
expect 0 goal --until 'availability ±50%' --replications 30 --json --out json
python3 -m json.tool out >/dev/null || fail "--json --until is no JSON"
has err "until availability ±50%: reached with 30 replications"

# -- bad input: one message per fault, exit 2, nothing written
refused() { # MESSAGE OPTIONS...
    local message=$1
    shift
    expect 2 goal "$@" --out refused
    has err "$message"
    absent refused
}
refused '"mttr" is no figure of summary.json' --until 'mttr ±5%'
refused "expected a figure and a width" --until 'mttr_seconds'
refused "has no interval" --until 'mttr_seconds.p95 ±5%'
refused "expected a width above 0" --until 'mttr_seconds ±0%'
refused "a span such as 30s" --until 'mttr_seconds ±30'
refused "expected nothing after the width" --until 'mttr_seconds ±5% at noon'
refused "with --until alone" --max-replications 50
refused "is less than the 60 of --replications" --until 'mttr_seconds ±5%' --replications 60 --max-replications 50
refused "--max-replications" --until 'mttr_seconds ±5%' --max-replications 1
expect 2 goal --until 'mttr ±5%' --until 'faults ±5%' --out refused
has err '"mttr" is no figure'
has err '"faults" has no interval'
printf 'name: alone\nduration: 1h\nresources: [{id: pod/a/b, series: {up: {level: 1}}}]\n' >alone.yaml
expect 2 "$selfheal" simulate alone.yaml --until 'baseline.mttr_seconds ±5%' --out refused
has err "alone.yaml has no operators to compare with"
absent refused
finish
