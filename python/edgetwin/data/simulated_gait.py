"""Simulated walkers with a foot-worn inertial sensor, and the true length of every stride."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, whole_number
from ..errors import DataError
from .tripod import FEET, GAIT_SENSORS, GaitRecording, GaitReference

__all__ = ["bump", "simulate_gait"]

Floats = NDArray[np.float64]

#: Beyond these the recordings take gigabytes.
_MOST_WALKERS, _MOST_STRIDES, _MOST_HZ = 1_000, 100_000, 10_000.0
#: Seconds of standing before and after the walk.
_STILL_S = 2.0
#: What is left of the foot's rotation in a shuffled stride, whose mid-swing stays below the pipeline's threshold.
_SHUFFLE = 0.1


def bump(phase: Floats, centre: float, width: float) -> Floats:
    """Return a smooth pulse of height 1 over the phase of a stride.

    Parameters
    ----------
    phase : ndarray of float64
    centre, width : float
        Where it is highest, and its standard deviation.

    Returns
    -------
    ndarray of float64
    """
    return np.asarray(np.exp(-0.5 * ((phase - centre) / width) ** 2))


def simulate_gait(
    walkers: int = 3,
    *,
    speeds: Sequence[float] = (0.8, 1.0, 1.2),
    strides: int = 80,
    seed: int = 0,
    foot: str = "RF",
    rate_hz: float = 128.0,
    gyroscope_noise_dps: float = 4.0,
    accelerometer_noise_g: float = 0.02,
    gyroscope_bias_dps: float = 2.0,
    accelerometer_bias_g: float = 0.01,
    mounting_deg: float = 5.0,
    missed_events: float = 0.0,
) -> tuple[GaitRecording, ...]:
    """Simulate people who walk with an inertial sensor on one foot. These are no measurements.

    Modelled: a person has a leg length, a cadence and a habit of long or short strides; a faster walk has longer and
    quicker strides; each stride varies in length and duration. The foot turns backwards at push-off and forwards
    through the swing, faster for longer strides, and slaps down at initial contact, which is where the trough of the
    pitch rate is lowest. Accelerations follow from speed and swing, gravity is constant in the foot's frame. The sensor
    is turned against the foot (mounting), has constant offsets and white noise.

    Not modelled: the foot's angle against gravity, turns, stairs, running, drift, saturation, loose straps, and
    whatever makes a reference system err.

    Parameters
    ----------
    walkers : int in [1, 1000]
    speeds : sequence of float, > 0
        Of each walker's recordings, as parts of the preferred one; 1.2 is the trial "PWS+20".
    strides : int in [1, 100_000]
        Of a recording. The walk begins one stride before the reference's first contact.
    seed : int, >= 0
        Equal seeds give equal walkers.
    foot : str
        "RF" or "LF". Left contacts come half a stride after right ones, and so after the reference's
        `first_contact_s`.
    rate_hz : float in (0, 10_000]
    gyroscope_noise_dps, accelerometer_noise_g : float, >= 0
        Standard deviation of the noise of a sample.
    gyroscope_bias_dps, accelerometer_bias_g, mounting_deg : float, >= 0
        Standard deviation, over walkers, of the offset of an axis and of the mounting angle about an axis.
    missed_events : float in [0, 1]
        Probability that a stride is shuffled: too weak a swing for its final contact to be found.

    Returns
    -------
    tuple of GaitRecording
        One a walker and speed, walkers first, named "Sub_00-PWS+20-RF". `reference` is the truth.

    Raises
    ------
    DataError : an argument out of range
    """
    whole_number(walkers, "walkers", 1, _MOST_WALKERS)
    whole_number(strides, "strides", 1, _MOST_STRIDES)
    whole_number(seed, "seed", 0)
    positive_number(rate_hz, "rate_hz", _MOST_HZ)
    if not isinstance(speeds, Sequence) or isinstance(speeds, str) or not speeds:
        raise DataError(f"speeds: {speeds!r}, accepted are one or more numbers above 0")
    if foot not in FEET:
        raise DataError(f"foot {foot!r}, accepted are {', '.join(FEET)}")
    _not_negative("missed_events", missed_events, 1.0)
    noise = _six("noise", gyroscope_noise_dps, accelerometer_noise_g)
    bias = _six("bias", gyroscope_bias_dps, accelerometer_bias_g)
    _not_negative("mounting_deg", mounting_deg, 180.0)
    recordings = []
    for number in range(walkers):
        person = np.random.default_rng([seed, number])
        leg_cm, cadence_s, habit = person.uniform(78, 98), person.uniform(1.0, 1.25), person.uniform(1.25, 1.65)
        turn = _rotation(np.deg2rad(person.normal(0, mounting_deg, 3)))
        offset = person.normal(0, 1, 6) * bias
        for speed in speeds:
            positive_number(speed, "speeds", 10.0)
            rng = np.random.default_rng([seed, number, round(1000 * speed)])
            # Longer and quicker strides share a change of speed.
            length_cm = leg_cm * habit * np.sqrt(speed) * (1 + 0.04 * rng.standard_normal(strides + 1))
            duration_s = cadence_s / np.sqrt(speed) * (1 + 0.025 * rng.standard_normal(strides + 1))
            right_s = _STILL_S + float(duration_s[0])
            contact_s = right_s - float(duration_s[0]) + np.concatenate([[0.0], np.cumsum(duration_s)])
            if foot == "LF":
                contact_s += 0.5 * float(duration_s[1])
            strength = np.where(rng.random(strides + 1) < missed_events, _SHUFFLE, 1.0)
            # The walk's first stride ends at the reference's first contact.
            strength[0] = 1.0
            samples = _motion(contact_s, length_cm, leg_cm, strength, rate_hz, rng)
            samples = np.concatenate([samples[:, :3] @ turn.T, samples[:, 3:] @ turn.T], axis=1) + offset
            samples += rng.standard_normal(samples.shape) * noise
            trial = "PWS" if speed == 1 else f"PWS{100 * (speed - 1):+.0f}"
            subject = f"Sub_{number:02d}"
            reference = GaitReference(right_s, contact_s[1:], length_cm[1:], duration_s[1:])
            recordings.append(
                GaitRecording(
                    samples.astype(np.float32),
                    rate_hz,
                    GAIT_SENSORS,
                    name=f"{subject}-{trial}-{foot}",
                    metadata={"subject": subject, "trial": trial, "foot": foot, "source": "simulated"},
                    reference=reference,
                    foot=foot,
                )
            )
    return tuple(recordings)


def _not_negative(name: str, value: Any, high: float = np.inf) -> float:
    if value == 0 and not isinstance(value, bool):
        return 0.0
    return positive_number(value, name, high)


def _six(what: str, gyroscope: float, accelerometer: float) -> Floats:
    """Return a figure of each axis."""
    _not_negative(f"gyroscope_{what}_dps", gyroscope)
    _not_negative(f"accelerometer_{what}_g", accelerometer)
    return np.array([gyroscope] * 3 + [accelerometer] * 3, np.float64)


def _rotation(angles: Floats) -> Floats:
    """Return the rotation about x, then y, then z."""
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[first, first] = step[second, second] = np.cos(angle)
        step[first, second], step[second, first] = -np.sin(angle), np.sin(angle)
        turn = step @ turn
    return turn


def _motion(
    contact_s: Floats, length_cm: Floats, leg_cm: float, strength: Floats, rate_hz: float, rng: np.random.Generator
) -> Floats:
    """Return Gx, Gy, Gz in deg/s and Ax, Ay, Az in g of the foot, (time, 6)."""
    count = len(length_cm)
    time_s = np.arange(int((contact_s[-1] + _STILL_S) * rate_hz)) / rate_hz
    duration_s = np.diff(contact_s)
    # deg/s, from the distance covered during the swing of a leg.
    swing = 2.6 * length_cm / leg_cm / (0.4 * duration_s) * 57.3 * rng.normal(1, 0.015, count) * strength
    speed = length_cm / 100 / duration_s
    forward = speed / (0.35 * duration_s) / 9.81 * 2.2 * strength
    sideways = rng.normal(1, 0.1, (2, count))
    samples = np.zeros((len(time_s), 6))
    samples[:, 5] = 1.0
    inside = np.searchsorted(contact_s, time_s, "right") - 1
    # A stride's pulses reach into its neighbours.
    for reach in (-1, 0, 1):
        k = inside + reach
        rows = np.flatnonzero((k >= 0) & (k < count))
        k = k[rows]
        phase = (time_s[rows] - contact_s[k]) / duration_s[k]
        # -Gx is positive in mid-swing and lowest at contact.
        turning = -0.62 * bump(phase, 0.55, 0.06) + bump(phase, 0.78, 0.075) - 0.42 * bump(phase, 1.0, 0.028)
        samples[rows, 0] -= swing[k] * turning
        samples[rows, 1] += 0.12 * swing[k] * sideways[0, k] * bump(phase, 0.7, 0.1)
        samples[rows, 2] += 0.10 * swing[k] * sideways[1, k] * bump(phase, 0.85, 0.08)
        samples[rows, 3] += forward[k] * (bump(phase, 0.68, 0.06) - 1.15 * bump(phase, 0.92, 0.05))
        samples[rows, 4] += 0.2 * forward[k] * bump(phase, 0.8, 0.1)
        samples[rows, 5] += 0.9 * speed[k] * bump(phase, 1.0, 0.02) + 0.5 * speed[k] * bump(phase, 0.6, 0.05)
    return samples
