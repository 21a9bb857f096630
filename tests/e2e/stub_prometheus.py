"""stub_prometheus.py PORT MODE_FILE - a Prometheus that misbehaves as the file says.

What a real one cannot be made to show: `good`, `500`, `429`, `garbage`, `truncated`,
`slow` (answers after 30 s), `close` (hangs up), `huge` numbers and `nan`.
"""
import http.server
import json
import sys
import time

port, mode_file = int(sys.argv[1]), sys.argv[2]


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with open(mode_file, encoding="ascii") as text:
            mode = text.read().strip()
        if mode == "close":
            self.connection.close()
            return
        if mode == "slow":
            time.sleep(30)
        status = int(mode) if mode.isdigit() else 200
        value = {"nan": "NaN", "huge": "1e400"}.get(mode, "0.5")
        now = time.time()
        matrix = "query_range" in self.path
        sample = {"values": [[now, value]]} if matrix else {"value": [now, value]}
        body = json.dumps({"status": "success", "data": {
            "resultType": "matrix" if matrix else "vector",
            "result": [{"metric": {"pod": "web"}, **sample}, {"metric": {}, **sample}]}}).encode()
        if mode == "garbage":
            body = b"\x00\xff<html>not json" * 50
        if mode == "truncated":
            body = body[: len(body) // 2]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
