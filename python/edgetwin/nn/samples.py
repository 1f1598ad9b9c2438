"""Samples, labels and weights that training takes, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import contiguous, real_array
from ..errors import DataError, ShapeError
from ..types import Array
from .layers import number
from .losses import Loss
from .stack import Stack

__all__ = ["Samples", "checked_inputs", "checked_samples", "split_samples", "training_sets"]


@dataclass(frozen=True)
class Samples:
    """Samples with what they should give.

    Attributes
    ----------
    x : ndarray of float32, (n, *input shape)
    y : ndarray of int64 (n,) or float32 (n, *output shape)
    weights : ndarray of float32 (n,) or None
        What each sample's loss is multiplied by.
    """

    x: Array
    y: Array
    weights: Array | None

    def __len__(self) -> int:
        return len(self.x)


def checked_inputs(x: Any, shape: tuple[int, ...], what: str) -> Array:
    """Return samples as a C-contiguous float32 array (n, *shape), n >= 1.

    Raises
    ------
    DataError : not real numbers, no samples, NaN or infinity, naming the first such sample
    ShapeError : another shape than the network's input
    """
    array = contiguous(real_array(x, what), what)
    if array.shape[1:] != shape or array.ndim < 1:
        raise ShapeError(f"{what}: shape {array.shape}, accepted is {('n', *shape)}".replace("'", ""))
    if not len(array):
        raise DataError(f"{what}: no samples")
    with np.errstate(over="ignore"):  # beyond float32 is infinity, which is refused
        real = np.ascontiguousarray(array, np.float32)
    bad = np.flatnonzero(~np.isfinite(real.reshape(len(real), -1)).all(1))
    if bad.size:
        raise DataError(f"{what}: NaN or infinity in {bad.size} of {len(real)} samples, the first is {bad[0]}")
    return real


def checked_samples(
    x: Any, y: Any, stack: Stack, loss: Loss, *, sample_weight: Any = None, class_weight: Any = None, prefix: str = ""
) -> Samples:
    """Return samples for training or validation.

    Parameters
    ----------
    x, y : array_like
    stack : Stack
    loss : Loss
    sample_weight : array_like (n,), optional
    class_weight : mapping of class to weight or "balanced", optional
        Classes that it leaves out have weight 1; "balanced": n / (classes * samples of the class).
    prefix : str
        Before names, in messages.

    Raises
    ------
    DataError, ShapeError : naming the array and what is accepted
    """
    inputs = checked_inputs(x, stack.input_shape, f"{prefix}x")
    labels = loss.labels(y, stack, f"{prefix}y")
    if len(labels) != len(inputs):
        raise ShapeError(f"{prefix}x has {len(inputs)} samples, {prefix}y {len(labels)}")
    weights = _sample_weights(sample_weight, len(inputs), f"{prefix}sample_weight")
    if class_weight is not None:
        by_class = _class_weights(class_weight, labels, stack, loss)[labels]
        weights = by_class if weights is None else weights * by_class
    if weights is not None and not weights.any():
        raise DataError(f"{prefix}sample_weight and class_weight: all samples have weight 0")
    return Samples(inputs, labels, None if weights is None else weights.astype(np.float32))


def split_samples(samples: Samples, fraction: Any) -> tuple[Samples, Samples]:
    """Return the first samples and the last ones, of which there is this fraction, as Keras splits.

    Raises
    ------
    DataError : a fraction that leaves either empty
    """
    part = number(fraction, "validation_split", 0, 1, above=True, below=True)
    at = int(len(samples) * (1 - part))
    if not 0 < at < len(samples):
        raise DataError(f"validation_split: {fraction} of {len(samples)} samples leaves none to train or to validate")
    parts = (slice(None, at), slice(at, None))
    first, last = (
        Samples(samples.x[s], samples.y[s], None if samples.weights is None else samples.weights[s]) for s in parts
    )
    return first, last


def training_sets(
    x: Any,
    y: Any,
    stack: Stack,
    loss: Loss,
    *,
    sample_weight: Any,
    class_weight: Any,
    validation_data: Any,
    validation_split: Any,
) -> tuple[Samples, Samples | None]:
    """Return samples to train on and to validate on, as `Sequential.fit` takes them.

    Raises
    ------
    DataError, ShapeError : naming the array and what is accepted
    """
    samples = checked_samples(x, y, stack, loss, sample_weight=sample_weight, class_weight=class_weight)
    if validation_data is None:
        return (samples, None) if validation_split is None else split_samples(samples, validation_split)
    if validation_split is not None:
        raise DataError("validation_data and validation_split: give one of them")
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise DataError("validation_data: accepted are (x, y) and (x, y, sample_weight)")
    weight = validation_data[2] if len(validation_data) == 3 else None
    inputs, labels = validation_data[:2]
    validation = checked_samples(inputs, labels, stack, loss, sample_weight=weight, prefix="validation ")
    return samples, validation


def _sample_weights(values: Any, count: int, what: str) -> Array | None:
    if values is None:
        return None
    weights = real_array(values, what)
    if weights.shape != (count,):
        raise ShapeError(f"{what}: shape {weights.shape}, accepted is one weight a sample: ({count},)")
    with np.errstate(over="ignore"):
        weights = weights.astype(np.float32)
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if bad.size:
        raise DataError(f"{what}: {weights[bad[0]]} at sample {bad[0]}, accepted are finite numbers >= 0")
    return weights


def _class_weights(values: Any, labels: Array, stack: Stack, loss: Loss) -> Array:
    if loss.name != "cross_entropy":
        raise DataError(f"class_weight: the loss is {loss.name!r}, classes have weights with 'cross_entropy'")
    classes = stack.output_shape[0]
    if isinstance(values, str) and values == "balanced":
        counts = np.bincount(labels, minlength=classes)
        missing = np.flatnonzero(counts == 0)
        if missing.size:
            raise DataError(f"class_weight 'balanced': no samples of class {', '.join(map(str, missing[:5]))}")
        return np.asarray(len(labels) / (classes * counts))
    if not isinstance(values, Mapping):
        raise DataError(f"class_weight: {values!r}, accepted are 'balanced' and a mapping of class to weight")
    weights = np.ones(classes)
    for key, value in values.items():
        if isinstance(key, bool) or not isinstance(key, (int, np.integer)) or not 0 <= key < classes:
            raise DataError(f"class_weight: class {key!r}, accepted are 0 to {classes - 1}")
        weights[int(key)] = number(value, f"class_weight[{key}]", 0, 1e6)
    return weights
