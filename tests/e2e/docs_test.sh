#!/usr/bin/env bash
# Every command in the README and in docs/ is run, as it stands, from the project's folder.
# Blocks marked ```sh are run; a line that ends in "# not run" says why in the text above it.
. "$(dirname "$0")/harness.sh"
mkdir bin tree && ln -s "$selfheal" bin/selfheal
for entry in "$source_dir"/*; do
    case $(basename "$entry") in runs | build) ;; *) ln -s "$entry" tree/ ;; esac
done
mkdir -p tree/build/release && ln -s "$selfheal" tree/build/release/selfheal
export PATH=$work/bin:$PATH
ran=0
for page in "$source_dir"/README.md "$source_dir"/docs/*.md; do
    command=
    while IFS= read -r line; do
        case $command$line in
        '' | '#'* | *'# not run' | scripts/* | 'git clone'*) continue ;;
        esac
        command+=$line$'\n'
        [ -z "$(bash -n <<<"$command" 2>&1)" ] || continue # a here-document goes on
        line=$command command=
        (cd tree && bash -c "set -o pipefail; $line") >out 2>err ||
            { fail "$(basename "$page"): $line" && head -n 5 err >&2; }
        ran=$((ran + 1))
    done < <(sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$page")
done
[ "$ran" -ge 8 ] || fail "only $ran commands were found"
echo "$ran commands"
finish
