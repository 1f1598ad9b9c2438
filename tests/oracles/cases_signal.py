"""Random valid calls of the float32 signal code; see `cases`. No NaN: its bits are a processor's own."""

from __future__ import annotations

import numpy as np
from oracles.case_parts import Case, random_size

FUNCTIONS = ("log", "log10", "exp", "square_root", "sin", "cos")


def cosines(n):
    """cos(2 pi k / n) for k = 0 .. n/4, rounded once."""
    return np.cos(2 * np.pi * np.arange(n // 4 + 1) / n).astype(np.float32)


def random_values(rng, size):
    """Values of ordinary size, of an offset with little around it, or of any exponent, subnormal ones included."""
    kind = rng.integers(4)
    if kind == 0:
        return rng.normal(0, 10, size).astype(np.float32)
    if kind == 1:
        return (9.81 + rng.normal(0, 1e-3, size)).astype(np.float32)
    if kind == 2:
        return rng.normal(0, 1e-39, size).astype(np.float32)
    raw = rng.integers(0, 2**32, size, dtype=np.uint64).astype(np.uint32).view(np.float32)
    return np.where(np.isfinite(raw), raw, np.float32(1.0))


def _function(rng):
    function = int(rng.integers(len(FUNCTIONS)))
    values = random_values(rng, random_size(rng, 257))
    if FUNCTIONS[function] in ("log", "log10", "square_root"):
        values = np.abs(values)
    return Case({"function": function, "size": values.size}, [values], {}, [])


def _real_fft(rng):
    size = 2 ** int(rng.integers(2, 10))
    values = rng.normal(0, 10.0 ** rng.uniform(-3, 3), size).astype(np.float32)
    return Case({"size": size}, [values], {"cosines": cosines(size)}, [])


def _butterworth(rng):
    order, rate = 2 * int(rng.integers(1, 9)), float(np.float32(rng.uniform(1, 1000)))
    cutoff = float(np.float32(rate * rng.uniform(0.1, 0.49)))
    values = rng.normal(5, 3, random_size(rng, 200)).astype(np.float32)
    params = {"band": int(rng.integers(2)), "order": order, "cutoff_hz": cutoff, "rate_hz": rate, "size": values.size}
    return Case(params, [values], {}, [rng.normal(0, 1, order).astype(np.float32)])


SIGNAL = {"function_f32": _function, "real_fft_f32": _real_fft, "butterworth_f32": _butterworth}
