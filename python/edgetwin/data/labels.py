"""Labels of files: from their names, or from Edge Impulse's `info.labels`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ..errors import DataError
from .recording import LabelSpan, Recording

__all__ = [
    "INFO_LABELS",
    "FileLabel",
    "encode_info_labels",
    "info_entry",
    "label_of_name",
    "number_of",
    "read_info_labels",
]

#: Name of the file that tells the labels of the files beside and below it.
INFO_LABELS = "info.labels"
_KINDS = ("label", "multi-label", "unlabeled")
_VERSION = 1


@dataclass(frozen=True)
class FileLabel:
    """What is told of one file.

    Attributes
    ----------
    label : str or None
    spans : tuple of LabelSpan
        Of a file with several labels.
    metadata : mapping of str to str
    """

    label: str | None = None
    spans: tuple[LabelSpan, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether there is a label at all."""
        return self.label is not None or bool(self.spans)


def label_of_name(name: str) -> str | None:
    """Return the label in a file's name: what stands before its first dot, where a second dot follows.

    Parameters
    ----------
    name : str
        `rest.1mp8s.json` has the label `rest`, `walk.json` has none.

    Returns
    -------
    str or None
    """
    parts = name.split(".")
    return parts[0] if len(parts) > 2 and parts[0] else None


def number_of(label: str) -> float:
    """Return a label that is a number.

    Parameters
    ----------
    label : str

    Returns
    -------
    float

    Raises
    ------
    DataError : it is none, or not finite
    """
    try:
        number = float(label)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"its label is {label!r:.40}, accepted are numbers")
    return number


def read_info_labels(path: Path) -> dict[str, FileLabel]:
    """Read an `info.labels` file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to FileLabel
        By the path that the file tells, relative to its folder, with `/` between its parts.

    Raises
    ------
    DataError : unreadable or malformed; names the entry and member
    """
    try:
        content = json.loads(path.read_bytes().decode("utf-8-sig"))
        return _entries(content)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except RecursionError as error:
        raise DataError(f"{path}: nested too deeply") from error
    except ValueError as error:
        raise DataError(f"{path}: no JSON: {error}") from error


def _entries(content: Any) -> dict[str, FileLabel]:
    if not isinstance(content, dict) or not isinstance(content.get("files"), list):
        raise DataError("no list `files` in it, accepted is Edge Impulse's format of version 1")
    if content.get("version") != _VERSION:
        raise DataError(f"version is {content.get('version')!r:.40}, accepted is {_VERSION}")
    entries: dict[str, FileLabel] = {}
    for number, entry in enumerate(content["files"]):
        where = f"files[{number}]"
        if not isinstance(entry, dict) or not isinstance(entry.get("path"), str):
            raise DataError(f"{where} has no path")
        path = PurePosixPath(entry["path"])
        if path.is_absolute() or ".." in path.parts or not path.name:
            raise DataError(f"{where}.path is {entry['path']!r:.80}, accepted is a path below the folder")
        if str(path) in entries:
            raise DataError(f"{where}.path is {str(path)!r:.80}, which is there already")
        entries[str(path)] = _file_label(entry, where)
    return entries


def _file_label(entry: Mapping[str, Any], where: str) -> FileLabel:
    metadata = entry.get("metadata", {})
    if not isinstance(metadata, dict):
        raise DataError(f"{where}.metadata is {type(metadata).__name__}, accepted is a map")
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    for key in entry.keys() - {"path", "name", "label", "metadata"}:
        told[key] = entry[key] if isinstance(entry[key], str) else json.dumps(entry[key])
    label = entry.get("label", {"type": "unlabeled"})
    if not isinstance(label, dict) or label.get("type") not in _KINDS:
        raise DataError(f"{where}.label is {label!r:.60}, accepted is a map of type {', '.join(_KINDS)}")
    if label["type"] == "unlabeled":
        return FileLabel(metadata=told)
    if label["type"] == "label":
        if not isinstance(label.get("label"), str):
            raise DataError(f"{where}.label.label is {label.get('label')!r:.40}, accepted is a text")
        return FileLabel(label["label"], metadata=told)
    parts = label.get("labels")
    if not isinstance(parts, list) or not parts:
        raise DataError(f"{where}.label.labels is {parts!r:.40}, accepted is a list of label, startIndex, endIndex")
    return FileLabel(None, tuple(_span(part, f"{where}.label.labels[{i}]") for i, part in enumerate(parts)), told)


def _span(part: Any, where: str) -> LabelSpan:
    told = part if isinstance(part, dict) else {}
    label, start, end = told.get("label"), told.get("startIndex"), told.get("endIndex")
    if not isinstance(label, str) or type(start) is not int or type(end) is not int:
        raise DataError(f"{where} is {part!r:.80}, accepted are label, startIndex and endIndex")
    # Edge Impulse counts samples and its end is one of them.
    return LabelSpan(label, start, end + 1)


def info_entry(path: str, recording: Recording) -> dict[str, Any]:
    """Return what `info.labels` tells of one file.

    Parameters
    ----------
    path : str
        Relative to the folder, with `/` between its parts.
    recording : Recording

    Returns
    -------
    dict

    Raises
    ------
    DataError : the recording has both a label and spans, which the format does not hold
    """
    label: dict[str, Any] = {"type": "unlabeled"}
    if recording.spans:
        if recording.label is not None:
            raise DataError(f"{recording.name}: both a label and spans, accepted is one of them in {INFO_LABELS}")
        spans = [{"label": s.label, "startIndex": s.start, "endIndex": s.stop - 1} for s in recording.spans]
        label = {"type": "multi-label", "labels": spans}
    elif recording.label is not None:
        text = recording.label if isinstance(recording.label, str) else repr(recording.label)
        label = {"type": "label", "label": text}
    metadata = dict(recording.metadata)
    category = metadata.pop("category", "split")
    return {"path": path, "name": recording.name, "category": category, "label": label, "metadata": metadata}


def encode_info_labels(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the bytes of an `info.labels` file.

    Parameters
    ----------
    entries : iterable of dict
        From `info_entry`.

    Returns
    -------
    bytes
    """
    content = {"version": _VERSION, "files": list(entries)}
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
