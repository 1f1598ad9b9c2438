"""Which parameters come next: grid and seeded random here, Bayesian search and hyperband by W&B's own engine."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ...errors import IntegrationError, MissingExtraError
from .journal import Trial
from .schema import Sweep

__all__ = ["grid_size", "next_parameters", "to_stop"]

_STATES = {"planned": "pending", "running": "running", "finished": "finished", "failed": "failed", "stopped": "killed"}


def grid_size(sweep: Sweep) -> int:
    """Return how many points a grid has."""
    return math.prod(len(parameter.values or ()) for parameter in sweep.parameters)


def next_parameters(sweep: Sweep, trials: Sequence[Trial], seed: int) -> dict[str, Any] | None:
    """Return the parameters of trial ``len(trials)``; None where a grid is at its end.

    A grid counts like an odometer, the last parameter fastest. Random draws depend on the seed and the trial's number
    alone, so that a resumed sweep goes on as if it had never stopped.
    """
    number = len(trials)
    if sweep.method == "grid":
        if number >= grid_size(sweep):
            return None
        values = []
        for parameter in reversed(sweep.parameters):
            choices = parameter.values or []
            number, position = divmod(number, len(choices))
            values.append(choices[position])
        return _nested(sweep, reversed(values))
    if sweep.method == "random":
        generator = np.random.default_rng([seed, number])
        return _nested(sweep, (parameter.draw(generator) for parameter in sweep.parameters))
    return _bayes(sweep, trials)


def _nested(sweep: Sweep, values: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for parameter, value in zip(sweep.parameters, values, strict=True):
        group = result
        for name in parameter.place[:-1]:
            group = group.setdefault(name, {})
        group[parameter.place[-1]] = value
    return result


def _bayes(sweep: Sweep, trials: Sequence[Trial]) -> dict[str, Any] | None:
    engine = _engine()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            run = engine.next_run(dict(sweep.config), _runs(engine, sweep, trials), validate=False)
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrationError(f"{sweep.path}: W&B's Bayesian search refuses it: {error}") from error
    return None if run is None else _values(run.config)


def _values(config: Any) -> dict[str, Any]:
    """Return plain values of W&B's ``{name: {"value": ...}}``: numpy's scalars come out of its engine."""
    result = {}
    for name, entry in config.items():
        value = entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        value = value.item() if isinstance(value, np.generic) else value
        result[name] = _values(value) if isinstance(value, dict) else value
    return result


def to_stop(sweep: Sweep, trials: Sequence[Trial]) -> list[int]:
    """Return the running trials that hyperband gives up; the best one so far is never among them."""
    if sweep.hyperband is None or sweep.metric is None:
        return []
    engine = _engine()
    runs = _runs(engine, sweep, trials)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stopped = {run.name for run in engine.stop_runs(dict(sweep.config), runs, validate=False)}
    leaders = _leaders(sweep, trials)
    return [t.number for t in trials if t.state == "running" and str(t.number) in stopped and t.number not in leaders]


def _leaders(sweep: Sweep, trials: Sequence[Trial]) -> set[int]:
    """Return the trials that hold the best value seen by anyone."""
    metric = sweep.metric
    best: dict[int, float] = {}
    for trial in trials:
        values = [step[metric.name] for step in trial.history if metric and metric.name in step]
        if metric and values:
            best[trial.number] = min(values) if metric.goal == "minimize" else max(values)
    if not metric or not best:
        return set()
    top = min(best.values()) if metric.goal == "minimize" else max(best.values())
    return {number for number, value in best.items() if value == top}


def _runs(engine: ModuleType, sweep: Sweep, trials: Sequence[Trial]) -> list[Any]:
    runs = []
    for trial in trials:
        run = engine.SweepRun(
            name=str(trial.number),
            state=engine.RunState(_STATES[trial.state]),
            config={name: {"value": value} for name, value in trial.parameters.items()},
        )
        # Version 0.2 drops these two silently where they are given to the constructor under pydantic 2.
        run.summary_metrics = _ranked(sweep, trial)
        run.history = list(trial.history)
        runs.append(run)
    return runs


def _ranked(sweep: Sweep, trial: Trial) -> dict[str, Any]:
    """Return a trial's metrics for the search: one that breaks a budget counts as having none."""
    metric = sweep.metric
    if metric is None or not trial.ended or metric.feasible(trial.metrics):
        return dict(trial.metrics)
    return {name: value for name, value in trial.metrics.items() if name != metric.name}


def _engine() -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import sweeps
    except ImportError as error:
        raise MissingExtraError(
            'method bayes and early_terminate need W&B\'s engine: pip install "edgetwin[sweep]"'
        ) from error
    engine: ModuleType = sweeps
    return engine
