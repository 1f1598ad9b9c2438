"""Parameters and arrays of float32 kernels on their own."""

from __future__ import annotations

import numpy as np

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
