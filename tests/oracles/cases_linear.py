"""Random valid calls of transpose convolutions and of matrix products; see `cases`."""

from __future__ import annotations

import math

from oracles.case_parts import (
    Case,
    random_activation,
    random_bias,
    random_codes,
    random_rounding,
    random_scale,
    random_scales,
    random_size,
    random_weights,
    random_zero_point,
)


def _transpose_conv(rng):
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
    for name in ("input", "output"):
        p[f"{name}_zero_point"] = random_zero_point(rng)
    p |= random_activation(rng) | {"rounding": random_rounding(rng)}
    multiplier, shift = random_scales(rng, 0.01 / math.sqrt(math.prod(shape[1:])), p["output_c"])
    constants = {
        "weights": random_weights(rng, shape),
        "bias": random_bias(rng, p["output_c"]),
        "multiplier": multiplier,
        "shift": shift,
    }
    return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["input_c"]))], constants, [])


def _batch_matmul(rng):
    p = {"rows": random_size(rng, 13), "depth": random_size(rng, 64), "columns": random_size(rng, 13)}
    batch = [random_size(rng, 3) for _ in range(3)]
    p |= {f"batch_{i}": dim for i, dim in enumerate(batch)}
    inputs = []
    for name, matrix in (("x", ("rows", "depth")), ("y", ("depth", "columns"))):
        bits, adjoint = int(rng.integers(8)), int(rng.integers(2))
        p |= {f"{name}_broadcast": bits, f"adj_{name}": adjoint, f"{name}_zero_point": random_zero_point(rng)}
        own = [1 if bits >> i & 1 else dim for i, dim in enumerate(batch)]
        inputs.append(random_codes(rng, (*own, *(p[size] for size in (matrix[::-1] if adjoint else matrix)))))
    p["multiplier"], p["shift"] = random_scale(rng, 0.005 / math.sqrt(p["depth"]))
    p |= {"output_zero_point": random_zero_point(rng), "rounding": random_rounding(rng)}
    return Case(p, inputs, {}, [])


#: Generator of calls by kernel name.
LINEAR = {"transpose_conv_s8": _transpose_conv, "batch_matmul_s8": _batch_matmul}
