#!/usr/bin/env bash
# Issues are alerts of a real Alertmanager, and are resolved there; what it tells is evidence.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
needs prometheus-alertmanager
start_prometheus
write_policy
port=$(free_port)
cat >alertmanager.yml <<'Y'
route: {receiver: nobody}
receivers: [{name: nobody}]
Y
prometheus-alertmanager --config.file=alertmanager.yml --storage.path=am --web.listen-address="127.0.0.1:$port" \
    --cluster.listen-address= 2>alertmanager.log &
servers+=($!)
alerts() { curl -fsS "http://127.0.0.1:$port/api/v2/alerts?filter=source=selfheal"; }
until_true 30 alerts || fail "alertmanager does not start: $(tail -n 2 alertmanager.log)"
write_config 'api: {port: 0}' "alertmanager: {url: 'http://127.0.0.1:$port'}"
metric test_memory_ratio web 0.4
until_true 20 sh -c "curl -fsS '$prometheus_url/api/v1/query?query=test_memory_ratio' | grep -q web"
start_live
metric test_memory_ratio web 0.95
until_true 20 sh -c "curl -fsS 'http://127.0.0.1:$port/api/v2/alerts' | grep -q high_memory" || fail "no alert: $(cat live.err)"
alerts >alerts.json
same "$(json alerts.json 0.labels.resource)" '"pod/shop/web"' resource
same "$(json alerts.json 0.labels.severity)" '"high"' severity
metric test_memory_ratio web 0.3
until_true 20 sh -c "[ \"\$(curl -fsS 'http://127.0.0.1:$port/api/v2/alerts?active=true')\" = '[]' ]" || fail "it is not resolved"

# An Alertmanager that is away hinders nothing.
kill "${servers[-2]}"
metric test_memory_ratio web 0.95
until_true 20 holds 'issues?open=1' 'len(a) == 1' || fail "no issue without Alertmanager"
until_true 30 grep -q "Alertmanager was not told" live.err || fail "nobody says that Alertmanager is away"
curl -fsS "$api/ready" >/dev/null || fail "not ready without Alertmanager"
stop_live

# The other way: an Alertmanager's webhook is evidence. What it tells becomes a series
# that rules of the policy judge, is healed, and replays.
rm -rf run
python3 - <<'P'
text = open("policy.yaml").read().replace("ladders: {", "ladders: {pod_crash: [told], ")
text = text.replace("strategies:\n", """  - {name: told, series: "pod/*:alert_PodDown", issue: pod_crash, severity: critical, above: 0.5, hold: 0, clear_hold: 0}
strategies:
  - name: told
    description: restart what somebody says is down
    issue: pod_crash
    steps: [{action: restart_pod, timeout: 10s}]
    settle: 0
    verify_hold: 0
    verify_within: 60s
    prior_success: 0.8
    prior_weight: 5
""")
open("policy.yaml", "w").write(text)
P
live_port=$(free_port)
cat >live.yaml <<Y
name: told
data: run
policy: policy.yaml
rediscover: 1h
api: {port: $live_port, tokens: tokens}
alerts:
  map:
    - {alert: "Pod*", series: "pod/{namespace}/{pod}:alert_{alertname}"}
actions:
  - {action: restart_pod, target: "pod/shop/*", run: [bash, "$work/restart.sh", "{name}"]}
Y
for role in sender viewer; do
    expect 0 "$selfheal" live --config live.yaml --add-token $role:$role
    cp out $role.token
done
token=(-H "Authorization: Bearer $(cat viewer.token)")
cat >alertmanager.yml <<Y
route: {receiver: selfheal, group_wait: 100ms, group_interval: 1s, repeat_interval: 1h, group_by: [alertname]}
receivers:
  - name: selfheal
    webhook_configs:
      - url: http://127.0.0.1:$live_port/api/self-healing/alerts
        send_resolved: true
        max_alerts: 0
        http_config: {authorization: {credentials_file: $work/sender.token}}
Y
prometheus-alertmanager --config.file=alertmanager.yml --storage.path=am2 --web.listen-address="127.0.0.1:$port" \
    --cluster.listen-address= 2>alertmanager2.log &
servers+=($!)
until_true 30 curl -fsS "http://127.0.0.1:$port/-/ready" || fail "the second alertmanager does not start"
# fire NAME POD [END] - as a Prometheus would tell it.
fire() {
    curl -fsS -H 'Content-Type: application/json' "http://127.0.0.1:$port/api/v2/alerts" -d \
        "[{\"labels\": {\"alertname\": \"$1\", \"namespace\": \"shop\", \"pod\": \"$2\"}, \"startsAt\": \"$started\"${3:+, \"endsAt\": \"$3\"}}]"
}
now() { date -u +%Y-%m-%dT%H:%M:%S.%3NZ; }
started=$(now)
env DRY_RUN_MODE=false "$selfheal" live --config live.yaml >live.out 2>live.err &
live=$!
servers+=($live)
api=http://127.0.0.1:$live_port
until_true 30 curl -fsS "$api/health" || fail "live does not start: $(cat live.err)"
fire PodDown web
until_true 40 holds 'issues?open=1' 'len(a) == 1' || fail "an alert is no issue: $(cat live.err alertmanager2.log)"
same "$(said 'issues?open=1' 'a[0]["type"], a[0]["severity"], a[0]["resource"]')" "pod_crash critical pod/shop/web" "the issue"
until_true 20 grep -q "restart_pod pod/shop/web" acts || fail "nothing is done about an alert"
fire PodDown web "$(now)"
until_true 30 holds 'issues?open=1' 'a == []' || fail "a resolved alert leaves its issue open"
until_true 20 holds remediations 'a[0]["status"] == "success"' || fail "its remedy is no success"

# A pod that nobody knew becomes part of the topology without waiting for rediscover.
started=$(now)
fire PodSlow other
fire PodDown other
until_true 40 holds 'issues?open=1' 'len(a) == 1 and a[0]["resource"] == "pod/shop/other"' || fail "an alert of a new pod is no issue"
fire Watchdog web
sleep 1

# Without the token nothing is taken.
same "$(curl -s -o out -w '%{http_code}' -X POST -d '{"version":"4","alerts":[]}' "$api/api/self-healing/alerts")" 401 "a webhook without a token"
stop_live
for flight in run/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical"
done
expect 0 "$selfheal" audit verify run/run.db
! grep -rqF "$(cat sender.token)" run live.out live.err || fail "the sender's token is written down"
finish
