"""Good arguments for every kernel of et.kernels: tests spoil one of them, or lay them out otherwise in memory."""

from __future__ import annotations

import numpy as np


def int8(*shape):
    return (np.arange(np.prod(shape, dtype=int)) % 7 - 3).astype(np.int8).reshape(shape)


def int32(*shape):
    return np.arange(np.prod(shape, dtype=int), dtype=np.int32).reshape(shape)


def truths(*shape):
    return int32(*shape) % 3 == 0


SCALE = {"multiplier": 2**30, "shift": 0}
POINTS = {"input_zero_point": 0, "output_zero_point": 0}
CLAMP = {"activation_min": -128, "activation_max": 127}
CURVE = {"input_zero_point": 0, "input_range_radius": 100, "multiplier": 2**30, "shift": 20}
GATE = {
    "weights_input": int8(4, 3),
    "weights_hidden": int8(4, 4),
    "effective_bias_input": int32(4),
    "effective_bias_hidden": None,
    "input_mult": 2**30,
    "input_shift": 0,
    "hidden_mult": 2**30,
    "hidden_shift": 0,
}
COMMON = {
    **{"x": int8(2, 5), "y": int8(5), "left_shift": 20},
    **{f"{side}_zero_point": 0 for side in ("x", "y", "output")},
    **{f"{side}_multiplier": 2**30 for side in ("x", "y", "output")},
    **{f"{side}_shift": 0 for side in ("x", "y", "output")},
}
RECTIFIED = {"identity_multiplier": 2**30, "identity_shift": 0, "alpha_multiplier": 2**30, "alpha_shift": -2}
#: Kernel -> arguments that it accepts, every parameter by name.
GOOD = {
    "requantize": {"values": int32(3), "multiplier": int32(3), "shift": int32(3), "rounding": "double"},
    "conv_1d": {
        **{"x": int8(2, 9, 4), "weights": int8(6, 3, 4), "bias": int32(6)},
        **{"stride": 2, "padding": "same", "dilation": 1},
        **SCALE,
        **POINTS,
        **CLAMP,
        "rounding": "double",
    },
    "conv_2d": {
        **{"x": int8(2, 5, 5, 4), "weights": int8(6, 3, 3, 2), "bias": int32(6)},
        **{"stride": (1, 2), "padding": "same", "dilation": 1},
        **SCALE,
        **POINTS,
        **CLAMP,
        "rounding": "double",
    },
    "depthwise_conv_2d": {
        **{"x": int8(2, 5, 5, 4), "weights": int8(1, 3, 3, 8), "bias": int32(8)},
        **{"stride": (1, 2), "padding": "same", "dilation": 1},
        **SCALE,
        **POINTS,
        **CLAMP,
        "rounding": "double",
    },
    "fully_connected": {
        **{"x": int8(2, 5), "weights": int8(3, 5), "bias": int32(3), "weights_zero_point": 0},
        **SCALE,
        **POINTS,
        **CLAMP,
        "rounding": "double",
    },
    "transpose_conv": {
        **{"x": int8(2, 5, 5, 4), "weights": int8(6, 3, 3, 4), "bias": int32(6)},
        **{"output_shape": (10, 5), "stride": (2, 1), "padding": "same"},
        **SCALE,
        **POINTS,
        **CLAMP,
        "rounding": "double",
    },
    "batch_matmul": {
        **{"x": int8(2, 3, 5), "y": int8(5, 4), "adj_x": False, "adj_y": False},
        **{f"{side}_zero_point": 0 for side in ("x", "y", "output")},
        **SCALE,
        "rounding": "double",
    },
    "resize_nearest_neighbor": {
        **{"x": int8(2, 5, 5, 3), "size": (7, 3), "align_corners": False, "half_pixel_centers": False}
    },
    "resize_bilinear": {**{"x": int8(2, 5, 5, 3), "size": (7, 3), "align_corners": False, "half_pixel_centers": False}},
    "max_pool_2d": {"x": int8(2, 5, 5, 3), "pool": 2, "stride": 2, "padding": "valid", **CLAMP},
    "average_pool_2d": {"x": int8(2, 5, 5, 3), "pool": 2, "stride": 2, "padding": "valid", **CLAMP},
    "mean": {"x": int8(2, 5, 5, 3), "axis": (1, 2), **POINTS, **SCALE, "keep_dims": False, "rounding": "double"},
    "sum": {"x": int8(2, 5, 5, 3), "axis": (1, 2), **POINTS, **SCALE, "keep_dims": False, "rounding": "double"},
    "reduce_max": {"x": int8(2, 5, 5, 3), "axis": (1, 2), "keep_dims": False},
    "reduce_min": {"x": int8(2, 5, 5, 3), "axis": (1, 2), "keep_dims": False},
    "reduce_all": {"x": truths(2, 5, 5, 3), "axis": (1, 2), "keep_dims": False},
    "arg_max": {"x": int8(2, 5, 5, 3), "axis": 1},
    "arg_min": {"x": int8(2, 5, 5, 3), "axis": 1},
    "cumsum": {"x": int8(2, 5, 3), "axis": 1, **POINTS, **SCALE, "exclusive": False, "reverse": False},
    "softmax": {
        "x": int8(2, 5),
        "multiplier": 2**30,
        "shift": 23,
        "diff_min": -248,
        "output_dtype": "int8",
        "rounding": "double",
        "saturation": "tflm",
    },
    "logistic": {"x": int8(2, 5), **CURVE},
    "tanh": {"x": int8(2, 5), **CURVE},
    "hard_swish": {
        **{"x": int8(2, 5), **POINTS, "output_multiplier": 2**14, "output_shift": 0},
        **{"reluish_multiplier": 2**14, "reluish_shift": 2},
    },
    "elu": {"x": int8(2, 5), **POINTS, "input_scale": 0.05, "output_scale": 0.05},
    "rsqrt": {"x": int8(2, 5), **POINTS, "multiplier": 2**30, "shift": -12},
    "log_softmax": {
        **{"x": int8(2, 5), "multiplier": 2**30, "shift": 23, "diff_min": -248},
        **{"reverse_multiplier": 2**30, "reverse_shift": -21},
    },
    "l2_normalization": {"x": int8(2, 5), "input_zero_point": 0},
    "relu": {"x": int8(2, 5), **POINTS, **SCALE, **CLAMP, "rounding": "double"},
    "relu6": {"x": int8(2, 5), **CLAMP},
    "add": {**COMMON, **CLAMP, "rounding": "double"},
    "sub": {**COMMON, **CLAMP, "rounding": "double"},
    "squared_difference": COMMON,
    "mul": {
        **{"x": int8(2, 5), "y": int8(5)},
        **{f"{side}_zero_point": 0 for side in ("x", "y", "output")},
        **SCALE,
        **CLAMP,
        "rounding": "double",
    },
    "div": {
        **{"x": int8(2, 5), "y": int8(5)},
        **{f"{side}_zero_point": 0 for side in ("x", "y", "output")},
        **SCALE,
        **CLAMP,
    },
    "leaky_relu": {"x": int8(2, 5), **POINTS, **RECTIFIED},
    "prelu": {"x": int8(2, 5), "alpha": int8(5), **POINTS, "alpha_zero_point": 0, **RECTIFIED},
    "abs": {"x": int8(2, 5), **POINTS, **SCALE},
    "logical_and": {"x": truths(2, 5), "y": truths(5)},
    "logical_or": {"x": truths(2, 5), "y": truths(5)},
    "logical_not": {"x": truths(2, 5)},
    "select": {"condition": truths(5), "x": int8(2, 5), "y": int8(5)},
    "maximum": {"x": int8(2, 5), "y": int8(5)},
    "minimum": {"x": int8(2, 5), "y": int8(5)},
    "pad": {"x": int8(2, 5), "paddings": ((0, 0), (1, 2)), "value": 0},
    "svdf": {
        **{"x": int8(2, 5), "weights_feature": int8(6, 5), "weights_time": int8(6, 4), "bias": int32(3)},
        **{"state_in": int8(2, 6, 4), "rank": 2, "mult_in": 2**30, "shift_in": 0, "mult_out": 2**30, "shift_out": 0},
        **{"input_zero_point": 0, "output_zero_point": 0, "state_zero_point": 0},
        **{"in_act_min": -128, "in_act_max": 127, "out_act_min": -128, "out_act_max": 127, "rounding": "double"},
    },
    "lstm": {
        **{"x": int8(2, 5, 3), "gates": dict.fromkeys(("input", "forget", "cell", "output"), GATE)},
        **{"output_zero_point": 0, "input_zero_point": 0, "hidden_zero_point": 0},
        **{"forget_to_cell": (2**30, -14), "input_to_cell": (2**30, -17), "output_mult": 2**30, "output_shift": -22},
        **{"cell_scale_power": -12, "cell_clip": 0, "time_major": False},
        **{"hidden_state": int8(2, 4), "cell_state": int8(2, 4).astype(np.int16)},
        **{"saturation": "tflm", "rounding": "double"},
    },
    "quantize": {"values": np.ones(3, np.float32), "scale": 0.5, "zero_point": 0, "dtype": "int8"},
    "dequantize": {"values": int8(3), "scale": 0.5, "zero_point": 0},
}
GOOD |= {
    name: {
        **{"x": int8(2, 5), "y": int8(5), "left_shift": 8, "rounding": "double"},
        **{f"{side}_zero_point": 0 for side in ("x", "y")},
        **{f"{side}_multiplier": 2**30 for side in ("x", "y")},
        **{f"{side}_shift": 0 for side in ("x", "y")},
    }
    for name in ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
}


def int16(*shape):
    return int8(*shape).astype(np.int16) * 5000


#: Kernels that take int16, too, where it chooses another one: their arrays, and what int8 has otherwise.
GOOD_INT16 = {
    name: {
        **{key: value for key, value in GOOD[name].items() if key not in CLAMP},
        **{array: int16(*GOOD[name][array].shape) for array in ("x", "y") if array in GOOD[name]},
        **({"left_shift": 15} if "left_shift" in GOOD[name] else {}),
    }
    for name in (
        "add", "sub", "mul", "squared_difference", "maximum", "minimum", "leaky_relu", "prelu", "abs", "relu", "rsqrt",
        "select", "max_pool_2d", "average_pool_2d", "mean", "sum", "pad", "resize_nearest_neighbor",
    )
}  # fmt: skip
GOOD_INT16["squared_difference"]["left_shift"] = 0
GOOD_INT16 |= {
    name: {
        **{key: value for key, value in GOOD[name].items() if key not in CLAMP},
        **{array: int16(*GOOD[name][array].shape) for array in ("x", "y") if array in GOOD[name]},
        **({"bias": GOOD[name]["bias"].astype(np.int64)} if "bias" in GOOD[name] else {}),
    }
    for name in ("conv_1d", "conv_2d", "depthwise_conv_2d", "fully_connected", "transpose_conv", "batch_matmul")
}
GOOD_INT16["softmax"] = {"x": int16(2, 5), "multiplier": 2**30, "shift": 1, "rounding": "double"}
GOOD_INT16["logistic"] = {"x": int16(2, 5), "input_zero_point": 0, "multiplier": 3, "shift": 0}
GOOD_INT16["tanh"] = {"x": int16(2, 5), "input_zero_point": 0, "multiplier": 3, "shift": 0}
GOOD_INT16["relu6"] = {"x": int16(2, 5), "activation_min": 0, "activation_max": 12000}
