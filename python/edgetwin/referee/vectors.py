"""A few inputs that together put every channel at its clamps and at many codes, with a check of every operator."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import write_atomic
from ..errors import DataError, UnsupportedError
from ..model import Model
from ..types import INT_RANGES, Array
from .reached import cover
from .search import searched

__all__ = ["TestVectors", "choose_vectors"]

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, eq=False)
class TestVectors:
    """Inputs, and what a right kernel gives.

    Attributes
    ----------
    model : str
        `Model.hash`.
    inputs, outputs : tuple of ndarray, shape (n, *spec.shape)
    operators : tuple of int
        Those that run, in order.
    crc32 : ndarray of uint32, shape (n, operators)
        CRC-32 (that of zlib) of each operator's output, its bytes in little-endian order.
    arithmetic : str
        `Model.arithmetic_version`: whose bytes these are.
    """

    __test__ = False  # pytest takes the name for a test's

    model: str
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]
    operators: tuple[int, ...]
    crc32: NDArray[np.uint32]
    arithmetic: str

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write an `.npz`, whole or not at all.

        It holds `input_0`, `output_0` and so on, `operators`, `crc32`, `model` and `arithmetic`.

        Raises
        ------
        OutputError : the file cannot be written; what was there is left as it was
        """
        arrays: dict[str, Any] = {f"input_{i}": array for i, array in enumerate(self.inputs)}
        arrays |= {f"output_{i}": array for i, array in enumerate(self.outputs)}
        arrays |= {"operators": np.array(self.operators), "crc32": self.crc32, "model": np.array(self.model)}
        arrays["arithmetic"] = np.array(self.arithmetic)
        write_atomic(path, lambda file: np.savez_compressed(file, **arrays))

    def save_header(self, path: str | os.PathLike[str], name: str = "vectors") -> None:
        """Write a C header with the same, as constant arrays called `name`_input_0 and so on; whole or not at all.

        Raises
        ------
        DataError : `name` makes no C identifier
        OutputError : the file cannot be written; what was there is left as it was
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DataError(f"name is {name!r}, accepted is a C identifier")
        arrays = [(f"input_{i}", array) for i, array in enumerate(self.inputs)]
        arrays += [(f"output_{i}", array) for i, array in enumerate(self.outputs)]
        arrays += [("operators", np.array(self.operators, np.uint16)[None]), ("crc32", self.crc32)]
        lines = [
            f"// Test vectors of the model with hash {self.model} under {self.arithmetic}: one row an input; crc32 has",
            "// one of each operator's output, as zlib computes it.",
            f"#ifndef {name.upper()}_H_",
            f"#define {name.upper()}_H_",
            "#include <stdint.h>",
            *(line for suffix, array in arrays for line in _c_array(f"{name}_{suffix}", array)),
            f"#endif  // {name.upper()}_H_",
        ]
        write_atomic(path, lambda file: file.write(("\n".join(lines) + "\n").encode()))


def _c_array(name: str, array: Array) -> Iterable[str]:
    rows = array.reshape(len(array), -1)
    if rows.dtype == np.bool_:
        rows = rows.astype(np.uint8)
    yield f"static const {rows.dtype.name}_t {name}[{rows.shape[0]}][{rows.shape[1]}] = {{"
    for row in rows:
        yield "{" + ",".join(map(str, row.tolist())) + "},"
    yield "};"


def choose_vectors(model: Model, n: int, seed: int) -> TestVectors:
    """Choose test vectors; see `Model.test_vectors`.

    Parameters
    ----------
    model : Model
    n, seed : int

    Returns
    -------
    TestVectors

    Raises
    ------
    DataError : `n` is not an integer >= 1
    UnsupportedError : no input, one or an output that is no array of codes, or an input without an axis of samples
    """
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
        raise DataError(f"n is {n!r}, accepted is an integer >= 1")
    if not model.inputs:
        raise UnsupportedError("test vectors are inputs; the model has none")
    for spec in (*model.inputs, *model.outputs):
        if spec.dtype.name not in INT_RANGES:
            raise UnsupportedError(f"test vectors are codes; {spec.name!r} is {spec.dtype}")
    for index in model.graph.inputs:
        tensor = model.graph.tensors[index]
        if tensor.shape[:1] != (1,):
            raise UnsupportedError(f"input {tensor.name!r} has shape {list(tensor.shape)}, without an axis of samples")
    rng = np.random.default_rng(seed)
    pools, groups = searched(model, int(n), rng)
    chosen = cover(groups, int(n))
    inputs = tuple(np.ascontiguousarray(pool[chosen]) for pool in pools)
    trace = model.trace(*inputs)
    checks = [[zlib.crc32(_little(array[i])) for array in trace.values()] for i in range(len(chosen))]
    made = model.run(*inputs)
    outputs = made if isinstance(made, tuple) else (made,)
    return TestVectors(model.hash, inputs, outputs, tuple(trace), np.array(checks, np.uint32), model.arithmetic_version)


def _little(array: Array) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
