"""The executable form of one operator: a kernel of the device core with integer parameters and raw constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ..types import Array

__all__ = ["Step"]


def _frozen(array: Array) -> Array:
    view: Array = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


@dataclass(frozen=True)
class Step:
    """One call of a device-core kernel.

    Attributes
    ----------
    operator : int
        Index of the operator in the graph that this step computes.
    kernel : str
        Name of the kernel (``conv_2d_s8``), a key of ``_core.kernel_fields()``.
    inputs, state, outputs : tuple of int
        Tensor indices in the kernel's slot order.
    params : mapping of str to int or float
        Every field of the kernel's parameter struct, by name.
    constants : mapping of str to ndarray or None
        Every constant slot of the kernel by name, flat or shaped, C-contiguous and read-only, with the dtype that the
        kernel reads; None for an absent optional one.
    """

    operator: int
    kernel: str
    inputs: tuple[int, ...]
    state: tuple[int, ...]
    outputs: tuple[int, ...]
    params: Mapping[str, int | float]
    constants: Mapping[str, Array | None]

    def __post_init__(self) -> None:
        constants = {name: None if value is None else _frozen(value) for name, value in self.constants.items()}
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))
        object.__setattr__(self, "constants", MappingProxyType(constants))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy does not pickle.
        values = (self.operator, self.kernel, self.inputs, self.state, self.outputs)
        return Step, (*values, dict(self.params), dict(self.constants))
