"""Parameters and arrays of float32 kernels on their own."""

from __future__ import annotations

import numpy as np
from oracles.case_parts import Case

#: Kernels of which a SIMD level has its own form.
LINEAR = ("conv_2d", "depthwise_conv_2d", "fully_connected", "max_pool_2d", "average_pool_2d")
BINARY = ("add", "sub", "mul", "div", "maximum", "minimum", "squared_difference", "prelu")
FUSING = ("add", "sub", "mul", "div")
UNARY = ("relu", "relu6", "relu_n1_to_1", "relu_0_to_1", "hard_swish", "leaky_relu")
#: TFLite's numbers: none, relu, relu_n1_to_1, relu6.
ACTIVATIONS = 4
SPECIAL = np.array([np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-40, -0.0, 0.0], np.float32)


def reals(rng, shape, special=0.0):
    """Real numbers near 1, a share of them replaced by infinities, NaN and the like."""
    values = rng.normal(0, 1, shape).astype(np.float32)
    put = rng.random(shape) < special
    values[put] = rng.choice(SPECIAL, np.count_nonzero(put))
    return values


def window(rng, input_c, output_c, kernel=None, dilated=True, size=12):
    """Parameters of a window over an image, padded by any amount that leaves no window outside."""
    p = {"batches": int(rng.integers(1, 3)), "input_c": input_c, "output_c": output_c}
    p["activation"] = int(rng.integers(ACTIVATIONS))
    for axis, side, taps in zip("hw", ("top", "left"), kernel or rng.integers(1, 6, 2), strict=True):
        dilation = int(rng.integers(1, 4)) if dilated and rng.random() < 0.3 else 1
        reach = (int(taps) - 1) * dilation + 1
        given, pad, after = int(rng.integers(1, size)), *(int(n) for n in rng.integers(0, taps, 2))
        stride = int(rng.integers(1, 4))
        given = max(given, reach - pad - after)
        p |= {f"input_{axis}": given, f"kernel_{axis}": int(taps), f"dilation_{axis}": dilation}
        p |= {f"stride_{axis}": stride, f"pad_{side}": pad}
        p[f"output_{axis}"] = (given + pad + after - reach) // stride + 1
    return p


def image(rng, p, special=0.0):
    """The input of windows."""
    return reals(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]), special)


def weights(rng, shape, channels):
    """Constants of a sum of products; one in three has no bias."""
    return {"weights": reals(rng, shape), "bias": reals(rng, channels) if rng.random() < 0.67 else None}


def convolution(rng, depth, channels, groups=1, special=0.0, **window_options):
    """A conv_2d whose groups have so many channels."""
    p = window(rng, depth * groups, channels * groups, **window_options) | {"groups": groups}
    shape = (groups, p["kernel_h"], p["kernel_w"], depth, channels)
    return Case(p, [image(rng, p, special)], weights(rng, shape, channels * groups), [])


def depthwise(rng, input_c, output_c, special=0.0, **window_options):
    """A depthwise_conv_2d."""
    p = window(rng, input_c, output_c, **window_options)
    shape = (p["kernel_h"], p["kernel_w"], output_c)
    return Case(p, [image(rng, p, special)], weights(rng, shape, output_c), [])


def pool(rng, channels, special=0.0):
    """A pool of either kind."""
    p = window(rng, channels, channels, dilated=False)
    return Case(p, [image(rng, p, special)], {}, [])


def dense(rng, rows, features, channels, special=0.0):
    """A fully_connected."""
    p = {"batches": rows, "input_features": features, "output_features": channels}
    p["activation"] = int(rng.integers(ACTIVATIONS))
    return Case(p, [reals(rng, (rows, features), special)], weights(rng, (features, channels), channels), [])


def pair(rng, name, dims, x_broadcast=(), y_broadcast=(), special=0.0):
    """A function of two operands of two axes, of which some are broadcast."""
    p = {f"dim_{i}": 1 for i in range(4)} | {"dim_4": dims[0], "dim_5": dims[1]}
    p["x_broadcast"], p["y_broadcast"] = (sum(16 << axis for axis in axes) for axes in (x_broadcast, y_broadcast))
    p["activation"] = int(rng.integers(ACTIVATIONS)) if name in FUSING else 0
    shapes = ([1 if axis in axes else n for axis, n in enumerate(dims)] for axes in (x_broadcast, y_broadcast))
    return Case(p, [reals(rng, shape, special) for shape in shapes], {}, [])


def single(rng, name, x):
    """A function of one operand."""
    return Case({"size": x.size} | ({"alpha": float(rng.normal())} if name == "leaky_relu" else {}), [x], {}, [])


def random_case(name, rng):
    """A small case of any of these, of finite numbers."""
    few, many = (int(n) for n in rng.integers(1, (8, 70)))
    if name == "conv_2d":
        return convolution(rng, few, many, int(rng.integers(1, 3)))
    if name == "depthwise_conv_2d":
        return depthwise(rng, 1 if rng.random() < 0.2 else many, many)
    if name == "fully_connected":
        return dense(rng, few, int(rng.integers(1, 40)), many)
    if name in LINEAR:
        return pool(rng, many)
    if name in BINARY:
        return pair(rng, name, (few, many), *[[(), (1,)][int(rng.integers(2))] for _ in "xy"])
    return single(rng, name, reals(rng, few * many))
