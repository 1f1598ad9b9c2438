"""The gait pipeline of ML@E2dge: from one foot's raw recording to labelled stride windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import positive_number, whole_number
from ..data.recording import Recording
from ..data.tripod import GAIT_SENSORS, GaitRecording, GaitReference
from ..errors import DataError
from .gait_causal import CausalBlock, CausalFilters, CausalGait, design_filters
from .gait_pairing import check_pairing, pair_by_order, pair_by_time
from .strides import Strides, gait_events, stride_windows

__all__ = ["GaitPipeline", "GaitSteps"]


@dataclass(frozen=True, eq=False)
class GaitSteps:
    """What each step of the pipeline made of one recording.

    Attributes
    ----------
    name : str
        The recording's.
    raw_rate_hz, rate_hz : float
        Of the recording, and after resampling.
    delay_s : float
        How much later than the recording's clock the resampled samples' is; 0 for the zero-phase form.
    normalised : ndarray, shape (time, 6)
        Step 2: Gx, Gy, Gz, Ax, Ay, Az divided by the sensors' ranges. float64, as the next two; float32 in the causal
        form.
    resampled, filtered : ndarray, shape (samples, 6)
        Steps 3 and 4.
    mid_swings, events : ndarray of int64
        Step 7: samples of the peaks of -Gx that arm, and of the initial contacts.
    contact_s : ndarray of float64
        Step 8: contacts, the false ones left out; the recording's time. A reference's first contact comes first.
    false_contact_s : ndarray of float64
        Those that were left out.
    reference : GaitReference or None
        Step 6: of the strides in time.
    """

    name: str
    raw_rate_hz: float
    rate_hz: float
    delay_s: float
    normalised: NDArray[Any]
    resampled: NDArray[Any]
    filtered: NDArray[Any]
    mid_swings: NDArray[np.int64]
    events: NDArray[np.int64]
    contact_s: NDArray[np.float64]
    false_contact_s: NDArray[np.float64]
    reference: GaitReference | None

    @property
    def time_s(self) -> NDArray[np.float64]:
        """When the resampled samples were, (samples,), in the recording's time."""
        return np.asarray(np.arange(len(self.filtered)) / self.rate_hz - self.delay_s)


@dataclass(frozen=True)
class GaitPipeline:
    """Stride windows from a recording of one foot; the published constants are the defaults.

    Two of the published steps, resampling by FFT and filtering forward and backward, need the whole recording: no
    device can compute them. `causal` takes the form that a device computes sample by sample, in float32, by the device
    core's own code (``gait.hpp``): polyphase resampling, the low-pass forward only, and a running mean stride time for
    the false contacts, since a device has no reference. Times are given with the filters' delay taken off.

    Attributes
    ----------
    gyroscope_range_dps, accelerometer_range_g : float
        What deg/s and g are divided by.
    rate_hz : float
        After resampling.
    cutoff_hz : float
        Of the Butterworth low-pass, below `rate_hz` / 2.
    filter_order : int
    threshold : float
        The sample after a mid-swing peak of -Gx must be above it.
    false_contact : float
        Contacts closer than this part of the mean stride time to the one before are false.
    reference_s : float
        Reference strides count that end this long after the foot's first contact, or before.
    tolerance : int
        Samples by which a complete stride's length may differ from its reference's duration.
    window : int
        Samples of a window: 1.8 s at 60 Hz.
    pairing : str
        How strides and reference meet: "time", the nearest reference contact within half a stride, or "order", the k-th
        with the k-th, as published.
    causal : bool
    resampler_width : int
        Of the causal form: sample periods after resampling on either side of the resampling filter's centre.
    mean_strides : int
        Of the causal form: strides that the running mean stride time remembers.

    References
    ----------
    ML@E2dge gait pipeline; https://docs.scipy.org/doc/scipy/reference/signal.html for `resample`, `butter`, `filtfilt`.
    """

    gyroscope_range_dps: float = 1000.0
    accelerometer_range_g: float = 16.0
    rate_hz: float = 60.0
    cutoff_hz: float = 10.0
    filter_order: int = 2
    threshold: float = 0.20
    false_contact: float = 0.40
    reference_s: float = 120.0
    tolerance: int = 10
    window: int = 108
    pairing: str = "time"
    causal: bool = False
    resampler_width: int = 4
    mean_strides: int = 16

    def __post_init__(self) -> None:
        for name in ("gyroscope_range_dps", "accelerometer_range_g", "rate_hz", "cutoff_hz", "reference_s"):
            positive_number(getattr(self, name), name)
        positive_number(self.false_contact, "false_contact", 1.0)
        positive_number(self.threshold, "threshold")
        whole_number(self.filter_order, "filter_order", 1, 12)
        whole_number(self.tolerance, "tolerance", 0)
        whole_number(self.window, "window", 1, 1_000_000)
        whole_number(self.resampler_width, "resampler_width", 1, 100)
        whole_number(self.mean_strides, "mean_strides", 1, 1_000_000)
        check_pairing(self.pairing)
        if self.causal and self.pairing == "order":
            raise DataError(
                "pairing: 'order' begins at the reference's first contact, which a device lacks, accepted "
                "by the causal form is 'time'"
            )
        if self.cutoff_hz >= self.rate_hz / 2:
            raise DataError(
                f"cutoff_hz: {self.cutoff_hz:g}, accepted is a frequency below half of rate_hz, {self.rate_hz / 2:g} Hz"
            )

    def steps(self, recording: Recording) -> GaitSteps:
        """Return what each step makes of a recording, for pictures and checks.

        Parameters
        ----------
        recording : Recording
            With axes Gx, Gy, Gz in deg/s and Ax, Ay, Az in g, in any order; a `GaitRecording` brings its reference.

        Returns
        -------
        GaitSteps

        Raises
        ------
        DataError : axes or units other than these, a recording that is too short to be filtered, a reference without
            strides
        """
        if self.causal:
            return self._causal_steps(recording, self._causal_block(recording))
        values = _channels(recording).astype(np.float64)
        values[:, :3] /= self.gyroscope_range_dps
        values[:, 3:] /= self.accelerometer_range_g
        resampled, filtered = self._zero_phase(values, recording)
        mid_swings, events = gait_events(-filtered[:, 0], self.threshold)
        reference = self._reference(recording)
        contact_s, false_s = self._contacts(events / self.rate_hz, reference)
        return GaitSteps(
            recording.name, recording.rate_hz, self.rate_hz, 0.0, values, resampled, filtered, mid_swings, events,
            contact_s, false_s, reference,
        )  # fmt: skip

    def strides(self, recording: Recording) -> Strides:
        """Cut a recording into labelled stride windows.

        Parameters
        ----------
        recording : Recording
            As for `steps`. Without a reference every stride is returned, unlabelled; the first contact is then the
            first that is found, and the zero-phase form takes the median distance of contacts for the mean stride time.

        Returns
        -------
        Strides
            Those that belong to a reference stride with a length. The causal form lacks the first, which begins where
            the reference says.

        Raises
        ------
        DataError : as for `steps`
        """
        if self.causal:
            block = self._causal_block(recording)
            delay_s = self._filters(recording.rate_hz).delay_s
            end_s = block.end / self.rate_hz - delay_s
            start_s = (block.end - block.length) / self.rate_hz - delay_s
            return self._label(block.windows, block.length, start_s, end_s, self._reference(recording))
        steps = self.steps(recording)
        places = np.searchsorted(steps.time_s, steps.contact_s, "left").astype(np.int64)
        # The published code rounds once, at the end.
        windows = stride_windows(steps.filtered.astype(np.float32), places[:-1], places[1:], self.window)
        # The left foot's first stride would begin at the right foot's contact.
        skip_first = isinstance(recording, GaitRecording) and recording.foot == "LF"
        start_s, end_s = steps.contact_s[:-1], steps.contact_s[1:]
        return self._label(windows, np.diff(places), start_s, end_s, steps.reference, skip_first=skip_first)

    def stream(self, raw_rate_hz: float) -> CausalGait:
        """Return the causal form for samples as they come.

        Parameters
        ----------
        raw_rate_hz : float
            Of the samples.

        Returns
        -------
        CausalGait
            Its `push` takes blocks of any size.

        Raises
        ------
        DataError : this is not the causal form, or the rates have no small ratio
        """
        if not self.causal:
            raise DataError("a stream needs the causal form: GaitPipeline(causal=True)")
        positive_number(raw_rate_hz, "raw_rate_hz")
        return CausalGait(
            self._filters(raw_rate_hz),
            raw_rate_hz=raw_rate_hz,
            gyroscope_range_dps=self.gyroscope_range_dps,
            accelerometer_range_g=self.accelerometer_range_g,
            threshold=self.threshold,
            false_contact=self.false_contact,
            mean_strides=self.mean_strides,
            window=self.window,
        )

    def _filters(self, raw_rate_hz: float) -> CausalFilters:
        return design_filters(raw_rate_hz, self.rate_hz, self.resampler_width, self.filter_order, self.cutoff_hz)

    def _causal_block(self, recording: Recording) -> CausalBlock:
        return self.stream(recording.rate_hz).push(_channels(recording))

    def _causal_steps(self, recording: Recording, block: CausalBlock) -> GaitSteps:
        values = _channels(recording)
        ranges = np.array([self.gyroscope_range_dps] * 3 + [self.accelerometer_range_g] * 3, np.float32)
        delay_s = self._filters(recording.rate_hz).delay_s
        mid_swings, events = gait_events(-block.filtered[:, 0], np.float32(self.threshold))
        contacts = np.union1d(block.end, block.end - block.length)
        return GaitSteps(
            recording.name, recording.rate_hz, self.rate_hz, delay_s, values / ranges, block.resampled, block.filtered,
            mid_swings, events, contacts / self.rate_hz - delay_s,
            np.setdiff1d(events, contacts) / self.rate_hz - delay_s, self._reference(recording),
        )  # fmt: skip

    def _zero_phase(
        self, values: NDArray[np.float64], recording: Recording
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from scipy.fft import set_workers
        from scipy.signal import filtfilt, resample

        count = int(self.rate_hz * len(values) / recording.rate_hz)
        shortest = 3 * (self.filter_order + 1) + 1
        if count < shortest:
            raise DataError(
                f"recording {recording.name!r}: {len(values)} samples make {count} at {self.rate_hz:g} Hz, accepted "
                f"are at least {shortest}"
            )
        # Two real signals are one complex one: half the work where the length has large prime factors.
        with set_workers(_core.default_threads()):
            pairs = resample(values[:, :3] + 1j * values[:, 3:], count, axis=0)
        resampled = np.concatenate([pairs.real, pairs.imag], axis=1)
        return resampled, filtfilt(*_low_pass(self.filter_order, self.cutoff_hz, self.rate_hz), resampled, axis=0)

    def _reference(self, recording: Recording) -> GaitReference | None:
        """Return the reference's strides that end in time."""
        whole = recording.reference if isinstance(recording, GaitRecording) else None
        if whole is None:
            return None
        count = int((whole.contact_s <= whole.contact_s[0] + self.reference_s).sum()) - 1
        if count < 1:
            raise DataError(f"recording {recording.name!r}: no reference stride ends within {self.reference_s:g} s")
        contact_s = whole.contact_s[: count + 1]
        duration_s = np.where(np.isnan(whole.duration_s[:count]), np.diff(contact_s), whole.duration_s[:count])
        return GaitReference(whole.first_contact_s, contact_s, whole.length_cm[:count], duration_s)

    def _contacts(
        self, event_s: NDArray[np.float64], reference: GaitReference | None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the contacts that are kept and those that are false."""
        if reference is None:
            mean = float(np.median(np.diff(event_s))) if len(event_s) > 1 else 0.0
        else:
            mean = float(reference.duration_s.mean())
            first = reference.first_contact_s
            event_s = np.concatenate([[first], event_s[event_s > first]])
        # The neighbour in the list counts, though it be false itself: as published.
        kept = np.diff(event_s, prepend=-np.inf) > self.false_contact * mean
        return event_s[kept], event_s[~kept]

    def _label(
        self,
        windows: NDArray[np.float32],
        length: NDArray[np.int64],
        start_s: NDArray[np.float64],
        end_s: NDArray[np.float64],
        reference: GaitReference | None,
        *,
        skip_first: bool = False,
    ) -> Strides:
        """Pair strides with the reference and leave out those that it says nothing about."""
        if reference is None:
            return Strides.unlabelled(windows, length, start_s, end_s)
        target_s = reference.contact_s[1:]
        if self.pairing == "order":
            pair = pair_by_order(len(end_s), len(target_s))
        else:
            pair = pair_by_time(end_s, target_s, float(reference.duration_s.mean()) / 2)
        if skip_first:
            pair[:1] = -1
        pair[(pair >= 0) & np.isnan(reference.length_cm[pair])] = -1
        found = pair >= 0
        pair = pair[found]
        missed = np.ones(len(target_s), np.bool_)
        missed[pair] = False
        expected = np.round(self.rate_hz * reference.duration_s[pair])
        return Strides(
            windows[found],
            length[found],
            start_s[found],
            end_s[found],
            reference.length_cm[pair],
            target_s[pair],
            np.abs(length[found] - expected) <= self.tolerance,
            end_s[~found],
            target_s[missed],
        )


@lru_cache(maxsize=16)
def _low_pass(order: int, cutoff_hz: float, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.signal import butter

    b, a = butter(order, cutoff_hz, fs=rate_hz)
    return b, a


def _channels(recording: Recording) -> NDArray[np.float32]:
    """Return Gx, Gy, Gz, Ax, Ay, Az of a recording."""
    places = []
    for wanted in GAIT_SENSORS:
        place = next((k for k, sensor in enumerate(recording.sensors) if sensor.name == wanted.name), None)
        if place is None:
            there = ", ".join(sensor.name for sensor in recording.sensors)
            raise DataError(f"recording {recording.name!r}: no axis {wanted.name!r}, it has {there}")
        unit = recording.sensors[place].unit
        if unit != wanted.unit:
            raise DataError(
                f"recording {recording.name!r}: {wanted.name} is in {unit!r}, accepted is {wanted.unit!r} (values are "
                f"divided by the sensor's range in this unit)"
            )
        places.append(place)
    if recording.rate_hz <= 0:
        raise DataError(f"recording {recording.name!r}: it is not sampled in time, accepted is a rate above 0 Hz")
    return recording.values[:, places]
