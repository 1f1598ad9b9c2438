"""Random valid calls of every kernel of the device core, by kernel name: parameters and raw arrays.

Unlike models from a converter these reach every corner that a kernel's documentation allows: both roundings, shifts
from -31 to 30, zero points at both ends, sizes of 1 and primes, absent biases, codes of every dtype.
"""

from __future__ import annotations

import math

import numpy as np
from oracles.case_parts import (
    INT32_MAX,
    Case,
    random_activation,
    random_dims,
    random_length,
    random_rounding,
    random_scale,
    random_size,
    random_window,
    random_zero_point,
)
from oracles.cases_arithmetic import GENERATORS as ARITHMETIC
from oracles.cases_comparison import GENERATORS as COMPARISONS
from oracles.cases_curves import GENERATORS as CURVES
from oracles.cases_gait import GAIT
from oracles.cases_linear import LINEAR
from oracles.cases_movement import GENERATORS as MOVEMENT
from oracles.cases_recurrent import RECURRENT
from oracles.cases_reduction import GENERATORS as REDUCTIONS
from oracles.cases_resize import RESIZE
from oracles.cases_signal import SIGNAL
from oracles.cases_signal_operators import SIGNAL_OPERATORS
from oracles.cases_windows import WINDOWS

from edgetwin.conformance.generators.builder import random_codes

DTYPES = {"s8": np.int8, "u8": np.uint8, "s16": np.int16, "s32": np.int32, "f32": np.float32}


def random_case(kernel: str, rng: np.random.Generator) -> Case:
    """A random call of a kernel that passes all its checks."""
    return GENERATORS[kernel](rng)


def _pool_2d(dtype):
    def generate(rng):
        p = random_window(rng, "pool", dilated=False) | {"channels": random_size(rng, 17)}
        p |= random_activation(rng, dtype)
        return Case(p, [random_codes(rng, (p["batches"], p["input_h"], p["input_w"], p["channels"]), dtype)], {}, [])

    return generate


def _softmax(rng):
    rows, depth = random_size(rng, 5), random_size(rng, 127)
    # TFLite's preparation: beta * scale in Q5.26, at most the largest int32.
    real = min(2.0 ** rng.uniform(-12, 3) * 2.0**26, INT32_MAX)
    mantissa, exponent = math.frexp(real)
    multiplier = min(round(mantissa * 2**31), INT32_MAX)
    p = {"rows": rows, "depth": depth, "multiplier": multiplier, "shift": exponent}
    p["diff_min"] = -math.floor(31 * 2.0**26 / 2.0**exponent)
    return Case(p, [random_codes(rng, (rows, depth))], {}, [])


def _curve(rng):
    size = random_length(rng)
    mantissa, exponent = math.frexp(2.0 ** rng.uniform(-10, 0) * 2.0**27)
    radius = math.floor(15 * 2.0**27 / 2.0**exponent)
    p = {"size": size, "input_zero_point": random_zero_point(rng), "input_range_radius": radius}
    p |= {"multiplier": min(round(mantissa * 2**31), INT32_MAX), "shift": exponent}
    return Case(p, [random_codes(rng, size)], {}, [])


def _softmax_s16(rng):
    rows, depth = random_size(rng, 5), random_size(rng, 127)
    p = {"rows": rows, "depth": depth, "rounding": random_rounding(rng), "saturation": int(rng.integers(2))}
    p["multiplier"], p["shift"] = random_scale(rng, 2.0 ** rng.uniform(-4, 10))
    return Case(p, [random_codes(rng, (rows, depth), np.int16)], {}, [])


def _table_curve(rng):
    multiplier, shift = (3, 0) if rng.random() < 0.3 else (int(rng.integers(32768)), -int(rng.integers(32)))
    p = {"size": random_length(rng), "multiplier": multiplier, "shift": shift}
    return Case(p, [random_codes(rng, p["size"], np.int16)], {}, [])


def _pad(dtype):
    def generate(rng):
        dims, p = random_dims(rng)
        for side in ("before", "after"):
            p |= {f"{side}_{i}": int(rng.integers(3)) if i > 1 else 0 for i in range(6)}
        p["value"] = random_zero_point(rng, dtype)
        return Case(p, [random_codes(rng, dims, dtype)], {}, [])

    return generate


def _mean(dtype):
    def generate(rng):
        dims, p = random_dims(rng)
        p["reduced"] = int(rng.integers(64))
        count = math.prod(n for i, n in enumerate(dims) if p["reduced"] >> i & 1)
        symmetric = dtype == np.int16
        p |= {
            "input_zero_point": 0 if symmetric else random_zero_point(rng),
            "output_zero_point": 0 if symmetric else random_zero_point(rng),
            "rounding": random_rounding(rng),
        }
        p["multiplier"], p["shift"] = random_scale(rng, 1 / count)
        return Case(p, [random_codes(rng, dims, dtype)], {}, [])

    return generate


def _quantize(output):
    def generate(rng):
        size = random_length(rng)
        scale = np.float32(2.0 ** rng.uniform(-20, 20))
        zero_point = random_zero_point(rng, output)
        span = 1.5 * float(np.iinfo(output).max)
        values = rng.uniform(-span, span, size)
        ties = rng.random(size) < 0.3
        values[ties] = np.floor(values[ties]) + 0.5
        real = (values * scale).astype(np.float32)
        special = np.array([np.inf, -np.inf, 0.0, -0.0, 1e-42, -1e-42, 3.4e38, -3.4e38], np.float32)
        chosen = rng.random(size) < 0.1
        real[chosen] = rng.choice(special, int(chosen.sum()))
        return Case({"size": size, "scale": float(scale), "zero_point": zero_point}, [real], {}, [])

    return generate


def _dequantize(dtype):
    def generate(rng):
        size = random_length(rng)
        # Down to scales whose products are subnormal.
        scale = float(np.float32(2.0 ** rng.choice([rng.uniform(-20, 20), rng.uniform(-148, -120)])))
        p = {"size": size, "scale": scale, "zero_point": random_zero_point(rng, dtype)}
        return Case(p, [random_codes(rng, size, dtype)], {}, [])

    return generate


def _requantize(input_dtype, output_dtype):
    def generate(rng):
        size = random_length(rng)
        p = {"size": size, "input_zero_point": random_zero_point(rng, input_dtype), "rounding": random_rounding(rng)}
        p |= {"output_zero_point": random_zero_point(rng, output_dtype)} | random_activation(rng, output_dtype)
        p["multiplier"], p["shift"] = random_scale(rng, np.iinfo(output_dtype).max / np.iinfo(input_dtype).max)
        return Case(p, [random_codes(rng, size, input_dtype)], {}, [])

    return generate


GENERATORS = {
    "softmax_s8": _softmax,
    "softmax_s8_s16": _softmax,
    "logistic_s8": _curve,
    "tanh_s8": _curve,
    "softmax_s16": _softmax_s16,
    "logistic_s16": _table_curve,
    "tanh_s16": _table_curve,
}
GENERATORS |= {
    f"{kind}_pool_2d_{name}": _pool_2d(DTYPES[name]) for kind in ("max", "average") for name in ("s8", "s16")
}
GENERATORS |= {f"mean_{name}": _mean(DTYPES[name]) for name in ("s8", "s16")}
GENERATORS |= {f"pad_{name}": _pad(DTYPES[name]) for name in ("s8", "s16", "s32")}
GENERATORS |= COMPARISONS
GENERATORS |= {f"quantize_f32_{name}": _quantize(DTYPES[name]) for name in ("s8", "s16")}
GENERATORS |= {f"dequantize_{name}_f32": _dequantize(DTYPES[name]) for name in ("s8", "u8", "s16")}
GENERATORS |= {
    f"requantize_{pair}": _requantize(*(DTYPES[name] for name in pair.split("_")))
    for pair in ("s8_s8", "s8_u8", "u8_s8", "s8_s16", "s8_s32", "s16_s8", "s16_s16", "s16_s32", "s32_s8", "s32_s16")
}
GENERATORS |= ARITHMETIC
GENERATORS |= REDUCTIONS
GENERATORS |= CURVES
GENERATORS |= MOVEMENT
GENERATORS |= LINEAR
GENERATORS |= RECURRENT
GENERATORS |= RESIZE
GENERATORS |= SIGNAL
GENERATORS |= WINDOWS
GENERATORS |= GAIT
GENERATORS |= SIGNAL_OPERATORS
