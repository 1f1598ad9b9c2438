"""What a trial's script calls: its parameters, its figures, its model. Outside a sweep these do no harm."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import IntegrationError
from ...model import Model

__all__ = ["FOLDER_VARIABLE", "METRICS_FILE", "MODEL_FILE", "log", "save_model", "trial_folder", "trial_parameters"]

FOLDER_VARIABLE = "EDGETWIN_TRIAL"
METRICS_FILE = "metrics.jsonl"
MODEL_FILE = "model.tflite"
PARAMETERS_FILE = "parameters.json"


def trial_folder() -> Path | None:
    """Return the running trial's folder; None outside a sweep."""
    folder = os.environ.get(FOLDER_VARIABLE)
    return Path(folder) if folder else None


def trial_parameters(defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the trial's parameters over the defaults: these alone where no sweep runs."""
    folder = trial_folder()
    given = json.loads((folder / PARAMETERS_FILE).read_text(encoding="utf-8")) if folder else {}
    return {**(defaults or {}), **given}


def log(metrics: Mapping[str, Any], *, step: int | None = None) -> None:
    """Log figures of the running trial, as ``wandb.log`` does; they steer hyperband and rank trials.

    Parameters
    ----------
    metrics : mapping of str to number
        Nested ones are joined with ``.``.
    step : int, optional

    Raises
    ------
    IntegrationError : a value that is no number
    """
    entry = flat_numbers(metrics, strict=True)
    if step is not None:
        entry["_step"] = step
    folder = trial_folder()
    if folder is None:
        return
    with open(folder / METRICS_FILE, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def save_model(model: Model) -> Path | None:
    """Keep the trial's model: the best trial's is copied to the sweep's folder. Return where; None outside a sweep."""
    folder = trial_folder()
    if folder is None:
        return None
    model.save(folder / MODEL_FILE)
    return folder / MODEL_FILE


def flat_numbers(values: Mapping[str, Any], *, strict: bool = False, prefix: str = "") -> dict[str, float | int]:
    """Return numbers by name, groups joined with dots; what is no finite number is left out, or an error."""
    result: dict[str, float | int] = {}
    for key, given in values.items():
        name = f"{prefix}{key}"
        value = given.item() if hasattr(given, "item") and getattr(given, "size", 1) == 1 else given
        if isinstance(value, Mapping):
            result.update(flat_numbers(value, strict=strict, prefix=f"{name}."))
        elif isinstance(value, int | float) and math.isfinite(value):
            result[name] = value
        elif strict:
            raise IntegrationError(f"cannot log {name}: {given!r} is no finite number")
    return result
