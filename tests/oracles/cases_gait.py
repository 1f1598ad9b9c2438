"""Random valid calls of the causal gait pipeline; see `cases`."""

from __future__ import annotations

import numpy as np
from oracles.case_parts import Case
from scipy import signal

RATIOS = ((15, 32), (1, 1), (1, 2), (2, 3), (5, 7))


def swinging(rng, size, period):
    """Something like a foot's pitch rate in deg/s: pulses of -Gx whose distances vary, and noise on all axes."""
    values = rng.normal(0, 8, (size, 6))
    phase = np.cumsum(1 + 0.3 * np.sin(np.arange(size) / 50)) * 2 * np.pi / period + rng.uniform(0, 6)
    values[:, 0] -= 400 * np.sin(phase) + rng.uniform(0, 250) * np.sin(2 * phase)
    values[:, 3:] = values[:, 3:] / 20 + np.array([0, 0, 1])
    return values.astype(np.float32)


def gait_filters(rng, up, per_phase, sections):
    """Taps and sections in float32."""
    taps = up * signal.firwin(up * per_phase - rng.integers(0, up), 0.9 / max(up, 2))
    padded = np.zeros(up * per_phase, np.float32)
    padded[: len(taps)] = taps
    sos = signal.butter(2 * sections, rng.uniform(0.1, 0.6), output="sos")
    return padded, np.ascontiguousarray(sos[:, [0, 1, 2, 4, 5]], np.float32)


def _gait(rng):
    up, down = RATIOS[rng.integers(len(RATIOS))]
    per_phase, sections = int(rng.integers(1, 7)), int(rng.integers(1, 4))
    taps, coefficients = gait_filters(rng, up, per_phase, sections)
    size, period = int(rng.integers(60, 300)), rng.uniform(8, 30) * down / up
    params = {
        "gyroscope_range": 1000.0,
        "accelerometer_range": 16.0,
        "threshold": float(np.float32(rng.choice([0.0, 0.05, 0.2]))),
        "false_contact": float(np.float32(rng.uniform(0, 1))),
        "mean_strides": int(rng.integers(1, 20)),
        "window": int(rng.integers(1, 40)),
        "up": up,
        "down": down,
        "taps_per_phase": per_phase,
        "sections": sections,
        "size": size,
        "capacity": int(rng.integers(1, 12)),
    }
    state = [
        np.zeros(23, np.int32),
        rng.normal(0, 0.1, (per_phase, 6)).astype(np.float32),
        rng.normal(0, 0.1, (6, 2 * sections)).astype(np.float32),
        np.zeros((params["window"], 6), np.float32),
    ]
    return Case(params, [swinging(rng, size, period)], {"taps": taps, "sections": coefficients}, state)


GAIT = {"gait_f32": _gait}
