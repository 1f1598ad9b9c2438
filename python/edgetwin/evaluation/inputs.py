"""Samples of a file or of arrays as what a model takes."""

from __future__ import annotations

import numpy as np

from ..data import Samples
from ..errors import DataError
from ..model import Model
from ..quantize_values import quantize_array
from ..types import Array, TensorSpec

__all__ = ["sample_codes"]


def _fit(array: Array, shape: tuple[int, ...], what: str, notes: list[str]) -> Array:
    """Return `array` as (n, *shape); samples of another shape with as many elements are reshaped, which is noted."""
    size = int(np.prod(shape))
    if array.ndim >= 1 and array.shape[1:] == shape:
        return array
    if array.ndim >= 1 and len(array) and array[0].size == size:
        notes.append(f"{what}: samples of shape {array.shape[1:]} taken as {shape}")
        return array.reshape(len(array), *shape)
    if array.size == size:
        notes.append(f"{what}: one sample of shape {array.shape} taken as {shape}")
        return array.reshape(1, *shape)
    raise DataError(f"{what}: shape {array.shape}, the model takes samples of shape {shape}")


def _codes(samples: Samples, source: TensorSpec, notes: list[str]) -> Array:
    """Return one file's inputs as (n, *shape) of the dtype that the model takes."""
    what = f"{samples.path.name}: inputs"
    codes, real = samples.codes, samples.real
    if codes is not None and (real is None or codes.dtype == source.dtype or source.dtype.kind == "i"):
        if codes.dtype != source.dtype:
            raise DataError(
                f"{what} are {codes.dtype}, accepted are {source.dtype}, or real values as float32 or float64"
            )
        return _some(_fit(codes, source.shape, what, notes), what)
    real = _some(_fit(np.asarray(real), source.shape, what, notes), what)
    if source.scale is None or source.zero_point is None:
        if source.dtype.kind != "f":
            raise DataError(f"{what} are {real.dtype}, accepted are {source.dtype}: the model gives them no scale")
        if np.isnan(real).any():
            raise DataError(f"{what} hold NaN")
        with np.errstate(over="ignore"):
            return real.astype(source.dtype)
    codes = quantize_array(real, source.scale, source.zero_point, source.dtype.name)
    limits = np.iinfo(source.dtype)
    low, high = (source.scale * (limit - source.zero_point) for limit in (limits.min - 0.5, limits.max + 0.5))
    outside = int(((real < low) | (real > high)).sum())
    if outside:
        notes.append(
            f"{what}: {outside} of {real.size} values lie outside {low:.4g} to {high:.4g}, which {source.dtype} holds, "
            f"and saturate"
        )
    return codes


def _some(array: Array, what: str) -> Array:
    if len(array) == 0:
        raise DataError(f"{what} hold no samples: shape {array.shape}")
    return array


def sample_codes(model: Model, samples: Samples) -> tuple[Array, list[str]]:
    """Return one file's samples as what `Model.run` takes, real values quantized.

    Parameters
    ----------
    model : Model
        With one input.
    samples : Samples

    Returns
    -------
    codes : ndarray, shape (n, *input shape), the input's dtype
    notes : list of str
        What was reshaped or saturated.

    Raises
    ------
    DataError : samples that do not fit the model, or a model with several inputs
    QuantizationError : NaN among the inputs
    """
    if len(model.inputs) != 1:
        raise DataError(f"the model has {len(model.inputs)} inputs, accepted is 1")
    notes: list[str] = []
    return np.ascontiguousarray(_codes(samples, model.inputs[0], notes)), notes
