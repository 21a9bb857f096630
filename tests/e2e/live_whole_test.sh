#!/usr/bin/env bash
# One bad morning on real servers, all on loopback: a process is killed, a disk fills (a loop
# mount), an index is dropped under pgbench, a short certificate runs down. Each is healed,
# and seen so by the API, by Alertmanager and in the browser.
. "$(dirname "$0")/harness.sh"
. "$source_dir/tests/e2e/live_harness.sh"
. "$source_dir/tests/e2e/postgres_harness.sh"
. "$source_dir/tests/e2e/acme_servers.sh"
needs prometheus prometheus-node-exporter prometheus-alertmanager pgbench chromium curl python3
mkdir -p disk
truncate -s 48M disk.img
if ! { mkfs.ext4 -q disk.img && mount -o loop disk.img disk; } 2>/dev/null && ! mount -t tmpfs -o size=48m tmpfs disk 2>/dev/null; then
    echo "SKIPPED: no file system can be mounted here" >&2 && exit 77
fi
on_leave 'umount disk'
start_shop
load shop.bench
start_acme

# The worker: a process that Prometheus asks; start.sh is what restarts it.
worker_port=$(free_port)
cat >start.sh <<S
cd "$work" || exit 1
setsid python3 -m http.server -d metrics --bind 127.0.0.1 $worker_port >/dev/null 2>&1 &
echo \$! >worker.pid
S
on_leave 'kill "$(cat worker.pid)" 2>/dev/null'
mkdir -p metrics && echo 'worker_jobs_total 1' >metrics/metrics
bash start.sh

# The disk: old temporary files, and what the day brings.
mkdir -p disk/tmp
head -c 2M /dev/urandom >disk/data
echo "find $work/disk/tmp -type f -mtime +\$1 -delete" >clean.sh

am_port=$(free_port) exporter_port=$(free_port) prometheus_port=$(free_port)
printf 'route: {receiver: nobody}\nreceivers: [{name: nobody}]\n' >alertmanager.yml
prometheus-alertmanager --config.file=alertmanager.yml --storage.path=am --web.listen-address="127.0.0.1:$am_port" \
    --cluster.listen-address= 2>alertmanager.log &
servers+=($!)
prometheus-node-exporter --web.listen-address="127.0.0.1:$exporter_port" --collector.disable-defaults \
    --collector.filesystem '--collector.filesystem.mount-points-exclude=^/(proc|sys)($|/)' 2>exporter.log &
servers+=($!)
cat >prometheus.yml <<Y
global: {scrape_interval: 500ms}
scrape_configs:
  - {job_name: node, static_configs: [{targets: ["127.0.0.1:$exporter_port"]}]}
  - {job_name: worker, fallback_scrape_protocol: PrometheusText0.0.4, static_configs: [{targets: ["127.0.0.1:$worker_port"]}]}
Y
promtool check config prometheus.yml >/dev/null 2>&1 || sed -i 's/fallback_scrape_protocol: [^ ]* //' prometheus.yml # not known before 3.0
prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$prometheus_port" 2>prometheus.log &
servers+=($!)
answers() { curl -fsS "http://127.0.0.1:$prometheus_port/api/v1/query" --data-urlencode "query=$1" | grep -q '"value"'; }
until_true 30 answers 'up{job="worker"} == 1' || fail "the worker is not seen: $(tail -n 2 prometheus.log)"
until_true 30 answers "node_filesystem_size_bytes{mountpoint=\"$work/disk\"}" || fail "the disk is not seen: $(tail -n 2 exporter.log)"

# What is asked and done is the product's; only the waits are short. The certificate has a
# day, and the limit is crossed while the test looks on.
cat >policy.yaml <<'Y'
name: whole
scan_interval: 1s
issue_cool_down: 0
health: {interval: 1s}
rules:
  - {name: gone, series: "pod/shop/*:up", issue: pod_crash, severity: critical, below: 0.5, hold: 1s, clear_hold: 1s}
  - {name: full, series: "volume/shop/*:used_ratio", issue: disk_full, severity: high, above: 0.95, hold: 1s, clear_hold: 1s}
  - {name: slow, series: "database/*:query_latency_seconds", issue: database_slow, severity: high, above: 0.003, hold: 2s, clear_hold: 1s}
  - {name: certificate_days, series: "certificate/*:certificate_remaining_days", issue: certificate_expiry, severity: high, below: LIMIT, hold: 0, clear_hold: 0}
strategies:
  - name: start_again
    description: starts the process again
    issue: pod_crash
    steps: [{action: restart_pod, timeout: 10s}]
    settle: 2s
    verify_hold: 1s
    verify_within: 20s
    prior_success: 0.9
    prior_weight: 10
  - name: clean_old_files
    description: deletes temporary files of more than a week
    issue: disk_full
    steps: [{action: clean_temp_files, amount: 7, timeout: 10s}]
    irreversible: true
    settle: 2s
    verify_hold: 1s
    verify_within: 20s
    prior_success: 0.9
    prior_weight: 10
  - name: add_index
    description: the index that the slow query lacks
    issue: database_slow
    steps: [{action: add_index, timeout: 60s}]
    settle: 1s
    verify_hold: 2s
    verify_within: 20s
    prior_success: 0.9
    prior_weight: 10
  - name: renew
    description: renew, check, put in place
    issue: certificate_expiry
    steps: [{action: renew_certificate, timeout: 60s}, {action: validate_certificate, timeout: 10s}, {action: deploy_certificate, timeout: 10s}]
    settle: 1s
    verify_hold: 1s
    verify_within: 30s
    prior_success: 0.9
    prior_weight: 10
ladders: {pod_crash: [start_again], disk_full: [clean_old_files], database_slow: [add_index], certificate_expiry: [renew]}
Y
cat >live.yaml <<Y
name: shop
data: run
policy: policy.yaml
dry_run: false
rediscover: 1s
api: {port: 0, tokens: tokens}
prometheus:
  url: http://127.0.0.1:$prometheus_port
  back_fill: 5s
  stale_after: 5s
  queries:
    - {series: "pod/shop/{job}:up", query: 'up{job="worker"}'}
    - {series: "volume/shop/disk:used_ratio", query: '1 - node_filesystem_avail_bytes{mountpoint="$work/disk"} / node_filesystem_size_bytes'}
postgres:
  validate: 5s
  databases:
    - {resource: database/shop/orders, conninfo: host=127.0.0.1 port=$port dbname=shop user=selfheal, password_file: $work/password}
certificates:
  - {resource: certificate/shop/web, host: 127.0.0.1, port: $tls_port, name: shop.example}
alertmanager: {url: 'http://127.0.0.1:$am_port'}
actions:
  - {action: restart_pod, target: "pod/shop/*", run: [bash, $work/start.sh]}
  - {action: clean_temp_files, target: "volume/shop/*", run: [bash, $work/clean.sh, "{amount}"]}
  - {action: renew_certificate, target: "certificate/*", run: [bash, $work/renew.sh, issue]}
  - {action: validate_certificate, target: "certificate/*", run: [openssl, x509, -checkend, "2678400", -noout, -in, $work/uacme/shop.example/cert.pem]}
  - {action: deploy_certificate, target: "certificate/*", run: [bash, $work/deploy.sh]}
Y
end=$(date -d "$(openssl x509 -in served.pem -noout -enddate | cut -d= -f2)" +%s)
limit=$(python3 -c "import time; print(($end - time.time() - 25) / 86400)")
sed -i "s/LIMIT/$limit/" policy.yaml
expect 0 "$selfheal" live --config live.yaml --add-token approver:ann
token=(-H "Authorization: Bearer $(cat out)")
start_live
until_true 20 holds state 'a["series"] >= 8' || fail "not all series: $(ask state)"

# The morning.
told() { curl -fsS "http://127.0.0.1:$am_port/api/v2/alerts?active=true" | grep -q "$1"; }
: >told
(while sleep 0.2; do curl -fsS "http://127.0.0.1:$am_port/api/v2/alerts" >>told 2>/dev/null; done) &
servers+=($!)
kill -9 "$(cat worker.pid)"
head -c 60M /dev/zero >disk/tmp/old 2>/dev/null
touch -d '10 days ago' disk/tmp/old
sql "DROP INDEX orders_customer"
timeout 150 python3 "$source_dir/tests/e2e/whole_check.py" "$api" "$(cat out)" "${PICTURE:-$work/whole.png}" 2>check.err ||
    fail "the browser: $(tail -n 3 check.err); $(tail -n 5 live.err)"
until_true 60 holds 'issues?open=1' 'a == []' || fail "open still: $(ask 'issues?open=1')"
for pair in start_again:pod/shop/worker clean_old_files:volume/shop/disk add_index:database/shop/orders renew:certificate/shop/web; do
    holds remediations "any(r['action_type'] == '${pair%%:*}' and r['status'] == 'success' for r in a)" || fail "$pair: $(ask remediations)"
    holds issues "any(i['resource'] == '${pair#*:}' and i['remediated'] for i in a)" || fail "no remediated issue of ${pair#*:}"
    has told "${pair#*:}"
done
until_true 20 sh -c "[ \"\$(curl -fsS 'http://127.0.0.1:$am_port/api/v2/alerts?active=true')\" = '[]' ]" || fail "Alertmanager still has alerts"

# The world says the same.
kill -0 "$(cat worker.pid)" || fail "the worker does not run"
absent disk/tmp/old
[ -f disk/data ] || fail "what was not temporary is gone"
same "$(sql "SELECT indisvalid FROM pg_index i JOIN pg_class c ON c.oid = indexrelid WHERE relname LIKE 'selfheal%'")" t "the index"
issuer | grep -qi pebble || fail "the server does not show pebble's certificate: $(issuer)"
stop_live
expect 0 "$selfheal" audit verify run/run.db
for flight in run/flight/*.flight; do
    expect 0 "$selfheal" replay "$flight"
    has out "are identical to those of the live process"
done
finish
