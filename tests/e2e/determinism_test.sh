#!/usr/bin/env bash
# Same seed, same result: run after run, on one thread and on several.
. "$(dirname "$0")/harness.sh"
scenario=$source_dir/scenarios/quickstart.yaml

run() { expect 0 "$selfheal" simulate "$scenario" --replications 6 --no-report --out "$@"; }
run one --threads 1
run again --threads 1
run two --threads 2
run four --threads 4
run other --threads 2 --seed 99
digest=$(json one/summary.json digest)
same "$(json again/summary.json digest)" "$digest" "digests of two runs"
same "$(json two/summary.json digest)" "$digest" "digests of 1 and 2 threads"
same "$(json four/summary.json digest)" "$digest" "digests of 1 and 4 threads"
[ "$(json other/summary.json digest)" != "$digest" ] || fail "another seed gave the same digest"
cmp -s one/summary.json two/summary.json || fail "summary.json differs between 1 and 2 threads"

dump() { sqlite3 "$1" .dump | sha256sum; }
same "$(dump one/run.db)" "$(dump two/run.db)" "databases of 1 and 2 threads"
same "$(dump one/baseline.db)" "$(dump four/baseline.db)" "baselines of 1 and 4 threads"

# A new entity changes no other's draws: an idle pod more, the same faults.
sed 's/^faults:/  - id: pod\/shop\/idle\n    series: {cpu_utilization_ratio: {level: 0.2, noise: 0.02}}\n\nfaults:/' \
    "$scenario" >more.yaml
expect 0 "$selfheal" simulate more.yaml --replications 6 --no-report --out more
faults() { sqlite3 "$1" "select replication, kind, cause, onset from faults order by id"; }
same "$(faults more/run.db)" "$(faults one/run.db)" "faults with an idle pod more"

# The locale decides nothing.
LC_ALL=de_DE.UTF-8 expect 0 "$selfheal" simulate "$scenario" --replications 6 --no-report --out locale
same "$(json locale/summary.json digest)" "$digest" "digests under another locale"
finish
