"""Feature block of spectra: spectral_analysis, versions 2 to 4, FFT features."""

from __future__ import annotations

from typing import Any

from .. import _core
from ..build_info import checked_threads
from ..errors import DataError, ShapeError, UnsupportedError
from .blocks_base import FeatureBlock, Float32, Parameters, check_finite

__all__ = ["SpectralAnalysis"]

#: Ratio of decimation -> its stages.
_STAGES = {1: (), 3: (3,), 10: (10,), 30: (3, 10), 100: (10, 10), 1000: (10, 10, 10)}
_FILTERS = ("none", "low", "high")
_LENGTHS = tuple(2**k for k in range(2, 14))
_STATISTICS = ("RMS", "Skewness", "Kurtosis", "Spectral Skewness", "Spectral Kurtosis")
#: Of version 1 and of wavelets.
_UNUSED = ("spectral_peaks_count", "spectral_peaks_threshold", "spectral_power_edges", "wavelet_level", "wavelet")


def _shown(frequency: float) -> str:
    """Two decimals without trailing zeros, as the published labels have them."""
    return str(round(frequency, 2))


class SpectralAnalysis(FeatureBlock):
    """RMS, skewness, kurtosis and the power spectrum of each axis, max-held over frames.

    Parameters of the block and their defaults: ``scale-axes`` 1, ``input-decimation-ratio`` 1 (3, 10, 30, 100, 1000),
    ``filter-type`` none (low, high), ``filter-cutoff`` 3 Hz, ``filter-order`` 6 (2, 4, 8; 0 leaves bins out but filters
    nothing), ``fft-length`` 16, ``do-log`` true, ``do-fft-overlap`` true, ``extra-low-freq`` false, ``analysis-type``
    FFT. Versions 2 and 3 know neither spectral statistics nor decimation nor low frequencies.
    """

    block = "spectral_analysis"
    versions = (1, 2, 3, 4)

    def _read(self, given: Parameters) -> None:
        if self.version == 1:
            raise UnsupportedError("spectral_analysis: implementation_version 1 is not supported, accepted are 2, 3, 4")
        if self.rate_hz is None:
            raise DataError("spectral_analysis: the sampling rate is missing: give rate_hz")
        p = self.params
        p["scale_axes"] = given.number("scale_axes", 1.0)
        p["input_decimation_ratio"] = int(given.one_of("input_decimation_ratio", 1, tuple(_STAGES)))
        p["filter_type"] = given.one_of("filter_type", "none", _FILTERS)
        p["filter_cutoff"] = given.number("filter_cutoff", 3.0)
        p["filter_order"] = int(given.one_of("filter_order", 6, (0, 2, 4, 6, 8)))
        p["analysis_type"] = given.one_of("analysis_type", "FFT", ("FFT", "Wavelet"))
        p["fft_length"] = int(given.one_of("fft_length", 16, _LENGTHS))
        p["do_log"] = given.flag("do_log", True)
        p["do_fft_overlap"] = given.flag("do_fft_overlap", True)
        p["extra_low_freq"] = given.flag("extra_low_freq", False)
        given.finish(_UNUSED)
        if p["analysis_type"] == "Wavelet":
            raise UnsupportedError("spectral_analysis: analysis_type Wavelet is not supported, accepted is FFT")
        if self.version < 4 and p["input_decimation_ratio"] > 1:
            raise given.refuse("input_decimation_ratio", f"1 in version {self.version}")
        if self.version < 4 and p["extra_low_freq"]:
            raise given.refuse("extra_low_freq", f"false in version {self.version}")
        self._check_on_device()
        #: After decimation.
        self._rate = self.rate_hz
        for stage in _STAGES[p["input_decimation_ratio"]]:
            self._rate /= stage
        if p["filter_type"] != "none":
            self._check_filter(given)
        self.core_params = {
            "version": self.version,
            "fft_length": p["fft_length"],
            "decimation": p["input_decimation_ratio"],
            "filter": _FILTERS.index(p["filter_type"]),
            "filter_order": p["filter_order"],
            "overlap": p["do_fft_overlap"],
            "logarithm": p["do_log"],
            "low_frequencies": p["extra_low_freq"],
            "scale": p["scale_axes"],
            "cutoff_hz": p["filter_cutoff"],
            "rate_hz": self.rate_hz,
        }
        self._bins, self._low_bins = self._read_bins(given)

    def _check_on_device(self) -> None:
        """Without the logarithm and with one stage of decimation the vendor's code differs by float32 rounding only."""
        ratio = self.params["input_decimation_ratio"]
        if self.params["do_log"]:
            why = "its log10 is a cubic up to 4e-4 off, of which only the error is known"
            self._refuse_on_device("do_log true", why, "do_log false")
        if len(_STAGES[ratio]) > 1 or (ratio > 1 and self.params["extra_low_freq"]):
            why = "a second stage of decimation reads stale samples, and which is not known"
            more = " and extra_low_freq" if self.params["extra_low_freq"] else ""
            self._refuse_on_device(f"input_decimation_ratio {ratio}{more}", why, "one stage: 1, 3 or 10")

    def _check_filter(self, given: Parameters) -> None:
        cutoff, order, nyquist = self.params["filter_cutoff"], self.params["filter_order"], self._rate / 2
        if cutoff <= 0:
            raise given.refuse("filter_cutoff", "a positive number of Hz")
        if self.params["input_decimation_ratio"] > 1 and cutoff > 0.9 * nyquist:
            raise given.refuse("filter_cutoff", f"at most 0.9 x {nyquist:g} Hz, half the decimated rate")
        if order == 0:
            return
        if cutoff >= nyquist:
            raise given.refuse("filter_cutoff", f"below {nyquist:g} Hz, half the sampling rate")
        try:
            _core.butterworth_sections(self.params["filter_type"] == "high", order, cutoff, self._rate)
        except ShapeError:
            message = f"a cut-off at which a filter of order {order} at {self._rate:g} Hz is stable in float32"
            raise given.refuse("filter_cutoff", message) from None

    def _read_bins(self, given: Parameters) -> tuple[range, range]:
        p = self.params
        many = 10 * p["input_decimation_ratio"] * p["fft_length"]
        try:
            first, end, low_first, low_end = _core.spectral_bins(self.core_params, many)
        except ShapeError:
            raise given.refuse("filter_cutoff", "one that leaves a bin of the spectrum") from None
        return range(first, end), range(low_first, low_end)

    @property
    def labels(self) -> list[str]:
        """Those of one axis; with ``extra-low-freq`` its low frequencies' after them."""
        labels = [*self._statistics(), *self._powers(self._bins, self._rate)]
        if self.params["extra_low_freq"]:
            labels += [f"{label} LF" for label in self._statistics()]
            labels += self._powers(self._low_bins, self._rate / 10)
        return labels

    @property
    def names(self) -> list[str]:
        """``accX RMS``, ...: all axes, then all axes' low frequencies, which end in `` LF``."""
        axes = self._known_axes("names")
        names = [
            f"{axis} {label}" for axis in axes for label in [*self._statistics(), *self._powers(self._bins, self._rate)]
        ]
        if self.params["extra_low_freq"]:
            low = [*self._statistics(), *self._powers(self._low_bins, self._rate / 10)]
            names += [f"{axis} {label} LF" for axis in axes for label in low]
        return names

    def _statistics(self) -> tuple[str, ...]:
        return _STATISTICS if self.version == 4 else _STATISTICS[:3]

    def _powers(self, bins: range, rate_hz: float) -> list[str]:
        n = self.params["fft_length"]
        edges = [(k * rate_hz / n - rate_hz / (2 * n), k * rate_hz / n + rate_hz / (2 * n)) for k in bins]
        return [f"Spectral Power {_shown(low)} - {_shown(high)} Hz" for low, high in edges]

    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the features; see `FeatureBlock.extract_batch`.

        Raises
        ------
        DataError : with ``extra-low-freq``, windows of which decimation leaves less than half an FFT length
        """
        array = self._shaped(windows)
        self._check_length(array.shape[1])
        features = _core.spectral_features(
            array, self.core_params, threads=checked_threads(num_threads, "num_threads") or 0
        )
        if not _core.all_finite(features):
            # A number that is not finite makes its axis' RMS NaN, so windows are searched only where features show it.
            check_finite(self.block, array, "finite numbers")
            self._checked_features(features)
        return features

    def _check_length(self, samples: int) -> None:
        if not self.params["extra_low_freq"]:
            return
        left = samples
        for stage in (*_STAGES[self.params["input_decimation_ratio"]], 10):
            left = -(-left // stage)
        if 2 * left < self.params["fft_length"]:
            raise DataError(
                f"spectral_analysis: windows of {samples} samples leave {left} for extra_low_freq, "
                f"accepted are half of fft_length or more: {self.params['fft_length'] // 2}"
            )
