#!/usr/bin/env bash
# Two replicas on one PostgreSQL store; kill -9 of the one that leads at the steps of every
# strategy of the built-in policy: the other takes over, nothing is lost, nothing is done
# twice that must not be, people get the rest. Each step gets one of the three moments in turn.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/postgres_harness.sh"
needs python3
python3 -c 'import yaml' 2>/dev/null || needs python3-yaml
start_postgres
STORE_SERVER=postgresql://postgres@127.0.0.1:$port timeout 500 python3 "$source_dir/tests/e2e/live_kill_every_step.py" \
    "$selfheal" "$source_dir/scenarios/policies/default.yaml" "$work/cases" >told 2>faults || fail "$(head -n 20 faults)"
cat told
finish
