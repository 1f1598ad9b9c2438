"""Feature blocks of samples as they are: raw and flatten."""

from __future__ import annotations

from typing import Any

from .. import _core
from ..build_info import checked_threads
from ..errors import DataError
from .blocks_base import FeatureBlock, Float32, Parameters

__all__ = ["Flatten", "Raw"]


class Raw(FeatureBlock):
    """Every value times ``scale-axes`` (1), in the same order."""

    block = "raw"

    def _read(self, given: Parameters) -> None:
        self.params["scale_axes"] = given.number("scale_axes", 1.0)
        given.finish()

    @property
    def labels(self) -> list[str]:
        """Empty: the published block gives none."""
        return []

    @property
    def names(self) -> list[str]:
        """Axis and number of the sample: ``accX 0``; they need ``axes`` and ``input_shape`` = [time, axes]."""
        axes = self._known_axes("names")
        shape = self._given.values.get("input_shape")
        if not isinstance(shape, (list, tuple)) or len(shape) != 2 or shape[1] != len(axes):
            raise DataError(f"raw: names need input_shape = [time, {len(axes)}], which is {shape!r}")
        return [f"{axis} {sample}" for sample in range(int(shape[0])) for axis in axes]

    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the scaled values; see `FeatureBlock.extract_batch`."""
        return self._checked_features(_core.raw_features(self._checked(windows), self.params["scale_axes"]))


class Flatten(FeatureBlock):
    """Statistics of each axis: ``scale-axes`` (1) and a switch for each statistic, all on.

    ``average``, ``minimum``, ``maximum``, ``rms`` (the mean is not removed), ``stdev`` (of the population),
    ``skewness`` and ``kurtosis`` (biased, excess; 0 and -3 where all values are equal).
    """

    block = "flatten"
    _STATISTICS = {  # noqa: RUF012
        "average": "Average", "minimum": "Minimum", "maximum": "Maximum", "rms": "RMS", "stdev": "Stdev",
        "skewness": "Skewness", "kurtosis": "Kurtosis",
    }  # fmt: skip

    def _read(self, given: Parameters) -> None:
        self.params["scale_axes"] = given.number("scale_axes", 1.0)
        self.params |= {name: given.flag(name, True) for name in self._STATISTICS}
        given.finish()

    @property
    def statistics(self) -> int:
        """Those that are on as the core has them: a bit each."""
        return sum(2**bit for bit, name in enumerate(self._STATISTICS) if self.params[name])

    @property
    def labels(self) -> list[str]:
        """Statistics that are on, for one axis."""
        return [label for name, label in self._STATISTICS.items() if self.params[name]]

    @property
    def names(self) -> list[str]:
        """``accX Average``, ..."""
        return [f"{axis} {label}" for axis in self._known_axes("names") for label in self.labels]

    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the statistics, axis by axis; see `FeatureBlock.extract_batch`."""
        array = self._checked(windows)
        features = _core.flatten_features(
            array, self.statistics, self.params["scale_axes"], threads=checked_threads(num_threads, "num_threads") or 0
        )
        return self._checked_features(features)
