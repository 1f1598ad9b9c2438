"""A validated model graph: frozen, with numpy constants, in TFLite's terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from ..types import Array, Quantization

__all__ = ["DTYPES", "Graph", "Operator", "Tensor", "graphs_equal"]

#: Tensor dtypes by TFLite's name -> numpy dtype. Values of int4, which only constants have, are int8 in [-8, 7].
DTYPES: Mapping[str, np.dtype[Any]] = {
    "int8": np.dtype(np.int8),
    "int4": np.dtype(np.int8),
    "uint8": np.dtype(np.uint8),
    "int16": np.dtype(np.int16),
    "int32": np.dtype(np.int32),
    "int64": np.dtype(np.int64),
    "uint16": np.dtype(np.uint16),
    "uint32": np.dtype(np.uint32),
    "uint64": np.dtype(np.uint64),
    "float16": np.dtype(np.float16),
    "float32": np.dtype(np.float32),
    "float64": np.dtype(np.float64),
    "bool": np.dtype(np.bool_),
}


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor.

    Attributes
    ----------
    name : str
    shape : tuple of int
        As in the file, batch axis included; () for a scalar.
    dtype : str
        A key of `DTYPES`.
    quantization : Quantization or None
    data : ndarray or None
        The value of a constant (read-only, of `shape` and `dtype`), else None.
    is_variable : bool
        True for state that an operator keeps between runs (LSTM, SVDF).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    quantization: Quantization | None = None
    data: Array | None = None
    is_variable: bool = False

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor's value, as a file holds it."""
        if self.dtype == "int4":
            return (self.size + 1) // 2
        return self.size * DTYPES[self.dtype].itemsize


@dataclass(frozen=True)
class Operator:
    """One operator.

    Attributes
    ----------
    name : str
        TFLite's name in snake case (``conv_2d``); a custom operator's own name prefixed with ``custom:``.
    inputs, outputs, intermediates : tuple of int
        Tensor indices; -1 for an absent optional input.
    options : mapping
        The builtin options under TFLite's own names in snake case (``stride_w``, ``padding`` = "same" | "valid",
        ``fused_activation_function`` = "none" | "relu" | "relu6" | "relu_n1_to_1" | "tanh" | "sign_bit").
    version : int
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    intermediates: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy does not pickle.
        values = (self.name, self.inputs, self.outputs, dict(self.options), self.version, self.intermediates)
        return Operator, values


@dataclass(frozen=True)
class Graph:
    """A model's main subgraph, operators in execution order.

    Attributes
    ----------
    tensors : tuple of Tensor
    operators : tuple of Operator
    inputs, outputs : tuple of int
        Tensor indices, in the model's order.
    description : str
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    description: str = ""

    def where(self, index: int) -> str:
        """Return ``operator 3 (conv_2d)`` for messages."""
        return f"operator {index} ({self.operators[index].name})"


def graphs_equal(a: Graph, b: Graph) -> bool:
    """Return whether two graphs say the same, constants byte for byte."""

    def same(x: Tensor, y: Tensor) -> bool:
        facts = (x.name, x.shape, x.dtype, x.quantization, x.is_variable)
        if facts != (y.name, y.shape, y.dtype, y.quantization, y.is_variable):
            return False
        if x.data is None or y.data is None:
            return x.data is y.data
        return x.data.tobytes() == y.data.tobytes()

    return (
        (a.operators, a.inputs, a.outputs, a.description) == (b.operators, b.inputs, b.outputs, b.description)
        and len(a.tensors) == len(b.tensors)
        and all(same(x, y) for x, y in zip(a.tensors, b.tensors, strict=True))
    )
