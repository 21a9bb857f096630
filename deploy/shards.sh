#!/usr/bin/env bash
# shards.sh SUITE SHARDS OUT [test|tune] - a suite, or with tune a study, in shards on this
# machine, then merged.
#
# With GNU parallel where it is there, else with xargs -P; more machines:
# PARALLEL='--sshlogin a,b --workdir . --return {...}' goes to parallel as usual.
# Exit code as selfheal test: 1 when something was missed.
set -euo pipefail
suite=${1:?usage: shards.sh SUITE SHARDS OUT [test|tune]} shards=${2:?} out=${3:?} command=${4:-test}
export suite shards out command
# A miss (exit code 1) is a result; anything above it is a failure of the shard.
one() { selfheal "$command" "$suite" --shard "$1/$shards" --out "$out/shard-$1" --jobs 1 >/dev/null || [ $? -eq 1 ]; }
export -f one
mkdir -p "$out"
if command -v parallel >/dev/null; then
    seq "$shards" | parallel --will-cite --halt soon,fail=1 one {}
else
    seq "$shards" | xargs -P "$(nproc)" -I{} bash -c 'one {} || exit 255'
fi
rm -rf "$out/merged"
mapfile -t folders < <(seq -f "$out/shard-%g" "$shards")
selfheal merge "${folders[@]}" --out "$out/merged"
