"""NaN, infinities, the sign of zero and ends of ranges: as LiteRT with its delegate, or without."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.movement import DTYPE_NUMBERS
from edgetwin.conformance.generators.real import RealBuilder
from edgetwin.graph.lowering.float32.axes import REDUCTIONS
from edgetwin.graph.lowering.float32.elementwise import ARITHMETIC, BINARY, COMPARISONS, UNARY
from edgetwin.io.tflite_write import write_tflite

INF, NAN = np.inf, np.nan
VALUES = (0.0, -0.0, INF, -INF, NAN, 0.5, -0.5, 1.5, -1.5, 2.5, 3.0, -3.0, 6.0, 7.0, 3.4e38, -3.4e38, 100.0, -100.0)
#: Every pair of these.
OPERANDS = (0.0, -0.0, 1.0, -2.5, INF, -INF, NAN)
ROWS = (
    (0, 1, NAN), (NAN, 0, 1), (1, NAN, 0), (NAN, NAN, NAN), (INF, -INF, 1), (-INF, -INF, -INF), (INF, INF, INF),
    (-0.0, -0.0, -0.0), (0, 0, 0), (0, 1, -INF), (3e38, -3e38, 1), (1e-20, 1e-20, 0), (1e25, 1e25, 1),
)  # fmt: skip
#: What comes of NaN in front of fewer than four numbers is not the same from one row length of LiteRT's to the next.
SEARCHED = [row for row in ROWS if row != (NAN, 0, 1)] + [(NAN, 2, 1, 3), (5, NAN, 2, 7, 1, 1, 1, 1, 9, 1, 1)]
BOUNDS = (
    127.9, 128, -128.9, -129, 255.9, 256, -1, 32767.9, 32768, -32769, 2147483520, 2147483648, -2147483648, -2147483904,
    4294967040, 4294967296, 1e10, -1e10, 1e30,
)  # fmt: skip


def answers(litert, name, arrays, options=None, output=None, dtype="float32", constant=None):
    """(ours, LiteRT's with its delegate, LiteRT's own) of one operator on arrays of batch 1, flat."""
    b = RealBuilder(np.random.default_rng(0))
    arrays = [np.asarray(array, np.float32).reshape(1, -1) for array in arrays]
    inputs = [b.real_input(array.shape) for array in arrays]
    if constant is not None:
        constant = np.asarray(constant)
        inputs.append(b.add("constant", constant.shape, str(constant.dtype), data=constant))
    y = b.add("output", arrays[0].shape if output is None else output, dtype)
    data = write_tflite(b.graph(name, inputs, [y], options or {}))
    delegate, plain = litert.run(data, [arrays])
    return tuple(np.asarray(a).reshape(-1) for a in (et.load(data).run(*arrays), delegate[0][0], plain[0][0]))


def agree(a, b):
    """Elements that are both NaN, the same infinity, zeros of one sign, or near."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(a - b) <= 1e-4 * np.abs(b)
    return (np.isnan(a) & np.isnan(b)) | ((a == b) & ((a != 0) | (np.signbit(a) == np.signbit(b)))) | (near & (b != 0))


def check(ours, delegate, plain, what):
    wrong = ~(agree(ours, delegate) | agree(ours, plain))
    assert not wrong.any(), f"{what}: ours {ours[wrong]}, LiteRT's {delegate[wrong]} or {plain[wrong]}"


@pytest.mark.parametrize("name", UNARY)
def test_of_one_value(litert, name):
    check(*answers(litert, name, [VALUES]), VALUES)


@pytest.mark.parametrize("approximate", [False, True])
def test_gelu(litert, approximate):
    check(*answers(litert, "gelu", [VALUES], {"approximate": approximate}), VALUES)


@pytest.mark.parametrize("alpha", [0.0, 0.125, -0.5])
def test_leaky_relu(litert, alpha):
    check(*answers(litert, "leaky_relu", [VALUES], {"alpha": alpha}), VALUES)
    check(*answers(litert, "prelu", [VALUES], constant=np.float32([alpha])), VALUES)


@pytest.mark.parametrize("activation", ["none", "relu", "relu6", "relu_n1_to_1"])
@pytest.mark.parametrize("name", ARITHMETIC)
def test_fused(litert, name, activation):
    x, y = zip(*[(a, b) for a in OPERANDS for b in OPERANDS], strict=True)
    check(*answers(litert, name, [x, y], {"fused_activation_function": activation}), [*zip(x, y, strict=True)])


@pytest.mark.parametrize("name", [*BINARY, *COMPARISONS])
def test_of_two_values(litert, name):
    x, y = zip(*[(a, b) for a in OPERANDS for b in OPERANDS], strict=True)
    dtype = "bool" if name in COMPARISONS else "float32"
    check(*answers(litert, name, [x, y], dtype=dtype), [*zip(x, y, strict=True)])


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction(litert, name, row):
    check(*answers(litert, name, [row], {"keep_dims": True}, (1, 1), constant=np.int32([1])), row)


@pytest.mark.parametrize("name", ["arg_max", "arg_min"])
def test_position(litert, name):
    for row in SEARCHED:
        check(*answers(litert, name, [row], {"output_type": 2}, (1,), "int32", np.int32([1])), row)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("softmax", {"beta": 1.0}),
        ("softmax", {"beta": 0.0}),
        ("log_softmax", {}),
        ("l2_normalization", {"fused_activation_function": "none"}),
    ],
    ids=str,
)
def test_row(litert, name, options):
    for row in ROWS:
        check(*answers(litert, name, [row], options), row)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "uint32", "int64", "bool"])
def test_cast(litert, dtype):
    values = np.float32([*VALUES, *BOUNDS])
    options = {"in_data_type": 0, "out_data_type": DTYPE_NUMBERS[dtype]}
    ours, delegate, plain = answers(litert, "cast", [values], options, dtype=dtype)
    np.testing.assert_array_equal(ours, delegate)
    np.testing.assert_array_equal(ours, plain)
