"""Operators of random graphs that join branches, part them, move elements and reduce; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np

_MOST_ELEMENTS = 2000


def partners(g, x):
    """Tensors that an element-wise operator can take beside `x`."""
    found = []
    for y in g.values:
        try:
            shape = np.broadcast_shapes(g.shape(x), g.shape(y))
        except ValueError:
            continue
        if np.prod(shape) <= _MOST_ELEMENTS and len(shape) <= 4:
            found.append(y)
    return found


def joined(g, x, y, compute):
    """Real values of an element-wise operator, sample by sample."""
    rank = max(len(g.shape(x)), len(g.shape(y)))
    a, b = (g.values[i].reshape(-1, *[1] * (rank - len(g.shape(i))), *g.shape(i)) for i in (x, y))
    return compute(a, b)


def _same_quantization(g, x, y):
    a, b = g.quantization(x), g.quantization(y)
    return a.scale[0] == b.scale[0] and a.zero_point[0] == b.zero_point[0]


def _of_one_quantization(g, x, y, room):
    """`y` with the quantization of `x`: as it is, or requantized as converters do; None without room for that."""
    if _same_quantization(g, x, y):
        return y
    if room < 2:
        return None
    return g.operator("quantize", [y], g.activation(g.values[y], g.quantization(x)))


def _binary(name, compute, **options):
    def make(g, x, room):
        found = partners(g, x)
        if not found:
            return None
        y = int(g.rng.choice(found))
        x, y = (x, y) if g.rng.random() < 0.5 else (y, x)
        return g.operator(name, [x, y], g.activation(joined(g, x, y, compute)), **options)

    return make


def _extremum(name, compute):
    def make(g, x, room):
        found = partners(g, x)
        y = _of_one_quantization(g, x, int(g.rng.choice(found)), room) if found else None
        if y is None:
            return None
        return g.operator(name, [x, y], g.activation(joined(g, x, y, compute), g.quantization(x)))

    return make


def _concatenation(g, x, room):
    shape = g.shape(x)
    first = 1 if shape[:1] == (1,) else 0
    if len(shape) <= first:
        return None
    axis = int(g.rng.integers(first, len(shape)))

    def rest(y):
        return [n for i, n in enumerate(g.shape(y)) if i != axis]

    fitting = [y for y in g.values if len(g.shape(y)) == len(shape) and rest(y) == rest(x)]
    parts = [x]
    for y in g.rng.choice(fitting, int(g.rng.integers(1, 3))):
        part = _of_one_quantization(g, x, int(y), room - len(parts) + 1)
        if part is None or sum(np.prod(g.shape(i)) for i in parts) > _MOST_ELEMENTS:
            break
        parts.append(part)
        room -= not _same_quantization(g, x, int(y))
    g.rng.shuffle(parts)
    values = np.concatenate([g.values[i] for i in parts], axis + 1)
    written = axis - len(shape) if g.rng.random() < 0.4 else axis
    result = g.activation(values, g.quantization(x))
    return g.operator("concatenation", [int(i) for i in parts], result, axis=written, fused_activation_function="none")


def _transpose(g, x, room):
    rank = len(g.shape(x))
    first = 1 if g.rng.random() < 0.8 else 0
    if rank <= first + 1:
        return None
    order = [*range(first), *(g.rng.permutation(rank - first) + first).tolist()]
    result = g.activation(g.values[x].transpose(0, *(i + 1 for i in order)), g.quantization(x))
    return g.operator("transpose", [x, g.constant(np.array(order, np.int32))], result)


def _bounds(g, x):
    """First and last positions along each axis."""
    begin = np.array([int(g.rng.integers(n // 2 + 1)) if n > 1 else 0 for n in g.shape(x)], np.int32)
    end = np.array([int(g.rng.integers(b, n)) + 1 for b, n in zip(begin, g.shape(x), strict=True)], np.int32)
    return begin, end


def _slice(g, x, room):
    if not g.shape(x):
        return None
    begin, end = _bounds(g, x)
    values = g.values[x][(slice(None), *(slice(a, b) for a, b in zip(begin, end, strict=True)))]
    operands = [x, g.constant(begin), g.constant(end - begin)]
    return g.operator("slice", operands, g.activation(values, g.quantization(x)))


def _strided_slice(g, x, room):
    if not 1 <= len(g.shape(x)) <= 4:
        return None
    begin, end = _bounds(g, x)
    strides = g.rng.integers(1, 3, begin.size).astype(np.int32)
    slices = (slice(a, b, s) for a, b, s in zip(begin, end, strides, strict=True))
    result = g.activation(g.values[x][(slice(None), *slices)], g.quantization(x))
    return g.operator("strided_slice", [x, *map(g.constant, (begin, end, strides))], result)


def _split(g, x, room):
    shape = g.shape(x)
    forms = [(axis, parts) for axis, n in enumerate(shape) for parts in (2, 3) if n % parts == 0]
    if not forms:
        return None
    axis, parts = forms[int(g.rng.integers(len(forms)))]
    outputs = [g.activation(values, g.quantization(x)) for values in np.split(g.values[x], parts, axis + 1)]
    g.operator("split", [g.constant(np.array(axis, np.int32)), x], outputs, num_splits=parts)
    g.forms.add("operator of several outputs")
    return outputs[int(g.rng.integers(parts))]


def _reduction(name, compute, calibrate):
    def make(g, x, room):
        rank = len(g.shape(x))
        if not 2 <= rank <= 4:
            return None
        axes = sorted(g.rng.choice(np.arange(1, rank), int(g.rng.integers(1, rank)), replace=False).tolist())
        keep = bool(g.rng.random() < 0.5)
        values = compute(g.values[x], axis=tuple(a + 1 for a in axes), keepdims=keep)
        result = g.activation(values, None if calibrate else g.quantization(x))
        return g.operator(name, [x, g.constant(np.array(axes, np.int32))], result, keep_dims=keep)

    return make


#: By name, as `random_graph_operators.MAKERS`.
JOINS = {
    "sub": _binary("sub", np.subtract, fused_activation_function="none"),
    "mul": _binary("mul", np.multiply, fused_activation_function="none"),
    "squared_difference": _binary("squared_difference", lambda a, b: (a - b) ** 2),
    "maximum": _extremum("maximum", np.maximum),
    "minimum": _extremum("minimum", np.minimum),
    "concatenation": _concatenation,
    "transpose": _transpose,
    "slice": _slice,
    "strided_slice": _strided_slice,
    "split": _split,
    "sum": _reduction("sum", np.sum, True),
    "reduce_max": _reduction("reduce_max", np.max, False),
    "reduce_min": _reduction("reduce_min", np.min, False),
}
