"""Sweeps that W&B's server hands out: its real client and agents against a server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter

import pytest

from edgetwin.errors import IntegrationError
from edgetwin.integrations.sweep import is_online, join_sweep, online, run_online

pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')
pytest.importorskip("wandb", reason='wandb is not installed: pip install "edgetwin[wandb]"')

from oracles.wandb_server import ENTITY, KEY, PROJECT, serving

SCRIPT = """
import wandb
with wandb.init() as run:
    run.log({"loss": (run.config.x - 3) ** 2, "arena_bytes": 100 * run.config.x})
"""
SWEEP = """program: train.py
project: gait
method: grid
metric: loss subject to arena_bytes < 250
parameters:
  x: {values: [1, 2, 3]}
"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    with serving() as served:
        monkeypatch.setenv("WANDB_BASE_URL", served.url)
        monkeypatch.setenv("WANDB_API_KEY", KEY)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        # W&B's own settings, which creating a sweep may leave behind in this process.
        for name in ("WANDB_MODE", "WANDB_ENTITY", "WANDB_PROJECT", "NETRC"):
            monkeypatch.delenv(name, raising=False)
        yield served


@pytest.fixture
def path(tmp_path):
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    return tmp_path / "sweep.yaml"


def files_with(folder, secret):
    return [file for file in folder.rglob("*") if file.is_file() and secret in file.read_bytes()]


def wait_for(what):
    """Wait until it is true, for a minute at most."""
    for _ in range(1200):
        if what():
            return
        time.sleep(0.05)


def start(folder, *words):
    command = [sys.executable, "-m", "edgetwin", "sweep", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def test_two_machines_share_a_grid(server, path, tmp_path):
    # No trial ends before both machines have one.
    wait = 'import os, time\nwhile not os.path.exists("go"):\n    time.sleep(0.05)\n'
    (tmp_path / "train.py").write_text(wait + SCRIPT, encoding="utf-8")
    first = start(tmp_path, "sweep.yaml", "--out", "out")
    mark = tmp_path / "out" / "online.json"
    wait_for(lambda: mark.exists() or first.poll() is not None)
    place = json.loads(mark.read_text())["sweep"]
    assert place == f"{ENTITY}/{PROJECT}/sweep0"
    second = start(tmp_path, "--join", place, "--out", "other", "--json")
    wait_for(lambda: len({run["agent"] for run in server.runs.values()}) == 2 or second.poll() is not None)
    (tmp_path / "go").touch()
    texts = [process.communicate(timeout=240) for process in (first, second)]
    assert first.returncode == 0, texts[0]
    assert second.returncode == 0, texts[1]
    assert Counter(run["config"]["x"]["value"] for run in server.runs.values()) == {1: 1, 2: 1, 3: 1}
    assert len({run["agent"] for run in server.runs.values()}) == 2
    # Budgets are ours: W&B's server was told its own schema.
    assert server.sweeps["sweep0"]["config"]["metric"] == {"name": "loss", "goal": "minimize"}
    # Whichever machine is done first, its results lack the trial that the other is at.
    told = [json.loads((tmp_path / "out" / "metrics.json").read_text()), json.loads(texts[1][0])]
    fewer, results = sorted(told, key=lambda answer: len(answer["trials"]))
    assert all(trial in results["trials"] for trial in fewer["trials"])
    found = {trial["parameters"]["x"]: trial["metrics"] for trial in results["trials"]}
    assert found == {x: {"loss": (x - 3) ** 2, "arena_bytes": 100 * x} for x in (1, 2, 3)}
    # Only the machine that has the file knows its budget.
    allowed = [trial for trial in told[0]["trials"] if trial["metrics"]["arena_bytes"] < 250]
    assert told[0]["trials"][told[0]["best"]] == min(allowed, key=lambda trial: trial["metrics"]["loss"])
    assert f"edgetwin sweep --join {place}" in texts[0][1]
    assert (tmp_path / "out" / "pareto_arena_bytes.png").exists()
    assert not files_with(tmp_path, KEY.encode())
    assert KEY not in "".join(text for pair in texts for text in pair)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, b"{}"), r"refuses the key \(401\): it has expired .* `wandb login --relogin`"),
        ((200, b'{"data": {"viewer": null}}'), "knows no user with this key: it has expired"),
        ((200, b"<html>welcome to the hotel</html>"), "answered '<html>welcome to the hotel"),
        ((200, b'{"data": []}'), r"answered \[\], which is none to a sweep"),
        ((200, b'{"data": {}, "errors": [{"message": "no such field"}]}'), "answered no such field"),
        ((302, b""), r"is out of order \(302\)"),
        ((503, b"later"), r"is out of order \(503\); the same command goes on from here"),
    ],
    ids=["expired", "no user", "no JSON", "no data", "an error", "redirect", "out of order"],
)
def test_answers_that_are_none(server, path, tmp_path, answer, message):
    server.answer = answer
    with pytest.raises(IntegrationError, match=message) as error:
        run_online(path, tmp_path / "out")
    assert KEY not in str(error.value)
    assert not (tmp_path / "out" / "online.json").exists()


def test_no_network(server, path, tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(IntegrationError, match=r"cannot reach W&B at http://127.0.0.1:9: .*--offline does without"):
        run_online(path, tmp_path / "out")


def test_a_server_that_makes_no_sweep(server, path, tmp_path, monkeypatch):
    monkeypatch.setattr(online, "_CREATE", f"import sys; sys.exit('quota of {KEY} is used up')")
    with pytest.raises(IntegrationError, match=r"made no sweep: quota of \*\*\* is used up"):
        run_online(path, tmp_path / "out")


def test_a_key_that_expires_ends_the_agents(server, path, tmp_path, monkeypatch):
    monkeypatch.setattr(online, "_CHECK_S", 0.2)
    server.upsert_sweep(SWEEP)
    agents = []
    begin = online._Agent.__init__

    def expires(agent, *arguments):
        begin(agent, *arguments)
        agents.append(agent)
        server.answer = (401, b"{}")

    monkeypatch.setattr(online._Agent, "__init__", expires)
    with pytest.raises(IntegrationError, match="refuses the key"):
        join_sweep(f"{ENTITY}/{PROJECT}/sweep0", tmp_path / "out")
    assert [agent.process.poll() is None for agent in agents] == [False]


def test_agents_without_runs_say_where_to_look(server, tmp_path, monkeypatch):
    server.upsert_sweep(SWEEP)
    begin = online._Agent.__init__

    def ends_at_once(agent, *arguments):
        begin(agent, *arguments)
        agent.process.kill()
        agent.process.wait()
        agent.process.returncode = 0

    monkeypatch.setattr(online._Agent, "__init__", ends_at_once)
    notes = []
    assert not join_sweep(f"{ENTITY}/{PROJECT}/sweep0", tmp_path / "out", on_note=notes.append).trials
    assert notes[-1].endswith(f"said is in {tmp_path / 'out' / 'agents'}")


def test_an_agent_that_fails(server, tmp_path, monkeypatch):
    server.upsert_sweep(SWEEP)
    monkeypatch.setattr(sys, "executable", "/usr/bin/false")
    with pytest.raises(IntegrationError, match=r"`wandb agent .*sweep0` ended with exit code 1; .* it printed nothing"):
        join_sweep(f"{ENTITY}/{PROJECT}/sweep0", tmp_path / "out")


def test_the_key_is_taken_out_of_what_trials_print(server, tmp_path):
    (tmp_path / "agents").mkdir()
    program = f"print('WANDB_API_KEY={KEY}'); raise SystemExit(3)"
    agent = object.__new__(online._Agent)
    agent.path = tmp_path / "agents" / "0.txt"
    agent._output = agent.path.open("ab")
    agent.process = subprocess.Popen([sys.executable, "-c", program], stdout=agent._output)
    agent.process.wait()
    agent.close(online._server())
    assert agent.last_lines() == "WANDB_API_KEY=***"


def test_who_is_online(server, tmp_path, monkeypatch):
    assert is_online(tmp_path, None)
    assert not is_online(tmp_path, False)
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert not is_online(tmp_path, None)
    monkeypatch.delenv("WANDB_MODE")
    monkeypatch.delenv("WANDB_API_KEY")
    assert not is_online(tmp_path, None)
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login user password {KEY}\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert is_online(tmp_path, None)
    (tmp_path / "trials.jsonl").touch()
    assert not is_online(tmp_path, None)
    with pytest.raises(IntegrationError, match="has begun here: give another folder"):
        is_online(tmp_path, True)


def test_a_sweep_that_is_not_there(server, tmp_path):
    with pytest.raises(IntegrationError, match="has no sweep someone/gait/nowhere"):
        join_sweep("someone/gait/nowhere", tmp_path / "out")
    with pytest.raises(IntegrationError, match="accepted is ENTITY/PROJECT/ID"):
        join_sweep("nowhere", tmp_path / "out")


def test_no_key(server, path, tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY")
    with pytest.raises(IntegrationError, match="no key of W&B: `wandb login`"):
        run_online(path, tmp_path / "out")


def test_a_folder_of_another_sweep(server, path, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "online.json").write_text('{"sweep": "a/b/c", "sha256": "0"}', encoding="utf-8")
    with pytest.raises(IntegrationError, match="holds the sweep a/b/c of another file"):
        run_online(path, tmp_path / "out")
