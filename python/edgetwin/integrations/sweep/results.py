"""What a sweep found: a table, the best trial, the trials that no other beats in everything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...atomic import write_atomic
from .journal import Trial
from .schema import Metric
from .script import MODEL_FILE

__all__ = ["BEST_MODEL", "SweepResults", "TrialResult", "pareto_front", "write_results"]

RESULTS = "metrics.json"
BEST_MODEL = "best.tflite"


@dataclass(frozen=True)
class TrialResult:
    """One trial as it ended.

    Attributes
    ----------
    number : int
    state : str
        "finished", "failed" or "stopped" (by hyperband).
    parameters, metrics : dict
    reason : str
        Why it failed, with the last lines of its output.
    seconds : float
    folder : Path
    """

    number: int
    state: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, Any]
    reason: str
    seconds: float
    folder: Path


@dataclass(frozen=True)
class SweepResults:
    """All trials of a sweep.

    Attributes
    ----------
    metric : Metric or None
    trials : tuple of TrialResult
        In the order of their numbers.
    folder : Path
    """

    metric: Metric | None
    trials: tuple[TrialResult, ...]
    folder: Path

    @classmethod
    def of(cls, metric: Metric | None, trials: Iterable[Trial], folder: Path) -> SweepResults:
        """Return the results of a journal's trials."""
        return cls(
            metric,
            tuple(
                TrialResult(
                    t.number, t.state, t.parameters, t.metrics, t.reason, t.seconds, folder / "trials" / str(t.number)
                )
                for t in trials
                if t.ended
            ),
            folder,
        )

    @property
    def ranked(self) -> tuple[TrialResult, ...]:
        """Finished trials, best first; those that break a budget behind all others."""
        done = [trial for trial in self.trials if trial.state == "finished"]
        metric = self.metric
        if metric is None:
            return tuple(done)
        sign = 1 if metric.goal == "minimize" else -1
        return tuple(
            sorted(done, key=lambda trial: (not metric.feasible(trial.metrics), sign * trial.metrics[metric.name]))
        )

    @property
    def best(self) -> TrialResult | None:
        """The best trial that keeps every budget; None where there is none."""
        ranked = self.ranked
        if not ranked or self.metric is None or not self.metric.feasible(ranked[0].metrics):
            return None
        return ranked[0]

    def as_dict(self) -> dict[str, Any]:
        """Return the results as JSON has them."""
        best = self.best
        return {
            "metric": None if self.metric is None else {"name": self.metric.name, "goal": self.metric.goal},
            "budgets": [] if self.metric is None else [str(budget) for budget in self.metric.budgets],
            "best": None if best is None else best.number,
            "trials": [
                {
                    "trial": trial.number,
                    "state": trial.state,
                    "parameters": dict(trial.parameters),
                    "metrics": dict(trial.metrics),
                    "reason": trial.reason,
                    "seconds": round(trial.seconds, 3),
                }
                for trial in self.trials
            ],
        }


def write_results(results: SweepResults) -> None:
    """Write ``metrics.json`` and, where the best trial kept a model, ``best.tflite`` into the sweep's folder.

    Raises
    ------
    OutputError : it cannot be written
    """
    text = json.dumps(results.as_dict(), indent=2).encode() + b"\n"
    write_atomic(results.folder / RESULTS, lambda file: file.write(text))
    best = results.best
    if best is not None and (best.folder / MODEL_FILE).exists():
        model = (best.folder / MODEL_FILE).read_bytes()
        write_atomic(results.folder / BEST_MODEL, lambda file: file.write(model))


def pareto_front(trials: Sequence[TrialResult], metric: Metric, cost: str) -> list[TrialResult]:
    """Return the trials that no other beats in both the metric and a cost, cheapest first.

    Parameters
    ----------
    trials : sequence of TrialResult
        Those without either figure are left out.
    metric : Metric
    cost : str
        A figure of which less is better, such as "arena_bytes".
    """
    able = [trial for trial in trials if metric.name in trial.metrics and cost in trial.metrics]
    sign = 1 if metric.goal == "minimize" else -1
    front: list[TrialResult] = []
    for trial in sorted(able, key=lambda trial: (trial.metrics[cost], sign * trial.metrics[metric.name])):
        if not front or metric.better(trial.metrics[metric.name], front[-1].metrics[metric.name]):
            front.append(trial)
    return front
