"""Feature blocks of sound: mfe, mfcc and spectrogram, versions 1 to 4."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _core
from ..build_info import checked_threads
from ..errors import DataError
from .blocks_base import FeatureBlock, Float32, Parameters

__all__ = ["Mfcc", "Mfe", "Spectrogram"]

_LENGTHS = tuple(2**k for k in range(2, 14))
_MOST_FRAMES = 500
#: As the core numbers them.
_NUMBERS = {"spectrogram": 0, "mfe": 1, "mfcc": 2}
#: Five times how far off the vendor's code is known to place an edge: 140.9994 bins counted as 141.
_EDGE_ERROR = 2e-5


def device_samples(rate_hz: float, seconds: float, version: int) -> int:
    """Return a frame's or stride's samples as the vendor's code counts them, in float32.

    Parameters
    ----------
    rate_hz : float
        A whole number.
    seconds : float
    version : int
        1 rounds, others take the next whole number unless the one below is nearer than a thousandth.

    Returns
    -------
    int
    """
    exact = float(np.float32(rate_hz) * np.float32(seconds))
    if version == 1:
        return round(exact)
    below = math.floor(exact)
    return below if exact - below < 0.001 else below + 1


class _AudioBlock(FeatureBlock):
    """Frames of one axis and what the transform of each gives.

    ``frame_length`` and ``frame_stride`` in seconds, ``fft_length`` a power of two from 4 to 8192. Of a frame that is
    longer than the transform only the first ``fft_length`` samples count, as in the published blocks: a warning says
    so.
    """

    versions = (1, 2, 3, 4)
    _stride = 0.01
    _fft_length = 256

    def _read(self, given: Parameters) -> None:
        if self.rate_hz is None:
            raise DataError(f"{self.block}: the sampling rate is missing: give rate_hz")
        if self.axes is not None and len(self.axes) != 1:
            raise given.refuse("axes", "one axis")
        #: What frames and filters are computed with.
        self._rate = self.rate_hz
        if self.variant == "device_sdk":
            self._check_on_device()
            self._rate = float(int(self.rate_hz))
            if self._rate == 0:
                raise DataError(f"{self.block}: rate_hz is {self.rate_hz!r}, accepted by device_sdk is 1 Hz or more")
        p = self.params
        p["frame_length"] = given.number("frame_length", 0.02)
        p["frame_stride"] = given.number("frame_stride", self._stride)
        p["fft_length"] = int(given.one_of("fft_length", self._fft_length, _LENGTHS))
        self.core_params: dict[str, Any] = {
            "block": _NUMBERS[self.block],
            "version": self.version,
            "fft_length": p["fft_length"],
            "filters": 0,
            "cepstra": 0,
            "window": 0,
            "shift": 1,
            "wrap": False,
            "emphasis": 0.0,
            "noise_floor_db": -52.0,
            "frame_seconds": p["frame_length"],
            "stride_seconds": p["frame_stride"],
            "low_hz": 0.0,
            "high_hz": 0.0,
            "rate_hz": self._rate,
            "keep_empty": self.variant == "device_sdk",
        }
        if self.variant == "device_sdk":
            length, stride = (
                device_samples(self._rate, p[name], self.version) for name in ("frame_length", "frame_stride")
            )
            self.core_params |= {"frame_seconds": length / self._rate, "stride_seconds": stride / self._rate}
        self._read_own(given)
        self._check_frames(given)

    def _read_own(self, given: Parameters) -> None:
        raise NotImplementedError

    def _check_on_device(self) -> None:
        """Blocks without a logarithm to the base of 10, and that of MFCC, differ by what `_read` does otherwise."""
        if self.block != "mfcc" and self.version >= 3:
            why = "its log10 is a cubic up to 4e-4 off, of which only the error is known"
            self._refuse_on_device(f"implementation_version {self.version}", why, "versions 1 and 2")
        if self.block == "spectrogram" and self.rate_hz != int(self.rate_hz or 0):
            why = "it rounds the rate for the size of its output and not for its frames"
            self._refuse_on_device(f"rate_hz {self.rate_hz:g}", why, "whole numbers of Hz")

    def _check_frames(self, given: Parameters) -> None:
        length, stride, _ = _core.audio_framing(self.core_params, 1)
        for name, samples in (("frame_length", length), ("frame_stride", stride)):
            if samples < 1:
                raise given.refuse(name, f"a time of one sample or more at {self.rate_hz:g} Hz")
        n = self.params["fft_length"]
        if length > n:
            self.notice = (
                f"{self.block}: frames of {length} samples are longer than fft_length {n}: the last {length - n} "
                "samples of each are not used, as in the published block"
            )

    def _read_noise_floor(self, given: Parameters) -> None:
        floor = given.number("noise_floor_db", -52.0)
        if not -1000 <= floor < 12:
            raise given.refuse("noise_floor_db", "a number of dB from -1000 to below 12")
        self.params["noise_floor_db"] = self.core_params["noise_floor_db"] = floor

    def _read_window(self, given: Parameters, least: int) -> None:
        size = given.whole("win_size", 101)
        if size < least or (size and size % 2 == 0) or size > 100001:
            raise given.refuse("win_size", "an odd number of frames" + (", or 0" if least == 0 else ""))
        self.params["win_size"] = self.core_params["window"] = size

    def _read_bank(self, given: Parameters, filters: int) -> None:
        p, rate = self.params, self._rate or 0.0
        p["num_filters"] = given.whole("num_filters", filters)
        if not 2 <= p["num_filters"] <= 1024:
            raise given.refuse("num_filters", "2 to 1024 filters")
        p["low_frequency"] = given.number("low_frequency", 0)
        if self.variant == "device_sdk" and self.version < 4 and p["low_frequency"] == 0:
            p["low_frequency"] = 300.0
        p["high_frequency"] = given.number("high_frequency", 0)
        if not 0 <= p["high_frequency"] <= rate / 2:
            raise given.refuse("high_frequency", f"up to {rate / 2:g} Hz, half the sampling rate, or 0 for that")
        top = p["high_frequency"] or rate / 2
        if not 0 <= p["low_frequency"] < top:
            raise given.refuse("low_frequency", f"0 Hz or more and below {top:g} Hz")
        self.core_params |= {
            "filters": p["num_filters"],
            "low_hz": p["low_frequency"],
            "high_hz": p["high_frequency"],
        }
        if self.variant == "device_sdk":
            self._check_edges(top)
            return
        edges = _core.mel_edges(self.core_params)
        empty = [i for i in range(p["num_filters"]) if edges[i] == edges[i + 2]]
        if empty:
            raise DataError(
                f"{self.block}: filter {empty[0]} of {p['num_filters']} reaches no bin of the spectrum, accepted are "
                "fewer num_filters, a higher fft_length or a higher low_frequency"
            )

    def _check_edges(self, top_hz: float) -> None:
        """Refuse a bank of which float32 and a fast logarithm may put an edge into the next bin."""
        p, rate = self.params, self._rate or 1.0
        low, high = (1127 * math.log(1 + hz / 700) for hz in (p["low_frequency"], top_hz))
        bins = (p["fft_length"] if self.version == 4 else p["fft_length"] // 2 + 1) + 1
        # The last edge is agreed upon where it is half the rate, less a thousandth of a Hz: only just below a bin in
        # versions 1 to 3.
        for i in range(p["num_filters"] + (2 if p["high_frequency"] else 1)):
            mel = low + (high - low) * i / (p["num_filters"] + 1)
            hz = 700 * (math.exp(mel / 1127) - 1) - (0.001 if i == p["num_filters"] + 1 else 0)
            place = bins * hz / rate
            if abs(place - round(place)) < _EDGE_ERROR * place:
                self._refuse_on_device(
                    f"num_filters {p['num_filters']}",
                    f"edge {i} is at {place:.4f} bins, and its fast logarithm may put it into the next bin",
                    "other num_filters, low_frequency or high_frequency",
                )

    def _columns(self) -> list[str]:
        raise NotImplementedError

    @property
    def labels(self) -> list[str]:
        """Empty: the published block gives none."""
        return []

    @property
    def names(self) -> list[str]:
        """Frame and column; they need ``input_shape`` = [time, 1]."""
        shape = self._given.values.get("input_shape")
        if not isinstance(shape, (list, tuple)) or not 1 <= len(shape) <= 2 or (len(shape) == 2 and shape[1] != 1):
            raise DataError(f"{self.block}: names need input_shape = [time, 1], which is {shape!r}")
        frames = self.frames(int(shape[0]))
        return [f"Frame {frame} {column}" for frame in range(frames) for column in self._columns()]

    def frames(self, samples: int) -> int:
        """Return how many frames a window of so many samples has.

        Parameters
        ----------
        samples : int

        Returns
        -------
        int

        Raises
        ------
        DataError : fewer than 1 or more than 500
        """
        length, stride, frames = _core.audio_framing(self.core_params, samples)
        if not 1 <= frames <= _MOST_FRAMES:
            raise DataError(
                f"{self.block}: windows of {samples} samples have {frames} frames of {length} samples every {stride}, "
                f"accepted are 1 to {_MOST_FRAMES}"
            )
        return int(frames)

    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the features, frame by frame; see `FeatureBlock.extract_batch`.

        Raises
        ------
        DataError : more than one axis, or windows of no frame or more than 500
        """
        array = self._checked(windows)
        if array.shape[2] != 1:
            raise DataError(f"{self.block}: windows of {array.shape[2]} axes, accepted is one")
        self.frames(array.shape[1])
        features = _core.audio_features(
            array[:, :, 0], self.core_params, threads=checked_threads(num_threads, "num_threads") or 0
        )
        return self._checked_features(features)


class Mfe(_AudioBlock):
    """Mel filter bank energies of int16 sound.

    Parameters of the block and their defaults: ``frame_length`` 0.02 s, ``frame_stride`` 0.01 s, ``num_filters`` 40,
    ``fft_length`` 256, ``low_frequency`` 0 Hz, ``high_frequency`` 0 (half the sampling rate), ``noise_floor_db`` -52
    (versions 3 and 4), ``win_size`` 101 (versions 1 and 2).

    Features of versions 3 and 4 are steps of 1/256 and exact: those that float32 leaves in doubt are computed in
    double. The published code lets the loudest, 1, wrap to 0; here they stay 1, as on the vendor's devices, unless
    ``saturation`` is ``wrap`` instead of ``clip``.
    """

    block = "mfe"

    def _read_own(self, given: Parameters) -> None:
        self._read_bank(given, 40)
        if self.version >= 3:
            self._read_noise_floor(given)
            self.params["saturation"] = given.one_of("saturation", "clip", ("clip", "wrap"))
            self.core_params["wrap"] = self.params["saturation"] == "wrap"
            given.finish(("win_size",))
        else:
            self._read_window(given, 1)
            given.finish(("noise_floor_db", "saturation"))

    def _columns(self) -> list[str]:
        return [f"Filter {i}" for i in range(self.params["num_filters"])]


class Mfcc(_AudioBlock):
    """Mel frequency cepstral coefficients of int16 sound, mean and variance normalised over sliding frames.

    Parameters of the block and their defaults: ``num_cepstral`` 13, ``frame_length`` and ``frame_stride`` 0.02 s,
    ``num_filters`` 32, ``fft_length`` 256, ``win_size`` 101 frames (odd; 0: no normalisation), ``low_frequency`` 0 Hz,
    ``high_frequency`` 0 (half the sampling rate), ``pre_cof`` 0.98, ``pre_shift`` 1.
    """

    block = "mfcc"
    _stride = 0.02

    def _read_own(self, given: Parameters) -> None:
        self._read_bank(given, 32)
        self._read_window(given, 0)
        p = self.params
        p["num_cepstral"] = given.whole("num_cepstral", 13)
        if not 1 <= p["num_cepstral"] <= p["num_filters"]:
            raise given.refuse("num_cepstral", f"1 to num_filters, {p['num_filters']}")
        p["pre_cof"] = given.number("pre_cof", 0.98)
        p["pre_shift"] = given.whole("pre_shift", 1)
        if not 1 <= p["pre_shift"] < 2**24:
            raise given.refuse("pre_shift", "1 sample or more")
        self.core_params |= {"cepstra": p["num_cepstral"], "emphasis": p["pre_cof"], "shift": p["pre_shift"]}
        given.finish()

    def _columns(self) -> list[str]:
        return [f"Coefficient {i}" for i in range(self.params["num_cepstral"])]


class Spectrogram(_AudioBlock):
    """Power of each bin in dB, from 0 at the noise floor to 1 at 12 dB; versions 1 and 2: from least to greatest.

    Parameters of the block and their defaults: ``frame_length`` 0.02 s, ``frame_stride`` 0.01 s, ``fft_length`` 128,
    ``noise_floor_db`` -52 (versions 3 and 4); ``show_axes`` does nothing. Version 4 does not end at 1: int16 sound
    reaches about 2.
    """

    block = "spectrogram"
    _fft_length = 128

    def _read_own(self, given: Parameters) -> None:
        if self.version >= 3:
            self._read_noise_floor(given)
        given.finish(("show_axes", "noise_floor_db"))

    def _check_frames(self, given: Parameters) -> None:
        super()._check_frames(given)
        length, stride, _ = _core.audio_framing(self.core_params, 1)
        for name, samples in (("frame_length", length), ("frame_stride", stride)):
            if samples < 4:
                raise given.refuse(name, f"a time of 4 samples or more at {self.rate_hz:g} Hz")

    def _columns(self) -> list[str]:
        rate, n = self.rate_hz or 0.0, self.params["fft_length"]
        return [f"{k * rate / n:g} Hz" for k in range(n // 2 + 1)]
