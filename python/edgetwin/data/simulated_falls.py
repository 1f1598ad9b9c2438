"""Simulated recordings of a phone that falls, lies still, or is carried about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from .recording import Recording, Sensor

__all__ = ["FALL_CLASSES", "FALL_RATE_HZ", "simulate_falls"]

#: Labels, in the order of a classifier's outputs.
FALL_CLASSES = ("freefall", "idle", "unknown")
FALL_RATE_HZ = 62.5
_GRAVITY = 9.81
_SENSORS = tuple(Sensor(f"acc{axis}", "m/s2") for axis in "XYZ")
_SAMPLES = 187

Floats = NDArray[np.float64]


def simulate_falls(each: int = 20, seed: int = 0) -> tuple[Recording, ...]:
    """Simulate 3 s of a phone's accelerometer. These are no measurements.

    Modelled: gravity in a random direction; still, with a little noise; carried about, swinging and shaken at 0.3 to
    4 Hz; held, then falling for 0.3 to 0.6 s with next to no acceleration, landing with a few hard knocks, then lying
    otherwise. Values are rounded to 0.1 m/s2 as in the real recordings.

    Not modelled: air drag, spin in the fall, bounces high enough to fall again, and whatever people do with phones that
    looks like a fall.

    Parameters
    ----------
    each : int in [1, 10_000]
        Recordings of each class.
    seed : int, >= 0

    Returns
    -------
    tuple of Recording
        Labelled "freefall", "idle" and "unknown", (187, 3), m/s2, 62.5 Hz.

    Raises
    ------
    DataError : an argument out of range
    """
    whole_number(each, "each", 1, 10_000)
    whole_number(seed, "seed", 0)
    made = {"freefall": _falling, "idle": _still, "unknown": _carried}
    recordings = []
    for number, label in enumerate(FALL_CLASSES):
        for k in range(each):
            rng = np.random.default_rng([seed, number, k])
            values = np.round(made[label](rng), 1).astype(np.float32)
            name = f"{label}.simulated{k:03d}"
            recordings.append(Recording(values, FALL_RATE_HZ, _SENSORS, label, name, {"source": "simulated"}))
    return tuple(recordings)


def _direction(rng: np.random.Generator) -> Floats:
    vector = rng.standard_normal(3)
    return np.asarray(vector / np.linalg.norm(vector))


def _still(rng: np.random.Generator) -> Floats:
    return _GRAVITY * _direction(rng) + rng.normal(0, 0.04, (_SAMPLES, 3))


def _carried(rng: np.random.Generator) -> Floats:
    time_s = np.arange(_SAMPLES)[:, None] / FALL_RATE_HZ
    values = np.zeros((_SAMPLES, 3))
    for _ in range(3):
        hertz, strength = rng.uniform(0.3, 4), rng.uniform(0.3, 5)
        values += strength * np.sin(2 * np.pi * (hertz * time_s + rng.random(3))) * rng.random(3)
    # The phone turns, so gravity goes from one direction to another.
    part = 1 / (1 + np.exp(-8 * (time_s - rng.uniform(0.5, 2.5)) * rng.uniform(0.3, 1)))
    start, end = _direction(rng), _direction(rng)
    down = (1 - part) * start + part * end
    down /= np.maximum(np.linalg.norm(down, axis=1, keepdims=True), 1e-6)
    return np.asarray(_GRAVITY * down + values + rng.normal(0, 0.2, (_SAMPLES, 3)))


def _falling(rng: np.random.Generator) -> Floats:
    first = int(rng.uniform(0.2, 1.6) * FALL_RATE_HZ)
    last = first + int(rng.uniform(0.3, 0.6) * FALL_RATE_HZ)
    values = _GRAVITY * _direction(rng) + rng.normal(0, 0.5, (_SAMPLES, 3))
    values[first:last] = rng.normal(0, 0.3, (last - first, 3)) + rng.normal(0, 0.4, 3)
    values[last:] = _GRAVITY * _direction(rng) + rng.normal(0, 0.1, (_SAMPLES - last, 3))
    place, strength = last, rng.uniform(15, 40)
    for _ in range(int(rng.integers(1, 4))):
        length = min(4, _SAMPLES - place)
        values[place : place + length] += strength * _direction(rng) * rng.uniform(0.3, 1, (length, 1))
        place, strength = min(place + int(rng.integers(5, 14)), _SAMPLES - 1), strength * 0.5
    return np.asarray(values)
