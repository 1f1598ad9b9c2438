"""Inputs among which test vectors are chosen: patterns, random ones, climbs to the ends of codes, and descendants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..graph.step import Step
from ..model import Model
from ..types import INT_RANGES, Array, TensorSpec
from .reached import Bits, cover, reached
from .single import traced
from .slopes import slopes

__all__ = ["searched"]

#: First inputs, fewer where their operators' outputs take more than these bytes together.
_MOST_FIRST, _LEAST_FIRST, _FIRST_BYTES = 512, 192, 2**26
#: Further ones: of each vector that is asked for, of all of them, and their bytes.
_FURTHER, _MOST_FURTHER, _FURTHER_BYTES = 512, 2**15, 2**28
#: Inputs that are traced at once, by their bytes.
_LEAST_AT_ONCE, _MOST_AT_ONCE, _BYTES_AT_ONCE = 32, 512, 2**24
#: Steps of a climb, each of this share of the range.
_CLIMB, _STRIDE = 12, 1 / 16
#: Times that all ends not yet reached are climbed to.
_CLIMBS = 3
#: Slopes are told apart as zero below this share of an input's largest.
_FLAT = 1 / 32
#: Inputs that have descendants or may yet be chosen: of each vector that is asked for, and of all, if fewer are.
_KEPT, _MOST_KEPT = 8, 512
#: Places at which single codes stand out.
_SPREAD = 24


def searched(model: Model, n: int, rng: np.random.Generator) -> tuple[list[Array], list[Bits]]:
    """Return inputs, and what they reach.

    Parameters
    ----------
    model : Model
    n : int
        As many are to be chosen of them.
    rng : numpy.random.Generator

    Returns
    -------
    inputs : list of ndarray, shape (count, *spec.shape)
        count is at least `n`.
    groups : list of ndarray of uint8, shape (count, bytes)
        As `reached` gives them.
    """
    step_bytes = sum(model.graph.tensors[tensor].nbytes for step in model.steps for tensor in step.outputs)
    at_once = int(np.clip(_BYTES_AT_ONCE // max(step_bytes, 1), _LEAST_AT_ONCE, _MOST_AT_ONCE))
    first = int(np.clip(_FIRST_BYTES // max(step_bytes, 1), _LEAST_FIRST, _MOST_FIRST))
    further = min(_FURTHER * n, _MOST_FURTHER, _FURTHER_BYTES // max(step_bytes, 1))
    pools = [_patterns(spec, max(first, 2 * n), rng) for spec in model.inputs]
    pools[0] = _with_witnesses(model, pools[0])
    groups = _reached(model, pools, at_once)

    def add(more: Sequence[Array]) -> None:
        for place, array in enumerate(more):
            pools[place] = np.concatenate([pools[place], array])
        for place, bits in enumerate(_reached(model, more, at_once)):
            groups[place] = np.concatenate([groups[place], bits])

    for _ in range(_CLIMBS):
        climbed = _climbed(model, pools, further // 2 // _CLIMBS, at_once, rng)
        if len(climbed[0]):
            add(climbed)
    for _ in range(further // 2 // at_once):
        kept = cover(groups, min(_KEPT * n, max(_MOST_KEPT, n)))
        pools, groups = [pool[kept] for pool in pools], [group[kept] for group in groups]
        add(_children([pool[:n] for pool in pools], at_once, rng))
    return pools, groups


def _reached(model: Model, inputs: Sequence[Array], at_once: int) -> list[Bits]:
    parts = [reached(model, [array[i : i + at_once] for array in inputs]) for i in range(0, len(inputs[0]), at_once)]
    return [np.concatenate(group) for group in zip(*parts, strict=True)]


def _patterns(spec: TensorSpec, count: int, rng: np.random.Generator) -> Array:
    """Return constants, alternations, single codes, then random inputs: of the whole range, of a part of it, smooth."""
    low, high = INT_RANGES[spec.dtype.name]
    zero = 0 if spec.zero_point is None else spec.zero_point
    size = int(np.prod(spec.shape))
    place = np.arange(size)
    made = [np.full(size, value) for value in (low, high, zero, min(zero + 1, high), max(zero - 1, low))]
    for period in (1, 2, 3, 7, spec.shape[-1] if spec.shape else 1):
        made += [np.where(place // period % 2 == flip, low, high) for flip in (0, 1)]
    for at in np.unique(np.linspace(0, size - 1, _SPREAD).round().astype(int)):
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


def _climbed(model: Model, pools: Sequence[Array], most: int, at_once: int, rng: np.random.Generator) -> list[Array]:
    """Return at most `most` inputs on the way to ends of codes that no channel's output had yet."""
    targets = [step for step in model.steps if "activation_max" in step.params and len(step.outputs) == 1]
    share = most // (_CLIMB * max(len(targets), 1))
    climbs: list[list[Array]] = [[pool[:0]] for pool in pools]
    best = _best(model, targets, pools, at_once, rng)
    for step, (values, rows) in zip(targets, best, strict=True):
        ends = np.array([[step.params["activation_min"]], [step.params["activation_max"]]])
        side, channel = np.nonzero(values != ends)
        some = rng.permutation(len(side))[: min(share, at_once)]
        if not some.size:
            continue
        starts = [pool[rows[side[some], channel[some]]] for pool in pools]
        # One channel, or with it others: any share of all, each up or down.
        sign = np.zeros((len(some), values.shape[1]), np.int8)
        with_it = rng.random(sign.shape) < 2.0 ** -rng.uniform(0, 2 * np.log2(sign.shape[1] + 1), (len(some), 1))
        up = rng.random(sign.shape) < rng.random((len(some), 1))
        sign[with_it] = np.where(up[with_it], 1, -1)
        sign[np.arange(len(some)), channel[some]] = side[some] * 2 - 1
        for place, array in enumerate(_climb(model, step, starts, sign, rng)):
            climbs[place].append(array)
    return [np.concatenate(arrays) for arrays in climbs]


def _best(
    model: Model, targets: Sequence[Step], pools: Sequence[Array], at_once: int, rng: np.random.Generator
) -> list[tuple[Array, Array]]:
    """Return for each step the least and the most code of each channel and an input with it, shape (2, channels)."""
    found: list[list[Array]] = [[] for _ in targets]
    for start in range(0, len(pools[0]), at_once):
        tensors = traced(model, [pool[start : start + at_once] for pool in pools])
        for step, ends in zip(targets, found, strict=True):
            output = tensors[step.outputs[0]]
            codes = output.reshape(len(output), -1, output.shape[-1] if output.ndim > 1 else 1)
            ends.append(np.stack([codes.min(axis=1), codes.max(axis=1)]).astype(np.int32))
    best = []
    for ends in found:
        values = np.concatenate(ends, axis=1)
        # Of inputs with the same code any.
        mixed = values * [[[-1]], [[1]]] + rng.random(values.shape[1:]) / 2
        best.append((np.stack([values[0].min(axis=0), values[1].max(axis=0)]), mixed.argmax(axis=1)))
    return best


def _climb(model: Model, step: Step, starts: Sequence[Array], sign: Array, rng: np.random.Generator) -> list[Array]:
    """Return what is met on the way from some inputs along the slope of signed channels, (climbers, channels)."""
    spans = [INT_RANGES[array.dtype.name] for array in starts]
    places = [array.astype(np.float64) for array in starts]
    met: list[list[Array]] = [[] for _ in starts]
    output = model.graph.tensors[step.outputs[0]]
    shape = output.shape[output.shape[:1] == (1,) :]
    count, channels = sign.shape
    # Of equal codes any may be followed, the same at each step.
    among = rng.random((count, max(output.size // channels, 1), channels), np.float32) / 2
    for _ in range(_CLIMB):
        codes = [np.clip(x.round(), *span).astype(s.dtype) for x, span, s in zip(places, spans, starts, strict=True)]
        for array, seen in zip(codes, met, strict=True):
            seen.append(array)
        tensors = traced(model, codes)
        made = tensors[step.outputs[0]].reshape(count, -1, channels)
        best = (made * sign[:, None].astype(np.float32) + among).argmax(axis=1)
        seeds = np.zeros(made.shape, np.float32)
        np.put_along_axis(seeds, best[:, None], sign[:, None], axis=1)
        ways = slopes(model, step.outputs[0], seeds.reshape(count, *shape), tensors)
        for place, index in enumerate(model.graph.inputs):
            if index in ways:
                way = ways[index].reshape(count, -1)
                steep = np.abs(way) > _FLAT * np.abs(way).max(axis=1, keepdims=True)
                stride = (spans[place][1] - spans[place][0]) * _STRIDE
                places[place] += (np.sign(way) * steep * stride).reshape(places[place].shape)
                np.clip(places[place], *spans[place], out=places[place])
    return [np.concatenate(arrays) for arrays in met]


def _children(parents: Sequence[Array], count: int, rng: np.random.Generator) -> list[Array]:
    """Return changed inputs: some codes drawn anew, some moved a little, a part or a share taken from another."""
    first, second = rng.integers(len(parents[0]), size=(2, count))
    made = []
    for pool in parents:
        low, high = INT_RANGES[pool.dtype.name]
        a, b = (pool[rows].reshape(count, -1).astype(np.int64) for rows in (first, second))
        size = a.shape[1]
        kind = np.arange(count)[:, None] % 4
        # From one code on average to half of them.
        share = 2.0 ** -rng.uniform(1, max(np.log2(size), 1), (count, 1))
        some = rng.random((count, size)) < share
        anew = rng.integers(low, high, (count, size), endpoint=True)
        step = max((high - low) // 64, 1)
        moved = a + rng.integers(-step, step, (count, size), endpoint=True)
        at, length = rng.integers(size, size=(count, 1)), rng.integers(1, size, (count, 1), endpoint=True)
        part = (np.arange(size) - at) % size < length
        blend = a + (b - a) * rng.integers(1, 16, (count, 1)) // 16
        child = np.select(
            [(kind == 0) & some, (kind == 1) & some, (kind == 2) & part, kind == 3], [anew, moved, b, blend], a
        )
        made.append(np.clip(child, low, high).astype(pool.dtype).reshape(count, *pool.shape[1:]))
    return made
