#!/usr/bin/env bash
# deploy/slurm-array.sh on a real Slurm: a controller and two nodes on this machine,
# started here and ended here; a task is killed and queued again.
. "$(dirname "$0")/harness.sh"
skip() { echo "SKIPPED, LOUDLY: $*; the Slurm job array was not tried" >&2 && exit 0; }
for tool in munged slurmctld slurmd sbatch; do
    command -v $tool >/dev/null || skip "$tool is not installed (Debian: slurm-wlm, munge)"
done
[ "$(id -u)" -eq 0 ] || skip "not root"

daemons=()
stop() { for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null; done; sleep 0.3; rm -rf "$work"; }
trap stop EXIT
host=$(hostname -s)
port=$((20000 + RANDOM % 20000))
mkdir -p bin state munge spool && chmod 755 "$work" && chmod 700 munge
dd if=/dev/urandom of=munge/key bs=128 count=1 2>/dev/null && chmod 600 munge/key
munged --force --foreground --key-file "$work/munge/key" --socket "$work/munge.socket" --pid-file "$work/munge/pid" \
    --log-file "$work/munge/log" --seed-file "$work/munge/seed" >munged.log 2>&1 &
daemons+=($!)
cat >slurm.conf <<C
ClusterName=selfheal
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
ReturnToService=2
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=2 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=2 State=UNKNOWN
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
C
export SLURM_CONF=$work/slurm.conf
for _ in $(seq 50); do [ -S munge.socket ] && break; sleep 0.1; done
[ -S munge.socket ] || skip "munged does not start ($(tail -n 1 munge/log 2>/dev/null))"
slurmctld -D >slurmctld.log 2>&1 & daemons+=($!)
slurmd -D -N n1 >n1.log 2>&1 & daemons+=($!)
slurmd -D -N n2 >n2.log 2>&1 & daemons+=($!)
for _ in $(seq 150); do
    [ "$(sinfo -h -o %T -t idle -N 2>/dev/null | wc -l)" -eq 2 ] && break
    sleep 0.1
done
[ "$(sinfo -h -t idle -N 2>/dev/null | wc -l)" -eq 2 ] ||
    skip "Slurm's nodes do not come up ($(tail -n 1 slurmctld.log) / $(tail -n 1 n1.log))"

ln -s "$source_dir/scenarios" scenarios
ln -s "$selfheal" bin/selfheal
export PATH=$work/bin:$PATH
selfheal test scenarios/suites/basic --replications 20 --out single >/dev/null
sed 's|^selfheal "\$command" "\$suite"|& --replications 20|' "$source_dir/deploy/slurm-array.sh" >array.sh

# Task 2 waits for us the first time, so that it can be killed at work.
sed -i 's|^shard=.*|&\n[ "$SLURM_ARRAY_TASK_ID" != 2 ] \|\| [ "${SLURM_RESTART_COUNT:-0}" != 0 ] \|\| { mkdir -p "$out/shard-2"; touch "$out/shard-2/.suite" "$out/waiting"; sleep 60; }|' array.sh
job=$(sbatch --parsable --array=1-3 --chdir "$work" --output "$work/task-%a.log" array.sh scenarios/suites/basic "$work/array")
[ -n "$job" ] || fail "sbatch took no job"
for _ in $(seq 150); do [ -e array/waiting ] && break; sleep 0.1; done
[ -e array/waiting ] || fail "task 2 does not start"
scontrol requeue "${job}_2" || fail "task 2 cannot be queued again"
# A job that was queued again is held back for a while; a person would wait.
for _ in $(seq 100); do
    scontrol update JobId="${job}_2" StartTime=now 2>/dev/null
    [ -e array/shard-1/report.html ] && [ -e array/shard-2/report.html ] && [ -e array/shard-3/report.html ] && break
    sleep 1
done
for _ in $(seq 50); do [ -z "$(squeue -h -j "$job" 2>/dev/null)" ] && break; sleep 0.2; done
selfheal merge array/shard-1 array/shard-2 array/shard-3 --out merged >/dev/null
for file in suite.db summary.json report.html report.md; do cmp "single/$file" "merged/$file" || fail "$file differs"; done

# A study, the same way.
cat >study.yaml <<'Y'
name: array
scenarios: [scenarios/suites/basic/high-cpu.yaml]
parameters: [{path: policy.scan_interval, low: 10s, high: 80s}]
objectives: [{metric: mttd_seconds}]
search: {candidates: 6}
racing: {rounds: 3, first: 2}
fresh: 3
Y
selfheal tune study.yaml --out whole >/dev/null
job=$(sbatch --parsable --wait --array=1-2 --chdir "$work" --output "$work/task-study-%a.log" "$source_dir/deploy/slurm-array.sh" study.yaml "$work/study" tune)
[ -n "$job" ] || fail "the study's array did not end well"
selfheal merge study/shard-1 study/shard-2 --out study/merged >/dev/null || fail "the study's shards do not merge"
for file in winner.yaml candidates.csv summary.json report.html report.md; do cmp "whole/$file" "study/merged/$file" || fail "the study's $file differs"; done
[ "$failures" -eq 0 ] || tail -n 5 task-*.log slurmctld.log n1.log n2.log >&2
finish
