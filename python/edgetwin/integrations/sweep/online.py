"""Sweeps on W&B's server: it hands out the trials, its own agents run them, on as many machines as one starts them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from ...atomic import write_atomic
from ...errors import IntegrationError, MissingExtraError, OutputError
from .journal import JOURNAL
from .marked_yaml import read_marked
from .results import SweepResults, TrialResult, write_results
from .schema import Metric, Sweep, read_sweep, trial_cap
from .script import flat_numbers
from .wandb_server import UnreachableError, WandbServer, find_key

__all__ = ["is_online", "join_sweep", "run_online"]

#: Which sweep a folder belongs to.
MARK = "online.json"
_POLL_S = 0.1
_CHECK_S = 15.0
_CREATE_S = 120.0
#: Between two interrupts of an agent: the first lets its run end, the second ends it, the third kills it.
_PATIENCE_S = (0.5, 15.0, 5.0)
_LAST_LINES = 5
#: In a process of its own: W&B's client keeps services and settings for as long as a process lives.
_CREATE = """
import json, os, sys, wandb
config = json.load(sys.stdin)
name = wandb.sweep(config, entity=config.get("entity"), project=config.get("project"))
print(json.dumps([os.environ.get("WANDB_ENTITY"), os.environ.get("WANDB_PROJECT"), name]))
"""
_ENDED = {"finished": "finished", "failed": "failed", "crashed": "failed", "killed": "stopped", "preempted": "failed"}


def is_online(folder: Path, asked: bool | None) -> bool:
    """Return whether W&B's server hands out the trials of a sweep.

    Parameters
    ----------
    folder : Path
        The sweep's; one that has begun goes on as it began.
    asked : bool or None
        None for: where there is a key, unless WANDB_MODE says otherwise.

    Raises
    ------
    IntegrationError : the sweep in the folder has begun the other way
    """
    begun = {True: (folder / MARK).exists(), False: (folder / JOURNAL).exists()}
    if asked is not None:
        if begun[not asked]:
            ways = "here" if asked else "on W&B's server"
            raise IntegrationError(f"the sweep in {folder} has begun {ways}: give another folder")
        return asked
    if any(begun.values()):
        return begun[True]
    mode = os.environ.get("WANDB_MODE", "online")
    return mode == "online" and importlib.util.find_spec("wandb") is not None and find_key() is not None


def run_online(
    path: Any,
    out: Any,
    *,
    jobs: int = 1,
    run_cap: int | None = None,
    on_end: Callable[[TrialResult], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> SweepResults:
    """Make a sweep by ``wandb.sweep`` and run W&B's agents for it; where the folder holds this sweep, that one goes on.

    Parameters
    ----------
    path : path
        A sweep file in W&B's schema, see `read_sweep`. Its ``program`` is looked for beside it.
    out : path
        The sweep's folder: ``online.json`` (which sweep it is), ``agents/N.txt`` (what agents and trials print), W&B's
        own files, ``metrics.json``.
    jobs : int, >= 1
        Agents on this machine.
    run_cap : int, optional
        Trials in all, where the file has no ``run_cap`` or a larger one.
    on_end : callable of (TrialResult), optional
        Called after each trial, here or elsewhere.
    on_note : callable of (str), optional
        Called with what people want to know: the sweep's address, that the network is gone.

    Returns
    -------
    SweepResults
        Of all machines. Budgets rank these; W&B's server searches by the metric alone.

    Raises
    ------
    IntegrationError : a broken file; no network, a key that is refused, an answer that is none; agents that fail
    OutputError : the folder cannot be written
    MissingExtraError : W&B's client or PyYAML is not installed
    """
    sweep = read_sweep(path)
    cap = trial_cap(sweep, run_cap)
    is_online(Path(out), True)
    server = _server()
    owner = server.entity()
    folder = _folder(out)
    digest = hashlib.sha256(sweep.path.read_bytes()).hexdigest()
    place = _made_before(folder, digest)
    if place is None:
        place = _made(server, sweep, cap, owner)
        mark = json.dumps({"sweep": place, "sha256": digest}).encode() + b"\n"
        write_atomic(folder / MARK, lambda file: file.write(mark))
    counts: list[int | None] = [None] * jobs
    return _run_agents(server, place, sweep.path.resolve().parent, folder, counts, sweep.metric, on_end, on_note)


def join_sweep(
    place: str,
    out: Any,
    *,
    program_folder: Any = ".",
    jobs: int = 1,
    count: int | None = None,
    on_end: Callable[[TrialResult], None] | None = None,
    on_note: Callable[[str], None] | None = None,
) -> SweepResults:
    """Run W&B's agents for a sweep that was made elsewhere.

    Parameters
    ----------
    place : str
        ENTITY/PROJECT/ID.
    out, jobs, on_end, on_note
        As for `run_online`.
    program_folder : path
        Where the sweep's ``program`` lies.
    count : int, optional
        Trials that this machine runs, at most.

    Returns
    -------
    SweepResults
        Of all machines.

    Raises
    ------
    IntegrationError, OutputError, MissingExtraError : as for `run_online`; no such sweep
    """
    if len(place.split("/")) != 3 or not all(place.split("/")):
        raise IntegrationError(f"{place!r}, accepted is ENTITY/PROJECT/ID")
    server = _server()
    server.entity()
    folder = _folder(out)
    shares: list[int | None] = [None] * jobs
    if count is not None:
        shares = [share for agent in range(jobs) if (share := count // jobs + (agent < count % jobs))]
    metric = _metric_of(server.sweep(*place.split("/"))["config"])
    return _run_agents(server, place, Path(program_folder), folder, shares, metric, on_end, on_note)


def _folder(out: Any) -> Path:
    folder = Path(out).resolve()
    try:
        (folder / "agents").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    return folder


def _server() -> WandbServer:
    if importlib.util.find_spec("wandb") is None:
        raise MissingExtraError('a sweep on W&B\'s server needs its client: pip install "edgetwin[wandb]"')
    key = find_key()
    if key is None:
        raise IntegrationError(
            "no key of W&B: `wandb login`, or set WANDB_API_KEY; --offline runs the sweep here, without an account"
        )
    return WandbServer(key)


def _made_before(folder: Path, digest: str) -> str | None:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
        place, known = str(mark["sweep"]), str(mark["sha256"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise IntegrationError(f"{folder / MARK} says no sweep: {error}") from error
    if known != digest:
        raise IntegrationError(f"{folder} holds the sweep {place} of another file: give another folder")
    return place


def _made(server: WandbServer, sweep: Sweep, cap: int | None, owner: str) -> str:
    config = dict(read_marked(sweep.path).content)
    if sweep.metric is not None:
        # Budgets are no part of W&B's schema.
        given = config["metric"] if isinstance(config["metric"], dict) else {}
        kept = {key: value for key, value in given.items() if key != "subject_to"}
        config["metric"] = {**kept, "name": sweep.metric.name, "goal": sweep.metric.goal}
    if cap is not None:
        config["run_cap"] = cap
    try:
        done = subprocess.run(  # noqa: S603  (our own program)
            [sys.executable, "-c", _CREATE], input=json.dumps(config), capture_output=True, text=True,
            env=_environment(), timeout=_CREATE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise IntegrationError(f"W&B at {server.url} made no sweep within {_CREATE_S:g} s") from error
    try:
        entity, project, name = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError, TypeError):
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()][-1:]
        raise IntegrationError(
            server.without_key(f"W&B at {server.url} made no sweep: {' '.join(lines) or 'no answer'}")
        ) from None
    return f"{entity or owner}/{project or config.get('project') or 'uncategorized'}/{name}"


def _environment(folder: Path | None = None) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "WANDB_MODE"}
    # Agents start `python`: this one, also where its environment is not activated.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment.get("PATH", os.defpath)])
    if folder is not None:
        environment |= {"WANDB_DIR": str(folder), "WANDB_DATA_DIR": str(folder / "wandb-data")}
        # As here: a trial that crashes is marked failed, and the sweep goes on. Five at the start still end an agent.
        environment.setdefault("WANDB_AGENT_DISABLE_FLAPPING", "true")
    return environment


def _metric_of(config: str) -> Metric | None:
    import yaml

    given = (yaml.safe_load(config) or {}).get("metric")
    if not isinstance(given, Mapping) or "name" not in given:
        return None
    return Metric(str(given["name"]), str(given.get("goal", "minimize")))


class _Agent:
    """A process of ``wandb agent``, and the file with what it prints."""

    def __init__(self, place: str, cwd: Path, folder: Path, number: int, count: int | None) -> None:
        self.path = folder / "agents" / f"{number}.txt"
        words = [sys.executable, "-m", "wandb", "agent", *([] if count is None else ["--count", str(count)]), place]
        self._output: IO[bytes] = self.path.open("ab")
        self.process = subprocess.Popen(  # noqa: S603  (W&B's own program)
            words, cwd=cwd, env=_environment(folder), stdin=subprocess.DEVNULL, stdout=self._output,
            # Ctrl-C on the terminal is for us, who then end agents.
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def end(self) -> None:
        """End the agent and its run."""
        for patience in _PATIENCE_S:
            if self.process.poll() is not None:
                break
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self.process.kill()
        self.process.wait()

    def close(self, server: WandbServer) -> None:
        """Close its file, without the key if a trial has printed that."""
        self._output.close()
        text = self.path.read_text(encoding="utf-8", errors="replace")
        kept = server.without_key(text).encode()
        if kept != text.encode():
            write_atomic(self.path, lambda file: file.write(kept))

    def last_lines(self) -> str:
        """Return how its output ends."""
        lines = [line for line in self.path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return " | ".join(lines[-_LAST_LINES:]) or "it printed nothing"


def _run_agents(
    server: WandbServer,
    place: str,
    cwd: Path,
    folder: Path,
    counts: list[int | None],
    metric: Metric | None,
    on_end: Callable[[TrialResult], None] | None,
    on_note: Callable[[str], None] | None,
) -> SweepResults:
    note = on_note or (lambda _: None)
    note(f"W&B sweep {place}; other machines join by: edgetwin sweep --join {place}")
    told: set[int] = set()

    def results() -> SweepResults:
        found = _results(server, place, folder, metric)
        for trial in found.trials:
            if trial.number not in told and on_end:
                on_end(trial)
            told.add(trial.number)
        return found

    agents = [_Agent(place, cwd, folder, number, count) for number, count in enumerate(counts)]
    try:
        _watch(agents, results, note)
    finally:
        for agent in agents:
            agent.end()
            agent.close(server)
    for agent in agents:
        if agent.process.returncode != 0:
            raise IntegrationError(
                f"`wandb agent {place}` ended with exit code {agent.process.returncode}; its last lines: "
                f"{agent.last_lines()}; the same command goes on with the sweep"
            )
    found = results()
    if not found.trials:
        note(f"W&B's server knows of no run that has ended; what the agents and scripts said is in {folder / 'agents'}")
    write_results(found)
    return found


def _watch(agents: list[_Agent], results: Callable[[], SweepResults], note: Callable[[str], None]) -> None:
    """Wait for the agents. They wait for a server that is away; on one that refuses the key they would for ever."""
    checked, away = time.monotonic(), False
    while any(agent.process.poll() is None for agent in agents):
        time.sleep(_POLL_S)
        if time.monotonic() - checked < _CHECK_S:
            continue
        checked = time.monotonic()
        try:
            results()
            away = False
        except UnreachableError as error:
            if not away:
                note(f"{error}; agents wait for it")
            away = True


def _results(server: WandbServer, place: str, folder: Path, metric: Metric | None) -> SweepResults:
    trials = []
    for number, run in enumerate(server.sweep(*place.split("/"))["runs"]):
        state = _ENDED.get(run.get("state") or "")
        if state is None:
            continue
        config, summary = (json.loads(run.get(key) or "{}") for key in ("config", "summaryMetrics"))
        parameters = {
            name: entry["value"] if isinstance(entry, Mapping) and "value" in entry else entry
            for name, entry in config.items()
            if not name.startswith("_")
        }
        metrics = {name: value for name, value in flat_numbers(summary).items() if not name.startswith("_")}
        reason = "" if state == "finished" else f"run {run.get('name')} {run.get('state')}, see {folder / 'agents'}"
        if state == "finished" and metric is not None and metric.name not in metrics:
            state, reason = "failed", f"logged no {metric.name!r}, but {', '.join(sorted(metrics)) or 'nothing at all'}"
        seconds = float(summary.get("_runtime") or 0.0)
        trials.append(TrialResult(number, state, parameters, metrics, reason, seconds, folder / "wandb"))
    return SweepResults(metric, tuple(trials), folder)
