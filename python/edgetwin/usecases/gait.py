"""Stride length from one stride of a foot-worn sensor: the network of ML@E2dge, trained here."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number
from ..errors import DataError
from ..nn import AdamW, Callback, Conv1D, CosineDecay, Dense, Dropout, EarlyStopping, Flatten, MaxPool1D, Sequential
from ..signal import simulate_strides
from .scaling import fold_input, fold_output

__all__ = ["ACCELEROMETER_RANGE_G", "StrideSet", "simulated_strides", "stride_network", "train_strides"]

WINDOW, CHANNELS = 108, 6
#: What 1 stands for in the accelerometer's channels here. All six channels share the 256 codes of an int8 input: with
#: ML@E2dge's 16 g the accelerometer gets a fifth of them, and rounding it is 3/4 of what int8 costs.
ACCELEROMETER_RANGE_G = 2.0
#: That of `signal.simulate_strides`.
_SIMULATED_RANGE_G = 16.0


@dataclass(frozen=True, eq=False)
class StrideSet:
    """Labelled strides.

    Attributes
    ----------
    windows : ndarray of float32, shape (n, 108, 6)
    label_cm : ndarray of float32, shape (n,)
    subjects : ndarray of str, shape (n,)
        Whose, or of which recording, each is.
    """

    windows: NDArray[np.float32]
    label_cm: NDArray[np.float32]
    subjects: NDArray[Any]

    def __len__(self) -> int:
        return len(self.label_cm)

    @property
    def flat(self) -> NDArray[np.float32]:
        """Windows as rows, (n, 648), time-major."""
        return self.windows.reshape(len(self), -1)

    def take(self, rows: Any) -> StrideSet:
        """Return some of the strides, by index or mask."""
        return StrideSet(self.windows[rows], self.label_cm[rows], self.subjects[rows])

    @staticmethod
    def joined(parts: Sequence[StrideSet]) -> StrideSet:
        """Return all strides of several sets.

        Raises
        ------
        DataError : no sets
        """
        if not parts:
            raise DataError("no strides, accepted is one set or more")
        return StrideSet(*(np.concatenate([getattr(p, k) for p in parts]) for k in ("windows", "label_cm", "subjects")))


def simulated_strides(people: Iterable[int], *, accelerometer_range_g: float = ACCELEROMETER_RANGE_G) -> StrideSet:
    """Return strides of simulated people, a walk each. These are no measurements.

    Parameters
    ----------
    people : iterable of int, >= 0
        As in `signal.simulate_strides`.
    accelerometer_range_g : float, > 0
        As in `signal.GaitPipeline`.

    Returns
    -------
    StrideSet
        Subjects are named "P0000" and on.

    Raises
    ------
    DataError : no people, or seeds out of range
    """
    parts = []
    gain = np.float32(_SIMULATED_RANGE_G / positive_number(accelerometer_range_g, "accelerometer_range_g"))
    for person in people:
        windows, label_cm = simulate_strides([person])
        windows[:, :, 3:] *= gain
        parts.append(StrideSet(windows, label_cm, np.full(len(label_cm), f"P{person:04d}")))
    return StrideSet.joined(parts)


def stride_network(
    filters: Sequence[int] = (32, 16, 32),
    kernels: Sequence[int] = (5, 5, 15),
    dense: int = 128,
    *,
    dropout: float = 0.0,
    seed: int = 0,
) -> Sequential:
    """Return ML@E2dge's network, (108, 6) -> (1,): three convolutions over time with pools, two dense layers.

    Parameters
    ----------
    filters, kernels : sequence of three int
        By default those of the published model: 506,752 multiply-accumulates.
    dense : int
        Units of the layer before the last.
    dropout : float in [0, 1)
        Before each dense layer, in training only.
    seed : int
        Of the first weights.

    Returns
    -------
    Sequential

    Raises
    ------
    DataError : other numbers of filters and kernels
    """
    if len(filters) != len(kernels) or not filters:
        raise DataError(f"filters {filters!r} and kernels {kernels!r}, accepted is a kernel for each")
    layers: list[Any] = []
    for width, kernel in zip(filters, kernels, strict=True):
        layers += [Conv1D(width, kernel, padding="same", activation="relu"), MaxPool1D(2, padding="same")]
    drop = [Dropout(dropout)] if dropout else []
    layers += [Flatten(), *drop, Dense(dense, activation="relu"), *drop, Dense(1)]
    return Sequential(layers, input_shape=(WINDOW, CHANNELS), seed=seed)


def train_strides(
    network: Sequential,
    strides: StrideSet,
    validation: StrideSet | None = None,
    *,
    epochs: int = 20,
    learning_rate: float = 2e-3,
    weight_decay: float = 1e-2,
    patience: int | None = None,
    callbacks: Sequence[Callback | Callable[[int, Mapping[str, float]], Any]] = (),
    seed: int = 0,
    verbose: Any = 0,
) -> Any:
    """Train a network on raw windows and centimetres.

    Within training, windows have unit mean square and labels mean 0 and deviation 1; the finished weights hold both
    scales, so that the network takes what `GaitPipeline` gives and answers in cm. Channels keep their sizes: those
    that come to few codes of an int8 input count little in training, too.

    Parameters
    ----------
    network : Sequential
        From `stride_network`, not trained yet.
    strides : StrideSet
    validation : StrideSet, optional
        Of other subjects; the weights of the epoch that is best on them are kept.
    epochs : int
    learning_rate, weight_decay : float
        Of AdamW; the rate falls to 0 along half a cosine. Batches are of 64.
    patience : int, optional
        Epochs without a better validation after which training ends.
    callbacks : sequence of nn.Callback or function (epoch, logs)
        The `net` of a Callback is a copy of the network as it would be finished: of raw windows and centimetres.
    seed : int
        Of shuffling and dropout.
    verbose
        As in `Sequential.fit`.

    Returns
    -------
    History

    Raises
    ------
    DataError, TrainingError : as in `Sequential.fit`; labels that are all the same
    """
    mean, deviation = float(strides.label_cm.mean()), float(strides.label_cm.std())
    if not deviation > 0:
        raise DataError(f"{len(strides)} strides, all of {mean:g} cm, accepted are labels that differ")
    # No mean is taken off: zeros behind a stride stay zeros, which the first layer pads with.
    scale = float(np.sqrt((strides.windows.astype(np.float64) ** 2).mean())) + 1e-9

    def scaled(part: StrideSet) -> tuple[Any, Any]:
        return (part.windows / scale).astype(np.float32), (part.label_cm - mean) / deviation

    x, y = scaled(strides)

    def finish(trained: Sequential) -> None:
        fold_input(trained, np.zeros(CHANNELS), np.full(CHANNELS, scale))
        fold_output(trained, mean, deviation)

    history = network.fit(
        x, y, epochs=epochs, batch_size=64, optimizer=AdamW(learning_rate, weight_decay=weight_decay),
        schedule=CosineDecay(), validation_data=None if validation is None else scaled(validation),
        early_stopping=None if validation is None else EarlyStopping(patience or epochs), seed=seed, verbose=verbose,
        callbacks=[_OfFinished(each, finish) if isinstance(each, Callback) else each for each in callbacks],
    )  # fmt: skip
    finish(network)
    return history


class _OfFinished(Callback):
    """Another callback, which sees the network with its scales in the weights."""

    def __init__(self, inner: Callback, finish: Callable[[Sequential], None]) -> None:
        self._inner, self._finish = inner, finish

    def on_train_begin(self) -> None:
        self._look()
        self._inner.on_train_begin()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        self._look()
        self._inner.on_epoch_end(epoch, logs)
        self.stop_training = self._inner.stop_training

    def on_train_end(self, logs: Mapping[str, float]) -> None:
        self._look()
        self._inner.on_train_end(logs)

    def _look(self) -> None:
        self._inner.net = copy.deepcopy(self.net)
        self._finish(self._inner.net)
