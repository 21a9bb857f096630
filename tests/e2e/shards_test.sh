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
else
    echo "SKIPPED, LOUDLY: python3 has no yaml; the Kubernetes Job was not tried" >&2
fi
finish
