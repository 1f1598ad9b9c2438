"""Arguments that all kernels with weights share: scales, bias, zero points, the clamp; the dtype of x chooses them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..types import Array
from ._checks import CODES, array, clamp_of, codes_of, optional, rounding_of, run, scales, zero_point_of

__all__ = ["Form", "activations", "form_of", "weighted"]

_MOST_LEFT = {"int32": 30, "int64": 14}


def activations(value: Any, name: str, shape: Sequence[int | str]) -> Array:
    """Return int8 or int16 codes of a shape; sizes, or names where any size is accepted."""
    codes = codes_of(value, name, accepted=CODES)
    return array(codes, name, codes.dtype.name, shape)


@dataclass(frozen=True)
class Form:
    """One form of a kernel: the dtypes of the activations and of the sums."""

    dtype: str
    sums: str

    @property
    def most_left(self) -> int:
        """The largest left shift."""
        return _MOST_LEFT[self.sums]

    def kernel(self, name: str) -> str:
        """Return the device core's name."""
        if self.dtype == "int8":
            return f"{name}_s8"
        return f"{name}_s16" if self.sums == "int64" else f"{name}_s16_sum32"


def form_of(x: Array, bias: Any, sums: Sequence[str]) -> Form:
    """Return the form for the dtype of `x` and, with int16, that of the bias: without one, the first of `sums`."""
    if x.dtype == np.int8:
        return Form("int8", "int32")
    if bias is None or not isinstance(bias, np.ndarray) or bias.dtype == np.dtype(sums[0]):
        return Form("int16", sums[0])
    if bias.dtype.name not in sums:
        raise ShapeError(f"bias: dtype {bias.dtype}, accepted is {' or '.join(sums)}")
    return Form("int16", bias.dtype.name)


def weighted(
    name: str,
    x: Array,
    weights: Array,
    bias: Any,
    params: Mapping[str, int],
    *,
    shape: Sequence[int],
    multiplier: Any,
    shift: Any,
    input_zero_point: Any,
    output_zero_point: Any,
    activation_min: Any,
    activation_max: Any,
    rounding: Any,
    sums: Sequence[str] = ("int64",),
) -> Array:
    """Check what kernels with one output channel a row of weights share, and run the one for the dtype of `x`.

    Parameters
    ----------
    name : str
        The operator.
    x, weights : ndarray
        Checked.
    params : mapping
        The operator's own parameters, checked.
    shape : sequence of int
        Of the result, channels last.
    sums : sequence of str
        What sums of int16 codes the operator has: the bias says which.
    bias, multiplier, shift, input_zero_point, output_zero_point, activation_min, activation_max, rounding
        As the public kernels take them.

    Returns
    -------
    ndarray of the dtype of `x`
    """
    form, channels = form_of(x, bias, sums), shape[-1]
    shared = {
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point", form.dtype),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point", form.dtype),
        **clamp_of(activation_min, activation_max, form.dtype),
        "rounding": rounding_of(rounding),
    }
    constants = {
        "weights": weights,
        "bias": optional(bias, "bias", form.sums, (channels,)),
        **scales(multiplier, shift, channels, form.most_left),
    }
    return run(form.kernel(name), {**params, **shared}, [x], constants, shape=shape, dtype=form.dtype)
