"""A foot-worn inertial sensor during simulated walking, with the true length of every stride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, whole_number
from ..data.simulated_gait import bump

__all__ = ["Walk", "simulate_walk"]

#: Ranges that the gait pipeline divides by.
GYROSCOPE_RANGE = 1000.0
ACCELEROMETER_RANGE = 16.0
#: Beyond these a recording takes gigabytes.
_MOST_STRIDES, _MOST_HZ = 100_000, 100_000


@dataclass(frozen=True)
class Walk:
    """A simulated recording of one foot.

    Attributes
    ----------
    rate_hz : float
    samples : ndarray of float32, shape (time, 6)
        Gx, Gy, Gz (deg/s / 1000), Ax, Ay, Az (g / 16): normalised by range as the gait pipeline does.
    contact_s : ndarray of float64, shape (strides + 1,)
        True initial contacts.
    length_cm : ndarray of float64, shape (strides,)
        True length of the stride between two contacts.
    """

    rate_hz: float
    samples: NDArray[np.float32]
    contact_s: NDArray[np.float64]
    length_cm: NDArray[np.float64]


def simulate_walk(seed: int, strides: int = 40, rate_hz: float = 60.0) -> Walk:
    """Simulate one walk of one person.

    The foot turns backwards at push-off, forwards through the swing (the peak that stride detection looks for) and
    stops at initial contact. How fast it turns follows from stride length, leg length and swing time; each person has a
    leg length, a cadence, a sensor orientation and offsets, each stride varies, and noise is added.

    Parameters
    ----------
    seed : int, >= 0
        One seed is one person and one walk.
    strides : int in [1, 100_000]
    rate_hz : float in (0, 100_000]

    Returns
    -------
    Walk

    Raises
    ------
    DataError : an argument out of range
    """
    whole_number(seed, "seed", 0)
    whole_number(strides, "strides", 1, _MOST_STRIDES)
    positive_number(rate_hz, "rate_hz", _MOST_HZ)
    rng = np.random.default_rng(seed)
    leg_cm = rng.uniform(78, 98)
    cadence_s = rng.uniform(1.0, 1.25)
    habit = rng.uniform(1.25, 1.65)
    length = leg_cm * habit * (1 + 0.05 * rng.standard_normal(strides))
    duration = cadence_s * (1 + 0.03 * rng.standard_normal(strides)) * (leg_cm * habit / length) ** 0.2
    lead_s = 1.0
    contact = lead_s + np.concatenate([[0.0], np.cumsum(duration)])
    n = int((contact[-1] + 1.0) * rate_hz)
    t = np.arange(n) / rate_hz
    gyro = np.zeros((n, 3))
    accel = np.zeros((n, 3))
    accel[:, 2] = 1.0
    for k in range(strides):
        inside = (t >= contact[k] - 0.15 * duration[k]) & (t < contact[k + 1] + 0.15 * duration[k])
        phase = (t[inside] - contact[k]) / duration[k]
        # Pitch rate in deg/s: amplitude from the distance covered during the swing of a leg.
        swing = 2.6 * length[k] / leg_cm / (0.4 * duration[k]) * 57.3 * rng.normal(1, 0.015)
        profile = -0.62 * bump(phase, 0.55, 0.06) + bump(phase, 0.78, 0.075) - 0.42 * bump(phase, 0.975, 0.028)
        # -Gx is positive in mid-swing.
        gyro[inside, 0] -= swing * profile
        gyro[inside, 1] += 0.12 * swing * bump(phase, 0.7, 0.1) * rng.normal(1, 0.1)
        gyro[inside, 2] += 0.10 * swing * bump(phase, 0.85, 0.08) * rng.normal(1, 0.1)
        speed = length[k] / 100 / duration[k]
        forward = speed / (0.35 * duration[k]) / 9.81 * 2.2
        accel[inside, 0] += forward * (bump(phase, 0.68, 0.06) - 1.15 * bump(phase, 0.92, 0.05))
        accel[inside, 1] += 0.2 * forward * bump(phase, 0.8, 0.1)
        accel[inside, 2] += 0.9 * speed * bump(phase, 0.0, 0.02) + 0.5 * speed * bump(phase, 0.6, 0.05)
    tilt = np.deg2rad(rng.normal(0, 5))
    turn = np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
    gyro = gyro @ turn.T + rng.normal(0, 2, 3) + rng.normal(0, 4, gyro.shape)
    accel = accel @ turn.T + rng.normal(0, 0.01, 3) + rng.normal(0, 0.02, accel.shape)
    samples = np.concatenate([gyro / GYROSCOPE_RANGE, accel / ACCELEROMETER_RANGE], axis=1)
    return Walk(rate_hz, samples.astype(np.float32), contact, length)
