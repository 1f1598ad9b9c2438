"""What the operators that move elements refuse, by name; most of it the wheel refuses too."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

Q = affine(0.5, 3)
CONCATENATED = {"axis": -1, "fused_activation_function": "none"}
CUMSUM = {"exclusive": False, "reverse": False}
SLICED = {
    "begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "offset": False,
}  # fmt: skip


def model(name, operands, outputs, options=None):
    """A model of one operator: an operand is an input's shape, (shape, dtype, quantization), or a constant's values."""
    b = Builder(np.random.default_rng(0))

    def tensor(place, operand):
        if isinstance(operand, np.ndarray):
            return b.add("constant", operand.shape, operand.dtype.name, data=operand)
        shape, dtype, quantization = operand if isinstance(operand[0], tuple) else (operand, "int8", Q)
        return place(shape, dtype, quantization)

    inputs = [tensor(b.input, operand) for operand in operands]
    made = [tensor(lambda *facts: b.add(f"output_{len(b.tensors)}", *facts), output) for output in outputs]
    return write_tflite(b.graph(name, inputs, made, options or {}))


def ints(*values, dtype=np.int32):
    return np.array(values, dtype)


def plain(shape, dtype, quantization=None):
    return tuple(shape), dtype, quantization


def at(scale, zero_point, dtype="int8"):
    return (1, 3), dtype, affine(scale, zero_point)


#: What is wrong -> the model, and words of the refusal. The wheel refuses these too.
BOTH = {
    "concatenation of another scale": (
        model("concatenation", [(1, 3), at(0.25, 3)], [(1, 6)], CONCATENATED), "scale 0.25 .* does not rescale",
    ),
    "concatenation of another zero point": (
        model("concatenation", [(1, 3), at(0.5, 4)], [(1, 6)], CONCATENATED), "zero_point 4, accepted .* 0.5 and 3",
    ),
    "concatenation of int16 with a zero point": (
        model("concatenation", [at(0.5, 1, "int16")], [at(0.5, 1, "int16")], CONCATENATED), "zero_point 1, accepted is",
    ),
    "concatenation with an activation": (
        model("concatenation", [(1, 3)] * 2, [(1, 6)], CONCATENATED | {"fused_activation_function": "relu"}), "relu",
    ),
    "concatenation of 11 inputs": (
        model("concatenation", [(1, 1)] * 11, [(1, 11)], CONCATENATED), "11 inputs, accepted are at most 10",
    ),
    "transpose of 6 axes": (
        model("transpose", [(1, 1, 1, 2, 2, 3), ints(0, 1, 2, 3, 5, 4)], [(1, 1, 1, 2, 3, 2)]), "6 axes",
    ),
    "transpose by no constant": (
        model("transpose", [(1, 3), plain((2,), "int32")], [(1, 3)]), "input 1 .* must be a constant",
    ),
    "transpose beyond the axes": (model("transpose", [(1, 3), ints(0, 2)], [(1, 3)]), r"permutation is \[0, 2\]"),
    "transpose of int32": (
        model("transpose", [plain((1, 3), "int32"), ints(1, 0)], [plain((3, 1), "int32")]), "transpose.* on int32",
    ),
    "strided_slice of 5 axes": (
        model("strided_slice", [(1,) * 5, ints(*[0] * 5), ints(*[1] * 5), ints(*[1] * 5)], [(1,) * 5], SLICED),
        "5 axes, accepted are at most 4",
    ),
    "strided_slice by 0": (
        model("strided_slice", [(1, 3), ints(0, 0), ints(1, 3), ints(1, 0)], [(1, 3)], SLICED), "stride of axis 1 is 0",
    ),
    "strided_slice to another shape": (
        model("strided_slice", [(1, 3), ints(0, 0), ints(1, 2), ints(1, 1)], [(1, 3)], SLICED), r"give \[1, 2\]",
    ),
    "strided_slice with a new axis": (
        model(
            "strided_slice", [(1, 3), ints(0, 0), ints(1, 3), ints(1, 1)], [(1, 1, 3)], SLICED | {"new_axis_mask": 1}
        ),
        r"new_axis_mask set, output .*\[1, 1, 3\]; TFLite Micro ignores it and accepts \[1, 3\] only",
    ),
    "reverse_v2 of axes apart": (
        model("reverse_v2", [(2, 3, 4), ints(0, 2)], [(2, 3, 4)]), r"axes \[0, 2\], accepted are neighbours",
    ),
    "reverse_v2 of an axis twice": (
        model("reverse_v2", [(2, 3), ints(1, -1)], [(2, 3)]), r"axes \[1, -1\], accepted are neighbours",
    ),
    "reverse_v2 of no axis that is there": (model("reverse_v2", [(2, 3), ints(2)], [(2, 3)]), "axis is 2, accepted"),
    "reverse_v2 by a scalar": (model("reverse_v2", [(2, 3), ints(1)[0:1].reshape(())], [(2, 3)]), "in a vector"),
    "reverse_v2 of uint32": (
        model("reverse_v2", [plain((2, 3), "uint32"), ints(1)], [plain((2, 3), "uint32")]), "on uint32",
    ),
    "mirror_pad of int16": (
        model("mirror_pad", [at(0.5, 0, "int16"), ints([0, 0], [1, 0])], [at(0.5, 0, "int16")], {"mode": 0}),
        "mirror_pad.* on int16",
    ),
    "fill of another shape": (
        model("fill", [ints(1, 4), ((), "int8", Q)], [(1, 3)]), r"has shape \[1, 3\], its inputs give \[1, 4\]",
    ),
    "fill by a vector": (model("fill", [ints(1, 3), (1,)], [(1, 3)]), r"shape \[1\], accepted is a scalar"),
    "fill by no constant": (
        model("fill", [plain((2,), "int32"), ((), "int8", Q)], [(1, 3)]), "input 0 .* must be a constant",
    ),
    "gather_nd by int64": (
        model("gather_nd", [(1, 3), ints([0], dtype=np.int64)], [(1, 3)]), "are int64, accepted is int32",
    ),
    "gather_nd of too many axes": (
        model("gather_nd", [(1, 3), ints([0, 0, 0])], [(1,)]), r"shape \[1, 3\], accepted are 1 to 2 in the last",
    ),
    "cumsum of int16": (
        model("cumsum", [at(0.5, 0, "int16"), ints(1)], [at(0.5, 0, "int16")], CUMSUM), "cumsum.* on int16",
    ),
    "cumsum of no axis that is there": (model("cumsum", [(1, 3), ints(2)], [(1, 3)], CUMSUM), "axis is 2, accepted"),
    "cumsum to a tiny scale": (
        model("cumsum", [(1, 3), ints(1)], [at(2.0**-21, 0)], CUMSUM), r"accepted is a quotient below 2\*\*19",
    ),
    "pad of uint8": (
        model("pad", [plain((1, 2), "uint8"), ints([0, 0], [0, 1])], [plain((1, 3), "uint8")]), "pad.* on uint8",
    ),
    "split by no constant": (
        model("split", [plain((1,), "int32"), (1, 4)], [(1, 2)] * 2, {"num_splits": 2}), "input 0 .* must be a const",
    ),
    "split_v beyond the axes": (
        model("split_v", [(1, 4), ints(2, 2), ints(2)], [(1, 2)] * 2, {"num_splits": 2}), "axis is 2, accepted",
    ),
    "pack of uint8": (
        model("pack", [plain((1, 2), "uint8")], [plain((1, 1, 2), "uint8")], {"values_count": 1, "axis": 0}),
        "pack.* on uint8",
    ),
    "space_to_batch_nd of 2 axes": (
        model("space_to_batch_nd", [(1, 4), ints(1), ints([0, 0])], [(1, 4)]), "2 axes, accepted are 3 and 4",
    ),
    "batch_to_space_nd of int16": (
        model("batch_to_space_nd", [at(0.5, 0, "int16"), ints(1), ints([0, 0])], [at(0.5, 0, "int16")]), "on int16",
    ),
    "depth_to_space of odd channels": (
        model("depth_to_space", [(1, 2, 2, 6)], [(1, 4, 4, 1)], {"block_size": 2}), "6 channels, not a multiple",
    ),
    "space_to_depth of odd rows": (
        model("space_to_depth", [(1, 3, 2, 1)], [(1, 1, 1, 4)], {"block_size": 2}), "not made of blocks of 2",
    ),
    "gather by int64": (
        model("gather", [(1, 3), ints(0, dtype=np.int64)], [(1, 1)], {"axis": 1, "batch_dims": 0}), "are int64",
    ),
    "gather beyond the axes": (
        model("gather", [(1, 3), ints(0)], [(1, 1)], {"axis": 2, "batch_dims": 0}), "axis is 2 and batch_dims 0",
    ),
    "broadcast_to what does not fit": (model("broadcast_to", [(1, 3), ints(1, 4)], [(1, 4)]), r"\[1, 3\], output"),
    "cast of int64": (model("cast", [plain((1, 3), "int64")], [(1, 3)]), "a cast from int64 to int8"),
}  # fmt: skip

#: The same of models that the wheel reads beyond their arrays for, or runs with another meaning.
OURS = {
    "concatenation of other shapes": (
        model("concatenation", [(1, 3), (2, 3)], [(1, 6)], CONCATENATED), "differ in axis 1 only",
    ),
    "concatenation to another size": (model("concatenation", [(1, 3)], [(1, 4)], CONCATENATED), r"give \[1, 3\]"),
    "transpose by two axes of numbers": (
        model("transpose", [(1, 3), ints([1, 0])], [(3, 1)]), r"permutation has shape \[1, 2\], accepted is one axis",
    ),
    "transpose with an axis twice": (model("transpose", [(2, 2), ints(0, 0)], [(2, 2)]), r"permutation is \[0, 0\]"),
    "strided_slice of an axis that it shrinks away": (
        model("strided_slice", [(1, 3), ints(0, 3), ints(1, 4), ints(1, 1)], [(1,)], SLICED | {"shrink_axis_mask": 2}),
        "axis 1 begins at 3",
    ),
    "strided_slice by too few numbers": (
        model("strided_slice", [(1, 3), ints(0), ints(1), ints(1)], [(1, 3)], SLICED), "1 elements, expected 2",
    ),
    "slice beyond the end": (model("slice", [(1, 3), ints(0, 2), ints(1, 2)], [(1, 2)]), "begin 2 and size 2"),
    "split into other parts": (
        model("split", [ints(1), (1, 4)], [(1, 1), (1, 3)], {"num_splits": 2}), r"output_3.* give \[1, 1\]",
    ),
    "split_v into too few": (
        model("split_v", [(1, 4), ints(2, 1), ints(1)], [(1, 2), (1, 1)], {"num_splits": 2}), "sum to 3, .* has 4",
    ),
    "pack of another count": (
        model("pack", [(1, 3)], [(1, 2, 3)], {"values_count": 2, "axis": 1}), "values_count is 2, it has 1 inputs",
    ),
    "pack of other shapes": (
        model("pack", [(1, 3), (3, 1)], [(1, 2, 3)], {"values_count": 2, "axis": 1}), "the first has",
    ),
    "unpack of another count": (
        model("unpack", [(1, 3)], [(1,)] * 2, {"num": 2, "axis": 1}), "num is 2, it has 2 outputs, axis 1 has 3",
    ),
    "space_to_batch_nd of no whole blocks": (
        model("space_to_batch_nd", [(1, 4, 1), ints(3), ints([0, 1])], [(3, 1, 1)]), "no multiples of the block shape",
    ),
    "batch_to_space_nd of no whole blocks": (
        model("batch_to_space_nd", [(4, 4, 1), ints(3), ints([0, 1])], [(1, 3, 1)]), "no multiple of the block shape",
    ),
    "batch_to_space_nd of negative crops": (
        model("batch_to_space_nd", [(3, 4, 1), ints(3), ints([-1, 1])], [(1, 12, 1)]), "crops .* at least 0",
    ),
    "gather of what is not there": (
        model("gather", [(1, 3), ints(0, 3)], [(1, 2)], {"axis": 1, "batch_dims": 0}), "leave axis 1",
    ),
    "gather_nd of what is not there": (
        model("gather_nd", [(2, 3), ints([1, 3])], [(1,)]), r"leave axes \[2, 3\]",
    ),
    "gather_nd to another shape": (model("gather_nd", [(2, 3), ints([1, 2])], [(2,)]), r"its inputs give \[1\]"),
    "mirror_pad beyond the edge": (
        model("mirror_pad", [(1, 3), ints([0, 0], [3, 0])], [(1, 6)], {"mode": 0}), r"by \[3, 0\], accepted are 0 to 2",
    ),
    "mirror_pad to another shape": (
        model("mirror_pad", [(1, 3), ints([0, 0], [1, 0])], [(1, 3)], {"mode": 1}), r"its inputs give \[1, 4\]",
    ),
    "mirror_pad of five axes": (
        model("mirror_pad", [(2,) * 5, ints(*[[1, 1]] * 5)], [(4,) * 5], {"mode": 1}), "at most 4 axes",
    ),
    "cumsum to another shape": (model("cumsum", [(1, 3), ints(1)], [(3, 1)], CUMSUM), r"its inputs give \[1, 3\]"),
    "reverse_v2 to another shape": (model("reverse_v2", [(1, 3), ints(1)], [(3, 1)]), r"its inputs give \[1, 3\]"),
    "cast to float16": (
        model("cast", [plain((1, 3), "float32")], [plain((1, 3), "float16")]), "from float32 to float16, accepted",
    ),
    "cast of uint32 to float32": (
        model("cast", [plain((1, 3), "uint32")], [plain((1, 3), "float32")]), "a cast from uint32 to float32",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BOTH | OURS)
def test_refused_by_name(case):
    data, words = (BOTH | OURS)[case]
    with pytest.raises(et.ModelError, match=words) as caught:
        et.load(data)
    assert case.split()[0] in str(caught.value)


@pytest.mark.parametrize("case", BOTH)
def test_the_wheel_refuses_it_too(tflm, case):
    data, _ = BOTH[case]
    graph = et.io.tflite_read.read_tflite(data)
    sample = [np.zeros(graph.tensors[i].shape, graph.tensors[i].dtype) for i in graph.inputs]
    with pytest.raises(Refused):
        tflm.run(data, [sample], len(graph.outputs))
