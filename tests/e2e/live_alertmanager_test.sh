#!/usr/bin/env bash
# Issues are alerts of a real Alertmanager, and are resolved there.
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
finish
