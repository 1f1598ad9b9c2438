"""What kernels of two operands that broadcast share: the arrays and their shape, scales to a common one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..types import MAX_RANK, Array
from ._checks import CODES, SUFFIXES, broadcast_shape, codes_of, integer, multiplier_of, run, zero_point_of

__all__ = ["Operands", "broadcast_params", "common_scale", "operands"]

_MOST_LEFT_SHIFT = {"int8": 22, "int16": 15}


@dataclass(frozen=True)
class Operands:
    """Checked operands of a kernel.

    Attributes
    ----------
    arrays : list of ndarray
    params : dict
        ``dim_0`` to ``dim_5``, ``x_broadcast``, ``y_broadcast``.
    shape : tuple of int
        The output's.
    dtype : str
        Of the first array; it chooses the kernel.
    """

    arrays: list[Array]
    params: dict[str, int]
    shape: tuple[int, ...]
    dtype: str

    def run(self, name: str, params: Mapping[str, int], dtype: str | None = None) -> Array:
        """Run the kernel of operator `name`; the output has the operands' dtype or `dtype`."""
        kernel = f"{name}_{SUFFIXES[self.dtype]}"
        return run(kernel, {**self.params, **params}, self.arrays, {}, shape=self.shape, dtype=dtype or self.dtype)


def operands(x: Any, y: Any, accepted: Sequence[str] = CODES) -> Operands:
    """Return two checked operands of one dtype."""
    x = codes_of(x, "x", MAX_RANK, accepted)
    y = codes_of(y, "y", MAX_RANK, (x.dtype.name,))
    params, shape = broadcast_params(x=x, y=y)
    return Operands([x, y], params, shape, x.dtype.name)


def broadcast_params(**arrays: Array) -> tuple[dict[str, int], tuple[int, ...]]:
    """Return ``dim_0`` to ``dim_5`` and ``<name>_broadcast``, and the shape that arrays of few axes broadcast to."""
    shape = broadcast_shape(**arrays)
    dims = (1,) * (MAX_RANK - len(shape)) + shape
    params = {f"dim_{i}": dim for i, dim in enumerate(dims)}
    for name, array in arrays.items():
        own = (1,) * (MAX_RANK - array.ndim) + array.shape
        params[f"{name}_broadcast"] = sum(1 << i for i in range(MAX_RANK) if own[i] != dims[i])
    return params, shape


def common_scale(left_shift: Any, *sides: tuple[str, Any, Any, Any, int], dtype: str = "int8") -> dict[str, int]:
    """Return the checked scales of (name, zero point, multiplier, shift, largest shift)."""
    params = {"left_shift": integer(left_shift, "left_shift", 0, _MOST_LEFT_SHIFT[dtype])}
    for name, zero_point, multiplier, shift, most in sides:
        params[f"{name}_zero_point"] = zero_point_of(zero_point, f"{name}_zero_point", dtype)
        params[f"{name}_multiplier"] = multiplier_of(multiplier, f"{name}_multiplier")
        params[f"{name}_shift"] = integer(shift, f"{name}_shift", -31, most)
    return params
