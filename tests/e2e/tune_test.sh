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
for plot in front sensitivity; do [ -s one/plots/$plot.csv ] || fail "no data of the plot $plot"; done
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

# The bundled study of capacity: the fewest replicas that keep the SLO, and no fewer would.
expect 0 ./selfheal tune scenarios/studies/capacity.yaml --out shop
python3 - <<'P' || fail "the winner is not the fewest replicas that keep the SLO: $(cut -d, -f1-9 shop/candidates.csv)"
import csv, json
rows = list(csv.DictReader(open("shop/candidates.csv")))[1:]
path = "scenario.cluster.workloads[workload/shop/web].replicas"
good = [int(r[path]) for r in rows if float(r["request_availability >= 0.995"]) >= 0.995]
assert good and int(json.load(open("shop/summary.json"))["settings"][path]) == min(good)
assert float(rows[0]["cost_capacity"]) < float(rows[-1]["cost_capacity"])
P
has shop/report.html "Capacity curve"
same "$(wc -l <shop/plots/capacity_1_2.csv)" 7 "lines of the capacity curve's data"

# A cluster in a file of its own: nodes, limits, pools, sizes; and its file is part of the study.
cp scenarios/benchmark/shop-cluster.yaml own-cluster.yaml
printf 'name: own\nseed: 5\nduration: 20m\nwarm_up: 5m\ncluster: own-cluster.yaml\n' >own.yaml
cat >nodes.yaml <<'Y'
name: nodes
scenarios: [own.yaml]
parameters:
  - {path: "scenario.cluster.nodes[node/default/a].count", choices: [2, 3]}
  - {path: "scenario.cluster.workloads[workload/shop/web].memory.limit", low: 300Mi, high: 600Mi}
  - {path: "scenario.cluster.workloads[workload/shop/api].cpu.limit", low: 0.8, high: 1.5}
  - {path: "scenario.cluster.workloads[workload/shop/api].calls[database/shop/orders].pool", low: 4, high: 20, integer: true}
  - {path: "scenario.cluster.load[workload/shop/web].level", choices: [100, 180]}
objectives: [{metric: request_availability}]
search: {candidates: 3}
racing: {rounds: 2, first: 2}
fresh: 2
Y
expect 0 ./selfheal tune nodes.yaml --out nodes
grep -q '"[345][0-9][0-9]Mi"' nodes/candidates.csv || fail "no memory limit in Mi"
sed -i 's/query: 4ms/query: 5ms/' own-cluster.yaml
expect 2 ./selfheal tune nodes.yaml --out nodes
has err "holds another study"
sed 's/calls\[database.shop.orders\]/calls[database\/shop\/none]/' nodes.yaml >wrong.yaml
expect 2 ./selfheal tune wrong.yaml --out wrong-nodes
has err "own-cluster.yaml has no workloads[workload/shop/api].calls[database/shop/none].pool"

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
