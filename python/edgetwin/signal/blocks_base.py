"""What all feature blocks share: reading of parameters, checks of windows, names."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..errors import DataError, ShapeError, UnsupportedError

__all__ = ["FeatureBlock", "Features", "Float32", "Parameters", "check_finite"]

Float32 = NDArray[np.float32]

#: Keys that describe a recording or a result: not a block's own parameters.
_DESCRIPTIONS = frozenset(
    ("block", "source", "axes", "input_shape", "output_config", "unstable", "uint8_wrapped", "sampling_freq")
)


class Parameters:
    """Edge Impulse's parameters of a block, read one by one; `finish` refuses what nothing has read.

    Parameters
    ----------
    block : str
        Its name, for messages.
    given : mapping
        By the block's own names, with ``-`` or ``_``.

    Raises
    ------
    DataError : a name that is no string or comes twice
    """

    def __init__(self, block: str, given: Mapping[str, Any]) -> None:
        self.block = block
        self.values: dict[str, Any] = {}
        self._known: set[str] = set(_DESCRIPTIONS)
        for key, value in given.items():
            if not isinstance(key, str):
                raise DataError(f"{block}: parameter name {key!r}, accepted are strings")
            name = key.replace("-", "_")
            if name in self.values:
                raise DataError(f"{block}: parameter {name!r} comes twice, with - and with _")
            self.values[name] = value

    def refuse(self, name: str, accepted: str) -> DataError:
        """Return the error that says what `name` is and what is accepted."""
        return DataError(f"{self.block}: {name} is {self.values.get(name)!r}, accepted is {accepted}")

    def take(self, name: str, default: Any) -> Any:
        """Return a value as it was given."""
        self._known.add(name)
        return self.values.get(name, default)

    def number(self, name: str, default: float) -> float:
        """Return a finite number."""
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise self.refuse(name, "a number")
        if not math.isfinite(value):
            raise self.refuse(name, "a finite number")
        return float(value)

    def whole(self, name: str, default: int) -> int:
        """Return an integer."""
        value = self.number(name, default)
        if value != int(value):
            raise self.refuse(name, "an integer")
        return int(value)

    def one_of(self, name: str, default: Any, accepted: Collection[Any]) -> Any:
        """Return one of `accepted`."""
        value = self.take(name, default)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value not in accepted:
            raise self.refuse(name, f"one of {', '.join(map(str, accepted))}")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """Return True or False."""
        value = self.take(name, default)
        if not isinstance(value, (bool, np.bool_)):
            raise self.refuse(name, "true or false")
        return bool(value)

    def finish(self, unused: Collection[str] = ()) -> None:
        """Refuse names that nobody knows.

        Parameters
        ----------
        unused : collection of str
            Names of other versions, which this one does not read.
        """
        self._known.update(unused)
        unknown = sorted(self.values.keys() - self._known)
        if unknown:
            accepted = ", ".join(sorted(self._known - _DESCRIPTIONS))
            raise DataError(f"{self.block}: unknown parameter {', '.join(unknown)}; accepted are {accepted}")


@dataclass(frozen=True)
class Features:
    """Features of windows, with what made them.

    Attributes
    ----------
    values : ndarray of float32, shape (windows, features)
    names : tuple of str
        One per feature.
    block : str
    params : mapping
        The block's parameters, defaults included.
    """

    values: Float32
    names: tuple[str, ...]
    block: str
    params: Mapping[str, Any]


def check_finite(block: str, array: Float32, what: str) -> None:
    """Refuse NaN and infinities.

    Parameters
    ----------
    block : str
    array : ndarray of float32, shape (windows, ...)
    what : str
        Of what the message speaks.

    Raises
    ------
    DataError : names the first window and place
    """
    if not _core.all_finite(array):
        place = np.argwhere(~np.isfinite(array))[0]
        value = array[tuple(place)]
        where = ", ".join(map(str, place[1:]))
        raise DataError(f"{block}: window {place[0]} holds {value} at [{where}], accepted are {what}")


class FeatureBlock(ABC):
    """A feature block of Edge Impulse with its parameters.

    Attributes
    ----------
    block : str
        Its name.
    version : int
        Of the published implementation.
    params : dict
        All its parameters, defaults included.
    axes : tuple of str or None
        Names of the axes, where they were given.
    rate_hz : float or None
    variant : str
        "published" or "device_sdk", see `feature_block`.
    """

    block: str
    #: Of the published implementation; the last one is the default.
    versions: tuple[int, ...] = (1,)
    #: What its user should know of the parameters; `feature_block` warns with it.
    notice: str | None = None

    def __init__(self, params: Mapping[str, Any], rate_hz: float | None = None, variant: str = "published") -> None:
        given = Parameters(self.block, params)
        self.variant = variant
        self.version = int(given.one_of("implementation_version", self.versions[-1], self.versions))
        self.axes = self._read_axes(given)
        self.rate_hz = self._read_rate(given, rate_hz)
        self._given = given
        self.params: dict[str, Any] = {"implementation_version": self.version}
        self._read(given)

    @abstractmethod
    def _read(self, given: Parameters) -> None:
        """Read the block's own parameters into `params` and refuse the rest."""

    def _refuse_on_device(self, what: str, why: str, accepted: str) -> None:
        """Refuse what the vendor's own code is not known to compute."""
        if self.variant == "device_sdk":
            raise UnsupportedError(
                f"{self.block}: variant device_sdk with {what}: {why}; accepted are {accepted}, or variant published"
            )

    @property
    @abstractmethod
    def labels(self) -> list[str]:
        """The published list of labels, which for some blocks names one axis only."""

    @property
    @abstractmethod
    def names(self) -> list[str]:
        """One name per feature, for example ``accX RMS``.

        Raises
        ------
        DataError : axes or shape were not given, and names depend on them
        """

    @abstractmethod
    def extract_batch(self, windows: Any, *, num_threads: int | None = None) -> Float32:
        """Return the features of each window.

        Parameters
        ----------
        windows : ndarray of float32, shape (windows, time, axes)
        num_threads : int, optional
            At most so many; by default `edgetwin.set_num_threads`'s.

        Returns
        -------
        ndarray of float32, shape (windows, features)

        Raises
        ------
        ShapeError : another dtype or shape
        DataError : NaN or infinities, or windows too short for the parameters
        """

    def extract(self, window: Any) -> Float32:
        """Return the features of one window.

        Parameters
        ----------
        window : ndarray of float32, shape (time, axes), or flat and interleaved by sample where the axes were named

        Returns
        -------
        ndarray of float32, shape (features,)

        Raises
        ------
        ShapeError, DataError : as `extract_batch`
        """
        array = np.asarray(window)
        if array.ndim == 1:
            count = len(self._known_axes("a flat window"))
            if array.size % count:
                raise ShapeError(f"{self.block}: {array.size} values, accepted are multiples of {count} axes")
            array = array.reshape(-1, count)
        if array.ndim != 2:
            raise ShapeError(f"{self.block}: a window of shape {array.shape}, accepted is (time, axes)")
        return cast(Float32, self.extract_batch(array[None], num_threads=1)[0])

    def features(self, windows: Any) -> Features:
        """Return `extract_batch`'s features with their names and parameters.

        Parameters
        ----------
        windows : ndarray of float32, shape (windows, time, axes)

        Returns
        -------
        Features
        """
        return Features(self.extract_batch(windows), tuple(self.names), self.block, dict(self.params))

    def __repr__(self) -> str:
        variant = "" if self.variant == "published" else f", variant={self.variant!r}"
        return f"feature_block({self.block!r}, {self.params!r}, rate_hz={self.rate_hz!r}{variant})"

    def _read_axes(self, given: Parameters) -> tuple[str, ...] | None:
        axes = given.values.get("axes")
        if axes is None:
            return None
        named = isinstance(axes, Sequence) and not isinstance(axes, str) and len(axes) > 0
        if not named or not all(isinstance(axis, str) for axis in axes):
            raise given.refuse("axes", "a list of names")
        return tuple(axes)

    def _read_rate(self, given: Parameters, rate_hz: float | None) -> float | None:
        recorded = given.number("sampling_freq", 0.0)
        if recorded < 0:
            raise given.refuse("sampling_freq", "a positive number of Hz")
        if rate_hz is None:
            return recorded or None
        if not (math.isfinite(rate_hz) and rate_hz > 0):
            raise DataError(f"{self.block}: rate_hz is {rate_hz!r}, accepted is a positive number")
        if recorded not in (0.0, rate_hz):
            raise DataError(f"{self.block}: rate_hz is {rate_hz:g}, but sampling_freq is {recorded:g}")
        return float(rate_hz)

    def _known_axes(self, needed_by: str) -> tuple[str, ...]:
        if self.axes is None:
            raise DataError(f"{self.block}: {needed_by} needs the names of the axes: give them as parameter axes")
        return self.axes

    def _checked(self, windows: Any) -> Float32:
        """Return the windows as the core takes them."""
        array = self._shaped(windows)
        check_finite(self.block, array, "finite numbers")
        return array

    def _shaped(self, windows: Any) -> Float32:
        """Return the windows as the core takes them, but for numbers that are not finite."""
        array = np.asarray(windows)
        if array.dtype != np.float32:
            raise ShapeError(f"{self.block}: windows of {array.dtype}, accepted is float32: nothing is cast silently")
        if array.ndim != 3:
            raise ShapeError(f"{self.block}: windows of shape {array.shape}, accepted is (windows, time, axes)")
        if self.axes is not None and array.shape[2] != len(self.axes):
            raise ShapeError(
                f"{self.block}: windows of {array.shape[2]} axes, accepted are {len(self.axes)}: {self.axes}"
            )
        if 0 in array.shape[1:]:
            raise DataError(f"{self.block}: an empty window of shape {array.shape[1:]}, accepted is one sample or more")
        return np.ascontiguousarray(array)

    def _checked_features(self, features: Float32) -> Float32:
        check_finite(self.block, features, "values whose features float32 can hold")
        return features
