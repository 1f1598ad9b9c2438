"""The TRIPOD data set: foot-worn inertial sensors on a treadmill, with OptoGait's strides as reference."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, ShapeError
from .recording import Recording, Sensor
from .tripod_csv import read_first_contacts, read_imu, read_optogait

__all__ = ["FEET", "GAIT_SENSORS", "GaitRecording", "GaitReference", "TripodTrial", "load_tripod", "tripod_trials"]

#: Names of a trial's IMU files -> the foot's letter in the reference.
FEET = {"RF": "R", "LF": "L"}
#: Axes of every gait recording, in this order.
GAIT_SENSORS = (*(Sensor(f"G{axis}", "deg/s") for axis in "xyz"), *(Sensor(f"A{axis}", "g") for axis in "xyz"))


@dataclass(frozen=True, eq=False)
class GaitReference:
    """Contacts and strides of one foot as a reference system (or a simulator) tells them, in the recording's time.

    Attributes
    ----------
    first_contact_s : float
        The first contact of the *right* foot, whichever foot was recorded: what the two systems' clocks meet at.
    contact_s : ndarray of float64, shape (strides + 1,)
        Contacts of this foot, rising.
    length_cm : ndarray of float64, shape (strides,)
        Stride k runs from contact k to contact k + 1; NaN where the reference has no length.
    duration_s : ndarray of float64, shape (strides,)
        NaN where the reference has none.

    Raises
    ------
    ShapeError : arrays of other dtypes or shapes
    DataError : contacts that do not rise
    """

    first_contact_s: float
    contact_s: NDArray[np.float64]
    length_cm: NDArray[np.float64]
    duration_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        strides = max(self.contact_s.size - 1, 0)
        for name, size in (("contact_s", strides + 1), ("length_cm", strides), ("duration_s", strides)):
            array = getattr(self, name)
            if array.dtype != np.float64 or array.shape != (size,):
                raise ShapeError(
                    f"gait reference: {name} is {array.dtype} of shape {array.shape}, accepted is float64, ({size},)"
                )
        if not np.isfinite(self.first_contact_s) or not (np.diff(self.contact_s) > 0).all():
            raise DataError("gait reference: contacts must rise, and the first be a finite time")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GaitReference):
            return NotImplemented
        arrays = ("contact_s", "length_cm", "duration_s")
        return self.first_contact_s == other.first_contact_s and all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True) for name in arrays
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class GaitRecording(Recording):
    """A recording of one foot, Gx, Gy, Gz in deg/s and Ax, Ay, Az in g, with its reference.

    Attributes
    ----------
    reference : GaitReference or None
    foot : str
        "RF" or "LF".

    See Also
    --------
    Recording : the other attributes
    """

    reference: GaitReference | None = None
    foot: str = "RF"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.foot not in FEET:
            raise DataError(f"recording {self.name!r}: foot {self.foot!r}, accepted are {', '.join(FEET)}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GaitRecording):
            return NotImplemented
        return super().__eq__(other) is True and (self.reference, self.foot) == (other.reference, other.foot)

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return GaitRecording, (*super().__reduce__()[1], self.reference, self.foot)


@dataclass(frozen=True)
class TripodTrial:
    """One recording of the data set: `load_tripod(root, **vars(trial))` reads it."""

    subject: str
    trial: str
    foot: str


def tripod_trials(root: str | Path) -> tuple[TripodTrial, ...]:
    """List the recordings under a folder.

    Parameters
    ----------
    root : path
        Holds ``SyncInfo.csv`` and ``<subject>/<trial>/IMU/RF.csv``.

    Returns
    -------
    tuple of TripodTrial
        In order of names, right foot first.

    Raises
    ------
    DataError : no such folder, or none in it
    """
    root = _root(root)
    found = (
        TripodTrial(trial.parent.name, trial.name, foot)
        for trial in sorted(path.parent for path in root.glob("*/*/IMU"))
        for foot in FEET
        if (trial / "IMU" / f"{foot}.csv").is_file()
    )
    trials = tuple(found)
    if not trials:
        raise DataError(f"{root}: no <subject>/<trial>/IMU/RF.csv or LF.csv in it")
    return trials


def _root(root: str | Path) -> Path:
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder")
    return root


def load_tripod(root: str | Path, subject: str, trial: str, foot: str = "RF") -> GaitRecording:
    """Read one foot's recording and its reference.

    Parameters
    ----------
    root : path
        Holds ``SyncInfo.csv`` and ``<subject>/<trial>/{IMU,OptoGait}``.
    subject, trial : str
        Names of folders: "Sub_FZ", "PWS+20".
    foot : str
        "RF" or "LF".

    Returns
    -------
    GaitRecording
        Named "<subject>-<trial>-<foot>". `reference` holds every stride of this foot; its times are those of OptoGait,
        moved so that its first right contact is at SyncInfo's `ic_time`.

    Raises
    ------
    DataError : a file or trial that is missing, or is not as the data set's files are; the message names file, line and
        column

    References
    ----------
    Trautmann et al., TRIPOD: A Treadmill Walking Dataset with IMU, Pressure-Distribution and Photoelectric Data for
    Gait Analysis, Data 2021, 6(9), 95.
    """
    root = _root(root)
    if foot not in FEET:
        raise DataError(f"foot {foot!r}, accepted are {', '.join(FEET)}")
    folder = root / subject / trial
    if not folder.is_dir():
        there = ", ".join(f"{t.subject} {t.trial}" for t in tripod_trials(root) if t.foot == "RF")
        raise DataError(f"{folder}: no such trial; there are {there}")
    values, rate_hz = read_imu(folder / "IMU" / f"{foot}.csv")
    sync = root / "SyncInfo.csv"
    first = read_first_contacts(sync).get((subject, trial))
    if first is None:
        raise DataError(f"{sync}: no row for subject {subject!r}, run {trial!r}")
    reference = _reference(folder / "OptoGait" / "optogait.csv", first, FEET[foot])
    if not first < len(values) / rate_hz:
        raise DataError(f"{sync}: ic_time {first:g} s of {subject} {trial} is after the recording's end")
    sensors = GAIT_SENSORS
    metadata = {"subject": subject, "trial": trial, "foot": foot}
    return GaitRecording(
        np.ascontiguousarray(values, np.float32), rate_hz, sensors, None, f"{subject}-{trial}-{foot}", metadata,
        reference=reference, foot=foot,
    )  # fmt: skip


def _reference(path: Path, first_s: float, side: str) -> GaitReference:
    steps = read_optogait(path)
    for letter in {"R", side}:
        if len(steps[letter]) < 2:
            raise DataError(f"{path}: {len(steps[letter])} {letter} contacts, accepted are two or more")
    # This order of operations, since the published strides' ends were compared with these times.
    contact_s = steps[side][:, 0] - steps["R"][0, 0] + first_s
    # No stride ends at the first contact, whatever its cells hold.
    return GaitReference(first_s, contact_s, steps[side][1:, 1].copy(), steps[side][1:, 2].copy())
