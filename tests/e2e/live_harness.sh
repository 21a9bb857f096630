# live_harness.sh - sourced by the tests of live mode, behind harness.sh: real servers
# on free ports of loopback, stopped by their ids and no others.
servers=()
stop_servers() {
    local id
    for id in "${servers[@]}"; do kill "$id" 2>/dev/null && kill -CONT "$id" 2>/dev/null; done # one may sleep
    for id in "${servers[@]}"; do wait "$id" 2>/dev/null; done
    servers=()
}
# on_leave COMMAND - is run when the test ends, however it does; the last first.
leaving=()
on_leave() { leaving=("$1" "${leaving[@]}"); }
leave() {
    local one
    stop_servers
    for one in "${leaving[@]}"; do eval "$one"; done
    if [ -n "${KEEP:-}" ]; then echo "kept $work"; else rm -rf "$work"; fi
}
trap leave EXIT

# needs COMMAND... - skips the test, loudly, where one is missing.
needs() {
    local missing=() one
    for one in "$@"; do command -v "$one" >/dev/null || missing+=("$one"); done
    [ ${#missing[@]} -eq 0 ] && return
    echo "SKIPPED: $(basename "$0") needs ${missing[*]} (scripts/setup all)" >&2
    exit 77
}

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

# until_true SECONDS COMMAND... - waits for it.
until_true() {
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.1
    done
}

# metric NAME POD VALUE - what the node exporter shows of the world, in whole files.
metric() { echo "$1{pod=\"$2\"} $3" >text/.new && mv text/.new "text/$1-$2.prom"; }

# start_prometheus - an exporter with a folder of metrics and a Prometheus that asks it each second.
start_prometheus() {
    needs prometheus promtool prometheus-node-exporter python3 curl
    exporter_port=$(free_port)
    prometheus_port=$(free_port)
    mkdir -p text
    cat >prometheus.yml <<Y
global: {scrape_interval: 500ms}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["127.0.0.1:$exporter_port"]}]
Y
    prometheus-node-exporter --web.listen-address="127.0.0.1:$exporter_port" --collector.disable-defaults \
        --collector.textfile --collector.cpu --collector.textfile.directory="$work/text" 2>exporter.log &
    servers+=($!)
    prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$prometheus_port" 2>prometheus.log &
    servers+=($!)
    prometheus_url=http://127.0.0.1:$prometheus_port
    until_true 30 curl -fsS "$prometheus_url/-/ready" || fail "prometheus does not start"
}

# write_policy - quick: two scans a second; memory over 0.9 is raised, cpu wants a yes.
write_policy() {
    cat >policy.yaml <<'Y'
name: quick
scan_interval: 500ms
issue_cool_down: 0
relapse_within: 10m
health: {interval: 1s}
rules:
  - {name: memory, series: "pod/*:memory_ratio", issue: high_memory, severity: high, above: 0.9, hold: 500ms, clear_hold: 500ms}
  - {name: approval, series: "pod/*:asked_ratio", issue: high_cpu, severity: medium, above: 0.9, hold: 0, clear_hold: 0}
strategies:
  - name: more_memory
    description: more memory, taken back by hand
    issue: high_memory
    steps: [{action: raise_memory_limit, amount: 0.5, timeout: 10s}]
    settle: 500ms
    verify_hold: 500ms
    verify_within: 20s
    prior_success: 0.8
    prior_weight: 5
  - name: asked_first
    description: only with a yes
    issue: high_cpu
    steps: [{action: restart_pod, timeout: 10s}]
    settle: 0
    verify_hold: 0
    verify_within: 20s
    needs_approval: true
    prior_success: 0.8
    prior_weight: 5
ladders: {high_memory: [more_memory], high_cpu: [asked_first]}
Y
}

# write_config [LINE...] - what is watched, and what is done: files in the folder are the world.
write_config() {
    cat >live.yaml <<Y
name: e2e
data: run
policy: policy.yaml
rediscover: 1s
prometheus:
  url: $prometheus_url
  back_fill: 5s
  stale_after: 3s
  queries:
    - {series: "pod/shop/{pod}:memory_ratio", query: test_memory_ratio}
    - {series: "pod/shop/{pod}:asked_ratio", query: test_asked_ratio}
actions:
  - {action: raise_memory_limit, target: "pod/shop/*", run: [bash, "$work/act.sh", "{name}", "0.4"]}
  - {action: lower_memory_limit, target: "pod/shop/*", run: [bash, "$work/act.sh", "{name}", "0.5"]}
  - {action: restart_pod, target: "pod/shop/*", run: [bash, "$work/restart.sh", "{name}"]}
Y
    printf '%s\n' "$@" >>live.yaml
    cat >act.sh <<'Y'
cd "$(dirname "$0")" || exit 1
echo "$SELFHEAL_ACTION_ID $SELFHEAL_ACTION $SELFHEAL_TARGET rollback=$SELFHEAL_ROLLBACK" >>acts
[ -f slow ] && sleep "$(cat slow)"
echo "test_memory_ratio{pod=\"$1\"} $2" >text/.acted && mv text/.acted "text/test_memory_ratio-$1.prom"
Y
    cat >restart.sh <<'Y'
cd "$(dirname "$0")" || exit 1
echo "$SELFHEAL_ACTION_ID $SELFHEAL_ACTION $SELFHEAL_TARGET rollback=$SELFHEAL_ROLLBACK" >>acts
echo "test_asked_ratio{pod=\"$1\"} 0.1" >text/.acted && mv text/.acted "text/test_asked_ratio-$1.prom"
Y
}

# start_live [NAME=VALUE...] - the daemon; its address in $api when it is ready.
start_live() {
    rm -f live.out live.err
    env "$@" "$selfheal" live --config live.yaml >live.out 2>live.err &
    live=$!
    servers+=($live)
    until_true 30 grep -q '^listening on ' live.out || { fail "live does not start" && cat live.err >&2; }
    api=$(sed -n 's/^listening on //p' live.out)
    until_true 30 curl -fsSk "$api/ready" || fail "live does not get ready: $(curl -sk "$api/ready")"
}
stop_live() {
    kill -TERM $live
    wait $live
    same $? 0 "exit code of live"
}
ask() { curl -fsSk "${token[@]}" "$api/api/self-healing/$1"; } # PATH
token=()
# said PATH FILTER - a python expression over the answer `a`.
said() { ask "$1" | python3 -c "import json,sys; a=json.load(sys.stdin); print($2)"; }
holds() { [ "$(said "$1" "$2")" = True ]; }
