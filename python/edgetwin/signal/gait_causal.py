"""The gait pipeline as a device computes it: the device core's own code, fed in blocks of any size."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import real_array
from ..errors import DataError, ShapeError

__all__ = ["CHANNELS", "KERNEL", "CausalBlock", "CausalFilters", "CausalGait", "design_filters"]

#: The device core's call, and the axes that it takes.
KERNEL, CHANNELS = "gait_f32", 6
#: Raw samples of one call of the core, and of a stride that is nearly as short as any.
_MOST_SAMPLES, _LIKELY_STRIDE = 16384, 64
#: Above it the coefficients would no longer be small tables.
_MOST_UP = 1000
#: A Kaiser window's shape, as SciPy's resample_poly has it.
_KAISER_BETA = 5.0


_HEADER = """// Constants of the causal gait pipeline, in the order of edgetwin::real::GaitParams.
#ifndef EDGETWIN_GAIT_CONSTANTS_HPP_
#define EDGETWIN_GAIT_CONSTANTS_HPP_

#include "edgetwin/gait.hpp"

namespace edgetwin_gait {{

constexpr edgetwin::real::GaitParams kGaitParams = {{{params}}};
constexpr float kGaitTaps[] = {{
    {taps}}};
constexpr edgetwin::real::Section kGaitSections[] = {{
    {sections}}};
constexpr edgetwin::real::GaitTables kGaitTables = {{kGaitTaps, kGaitSections}};

}}  // namespace edgetwin_gait

#endif  // EDGETWIN_GAIT_CONSTANTS_HPP_
"""


@dataclass(frozen=True, eq=False)
class CausalFilters:
    """The resampler and the low-pass of the causal form, in the precision of the device.

    Attributes
    ----------
    up, down : int
        The ratio of the rates.
    taps : ndarray of float32, shape (up * taps_per_phase,)
        A low-pass at `up` times the recording's rate.
    sections : ndarray of float32, shape (sections, 5)
        b0, b1, b2, a1, a2 of each second-order section.
    delay_s : float
        By how much slow changes leave later than they came.
    """

    up: int
    down: int
    taps: NDArray[np.float32]
    sections: NDArray[np.float32]
    delay_s: float


@lru_cache(maxsize=16)
def design_filters(
    raw_rate_hz: float, rate_hz: float, half_width: int, filter_order: int, cutoff_hz: float
) -> CausalFilters:
    """Design the filters of the causal form.

    Parameters
    ----------
    raw_rate_hz, rate_hz : float
        Before and after resampling.
    half_width : int
        Periods of `rate_hz` on either side of the resampler's centre.
    filter_order : int
        Of the Butterworth low-pass, even.
    cutoff_hz : float

    Returns
    -------
    CausalFilters

    Raises
    ------
    DataError : rates without a small ratio, or a rate that would rise; an odd order
    """
    from scipy.signal import butter, firwin

    ratio = Fraction(rate_hz).limit_denominator(10**6) / Fraction(raw_rate_hz).limit_denominator(10**6)
    up, down = ratio.numerator, ratio.denominator
    if up > down or up > _MOST_UP:
        raise DataError(
            f"rate_hz: {rate_hz:g} of {raw_rate_hz:g} Hz is {up} / {down}, accepted by the causal form is at most 1, "
            f"as a fraction of integers up to {_MOST_UP}"
        )
    if filter_order % 2:
        raise DataError(f"filter_order: {filter_order}, accepted by the causal form is an even number")
    half = half_width * down
    # Half the slower rate, in units of half the rate that the taps are at.
    prototype = up * firwin(2 * half + 1, 1 / down, window=("kaiser", _KAISER_BETA))
    taps = np.zeros(-(-len(prototype) // up) * up, np.float32)
    taps[: len(prototype)] = prototype
    sos = butter(filter_order, cutoff_hz, fs=rate_hz, output="sos")
    # The group delay of a quotient of polynomials at frequency 0, in samples.
    power = np.arange(3)
    lag = sum(float(b @ power / b.sum() - a @ power / a.sum()) for b, a in zip(sos[:, :3], sos[:, 3:], strict=True))
    sections = np.ascontiguousarray(sos[:, [0, 1, 2, 4, 5]], np.float32)
    # They are kept: designing them takes longer than a walk of a hundred strides.
    taps.flags.writeable = sections.flags.writeable = False
    return CausalFilters(up, down, taps, sections, half / (up * raw_rate_hz) + lag / rate_hz)


@dataclass(frozen=True, eq=False)
class CausalBlock:
    """What a block of raw samples led to.

    Attributes
    ----------
    windows : ndarray of float32, shape (n, window, 6)
        Of the strides that ended, zero-padded.
    length, end : ndarray of int64, shape (n,)
        Samples of each stride before padding, and the sample, since the start, of the contact that ends it.
    resampled, filtered : ndarray of float32, shape (samples, 6)
    """

    windows: NDArray[np.float32]
    length: NDArray[np.int64]
    end: NDArray[np.int64]
    resampled: NDArray[np.float32]
    filtered: NDArray[np.float32]


class CausalGait:
    """A device's gait pipeline, sample by sample: blocks of any size give what one block gives.

    Parameters
    ----------
    filters : CausalFilters
    raw_rate_hz : float
        Of the samples that come.
    gyroscope_range_dps, accelerometer_range_g, threshold, false_contact : float
    mean_strides, window : int
        As in `GaitPipeline`.
    """

    def __init__(
        self,
        filters: CausalFilters,
        *,
        raw_rate_hz: float,
        gyroscope_range_dps: float,
        accelerometer_range_g: float,
        threshold: float,
        false_contact: float,
        mean_strides: int,
        window: int,
    ) -> None:
        self.raw_rate_hz = float(raw_rate_hz)
        self._constants = {"taps": filters.taps, "sections": filters.sections}
        self._params: dict[str, int | float] = {
            "gyroscope_range": float(gyroscope_range_dps),
            "accelerometer_range": float(accelerometer_range_g),
            "threshold": float(threshold),
            "false_contact": float(false_contact),
            "mean_strides": mean_strides,
            "window": window,
            "up": filters.up,
            "down": filters.down,
            "taps_per_phase": len(filters.taps) // filters.up,
            "sections": len(filters.sections),
        }
        layout = _core.kernel_layout(KERNEL, self._params | {"size": 1, "capacity": 1})
        self._state = [np.zeros(nbytes, np.uint8).view(np.int32) for nbytes in layout["state"]]

    @property
    def window_values(self) -> int:
        """Values of a stride's window."""
        return int(self._params["window"]) * CHANNELS

    @property
    def memory_bytes(self) -> tuple[int, ...]:
        """Bytes that firmware keeps: its state, the resampler's history, the filter's memory, and the window."""
        return tuple(array.nbytes for array in self._state)

    def header(self) -> str:
        """Return what firmware needs beside ``edgetwin/gait.hpp``: this stream's constants, as a C++ header.

        Returns
        -------
        str
            Declares ``kGaitParams``, ``kGaitTaps``, ``kGaitSections`` and ``kGaitTables`` in namespace
            ``edgetwin_gait``; every float is written exactly.
        """

        def text(value: float) -> str:
            return str(value) if isinstance(value, int) else f"{float(np.float32(value)).hex()}F"

        def rows(values: NDArray[np.float32]) -> str:
            return ",\n    ".join(
                ", ".join(text(float(v)) for v in values[k : k + 6]) for k in range(0, len(values), 6)
            )

        sections = ",\n    ".join(
            "{" + ", ".join(text(float(v)) for v in row) + "}" for row in self._constants["sections"]
        )
        return _HEADER.format(
            params=", ".join(text(value) for value in self._params.values()),
            taps=rows(self._constants["taps"]),
            sections=sections,
        )

    def push(self, values: Any) -> CausalBlock:
        """Take the next raw samples.

        Parameters
        ----------
        values : array_like of real numbers, shape (time, 6)
            Gx, Gy, Gz in deg/s, Ax, Ay, Az in g; rounded to float32, which sensors' values are.

        Returns
        -------
        CausalBlock

        Raises
        ------
        ShapeError : another shape
        DataError : anything but finite real numbers
        """
        array = real_array(values, "values")
        if array.ndim != 2 or array.shape[1] != CHANNELS:
            raise ShapeError(f"values: shape {array.shape}, accepted is (time, {CHANNELS})")
        samples = np.ascontiguousarray(array, np.float32)
        if not np.isfinite(samples).all():
            raise DataError("values: NaN or infinite values; fill the gaps first")
        blocks = [self._block(samples[k : k + _MOST_SAMPLES]) for k in range(0, len(samples), _MOST_SAMPLES)]
        if len(blocks) == 1:
            return blocks[0]
        empty = np.zeros((0, CHANNELS), np.float32)
        windows = np.zeros((0, int(self._params["window"]), CHANNELS), np.float32)
        none = np.zeros(0, np.int64)
        return CausalBlock(
            np.concatenate([windows, *(block.windows for block in blocks)]),
            np.concatenate([none, *(block.length for block in blocks)]),
            np.concatenate([none, *(block.end for block in blocks)]),
            np.concatenate([empty, *(block.resampled for block in blocks)]),
            np.concatenate([empty, *(block.filtered for block in blocks)]),
        )

    def _block(self, samples: NDArray[np.float32]) -> CausalBlock:
        # Contacts are four samples apart at least, but those of people who walk are not: room for all of the possible
        # windows is made where it is needed.
        capacity = 1 + len(samples) // _LIKELY_STRIDE
        while True:
            ended, block, state = self._run(samples, capacity)
            if ended <= capacity:
                self._state = state
                return block
            capacity = ended

    def _run(self, samples: NDArray[np.float32], capacity: int) -> tuple[int, CausalBlock, list[NDArray[np.int32]]]:
        """Return how many strides ended, the first `capacity` of them, and the state afterwards."""
        params = self._params | {"size": len(samples), "capacity": capacity}
        state = [array.copy() for array in self._state]
        outputs = _core.run_kernel(KERNEL, params, [samples], self._constants, state)
        records = outputs[1].view(np.int32).reshape(-1, 2)
        ended, count = (int(number) for number in records[0])
        windows, resampled, filtered = (outputs[k].view(np.float32).reshape(-1, CHANNELS) for k in (0, 2, 3))
        kept = windows.reshape(capacity, -1, CHANNELS)[:ended].copy()
        end, length = (records[1 : 1 + ended, k].astype(np.int64) for k in range(2))
        return ended, CausalBlock(kept, length, end, resampled[:count], filtered[:count]), state
