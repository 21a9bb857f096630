#!/usr/bin/env bash
# What a run learned is kept, and another begins with it: the same on any number of threads.
. "$(dirname "$0")/harness.sh"
cat >learner.yaml <<'Y'
name: learner
choice: lower_bound
Y
cat >scenario.yaml <<'Y'
name: learning
seed: 5
duration: 4h
policy: learner.yaml
resources:
  - id: pod/shop/web-1
    series: {cpu_utilization_ratio: {level: 0.3, noise: 0.02}}
faults:
  - {kind: cpu-stress, target: "pod/*", at: 20m, every: 30m}
Y
sed -i "s|^name: learner|base: $source_dir/scenarios/policies/default.yaml\nname: learner|" learner.yaml
run() {
    local out=$1
    shift
    expect 0 "$selfheal" simulate scenario.yaml --replications 6 --no-report --out "$out" "$@"
}
rows() { sqlite3 "$1/run.db" "select hex(bytes) from knowledge order by id"; }
run one --threads 1 --save-knowledge one.bin
run two --threads 2 --save-knowledge two.bin
run four --threads 4
cmp -s one.bin two.bin || fail "what was learned differs between 1 and 2 threads"
same "$(rows one)" "$(rows four)" "knowledge in the databases of 1 and 4 threads"
same "$(rows one)" "$(xxd -p -u one.bin | tr -d '\n')" "knowledge in the database and in the file"

# It decides: whoever knows begins with another choice, and knows more at its end.
run from_file --threads 1 --knowledge one.bin --save-knowledge more.bin
run from_database --threads 2 --knowledge one/run.db
same "$(json from_file/summary.json digest)" "$(json from_database/summary.json digest)" "a file and a database"
[ "$(json one/summary.json digest)" != "$(json from_file/summary.json digest)" ] || fail "what was learned changed nothing"
! cmp -s one.bin more.bin || fail "nothing more was learned"
same "$(json from_file/summary.json digest)" "$(run x --knowledge one.bin; json x/summary.json digest)" "twice the same"
LEARNING_MODE=false run frozen --knowledge one.bin --save-knowledge frozen.bin
cmp -s one.bin frozen.bin || fail "with LEARNING_MODE=false the odds changed"

# Bad input: one clear message, nothing written.
bad() {
    expect 2 "$selfheal" simulate scenario.yaml --no-report --out bad --knowledge "$1"
    has err "$1"
    absent bad
}
bad nowhere.bin
head -c 200 one.bin >cut.bin && bad cut.bin
: >empty.bin && bad empty.bin
echo "no knowledge" >text.bin && bad text.bin
expect 2 "$selfheal" simulate scenario.yaml scenario.yaml --no-report --save-knowledge both.bin
has err "--save-knowledge: expected one scenario"
expect 3 "$selfheal" simulate scenario.yaml --no-report --out nofile --save-knowledge /nonexistent/x.bin
finish
