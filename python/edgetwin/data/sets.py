"""Training, validation and test sets of recordings, and labels of the windows that are cut from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import positive_number, real_array, whole_number
from ..errors import DataError, ShapeError
from .recording import Recording

__all__ = ["Split", "split", "window_labels", "window_starts"]

_BY = ("label", "recording", "subject")


@dataclass(frozen=True, eq=False)
class Split:
    """Which recordings, or windows, are for what.

    Attributes
    ----------
    train, validation, test : ndarray of int64
        Indices in growing order; every one is in exactly one of them.
    """

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    def windows(self, recording_of: Any) -> Split:
        """Return the same split of windows: each goes where its recording is.

        Windows of one recording overlap: were they dealt out one by one, samples of the test set would be in training.

        Parameters
        ----------
        recording_of : array_like of int, shape (windows,)
            Index of the recording that each window was cut from.

        Returns
        -------
        Split

        Raises
        ------
        ShapeError : not one axis
        DataError : an index of no recording of this split
        """
        owners = real_array(recording_of, "recording_of", kinds="iu")
        if owners.ndim != 1:
            raise ShapeError(f"recording_of: shape {owners.shape}, accepted is (windows,)")
        count = self.train.size + self.validation.size + self.test.size
        if owners.size and not 0 <= owners.min() <= owners.max() < count:
            raise DataError(f"recording_of: {owners.min()} to {owners.max()}, accepted are 0 to {count - 1}")
        parts = (np.flatnonzero(np.isin(owners, part)) for part in (self.train, self.validation, self.test))
        return Split(*(part.astype(np.int64) for part in parts))


def split(
    recordings: Iterable[Recording],
    *,
    by: str = "label",
    test: float = 0.2,
    validation: float = 0.0,
    seed: int = 0,
    subject: str = "subject",
) -> Split:
    """Part recordings into a training, a validation and a test set.

    The same recordings and seed give the same sets, in whatever order they come and on every machine: what decides is a
    hash of their values. Recordings of equal values are never parted.

    Parameters
    ----------
    recordings : iterable of Recording
        Read once; a stream's values are not kept.
    by : str
        "label": the same shares of every label. "recording": shares of all. "subject": shares of the subjects, each
        with all recordings.
    test, validation : float, in [0, 1)
        Shares; what is left is for training. A share above 0 gets at least one.
    seed : int, >= 0
    subject : str
        Name of the metadata that tells the subject.

    Returns
    -------
    Split
        Of indices into `recordings`.

    Raises
    ------
    DataError : shares that leave nothing for training, too few recordings (of a label) or subjects, or one without a
        label or subject that is asked for
    """
    if by not in _BY:
        raise DataError(f"by: {by!r:.40}, accepted are {', '.join(_BY)}")
    whole_number(seed, "seed", 0)
    for what, share in (("test", test), ("validation", validation)):
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 <= share < 1:
            raise DataError(f"{what}: {share!r:.40}, accepted is a share in [0, 1)")
    if test + validation >= 1:
        raise DataError(f"test {test} and validation {validation} leave nothing for training")
    units = _units(recordings, by, subject)
    strata: dict[str, list[_Unit]] = {}
    for unit in units:
        strata.setdefault(unit.stratum, []).append(unit)
    sets: tuple[list[int], list[int], list[int]] = ([], [], [])
    for stratum, members in strata.items():
        members.sort(key=lambda unit: hashlib.sha256(f"{seed}:{unit.key}".encode()).digest())
        tested, validated = (max(1, int(share * len(members) + 0.5)) if share else 0 for share in (test, validation))
        if tested + validated >= len(members):
            of = f" of label {stratum}" if by == "label" else ""
            raise DataError(
                f"{len(members)} {'subjects' if by == 'subject' else 'different recordings'}{of}, "
                f"accepted are at least {tested + validated + 1} for {tested} in test and {validated} in validation"
            )
        for place, unit in enumerate(members):
            chosen = 2 if place < tested else 1 if place < tested + validated else 0
            sets[chosen].extend(unit.indices)
    return Split(*(np.array(sorted(indices), np.int64) for indices in sets))


@dataclass(frozen=True)
class _Unit:
    """Recordings that stay together; the smallest `key` and `stratum` of them, so that their order decides nothing."""

    key: str
    stratum: str
    indices: tuple[int, ...]


def _units(recordings: Iterable[Recording], by: str, subject: str) -> list[_Unit]:
    told: list[tuple[str, str]] = []
    #: Index of a recording -> one before it that it stays with, or itself.
    parent: list[int] = []
    #: What holds recordings together (equal values, a subject) -> the first of them.
    first: dict[str, int] = {}

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for index, recording in enumerate(recordings):
        digest = hashlib.sha256(repr(recording.values.shape).encode() + recording.values.tobytes()).hexdigest()
        ties, stratum = [f"values {digest}"], ""
        if by == "subject":
            if subject not in recording.metadata:
                raise DataError(f"{recording.name}: no {subject!r} in its metadata, accepted is one in every recording")
            ties.append(f"subject {recording.metadata[subject]}")
        elif by == "label":
            if not isinstance(recording.label, str):
                raise DataError(
                    f"{recording.name}: its label is {recording.label!r}, accepted are texts in every recording"
                )
            stratum = repr(recording.label)
        told.append((ties[-1], stratum))
        parent.append(index)
        for tie in ties:
            parent[root(index)] = root(first.setdefault(tie, index))
    groups: dict[int, list[int]] = {}
    for index in range(len(parent)):
        groups.setdefault(root(index), []).append(index)
    return [
        _Unit(min(told[i][0] for i in indices), min(told[i][1] for i in indices), tuple(indices))
        for indices in groups.values()
    ]


def window_starts(samples: int, length: int, hop: float) -> NDArray[np.int64]:
    """Return where the windows of a recording begin: ``floor(k * hop)``, as Edge Impulse cuts them.

    Parameters
    ----------
    samples : int, >= 0
        Length of the recording.
    length : int, >= 1
        Samples of a window.
    hop : float, >= 1
        From one window to the next, in samples: 250 ms at 62.5 Hz are 15.625.

    Returns
    -------
    ndarray of int64, shape (windows,)
        Of all windows that end within the recording; none where it is shorter than a window.

    Raises
    ------
    DataError : a parameter is out of range
    """
    samples, length = whole_number(samples, "samples", 0), whole_number(length, "length", 1)
    if positive_number(hop, "hop") < 1:
        raise DataError(f"hop: {hop!r}, accepted is one sample and more")
    starts = np.floor(np.arange(max(0, samples - length + 1)) * hop).astype(np.int64)
    kept: NDArray[np.int64] = starts[starts + length <= samples]
    return kept


def window_labels(
    recording: Recording, starts: Any, length: int, *, least: float = 0.5
) -> tuple[str | float | None, ...]:
    """Return the label of each window of a recording.

    Parameters
    ----------
    recording : Recording
    starts : array_like of int, shape (windows,)
        First sample of each window.
    length : int
        Samples of a window.
    least : float, in (0, 1]
        Where the recording has spans: the share of a window that its label covers at least.

    Returns
    -------
    tuple of str, float or None
        The recording's label; where it has spans the one that covers most of the window, None where no label covers
        `least` or two cover as much.

    Raises
    ------
    ShapeError : `starts` has more than one axis
    DataError : a window is not within the recording, or `least` is out of range
    """
    first = real_array(starts, "starts", kinds="iu")
    if first.ndim != 1:
        raise ShapeError(f"starts: shape {first.shape}, accepted is (windows,)")
    first = first.astype(np.int64)
    length = whole_number(length, "length", 1)
    if isinstance(least, bool) or not isinstance(least, (int, float)) or not 0 < least <= 1:
        raise DataError(f"least: {least!r:.40}, accepted is a share in (0, 1]")
    samples = len(recording.values)
    if first.size and not (first.min() >= 0 and first.max() + length <= samples):
        raise DataError(
            f"{recording.name}: windows of {length} from {first.min()} to {first.max()} in {samples} samples"
        )
    if not recording.spans:
        return (recording.label,) * first.size
    names = list(dict.fromkeys(span.label for span in recording.spans))
    covered = np.zeros((first.size, len(names)), np.int64)
    for span in recording.spans:
        inside = np.minimum(first + length, span.stop) - np.maximum(first, span.start)
        covered[:, names.index(span.label)] += np.maximum(inside, 0)
    most = covered.max(axis=1)
    clear = (most >= least * length) & ((covered == most[:, None]).sum(axis=1) == 1)
    return tuple(names[name] if sure else None for name, sure in zip(covered.argmax(axis=1), clear, strict=True))
