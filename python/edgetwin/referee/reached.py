"""What inputs reach in each operator's outputs, as bits, and the few inputs that reach most of it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..graph.step import Step
from ..model import Model
from ..types import INT32_MAX, INT_RANGES, Array
from .single import step_outputs, traced

__all__ = ["cover", "reached"]

Bits = NDArray[np.uint8]
#: Codes of a channel are told apart as finely as so many bits of an operator allow: in 16 to 256 steps of the range.
_CODE_BITS, _LEAST_STEPS, _MOST_STEPS = 2**12, 16, 256
#: Places of a tensor of which codes are told apart one by one, in 16 steps.
_PLACES = 48
#: Of multipliers: about what is lost where 16 bits of them are kept, and more.
_SCALES = tuple(1 + sign * 2.0**power for power in (-16, -15, -14, -11) for sign in (-1, 1))
#: Rows whose gains are computed at once.
_ROWS = 32
_ONES = np.array([bin(number).count("1") for number in range(2**16)], np.uint8)


def reached(model: Model, inputs: Sequence[Array]) -> list[Bits]:
    """Return what each input reaches, as bits: codes by channel and by place, and sums near thresholds.

    Parameters
    ----------
    model : Model
    inputs : sequence of ndarray, shape (n, *spec.shape)

    Returns
    -------
    list of ndarray of uint8, shape (n, bytes)
        Groups of bits, several of an operator.
    """
    tensors = traced(model, inputs)
    made = []
    for array in tensors.values():
        if array.dtype.name in INT_RANGES:
            made += [_codes_by_channel(array), _codes_by_place(array)]
    for step in model.steps:
        if step.constants.get("multiplier") is not None and all(i in tensors for i in step.inputs):
            made += _near_thresholds(model, step, tensors)
            made.append(_beyond_clamps(model, step, tensors))
    return made


def _steps_of(array: Array, steps: int) -> Array:
    """Return which of equal steps of the dtype's range each code is in."""
    low, high = INT_RANGES[array.dtype.name]
    numbers: Array = (array.astype(np.int64) - low) * steps // (high - low + 1)
    return numbers


def _codes_by_channel(array: Array) -> Bits:
    codes = array.reshape(len(array), -1, array.shape[-1] if array.ndim > 1 else 1)
    channels = codes.shape[2]
    steps = _LEAST_STEPS
    while steps < _MOST_STEPS and 2 * steps * channels <= _CODE_BITS:
        steps *= 2
    seen = np.zeros((len(codes), channels, steps + 2), bool)
    sample, channel = np.ogrid[: len(codes), :channels]
    numbers = _steps_of(codes, steps)
    for position in range(codes.shape[1]):
        seen[sample, channel, numbers[:, position]] = True
    for end, place in zip(INT_RANGES[array.dtype.name], (-2, -1), strict=True):
        seen[:, :, place] = (codes == end).any(axis=1)
    return np.packbits(seen.reshape(len(codes), -1), axis=1)


def _codes_by_place(array: Array) -> Bits:
    # So that the edges of pictures and sequences are not all alike.
    codes = array.reshape(len(array), -1)
    places = np.unique(np.linspace(0, codes.shape[1] - 1, _PLACES).astype(int))
    numbers = _steps_of(codes[:, places], _LEAST_STEPS)
    return np.packbits((numbers[..., None] == np.arange(_LEAST_STEPS)).reshape(len(codes), -1), axis=1)


def _near_thresholds(model: Model, step: Step, tensors: Mapping[int, Array]) -> list[Bits]:
    """Return by channel whether a slightly larger or smaller scale, or the other rounding, changes a code."""
    right = tensors[step.outputs[0]]
    given = [tensors[i] for i in step.inputs]
    nearly = []
    for factor in _SCALES:
        multiplier = np.clip(np.asarray(step.constants["multiplier"]) * factor, 0, INT32_MAX).astype(np.int32)
        nearly.append(replace(step, constants={**step.constants, "multiplier": multiplier}))
    if "rounding" in step.params:
        nearly.append(replace(step, params={**step.params, "rounding": 1 - step.params["rounding"]}))
    return [
        np.packbits(
            (step_outputs(model.graph, other, given) != right).reshape(len(right), -1, right.shape[-1]).any(axis=1),
            axis=1,
        )
        for other in nearly
    ]


def _beyond_clamps(model: Model, step: Step, tensors: Mapping[int, Array]) -> Bits:
    """Return the codes by channel that a scale of an eighth gives: how large sums are, and those that are clamped."""
    p, low, high = dict(step.params), *INT_RANGES[tensors[step.outputs[0]].dtype.name]
    for name, value in {"output_zero_point": 0, "activation_min": low, "activation_max": high}.items():
        if name in p:
            p[name] = value
    multiplier = np.asarray(step.constants["multiplier"]) // 8
    wide = replace(step, params=p, constants={**step.constants, "multiplier": multiplier.astype(np.int32)})
    return _codes_by_channel(step_outputs(model.graph, wide, [tensors[i] for i in step.inputs]))


def _counts(words: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return how many bits of each word are set."""
    # What numpy 2 has, and numpy 1.26 has not.
    counted = getattr(np, "bitwise_count", None)
    if counted is None:
        shorts = _ONES[words.view(np.uint16)].reshape(*words.shape, 4)
        summed: NDArray[np.uint8] = shorts.sum(axis=-1, dtype=np.uint8)
        return summed
    made: NDArray[np.uint8] = counted(words)
    return made


def cover(groups: Sequence[Bits], n: int) -> NDArray[np.int64]:
    """Choose rows, each the one that adds most; where none adds any, counting starts again.

    Parameters
    ----------
    groups : sequence of ndarray of uint8, shape (rows, bytes)
        As `reached` gives them. Each counts alike, by the share of the bits in it that any row has.
    n : int

    Returns
    -------
    ndarray of int64, shape (min(n, rows),)
        The first of equal ones first.
    """
    padded = [np.pad(group, ((0, 0), (0, -group.shape[1] % 8))) for group in groups]
    bits = np.concatenate(padded, axis=1).view(np.uint64)
    starts = np.cumsum([0, *(group.shape[1] // 8 for group in padded[:-1])])
    had = np.add.reduceat(_counts(np.bitwise_or.reduce(bits, axis=0)), starts, dtype=np.int64)
    # Whole numbers, whose sums are the same on every machine.
    weights = 2**32 // np.maximum(had, 1)
    covered = np.zeros(bits.shape[1], np.uint64)

    def gains(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        counts = np.add.reduceat(_counts(bits[rows] & ~covered), starts, axis=1, dtype=np.int64)
        made: NDArray[np.int64] = counts @ weights
        return made

    chosen: list[int] = []
    gain = np.full(len(bits), np.iinfo(np.int64).max)
    # Gains only fall: the largest known, if it is known for what is covered now, is the largest of all.
    known = np.zeros(len(bits), bool)
    while len(chosen) < min(n, len(bits)):
        best = int(np.argmax(gain))
        if not known[best]:
            old = np.where(known, -1, gain)
            rows = np.append(
                np.argpartition(old, -_ROWS)[-_ROWS:] if len(old) > _ROWS else np.flatnonzero(old >= 0), best
            )
            gain[rows] = np.where(gain[rows] < 0, -1, gains(rows))
            known[rows] = True
            continue
        known[:] = False
        if gain[best] == 0 and covered.any():
            covered[:] = 0
            gain[gain >= 0] = np.iinfo(np.int64).max
            continue
        covered |= bits[best]
        chosen.append(best)
        gain[best] = -1
    return np.array(chosen)
