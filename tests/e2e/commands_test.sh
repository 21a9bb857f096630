#!/usr/bin/env bash
# Every command tells how it is used, and its examples can be typed as they stand.
. "$(dirname "$0")/harness.sh"
expect 0 "$selfheal" --help
expect 0 "$selfheal" --version
same "$(cat out)" "selfheal $(sed -n 's/^project(selfheal VERSION \([0-9.]*\).*/\1/p' "$source_dir/CMakeLists.txt")" version
ln -s "$source_dir/scenarios" scenarios
ln -s "$source_dir/deploy" deploy
mkdir bin && ln -s "$selfheal" bin/selfheal && ln -s "$(command -v jq || command -v true)" bin/jq
export PATH=$work/bin:$PATH
for command in simulate replay test compare tune diff merge trace eval report live record audit; do
    expect 0 selfheal "$command" --help
    has out "Examples:"
    cp out "help.$command"
done
# Runs that `report` and `audit` take as given come first.
for command in simulate replay test compare tune diff merge trace eval report live record audit; do
    sed -n '/^Examples:/,$ s/^  //p' "help.$command" | while read -r line; do
        if [[ $line == *"report runs/demo"* || $line == *"runs/demo/run.db"* ]] && [ ! -d runs/demo ]; then
            selfheal simulate scenarios/demo.yaml --no-report >/dev/null
        fi
        if [[ $line == *"compare runs/"* ]] && [ ! -d runs/other ]; then
            selfheal test scenarios/suites/basic --out runs/other >/dev/null
        fi
        if [[ $line == *"merge runs/shard-1 runs/shard-2"* ]]; then
            selfheal test scenarios/suites/basic --shard 2/2 --out runs/shard-2 >/dev/null
        fi
        [[ $line == *"# needs "* ]] && continue
        echo "\$ $line" >>ran
        bash -c "set -o pipefail; ${line//--replications 20/--replications 2}" >out 2>err || { echo "$line" >>broken && cat err >&2; }
    done
done
[ ! -s broken ] || fail "examples that do not run: $(cat broken)"
[ "$(wc -l <ran)" -ge 14 ] || fail "only $(wc -l <ran) examples were found"

# Options in the completion and the man page are those that the help shows.
for command in simulate replay test compare tune diff merge trace eval report live record; do
    for option in $(grep -oE '^  --[a-z-]+' "help.$command" | tr -d ' '); do
        grep -qF -- "${option}" "$source_dir/scripts/completion.bash" || fail "completion lacks $command $option"
        grep -qF -- "${option//-/\\-}" "$source_dir/docs/selfheal.1" || fail "man page lacks $command $option"
    done
done

# No progress bar in a pipe.
"$selfheal" simulate scenarios/quickstart.yaml --no-report --out quiet 2>err >/dev/null
same "$(cat err)" "" "stderr in a pipe"
finish
