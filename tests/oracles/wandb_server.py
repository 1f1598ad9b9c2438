"""What W&B's client needs of its server, on loopback: a grid handed out to agents, and runs with their summaries."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

KEY = "0123456789abcdef0123456789abcdef01234567"
ENTITY, PROJECT = "someone", "gait"


class Server(ThreadingHTTPServer):
    """Sweeps, agents and runs as the client's GraphQL names them.

    `answer` replaces every answer: (status, content).
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.lock = threading.Lock()
        self.operations = []
        self.answer = None
        self.sweeps = {}
        self.runs = {}
        self.agents = {}

    def upsert_sweep(self, config, **_):
        config = yaml.safe_load(config)
        names = sorted(config["parameters"])
        choices = [config["parameters"][name].get("values") or [config["parameters"][name]["value"]] for name in names]
        points = [dict(zip(names, point, strict=True)) for point in itertools.product(*choices)]
        name = f"sweep{len(self.sweeps)}"
        self.sweeps[name] = {"config": config, "points": points, "runs": []}
        project = {"id": "p", "name": PROJECT, "entity": {"id": "e", "name": ENTITY}}
        return {"upsertSweep": {"sweep": {"name": name, "project": project}, "configValidationWarnings": []}}

    def sweep_with_runs(self, sweep, **_):
        held = self.sweeps.get(sweep)
        if held is None:
            return {"project": {"sweep": None}}
        nodes = [
            {
                "name": name, "state": self.runs[name]["state"], "config": json.dumps(self.runs[name]["config"]),
                "summaryMetrics": json.dumps(self.runs[name]["summary"]),
            }
            for name in held["runs"]
        ]  # fmt: skip
        runs = {"edges": [{"node": node} for node in nodes]}
        config = yaml.safe_dump(held["config"])
        return {"project": {"sweep": {"id": sweep, "name": sweep, "state": "RUNNING", "config": config, "runs": runs}}}

    def create_agent(self, sweep, **_):
        name = f"agent{len(self.agents)}"
        self.agents[name] = {"sweep": sweep, "runs": []}
        return {"createAgent": {"agent": {"id": name}}}

    def heartbeat(self, id, runState, **_):
        agent = self.agents[id]
        sweep = self.sweeps[agent["sweep"]]
        commands = []
        if not json.loads(runState):
            if sweep["points"]:
                point, run = sweep["points"].pop(0), f"run{len(self.runs)}"
                args = {name: {"value": value} for name, value in point.items()}
                self.runs[run] = {"config": args, "summary": {}, "state": "running", "agent": id}
                sweep["runs"].append(run)
                command = {"type": "run", "run_id": run, "args": args, "program": sweep["config"]["program"]}
                commands.append(command)
            else:
                commands.append({"type": "exit"})
        return {"agentHeartbeat": {"agent": {"id": id}, "commands": json.dumps(commands)}}

    def upsert_bucket(self, name, **_):
        self.runs.setdefault(name, {"config": {}, "summary": {}, "state": "running", "agent": None})
        project = {"id": "p", "name": PROJECT, "entity": {"id": "e", "name": ENTITY}}
        bucket = {
            "id": name, "name": name, "displayName": name, "description": "", "config": "{}", "sweepName": None,
            "project": project, "historyLineCount": 0,
        }  # fmt: skip
        return {"upsertBucket": {"bucket": bucket, "inserted": True}}

    def viewer(self, **_):
        return {"viewer": {"id": "u", "entity": ENTITY, "username": ENTITY, "flags": "{}", "teams": {"edges": []}}}

    def stream(self, run, content):
        held = self.runs[run]
        files = content.get("files") or {}
        for line in (files.get("wandb-summary.json") or {}).get("content", []):
            held["summary"] = {k: v for k, v in json.loads(line).items() if not k.startswith("_")}
        if content.get("complete"):
            held["state"] = "finished" if content.get("exitcode") == 0 else "failed"


class Handler(BaseHTTPRequestHandler):
    """Answers by the operation's name."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.server.answer is not None:
            return self._send(*self.server.answer)
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(f"api:{KEY}".encode()).decode():
            return self._send(401, b'{"errors": [{"message": "user is not logged in"}]}')
        if self.path.startswith("/files/"):
            with self.server.lock:
                self.server.stream(self.path.split("/")[4], json.loads(body))
            return self._send(200, b"{}")
        request = json.loads(body)
        found = re.search(r"(?:query|mutation)\s+(\w+)", request["query"])
        operation = request.get("operationName") or (found[1] if found else "")
        method = {
            "UpsertSweep": self.server.upsert_sweep, "SweepWithRuns": self.server.sweep_with_runs,
            "CreateAgent": self.server.create_agent, "Heartbeat": self.server.heartbeat,
            "UpsertBucket": self.server.upsert_bucket, "Viewer": self.server.viewer,
        }.get(operation)  # fmt: skip
        with self.server.lock:
            self.server.operations.append(operation)
            if method is None:
                answer = {"data": {}, "errors": [{"message": f"loopback has no {operation}"}]}
            else:
                answer = {"data": method(**(request.get("variables") or {}))}
        return self._send(200, json.dumps(answer).encode())

    do_PUT = do_POST

    def do_GET(self):
        self._send(404, b"{}")

    def _send(self, status, content):
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextlib.contextmanager
def serving():
    """Serve on a free port."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
