"""Interleaved rounds: what is compared is measured in turns, so that a machine's slow moments fall on all of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import repeat
from statistics import median
from time import perf_counter


@dataclass
class Body:
    """One thing to measure.

    Attributes
    ----------
    call : callable
        Nothing is subtracted from its time: a loop's own step, some 20 ns, is in it.
    samples : int
        Samples that one call computes.
    within : callable
        A context that holds while it runs, such as a forced level.
    """

    call: Callable[[], object]
    samples: int = 1
    within: Callable[[], AbstractContextManager[object]] = field(default=nullcontext)


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, and seconds that each body gets in a round (0: one call)."""

    rounds: int
    seconds: float


def timed(call: Callable[[], object], repeats: int) -> float:
    """Seconds of one of `repeats` calls."""
    steps = repeat(None, repeats)
    began = perf_counter()
    for _ in steps:
        call()
    return (perf_counter() - began) / repeats


@dataclass(frozen=True)
class Times:
    """Seconds of one sample, by body.

    Attributes
    ----------
    median : dict
        What is compared: all bodies had the same disturbances.
    fastest : dict
        What a body can do at most, to set against a peak that is the fastest of many, too.
    """

    median: dict[str, float]
    fastest: dict[str, float]


def interleaved(bodies: Mapping[str, Body], effort: Effort) -> Times:
    """Measure every body in rounds in which each has its turn."""
    repeats = {}
    for name, body in bodies.items():
        with body.within():
            body.call()  # pages, plans and thread pools are there before anything counts
            repeats[name] = max(1, int(effort.seconds / max(timed(body.call, 1), 1e-7)))
    times: dict[str, list[float]] = {name: [] for name in bodies}
    collects = gc.isenabled()
    gc.disable()
    try:
        for _ in range(effort.rounds):
            for name, body in bodies.items():
                with body.within():
                    body.call()  # caches hold what the body before left there
                    times[name].append(timed(body.call, repeats[name]))
    finally:
        if collects:
            gc.enable()
    return Times(
        *(
            {name: summary(measured) / bodies[name].samples for name, measured in times.items()}
            for summary in (median, min)
        )
    )


def straight_line(x: list[float], y: list[float]) -> tuple[float, float, float]:
    """Slope and intercept of the line of least squared relative errors, and the largest relative error.

    Relative, because costs over a range of 1 to 4096 would otherwise be those of its end alone.
    """
    weights = [1 / value**2 for value in y]
    total = sum(weights)
    mean_x = sum(w * a for w, a in zip(weights, x, strict=True)) / total
    mean_y = sum(w * b for w, b in zip(weights, y, strict=True)) / total
    spread = sum(w * (a - mean_x) ** 2 for w, a in zip(weights, x, strict=True))
    both = sum(w * (a - mean_x) * (b - mean_y) for w, a, b in zip(weights, x, y, strict=True))
    slope = both / spread if spread else 0.0
    intercept = mean_y - slope * mean_x
    worst = max(abs(slope * a + intercept - b) / b for a, b in zip(x, y, strict=True))
    return slope, intercept, worst
