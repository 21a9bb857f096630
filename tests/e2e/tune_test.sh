#!/usr/bin/env bash
# `selfheal tune`: finds what is better, says how sure that is, goes on after a kill.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
ln -s "$selfheal" selfheal
# A study whose answer is known: who looks every 90 s finds a fault later than who looks more often.
printf 'name: sleepy\nscan_interval: 90s\n' >sleepy.yaml
cat >study.yaml <<'Y'
name: known
policy: sleepy.yaml
scenarios: [scenarios/suites/basic/high-cpu.yaml]
parameters:
  - {path: policy.scan_interval, low: 10s, high: 80s}
  - {path: "policy.rules[high_cpu].deviation", low: 6, high: 12}
objectives: [{metric: mttd_seconds}]
constraints: ["false_positive_rate < 0.2"]
search: {candidates: 12, refine: 4}
racing: {rounds: 6, first: 3, replications: 2}
fresh: 6
Y
expect 0 ./selfheal tune study.yaml --out one --jobs 1
has out "better     mttd_seconds"
grep -q "policy.scan_interval=[1-5][0-9]s" out || fail "no shorter interval won: $(sed -n 2p out)"
has one/report.html "Pareto front"
has one/report.html "Which parameter matters"
grep -q "^scan_interval: [1-5]" one/winner.yaml || fail "winner.yaml does not say so"
absent one/scratch
# The policy file can be used as it stands.
expect 0 ./selfheal simulate scenarios/quickstart.yaml --policy one/winner.yaml --no-report --out run

# Jobs decide nothing.
expect 0 ./selfheal tune study.yaml --out two --jobs 2 --json
same "$(json out fresh.0.verdict)" '"better"' "JSON verdict"
for file in winner.yaml candidates.csv report.html report.md summary.json; do cmp "one/$file" "two/$file" || fail "$file differs with two jobs"; done

# A study that is killed goes on: nothing finished is lost or done twice.
./selfheal tune study.yaml --out killed --jobs 1 >/dev/null 2>&1 & victim=$!
for _ in $(seq 3000); do
    [ "$(sqlite3 -readonly killed/study.db 'SELECT count(*) FROM evaluations' 2>/dev/null || echo 0)" -ge 5 ] && break
    sleep 0.01
done
kill -KILL $victim 2>/dev/null; wait $victim 2>/dev/null
kept=$(sqlite3 killed/study.db 'SELECT count(*), total(length(figures)) FROM evaluations')
[ "${kept%%|*}" -ge 5 ] || fail "nothing was kept: $kept"
sqlite3 killed/study.db 'SELECT * FROM evaluations' >before
expect 0 ./selfheal tune study.yaml --out killed --jobs 2
sqlite3 killed/study.db 'SELECT * FROM evaluations' >after
[ -z "$(comm -23 <(sort before) <(sort after))" ] || fail "finished evaluations changed"
for file in winner.yaml candidates.csv report.html summary.json; do cmp "one/$file" "killed/$file" || fail "$file differs after a kill"; done

# Replicas are a parameter as well; a limit on evaluations ends the search.
cat >capacity.yaml <<'Y'
name: capacity
scenarios: [scenarios/suites/basic/pod-crash.yaml]
parameters:
  - {path: "scenario.resources[pod/shop/web].count", low: 2, high: 5, integer: true}
objectives: [{metric: mttr_seconds}]
search: {method: grid, points: 4}
stop: {evaluations: 10}
fresh: 2
Y
expect 0 ./selfheal tune capacity.yaml --out capacity
has out "ended by evaluations"

# Bad input: exit 2, with file and line.
sed 's/rules\[high_cpu\]/rules[nothing]/' study.yaml >wrong.yaml
expect 2 ./selfheal tune wrong.yaml --out wrong
has err "wrong.yaml:6: path: the policy has no rules[nothing].deviation"
sed 's/high: 80s/high: 1s/' study.yaml >wrong.yaml
expect 2 ./selfheal tune wrong.yaml --out never
absent never
sed 's/candidates: 12/candidates: 13/' study.yaml >changed.yaml
expect 2 ./selfheal tune changed.yaml --out one
has err "holds another study"
finish
