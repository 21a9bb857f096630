#!/usr/bin/env bash
# Targets of a suite: told and no failure, the same bytes from shards, sensitivity; bad ones refused.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
world() { # NAME SEED
    cat >"$1.yaml" <<Y
name: $1
seed: $2
duration: 3h
warm_up: 30m
replications: 6
resources: [{id: pod/shop/web, series: {up: {level: 1}}}]
faults: [{kind: pod-failure, target: "pod/shop/web", at: 40m}]
operators: {acknowledge: {mean: 5m, sd: 4m}, repair: {mean: 30m, sd: 10m}, complaint: {mean: 20m, sd: 5m}}
Y
}
world one 1 && world two 2
cat >suite.yaml <<'Y'
name: small
scenarios: [one.yaml, two.yaml]
targets:
  - {name: "never so fast", goal: "mttr_seconds.mean <= 1s"}
  - {name: "always", goal: "mttd_seconds.max <= 1h"}
  - {name: "<cut>", goal: "manual_interventions cut 1%"}
  - {name: "no sample", goal: "rollback_success_rate >= 98%"}
Y

# A missed target is told with its reasons, and the exit code is 0.
expect 0 "$selfheal" test suite.yaml --out whole --jobs 1
has out "targets: "
has whole/report.md "## Targets"
has whole/report.md "### missed: never so fast"
has whole/report.md "| fault kind | pod-failure | "
has whole/report.html "&lt;cut&gt;"
same "$(json whole/summary.json targets.0.outcome)" '"missed"'
same "$(json whole/summary.json targets.1.outcome)" '"met"'
same "$(json whole/summary.json targets.3.outcome)" '"can'"'"'t tell"'
same "$(json whole/summary.json arms.0.selfheal.value)" "$(json whole/summary.json arms.0.complaints.value)" "faults of the arms"

# Shards and jobs give the same bytes.
expect 0 "$selfheal" test suite.yaml --out shard-1 --shard 1/2
expect 0 "$selfheal" test suite.yaml --out shard-2 --shard 2/2 --jobs 2
expect 0 "$selfheal" merge shard-2 shard-1 --out merged
for file in suite.db summary.json report.html report.md; do cmp "whole/$file" "merged/$file" || fail "merged $file differs"; done

# Other worlds: people twice as slow move no figure of the engine's detection.
expect 0 "$selfheal" test suite.yaml --sensitivity --out varied
has varied/report.md "## Sensitivity"
has varied/plots/tornado.svg "</svg>"
same "$(json varied/summary.json sensitivity.3.variation)" "\"people's times, double\""
same "$(json varied/summary.json sensitivity.3.figures.1.change)" 0
same "$(json varied/summary.json targets)" "$(json whole/summary.json targets)" "targets with and without the variations"

# What makes no sense is refused.
expect 2 "$selfheal" test suite.yaml --sensitivity --shard 1/2 --out nothing
has err "not a shard of it"
expect 2 "$selfheal" test one.yaml --sensitivity --out nothing
has err "has no \`targets:\`"
sed 's/<= 1h/<= 5%/; s/cut 1%/cut 200%/' suite.yaml >bad.yaml
expect 2 "$selfheal" test bad.yaml --out nothing
has err "bad.yaml:5: targets[1].goal"
has err "bad.yaml:6: targets[2].goal"
absent nothing

# The committed report is of the suite as it stands.
sed -n 's/.*{name: "\(.*\)", goal.*/\1/p' "$source_dir/scenarios/benchmark/suite.yaml" | while read -r name; do
    grep -qF "| $name | " "$source_dir/docs/benchmark/report.md" || echo "$name"
done >missing
[ ! -s missing ] || fail "docs/benchmark/report.md lacks $(cat missing); run scripts/benchmark-report"
# And so is the committed study.
study=$source_dir/scenarios/studies/benchmark.yaml
{ sed -n 's/.*{path: \([^,]*\),.*/| \1 | /p' "$study" && sed -n 's/.*{metric: \([^,}]*\).*/| \1 | /p' "$study"; } | sed 's/_/\\_/g' >wanted
[ "$(wc -l <wanted)" -ge 5 ] || fail "the study's settings and metrics were not found"
while read -r row; do
    grep -qF "$row" "$source_dir/docs/benchmark/study.md" || fail "docs/benchmark/study.md lacks $row; run scripts/study-report"
done <wanted
finish
