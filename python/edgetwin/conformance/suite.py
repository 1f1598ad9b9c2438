"""Every case through every runtime, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from queue import Queue

import numpy as np

from ..errors import EdgetwinError
from ..model import Model
from ..types import ARITHMETICS, Array
from .cases import Case, outputs_of
from .driver import FAULTS, Answer, Driver, Runtime, limited

__all__ = ["KINDS", "Outcome", "judged", "run_suite"]

#: Of outcomes, the best first. "near" is float32 within `_NEAR` of the largest value.
KINDS = ("equal", "near", "differs", "other shape", "refuses", "no form", "nonsense", "crashed", "hung", "not run")
#: As for LiteRT's own two ways of computing a float32 tensor.
_NEAR = 1e-5
#: A driver that faults so often in a row, at as many operators, is not asked again.
_MOST_FAULTS = 12


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one runtime did with one case.

    Attributes
    ----------
    case : Case
    kind : str
        One of `KINDS`.
    why : str
        Of a refusal, a fault or an output of another shape.
    elements, differing : int
        Of all outputs.
    largest : float
        The largest difference: in codes, or for float32 over the largest value.
    sample : int
        The first sample that differs.
    outputs : tuple of ndarray
        Of a case that differs.
    same_as : tuple of str
        The other arithmetics of edgetwin that give all of these bytes.
    """

    case: Case
    kind: str
    why: str = ""
    elements: int = 0
    differing: int = 0
    largest: float = 0.0
    sample: int = 0
    outputs: tuple[Array, ...] = ()
    same_as: tuple[str, ...] = ()


def run_suite(
    cases: Sequence[Case], runtimes: Sequence[Runtime], *, timeout_s: float, jobs: int
) -> Iterator[tuple[str, Outcome]]:
    """Run every case in every runtime.

    Parameters
    ----------
    cases : sequence of Case
    runtimes : sequence of Runtime
    timeout_s : float
        For a case.
    jobs : int
        Runtimes at a time.

    Yields
    ------
    str, Outcome
        The runtime's name and what it did, as they come; of each runtime in the order of the cases.
    """
    done: Queue[tuple[str, Outcome] | None] = Queue()

    def through(runtime: Runtime) -> None:
        try:
            for outcome in _outcomes(limited(cases, runtime.per_row), runtime, timeout_s):
                done.put((runtime.name, outcome))
        finally:
            done.put(None)

    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(through, runtime) for runtime in runtimes]
        ended = 0
        while ended < len(runtimes):
            item = done.get()
            if item is None:
                ended += 1
            else:
                yield item
        for future in futures:
            future.result()


def _outcomes(cases: Sequence[Case], runtime: Runtime, timeout_s: float) -> Iterator[Outcome]:
    faults = 0
    with Driver(runtime, timeout_s) as driver:
        for case in cases:
            if faults >= _MOST_FAULTS:
                yield Outcome(case, "not run", f"{faults} faults in a row before it")
                continue
            answer = driver.run(case)
            faults = faults + 1 if answer.kind in FAULTS else 0
            yield judged(case, answer)


def judged(case: Case, answer: Answer) -> Outcome:
    """Return what came of a case that was answered so."""
    if answer.kind != "ok":
        return Outcome(case, answer.kind, answer.why)
    pairs = list(zip(case.expected, answer.outputs, strict=True))
    elements = sum(expected.size for expected, _ in pairs)
    wrong = [_different(expected, made) for expected, made in pairs]
    differing = sum(int(np.count_nonzero(at)) for at in wrong)
    if not differing:
        return Outcome(case, "equal", elements=elements)
    largest = max(_gap(expected, made, at) for (expected, made), at in zip(pairs, wrong, strict=True))
    sample = min(int(np.argmax(at.reshape(len(at), -1).any(axis=1))) for at in wrong if at.any())
    real = all(expected.dtype.kind == "f" for expected, _ in pairs)
    if real and largest <= _NEAR:
        return Outcome(case, "near", "", elements, differing, largest, sample)
    return Outcome(
        case, "differs", "", elements, differing, largest, sample, answer.outputs, _same_as(case, answer.outputs)
    )


def _different(expected: Array, made: Array) -> Array:
    at: Array = expected != made
    if expected.dtype.kind == "f":
        at &= ~(np.isnan(expected) & np.isnan(made))
    return at


def _gap(expected: Array, made: Array, at: Array) -> float:
    """Return the largest difference: over the largest value for floats, in steps for integers."""
    if not at.any():
        return 0.0
    if expected.dtype.kind != "f":
        # uint64 has no larger dtype; as float64 a step may be lost, of many.
        return float(np.abs(expected[at].astype(np.float64) - made[at].astype(np.float64)).max())
    finite = np.isfinite(expected)
    if not (finite[at] & np.isfinite(made[at])).all():
        return float("inf")
    scale = max(float(np.abs(expected[finite]).max(initial=0)), float(np.finfo(np.float32).tiny))
    return float(np.abs(expected[at].astype(np.float64) - made[at].astype(np.float64)).max() / scale)


def _same_as(case: Case, outputs: Sequence[Array]) -> tuple[str, ...]:
    same = []
    for arithmetic in ARITHMETICS:
        # Not every arithmetic has every operator.
        with suppress(EdgetwinError):
            made = outputs_of(Model(case.model, arithmetic), case.inputs)
            if not any(_different(a, b).any() for a, b in zip(made, outputs, strict=True)):
                same.append(arithmetic)
    return tuple(same)
