#!/usr/bin/env python3
"""Moving parts of scripts/record-demo; standard library only.

    supervise NAME -- CMD...   keep one service running, count its restarts
    api                        the demo's own small HTTP service
    proxy LISTEN TARGET FILE   TCP proxy; delays by the seconds written in FILE
    sample                     write per-service figures for the textfile collector
    export                     ask Prometheus for every series, write the wide CSV

Everything shared between them lies under $DEMO_DIR, the recording's temporary
directory; ports come from the environment that record-demo sets.
"""
import asyncio
import glob
import hashlib
import http.client
import http.server
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

DEMO = os.environ.get("DEMO_DIR", ".")


def port(name):
    return int(os.environ["DEMO_PORT_" + name.upper()])


def pod_file(name, what):
    return os.path.join(DEMO, "pod", name + "." + what)


def write_atomically(path, text):
    with open(path + ".tmp", "w") as f:
        f.write(text)
    os.replace(path + ".tmp", path)


def read_number(path, default=0.0):
    try:
        with open(path) as f:
            return float(f.read())
    except (OSError, ValueError):
        return default


def cgroups_of(name):
    """The control groups of a service: one on v2, cpu and cpuacct on v1."""
    with open(pod_file(name, "cgroups")) as f:
        return f.read().split()


# ---------------------------------------------------------------- supervise

def supervise(name, command):
    """Run a service in its control groups and a process group of its own.

    Restarts it two seconds after its death, and waits twice as long after each
    further death within 30 s, 20 s at most. While NAME.hold exists it stays
    dead. NAME.pid and NAME.restarts are public.
    """
    child = None
    restarts = -1
    back_off = 2
    groups = cgroups_of(name)

    def enter():
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for group in groups:
            with open(os.path.join(group, "cgroup.procs"), "w") as f:
                f.write(str(os.getpid()))

    def sweep(sig):
        if child is not None:
            try:
                os.killpg(child.pid, sig)
            except ProcessLookupError:
                pass

    def stop(_sig, _frame):
        sweep(signal.SIGINT)        # a fast, clean stop for all of them
        try:
            if child is not None:
                child.wait(6)
        except subprocess.TimeoutExpired:
            pass
        sweep(signal.SIGKILL)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    while True:
        while os.path.exists(pod_file(name, "hold")):
            time.sleep(0.2)
        born = time.monotonic()
        child = subprocess.Popen(command, preexec_fn=enter)
        restarts += 1
        write_atomically(pod_file(name, "restarts"), str(restarts))
        write_atomically(pod_file(name, "pid"), str(child.pid))
        child.wait()
        os.unlink(pod_file(name, "pid"))
        sweep(signal.SIGKILL)
        back_off = 2 if time.monotonic() - born > 30 else min(20, back_off * 2)
        time.sleep(back_off)


# ---------------------------------------------------------------------- api

def api():
    """Answer /quote after about a millisecond of work; keep a spool on the volume."""
    volume = os.path.join(DEMO, "vol", "data")
    served = 0

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            nonlocal served
            if self.path == "/stats":
                body = str(served).encode()
            else:
                served += 1
                body = hashlib.pbkdf2_hmac("sha256", b"quote", b"salt", 1200).hex().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 256
        daemon_threads = True

        def handle_error(self, *_):
            pass

    def spool():
        kept = []
        for old in glob.glob(os.path.join(volume, "spool-*")):
            os.unlink(old)
        while True:
            path = os.path.join(volume, "spool-%d" % time.monotonic_ns())
            try:
                with open(path, "wb") as f:
                    f.write(os.urandom(65536))
            except OSError:
                pass
            kept.append(path)
            if len(kept) > 300:
                try:
                    os.unlink(kept.pop(0))
                except OSError:
                    pass
            time.sleep(0.5)

    threading.Thread(target=spool, daemon=True).start()
    Server(("127.0.0.1", port("api_inner")), Handler).serve_forever()


# -------------------------------------------------------------------- proxy

def proxy(listen, target, delay_file):
    """The network in front of a service. A dead service costs half a second, so
    that clients which reconnect at once do not spin."""
    delay = 0.0

    async def watch():
        nonlocal delay
        while True:
            delay = read_number(delay_file)
            await asyncio.sleep(0.2)

    async def pump(reader, writer, delayed):
        try:
            while data := await reader.read(65536):
                if delayed and delay > 0:
                    await asyncio.sleep(delay)
                writer.write(data)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def serve(reader, writer):
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            await asyncio.sleep(0.5)
            writer.close()
            return
        await asyncio.gather(pump(reader, up_writer, True), pump(up_reader, writer, False))

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", listen, backlog=512)
        async with server:
            await watch()

    asyncio.run(main())


# ------------------------------------------------------------------- sample

TICK = 2.5          # seconds between two files; Prometheus scrapes every 5
WINDOW = 5.0        # rates and CPU are taken over this
LATENCY_WINDOW = 10.0


class Probe(threading.Thread):
    """One request after the other through a service's listener port."""

    def __init__(self, listen, path):
        super().__init__(daemon=True)
        self.listen, self.path = listen, path
        self.seen = []              # (finished at, latency or None when failed)
        self.lock = threading.Lock()

    def run(self):
        while True:
            begin = time.monotonic()
            latency = None
            conn = http.client.HTTPConnection("127.0.0.1", self.listen, timeout=3)
            try:
                conn.request("GET", self.path)
                answer = conn.getresponse()
                answer.read()
                if answer.status == 200:
                    latency = time.monotonic() - begin
            except (OSError, http.client.HTTPException):
                pass
            finally:
                conn.close()
            with self.lock:
                self.seen.append((time.monotonic(), latency))
            time.sleep(max(0.02, 0.1 - (time.monotonic() - begin)))

    def figures(self, now):
        with self.lock:
            self.seen = [s for s in self.seen if s[0] > now - LATENCY_WINDOW]
            seen = list(self.seen)
        if not seen:
            return {}
        # Errors over the short window: they should stop when the fault stops.
        late = [s for s in seen if s[0] > now - WINDOW] or seen
        result = {"request_error_ratio": sum(s[1] is None for s in late) / len(late)}
        good = sorted(s[1] for s in seen if s[1] is not None)
        if good:
            def rank(q):
                return good[max(0, math.ceil(q * len(good)) - 1)]
            result["request_latency_p50_seconds"] = rank(0.50)
            result["request_latency_p99_seconds"] = rank(0.99)
        return result


class Rate:
    """A counter's rate over WINDOW; nothing across a reset."""

    def __init__(self):
        self.seen = []

    def add(self, now, value):
        if value is None or (self.seen and value < self.seen[-1][1]):
            self.seen = []
        if value is not None:
            self.seen.append((now, value))
        while len(self.seen) > 2 and self.seen[1][0] <= now - WINDOW + TICK / 4:
            self.seen.pop(0)
        if len(self.seen) < 2:
            return None
        (t0, v0), (t1, v1) = self.seen[0], self.seen[-1]
        return (v1 - v0) / (t1 - t0)


def cpu_seconds(name):
    """CPU time that the service's control group, all processes in it, has used."""
    for group in cgroups_of(name):
        try:
            with open(os.path.join(group, "cpuacct.usage")) as f:
                return int(f.read()) / 1e9
        except OSError:
            pass
        try:
            with open(os.path.join(group, "cpu.stat")) as f:
                for line in f:
                    if line.startswith("usage_usec "):
                        return int(line.split()[1]) / 1e6
        except OSError:
            pass
    return None


def memory_bytes(name):
    """Proportional set size of all processes of the service: shared pages count once."""
    total = 0
    with open(os.path.join(cgroups_of(name)[0], "cgroup.procs")) as f:
        pids = f.read().split()
    for pid in pids:
        try:
            with open("/proc/%s/smaps_rollup" % pid) as f:
                for line in f:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
                        break
        except OSError:
            pass
    return total


def alive(name, listen=None):
    pid = int(read_number(pod_file(name, "pid"), 0))
    if not pid or not os.path.exists("/proc/%d" % pid):
        return 0
    if listen is not None:
        try:
            socket.create_connection(("127.0.0.1", listen), timeout=1).close()
        except OSError:
            return 0
    return 1


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None


def web_requests():
    text = fetch("http://127.0.0.1:%d/status" % port("web_inner"))
    return None if text is None else float(text.split()[9])


def api_requests():
    text = fetch("http://127.0.0.1:%d/stats" % port("api_inner"))
    return None if text is None else float(text)


ORDERS_SQL = """
select (select sum(calls) from pg_stat_statements where query like '%lateral%' and calls > 0
          and query not like '%pg_stat%'),
       (select sum(total_exec_time) / 1000 from pg_stat_statements where query like '%lateral%'
          and query not like '%pg_stat%'),
       (select coalesce(max(extract(epoch from clock_timestamp() - query_start)), 0)
          from pg_stat_activity where application_name = 'pgbench' and state = 'active'
          and query like '%lateral%'),
       (select sum(calls) from pg_stat_statements where query not like '%pg_stat%'),
       (select count(*) from pg_stat_activity where backend_type = 'client backend'
          and pid <> pg_backend_pid()) / current_setting('max_connections')::float
"""


def orders():
    try:
        out = subprocess.run(
            ["psql", "-XqAtF,", "-h", os.path.join(DEMO, "pg"), "-p", str(port("pg")),
             "-U", "postgres", "-d", "orders", "-c", ORDERS_SQL],
            capture_output=True, text=True, timeout=2, check=True).stdout.strip()
        return [float(x) if x else 0.0 for x in out.split(",")]
    except (subprocess.SubprocessError, ValueError):
        return None


def sample():
    limits = json.loads(os.environ["DEMO_LIMITS"])   # name -> [cores, bytes]
    ids = {"orders": "database/demo/orders"}
    probes = {"web": Probe(port("web"), "/quote"), "api": Probe(port("api"), "/quote")}
    for probe in probes.values():
        probe.start()
    cpu = {name: Rate() for name in limits}
    requests = {"web": Rate(), "api": Rate(), "orders": Rate()}
    calls, spent, query_latency = Rate(), Rate(), None
    counters = {"web": web_requests, "api": api_requests}
    inner = {"web": port("web_inner"), "api": port("api_inner")}
    due = time.monotonic()
    while True:
        out = {}
        now = time.monotonic()
        for name, (cores, size) in limits.items():
            row = out[name] = {}
            used = cpu[name].add(time.monotonic(), cpu_seconds(name))
            # A quota's last period may spill over; a ratio ends at one.
            row["cpu_utilization_ratio"] = None if used is None else min(1.0, used / cores)
            row["memory_used_bytes"] = memory_bytes(name)
            row["memory_utilization_ratio"] = row["memory_used_bytes"] / size
            row["restarts_total"] = read_number(pod_file(name, "restarts"), None)
            if name != "orders":
                row["up"] = alive(name, inner.get(name))
        for name, probe in probes.items():
            out[name].update(probe.figures(now))
            rate = requests[name].add(time.monotonic(), counters[name]())
            out[name]["request_rate_per_second"] = 0.0 if not out[name]["up"] else rate
        answer, row = orders(), out["orders"]
        row["up"] = int(answer is not None)
        if answer is not None:
            when = time.monotonic()
            n, busy = calls.add(when, answer[0]), spent.add(when, answer[1])
            if n and busy is not None:
                query_latency = busy / n
            # Mean of what finished lately; a query still running counts by its age.
            if query_latency is not None:
                row["query_latency_seconds"] = max(query_latency, answer[2])
            row["query_rate_per_second"] = requests["orders"].add(when, answer[3])
            row["connections_used_ratio"] = answer[4]
            out["checkout"]["request_rate_per_second"] = n
        lines = []
        for name, row in out.items():
            for metric, value in row.items():
                if value is not None:
                    lines.append('demo_%s{resource="%s"} %.9g\n' % (
                        metric, ids.get(name, "pod/demo/" + name), value))
        write_atomically(os.path.join(DEMO, "textfile", "demo.prom"), "".join(sorted(lines)))
        due = max(due + TICK, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


# ------------------------------------------------------------------- export

def columns():
    """Column name and the PromQL that fills it."""
    service = ["up", "restarts_total", "cpu_utilization_ratio", "memory_utilization_ratio",
               "memory_used_bytes"]
    http_service = service + ["request_rate_per_second", "request_error_ratio",
                              "request_latency_p50_seconds", "request_latency_p99_seconds"]
    wanted = {
        "pod/demo/web": http_service,
        "pod/demo/api": http_service,
        "pod/demo/checkout": service + ["request_rate_per_second"],
        "database/demo/orders": ["up", "cpu_utilization_ratio", "memory_utilization_ratio",
                                 "query_latency_seconds", "query_rate_per_second",
                                 "connections_used_ratio"],
    }
    for resource, metrics in wanted.items():
        for metric in metrics:
            yield "%s:%s" % (resource, metric), 'demo_%s{resource="%s"}' % (metric, resource)
    for volume in ("data", "logs"):
        match = '{mountpoint="%s"}' % os.path.join(DEMO, "vol", volume)
        yield ("volume/demo/%s:disk_used_ratio" % volume,
               "1 - node_filesystem_avail_bytes%s / node_filesystem_size_bytes%s" % (match, match))
    yield ("node/demo/host:cpu_utilization_ratio",
           'clamp_min(1 - avg(rate(node_cpu_seconds_total{mode="idle"}[15s])), 0)')
    yield ("node/demo/host:memory_utilization_ratio",
           "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes")


def export(start, end, step, path):
    table, names = {}, []
    for name, query in columns():
        names.append(name)
        url = "http://127.0.0.1:%d/api/v1/query_range?%s" % (port("prometheus"),
              urllib.parse.urlencode({"query": query, "start": start, "end": end, "step": step}))
        with urllib.request.urlopen(url, timeout=30) as answer:
            result = json.load(answer)["data"]["result"]
        if len(result) != 1:
            print("record-demo: %s gives %d series" % (name, len(result)), file=sys.stderr)
        for at, value in result[0]["values"] if result else []:
            if not math.isnan(float(value)):
                table.setdefault(int(at), {})[name] = "%.6g" % float(value)
    with open(path + ".tmp", "w") as f:
        f.write(",".join(["timestamp"] + names) + "\n")
        for at in range(start, end + 1, step):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
            f.write(",".join([stamp] + [table.get(at, {}).get(n, "") for n in names]) + "\n")
    os.replace(path + ".tmp", path)


def main(argv):
    if argv[0] == "supervise":
        supervise(argv[1], argv[3:])
    elif argv[0] == "api":
        api()
    elif argv[0] == "proxy":
        proxy(int(argv[1]), int(argv[2]), argv[3])
    elif argv[0] == "sample":
        sample()
    elif argv[0] == "export":
        export(int(argv[1]), int(argv[2]), int(argv[3]), argv[4])
    else:
        sys.exit("record_demo.py: no such part: " + argv[0])


if __name__ == "__main__":
    main(sys.argv[1:])
