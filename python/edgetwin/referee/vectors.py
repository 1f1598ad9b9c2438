"""A few inputs that together put every channel at its clamps and at many codes, with a check of every operator."""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atomic import write_atomic
from ..errors import DataError, UnsupportedError
from ..graph.step import Step
from ..model import Model
from ..types import INT32_MAX, INT_RANGES, Array, TensorSpec
from .single import step_outputs, traced

__all__ = ["TestVectors", "choose_vectors"]

#: Candidates of which the vectors are chosen, fewer where their operators' outputs take more than these bytes together.
_MOST_CANDIDATES, _LEAST_CANDIDATES, _MOST_TRACED = 512, 192, 2**26
#: Codes are told apart by their upper four bits, and the ends of the range by all.
_BUCKETS = 16
_SPREAD = 48
_NAME = re.compile(r"[A-Za-z_]\w*")
#: Of multipliers: about what is lost where 16 bits of them are kept, and more.
_SCALES = tuple(1 + sign * 2.0**power for power in (-16, -14, -11) for sign in (-1, 1))
_BITS = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


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
    traced = sum(step_bytes(model))
    count = int(np.clip(_MOST_TRACED // max(traced, 1), _LEAST_CANDIDATES, _MOST_CANDIDATES))
    pools = [_candidates(spec, max(count, 2 * int(n)), rng) for spec in model.inputs]
    pools[0] = _with_witnesses(model, pools[0])
    bits = np.concatenate([_reached(model, [pool[i : i + 32] for pool in pools]) for i in range(0, len(pools[0]), 32)])
    chosen = _cover(bits, int(n))
    inputs = tuple(np.ascontiguousarray(pool[chosen]) for pool in pools)
    trace = model.trace(*inputs)
    checks = [[zlib.crc32(_little(array[i])) for array in trace.values()] for i in range(len(chosen))]
    made = model.run(*inputs)
    outputs = made if isinstance(made, tuple) else (made,)
    return TestVectors(model.hash, inputs, outputs, tuple(trace), np.array(checks, np.uint32), model.arithmetic_version)


def step_bytes(model: Model) -> list[int]:
    """Return the bytes that each kernel call writes."""
    return [model.graph.tensors[tensor].nbytes for step in model.steps for tensor in step.outputs]


def _little(array: Array) -> bytes:
    return array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()


def _candidates(spec: TensorSpec, count: int, rng: np.random.Generator) -> Array:
    """Return constants, alternations, single codes, then random inputs: of the whole range, of a part of it, smooth."""
    low, high = INT_RANGES[spec.dtype.name]
    zero = 0 if spec.zero_point is None else spec.zero_point
    size = int(np.prod(spec.shape))
    place = np.arange(size)
    made = [np.full(size, value) for value in (low, high, zero, min(zero + 1, high), max(zero - 1, low))]
    for period in (1, 2, 3, 7, spec.shape[-1] if spec.shape else 1):
        made += [np.where(place // period % 2 == flip, low, high) for flip in (0, 1)]
    for at in np.unique(np.linspace(0, size - 1, _SPREAD // 2).round().astype(int)):
        made += [np.where(place == at, value, zero) for value in (low, high)]
    made.append(low + (place * (high - low)) // max(size - 1, 1))
    while len(made) < count:
        kind = len(made) % 4
        middle, width = rng.uniform(low, high), (high - low) * 2.0 ** rng.uniform(-6, 0)
        if kind == 0:
            values = rng.uniform(low, high, size)
        elif kind == 1:
            values = rng.normal(middle, width / 2, size)
        elif kind == 2:
            walk = np.cumsum(rng.standard_normal(size))
            values = middle + walk * width / max(np.abs(walk).max(), 1.0)
        else:
            values = np.where(rng.random(size) < rng.uniform(0.01, 0.5), rng.choice([low, high], size), zero)
        made.append(np.clip(values.round(), low, high))
    inputs: Array = np.stack(made[: max(count, len(made))]).astype(spec.dtype).reshape(-1, *spec.shape)
    return inputs


def _with_witnesses(model: Model, pool: Array) -> Array:
    """Put sums of the first operators on thresholds where arithmetics part, in place of the last random inputs."""
    if len(model.inputs) > 1:
        return pool
    other = next(name for name in ("single_rounding", "tflm") if name != model.arithmetic)
    sources = set(model.graph.inputs)
    found: list[Array] = []
    for operator in model.certify(other).operators:
        called = model.graph.operators[operator.operator]
        if sources.isdisjoint(called.inputs):
            continue
        if called.name == "reshape":
            sources.update(called.outputs)
        found += [w.inputs[0].reshape(pool.shape[1:]) for w in operator.witnesses if len(w.inputs) == 1]
    spaced = found[:: max(len(found) // (len(pool) // 4), 1)][: len(pool) // 4]
    if spaced:
        pool[-len(spaced) :] = np.stack(spaced)
    return pool


def _reached(model: Model, inputs: Sequence[Array]) -> NDArray[np.uint8]:
    """Return what each input reaches, as bits: codes' upper bits and the range's ends, by operator and channel."""
    tensors = traced(model, inputs)
    reached = [
        _near_thresholds(model, step, tensors)
        for step in model.steps
        if step.constants.get("multiplier") is not None and all(i in tensors for i in step.inputs)
    ]
    for array in tensors.values():
        if array.dtype.name not in INT_RANGES:
            continue
        codes = array.reshape(len(array), -1, array.shape[-1] if array.ndim > 1 else 1)
        span = INT_RANGES[array.dtype.name]
        bucket = (codes.astype(np.int64) - span[0]) * _BUCKETS // (span[1] - span[0] + 1)
        by_channel = [(bucket == b).any(axis=1) for b in range(_BUCKETS)]
        by_channel += [(codes == end).any(axis=1) for end in span]
        # Places, so that the edges of pictures and sequences are not all alike.
        places = np.unique(np.linspace(0, codes.shape[1] - 1, _SPREAD).astype(int))
        by_place = [(bucket[:, places] == b).any(axis=2) for b in range(_BUCKETS)]
        reached += [np.packbits(np.concatenate(part, axis=1), axis=1) for part in (by_channel, by_place)]
    return np.concatenate(reached, axis=1)


def _near_thresholds(model: Model, step: Step, tensors: Mapping[int, Array]) -> NDArray[np.uint8]:
    """Return, as bits by channel, whether a slightly larger or smaller scale changes a code: sums near a threshold."""
    right = tensors[step.outputs[0]]
    changed = []
    for factor in _SCALES:
        multiplier = np.asarray(step.constants["multiplier"]) * factor
        nearly = replace(
            step, constants={**step.constants, "multiplier": np.clip(multiplier, 0, INT32_MAX).astype(np.int32)}
        )
        made = step_outputs(model.graph, nearly, [tensors[i] for i in step.inputs])
        changed.append((made != right).reshape(len(right), -1, right.shape[-1]).any(axis=1))
    return np.packbits(np.concatenate(changed, axis=1), axis=1)


def _cover(bits: NDArray[np.uint8], n: int) -> NDArray[np.int64]:
    """Choose rows, each the one that adds most bits; where none adds any, counting starts again."""
    left = np.arange(len(bits))
    chosen: list[int] = []
    covered = np.zeros(bits.shape[1], np.uint8)
    while len(chosen) < min(n, len(bits)):
        gains = _BITS[bits[left] & ~covered].sum(axis=1, dtype=np.int64)
        best = int(np.argmax(gains))
        if gains[best] == 0 and covered.any():
            covered[:] = 0
            continue
        covered |= bits[left[best]]
        chosen.append(int(left[best]))
        left = np.delete(left, best)
    return np.array(chosen)
