"""Folding of constant shape arithmetic: the wheel's values, clear errors, and nothing folded that is not understood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.graph import passes
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.graph.passes import FOLDED, fold
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization

QUANTIZATION = Quantization(np.float32([0.5]), np.int64([0]))


def _graph(name, constants, shape, options, dtype="int32"):
    """A relu of an int8 input, and beside it one operator on constants."""
    x = Tensor("x", (1, 4), "int8", QUANTIZATION)
    y = Tensor("y", (1, 4), "int8", QUANTIZATION)
    values = [Tensor(f"c{i}", v.shape, v.dtype.name, None, v) for i, v in enumerate(constants)]
    folded = Tensor("folded", tuple(shape), dtype)
    operator = Operator(name, tuple(range(3, 3 + len(values))), (2,), options)
    return Graph((x, y, folded, *values), (Operator("relu", (0,), (1,)), operator), (0,), (1, 2))


def _ints(rng, shape, low=-50, high=50):
    return rng.integers(low, high, shape).astype(np.int32)


def _elementwise(name):
    def make(rng):
        shape = tuple(rng.integers(1, 4, rng.integers(1, 4)))
        a, b = _ints(rng, shape), _ints(rng, shape, 1)
        options = {"fused_activation_function": "none"}
        return _graph(name, [a, b], shape, options)

    return make


def _strided_slice(rng):
    size = int(rng.integers(1, 7))
    data = _ints(rng, size)
    begin, end = (int(v) for v in rng.integers(-size - 2, size + 3, 2))
    stride = int(rng.choice([1, 1, 2, -1, -2]))
    masks = {f"{kind}_mask": int(rng.integers(2)) for kind in ("begin", "end")}
    options = masks | {"ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0, "offset": False}
    if rng.random() < 0.4:
        begin = int(rng.integers(-size, size))
        options |= {"shrink_axis_mask": 1, "begin_mask": 0}
        stride = abs(stride)
        shape = ()
    else:
        first, last = None if masks["begin_mask"] else begin, None if masks["end_mask"] else end
        shape = data[slice(first, last, stride)].shape
    return _graph("strided_slice", [data, *(np.int32([v]) for v in (begin, end, stride))], shape, options)


def _pack(rng):
    count, shape = int(rng.integers(1, 4)), tuple(rng.integers(1, 4, rng.integers(0, 3)))
    axis = int(rng.integers(-len(shape) - 1, len(shape) + 1))
    at = axis % (len(shape) + 1)
    options = {"values_count": count, "axis": axis}
    return _graph("pack", [_ints(rng, shape) for _ in range(count)], (*shape[:at], count, *shape[at:]), options)


def _concatenation(rng):
    shape, count = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 4))), int(rng.integers(1, 4))
    axis = int(rng.integers(-len(shape), len(shape)))
    parts = []
    for _ in range(count):
        own = list(shape)
        own[axis] = int(rng.integers(1, 4))
        parts.append(_ints(rng, own))
    options = {"axis": axis, "fused_activation_function": "none"}
    return _graph("concatenation", parts, np.concatenate(parts, axis).shape, options)


def _gather(rng):
    shape = tuple(int(n) for n in rng.integers(1, 4, rng.integers(1, 4)))
    axis = int(rng.integers(-len(shape), len(shape)))
    indices = _ints(rng, tuple(rng.integers(1, 4, rng.integers(0, 2))), 0, shape[axis])
    data = _ints(rng, shape)
    return _graph("gather", [data, indices], np.take(data, indices, axis).shape, {"axis": axis, "batch_dims": 0})


def _cast(rng):
    data = _ints(rng, 3)
    return _graph("cast", [data], (3,), {"in_data_type": 2, "out_data_type": 2})


def _shape(rng):
    data = _ints(rng, tuple(rng.integers(1, 4, rng.integers(1, 4))))
    return _graph("shape", [data], (data.ndim,), {"out_type": 2})


def _reshape(rng):
    return _graph("reshape", [_ints(rng, (2, 3)), np.int32([3, 2])], (3, 2), {"new_shape": ()})


def _expand_dims(rng):
    return _graph("expand_dims", [_ints(rng, (2, 3)), np.int32(1)], (2, 1, 3), {})


def _squeeze(rng):
    return _graph("squeeze", [_ints(rng, (2, 1, 3))], (2, 3), {"squeeze_dims": ()})


def _zeros_like(rng):
    data = _ints(rng, tuple(rng.integers(1, 4, rng.integers(1, 4))))
    return _graph("zeros_like", [data], data.shape, {})


def _broadcast_args(rng):
    shape = rng.integers(1, 5, rng.integers(1, 5)).astype(np.int32)
    other = np.where(rng.random(shape.size) < 0.4, 1, shape).astype(np.int32)[int(rng.integers(shape.size)) :]
    operands = [shape, other] if rng.random() < 0.5 else [other, shape]
    return _graph("broadcast_args", operands, shape.shape, {})


def _reduce_prod(rng):
    return _graph("reduce_prod", [_ints(rng, (2, 3)), np.int32([-1])], (2,), {"keep_dims": False})


MAKERS = {
    "add": _elementwise("add"), "cast": _cast, "concatenation": _concatenation, "expand_dims": _expand_dims,
    "gather": _gather, "mul": _elementwise("mul"), "pack": _pack, "reduce_prod": _reduce_prod, "reshape": _reshape,
    "shape": _shape, "squeeze": _squeeze, "strided_slice": _strided_slice, "sub": _elementwise("sub"),
    "broadcast_args": _broadcast_args, "zeros_like": _zeros_like,
}  # fmt: skip
#: The wheel has no int32 kernels for these.
OURS_ALONE = ("expand_dims", "gather", "reduce_prod")


def test_every_folded_operator_is_here():
    assert set(MAKERS) == set(FOLDED)


@pytest.mark.parametrize("name", MAKERS)
def test_same_values_as_the_wheel(tflm, name):
    compared, reason = 0, ""
    x = np.int8([[1, -2, 3, -4]])
    for seed in range(40):
        graph = MAKERS[name](np.random.default_rng(seed))
        data = write_tflite(graph)
        folded, live = fold(graph)
        assert live == (0,)
        try:
            theirs = tflm.run(data, [[x]], 2).outputs[0][1]
        except Refused as error:
            reason = str(error)
            continue
        compared += 1
        assert_array_equal(folded.tensors[2].data.reshape(-1), theirs.reshape(-1), f"seed {seed}")
        if theirs.size == 0:
            with pytest.raises(et.UnsupportedError, match="no elements"):
                et.load(data)
            continue
        assert_array_equal(et.load(data).run(x)[1].reshape(-1), theirs.reshape(-1))
    assert compared >= 30 or name in OURS_ALONE, reason


NONE = {"fused_activation_function": "none"}
SLICE = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "offset"), 0)
WRONG = {
    "shapes that do not broadcast": ("add", [np.int32([1, 2]), np.int32([1, 2, 3])], (3,), NONE, "add.*broadcast"),
    "output of another shape": ("add", [np.int32([1]), np.int32([2])], (2,), NONE, r"\(1,\) and \(1,\) do not give"),
    "one operand": ("sub", [np.int32([1])], (1,), NONE, "operator 1 .sub.: constant arithmetic fails"),
    "operands of two dtypes": ("mul", [np.int32([1]), np.int64([1])], (1,), NONE, "differ in dtype"),
    "another dtype out": ("reshape", [np.int64([1])], (1,), {"new_shape": ()}, "'folded' is int32, its input int64"),
    "shapes that differ": ("broadcast_args", [np.int32([2]), np.int32([3])], (1,), {}, "broadcast_args.*mismatch"),
    "axis that is not there": ("concatenation", [np.int32([1])], (1,), NONE | {"axis": 1}, "axis 1 is out of bounds"),
    "count of values": ("pack", [np.int32([1])], (1, 1), {"values_count": 2, "axis": 0}, "values_count is 2"),
    "index beyond": ("gather", [np.int32([1]), np.int32([1])], (1,), {"axis": 0, "batch_dims": 0}, "out of bounds"),
    "negative index": ("gather", [np.int32([1]), np.int32([-1])], (1,), {"axis": 0, "batch_dims": 0}, "negative"),
    "stride 0": ("strided_slice", [np.int32([1]), *[np.int32([0])] * 3], (1,), SLICE, "cannot be zero"),
    "shrunk backwards": (
        "strided_slice", [np.int32([1]), np.int32([0]), np.int32([0]), np.int32([-1])], (),
        SLICE | {"shrink_axis_mask": 1}, "axis 0 is shrunk and has stride -1",
    ),
    "too many axes": ("strided_slice", [np.int32([1]), *[np.int32([0, 1])] * 3], (1,), SLICE, "too many indices|zero"),
    "elements lost": ("reshape", [np.int32([1, 2])], (3,), {"new_shape": ()}, "cannot reshape"),
    "size of a shape": ("shape", [np.ones((2, 3), np.int32)], (3,), {"out_type": 2}, r"\[3\], its inputs give \[2\]"),
    "product over no axis": (
        "reduce_prod", [np.int32([1]), np.int32([5])], (), {"keep_dims": False}, "axis 5 is out of bounds",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_arithmetic_that_contradicts_itself(case):
    *parts, message = WRONG[case]
    with pytest.raises(et.ModelError, match=message) as caught:
        fold(_graph(*parts))
    assert "operator 1 (" in str(caught.value)


UNKNOWN = {
    "ellipsis": ("strided_slice", [np.int32([1]), *[np.int32([0])] * 3], (1,), SLICE | {"ellipsis_mask": 1}),
    "batches": ("gather", [np.int32([[1]]), np.int32([[0]])], (1, 1), {"axis": 1, "batch_dims": 1}),
}
LEFT_TO_THE_KERNEL = {
    "fused activation": ("add", [np.int32([1]), np.int32([-2])], (1,), {"fused_activation_function": "relu"}),
    "many elements": ("mul", [np.arange(257, dtype=np.int32)] * 2, (257,), NONE),
    "elements by broadcasting": (
        "sub", [np.arange(200, dtype=np.int32)[:, None], np.arange(50, dtype=np.int32)[None]], (200, 50), NONE,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_is_not_understood_is_left_alone_and_refused(case):
    graph = _graph(*UNKNOWN[case])
    folded, live = fold(graph)
    assert folded.tensors[2].data is None
    assert live == (0, 1)
    with pytest.raises(et.UnsupportedError, match=r"operator 1 \("):
        et.load(write_tflite(graph))


@pytest.mark.parametrize("case", LEFT_TO_THE_KERNEL)
def test_what_is_not_folded_is_computed(tflm, case):
    graph = _graph(*LEFT_TO_THE_KERNEL[case])
    folded, live = fold(graph)
    assert folded.tensors[2].data is None
    assert live == (0, 1)
    data = write_tflite(graph)
    x = np.int8([[1, -2, 3, -4]])
    theirs = tflm.run(data, [[x]], 2).outputs[0][1]
    assert_array_equal(et.load(data).run(x)[1].reshape(-1), theirs.reshape(-1))


def test_folded_constants_have_a_budget(monkeypatch):
    monkeypatch.setattr(passes, "MAX_CONSTANT_BYTES", 1000)
    b = Builder(np.random.default_rng(0))
    x = b.input((1, 300), "int8", affine(0.1, -7))
    graph = b.graph("zeros_like", [x], [b.add("output", (1, 300), "int8", affine(0.1, -7))], {})
    graph = replace(graph, operators=graph.operators * 5)
    assert passes.fold(graph)[0].tensors[-1].data is not None
    more = [replace(tensor, name=f"more_{i}") for i, tensor in enumerate(graph.tensors[-1:] * 4)]
    operators = [replace(graph.operators[0], outputs=(len(graph.tensors) - 1 + i,)) for i in range(5)]
    graph = replace(graph, tensors=(*graph.tensors, *more), operators=tuple(operators))
    folded = [tensor.data is not None for tensor in passes.fold(graph)[0].tensors[-5:]]
    assert folded == [True, True, True, False, False]


@pytest.mark.parametrize("dtype", ["int8", "int32", "int64", "float32"])
def test_zeros_like_is_folded_whatever_its_input_is(tflm, dtype):
    b = Builder(np.random.default_rng(0))
    quantization = affine(0.1, -7) if dtype == "int8" else None
    x = b.input((1, 300), dtype, quantization)
    data = write_tflite(b.graph("zeros_like", [x], [b.add("output", (1, 300), dtype, quantization)], {}))
    given = np.arange(300).reshape(1, 300).astype(dtype)
    theirs = tflm.run(data, [[given]], 1).outputs[0][0]
    assert_array_equal(et.load(data).run(given), theirs, strict=True)
