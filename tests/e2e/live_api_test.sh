#!/usr/bin/env bash
# The API is what its OpenAPI file says; roles, TLS, limits, metrics, events.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
start_prometheus
needs openssl
python3 -c 'import jsonschema' 2>/dev/null || needs python3-jsonschema
write_policy
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
write_config 'api: {port: 0, tokens: tokens, certificate: cert.pem, key: key.pem, connections: 32, idle: 3s}' 'alerts: {map: [{series: "pod/{namespace}/{pod}:alert_firing"}]}'
metric test_memory_ratio web 0.95
declare -A tokens
for role in viewer operator approver sender; do
    expect 0 "$selfheal" live --config live.yaml --add-token $role:$role
    tokens[$role]=$(cat out)
done
same "$(stat -c %a tokens)" 600 "mode of the token file"
chmod 644 tokens
expect 2 "$selfheal" live --config live.yaml
has err "others may read"
chmod 600 tokens
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"
start_live DRY_RUN_MODE=false
case $api in https://*) ;; *) fail "no TLS: $api" ;; esac
curl -fsS --cacert cert.pem "$api/health" >/dev/null || fail "its certificate does not verify"
token=(-H "Authorization: Bearer ${tokens[viewer]}")
until_true 20 holds remediations 'any(r["status"] == "success" for r in a)' || fail "nothing was healed"

python3 "$source_dir/tests/e2e/openapi_check.py" "$api" "${tokens[viewer]}" "${tokens[operator]}" "${tokens[approver]}" "${tokens[sender]}" ||
    fail "the server is not what its OpenAPI file says"

code() { curl -sk -o out -w '%{http_code}' "$@"; }
same "$(code "$api/api/self-healing/issues")" 401 "without a token"
same "$(code -H "Authorization: Bearer ${tokens[viewer]}x" "$api/api/self-healing/issues")" 401 "a wrong token"
same "$(code "${token[@]}" -X POST "$api/api/self-healing/toggle-dry-run")" 403 "a viewer that switches"
same "$(code -H "Authorization: Bearer ${tokens[operator]}" -X POST "$api/api/self-healing/approve/1")" 403 "an operator that approves"
same "$(code "${token[@]}" -X DELETE "$api/api/self-healing/issues")" 405 "a method that is none"
same "$(code "${token[@]}" "$api/api/self-healing/nothing")" 404 "a path that is none"
same "$(code "${token[@]}" "$api/api/self-healing/issues?limit=0")" 400 "a limit out of range"
head -c 100000 /dev/zero | tr '\0' x >big
same "$(code -H "Authorization: Bearer ${tokens[approver]}" -X POST --data-binary @big "$api/api/self-healing/toggle-dry-run")" 413 "a body over the limit"
same "$(code -H "Authorization: Bearer ${tokens[approver]}" -X POST -d '{"enabled": "yes"}' "$api/api/self-healing/toggle-dry-run")" 400 "a body that is wrong"
alerts=$api/api/self-healing/alerts
same "$(code -H "Authorization: Bearer ${tokens[sender]}" "$api/api/self-healing/issues")" 403 "a sender that looks"
same "$(code -H "Authorization: Bearer ${tokens[approver]}" -X POST -d '{"version": "4", "alerts": []}' "$alerts")" 403 "an approver that tells alerts"
python3 -c 'import json; print(json.dumps({"version": "4", "alerts": [{"status": "resolved", "labels": {"alertname": "Many", "namespace": "shop", "pod": "p%d" % (i % 10), "text": "x" * 900}} for i in range(1000)]}))' >many
same "$(code -H "Authorization: Bearer ${tokens[sender]}" -X POST --data-binary @many "$alerts")" 200 "many alerts at once"
same "$(cat out)" '{"taken":1000,"unmapped":0}' "what became of them"
same "$(code -H "Authorization: Bearer ${tokens[approver]}" -X POST --data-binary @many "$alerts")" 413 "many alerts of somebody else"
cat many many >more
same "$(code -H "Authorization: Bearer ${tokens[sender]}" -X POST --data-binary @more "$alerts")" 413 "more than a sender may tell"

# Paused, looked at, resumed; what is known to nobody is refused.
post() { code -H "Authorization: Bearer ${tokens[$1]}" -X POST -d "$3" "$api/api/self-healing/$2"; }
same "$(post viewer pause '{}')" 403 "a viewer that pauses"
same "$(post operator pause '{"resource": "pod/shop/web", "cause": "deploy", "seconds": 600, "reason": "a test"}')" 200 "a pause"
ask pauses >list
same "$(json list 0.resource) $(json list 0.cause) $(json list 0.reason) $(json list 0.actor)" '"pod/shop/web" "deploy" "a test" "person operator"' "what is paused"
same "$(post operator pause '{"resource": "pod/shop/nobody"}')" 404 "a pause of nothing"
same "$(post operator pause '{"seconds": 0}')" 400 "a pause of no time"
same "$(post operator pause '{"cause": "mood"}')" 400 "a pause for no cause"
same "$(post operator resume '{"resource": "pod/shop/web"}')" 200 "going on"
same "$(post operator resume '{"resource": "pod/shop/web"}')" 409 "going on twice"
same "$(post operator thaw '{"resource": "pod/shop/web"}')" 403 "an operator that thaws"
same "$(post approver thaw '{"resource": "pod/shop/web"}')" 409 "thawing what is not frozen"
same "$(post approver thaw '{}')" 400 "thawing nothing"
same "$(ask pauses)" '[]' "nothing is paused any more"

curl -sk "${token[@]}" -D headers -o /dev/null "$api/api/self-healing/state"
! grep -qi access-control headers || fail "CORS headers"

# Metrics pass promtool.
curl -fsSk "${token[@]}" "$api/metrics" >metrics
promtool check metrics <metrics >out 2>&1 || fail "promtool check metrics: $(cat out)"
same "$(cat out)" "" "what promtool says"
for name in self_healing_issues_detected_total self_healing_remediations_total self_healing_remediation_success_rate \
    self_healing_remediation_duration_seconds_bucket self_healing_health_score; do has metrics "$name"; done
has metrics 'self_healing_remediation_success_rate 1'

# Server-sent events tell of commands and decisions.
curl -skN --max-time 6 "${token[@]}" "$api/api/self-healing/events" >events 2>/dev/null &
stream=$!
sleep 1
code -H "Authorization: Bearer ${tokens[approver]}" -X POST "$api/api/self-healing/toggle-dry-run" >/dev/null
metric test_memory_ratio web 0.96
wait $stream
has events '"kind":"command","command":"dry_run","on":'
has events '"kind":"issue_opened"'

# A client that says nothing is dropped; the others are served meanwhile.
python3 - "$api" <<'P' || fail "slow clients"
import socket, ssl, sys, time, urllib.request
host, port = sys.argv[1].split("//")[1].split(":")
slow = [socket.create_connection((host, int(port))) for _ in range(10)]
context = ssl._create_unverified_context()
start = time.time()
assert urllib.request.urlopen(sys.argv[1] + "/health", context=context, timeout=5).status == 200
assert time.time() - start < 3, "slow clients hold the others up"
slow[0].settimeout(12)
while slow[0].recv(100):  # TLS says good-bye before it closes
    pass
P

# No secret in what is written down.
stop_live
for name in viewer operator approver sender; do
    ! grep -rqF "${tokens[$name]}" run live.out live.err tokens || fail "a token is written down in $(grep -rlF "${tokens[$name]}" run live.out live.err tokens)"
done

# Not on loopback only with tokens.
sed 's/tokens: tokens, certificate: cert.pem, key: key.pem/listen: 0.0.0.0/' live.yaml >open.yaml
expect 2 "$selfheal" live --config open.yaml
has err "must be given to listen on an address that is not loopback"
finish
