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


def _state_variable(rng):
    count = int(rng.integers(1, 9))
    g, damping = np.tan(np.pi * 10.0 ** rng.uniform(-4, -0.4, count)), rng.uniform(0.1, 2, count)
    first = 1 / (1 + g * (g + damping))
    sections = np.stack([first, g * first, g * g * first, *rng.normal(0, 1, (3, count))], 1).astype(np.float32)
    values = rng.normal(5, 3, random_size(rng, 200)).astype(np.float32)
    state = rng.normal(0, 1, 2 * count).astype(np.float32)
    return Case({"count": count, "size": values.size}, [values], {"sections": sections}, [state])


def _resample(rng):
    up, down, depth, channels = (int(rng.integers(1, high)) for high in (20, 20, 12, 5))
    params = {"up": up, "down": down, "taps_per_phase": depth, "channels": channels}
    values = rng.normal(5, 3, (random_size(rng, 100), channels)).astype(np.float32)
    taps = rng.normal(0, 1, up * depth).astype(np.float32)
    history = rng.normal(0, 1, (depth, channels)).astype(np.float32)
    position = np.array([rng.integers(depth), rng.integers(down)], np.int32)
    return Case(params | {"size": len(values)}, [values], {"taps": taps}, [position, history])


def _window(rng, samples, axes):
    """Offsets with much or little around them; now and then an axis that does not move."""
    window = rng.normal(0, 10.0 ** rng.uniform(-3, 1), (samples, axes)) + rng.choice([0.0, 9.81, -100.0], axes)
    if rng.random() < 0.2:
        window[:, 0] = -4.0
    return window.astype(np.float32)


def _spectral_analysis(rng):
    version, samples, axes = int(rng.integers(2, 5)), int(rng.integers(1, 150)), int(rng.integers(1, 4))
    low = version == 4 and samples >= 40 and rng.random() < 0.3
    n = 4 if low else 2 ** int(rng.integers(2, 8))
    # At a rate of 100 Hz any length keeps a bin, and a tenth of the rate is above the cut-off.
    params = {
        "version": version,
        "samples": samples,
        "axes": axes,
        "fft_length": n,
        "decimation": 3 if version == 4 and not low and rng.random() < 0.3 else 1,
        "filter": int(rng.integers(3)) if n >= 32 or low else 2 * int(rng.integers(2)),
        "filter_order": 2 * int(rng.integers(5)),
        "overlap": int(rng.integers(2)),
        "logarithm": int(rng.integers(2)),
        "low_frequencies": int(low),
        "scale": float(np.float32(rng.choice([1.0, 9.81, -0.1]))),
        "cutoff_hz": 14.0 if low else float(np.float32(rng.uniform(4, 14))),
        "rate_hz": 100.0,
    }
    return Case(params, [_window(rng, samples, axes)], {"cosines": cosines(n)}, [])


def _flatten(rng):
    samples, axes = int(rng.integers(1, 150)), int(rng.integers(1, 4))
    params = {"samples": samples, "axes": axes, "statistics": int(rng.integers(1, 128))}
    params["scale"] = float(np.float32(rng.choice([1.0, 9.81, -0.1, 0.0])))
    return Case(params, [_window(rng, samples, axes)], {}, [])


def _raw(rng):
    values = random_values(rng, random_size(rng, 200))
    return Case({"size": values.size, "scale": float(np.float32(rng.normal(0, 0.3)))}, [values], {}, [])


def _image(rng):
    pixels = rng.integers(0, 256, (random_size(rng, 64), 3), np.uint8)
    return Case({"size": len(pixels), "channels": int(rng.choice([1, 3]))}, [pixels], {}, [])


def _audio_features(rng):
    block, n, filters = int(rng.integers(3)), 2 ** int(rng.integers(3, 9)), int(rng.integers(2, 20))
    samples = int(rng.integers(n + 20, 480))
    edges = np.sort(rng.integers(0, n // 2 + 1, filters + 2)).astype(np.int32)
    params = {
        "block": block,
        "version": int(rng.integers(1, 5)),
        "samples": samples,
        "fft_length": n,
        "filters": filters,
        "cepstra": int(rng.integers(1, filters + 1)),
        "window": 2 * int(rng.integers(1, 60)) + 1 if rng.random() < 0.8 else 0,
        "shift": int(rng.integers(1, 5)),
        "wrap": int(rng.integers(2)),
        "emphasis": float(np.float32(rng.choice([0.98, 0.5, 0.0]))),
        "noise_floor_db": float(rng.choice([-52, -20, -100])),
        "frame_seconds": float(2 ** -int(rng.integers(4, 8))),
        "stride_seconds": float(2 ** -int(rng.integers(4, 8))),
        "rate_hz": 128.0,
    }
    if params["block"] == 1 and params["version"] < 3:
        params["window"] = max(1, params["window"])
    params["frame_seconds"] = max(params["frame_seconds"], 4 / 128)
    sound = np.clip(np.rint(rng.normal(0, 10.0 ** rng.uniform(0, 4), samples)), -32768, 32767).astype(np.float32)
    quarter = 2 * np.pi * np.arange(n // 4 + 1) / n
    tables = {
        "cosines": cosines(n),
        "wide_cosines": np.cos(quarter),
        "edges": edges,
        "cepstrum": np.cos(np.pi * np.arange(filters + 1) / (2 * filters)).astype(np.float32),
    }
    return Case(params, [sound], tables, [])


SIGNAL = {
    "function_f32": _function,
    "real_fft_f32": _real_fft,
    "butterworth_f32": _butterworth,
    "state_variable_f32": _state_variable,
    "resample_f32": _resample,
    "spectral_analysis_f32": _spectral_analysis,
    "flatten_f32": _flatten,
    "raw_f32": _raw,
    "image_f32": _image,
    "audio_features_f32": _audio_features,
}
