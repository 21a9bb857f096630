"""live_kill_every_step.py SELFHEAL POLICY FOLDER [ALL] - kill -9 at every step of every strategy.

For each strategy of the policy and each of its steps a live process of its own is given
trouble (by the webhook of alerts); the step's program kills it: before it has done
anything, when it has, or just after it has ended. Then a second process goes on, with the
trouble still there. Checked: the database is whole and its audit chain holds, no audit
row is lost, what the world was told to do is in the database, and nothing that is not
idempotent is done again without a person; what is, and would stand for ever (a cordon, a
drain, a quarantine), is taken back before anything else is done there. Each step gets one of the three moments in
turn, ALL: all three.

STORE_SERVER=postgresql://...: the state is in databases that are made there, and the second
process is another replica, that stood by all the while.
"""
import concurrent.futures
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

import yaml

selfheal, policy_file, folder = sys.argv[1:4]
server = os.environ.get("STORE_SERVER")
moments = ("before", "in", "after")
NOT_IDEMPOTENT = {"raise_memory_limit", "lower_memory_limit", "raise_cpu_limit", "lower_cpu_limit", "scale_out", "scale_in",
                  "roll_back_revision", "roll_forward_revision", "expand_volume", "raise_pool_size", "lower_pool_size"}
# What may be done twice and would stand for ever: the next process takes it back.
INVERSE = {"cordon_node": "uncordon_node", "drain": "undrain", "isolate": "release", "shift_traffic": "restore_traffic",
           "tune_workload": "restore_workload_settings", "tune_database": "restore_database_settings",
           "add_index": "drop_index", "reconcile_config": "restore_config", "deploy_certificate": "restore_certificate"}
HOOK = """#!/bin/sh
# ACT KILL MOMENT FOLDER
cd "$3" || exit 1
die() { kill -9 "$(cat pid)"; }
hit=no; [ -f armed ] && [ "$SELFHEAL_ACTION" = "$1" ] && hit=$2
[ "$hit" = before ] && rm armed && die && sleep 0.2
echo "$SELFHEAL_ACTION_ID $SELFHEAL_ACTION $SELFHEAL_TARGET" >>acts
[ "$hit" = in ] && rm armed && die && sleep 0.2
[ "$hit" = after ] && rm armed && { (sleep 0.3; die) >/dev/null 2>&1 & }
exit 0
"""


def hour(later):
    return time.strftime("%H:%M", time.gmtime(time.time() + 3600 * later))


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def prepare(place, strategy, step, moment):
    os.makedirs(place)
    write(f"{place}/act.sh", HOOK)
    write(f"{place}/armed", "")
    kinds = {item["action"] for one in strategies for item in one["steps"]}
    kinds = sorted(kinds | {INVERSE[kind] for kind in kinds & INVERSE.keys()})
    asks_less = {key: what for key, what in strategy.items() if key not in ("after_change", "spread")}  # nothing is rolled out here
    write(f"{place}/policy.yaml", json.dumps({
        **({"strategies": [asks_less]} if asks_less != strategy else {}),
        "windows": [{"name": "low_traffic", "from": hour(-1), "to": hour(2)}],  # an index waits for no night here
        "scan_interval": "200ms", "ladders": {strategy["issue"]: [strategy["name"]]},
        "rules": [{"name": "told", "series": "*:lock_waits_oom_query_critical", "issue": strategy["issue"], "severity": "critical",
                   "above": 0.5, "hold": "0", "clear_hold": "0"}]}))
    run = ["sh", f"{place}/act.sh", step["action"], moment, place]
    if server:
        subprocess.run(["psql", "-qX", f"{server}/postgres", "-c", f'CREATE DATABASE "{os.path.basename(place)}"'], check=True)
    for data in ("run", "run2") if server else ("run",):
        write(f"{place}/{data}.yaml", json.dumps({
            **({"store": {"url": store_of(place), "lease": "2s"}} if server else {}),
            "name": "kill", "data": data, "policy": "policy.yaml", "dry_run": False,
            "api": {"port": 0, "tokens": "tokens"},
            "alerts": {"map": [{"series": "{kind}/shop/{name}:lock_waits_oom_query_critical"}]},
            "topology": [{"source": "pod/shop/web", "relation": relation, "target": target} for relation, target in (
                ("runs_on", "node/shop/n1"), ("owned_by", "workload/shop/web"), ("mounts", "volume/shop/data"))],
            "actions": [{"action": kind, "target": "*", "run": run} for kind in kinds]}))
    return {role: subprocess.run([selfheal, "live", "--config", "run.yaml", "--add-token", f"{role}:{role}"], cwd=place,
                                 check=True, capture_output=True, text=True).stdout.strip()
            for role in ("sender", "approver")}


class Live:
    def __init__(self, place, number, data="run"):
        self.out = f"{place}/out.{number}"
        self.process = subprocess.Popen([selfheal, "live", "--config", f"{data}.yaml"], cwd=place, stdout=open(self.out, "w"),
                                        stderr=open(f"{place}/err.{number}", "w"))
        if number == 1:
            write(f"{place}/pid", str(self.process.pid))
        self.url = None

    def said(self, word):
        with open(self.out, encoding="utf-8") as lines:
            return word in lines.read()

    def wait(self, what, seconds=60):
        until = time.time() + seconds
        while not what():
            if time.time() > until:
                return False
            time.sleep(0.05)
        return True

    def post(self, path, token, body):
        if not self.url:
            assert self.wait(lambda: self.said("actions are taken\n")), "it does not start"  # the line behind the address
            with open(self.out, encoding="utf-8") as lines:
                self.url = next(line.split()[2] for line in lines if line.startswith("listening on "))
        request = urllib.request.Request(f"{self.url}/api/self-healing/{path}", json.dumps(body).encode(),
                                         {"Authorization": f"Bearer {token}"})
        urllib.request.urlopen(request, timeout=20).read()


def alert(kind, name):
    return {"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "oom", "kind": kind, "name": name}}]}


def store_of(place):
    return f"{server}/{os.path.basename(place)}"


def value(text):
    return None if text == "" else int(text) if text.lstrip("-").isdigit() else text


def rows(place, sql):
    if server:
        out = subprocess.run(["psql", "-qAtX", "-F", "\x1f", store_of(place), "-c", "SET search_path = selfheal", "-c", sql],
                             check=True, capture_output=True, text=True).stdout
        return [tuple(value(cell) for cell in line.split("\x1f")) for line in out.split("\n")[:-1]]
    with sqlite3.connect(f"file:{place}/run/run.db?mode=ro", uri=True) as database:
        return database.execute(sql).fetchall()


def acts(place):
    if not os.path.exists(f"{place}/acts"):
        return []
    with open(f"{place}/acts", encoding="utf-8") as lines:
        return [line.split() for line in lines]


def audit_is_sound(place):
    return subprocess.run([selfheal, "audit", "verify", store_of(place) if server else "run/run.db"], cwd=place, capture_output=True).returncode == 0


def walk(number, strategy, step, moment):
    """What went wrong, or nothing."""
    place = f"{folder}/{number:03d}-{strategy['name']}-{step['action']}-{moment}"
    try:
        return walk_in(place, strategy, step, moment)
    except (AssertionError, OSError, ValueError, sqlite3.Error, subprocess.SubprocessError) as error:
        return [f"{place}: {type(error).__name__}: {error}"]


def walk_in(place, strategy, step, moment):
    tokens = prepare(place, strategy, step, moment)
    on_node = str(strategy.get("applies_to") or "").startswith("node")
    where = ("node", "n1") if on_node else ("pod", "web")
    faults = []
    first = Live(place, 1)
    second, killed = None, False
    if server:
        first.wait(lambda: first.said("actions are taken\n"))
        second = Live(place, 2, "run2")
    try:
        first.post("alerts", tokens["sender"], alert(*where))
        if strategy.get("needs_approval"):
            if not first.wait(lambda: first.said("has to approve it")):
                return [f"{place}: nobody is asked"]
            find = "SELECT max(id) FROM self_healing_issues"
            first.wait(lambda: rows(place, find)[0][0])  # it is told before it is committed
            try:
                first.post(f"approve/{rows(place, find)[0][0]}", tokens["approver"], {})
            except (urllib.error.URLError, ConnectionError):
                if not first.wait(lambda: first.process.poll() is not None):  # killed before it could answer
                    raise
        if not first.wait(lambda: first.process.poll() is not None):
            return [f"{place}: the step was not reached"]
        if first.process.returncode != -signal.SIGKILL:
            faults.append("it ended by itself")
        time.sleep(0.3)
        before = rows(place, "SELECT id, hash FROM audit ORDER BY id")
        told = {str(row[0]): row[1] for row in rows(place, "SELECT id, kind FROM actions")}
        faults += [f"{act} is not in the database" for act in acts(place) if told.get(act[0]) != act[1]]
        if not audit_is_sound(place):
            faults.append("the audit chain is broken by the kill")
        world = len(acts(place))
        killed = True
    finally:
        if first.process.poll() is None:
            first.process.kill()
        first.process.wait()
        if second and not killed:
            second.process.kill()
            second.process.wait()
    second = second or Live(place, 2)
    try:
        second.post("alerts", tokens["sender"], alert(*where))
        if not second.wait(lambda: second.said("issue_opened")):
            faults.append("the trouble is seen no more")
        second.wait(lambda: second.said("remediation_held") or len(acts(place)) > world or second.said("has to approve it"), 20)
        time.sleep(0.5)
    finally:
        second.process.terminate()
        if second.process.wait(timeout=60) != 0:
            faults.append("the second one does not end well")
    if rows(place, "SELECT id, hash FROM audit ORDER BY id")[:len(before)] != before:
        faults.append("audit rows are lost")
    if not audit_is_sound(place):
        faults.append("the audit chain is broken")
    if rows(place, "SELECT count(*) FROM actions WHERE outcome IS NULL AND started_at < (SELECT max(started_at) FROM actions)")[0][0] > 4:
        faults.append("actions are left open")
    done = [act[1] for act in acts(place)]
    faults += [f"{kind} is done {done.count(kind)} times" for kind in sorted(NOT_IDEMPOTENT & set(done)) if done.count(kind) > 1]
    risky = any(row[0] in NOT_IDEMPOTENT for row in rows(place, "SELECT kind FROM actions"))
    if risky and not second.said("remediation_held"):
        faults.append("it is not handed to a person")
    if not risky and len(acts(place)) == world and not strategy.get("needs_approval"):
        faults.append("the remedy is not taken up again")
    if not risky:
        faults += left_standing(place, acts(place)[world:])
    return [f"{place}: {fault}" for fault in faults]


def left_standing(place, later):
    """Steps of the remedy that was cut short, done or perhaps done, which the next process did not take back first."""
    cut = rows(place, "SELECT a.kind, t.name, a.outcome FROM actions a JOIN resources t ON t.id = a.target_id"
               " JOIN self_healing_remediations r ON r.id = a.remediation_id WHERE a.rollback = 0"
               " AND r.error_message LIKE 'the process ended%' AND a.outcome IN ('succeeded', 'interrupted')")
    faults = []
    for kind, target, _ in cut:
        if kind not in INVERSE:
            continue
        if [INVERSE[kind], target, "succeeded"] in [list(row) for row in cut]:
            continue  # the remedy gave it back itself
        done = [act[1] for act in later if act[2] == target and act[1] in (kind, INVERSE[kind])]
        if not done or done[0] != INVERSE[kind]:
            faults.append(f"{kind} of {target} is left standing: {done}")
    return faults


with open(policy_file, encoding="utf-8") as text:
    strategies = yaml.safe_load(text)["strategies"]
cases = []
for strategy in strategies:
    for step in strategy["steps"]:
        if step["action"] == "page_operator":
            continue
        some = moments if len(sys.argv) > 4 else (moments[len(cases) % 3],)
        cases += [(strategy, step, moment) for moment in some]
bad = []
with concurrent.futures.ThreadPoolExecutor(2 if server else 8) as pool:
    for result in pool.map(lambda item: walk(item[0], *item[1]), enumerate(cases)):
        bad += result
for fault in bad:
    print(fault, file=sys.stderr)
print(f"{len(cases)} kills, {len(bad)} faults")
sys.exit(1 if bad else 0)
