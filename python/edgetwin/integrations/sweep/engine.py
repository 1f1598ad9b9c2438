"""The local engine: plans trials, runs them under W&B's agent protocol, survives being killed."""

from __future__ import annotations

import contextlib
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import IntegrationError, OutputError
from .journal import JOURNAL, Journal, Trial
from .results import SweepResults, write_results
from .schema import Sweep, read_sweep, trial_cap
from .search import next_parameters, to_stop
from .shared import SharedPlan
from .trial_run import TrialRun

__all__ = ["run_sweep"]

_POLL_S = 0.02


def run_sweep(
    path: Any,
    out: Any,
    *,
    jobs: int = 1,
    run_cap: int | None = None,
    timeout_s: float | None = None,
    seed: int = 0,
    storage: Any = None,
    on_end: Callable[[Trial], None] | None = None,
) -> SweepResults:
    """Run a sweep in this folder, or go on with one that was interrupted or killed.

    Parameters
    ----------
    path : path
        A sweep file in W&B's schema, see `read_sweep`. Its ``program`` is looked for beside it.
    out : path
        The sweep's folder: ``trials.jsonl`` (every event), ``trials/N`` (output, files and offline W&B runs of a
        trial), ``metrics.json`` and ``best.tflite``. Where it holds this sweep already, that one goes on.
    jobs : int, >= 1
        Trials at once.
    run_cap : int, optional
        Trials in all, where the file has no ``run_cap`` or a larger one. Random and Bayesian sweeps need one.
    timeout_s : float, optional
        A trial that takes longer has failed.
    seed : int
        Of random draws.
    storage : path, optional
        A journal of Optuna's that several machines share: each trial is run by one of them. Every machine has a folder
        of its own, the same file and the same seed.
    on_end : callable of (Trial), optional
        Called after each trial.

    Returns
    -------
    SweepResults

    Raises
    ------
    IntegrationError : a broken file, a folder of another sweep, one that is being run
    OutputError : the folder cannot be written
    MissingExtraError : PyYAML is missing, W&B's engine for "bayes" and ``early_terminate``, or Optuna for `storage`
    """
    sweep = read_sweep(path)
    if jobs < 1:
        raise IntegrationError(f"{jobs} jobs, accepted is at least 1")
    cap = trial_cap(sweep, run_cap)
    folder = Path(out).resolve()
    try:
        (folder / "trials").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror or error}") from error
    with _alone(folder):
        journal = _journal(sweep, folder, seed, storage)
        plan: LocalPlan | SharedPlan = LocalPlan(sweep, journal, folder, cap)
        if storage is not None:
            plan = SharedPlan(sweep, storage, journal, folder, cap)
        _run_trials(sweep, journal, folder, jobs, plan, timeout_s, on_end)
    results = plan.results()
    write_results(results)
    return results


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the sweep's lock: two engines in one folder would run trials twice."""
    try:
        import fcntl
    except ImportError as error:
        raise IntegrationError("the local engine needs a POSIX system: Linux, macOS or WSL") from error
    with (folder / "lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise IntegrationError(f"another process runs the sweep in {folder}") from error
        yield


class LocalPlan:
    """Which trials are run where one machine runs them all; `SharedPlan` does the same for several.

    Parameters
    ----------
    sweep : Sweep
    journal : Journal
    folder : Path
    cap : int or None
        Trials in all.
    """

    def __init__(self, sweep: Sweep, journal: Journal, folder: Path, cap: int | None) -> None:
        self._sweep, self._journal, self._folder, self._cap = sweep, journal, folder, cap

    def next(self) -> tuple[int, dict[str, Any]] | None:
        """Return the number and the parameters of the next trial; None where no point is left."""
        trials = list(self._journal.trials.values())
        if self._cap is not None and len(trials) >= self._cap:
            return None
        parameters = next_parameters(self._sweep, trials, self._journal.header["seed"])
        return None if parameters is None else (len(trials), parameters)

    def ended(self, trial: Trial) -> None:
        """Take note of a trial that has ended: the journal has."""

    def results(self) -> SweepResults:
        """Return the trials that have ended."""
        return SweepResults.of(self._sweep.metric, self._journal.trials.values(), self._folder)


def _journal(sweep: Sweep, folder: Path, seed: int, storage: Any) -> Journal:
    journal = Journal(folder / JOURNAL)
    digest = hashlib.sha256(sweep.path.read_bytes()).hexdigest()
    shared = storage is not None
    if not journal.header:
        journal.write(
            "sweep", id=digest[:8], file=str(sweep.path), sha256=digest, seed=seed, time=time.time(), shared=shared,
            worker=uuid.uuid4().hex,
        )  # fmt: skip
    elif journal.header["sha256"] != digest:
        raise IntegrationError(
            f"{folder} holds a sweep of another {Path(journal.header['file']).name}: give another folder, or put the "
            "file back as it was"
        )
    elif journal.header.get("shared", False) != shared:
        ways = ("without", "with") if shared else ("with", "without")
        raise IntegrationError(f"the sweep in {folder} has begun {ways[0]} a storage, and cannot go on {ways[1]} one")
    return journal


def _run_trials(
    sweep: Sweep,
    journal: Journal,
    folder: Path,
    jobs: int,
    plan: LocalPlan | SharedPlan,
    timeout_s: float | None,
    on_end: Callable[[Trial], None] | None,
) -> None:
    running: dict[int, TrialRun] = {}
    if sweep.hyperband is not None:
        # It compares with trials that ended before, too: their steps are in their folders, not in the journal.
        for trial in journal.trials.values():
            if trial.ended:
                TrialRun(sweep, folder / "trials" / str(trial.number), trial, journal.header["id"], None).read_history()
    # Trials that the last engine left: those that went on without it are waited for, the others begin again.
    waiting = [trial for trial in journal.trials.values() if not trial.ended]
    planned_all = False
    try:
        while True:
            changed = False
            for number, run in list(running.items()):
                changed |= run.read_history()
                if not run.ended():
                    continue
                trial = journal.trials[number]
                journal.write("ended", trial=number, **run.outcome())
                plan.ended(trial)
                del running[number]
                if on_end:
                    on_end(trial)
            if changed:
                for number in to_stop(sweep, list(journal.trials.values())):
                    # One that the last engine left running may not have been looked at yet.
                    if number in running and not journal.trials[number].given_up:
                        journal.write("given_up", trial=number)
                        running[number].stop()
            while len(running) < jobs:
                if not waiting and not planned_all:
                    planned = plan.next()
                    if planned is None:
                        planned_all = True
                    else:
                        number, parameters = planned
                        journal.write("planned", trial=number, parameters=parameters)
                        waiting.append(journal.trials[number])
                if not waiting:
                    break
                trial = waiting.pop(0)
                run = TrialRun(sweep, folder / "trials" / str(trial.number), trial, journal.header["id"], timeout_s)
                run.begin(
                    trial.state == "running",
                    partial(journal.write, "started", trial=trial.number, attempt=trial.attempt + 1),
                )
                running[trial.number] = run
            if not running:
                return
            time.sleep(_POLL_S)
    except BaseException:
        # Ctrl-C, a full disk: what runs is stopped and will begin again; what has ended is in the journal.
        for run in running.values():
            run.abandon()
        raise
