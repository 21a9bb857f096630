#!/usr/bin/env bash
# `cmake --install` puts everything in its place, and what is installed works alone;
# where packages are missing and there is no apt, set-up names them.
. "$(dirname "$0")/harness.sh"
expect 0 cmake --install "$(dirname "$selfheal")" --prefix "$work/usr"
for file in bin/selfheal share/man/man1/selfheal.1 share/bash-completion/completions/selfheal \
    share/selfheal/scenarios/quickstart.yaml share/selfheal/scenarios/policies/default.yaml \
    share/selfheal/scenarios/schema/scenario.schema.json share/selfheal/scenarios/faults.yaml; do
    [ -f "usr/$file" ] || fail "not installed: $file"
done
expect 0 usr/bin/selfheal simulate usr/share/selfheal/scenarios/quickstart.yaml --no-report --out run
if command -v man >/dev/null; then
    MANPAGER=cat expect 0 man --warnings -l usr/share/man/man1/selfheal.1
    has out "selfheal"
fi
bash -c '. usr/share/bash-completion/completions/selfheal && COMP_WORDS=(selfheal sim) COMP_CWORD=1 && _selfheal && [ "${COMPREPLY[0]}" = simulate ]' ||
    fail "the completion does not complete"

# A machine with neither the packages nor apt.
mkdir bin && ln -s "$(command -v bash)" bin/bash
expect 3 env PATH="$work/bin" "$work/bin/bash" "$source_dir/scripts/setup" demo
has err "there is no apt here"
for package in libgsl-dev libfyaml-dev gnuplot-nox; do has err "$package"; done
finish
