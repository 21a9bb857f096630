#!/usr/bin/env bash
# Bad input: one clear message per fault, all at once, exit 2, nothing left behind.
. "$(dirname "$0")/harness.sh"

# refused MESSAGE COMMAND... - exit 2, the message on stderr, no run folder.
refused() {
    local message=$1
    shift
    expect 2 "$@" --out refused
    has err "$message"
    absent refused
    absent runs
}
simulate() { "$selfheal" simulate "$@"; }
trace_refused() { # MESSAGE FILE: by replay and by validate
    refused "$1" "$selfheal" replay "$2"
    expect 2 "$selfheal" trace validate "$2"
    has err "$1"
    expect 2 "$selfheal" trace pack "$2" packed
    absent packed
}

# -- scenarios
: >empty.yaml
printf 'name: x\nresources: [' >truncated.yaml
printf 'name: \xff\xfe\n' >latin.yaml
cat >many.yaml <<'Y'
name: many
colour: blue
duration: soon
replications: -3
resources:
  - id: pod/shop/web
    series: {cpu_utilization_ratio: {level: .nan, noise: 0.1}}
faults:
  - kind: cpu-strss
    target: pod/shop/web
    at: 1m
Y
refused "missing.yaml" "$selfheal" simulate missing.yaml
refused "empty.yaml" "$selfheal" simulate empty.yaml
refused "truncated.yaml:" "$selfheal" simulate truncated.yaml
refused "latin.yaml" "$selfheal" simulate latin.yaml
refused "many.yaml:2: colour" "$selfheal" simulate many.yaml
for fault in "many.yaml:3: duration" "many.yaml:4: replications" "many.yaml:7: " "many.yaml:9: faults[0].kind"; do
    has err "$fault"
done
python3 -c 'print("a: " + "["*100000 + "]"*100000)' >deep.yaml
refused "deep.yaml" "$selfheal" simulate deep.yaml
python3 -c 'print("name: big\n#" + "x"*(17<<20))' >big.yaml
refused "big.yaml" "$selfheal" simulate big.yaml
printf 'a: &a [1]\nb: *a\n' >alias.yaml
refused "alias.yaml" "$selfheal" simulate alias.yaml
printf 'name: x\nname: y\n' >twice.yaml
refused "twice.yaml:2" "$selfheal" simulate twice.yaml
refused "." "$selfheal" simulate .
printf 'name: ../../escape\nduration: 1h\nresources: [{id: pod/a/b, series: {up: {level: 1}}}]\n' >escape.yaml
expect 2 "$selfheal" simulate escape.yaml
has err "escape.yaml:1: name"
absent ../../escape

# -- policies
printf 'scan_interval: 0s\nlimits: {concurrent: none}\nwhat: 1\n' >policy.yaml
refused "policy.yaml:1: scan_interval" "$selfheal" simulate "$source_dir/scenarios/quickstart.yaml" --policy policy.yaml
has err "policy.yaml:2: limits.concurrent"
has err "policy.yaml:3: what"

# -- traces
good='timestamp,pod/a/b:cpu_utilization_ratio
2026-01-01T00:00:00Z,0.1
2026-01-01T00:01:00Z,0.2'
echo "$good" >good.csv
expect 0 "$selfheal" trace validate good.csv
: >empty.csv
trace_refused "empty.csv" empty.csv
echo "timestamp,pod/a/b:x" >headonly.csv
trace_refused "headonly.csv" headonly.csv
printf '%s\n2026-01-01T00:00:30Z,0.3\n' "$good" >backwards.csv
trace_refused "backwards.csv:4" backwards.csv
printf '%s\n2026-01-01T00:01:00Z,0.3\n' "$good" >repeated.csv
trace_refused "repeated.csv:4" repeated.csv
printf 'timestamp,pod/a/b:x,pod/a/b:x\n2026-01-01T00:00:00Z,1,2\n' >columns.csv
trace_refused "columns.csv:1" columns.csv
printf '%s\nyesterday,nan\n2026-01-01T00:03:00Z,inf\n2026-01-01T00:04:00Z,1,2\n' "$good" >wrong.csv
trace_refused "wrong.csv:4" wrong.csv
has err "wrong.csv:5"
has err "wrong.csv:6"
printf '%s\n2026-01-01T00:02:00Z,0.3\xff\n' "$good" >bytes.csv
trace_refused "bytes.csv" bytes.csv
python3 - <<'P'
open("wide.csv", "w").write("timestamp," + ",".join(f"pod/a/p{i}:x" for i in range(1100000)) + "\n2026-01-01T00:00:00Z" + "," * 1100000 + "\n")
P
trace_refused "wide.csv:1" wide.csv
"$selfheal" trace pack good.csv good.trace || fail "pack"
head -c 100 good.trace >cut.trace
trace_refused "cut.trace" cut.trace
python3 - <<'P'
b = bytearray(open("good.trace", "rb").read()); b[-3] ^= 0x40; open("flipped.trace", "wb").write(b)
P
expect 2 "$selfheal" trace validate flipped.trace
has err "flipped.trace"

truncate -s 1G gigabyte # zeros; holes, so it costs no disk
trace_refused "gigabyte" gigabyte
refused "gigabyte" "$selfheal" simulate gigabyte
refused "gigabyte" "$selfheal" replay good.csv --labels gigabyte
refused "gigabyte" "$selfheal" replay good.csv --policy gigabyte
rm gigabyte

# -- labels and the command line
printf 'start,end,resource,fault_type\n2026-01-01T00:05:00Z,2026-01-01T00:01:00Z,pod/a/b,x\nnever,,,\n' >labels.csv
refused "labels.csv:2" "$selfheal" replay good.csv --labels labels.csv
has err "labels.csv:3"
refused "no-such.csv" "$selfheal" replay good.csv --labels no-such.csv
refused "cpu-stress" "$selfheal" replay good.csv --inject 'cpu-stress:node/*@1s'
expect 2 "$selfheal" simulate
expect 2 "$selfheal" replay good.csv --seed minus
expect 2 "$selfheal" replay good.csv --no-such-option
expect 2 "$selfheal" fly
expect 2 "$selfheal"

# -- the environment
mkdir taken && echo mine >taken/file
expect 2 "$selfheal" replay good.csv --out taken
same "$(cat taken/file)" mine "somebody's file"
if [ -w /dev/full ]; then
    "$selfheal" trace head good.csv >/dev/full 2>err
    same $? 3 "exit code on a full disk"
fi
finish
