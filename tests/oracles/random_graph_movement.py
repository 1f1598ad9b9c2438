"""Operators of random graphs that move elements; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_parts import (
    MOST_ELEMENTS,
    SAMPLES,
    axis_behind_the_batch,
    makers,
    of_one_quantization,
    relabelled,
    reshaped,
    same_quantization,
)  # fmt: skip


def _pad(g, x, room):
    shape = g.shape(x)
    paddings = g.rng.integers(0, 3, (len(shape), 2)).astype(np.int32)
    paddings[: 1 if shape[:1] == (1,) else 0] = 0
    if not 1 <= len(shape) <= 4 or np.prod(paddings.sum(1) + shape) > MOST_ELEMENTS:
        return None
    operands, name, real = [x, g.constant(paddings)], "pad", 0.0
    quantization = g.quantization(x)
    if g.dtype == "int8" and g.rng.random() < 0.4:
        name, code = "padv2", g.rng.integers(-128, 128, (1,)).astype(np.int8)
        operands.append(g.add(f"value_{len(g.tensors)}", (1,), "int8", quantization, code))
        real = float((code[0] - quantization.zero_point[0]) * quantization.scale[0])
    result = np.pad(g.values[x], [(0, 0), *paddings.tolist()], constant_values=real)
    return g.operator(name, operands, g.activation(result, quantization))


def _reshape(g, x, room):
    shape, size = g.shape(x), int(np.prod(g.shape(x)))
    part = int(g.rng.choice([d for d in range(1, size + 1) if size % d == 0]))
    forms = [(1, size), (1, part, size // part), (1, 1, part, size // part), (1, part, 1, size // part)]
    if shape[:1] == (1,) and shape[-1] % part == 0 and len(shape) < 4:
        forms.append((1, part, *shape[1:-1], shape[-1] // part))
    forms += [(part, size // part)]
    return reshaped(g, x, forms[int(g.rng.integers(len(forms)))], room)


def _squeeze(g, x, room):
    axes = [i for i, size in enumerate(g.shape(x)) if size == 1 and i > 0]
    if not axes:
        return None
    axis = int(g.rng.choice(axes))
    shape = tuple(size for i, size in enumerate(g.shape(x)) if i != axis)
    return relabelled(g, x, "squeeze", [], shape, squeeze_dims=(axis,))


def _expand_dims(g, x, room):
    if len(g.shape(x)) > 3:
        return None
    axis = int(g.rng.integers(1, len(g.shape(x)) + 1))
    shape = (*g.shape(x)[:axis], 1, *g.shape(x)[axis:])
    return relabelled(g, x, "expand_dims", [g.constant(np.array([axis], np.int32))], shape)


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
        part = of_one_quantization(g, x, int(y), room - len(parts) + 1)
        if part is None or sum(np.prod(g.shape(i)) for i in parts) > MOST_ELEMENTS:
            break
        parts.append(part)
        room -= not same_quantization(g, x, int(y))
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


def _moved(g, x, name, operands, values, **options):
    """An operator whose output has the codes of its input."""
    return g.operator(name, [x, *operands], g.activation(values, g.quantization(x)), **options)


def _split_v(g, x, room):
    found = axis_behind_the_batch(g, x)
    if found is None or g.shape(x)[found[0]] < 2:
        return None
    axis, written = found
    size = g.shape(x)[axis]
    cuts = sorted(set(g.rng.integers(1, size, int(g.rng.integers(1, 4))).tolist()))
    sizes = np.diff([0, *cuts, size]).astype(np.int32)
    outputs = [g.activation(values, g.quantization(x)) for values in np.split(g.values[x], cuts, axis + 1)]
    operands = [x, g.constant(sizes), g.constant(np.array([written], np.int32))]
    g.operator("split_v", operands, outputs, num_splits=len(outputs))
    return outputs[int(g.rng.integers(len(outputs)))]


def _pack(g, x, room):
    shape = g.shape(x)
    if not 1 <= len(shape) <= 3 or np.prod(shape) * 3 > MOST_ELEMENTS:
        return None
    fitting = [y for y in g.values if g.shape(y) == shape]
    parts = [x]
    for y in g.rng.choice(fitting, int(g.rng.integers(1, 3))):
        part = of_one_quantization(g, x, int(y), room)
        if part is None:
            break
        room -= part != y
        parts.append(part)
    axis = int(g.rng.integers(1 if shape[0] == 1 else 0, len(shape) + 1))
    written = axis - len(shape) - 1 if g.rng.random() < 0.4 else axis
    values = np.stack([g.values[i] for i in parts], axis + 1)
    result = g.activation(values, g.quantization(x))
    return g.operator("pack", [int(i) for i in parts], result, values_count=len(parts), axis=written)


def _unpack(g, x, room):
    found = axis_behind_the_batch(g, x)
    if found is None or not 2 <= g.shape(x)[found[0]] <= 5 or len(g.shape(x)) < 2:
        return None
    axis, written = found
    size = g.shape(x)[axis]
    outputs = [g.activation(g.values[x].take(i, axis + 1), g.quantization(x)) for i in range(size)]
    g.operator("unpack", [x], outputs, num=size, axis=written)
    return outputs[int(g.rng.integers(size))]


def _gather(g, x, room):
    found = axis_behind_the_batch(g, x)
    if found is None:
        return None
    axis, written = found
    shape = [(), (g.size(7),), (2, g.size(3))][int(g.rng.integers(3))]
    indices = g.rng.integers(0, g.shape(x)[axis], shape).astype(np.int32)
    values = g.values[x].take(indices, axis + 1)
    if values[0].size > MOST_ELEMENTS or values.ndim > 5:
        return None
    return _moved(g, x, "gather", [g.constant(indices)], values, axis=written, batch_dims=0)


def _gather_nd(g, x, room):
    """Slices behind the batch, which the first index keeps."""
    shape = g.shape(x)
    if not 2 <= len(shape) <= 4 or shape[0] != 1:
        return None
    depth = int(g.rng.integers(2, len(shape), endpoint=True))
    indices = g.rng.integers(0, shape[:depth], (1, g.size(7), depth)).astype(np.int32)
    values = g.values[x][(slice(None), *np.moveaxis(indices, -1, 0))]
    if values[0].size > MOST_ELEMENTS or values.ndim > 5:
        return None
    return _moved(g, x, "gather_nd", [g.constant(indices)], values)


def _reverse_v2(g, x, room):
    found = axis_behind_the_batch(g, x)
    if found is None:
        return None
    axis, written = found
    return _moved(g, x, "reverse_v2", [g.constant(np.array([written], np.int32))], np.flip(g.values[x], axis + 1))


def _mirror_pad(g, x, room):
    shape = g.shape(x)
    edge = int(g.rng.integers(2))
    if not 2 <= len(shape) <= 4 or shape[0] != 1:
        return None
    paddings = np.array([[0, 0], *(g.rng.integers(0, min(n - edge, 2), 2, endpoint=True) for n in shape[1:])], np.int32)
    if np.prod(paddings.sum(1) + shape) > MOST_ELEMENTS:
        return None
    values = np.pad(g.values[x], [(0, 0), *paddings.tolist()], "reflect" if edge else "symmetric")
    return _moved(g, x, "mirror_pad", [g.constant(paddings)], values, mode=1 - edge)


def _blocked(values, block):
    """Planes parted into blocks: (samples, 1, h, block, w, block, c)."""
    n, one, h, w, c = values.shape
    return values.reshape(n, one, h // block, block, w // block, block, c)


def _space_to_depth(g, x, room):
    shape = g.shape(x)
    blocks = [b for b in (2, 3) if len(shape) == 4 and shape[0] == 1 and shape[1] % b == shape[2] % b == 0]
    if not blocks:
        return None
    block = int(g.rng.choice(blocks))
    parted = _blocked(g.values[x], block)
    values = parted.transpose(0, 1, 2, 4, 3, 5, 6).reshape(
        SAMPLES, 1, shape[1] // block, shape[2] // block, shape[3] * block * block
    )
    return _moved(g, x, "space_to_depth", [], values, block_size=block)


def _depth_to_space(g, x, room):
    shape = g.shape(x)
    blocks = [b for b in (2, 3) if len(shape) == 4 and shape[0] == 1 and shape[3] % (b * b) == 0]
    if not blocks:
        return None
    block = int(g.rng.choice(blocks))
    h, w, c = shape[1], shape[2], shape[3] // (block * block)
    parted = g.values[x].reshape(SAMPLES, 1, h, w, block, block, c)
    values = parted.transpose(0, 1, 2, 4, 3, 5, 6).reshape(SAMPLES, 1, h * block, w * block, c)
    return _moved(g, x, "depth_to_space", [], values, block_size=block)


def _space_to_batch_nd(g, x, room):
    """And back, around a ReLU where there is room: what converters write around a dilated convolution."""
    shape = g.shape(x)
    blocks = [b for b in (2, 3) if len(shape) == 4 and shape[0] == 1 and shape[1] % b == shape[2] % b == 0]
    if not blocks or room < 2:
        return None
    block = int(g.rng.choice(blocks))
    n, h, w, c = block * block, shape[1] // block, shape[2] // block, shape[3]
    values = _blocked(g.values[x], block).transpose(0, 1, 3, 5, 2, 4, 6).reshape(SAMPLES, n, h, w, c)
    operands = [g.constant(np.full(2, block, np.int32)), g.constant(np.zeros((2, 2), np.int32))]
    y = g.other(values.shape[1:], g.dtype, g.quantization(x))
    g.operator("space_to_batch_nd", [x, *operands], y)
    positive = room > 2 and g.rng.random() < 0.6
    if positive:
        y = g.operator("relu", [y], g.other(values.shape[1:], g.dtype, g.quantization(x)))
    back = g.values[x].clip(0) if positive else g.values[x]
    return g.operator("batch_to_space_nd", [y, *operands], g.activation(back, g.quantization(x)))


def _broadcast_to(g, x, room):
    shape = g.shape(x)
    wanted = tuple(g.size(5) if n == 1 and i > 0 else n for i, n in enumerate(shape))
    if wanted == shape or np.prod(wanted) > MOST_ELEMENTS or len(shape) > 4:
        return None
    values = np.broadcast_to(g.values[x], (SAMPLES, *wanted))
    return _moved(g, x, "broadcast_to", [g.constant(np.array(wanted, np.int32))], values)


def _resized(g, x, name, forms):
    shape = g.shape(x)
    if len(shape) != 4 or shape[0] != 1:
        return None
    height, width = (int(n * g.rng.choice([1, 2, 3])) if g.rng.random() < 0.7 else g.size(11) for n in shape[1:3])
    if height * width * shape[3] > MOST_ELEMENTS:
        return None
    # Between neighbours, so that the range stays; which ones does not matter for it.
    rows, columns = (np.arange(n) * old // n for n, old in ((height, shape[1]), (width, shape[2])))
    corners, centers = forms[int(g.rng.integers(len(forms)))]
    operand = g.constant(np.array([height, width], np.int32))
    values = g.values[x][:, :, rows][:, :, :, columns]
    return _moved(g, x, name, [operand], values, align_corners=corners, half_pixel_centers=centers)


def _resize_nearest_neighbor(g, x, room):
    return _resized(g, x, "resize_nearest_neighbor", [(False, False), (False, True), (True, False), (True, True)])


def _resize_bilinear(g, x, room):
    return _resized(g, x, "resize_bilinear", [(False, False), (False, True), (True, False)])


#: By name, as `random_graph_operators.MAKERS`.
MOVEMENT = makers(
    _pad, _reshape, _squeeze, _expand_dims, _concatenation, _transpose, _slice, _strided_slice, _split, _split_v, _pack,
    _unpack, _gather, _space_to_depth, _depth_to_space, _space_to_batch_nd, _broadcast_to, _resize_nearest_neighbor,
    _resize_bilinear, _gather_nd, _reverse_v2, _mirror_pad,
)  # fmt: skip
