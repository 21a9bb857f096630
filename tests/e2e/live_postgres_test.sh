#!/usr/bin/env bash
# A real PostgreSQL under pgbench: an index is dropped and comes back by itself, inside its
# window alone; a person takes it away again; settings are tried, do not help and go back;
# a pool is raised; what belongs to others is refused; the server goes away and comes back.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/postgres_harness.sh"
needs pgbench python3 curl
start_shop
indexes() { sql "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'selfheal%'"; }
printf '\\set c random(1, 50000)\nSELECT count(*) FROM theirs WHERE customer_id = :c;\n' >theirs.bench

# write_postgres_policy FROM TO - the index may be built from FROM to TO o'clock, UTC.
write_postgres_policy() {
    cat >policy.yaml <<Y
name: quick
scan_interval: 1s
issue_cool_down: 0
relapse_within: 10m
rules:
  - {name: slow, series: "database/*:query_latency_seconds", issue: database_slow, severity: high, above: 0.003, hold: 2s, clear_hold: 1s}
windows:
  - {name: nightly, resources: "database/*", from: "$1", to: "$2"}
strategies:
  - name: add_missing_index
    description: the index that the slow query lacks
    issue: database_slow
    steps: [{action: add_index, timeout: 60s}]
    settle: 1s
    verify_hold: 2s
    verify_within: 20s
    window: nightly
    prior_success: 0.9
    prior_weight: 10
  - name: tune_database
    description: settings
    issue: database_slow
    steps: [{action: tune_database, timeout: 20s}]
    settle: 1s
    verify_hold: 2s
    verify_within: 6s
    prior_success: 0.7
    prior_weight: 10
ladders: {database_slow: [add_missing_index, tune_database]}
Y
}
hour() { date -u -d "$1 hours" +%H:%M; }
cat >live.yaml <<Y
name: e2e
data: run
policy: policy.yaml
dry_run: false
api: {port: 0, tokens: tokens}
postgres:
  timeout: 5s
  validate: 10s
  databases:
    - resource: database/test/shop
      conninfo: host=127.0.0.1 port=$port dbname=shop user=selfheal
      password_file: $work/password
      settings: [{name: work_mem, value: 9MB}]
Y

# What is wrong is told with its line, and no secret with it.
sed 's/user=selfheal/& password=swordfish/; s/work_mem/fsync/' live.yaml >wrong.yaml
write_postgres_policy "$(hour +2)" "$(hour +3)"
expect 2 "$selfheal" live --check --config wrong.yaml
has err "wrong.yaml:11: postgres.databases[0].conninfo: expected no password"
has err "wrong.yaml:13: postgres.databases[0].settings[0].name: expected a setting of the planner"
! grep -q swordfish err || fail "the password was printed"

# Outside of its window nothing is built, however slow it is.
expect 0 "$selfheal" live --config live.yaml --add-token approver:ann
token=(-H "Authorization: Bearer $(cat out)")
load shop.bench
start_live
until_true 20 holds state 'a["series"] == 5' || fail "not five series: $(ask state)"
sleep 3
same "$(said 'issues?open=1' 'len(a)')" 0 "issues of a healthy database"
sql "DROP INDEX orders_customer"
until_true 30 holds 'issues?open=1' 'a[0]["type"] == "database_slow"' || fail "no issue: $(cat live.err)"
until_true 30 holds 'issues?open=1' 'a[0]["remediation"]["gate"] == "window"' || fail "it does not wait for its window: $(ask remediations)"
sleep 3
same "$(indexes)" 0 "indexes built outside of the window"
stop_live

# Inside of it the index comes back, and calls are fast again.
write_postgres_policy "$(hour -1)" "$(hour +2)"
start_live
until_true 60 holds remediations 'a[0]["action_type"] == "add_missing_index" and a[0]["status"] == "success"' || fail "not healed: $(cat live.err)"
same "$(said remediations '[x["kind"] for x in a[0]["actions"]]')" "['add_index']" "its actions"
has live.err "built selfheal_"
has live.err "on public.orders; plan cost"
same "$(sql "SELECT indexdef ~ 'ON public.orders USING btree \(customer_id\)' FROM pg_indexes WHERE indexname LIKE 'selfheal%'")" t "the index"
same "$(sql "SELECT indisvalid FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'selfheal%'")" t "is valid"
until_true 20 holds 'issues?open=1' 'a == []' || fail "the issue is not closed"
sql "SELECT pg_stat_statements_reset()" >/dev/null
sleep 2
same "$(sql "SELECT sum(total_exec_time) / sum(calls) < 8 FROM pg_stat_statements WHERE query LIKE '%FROM orders%' AND calls > 5")" t "calls are fast"

# A person takes it back: that index goes, and no other.
sql "SET ROLE app; CREATE INDEX selfheal_1_1_of_somebody ON orders (id)"
row=$(said remediations 'a[0]["id"]')
expect 0 curl -fsS "${token[@]}" -X POST "$api/api/self-healing/rollback/$row"
until_true 30 grep -q "drop_index on database/test/shop succeeded" live.err || fail "not rolled back: $(cat live.err)"
same "$(sql "SELECT string_agg(indexname, ' ') FROM pg_indexes WHERE indexname LIKE 'selfheal%of_somebody'")" selfheal_1_1_of_somebody "others' indexes"

# The trouble is back, and what comes next on the ladder is tried: it does not help, and goes back.
until_true 60 grep -q "tune_database on database/test/shop succeeded: 1 settings changed" live.err || fail "settings were not tried: $(cat live.err)"
until_true 60 grep -q "restore_database_settings on database/test/shop succeeded: 1 settings restored" live.err ||
    fail "the settings that did not help were not restored: $(cat live.err)"
same "$(sql "SELECT prior IS NULL, value, restored_at IS NOT NULL FROM selfheal.settings ORDER BY set_at LIMIT 1")" "t|9MB|t" "what was kept of the setting"
same "$(sql "SELECT count(*) FROM pg_db_role_setting WHERE setconfig::text LIKE '%work_mem%'")" 0 "settings left behind"
unload
stop_live

# What belongs to others is refused, with its reason, and the next rung is tried.
sql "DROP INDEX selfheal_1_1_of_somebody; SELECT pg_stat_statements_reset()" >/dev/null
rm -rf run
load theirs.bench
start_live
until_true 60 grep -q "add_index on database/test/shop failed: refused: public.theirs belongs to other, and selfheal is no member of it" live.err ||
    fail "not refused: $(cat live.err)"
same "$(sql "SELECT count(*) FROM pg_indexes WHERE tablename = 'theirs'")" 0 "indexes on others' table"
unload

# The server goes away: the feed says so, the rest lives; it comes back, and so does the feed.
bash "$server" down "$folder" || fail "PostgreSQL does not stop"
until_true 30 sh -c "curl -s $api/ready | grep -q 'postgres does not answer'" || fail "/ready does not say it: $(curl -s "$api/ready")"
same "$(curl -s -o out -w '%{http_code}' "$api/ready")" 503 "/ready"
holds state '[(x["name"], x["good"], "database/test/shop" in x["error"]) for x in a["sources"]] == [("postgres", False, True)]' ||
    fail "the state does not say it: $(ask state)"
metrics() { curl -fsS "${token[@]}" "$api/metrics"; }
metrics | grep -q 'self_healing_source_up{source="postgres"} 0' || fail "the metrics do not say it"
expect 0 curl -fsS "$api/health"
bash "$server" up "$folder" || fail "PostgreSQL does not start again"
until_true 60 curl -fsS "$api/ready" || fail "the feed does not come back: $(curl -s "$api/ready")"
metrics | grep -q 'self_healing_source_up{source="postgres"} 1' || fail "the metrics do not say that it is back"
stop_live
! grep -rq swordfish live.out live.err run || fail "the password was written somewhere"
for flight in run/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical to those of the live process"
done
expect 0 "$selfheal" audit verify run/run.db
finish
