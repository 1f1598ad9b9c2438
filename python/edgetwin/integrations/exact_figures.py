"""What a network that is being trained is worth on a device: exact int8 metrics beside float32's, and costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..arrays import whole_number
from ..errors import DataError
from ..evaluation import evaluate
from ..metrics import Agreement
from ..model import Model
from ..quantization import quantize
from .sweep import log as log_to_sweep

__all__ = ["ExactFigures", "costs"]

#: Of what `evaluate` finds, the figures that are one number and say something every epoch.
_AGREEMENT = ("mse", "rmse", "bias", "sd", "mdc")
_CLASSIFICATION = ("accuracy", "f1_macro")


def costs(model: Model, target: str | None = None) -> dict[str, float | int]:
    """Return what a model costs on a device.

    Parameters
    ----------
    model : Model
    target : str, optional
        As for `Model.profile`; with it comes ``latency_ms``, an estimate, where there is one.

    Returns
    -------
    dict of str to number
        ``tflite_bytes``, ``flash_bytes`` and ``arena_bytes`` in bytes, ``macs``, ``latency_ms``.

    Raises
    ------
    DataError : a target that is not known
    """
    profile = model.profile(target)
    found: dict[str, float | int] = {
        "tflite_bytes": len(model.to_bytes()),
        "flash_bytes": profile.flash_bytes,
        "arena_bytes": profile.arena_bytes,
        "macs": profile.macs,
    }
    return found if profile.latency_ms is None else {**found, "latency_ms": profile.latency_ms}


class ExactFigures:
    """Figures of a network's present weights, and where they are logged.

    Parameters
    ----------
    run : wandb.Run or None
        None logs them to the running trial of `edgetwin sweep`, if there is one.
    calibration : array_like
        As for `edgetwin.quantize`.
    validation : (x, labels)
        As for `edgetwin.evaluate`.
    target : str or None
    every : int, >= 1
        Epochs from one evaluation to the next.
    options : dict
        Of `edgetwin.quantize`.

    Attributes
    ----------
    history : list of dict
        The figures of each evaluation.
    model : Model or None
        The quantized model of the last one.
    """

    def __init__(
        self, run: Any, calibration: Any, validation: Any, target: str | None, every: int, options: Mapping[str, Any]
    ) -> None:
        self._run, self._calibration, self._validation, self._target = run, calibration, validation, target
        if run is not None and not callable(getattr(run, "log", None)):
            raise DataError(f"run: {type(run).__name__}, accepted is what wandb.init() gave, or None")
        if "inputs" in options or "outputs" in options:
            raise DataError("inputs, outputs: exact figures are of codes at both ends")
        self._every, self._options = whole_number(every, "every", 1), dict(options)
        self.history: list[dict[str, float | int]] = []
        self.model: Model | None = None

    def due(self, epoch: int) -> bool:
        """Whether an epoch, counted from 0, is evaluated."""
        return (epoch + 1) % self._every == 0

    def log(self, model: Model, epoch: int, logs: Mapping[str, Any]) -> dict[str, float | int]:
        """Evaluate a model and log its figures with those of training.

        Parameters
        ----------
        model : Model
            Of the epoch's weights: float32, or quantized already by quantization-aware training.
        epoch : int
        logs : mapping of str to number

        Returns
        -------
        dict of str to number
            ``float32_...`` and ``int8_...`` of the metrics, and `costs` of the quantized model.
        """
        figures: dict[str, float | int] = {}
        if model.inputs[0].dtype.kind == "f":
            figures |= self._metrics("float32", model)
            model = quantize(model, self._calibration, **self._options)
        figures |= self._metrics(model.inputs[0].dtype.name, model) | costs(model, self._target)
        self.history.append(figures)
        self.model = model
        entry = {"epoch": epoch, **logs, **figures}
        if self._run is None:
            log_to_sweep(entry)
        else:
            self._run.log(entry)
        return figures

    def _metrics(self, prefix: str, model: Model) -> dict[str, float | int]:
        found = evaluate(model, self._validation, resamples=0).result
        names = _AGREEMENT if isinstance(found, Agreement) else _CLASSIFICATION
        return {f"{prefix}_{name}": float(getattr(found, name)) for name in names}
