#!/usr/bin/env bash
# kill -9 before, in and after the steps of every strategy of the built-in policy, then a
# restart: nothing is lost, nothing is done twice that must not be, people get the rest.
# All three moments at every step; EVERY= : each step gets one of them in turn.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
needs python3
python3 -c 'import yaml' 2>/dev/null || needs python3-yaml
timeout 900 python3 "$source_dir/tests/e2e/live_kill_every_step.py" "$selfheal" "$source_dir/scenarios/policies/default.yaml" \
    "$work/cases" ${EVERY-all} >told 2>faults || fail "$(head -n 20 faults)"
cat told
finish
