#!/usr/bin/env bash
# Two replicas on one PostgreSQL store: one leads, the other stands by and takes over when the
# first is killed in mid-action; nothing is done twice, what people said holds on, the audit
# chain stays whole. A leader that slept acts no more. The server goes away and comes back.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/postgres_harness.sh"
needs python3 curl
start_postgres
start_prometheus
sql "CREATE ROLE selfheal LOGIN PASSWORD 'swordfish'" postgres && sql "CREATE DATABASE healing OWNER selfheal" postgres || fail "no database"
kept() { sql "SET search_path = selfheal; $1" healing; }
export SELFHEAL_STORE="postgresql://selfheal:swordfish@127.0.0.1:$port/healing"

write_policy
write_config 'api: {port: 0, tokens: tokens}' 'store: {lease: 3s}' 'alerts: {map: [{series: "pod/{namespace}/{pod}:alert_firing"}]}'
declare -A tokens
for role in viewer operator approver sender; do
    expect 0 "$selfheal" live --config live.yaml --add-token $role:$role
    tokens[$role]=$(cat out)
done
token=(-H "Authorization: Bearer ${tokens[approver]}")
metric test_memory_ratio web 0.4
metric test_asked_ratio web 0.1
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_asked_ratio' | grep -q web"

# start NAME - a replica with a data folder of its own; its process in $NAME, its address in api_NAME.
start() {
    sed "s/^data: run/data: run-$1/" live.yaml >"$1.yaml"
    DRY_RUN_MODE=false "$selfheal" live --config "$1.yaml" >"$1.out" 2>"$1.err" &
    printf -v "$1" %s $!
    servers+=($!)
    until_true 30 grep -q '^listening on ' "$1.out" || { fail "$1 does not start" && cat "$1.err" >&2; }
    printf -v "api_$1" %s "$(sed -n 's/^listening on //p' "$1.out")"
}
to() { local name=api_$1 && api=${!name}; } # NAME - ask and said are about it
standby() { holds state 'a["standby"]'; }
leads() { holds state 'not a["standby"] and a["ready"] and a["auto_remediation"]'; }
issues() { said 'issues?limit=50' '[(x["id"], x["type"], x["open"]) for x in a]'; }

# A wrong URL is told without its password.
for url in "postgresql://selfheal:sword/fish@127.0.0.1/healing" "postgres://selfheal:x@swordfish@127.0.0.1/healing" mysql://swordfish; do
    SELFHEAL_STORE=$url expect 2 "$selfheal" live --check --config live.yaml
    has err "expected postgresql://USER@HOST:PORT/DATABASE"
    ! grep -q fish err || fail "the password was printed"
    case $url in postgres*) expect 2 "$selfheal" audit verify "$url" && ! grep -q fish err || fail "the password was printed" ;; esac
done
expect 0 "$selfheal" live --check --config live.yaml --store "$SELFHEAL_STORE"

# The first leads, the second stands by, is ready, and answers from the same store.
start one
to one
until_true 30 leads || fail "one does not lead: $(cat one.err)"
start two
to two
until_true 30 standby || fail "two does not stand by: $(cat two.err)"
until_true 10 curl -fsS "$api/ready" || fail "two is not ready: $(curl -s "$api/ready")"
has two.err "another replica leads: this one stands by"
same "$(curl -s -o /dev/null -w '%{http_code}' "${token[@]}" -X POST "$api/api/self-healing/toggle-dry-run")" 503 "a command to who stands by"

# Killed in mid-action: the intent was in the store before the action left.
echo 6 >slow
metric test_memory_ratio web 0.95
until_true 20 test -f acts || fail "no action was started"
same "$(issues)" "$(to one && issues)" "issues as the two tell them"
same "$(kept 'select count(*) from actions where outcome is null')" 1 "actions at work in the store"
kill -9 "$one"
wait "$one" 2>/dev/null
until_true 20 leads || fail "two does not take over: $(cat two.err)"
has two.err "were at work when the last chapter ended"
same "$(kept 'select outcome from actions order by id limit 1')" interrupted "outcome of what nobody saw the end of"
has two.err "nobody saw the end of what was done there"
sleep 6 # the program lives on by itself and ends
rm slow
until_true 20 holds 'issues?open=1' 'a == []' || fail "the trouble is not over: $(ask 'issues?open=1')"
same "$(wc -l <acts)" 1 "actions: nothing is done twice"
expect 0 "$selfheal" audit verify "$SELFHEAL_STORE"
has out "postgresql://selfheal@127.0.0.1:"
! grep -q swordfish out || fail "the password was printed"

# What may have been done is not done again by itself; a person's word is enough.
metric test_memory_ratio web 0.95
until_true 20 holds 'issues?open=1' 'len(a) == 1' || fail "no issue"
sleep 2
same "$(wc -l <acts)" 1 "actions while it waits for a person"
expect 0 curl -fsS "${token[@]}" -X POST "$api/api/self-healing/manual-remediate/$(said 'issues?open=1' 'a[0]["id"]')"
until_true 20 holds 'issues?open=1' 'a == []' || fail "the person's word did not heal: $(cat two.err)"
same "$(wc -l <acts)" 2 "actions after a person's word"

# Every answer that is made from the store is what the API's description says.
same "$(said remediations '[(x["status"], x["action_type"], len(x["actions"])) for x in a][-1]')" "('failed', 'more_memory', 1)" "the remediation that was cut off"
same "$(said statistics 'a["total_issues_detected"], a["successful_remediations"], a["failed_remediations"]')" "3 1 1" "statistics"
same "$(said 'audit?limit=1000' 'a[-1]["id"], len(set(x["hash"] for x in a)) == len(a)')" "1 True" "the audit log"
holds 'health-history?hours=1' 'len(a) > 1 and all(0 <= x["overall_score"] <= 100 for x in a)' || fail "no history of health: $(ask 'health-history?hours=1')"
same "$(ask suggestions)" "[]" "suggestions"

# A pause outlives the replica that was told of it; and who ends in order is followed at once.
expect 0 curl -fsS "${token[@]}" -X POST -d '{"resource":"pod/shop/web","cause":"deploy","reason":"hands off"}' "$api/api/self-healing/pause"
start one
to one
until_true 30 standby || fail "one does not stand by: $(cat one.err)"
kill -TERM "$two"
wait "$two"
same $? 0 "exit code of two"
until_true 20 leads || fail "one does not follow: $(cat one.err)"
holds pauses '[x["resource"] for x in a] == ["pod/shop/web"]' || fail "the pause is gone: $(ask pauses)"
metric test_memory_ratio web 0.95
until_true 20 holds 'issues?open=1' 'len(a) == 1' || fail "no issue"
sleep 2
same "$(wc -l <acts)" 2 "actions while it is paused"
expect 0 curl -fsS "${token[@]}" -X POST -d '{"resource":"pod/shop/web"}' "$api/api/self-healing/resume"
until_true 20 holds 'issues?open=1' 'a == []' || fail "not healed after the pause: $(cat one.err)"
same "$(wc -l <acts)" 3 "actions after the pause"

# A leader that slept through its lease acts no more, and writes no more.
start two
to two
until_true 30 standby || fail "two does not stand by: $(cat two.err)"
kill -STOP "$one"
until_true 30 leads || fail "two does not take over from who sleeps: $(cat two.err)"
metric test_memory_ratio web 0.95
kill -CONT "$one"
until_true 20 holds 'issues?open=1' 'a == []' || true
until_true 20 sh -c '[ $(wc -l <acts) -ge 4 ]' || fail "two does not heal: $(cat two.err)"
to one
until_true 20 standby || fail "one does not stand by after its sleep: $(cat one.err)"
to two
until_true 20 holds 'issues?open=1' 'a == []' || fail "two does not heal: $(cat two.err)"
same "$(wc -l <acts)" 4 "actions after the sleep"

# The server goes away: it watches only and says so; it comes back, and so does the leader.
bash "$server" down "$folder" || fail "PostgreSQL does not stop"
metric test_memory_ratio web 0.95
until_true 30 sh -c "curl -s $api/ready | grep -q 'watching only'" || fail "/ready does not say it: $(curl -s "$api/ready")"
same "$(curl -s -o out -w '%{http_code}' "$api/ready")" 503 "/ready"
curl -fsS "${token[@]}" "$api/metrics" | grep -q '^self_healing_degraded 1' || fail "the metrics do not say it"
sleep 3
same "$(wc -l <acts)" 4 "actions while nothing can be kept"
bash "$server" up "$folder" || fail "PostgreSQL does not start again"
until_true 90 sh -c "curl -fsS $api_one/ready && curl -fsS $api_two/ready" || fail "not ready again: $(curl -s "$api_one/ready") $(curl -s "$api_two/ready")"
until_true 60 sh -c '[ $(wc -l <acts) -ge 5 ]' || fail "nobody heals: $(cat one.err two.err)"
sleep 2
same "$(wc -l <acts)" 5 "actions after the server came back"

to one && leads || to two
python3 -c 'import jsonschema' 2>/dev/null &&
    { python3 "$source_dir/tests/e2e/openapi_check.py" "$api" "${tokens[viewer]}" "${tokens[operator]}" "${tokens[approver]}" "${tokens[sender]}" ||
        fail "the server is not what its OpenAPI file says"; }

for name in one two; do
    kill -TERM "${!name}"
    wait "${!name}"
    same $? 0 "exit code of $name"
done
expect 0 "$selfheal" audit verify "$SELFHEAL_STORE"
same "$(kept 'select complete from run')" 1 "a run that was told to stop is complete"
same "$(kept "select count(*) from actions where kind = 'raise_memory_limit'")" "$(grep -c raise_memory_limit acts)" "actions in the store and in the world"
for flight in run-*/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical"
done
! grep -rq swordfish ./*.out ./*.err run-one run-two || fail "the password was written somewhere"
expect 0 "$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --replications 1 --no-report --knowledge "$SELFHEAL_STORE" --out rehearsal
! grep -rq swordfish rehearsal out err || fail "the password was written somewhere"
finish
