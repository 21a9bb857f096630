#!/usr/bin/env bash
# deploy/: shards by plain shell, and by the Kubernetes Job's own command, give one machine's bytes.
. "$(dirname "$0")/harness.sh"
ln -s "$source_dir/scenarios" scenarios
mkdir bin && ln -s "$selfheal" bin/selfheal
export PATH=$work/bin:$PATH
expect 0 selfheal test scenarios/suites/basic --out single
expect 0 bash "$source_dir/deploy/shards.sh" scenarios/suites/basic 3 many
for file in suite.db summary.json report.html report.md; do cmp "single/$file" "many/merged/$file" || fail "$file differs"; done

# The pods' command, with the index that Kubernetes gives each of them.
if python3 -c 'import yaml' 2>/dev/null; then
    python3 - "$source_dir/deploy/kubernetes-shards.yaml" >pod.sh <<'P' || fail "the manifest is no Indexed Job"
import sys, yaml
job = yaml.safe_load(open(sys.argv[1]))
spec, pod = job["spec"], job["spec"]["template"]["spec"]
container = pod["containers"][0]
env = {entry["name"]: entry["value"] for entry in container["env"]}
assert job["kind"] == "Job" and spec["completionMode"] == "Indexed" and spec["completions"] == int(env["SHARDS"])
assert container["command"][:2] == ["/bin/sh", "-c"]
print(container["command"][2])
P
    for index in 0 1 2 3; do
        JOB_COMPLETION_INDEX=$index SUITE=scenarios/suites/basic SHARDS=4 RESULTS=$work/pods sh pod.sh >/dev/null ||
            fail "pod $index"
    done
    expect 0 selfheal merge pods/shard-* --out pods/merged
    cmp single/suite.db pods/merged/suite.db || fail "the pods' suite.db differs"
    study=1
else
    echo "SKIPPED, LOUDLY: python3 has no yaml; the Kubernetes Job was not tried" >&2
fi

# A study in shards: the same result as in one, though each shard saw only its own candidates.
cat >study.yaml <<'Y'
name: shared
scenarios: [scenarios/suites/basic/high-cpu.yaml]
parameters:
  - {path: policy.scan_interval, low: 10s, high: 80s}
  - {path: "policy.rules[high_cpu].deviation", low: 6, high: 12}
objectives: [{metric: mttd_seconds}]
search: {candidates: 8, refine: 3}
racing: {rounds: 4, first: 2}
fresh: 4
Y
results="winner.yaml candidates.csv summary.json report.html report.md"
expect 0 selfheal tune study.yaml --out whole
expect 0 bash "$source_dir/deploy/shards.sh" study.yaml 3 shares tune
for file in $results; do cmp "whole/$file" "shares/merged/$file" || fail "the study's $file differs"; done
absent shares/shard-1/winner.yaml
absent shares/shard-1/scratch
expect 0 selfheal merge shares/shard-3 shares/shard-1/study.db shares/shard-2 --out again --jobs 1 --json
cmp out whole/summary.json || fail "the JSON on stdout differs"
read -r taken <<<"$(grep -o '[0-9]* evaluations from 3 shards' err)"
made=$(grep -o '[0-9]* made now' err)
[ "${taken%% *}" -gt "${made%% *}" ] || fail "the shards did less than half: $taken, $made"
# A shard that was killed goes on; what it had is not evaluated again.
sqlite3 shares/shard-2/study.db 'DELETE FROM evaluations WHERE round >= 2 AND round < 1000'
expect 0 selfheal tune study.yaml --shard 2/3 --out shares/shard-2
expect 0 selfheal merge shares/shard-1 shares/shard-2 shares/shard-3 --out again
for file in $results; do cmp "whole/$file" "again/$file" || fail "$file differs after a kill"; done
if [ -n "${study:-}" ]; then
    for index in 0 1; do
        COMMAND=tune JOB_COMPLETION_INDEX=$index SUITE=study.yaml SHARDS=2 RESULTS=$work/study-pods sh pod.sh >/dev/null ||
            fail "the study's pod $index"
    done
    expect 0 selfheal merge study-pods/shard-* --out study-pods/merged
    cmp whole/report.html study-pods/merged/report.html || fail "the pods' report of the study differs"
fi
# What does not fit together is refused.
expect 2 selfheal merge shares/shard-1 shares/shard-2 --out never
has err "shard 3 of 3 is missing"
expect 2 selfheal merge shares/shard-1 shares/shard-1 shares/shard-2 --out never
has err "shard 1 is in shares/shard-1 already"
expect 2 selfheal merge whole --out never
has err "is of a whole study"
expect 2 selfheal merge shares/shard-1 shares/shard-2 shares/shard-3 --junit never --out never
has err "are for suites"
sed -i 's/fresh: 4/fresh: 5/' study.yaml
expect 2 selfheal merge shares/shard-1 shares/shard-2 shares/shard-3 --out never
has err "was changed since the shards"
sed -i 's/fresh: 5/fresh: 4/' study.yaml
sqlite3 shares/shard-3/study.db "UPDATE evaluations SET figures = zeroblob(8) WHERE candidate = 'as it is' AND round = 0"
expect 2 selfheal merge shares/shard-1 shares/shard-2 shares/shard-3 --out refused
has err "other figures"
absent never
expect 2 selfheal tune study.yaml --shard 3/2 --out never
absent never
finish
