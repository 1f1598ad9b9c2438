"""Pictures of evaluations, and their figures as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..evaluation import AgreementStudy, Evaluation
from ..metrics import Agreement, Classification
from .files import save_figure, write_json
from .plots import bland_altman, confusion_matrix, regression
from .scores import roc_curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_evaluation"]


def write_evaluation(
    folder: Path, model: str, evaluations: Sequence[Evaluation], *, arithmetic: str, quantity: str, unit: str
) -> list[Path]:
    """Write pictures of each evaluation and ``metrics.json``.

    Parameters
    ----------
    folder : Path
    model : str
        The model's name, for titles.
    evaluations : sequence of Evaluation
    arithmetic : str
        `Model.arithmetic_version`.
    quantity, unit : str
        What the model predicts; the unit may be empty.

    Returns
    -------
    list of Path
        Files written.

    Raises
    ------
    OutputError : a file cannot be written
    """
    written = []
    for item in evaluations:
        title = f"{model}, {item.name}"
        prefix = "" if len(evaluations) == 1 else f"{item.name}-"
        pictures: dict[str, Figure] = {}
        if isinstance(item.result, Agreement):
            words = {"quantity": quantity, "unit": unit, "title": title}
            limits = item.study.repeated if isinstance(item.study, AgreementStudy) else None
            pictures["regression"] = regression(item.predictions, item.labels, item.result, **words)
            pictures["bland_altman"] = bland_altman(
                item.predictions, item.labels, item.result, repeated=limits, **words
            )
        elif isinstance(item.result, Classification):
            pictures["confusion_matrix"] = confusion_matrix(item.result, title=title)
            if np.isfinite(item.result.auc).any():
                pictures["roc"] = roc_curves(item.predictions, item.labels, title=title)
        written += [save_figure(figure, folder / f"{prefix}{name}.png") for name, figure in pictures.items()]
    content = {
        "model": model,
        "arithmetic": arithmetic,
        "unit": unit,
        "evaluations": [e.as_dict() for e in evaluations],
    }
    written.append(write_json(folder / "metrics.json", content))
    return written
