#!/usr/bin/env bash
# Two replicas on one store; the leader is killed -9 while the index that it built is not yet
# proved. The other takes over, sees in the world that it was built, and finishes: one index,
# one action, nobody has to be asked.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/postgres_harness.sh"
needs pgbench python3 curl
start_shop
kept() { sql "SET search_path = selfheal; $1" healing; }
indexes() { sql "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'selfheal%'"; }
sql "CREATE DATABASE healing OWNER selfheal" || fail "no store"
cat >policy.yaml <<'Y'
name: quick
scan_interval: 1s
issue_cool_down: 0
rules:
  - {name: slow, series: "database/*:query_latency_seconds", issue: database_slow, severity: high, above: 0.003, hold: 2s, clear_hold: 1s}
strategies:
  - name: add_missing_index
    description: the index that the slow query lacks
    issue: database_slow
    steps: [{action: add_index, timeout: 60s}]
    settle: 1s
    verify_hold: 2s
    verify_within: 20s
    prior_success: 0.9
    prior_weight: 10
ladders: {database_slow: [add_missing_index]}
Y
# start NAME - a replica with a data folder of its own; its process in $NAME, its address in $api.
start() {
    cat >"$1.yaml" <<Y
name: e2e
data: run-$1
policy: policy.yaml
dry_run: false
api: {port: 0}
store: {lease: 3s}
postgres:
  timeout: 5s
  validate: 20s
  databases:
    - {resource: database/test/shop, conninfo: "host=127.0.0.1 port=$port dbname=shop user=selfheal", password_file: $work/password}
Y
    SELFHEAL_STORE="postgresql://selfheal:swordfish@127.0.0.1:$port/healing" "$selfheal" live --config "$1.yaml" >"$1.out" 2>"$1.err" &
    printf -v "$1" %s $!
    servers+=($!)
    until_true 30 grep -q '^listening on ' "$1.out" || { fail "$1 does not start" && cat "$1.err" >&2; }
    api=$(sed -n 's/^listening on //p' "$1.out")
}
start one
until_true 30 holds state 'a["series"] == 5' || fail "one does not watch: $(cat one.err)"
start two
until_true 30 holds state 'a["standby"]' || fail "two does not stand by: $(cat two.err)"
load shop.bench
sleep 3
sql "DROP INDEX orders_customer"
until_true 60 sh -c "[ \"\$(psql -qAtX -h $folder -p $port -U postgres shop -c \"SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'selfheal%' AND indisvalid\")\" = 1 ]" ||
    fail "no index is built: $(cat one.err)"
same "$(kept "SELECT count(*) FROM actions WHERE kind = 'add_index' AND outcome IS NULL")" 1 "its action is at work"
kill -9 "$one"
wait "$one" 2>/dev/null
until_true 30 holds state 'not a["standby"] and a["ready"]' || fail "two does not take over: $(cat two.err)"
has two.err "add_index on database/test/shop, whose end nobody saw, was done"
! grep -q "nobody saw the end of what was done there" two.err || fail "a person has to be asked: $(cat two.err)"
same "$(kept "SELECT string_agg(kind || ' ' || outcome, ',') FROM actions WHERE kind <> 'page_operator'")" "add_index succeeded" "what became of it"
same "$(kept "SELECT detail FROM audit WHERE action = 'verified'")" "it was done" "the audit log"
sql "SELECT pg_stat_statements_reset()" >/dev/null
sleep 4
same "$(indexes)" 1 "indexes that were built"
holds 'issues?open=1' 'a == []' || fail "the trouble is not over: $(ask 'issues?open=1')"
same "$(kept "SELECT count(*) FROM actions WHERE kind = 'add_index'")" 1 "actions: nothing is done twice"
kill -TERM "$two"
wait "$two"
same $? 0 "exit code of two"
expect 0 "$selfheal" audit verify "postgresql://selfheal:swordfish@127.0.0.1:$port/healing"
! grep -rq swordfish ./*.out ./*.err run-one run-two || fail "the password was written somewhere"
finish
