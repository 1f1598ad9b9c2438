"""What the pages of several commands have in common."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from ..data import Samples
from ..evaluation import Evaluation
from ..metrics import Agreement, Classification
from ..model import Model
from ..report.report import Report

__all__ = ["add_samples", "evaluated_report", "typed"]


def typed() -> list[str]:
    """Return the command that this process was started with."""
    return ["edgetwin", *sys.argv[1:]]


def evaluated_report(name: str, evaluations: Sequence[Evaluation], quantity: str, unit: str) -> Report:
    """Return a page that begins with what the last of these evaluations, of all data, says."""
    report = Report(f"{name}: {quantity}" if quantity != "value" else name)
    last = evaluations[-1]
    if isinstance(last.result, Agreement):
        said = f"bias {last.result.bias:.2f}, SD {last.result.sd:.2f} {unit}".rstrip()
        report.verdict(f"{last.result.n} samples: {said}")
    elif isinstance(last.result, Classification):
        report.verdict(f"{last.result.n} samples: accuracy {last.result.accuracy:.4f}")
    if last.compared:
        said = f"{last.differing} of {last.compared} recorded output bytes differ"
        report.verdict(said, good=not last.differing)
    return report


def add_samples(report: Report, model: Model, samples: Samples, unit: str) -> None:
    """Add what a file holds for a model, and its windows where they are in time."""
    given = samples.codes if samples.real is None else samples.real
    facts: dict[str, object] = {"file": samples.path}
    if given is not None:
        facts |= {"samples": len(given), "shape of one": "x".join(map(str, given.shape[1:])) or "a number"}
        facts["as"] = "codes, as recorded" if samples.real is None else "real values"
    if samples.subjects is not None:
        facts["subjects"] = len(np.unique(samples.subjects))
    report.data(samples.path.name, facts, labels=samples.labels, unit=unit)
    if given is not None and given.ndim >= 2:
        # A row of values may hold several channels, as the model's input tells.
        shape = given.shape[1:] if given.ndim > 2 else model.inputs[0].shape
        if len(shape) <= 2 or (len(shape) == 3 and shape[0] == 1):
            report.windows(given.reshape(len(given), *shape))
