"""Folders of recordings, read one after another or at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, overload

from ..arrays import positive_number
from ..errors import DataError
from .csv_recording import JITTER
from .formats import RATE_TOLERANCE, SUFFIXES, ReadOptions, read_with
from .labels import INFO_LABELS, FileLabel, label_of_name, number_of, read_info_labels
from .recording import Recording, Sensor

__all__ = ["RecordingStream", "Recordings", "Skipped", "labelled_files", "load", "stream"]

_LABELS = ("auto", "folder", "none")
_LABEL_TYPES = ("class", "number")


@dataclass(frozen=True)
class Skipped:
    """A file that was left out.

    Attributes
    ----------
    path : Path
    reason : str
        Names the file, and the line or member where there is one.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class Recordings(Sequence[Recording]):
    """The recordings of a folder, in the order of their names.

    Attributes
    ----------
    items : tuple of Recording
    skipped : tuple of Skipped
        The files left out, as asked for by `skip_bad`.
    """

    items: tuple[Recording, ...]
    skipped: tuple[Skipped, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Recording: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Recording, ...]: ...
    def __getitem__(self, index: int | slice) -> Recording | tuple[Recording, ...]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    @property
    def labels(self) -> list[str | float | None]:
        """The label of each recording."""
        return [recording.label for recording in self.items]


class RecordingStream:
    """A folder's recordings, each read when its turn comes: one is in memory at a time.

    Every iteration starts from the first file. `stream` makes it.

    Attributes
    ----------
    folder : Path
    paths : tuple of Path
        The files to read, in the order of their names.
    done : int
        How many of them have been read by the iteration that runs.
    skipped : list of Skipped
        The files left out so far, as asked for by `skip_bad`.
    """

    def __init__(
        self,
        folder: Path,
        labels: Sequence[tuple[Path, FileLabel]],
        skipped: Sequence[Skipped],
        options: ReadOptions,
        *,
        as_numbers: bool,
        least_samples: int,
        least_s: float,
        skip_bad: bool,
    ) -> None:
        self.folder = folder
        self.paths = tuple(path for path, _ in labels)
        self.done = 0
        self.skipped = list(skipped)
        self._labels = tuple(labels)
        self._skipped_before = tuple(skipped)
        self._options = options
        self._as_numbers = as_numbers
        self._least_samples = least_samples
        self._least_s = least_s
        self._skip_bad = skip_bad

    def __iter__(self) -> Iterator[Recording]:
        self.done, self.skipped = 0, list(self._skipped_before)
        first: Recording | None = None
        for path, label in self._labels:
            try:
                recording = self._read(path, label, first)
            except DataError as error:
                if not self._skip_bad:
                    raise
                self.skipped.append(Skipped(path, str(error)))
                recording = None
            self.done += 1
            if recording is not None:
                # Of the first one, what others have to share; not its values.
                first = first or replace(recording, values=recording.values[:1].copy(), spans=())
                yield recording

    def _read(self, path: Path, label: FileLabel, first: Recording | None) -> Recording:
        recording = read_with(path, self._options)
        try:
            clash = [key for key, text in label.metadata.items() if recording.metadata.get(key, text) != text]
            if clash:
                raise DataError(f"its {clash[0]} is {recording.metadata[clash[0]]!r:.40}, {INFO_LABELS} tells another")
            least = max(self._least_samples, int(self._least_s * recording.rate_hz + 0.5))
            if len(recording.values) < least:
                raise DataError(f"it has {len(recording.values)} samples, accepted are {least} and more")
            if first is not None:
                self._check_alike(recording, first)
            value = label.label if label.label is None or not self._as_numbers else number_of(label.label)
            name = path.relative_to(self.folder).as_posix()
            metadata = {**recording.metadata, **label.metadata}
            return replace(recording, name=name, label=value, spans=label.spans, metadata=metadata)
        except DataError as error:
            raise DataError(f"{path}: {error}") from error

    def _check_alike(self, recording: Recording, first: Recording) -> None:
        if not self._options.same_rate(recording.rate_hz, first.rate_hz):
            raise DataError(
                f"its rate is {recording.rate_hz:.6g} Hz, accepted are the {first.rate_hz:.6g} Hz of {first.name}"
            )
        if recording.sensors != first.sensors:
            came, accepted = (", ".join(f"{s.name} ({s.unit})" for s in r.sensors) for r in (recording, first))
            raise DataError(f"its sensors are {came}; accepted are those of {first.name}: {accepted}")


def stream(
    folder: str | os.PathLike[str],
    *,
    pattern: str = "*",
    labels: str = "auto",
    label_type: str = "class",
    key: str | None = None,
    rate_hz: float | None = None,
    sensors: Sequence[Sensor | str] | None = None,
    jitter: float = JITTER,
    rate_tolerance: float = RATE_TOLERANCE,
    least_samples: int = 1,
    least_s: float = 0.0,
    skip_bad: bool = False,
) -> RecordingStream:
    """Read a folder's recordings one after another, for folders larger than memory.

    Parameters
    ----------
    folder : path
        Folders in it are read too; names that begin with a dot are not.
    pattern : str
        Names of the files to read, as in a shell: ``"*.json"``.
    labels : str
        "auto": from `info.labels` files, in folders that have one or are below one, elsewhere from names: `rest.1.json`
        has the label `rest`. "folder": the name of the folder that the file is in. "none": no labels.
    label_type : str
        "class" for texts, "number" for quantities to predict.
    key : str, optional
        The project's HMAC key: acquisitions must be signed with it.
    rate_hz : float, optional
        Of files that do not tell one; others must agree with it within `rate_tolerance`.
    sensors : sequence of Sensor or str, optional
        The sensors to keep, in this order; a `Sensor` must have its unit.
    jitter : float
        How far an interval between two times in a file may be from the median one, relative to it.
    rate_tolerance : float
        How far rates of files may be from each other, relative to their size.
    least_samples : int
        Shorter recordings are bad: the length of a window.
    least_s : float
        The same in seconds, to the nearest sample; pictures have none.
    skip_bad : bool
        Leave bad files out and list them in `skipped`, in place of an error.

    Returns
    -------
    RecordingStream
        All with the sensors, units and rate of the first.

    Raises
    ------
    DataError : no such folder, no files, `info.labels` malformed or naming files that are not there; and, here or while
        reading, a file that is no recording, has no label while others have, or differs in rate, sensors or units
    """
    root = Path(folder)
    if least_s != 0:
        positive_number(least_s, "least_s")
    if label_type not in _LABEL_TYPES:
        raise DataError(f"label_type: {label_type!r:.40}, accepted are {', '.join(_LABEL_TYPES)}")
    _check_folder(root)
    told = labelled_files(root, pattern=pattern, labels=labels)
    labelled = next((path for path, label in told if label.known), None)
    good, skipped = [], []
    for path, label in told:
        if path.suffix.lower() not in SUFFIXES:
            reason = f"{path}: a file of kind {path.suffix!r}, accepted are {', '.join(SUFFIXES)}"
        elif labelled is not None and not label.known:
            reason = f"{path}: it has no label, {labelled.relative_to(root).as_posix()} has one"
        else:
            good.append((path, label))
            continue
        if not skip_bad:
            raise DataError(reason)
        skipped.append(Skipped(path, reason))
    return RecordingStream(
        root,
        good,
        skipped,
        ReadOptions(key, rate_hz, None if sensors is None else tuple(sensors), jitter, rate_tolerance),
        as_numbers=label_type == "number",
        least_samples=least_samples,
        least_s=least_s,
        skip_bad=skip_bad,
    )


def load(folder: str | os.PathLike[str], **options: Any) -> Recordings:
    """Read all recordings of a folder.

    Parameters
    ----------
    folder : path
    **options
        Those of `stream`.

    Returns
    -------
    Recordings

    Raises
    ------
    DataError : as for `stream`, or every file was skipped
    """
    source = stream(folder, **options)
    items = tuple(source)
    if not items:
        raise DataError(f"{folder}: all {len(source.skipped)} files were skipped: {source.skipped[0].reason}")
    return Recordings(items, tuple(source.skipped))


def labelled_files(
    source: str | os.PathLike[str], *, pattern: str = "*", labels: str = "auto"
) -> list[tuple[Path, FileLabel]]:
    """Return the files of a folder, none of them read, and what is told of each.

    Parameters
    ----------
    source : path
        A folder, or one file.
    pattern, labels
        As for `stream`.

    Returns
    -------
    list of (Path, FileLabel)
        In the order of their names.

    Raises
    ------
    DataError : no such folder, no files, or `info.labels` malformed or naming files that are not there
    """
    if labels not in _LABELS:
        raise DataError(f"labels: {labels!r:.40}, accepted are {', '.join(_LABELS)}")
    root = Path(source)
    if root.is_file():
        return _labels(root.parent, [root], labels, root.name)
    return _labels(root, _files(root, pattern), labels, pattern)


def _check_folder(root: Path) -> None:
    if not root.is_dir():
        raise DataError(f"cannot read the folder {root}: {'it is a file' if root.exists() else 'no such folder'}")


def _files(root: Path, pattern: str) -> list[Path]:
    """Return the files below a folder that match, in the order of their names."""

    def refuse(error: OSError) -> None:
        raise DataError(f"cannot read the folder {error.filename}: {error.strerror or error}") from error

    _check_folder(root)
    found = []
    for place, folders, names in os.walk(root, onerror=refuse, followlinks=True):
        real = Path(place).resolve()
        if os.path.islink(place) and any(real == above.resolve() for above in Path(place).parents):
            raise DataError(f"{place}: a link to a folder above it, accepted are folders without loops")
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if not name.startswith(".") and name != INFO_LABELS]
    files = sorted((path for path in found if fnmatch(path.name, pattern)), key=lambda path: path.as_posix())
    if not files:
        matching = "" if pattern == "*" else f" that match {pattern!r}"
        raise DataError(f"{root}: no files in it{matching}, accepted are {', '.join(SUFFIXES)}")
    return files


def _labels(root: Path, files: Sequence[Path], labels: str, pattern: str) -> list[tuple[Path, FileLabel]]:
    if labels == "none":
        return [(path, FileLabel()) for path in files]
    if labels == "folder":
        return [(path, FileLabel(path.parent.name if path.parent != root else None)) for path in files]
    told: dict[Path, FileLabel] = {}
    covered: list[Path] = []
    places = {parent for path in files for parent in path.parents if parent == root or root in parent.parents}
    for place in sorted(places):
        if not (place / INFO_LABELS).is_file():
            continue
        covered.append(place)
        for relative, label in read_info_labels(place / INFO_LABELS).items():
            path = place / PurePosixPath(relative)
            if fnmatch(path.name, pattern) and not path.is_file():
                raise DataError(f"{place / INFO_LABELS}: {relative!r:.80} is not there")
            if told.setdefault(path, label) != label:
                raise DataError(f"{place / INFO_LABELS}: {relative!r:.80} has another label above it")
    return [
        (
            path,
            told.get(path, FileLabel())
            if any(place in path.parents for place in covered)
            else FileLabel(label_of_name(path.name)),
        )
        for path in files
    ]
