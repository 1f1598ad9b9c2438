"""What calibrates a model: windows as arrays, one after another, or with names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from ..arrays import real_array
from ..errors import DataError
from ..model import Model
from ..types import Array, TensorSpec

__all__ = ["batches", "checked_samples", "float_model"]

#: Samples that run at a time: enough to keep threads busy, little memory for their activations.
_BATCH = 64


def float_model(model: Any) -> Model:
    """Return what `et.quantize` takes as a float32 model.

    Parameters
    ----------
    model : Model, or an object with ``to_model()`` that makes one

    Returns
    -------
    Model

    Raises
    ------
    DataError : anything else, or a model without a float32 input
    """
    if not isinstance(model, Model) and callable(getattr(model, "to_model", None)):
        model = model.to_model()
    if not isinstance(model, Model):
        raise DataError(f"model: {type(model).__name__}, accepted is a Model, or an object with to_model()")
    weighted = [tensor for tensor in model.graph.tensors if tensor.quantization is not None]
    if weighted or not any(spec.dtype == np.float32 for spec in model.inputs):
        dtypes = ", ".join(sorted({spec.dtype.name for spec in model.inputs}))
        raise DataError(f"model: inputs of {dtypes}, quantized already; accepted is a float32 model")
    return model


def checked_samples(model: Model, samples: Any, what: str) -> list[Array]:
    """Return samples as one array an input, in the model's order.

    Parameters
    ----------
    model : Model
        Float32, or with codes.
    samples : array_like, Samples or Strides, mapping, or iterable
        (n, *input shape); what a file or a pipeline gave (its ``real`` or ``windows``); for several inputs a mapping of
        name to array; or an iterable of any number of such arrays or of single windows.
    what : str
        For messages.

    Returns
    -------
    list of ndarray, shapes (n, *spec.shape)

    Raises
    ------
    DataError : nothing, other shapes, no real numbers, NaN or infinity
    """
    specs = model.inputs
    if isinstance(samples, Mapping):
        parts = [_by_name(specs, samples, what)]
    elif not isinstance(samples, (np.ndarray, list, tuple)) and hasattr(samples, "__array__"):
        parts = [_one(specs, np.asarray(samples), what)]
    elif (held := _held(samples)) is not None:
        parts = [_one(specs, held, what)]
    elif isinstance(samples, (np.ndarray, list)):
        parts = [_one(specs, samples, what)]
    elif isinstance(samples, tuple) and len(specs) > 1:
        parts = [_several(specs, samples, what)]
    elif isinstance(samples, Iterable) and not isinstance(samples, (str, bytes)):
        parts = [_part(specs, part, f"{what}, part {number}") for number, part in enumerate(samples)]
    else:
        raise DataError(
            f"{what}: {type(samples).__name__}, accepted are arrays, mappings of names to arrays, iterables"
        )
    if not parts or not sum(len(part[0]) for part in parts):
        raise DataError(f"{what}: no samples, accepted is at least one")
    return [np.concatenate([part[i] for part in parts]) for i in range(len(specs))]


def _held(samples: Any) -> Array | None:
    """Return the array that a file's samples or a pipeline's strides hold."""
    for name in ("real", "windows"):
        held = getattr(samples, name, None)
        if isinstance(held, np.ndarray):
            return held
    return None


def _part(specs: tuple[TensorSpec, ...], part: Any, what: str) -> list[Array]:
    if isinstance(part, Mapping):
        return _by_name(specs, part, what)
    if isinstance(part, tuple) and len(specs) > 1:
        return _several(specs, part, what)
    return _one(specs, part, what)


def _one(specs: tuple[TensorSpec, ...], values: Any, what: str) -> list[Array]:
    if len(specs) != 1:
        names = ", ".join(spec.name for spec in specs)
        raise DataError(f"{what}: one array, the model has {len(specs)} inputs: accepted is a mapping of {names}")
    return [_fitted(specs[0], values, what)]


def _several(specs: tuple[TensorSpec, ...], values: tuple[Any, ...], what: str) -> list[Array]:
    if len(values) != len(specs):
        raise DataError(f"{what}: {len(values)} arrays, the model has {len(specs)} inputs")
    return _same_length([_fitted(spec, value, what) for spec, value in zip(specs, values, strict=True)], what)


def _by_name(specs: tuple[TensorSpec, ...], values: Mapping[Any, Any], what: str) -> list[Array]:
    names = [spec.name for spec in specs]
    if set(values) != set(names):
        raise DataError(f"{what}: names {sorted(map(str, values))}, accepted are {names}")
    return _same_length([_fitted(spec, values[spec.name], f"{what}, {spec.name!r}") for spec in specs], what)


def _same_length(arrays: list[Array], what: str) -> list[Array]:
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise DataError(f"{what}: inputs with {', '.join(map(str, lengths))} samples, accepted are as many in each")
    return arrays


def _fitted(spec: TensorSpec, values: Any, what: str) -> Array:
    array = real_array(values, what)
    if array.shape == spec.shape:
        array = array[None]
    if array.shape[1:] != spec.shape:
        accepted = ", ".join(map(str, ("n", *spec.shape)))
        raise DataError(f"{what}: shape {array.shape}, accepted is ({accepted}) for input {spec.name!r}")
    with np.errstate(over="ignore"):
        # Of codes with a scale, samples are the real numbers.
        array = array.astype(spec.dtype if spec.scale is None else np.float32)
    if not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise DataError(f"{what}: {count} of {array.size} values are NaN or infinite, accepted are finite ones")
    return array


def batches(arrays: list[Array]) -> Iterator[list[Array]]:
    """Yield samples a few at a time.

    Parameters
    ----------
    arrays : list of ndarray, shapes (n, ...)

    Yields
    ------
    list of ndarray
    """
    for start in range(0, len(arrays[0]), _BATCH):
        yield [array[start : start + _BATCH] for array in arrays]
