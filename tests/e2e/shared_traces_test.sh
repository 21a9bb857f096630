#!/usr/bin/env bash
# Both modes of replay on every recording of ../shared, as it is.
. "$(dirname "$0")/harness.sh"
if [ ! -d "$shared/traces" ]; then
    echo "SKIPPED, LOUDLY: there are no recordings at ../shared/traces; nothing was replayed" >&2
    exit 0
fi
replayed=0
both() { # trace labels [options]
    local trace=$1 labels=$2
    shift 2
    expect 0 "$selfheal" replay "$trace" --labels "$labels" --no-report --out open "$@"
    [ "$(json open/summary.json digest)" != null ] || fail "no digest: $trace"
    expect 0 "$selfheal" replay "$trace" --closed-loop --no-report --out closed
    [ "$(json closed/summary.json faults)" -gt 0 ] || fail "no fault was put into $trace"
    replayed=$((replayed + 1))
}
for trace in "$shared"/traces/nab/data/*/*.csv; do
    both "$trace" "$shared/traces/nab/windows.json"
done
for folder in "$shared"/traces/nezha-*/; do
    both "$folder/metrics.csv" "$folder/labels.csv" --suspects "$folder/suspects.csv" --topology "$folder/topology.csv"
    same "$(json open/summary.json faults)" "$(($(wc -l <"$folder/labels.csv") - 1))" "faults of $folder"
done
[ "$replayed" -gt 30 ] || fail "only $replayed recordings were replayed"
echo "$replayed recordings, both modes"
finish
