"""Value types that cross the walls between rooms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ARITHMETICS",
    "ARITHMETIC_VERSIONS",
    "INT32_MAX",
    "INT_RANGES",
    "MAX_RANK",
    "ROUNDINGS",
    "RUNTIMES",
    "SATURATIONS",
    "Array",
    "Quantization",
    "TensorSpec",
]

Array = NDArray[Any]

#: Dtypes that codes may have -> their smallest and largest code.
INT_RANGES: Mapping[str, tuple[int, int]] = {
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
    "int32": (-(2**31), 2**31 - 1),
}
INT32_MAX = INT_RANGES["int32"][1]
#: Axes that elementwise kernels of the device core take, as TFLite Micro's shapes hold no more.
MAX_RANK = 6
#: Name -> the device core's ``Rounding``.
ROUNDINGS: Mapping[str, int] = {"double": 0, "single": 1}
#: Name of an arithmetic -> the rounding of its convolutions and matrix products.
#: (What LiteRT's default delegate leaves to LiteRT's own kernels rounds twice, as TFLite Micro.)
ARITHMETICS: Mapping[str, int] = {
    "tflm": ROUNDINGS["double"],
    "single_rounding": ROUNDINGS["single"],
    "xnnpack": ROUNDINGS["double"],
}
#: Name of an arithmetic -> whose bytes it has: TFLite Micro's wheel of a day, CMSIS-NN's commit, LiteRT's wheel.
#: Changes with the first byte that changes.
ARITHMETIC_VERSIONS: Mapping[str, str] = {
    "tflm": "tflm@20261023",
    "single_rounding": "cmsis-nn@20260715",
    "xnnpack": "litert@2.3.0",
}
#: Installed runtimes that a model can be compared with.
RUNTIMES = ("tflm", "litert")
#: Name -> the device core's ``LstmSaturation`` and ``SoftmaxSaturation``.
SATURATIONS: Mapping[str, int] = {"tflm": 0, "cmsis_nn": 1}


@dataclass(frozen=True, eq=False)
class Quantization:
    """Affine quantization, ``real = scale * (q - zero_point)``.

    Attributes
    ----------
    scale : ndarray of float32, shape (1,) per-tensor or (channels,) per-channel
    zero_point : ndarray of int64, same shape as `scale`
    quantized_dimension : int
        Axis of the tensor that `scale` runs along; 0 for per-tensor.
    """

    scale: NDArray[np.float32]
    zero_point: NDArray[np.int64]
    quantized_dimension: int = 0

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Quantization)
            and self.quantized_dimension == other.quantized_dimension
            and np.array_equal(self.scale, other.scale)
            and np.array_equal(self.zero_point, other.zero_point)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class TensorSpec:
    """What one input or output of a model is.

    Attributes
    ----------
    name : str
    shape : tuple of int
        Without the batch axis.
    dtype : numpy.dtype
    scale : float or None
        Real units per step; None for a tensor that is not quantized.
    zero_point : int or None
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float | None
    zero_point: int | None
