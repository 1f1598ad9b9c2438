"""Every wrong argument of et.kernels is one named error; nothing is cast, nothing crashes."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from oracles.kernel_arguments import GATE, GOOD, GOOD_INT16, int8, int32

from edgetwin import kernels
from edgetwin.errors import QuantizationError, ShapeError, UnsupportedError


def spoiled_integers(name, low, high):
    """Cases for an integer of [low, high]: beyond both ends, beyond int64, and what is no integer."""
    values = [low - 1, high + 1, 2**63, -(2**63) - 1, 10**5000, 0.0, "1", True, np.True_, np.zeros(2, np.int32), [1]]
    return [(name, value, QuantizationError, name) for value in values]


def spoiled_arrays(name, good, any_rank):
    """Cases for an array: another dtype, byte order, rank, kind of object."""
    others = ("float32", "uint8", "int64", "object", "int8" if good.dtype == bool else "bool")
    values = [good.astype(dtype) for dtype in others]
    values += [good.astype(good.dtype.newbyteorder(">") if good.dtype.itemsize > 1 else ">i2")]
    values += [] if any_rank else [good[None]]
    values += [good.tolist(), "text", 1.5, np.ma.MaskedArray(good), [[1], [1, 2]], {}]
    return [(name, value, ShapeError, name) for value in values]


def spoiled_words(name, accepted):
    return [
        (name, value, UnsupportedError, f"{name}.*{accepted}")
        for value in ("", "Double", None, 1, b"x", ["x"], int8(2))
    ]


INTEGERS = {
    "input_zero_point": (-128, 127),
    "output_zero_point": (-128, 127),
    "weights_zero_point": (-128, 127),
    "state_zero_point": (-128, 127),
    "hidden_zero_point": (-128, 127),
    "x_zero_point": (-128, 127),
    "y_zero_point": (-128, 127),
    "value": (-128, 127),
    "activation_min": (-128, 127),
    "activation_max": (-128, 127),
    "in_act_min": (-128, 127),
    "in_act_max": (-128, 127),
    "out_act_min": (-128, 127),
    "out_act_max": (-128, 127),
    "left_shift": (0, 22),
    "diff_min": (-(2**31), 0),
    "input_range_radius": (0, 2**31 - 1),
    "cell_clip": (0, 32767),
    "cell_scale_power": (-30, 2),
}
INTEGERS |= {f"{side}_multiplier": (0, 2**31 - 1) for side in ("x", "y", "output")}
INTEGERS |= {f"{side}_shift": (-31, 0) for side in ("x", "y", "output")}
INTEGERS |= {"alpha_zero_point": (-128, 127)}
INTEGERS |= dict.fromkeys(("identity_multiplier", "alpha_multiplier"), (0, 2**31 - 1))
INTEGERS |= dict.fromkeys(("identity_shift", "alpha_shift"), (-31, 30))
INTEGERS |= {"reluish_multiplier": (0, 2**15 - 1), "reluish_shift": (-31, 31)}
INTEGERS |= {"reverse_multiplier": (0, 2**31 - 1), "reverse_shift": (-31, 0)}
INTEGERS |= dict.fromkeys(("mult_in", "mult_out", "output_mult"), (0, 2**31 - 1))
INTEGERS |= dict.fromkeys(("shift_in", "shift_out"), (-31, 30))
WORDS = {"rounding": "'single'", "output_dtype": "'int16'", "saturation": "'cmsis_nn'", "dtype": "'uint8'"}
BINARY = ("add", "sub", "mul", "maximum", "minimum", "squared_difference", "div")
LOGICAL = ("logical_and", "logical_or", "logical_not", "select")
COMPARISONS = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
REDUCED = ("mean", "sum", "reduce_max", "reduce_min", "reduce_all", "arg_max", "arg_min")
CURVES = ("hard_swish", "elu", "rsqrt", "log_softmax", "l2_normalization")
RECTIFIERS = ("relu", "relu6", "leaky_relu", "prelu", "abs")
ANY_RANK = (
    *REDUCED,
    "cumsum",
    "softmax",
    "logistic",
    "tanh",
    *CURVES,
    *RECTIFIERS,
    *BINARY,
    *COMPARISONS,
    *LOGICAL,
    "batch_matmul",
)
#: Where a kernel's range is not the usual one.
RANGES = {
    ("div", "shift"): (-23, 22),
    ("cumsum", "shift"): (-31, 0),
    ("leaky_relu", "alpha_multiplier"): (-(2**31 - 1), 2**31 - 1),
    ("squared_difference", "output_shift"): (-31, 30),
    ("hard_swish", "output_multiplier"): (0, 2**15 - 1),
    ("log_softmax", "diff_min"): (-(2**31 - 1), 0),
    ("log_softmax", "shift"): (0, 31),
    ("softmax", "shift"): (0, 31),
}
CENTERS = ("align_corners", "half_pixel_centers")
PER_CHANNEL = ("conv_1d", "conv_2d", "depthwise_conv_2d", "transpose_conv", "fully_connected")


def cases():
    for kernel, good in GOOD.items():
        for name, value in good.items():
            if isinstance(value, np.ndarray) and kernel != "requantize" and name != "values":
                spoiled = spoiled_arrays(name, value, kernel in ANY_RANK)
                if kernel in ("maximum", "minimum") and name == "x":
                    spoiled = [case for case in spoiled if getattr(case[1], "dtype", None) != np.int64]
                yield from ((kernel, *case) for case in spoiled)
            elif name in WORDS:
                # No word for the output's dtype is that of the input.
                spoiled = spoiled_words(name, WORDS[name])
                if name == "output_dtype":
                    spoiled = [case for case in spoiled if case[1] is not None]
                yield from ((kernel, *case) for case in spoiled)
            elif name in INTEGERS:
                low, high = RANGES.get((kernel, name), INTEGERS[name])
                if kernel == "lstm" and name == "output_shift":
                    low, high = -31, 30
                yield from ((kernel, *case) for case in spoiled_integers(name, low, high))
            elif name in ("multiplier", "shift") and kernel not in (*PER_CHANNEL, "requantize"):
                usual = (0, 2**31 - 1) if name == "multiplier" else (-31, 30)
                low, high = RANGES.get((kernel, name), usual)
                yield from ((kernel, *case) for case in spoiled_integers(name, low, high))
    for kernel in PER_CHANNEL:
        for name, low, high in (("multiplier", 0, 2**31 - 1), ("shift", -31, 30)):
            for value in (
                low - 1,
                high + 1,
                2**70,
                np.int64(high + 1),
                np.array([low - 1], np.int64).clip(-(2**31)).astype(np.int32),
            ):
                yield kernel, name, value, QuantizationError, name
            for value in (0.5, True, None, "1", [1], int32(2), int32(1, 1), np.zeros(1), np.zeros(1, np.int64)):
                yield kernel, name, value, ShapeError, name
        yield kernel, "multiplier", np.full(GOOD[kernel]["bias"].size, -1, np.int32), QuantizationError, "from -1"
        yield kernel, "weights", GOOD[kernel]["weights"][..., :0], ShapeError, "weights"
        yield kernel, "x", GOOD[kernel]["x"][..., :0], ShapeError, "x|weights"
        yield kernel, "bias", int32(5), ShapeError, r"bias: shape \(5,\), accepted is \(\d,\)"
    for name in ("multiplier", "shift", "values"):
        for value in (
            0.5,
            True,
            None,
            "1",
            [1],
            np.zeros(3, np.int64),
            np.zeros(3),
            np.zeros(3, ">i4"),
            int32(2),
            int32(4),
        ):
            yield "requantize", name, value, ShapeError, name
        yield "requantize", name, 2**31, QuantizationError, name
    for name, value in (("multiplier", -1), ("shift", 31), ("shift", -32)):
        for spoiled in (value, np.int32(value), np.full(3, value, np.int32)):
            yield "requantize", name, spoiled, QuantizationError, name
    yield "requantize", "values", np.broadcast_to(np.int32(1), (2**20, 2**20, 1)), ShapeError, "elements"
    for kernel in ("conv_1d", "conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d"):
        two = kernel != "conv_1d"
        accepted = r"\(\(top, bottom\), \(left, right\)\)" if two else r"\(before, after\)"
        words = ("SAME", "full", None, 1, (1,), (1, 2, 3), b"same", int8(2), *([(1, 1)] if two else []))
        for value in words:
            yield kernel, "padding", value, UnsupportedError, f"padding.*{accepted}"
        for value in ((-1, 0), (0, 0.5), (2**31, 0), (True, 0)):
            yield kernel, "padding", ((0, 0), value) if two else value, ShapeError, "padding"
        for name in ("stride", "dilation", "pool"):
            if name in GOOD[kernel]:
                pairs = [(1, 0), (1, 1.0), (1,), (1, 1, 1), ("1", 1)] if two else []
                for value in (0, -1, 2**31, 10**5000, 1.5, True, None, "1", *pairs):
                    yield kernel, name, value, ShapeError, name
        absurd = ((0, 0), (2**31 - 1, 2**31 - 1))
        yield kernel, "padding", absurd if two else absurd[1], ShapeError, "padding|elements"
    for kernel in ("conv_1d", "conv_2d", "depthwise_conv_2d"):
        yield kernel, "dilation", 2**31 - 1, ShapeError, "dilation"
    for kernel, name in (
        ("transpose_conv", "stride"),
        ("transpose_conv", "output_shape"),
        ("resize_nearest_neighbor", "size"),
        ("resize_bilinear", "size"),
    ):
        for value in (0, -1, 2**31, 10**5000, 1.5, True, None, "1", (1, 0), (1, 1.0), (1,), (1, 1, 1), ("1", 1)):
            yield kernel, name, value, ShapeError, name
    yield "transpose_conv", "output_shape", (2**16, 2**16), ShapeError, "elements"
    for value in ("SAME", "full", None, 1, ((0, 0), (0, 0)), b"same", int8(2)):
        yield "transpose_conv", "padding", value, UnsupportedError, "padding: .*'same', 'valid'"
    yield "transpose_conv", "weights", int8(6, 3, 3, 3), ShapeError, r"weights: .* \(out, kh, kw, 4\)"
    for kernel, name in (
        ("batch_matmul", "adj_x"),
        ("batch_matmul", "adj_y"),
        *((f"resize_{how}", name) for how in ("nearest_neighbor", "bilinear") for name in CENTERS),
    ):
        for value in (1, 0, None, "yes", int8(1)):
            yield kernel, name, value, UnsupportedError, name
    yield "batch_matmul", "x", int8(5), ShapeError, "x: 1 axes"
    yield "batch_matmul", "y", int8(1, 1, 1, 1, 5, 4), ShapeError, "y: 6 axes"
    yield "batch_matmul", "y", int8(4, 4), ShapeError, "would sum over 5 and 4"
    yield "batch_matmul", "adj_y", True, ShapeError, "would sum over 5 and 4"
    yield "batch_matmul", "y", int8(3, 5, 4), ShapeError, "leading axes do not broadcast"
    yield "batch_matmul", "y", int8(5, 0), ShapeError, "y: shape"
    for how in ("nearest_neighbor", "bilinear"):
        yield f"resize_{how}", "x", int8(1, 0, 5, 3), ShapeError, "only n may be 0"
        yield f"resize_{how}", "size", (2**16, 2**16), ShapeError, "elements"
    yield "resize_bilinear", "size", 3000, ShapeError, "resize_bilinear_s8: bad shape"
    yield "conv_2d", "weights", int8(6, 3, 3, 3), ShapeError, "divisors of x's 4"
    yield "conv_2d", "weights", int8(5, 3, 3, 2), ShapeError, "multiples of 2 groups"
    yield "conv_2d", "weights", int8(0, 3, 3, 2), ShapeError, "weights"
    yield "conv_2d", "x", np.broadcast_to(np.int8(1), (2**20, 2**10, 2**10, 4)), ShapeError, "x: .* elements"
    yield "depthwise_conv_2d", "weights", int8(1, 3, 3, 6), ShapeError, "multiples of x's 4"
    yield "depthwise_conv_2d", "weights", int8(2, 3, 3, 8), ShapeError, "weights"
    yield "fully_connected", "weights", int8(3, 4), ShapeError, r"weights: shape \(3, 4\), accepted is \(out, 5\)"
    for kernel in ("max_pool_2d", "average_pool_2d"):
        yield kernel, "pool", (2**20, 2**20), ShapeError, "pool: 1048576 x 1048576"
        yield kernel, "pool", 6, ShapeError, "window of 6 elements does not fit into x's 5"
        yield kernel, "padding", ((2, 0), (0, 0)), ShapeError, "outside of x"
        yield kernel, "padding", ((0, 3), (0, 0)), ShapeError, "outside of x"
        yield kernel, "x", int8(1, 0, 5, 3), ShapeError, "only n may be 0"
    for value in (4, -5, 2**70, 1.0, True, None, "1", (1, 4), (1, "2")):
        yield from ((kernel, "axis", value, ShapeError, "axis") for kernel in (*REDUCED, "cumsum"))
    for value in (1, 0, None, "yes", int8(1)):
        yield from ((kernel, "keep_dims", value, UnsupportedError, "keep_dims") for kernel in REDUCED[:5])
        yield from (("cumsum", name, value, UnsupportedError, name) for name in ("exclusive", "reverse"))
        yield "lstm", "time_major", value, UnsupportedError, "time_major"
    for kernel in REDUCED:
        dtype = GOOD[kernel]["x"].dtype
        yield kernel, "x", int8().astype(dtype), ShapeError, "x: no axes"
        yield kernel, "x", int8(2, 0, 5, 3).astype(dtype), ShapeError, "axis: (0|no) elements"
        yield kernel, "x", int8(1, 1, 1, 1, 1, 1, 1).astype(dtype), ShapeError, "x: 7 axes"
    for kernel, most in (("softmax", 4095), ("log_softmax", 4095), ("l2_normalization", 33025)):
        for shape in ((), (2, 0), (most + 1,)):
            yield kernel, "x", int8(*shape), ShapeError, f"last axis of 1 to {most}"
    for kernel in (*BINARY, *COMPARISONS):
        yield kernel, "y", int8(4), ShapeError, "x, y: shapes"
        yield kernel, "y", np.broadcast_to(np.int8(1), (2**20, 2**20, 1, 1)), ShapeError, "y: .* elements"
        yield kernel, "y", int8(1, 1, 1, 1, 1, 1, 1), ShapeError, "y: 7 axes"
    for value in (
        None,
        1,
        (),
        ((0, 0),),
        ((0, 0), (1,)),
        ((0, 0), 1),
        int32(2, 2),
        ((0, 0), (0, -1)),
        ((0, 0), (0, 0.5)),
    ):
        yield "pad", "paddings", value, ShapeError, "paddings"
    yield "pad", "paddings", ((0, 0), (0, 2**31 - 1)), ShapeError, "elements"
    yield "pad", "x", int8(), ShapeError, "paddings"
    for value in (0, 7, -1, 4, 2.0, True, None):
        yield "svdf", "rank", value, ShapeError, "rank"
    yield "svdf", "state_in", int8(2, 6, 3), ShapeError, "state_in"
    yield "svdf", "weights_time", int8(5, 4), ShapeError, "weights_time"
    yield "svdf", "weights_time", int8(6, 0), ShapeError, "only n may be 0"
    for name in ("forget_to_cell", "input_to_cell"):
        for value in (None, 1, (1,), (1, 2, 3), int32(2)):
            yield "lstm", name, value, ShapeError, name
        for value in ((-1, 0), (1, 31), (1, -32), (0.5, 0), (1, None), (2**31, 0)):
            yield "lstm", name, value, QuantizationError, name
    yield "lstm", "x", int8(2, 0, 3), ShapeError, "only n may be 0"
    yield "lstm", "cell_state", int8(2, 4), ShapeError, "cell_state: dtype int8"
    yield "lstm", "hidden_state", int8(3, 4), ShapeError, "hidden_state"
    for value in (None, 1, {}, {"input": GATE}, {1: GATE, "input": GATE}, "input", [GATE] * 4):
        yield "lstm", "gates", value, ShapeError, "gates: .*'forget'"
    for name, value, error in (
        ("weights_input", int8(4, 2), ShapeError),
        ("weights_input", int8(5, 3), ShapeError),
        ("weights_input", int8(4, 3).astype(np.int16), ShapeError),
        ("weights_hidden", int8(4, 3), ShapeError),
        ("weights_hidden", None, ShapeError),
        ("effective_bias_input", int32(3), ShapeError),
        ("effective_bias_hidden", np.zeros(4), ShapeError),
        ("input_mult", -1, QuantizationError),
        ("hidden_mult", 0.5, QuantizationError),
        ("input_shift", 31, QuantizationError),
        ("hidden_shift", None, QuantizationError),
        ("wrong", 1, ShapeError),
    ):
        gates = GOOD["lstm"]["gates"] | {"cell": GATE | {name: value}}
        yield "lstm", "gates", gates, error, rf"gates\['cell'\].*{name}"
    without = {name: value for name, value in GATE.items() if name != "input_mult"}
    yield "lstm", "gates", GOOD["lstm"]["gates"] | {"cell": without}, ShapeError, r"gates\['cell'\].*'input_mult'"
    yield "lstm", "gates", GOOD["lstm"]["gates"] | {"cell": None}, ShapeError, r"gates\['cell'\]: None"
    scales = (0, 0.0, -1.0, np.nan, np.inf, 1e-60, 1e60, 10**400, None, "0.5", True, [0.5], np.ones(1), 1j)
    for name in ("input_scale", "output_scale"):
        yield from (("elu", name, value, QuantizationError, name) for value in scales)
    yield "elu", "output_scale", 1e-30, QuantizationError, "beyond int32"
    for kernel in ("quantize", "dequantize"):
        for value in scales:
            yield kernel, "scale", value, QuantizationError, "scale"
        for value in (-129, 128, 2**70, 0.0, True, None, "0", int8(1)):
            yield kernel, "zero_point", value, QuantizationError, "zero_point"
    for value in ([np.nan], "text", [["x"]], [[1.0], [1.0, 2.0]], 1j, True, None, [None], np.array([1.0], object)):
        yield "quantize", "values", value, QuantizationError, "values|NaN"
    yield "quantize", "values", np.ma.MaskedArray([1.0]), QuantizationError, "values"
    for value in (
        1,
        [1],
        None,
        np.ones(1),
        np.ones(1, np.int64),
        np.ones(1, bool),
        np.ones(1, object),
        np.ma.MaskedArray(int8(1)),
    ):
        yield "dequantize", "values", value, ShapeError, "values"


CASES = list(cases())


def name_of(case):
    kernel, name, value, *_ = case
    kind = f"{value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else type(value).__name__
    try:
        text = repr(value)
    except ValueError:
        text = "huge"
    return f"{kernel}-{name}-{kind}-{text[:24] if not isinstance(value, (np.ndarray, dict)) else ''}"


@pytest.mark.parametrize(("kernel", "name", "value", "error", "message"), CASES, ids=map(name_of, CASES))
def test_bad_argument_is_named(kernel, name, value, error, message):
    with pytest.raises(error) as caught:
        getattr(kernels, kernel)(**GOOD[kernel] | {name: value})
    assert type(caught.value) is error
    text = str(caught.value)
    assert re.search(message, text)
    assert len(text) < 500
    assert "\n" not in text


def test_every_kernel_and_argument_has_cases():
    assert set(GOOD) == set(kernels.__all__)
    for kernel, good in GOOD.items():
        parameters = set(inspect.signature(getattr(kernels, kernel)).parameters)
        assert parameters == set(good), kernel
        assert parameters == {name for case_kernel, name, *_ in CASES if case_kernel == kernel}, kernel


def int16_cases():
    for kernel, good in GOOD_INT16.items():
        for name in sorted(good.keys() & {f"{side}_zero_point" for side in ("x", "y", "output", "input")}):
            yield kernel, name, 1, QuantizationError, rf"{name}: 1, accepted is an integer in \[0, 0\]"
        if "y" in good:
            yield kernel, "y", GOOD[kernel]["y"], ShapeError, "y: dtype int8, accepted is int16"
        if "left_shift" in good:
            yield kernel, "left_shift", 16, QuantizationError, r"left_shift: 16, accepted is an integer in \[0, 15\]"
        taken = inspect.signature(getattr(kernels, kernel)).parameters
        for name in (name for name in ("activation_min", "activation_max") if name in taken):
            for value in (-32769, 32768):
                yield kernel, name, value, QuantizationError, f"{name}: {value}, accepted"
    yield "softmax", "diff_min", -1, QuantizationError, "diff_min: -1, accepted is None for int16"
    yield "softmax", "output_dtype", "int8", UnsupportedError, "output_dtype: 'int8', accepted are 'int16'"
    yield "softmax", "shift", 31, QuantizationError, r"shift: 31, accepted is an integer in \[-31, 30\]"
    yield "pad", "value", 32768, QuantizationError, "value: 32768, accepted"
    for kernel in ("max_pool_2d", "average_pool_2d"):
        yield kernel, "pool", (256, 128), ShapeError, "pool: 256 x 128, accepted are at most 32767 elements"
    for kernel in ("logistic", "tanh"):
        yield kernel, "input_range_radius", 0, QuantizationError, "input_range_radius: 0, accepted is None for int16"
        yield kernel, "multiplier", 32768, QuantizationError, "multiplier: 32768, accepted"
        yield kernel, "shift", 1, QuantizationError, r"shift: 1, accepted is an integer in \[-31, 0\]"
    for kernel in ("conv_1d", "conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv"):
        several = kernel in ("conv_1d", "conv_2d", "fully_connected")
        accepted = "bias: dtype int16, accepted is int64" + (" or int32" if several else "")
        yield kernel, "bias", GOOD[kernel]["bias"].astype(np.int16), ShapeError, accepted
        yield kernel, "shift", 15, QuantizationError, r"shift: 15, accepted is an integer in \[-31, 14\]"
        yield (
            kernel,
            "weights",
            GOOD[kernel]["weights"].astype(np.int16),
            ShapeError,
            "weights: dtype int16, accepted is",
        )
    yield "batch_matmul", "shift", 15, QuantizationError, r"shift: 15, accepted is an integer in \[-31, 14\]"
    yield "prelu", "alpha", GOOD["prelu"]["alpha"].astype(np.int16), ShapeError, "alpha: dtype int16, accepted is int8"


@pytest.mark.parametrize(("kernel", "name", "value", "error", "message"), list(int16_cases()))
def test_bad_argument_with_int16_is_named(kernel, name, value, error, message):
    with pytest.raises(error, match=message):
        getattr(kernels, kernel)(**GOOD_INT16[kernel] | {name: value})
