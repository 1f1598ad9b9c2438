"""Studio's results beside edgetwin's, window by window, in the integers of the model's output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.recording import Recording
from ...device.decimals import codes_of
from ...errors import DataError, NotComparableError, ShapeError, UnsupportedError
from ...impulse import Impulse
from .deployment import DeployedImpulse
from .results import SampleResult, StudioResults, WindowResult

__all__ = ["ResultsComparison", "WindowComparison", "compare"]

_MS_PER_S = 1000.0
#: Windows whose features are computed at once.
_BLOCK = 1024
#: Windows that differ which `print` names.
_SHOWN = 5


@dataclass(frozen=True)
class WindowComparison:
    """One window.

    Attributes
    ----------
    sample : str
    start_ms : float
    state : str
        "equal"; "differs"; "not comparable", where the scores do not tell the integers.
    steps : int or None
        The largest difference, in steps of the output's scale.
    theirs, ours : str
        The label of the highest score; empty for a regression.
    reason : str
        Why it is not comparable.
    """

    sample: str
    start_ms: float
    state: str
    steps: int | None
    theirs: str
    ours: str
    reason: str = ""


@dataclass(frozen=True)
class ResultsComparison:
    """Studio's results against edgetwin's; true where every window has the same integers.

    Attributes
    ----------
    windows : tuple of WindowComparison
        In the results' order.
    """

    windows: tuple[WindowComparison, ...]

    @property
    def differing(self) -> tuple[WindowComparison, ...]:
        """Windows with other integers."""
        return tuple(window for window in self.windows if window.state == "differs")

    @property
    def not_comparable(self) -> tuple[WindowComparison, ...]:
        """Windows whose integers the results do not tell."""
        return tuple(window for window in self.windows if window.state == "not comparable")

    @property
    def other_class(self) -> tuple[WindowComparison, ...]:
        """Windows with another label on top."""
        return tuple(window for window in self.windows if window.theirs != window.ours)

    @property
    def largest_steps(self) -> int:
        """The largest difference, in steps of the output's scale."""
        return max((window.steps for window in self.windows if window.steps is not None), default=0)

    def __bool__(self) -> bool:
        """Whether there are windows and all are equal: what is not comparable is no pass."""
        return bool(self.windows) and all(window.state == "equal" for window in self.windows)

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "equal": bool(self),
            "largest_steps": self.largest_steps,
            "windows": [asdict(window) for window in self.windows],
        }

    def __str__(self) -> str:
        count = len(self.windows)
        equal = sum(window.state == "equal" for window in self.windows)
        lines = [f"{equal} of {count} windows have the same integers; largest difference {_steps(self.largest_steps)}"]
        lines += [
            f"  {window.sample} at {window.start_ms:g} ms: {_steps(window.steps or 0)}"
            + (f", {window.theirs} there, {window.ours} here" if window.theirs != window.ours else "")
            for window in self.differing[:_SHOWN]
        ]
        if len(self.differing) > _SHOWN:
            lines.append(f"  and {len(self.differing) - _SHOWN} more")
        if self.not_comparable:
            first = self.not_comparable[0]
            lines.append(f"{len(self.not_comparable)} windows are not comparable, the first: {first.reason}")
        return "\n".join(lines)


def compare(
    results: StudioResults,
    impulse: Impulse,
    recordings: Sequence[Recording] | Mapping[int, Recording],
    *,
    labels: Sequence[str] | None = None,
) -> ResultsComparison:
    """Compare Studio's results with what an impulse computes here of the same windows.

    Parameters
    ----------
    results : StudioResults
        Of the model that the impulse holds.
    impulse : Impulse
        From `from_edge_impulse`, or of one's own. Its model's arithmetic is the one that Studio is compared with:
        "tflm" is what the board computes.
    recordings : sequence of Recording, or mapping of int to Recording
        The samples, as `data.load` reads the folder that was uploaded: found by their names; or by sample number.
    labels : sequence of str, optional
        Of the outputs, in their order; a deployment knows its own.

    Returns
    -------
    ResultsComparison

    Raises
    ------
    DataError : a sample without recording or with several, of another rate or other sensors, or shorter than a window;
        labels that are not the results'
    UnsupportedError : an impulse of pictures, which Studio resizes
    """
    names = _labels(impulse, labels)
    found = [(sample, window) for sample in results.samples for window in sample.windows]
    if not found:
        raise DataError("the results have no windows")
    if len(impulse.window) != 2:
        raise UnsupportedError("an impulse of pictures, which Studio resizes: accepted are windows of a signal")
    of = {sample.sample_id: _recording(sample, impulse, recordings) for sample in results.samples}
    digits = max(_decimals(score) for _, window in found for score in window.scores.values())
    compared: list[WindowComparison] = []
    for first in range(0, len(found), _BLOCK):
        block = found[first : first + _BLOCK]
        windows = np.stack([_values(of[sample.sample_id], sample, window, impulse) for sample, window in block])
        codes = impulse.run(windows)
        compared += [
            _compared(sample, window, code, impulse, names, digits)
            for (sample, window), code in zip(block, codes, strict=True)
        ]
    return ResultsComparison(tuple(compared))


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _labels(impulse: Impulse, labels: Sequence[str] | None) -> list[str]:
    if labels is None and isinstance(impulse, DeployedImpulse):
        labels = impulse.labels
    count = int(np.prod(impulse.model.outputs[0].shape))
    if count == 1 and not labels:
        return []
    if labels is None or len(labels) != count or len(set(labels)) != count:
        raise DataError(f"labels: {labels!r:.80}, accepted are {count} distinct ones in the order of the outputs")
    return list(labels)


def _recording(
    sample: SampleResult, impulse: Impulse, recordings: Sequence[Recording] | Mapping[int, Recording]
) -> Recording:
    if isinstance(recordings, Mapping):
        matching = [recordings[sample.sample_id]] if sample.sample_id in recordings else []
    else:
        matching = [recording for recording in recordings if _is_of(sample.name, recording.name)]
    if len(matching) != 1:
        where = f"sample {sample.sample_id} ({sample.name})"
        raise DataError(f"{where}: {len(matching)} recordings have its name, accepted is one; or give them by number")
    recording = matching[0]
    rate = impulse.block.rate_hz
    if rate is not None and abs(recording.rate_hz - rate) > 1e-3 * rate:
        raise DataError(f"{recording.name}: {recording.rate_hz:g} Hz, accepted are the impulse's {rate:g} Hz")
    return recording


def _is_of(stored: str, name: str) -> bool:
    """Whether a file of this name is stored under that one: the project adds a hash, and may drop the kind."""
    file = name.rsplit("/", 1)[-1]
    stem = file.rsplit(".", 1)[0]
    return stored in (file, stem) or stored.startswith(f"{file}.")


def _values(recording: Recording, sample: SampleResult, window: WindowResult, impulse: Impulse) -> NDArray[np.float32]:
    length, axes = impulse.window
    values = recording.values
    if isinstance(impulse, DeployedImpulse):
        have = [sensor.name for sensor in recording.sensors]
        missing = [name for name in impulse.sensors if name not in have]
        # A single axis has whatever name.
        if missing and (axes, values.shape[1]) != (1, 1):
            raise DataError(f"{recording.name}: sensors {', '.join(have)}, accepted are {', '.join(impulse.sensors)}")
        if not missing:
            values = values[:, [have.index(name) for name in impulse.sensors]]
    if values.shape[1] != axes:
        raise ShapeError(f"{recording.name}: {values.shape[1]} sensors, accepted are {axes}")
    start = round(window.start_ms * recording.rate_hz / _MS_PER_S)
    if start < 0 or start + length > len(values):
        raise DataError(
            f"{recording.name}: a window from {window.start_ms:g} ms takes {length} samples, it has {len(values)}: "
            f"accepted is the recording of sample {sample.sample_id} as it was uploaded"
        )
    return values[start : start + length]


def _compared(
    sample: SampleResult,
    window: WindowResult,
    code: NDArray[np.int8],
    impulse: Impulse,
    names: Sequence[str],
    digits: int,
) -> WindowComparison:
    if names:
        missing = [name for name in names if name not in window.scores]
        if missing:
            raise DataError(f"{sample.name}: no score of {missing[0]!r}, it has {', '.join(window.scores)}")
        scores = [window.scores[name] for name in names]
    else:
        scores = list(window.scores.values())[:1]
    ours = code.reshape(-1)
    labels = (names[int(np.argmax(scores))], names[int(np.argmax(ours))]) if names else ("", "")
    spec = impulse.model.outputs[0]
    try:
        texts = [f"{score:.{digits}f}" for score in scores]
        theirs = np.frombuffer(codes_of(texts, spec, f"{sample.name} at {window.start_ms:g} ms"), spec.dtype)
    except NotComparableError as error:
        return WindowComparison(sample.name, window.start_ms, "not comparable", None, *labels, str(error))
    steps = int(np.abs(theirs.astype(np.int32) - ours).max())
    return WindowComparison(sample.name, window.start_ms, "differs" if steps else "equal", steps, *labels)


def _decimals(score: float) -> int:
    """Return how many decimals a score was written with."""
    exponent = Decimal(repr(score)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
