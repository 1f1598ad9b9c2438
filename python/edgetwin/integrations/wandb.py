"""Weights & Biases: models as artifacts, and exact int8 metrics beside float32's after every epoch.

The client is imported where it is used; figures can be logged without it to a trial of `edgetwin sweep`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .. import nn
from ..convert.frameworks import model_of, require
from ..convert.keras import from_keras
from ..convert.torch import TracedModule
from ..errors import IntegrationError, MissingExtraError, ShapeError, UnsupportedError
from ..model import Model
from .exact_figures import ExactFigures, costs
from .sweep import save_model
from .sweep.script import flat_numbers

__all__ = ["Callback", "TorchCallback", "client", "keras_callback", "log_model"]

MODEL_FILE, PROFILE_FILE, METRICS_FILE = "model.tflite", "profile.json", "metrics.json"


def client() -> ModuleType:
    """Return the module ``wandb``.

    Raises
    ------
    MissingExtraError : it is not installed
    """
    try:
        import wandb
    except ImportError as error:
        raise MissingExtraError('W&B\'s client is not installed: pip install "edgetwin[wandb]"') from error
    found: ModuleType = wandb
    return found


def log_model(
    run: Any,
    model: Model,
    *,
    name: str = "model",
    metrics: Mapping[str, Any] | None = None,
    target: str | None = None,
    aliases: Sequence[str] = (),
) -> Any:
    """Log a model as an artifact of a run: the `.tflite` that a board takes, its profile and its metrics.

    In a trial of `edgetwin sweep` it is also the model that the trial keeps, see `sweep.save_model`.

    Parameters
    ----------
    run : wandb.Run
        What ``wandb.init()`` gave, online or offline.
    model : Model
    name : str
        Of the artifact: letters, digits, "-", "_" and ".".
    metrics : mapping of str to number, optional
        Nested ones are joined with ``.``; what is no finite number is left out.
    target : str, optional
        As for `Model.profile`: adds an estimate of the latency.
    aliases : sequence of str
        Of the artifact's version, beside W&B's "latest".

    Returns
    -------
    wandb.Artifact
        Of type "model": ``model.tflite``, ``profile.json`` and ``metrics.json``. Metrics and costs (``tflite_bytes``,
        ``flash_bytes``, ``arena_bytes``, ``macs``, ``latency_ms``) are its metadata and go to the run's summary.

    Raises
    ------
    IntegrationError : no run, or a name that W&B does not take
    DataError : a target that is not known
    MissingExtraError : W&B's client is not installed
    """
    wandb = client()
    if not callable(getattr(run, "log_artifact", None)):
        raise IntegrationError(f"run: {type(run).__name__}, accepted is what wandb.init() gave")
    figures = {**flat_numbers(metrics or {}), **costs(model, target)}
    try:
        artifact = wandb.Artifact(name, type="model", metadata={**figures, "model": model.hash})
    except ValueError as error:
        raise IntegrationError(f"name: W&B takes no artifact {name!r}: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder)
        model.save(files / MODEL_FILE)
        for file, content in ((PROFILE_FILE, model.profile(target).as_dict()), (METRICS_FILE, figures)):
            (files / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        # Copied here and now: the folder is gone before a run that is offline ends.
        artifact.add_dir(folder, policy="mutable")
        run.log_artifact(artifact, aliases=list(aliases))
    run.summary.update(figures)
    save_model(model)
    return artifact


class Callback(nn.Callback):
    """Logs figures of training, exact int8 metrics beside float32's, and costs, after each epoch of `edgetwin.nn`.

    The present weights are quantized after training (`edgetwin.quantize`) and evaluated by the exact kernels, which
    takes milliseconds; quantization-aware networks are evaluated as they are.

    Parameters
    ----------
    run : wandb.Run or None
        None logs to the running trial of `edgetwin sweep` alone, if there is one.
    calibration : array_like
        Windows as the network takes them, see `edgetwin.quantize`.
    validation : (x, labels)
        See `edgetwin.evaluate`. One output gives ``mse``, ``rmse``, ``bias``, ``sd`` and ``mdc`` in the labels' unit,
        several give ``accuracy`` and ``f1_macro``; names begin with ``float32_`` and ``int8_``.
    target : str, optional
        As for `Model.profile`: adds ``latency_ms``, an estimate, to ``tflite_bytes``, ``flash_bytes``, ``arena_bytes``
        and ``macs``.
    every : int, >= 1
        Epochs from one evaluation to the next.
    **options
        Of `edgetwin.quantize`: ``method``, ``weights``, ``activations`` ...

    Attributes
    ----------
    figures : ExactFigures
        Its ``history`` and last ``model``.

    Raises
    ------
    DataError : a run that is none, or options that are not accepted

    Examples
    --------
    >>> callback = et.integrations.wandb.Callback(run, x[:200], (x_test, y_test), target="cortex-m4f@80:cmsis-nn")
    >>> network.fit(x, y, epochs=20, callbacks=[callback])
    """

    def __init__(
        self, run: Any, calibration: Any, validation: Any, *, target: str | None = None, every: int = 1, **options: Any
    ) -> None:
        self.figures = ExactFigures(run, calibration, validation, target, every, options)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Evaluate and log."""
        if self.figures.due(epoch):
            self.figures.log(self.net.to_model(), epoch, logs)


def keras_callback(
    run: Any, calibration: Any, validation: Any, *, target: str | None = None, every: int = 1, **options: Any
) -> Any:
    """Return the same as `Callback` for ``fit`` of Keras 3.

    The figures also join Keras' own, so that its other callbacks can watch them: ``ModelCheckpoint(...,
    monitor="int8_mdc")`` behind it in the list.

    Parameters
    ----------
    run, calibration, validation, target, every, **options
        As for `Callback`.

    Returns
    -------
    keras.callbacks.Callback

    Raises
    ------
    DataError : a run that is none, or options that are not accepted
    MissingExtraError : Keras is not installed
    """
    require("keras")
    from .wandb_keras import KerasCallback

    return KerasCallback(ExactFigures(run, calibration, validation, target, every, options), _keras_model)


def _keras_model(network: Any) -> Model:
    """Return a Keras network's model; quantization-aware ones make their own."""
    model: Model = network.to_model() if callable(getattr(network, "to_model", None)) else from_keras(network)
    return model


class TorchCallback:
    """The same as `Callback` for loops of PyTorch: call it after each epoch.

    Parameters
    ----------
    run, target, every, **options
        As for `Callback`.
    network, example_input
        As for `edgetwin.from_torch`, or what `convert.torch.quantization_aware` made of it. It is traced once, here.
    calibration : torch.Tensor or ndarray of float32
        Samples as the network takes them, channels first.
    validation : (x, labels)
        x likewise; labels as for `edgetwin.evaluate`.

    Attributes
    ----------
    figures : ExactFigures
        Its ``history`` and last ``model``.

    Raises
    ------
    UnsupportedError, ShapeError : as for `edgetwin.from_torch`
    DataError : a run that is none, or options that are not accepted
    MissingExtraError : PyTorch is not installed

    Examples
    --------
    >>> callback = et.integrations.wandb.TorchCallback(run, network, x[:1], x[:200], (x_test, y_test))
    >>> for epoch in range(20):
    ...     loss = train(network)
    ...     figures = callback(epoch, {"loss": loss})
    """

    def __init__(
        self,
        run: Any,
        network: Any,
        example_input: Any,
        calibration: Any,
        validation: Any,
        *,
        target: str | None = None,
        every: int = 1,
        **options: Any,
    ) -> None:
        self._network, self._aware = network, callable(getattr(network, "to_model", None))
        self._traced = TracedModule(network.module if self._aware else network, example_input)
        inputs = self._traced.program.graph_signature.user_inputs
        if len(inputs) != 1:
            raise UnsupportedError(f"TorchCallback: a network of {len(inputs)} inputs, accepted is one")
        self._input = inputs[0]
        x, *labels = validation
        self.figures = ExactFigures(
            run, self._arranged(calibration), (self._arranged(x), *map(_as_array, labels)), target, every, options
        )

    def __call__(self, epoch: int, logs: Mapping[str, float] | None = None) -> dict[str, float | int]:
        """Evaluate the present weights and log.

        Parameters
        ----------
        epoch : int
            Counted from 0.
        logs : mapping of str to number, optional
            Training's own figures, which are logged along.

        Returns
        -------
        dict of str to number
            The figures; none where this epoch is not evaluated.
        """
        if not self.figures.due(epoch):
            return {}
        if self._aware:
            return self.figures.log(self._network.to_model(), epoch, logs or {})
        model = model_of(self._traced.lower().graph, f"TorchCallback({type(self._network).__name__})")
        return self.figures.log(model, epoch, logs or {})

    def _arranged(self, samples: Any) -> Any:
        """Return samples in the model's layout, channels last."""
        array = _as_array(samples)
        value = self._traced.lower().values[self._input]
        if array.shape[1:] != value.shape[1:]:
            raise ShapeError(f"samples are {list(array.shape)}, the network takes {['n', *value.shape[1:]]}")
        return np.ascontiguousarray(np.transpose(array, value.axes))


def _as_array(values: Any) -> Any:
    return values.detach().cpu().numpy() if hasattr(values, "detach") else np.asarray(values)
