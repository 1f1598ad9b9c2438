"""Random valid calls of convolutions and of matrix products; see `cases`."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from oracles.case_parts import (
    Case,
    random_activation,
    random_bias,
    random_rounding,
    random_scale,
    random_scales,
    random_size,
    random_weights,
    random_window,
    random_zero_point,
)

from edgetwin.conformance.generators.builder import random_codes


def _zero_point(rng, dtype):
    return random_zero_point(rng) if dtype == np.int8 else 0


def _weighted(rng, p, shape, outputs, taps, dtype, sums):
    """What kernels with per-channel weights share; `dtype` is the activations', `sums` the bias's."""
    p |= {f"{name}_zero_point": _zero_point(rng, dtype) for name in ("input", "output")}
    p |= random_activation(rng, dtype) | {"rounding": random_rounding(rng)}
    wide = sums == np.int64
    multiplier, shift = random_scales(rng, 0.01 / math.sqrt(taps), outputs, 14 if wide else 30)
    return {
        "weights": random_weights(rng, shape),
        "bias": random_bias(rng, outputs, sums),
        "multiplier": multiplier,
        "shift": shift,
    }


def _conv_2d(rng, dtype, sums):
    p = random_window(rng, "kernel", dilated=True)
    groups = random_size(rng, 3) if rng.random() < 0.3 else 1
    group_in = random_size(rng, 13)
    p |= {"groups": groups, "input_c": groups * group_in, "output_c": groups * random_size(rng, 11)}
    shape = (p["output_c"], p["kernel_h"], p["kernel_w"], group_in)
    constants = _weighted(rng, p, shape, p["output_c"], math.prod(shape[1:]), dtype, sums)
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), dtype)], constants, [])


def _depthwise_conv_2d(rng, dtype, sums):
    p = random_window(rng, "kernel", dilated=True)
    p["input_c"] = random_size(rng, 17)
    p["output_c"] = p["input_c"] * (random_size(rng, 3) if rng.random() < 0.4 else 1)
    shape = (1, p["kernel_h"], p["kernel_w"], p["output_c"])
    constants = _weighted(rng, p, shape, p["output_c"], p["kernel_h"] * p["kernel_w"], dtype, sums)
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), dtype)], constants, [])


def _fully_connected(rng, dtype, sums):
    p = {
        "batches": random_size(rng, 5),
        "input_features": random_size(rng, 127),
        "output_features": random_size(rng, 31),
    }
    p["weights_zero_point"] = random_zero_point(rng) if rng.random() < 0.3 else 0
    shape = (p["output_features"], p["input_features"])
    constants = _weighted(rng, p, shape, p["output_features"], p["input_features"], dtype, sums)
    return Case(p, [random_codes(rng, (p["batches"], p["input_features"]), dtype)], constants, [])


def _transpose_conv(rng, dtype, sums):
    p = {"batches": random_size(rng, 2), "input_c": random_size(rng, 13), "output_c": random_size(rng, 11)}
    one_dimensional = rng.random() < 0.3
    for axis, pad in (("h", "pad_top"), ("w", "pad_left")):
        limits = (1, 1, 1) if axis == "h" and one_dimensional else (8, 5, 4)
        size, kernel, stride = (random_size(rng, limit) for limit in limits)
        p |= {f"input_{axis}": size, f"kernel_{axis}": kernel, f"stride_{axis}": stride}
        p[pad] = int(rng.integers(kernel + 1)) if rng.random() < 0.5 else 0
        # Some outputs that nothing reaches, or some of the spread input cut off.
        p[f"output_{axis}"] = max(1, (size - 1) * stride + kernel - p[pad] + int(rng.integers(-2, 3)))
    shape = (p["output_c"], p["kernel_h"], p["kernel_w"], p["input_c"])
    constants = _weighted(rng, p, shape, p["output_c"], math.prod(shape[1:]), dtype, sums)
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), dtype)], constants, [])


def _batch_matmul(rng, dtype, sums):
    p = {"rows": random_size(rng, 13), "depth": random_size(rng, 64), "columns": random_size(rng, 13)}
    batch = [random_size(rng, 3) for _ in range(3)]
    p |= {f"batch_{i}": dim for i, dim in enumerate(batch)}
    inputs = []
    for name, matrix in (("x", ("rows", "depth")), ("y", ("depth", "columns"))):
        bits, adjoint = int(rng.integers(8)), int(rng.integers(2))
        p |= {f"{name}_broadcast": bits, f"adj_{name}": adjoint, f"{name}_zero_point": _zero_point(rng, dtype)}
        own = [1 if bits >> i & 1 else dim for i, dim in enumerate(batch)]
        inputs.append(random_codes(rng, (*own, *(p[size] for size in (matrix[::-1] if adjoint else matrix))), dtype))
    typical = 0.005 / math.sqrt(p["depth"]) / (1 if dtype == np.int8 else 256)
    p["multiplier"], p["shift"] = random_scale(rng, typical, high=14 if sums == np.int64 else 30)
    p |= {"output_zero_point": _zero_point(rng, dtype), "rounding": random_rounding(rng)}
    return Case(p, inputs, {}, [])


def deep_case(kernel, depth):
    """A 1 x 1 convolution of three pixels or a dense layer of `depth` codes: all at the ends of int8 for odd depths."""
    rng = np.random.default_rng([depth, 11])
    outputs = depth % 9 + 1
    ends = depth % 2 == 1
    p = {"input_zero_point": (-128, 127, 0, 5)[depth % 4], "output_zero_point": (-128, 127)[depth % 2]}
    p |= {"activation_min": -128, "activation_max": 127, "rounding": 0}
    multiplier, shift = random_scales(rng, 0.01 / math.sqrt(depth), outputs)
    shape = (outputs, 1, 1, depth) if kernel == "conv_2d_s8" else (outputs, depth)
    weights = rng.choice([-128, 127], shape) if ends else rng.integers(-128, 127, shape, endpoint=True)
    constants = {"weights": weights.astype(np.int8), "bias": random_bias(rng, outputs, np.int32)}
    constants |= {"multiplier": multiplier, "shift": shift}
    if kernel == "fully_connected_s8":
        p |= {"batches": 2, "input_features": depth, "output_features": outputs, "weights_zero_point": 0}
        codes = (2, depth)
    else:
        p |= {"batches": 1, "input_c": depth, "output_c": outputs, "groups": 1, "pad_top": 0, "pad_left": 0}
        p |= {f"{name}_{axis}": 1 for name in ("kernel", "stride", "dilation") for axis in "hw"}
        p |= {"input_h": 1, "output_h": 1, "input_w": 3, "output_w": 3}
        codes = (1, 1, 3, depth)
    inputs = rng.choice([-128, 127], codes) if ends else rng.integers(-128, 127, codes, endpoint=True)
    return Case(p, [inputs.astype(np.int8)], constants, [])


#: What ends a kernel's name -> dtypes of activations and of sums.
FORMS = {"s8": (np.int8, np.int32), "s16": (np.int16, np.int64), "s16_sum32": (np.int16, np.int32)}
_GENERATORS = {
    "conv_2d": (_conv_2d, ("s8", "s16", "s16_sum32")),
    "depthwise_conv_2d": (_depthwise_conv_2d, ("s8", "s16")),
    "fully_connected": (_fully_connected, ("s8", "s16", "s16_sum32")),
    "transpose_conv": (_transpose_conv, ("s8", "s16")),
    "batch_matmul": (_batch_matmul, ("s8", "s16")),
}
#: Generator of calls by kernel name.
LINEAR = {
    f"{name}_{form}": partial(generate, dtype=FORMS[form][0], sums=FORMS[form][1])
    for name, (generate, forms) in _GENERATORS.items()
    for form in forms
}
