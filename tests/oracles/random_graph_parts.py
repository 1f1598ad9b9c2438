"""What the makers of random graphs' operators share.

A maker takes the graph under construction, the activation that it reads and how many operators there may still be; it
gives the tensor that it makes, or None where the activation does not suit.
"""

from __future__ import annotations

import numpy as np

#: Samples that calibrate.
SAMPLES = 8
MOST_ELEMENTS = 2000
ACTIVATIONS = {
    "none": (-np.inf, np.inf), "relu": (0, np.inf), "relu6": (0, 6), "relu_n1_to_1": (-1, 1),
}  # fmt: skip


def makers(*functions):
    """By operator's name, which is the function's after its underscore."""
    return {function.__name__.strip("_"): function for function in functions}


def clamped(g, values):
    """Draw a fused activation: its name, and the values after it."""
    name = str(g.rng.choice(["none", "none", *ACTIVATIONS]))
    return name, values.clip(*ACTIVATIONS[name])


def sigmoid(values):
    return (1 + np.tanh(values / 2)) / 2


def partners(g, x):
    """Activations that an element-wise operator can take beside `x`."""
    found = []
    for y in g.values:
        try:
            shape = np.broadcast_shapes(g.shape(x), g.shape(y))
        except ValueError:
            continue
        if np.prod(shape) <= MOST_ELEMENTS and len(shape) <= 4:
            found.append(y)
    return found


def partner(g, x):
    """One of them, or None; now and then a further input."""
    shape = g.shape(x)
    if g.rng.random() < 0.08 and len(shape) <= 4:
        trailing = shape[int(g.rng.integers(0, len(shape) + 1)) :] or (1,)
        return g.real_input(shape if g.rng.random() < 0.4 else trailing, g.dtype)
    found = partners(g, x)
    return int(g.rng.choice(found)) if found else None


def joined(g, compute, *tensors):
    """Real values of an element-wise operator, sample by sample."""
    rank = max(len(g.shape(i)) for i in tensors)
    return compute(*(g.values[i].reshape(-1, *[1] * (rank - len(g.shape(i))), *g.shape(i)) for i in tensors))


def same_quantization(g, x, y):
    a, b = g.quantization(x), g.quantization(y)
    return a.scale[0] == b.scale[0] and a.zero_point[0] == b.zero_point[0]


def of_one_quantization(g, x, y, room):
    """`y` with the quantization of `x`: as it is, or requantized as converters do; None without room for that."""
    if same_quantization(g, x, y):
        return y
    if room < 2:
        return None
    return g.operator("quantize", [y], g.activation(g.values[y], g.quantization(x)))


def axis_behind_the_batch(g, x):
    """An axis, and how the file writes it; None where there is only a batch axis."""
    rank = len(g.shape(x))
    first = 1 if g.shape(x)[:1] == (1,) else 0
    if rank <= first:
        return None
    axis = int(g.rng.integers(first, rank))
    return axis, axis - rank if g.rng.random() < 0.4 else axis


def relabelled(g, x, name, operands, shape, **options):
    values = g.values[x].reshape(SAMPLES, *shape)
    return g.operator(name, [x, *operands], g.activation(values, g.quantization(x)), **options)


def reshaped(g, x, form, room):
    """A reshape whose shape is a constant, an option, has a -1, or is computed as Keras's Flatten and Reshape do."""
    draw = g.rng.random()
    stored = np.array(form, np.int32)
    if draw < 0.4:
        return relabelled(g, x, "reshape", [g.constant(stored)], form, new_shape=form)
    if draw < 0.6:
        stored[int(g.rng.integers(len(form)))] = -1
        return relabelled(g, x, "reshape", [g.constant(stored)], form)
    if draw < 0.65 or room < 4 or form[0] != 1 or g.shape(x)[:1] != (1,):
        return relabelled(g, x, "reshape", [], form, new_shape=form)
    g.forms.add("shape arithmetic")
    rank = len(g.shape(x))
    whole = g.operator("shape", [x], g.add("shape", (rank,), "int32"), out_type=2)
    slices = [g.constant(np.array([v], np.int32)) for v in (0, 1, 1)]
    batch = g.operator("strided_slice", [whole, *slices], g.add("batch", (), "int32"), shrink_axis_mask=1)
    sizes = [g.constant(np.array(v, np.int32)) for v in form[1:]]
    packed = g.add("packed", (len(form),), "int32")
    g.operator("pack", [batch, *sizes], packed, values_count=len(form), axis=0)
    return relabelled(g, x, "reshape", [packed], form)
