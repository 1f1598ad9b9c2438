"""What flows through a model, in real numbers, by tensor name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..model import Model
from ..quantize_values import dequantize_array, quantize_array
from ..types import Array, Quantization

__all__ = ["dequantized", "observed"]


def dequantized(codes: Array, quantization: Quantization) -> Array:
    """Return the float32 numbers that codes stand for, per-tensor or per-channel.

    Parameters
    ----------
    codes : ndarray of integers
    quantization : Quantization

    Returns
    -------
    ndarray of float32, the shape of `codes`
    """
    form = [1] * codes.ndim
    if quantization.scale.size > 1:
        form[quantization.quantized_dimension] = -1
    scale, zero_point = quantization.scale.astype(np.float64).reshape(form), quantization.zero_point.reshape(form)
    real: Array = np.asarray((codes.astype(np.float64) - zero_point) * scale).astype(np.float32).reshape(codes.shape)
    return real


def observed(model: Model, samples: Mapping[str, Array]) -> dict[str, Array]:
    """Return a model's inputs and the outputs of its operators, codes as real numbers.

    Parameters
    ----------
    model : Model
        Float32, or with codes.
    samples : mapping of str to ndarray of float32
        By the inputs' names, (n, *shape).

    Returns
    -------
    dict of str to ndarray
        By tensor name, where that is unique.
    """
    values: dict[str, Array] = {}
    given = []
    for spec in model.inputs:
        array = samples[spec.name]
        if spec.scale is not None and spec.zero_point is not None:
            array = quantize_array(array, spec.scale, spec.zero_point, spec.dtype.name)
            values[spec.name] = dequantize_array(array, spec.scale, spec.zero_point)
        else:
            values[spec.name] = array
        given.append(array)
    quantizations = {tensor.name: tensor.quantization for tensor in model.graph.tensors}
    for name, array in model.trace(*given).by_name.items():
        quantization = quantizations[name]
        coded = quantization is not None and array.dtype.kind == "i"
        values[name] = dequantized(array, quantization) if coded and quantization is not None else array
    return values
