"""Recordings sent to an Edge Impulse project: labels, metadata, once each, and on where it was cut."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...arrays import whole_number
from ...data.folder import labelled_files
from ...data.labels import FileLabel
from ...errors import DataError, IntegrationError
from .connection import Connection, RefusedSampleError
from .upload_journal import UploadJournal

__all__ = ["PlannedUpload", "UploadReport", "UploadedFile", "plan_upload", "upload"]

CATEGORIES = ("training", "testing", "anomaly", "split")
SUFFIXES = (".json", ".cbor", ".csv", ".wav", ".jpg", ".jpeg", ".png")
#: What the service takes of a file.
_MOST_BYTES = 100 * 10**6
#: How the service says that the project has this content already.
_DUPLICATE = "already exists"


@dataclass(frozen=True)
class PlannedUpload:
    """A file and what will be told of it.

    Attributes
    ----------
    path : Path
    category : str
        "training", "testing", "anomaly", or "split": the service draws one.
    label : str or None
    metadata : mapping of str to str
    spans : tuple of dict
        Parts with labels of their own, in the service's words.
    """

    path: Path
    category: str
    label: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class UploadedFile:
    """What became of a file.

    Attributes
    ----------
    path : Path
    state : str
        "uploaded"; "duplicate", where the project had it; "known", where the journal or an earlier file of this upload
        has the same bytes, and nothing was sent; "failed".
    sample_id : int or None
        The project's number of it.
    reason : str
        Why it failed, or which file has the same bytes.
    """

    path: Path
    state: str
    sample_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class UploadReport:
    """What became of each file, in the order in which they were planned.

    Attributes
    ----------
    files : tuple of UploadedFile
    """

    files: tuple[UploadedFile, ...]

    @property
    def failed(self) -> tuple[UploadedFile, ...]:
        """The files that the service refused."""
        return tuple(file for file in self.files if file.state == "failed")

    def count(self, state: str) -> int:
        """Return how many files have a state."""
        return sum(file.state == state for file in self.files)

    def __bool__(self) -> bool:
        """Whether every file is in the project."""
        return not self.failed

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {"files": [asdict(file) | {"path": str(file.path)} for file in self.files]}

    def __str__(self) -> str:
        counts = [f"{self.count(state)} {state}" for state in ("uploaded", "duplicate", "known", "failed")]
        return f"{len(self.files)} files: {', '.join(text for text in counts if not text.startswith('0 '))}"


def plan_upload(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    category: str = "auto",
    label: str | None = None,
    labels: str = "auto",
    metadata: Mapping[str, str] | None = None,
    pattern: str = "*",
) -> tuple[PlannedUpload, ...]:
    """Return what `upload` would send; parameters and errors are its own, but for those of the service."""
    if category not in ("auto", *CATEGORIES):
        raise DataError(f"category {category!r:.40}, accepted are auto, {', '.join(CATEGORIES)}")
    given = [sources] if isinstance(sources, (str, os.PathLike)) else list(sources)
    planned: dict[Path, PlannedUpload] = {}
    for source in given:
        for path, told in labelled_files(source, pattern=pattern, labels=labels):
            planned.setdefault(path.resolve(), _planned(path, told, category, label, metadata or {}))
    if not planned:
        raise DataError("nothing to upload: no file or folder was given")
    return tuple(planned.values())


def upload(
    sources: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    category: str = "auto",
    label: str | None = None,
    labels: str = "auto",
    metadata: Mapping[str, str] | None = None,
    pattern: str = "*",
    journal: str | os.PathLike[str] | None = None,
    allow_duplicates: bool = False,
    workers: int = 4,
    on_file: Callable[[UploadedFile], object] | None = None,
    api_key: str | None = None,
) -> UploadReport:
    """Send recordings to the key's project.

    Parameters
    ----------
    sources : path or sequence of paths
        Files (acquisitions in JSON or CBOR, CSV, WAV, pictures) and folders of them; each is sent as it is.
    category : str
        "training", "testing", "anomaly", "split" (the service draws), or "auto": what `info.labels` tells, else the
        name of a folder above the file, else "split".
    label : str, optional
        Of all files, in place of their own.
    labels : str
        Where files' labels come from, as for `data.load`: "auto", "folder", "none".
    metadata : mapping of str to str, optional
        For all files, beside what `info.labels` tells.
    pattern : str
        Of the names in folders.
    journal : path, optional
        A small file of what is in the project: an upload that was cut goes on where it was.
    allow_duplicates : bool
        Send what the project has already.
    workers : int, >= 1
        Files on their way at once.
    on_file : callable, optional
        Called with each `UploadedFile`, as they come.
    api_key : str, optional
        Else EI_API_KEY.

    Returns
    -------
    UploadReport
        False where the service refused a file.

    Raises
    ------
    DataError : no such file or folder, a kind of file or a label that the service does not take, or over 100 MB;
        nothing has been sent then
    IntegrationError : no key, no connection, a refusal of all files; those before are in the journal
    MissingExtraError : the SDK is not installed
    OutputError : the journal cannot be written
    """
    whole_number(workers, "workers", 1)
    planned = plan_upload(sources, category=category, label=label, labels=labels, metadata=metadata, pattern=pattern)
    connection = Connection(api_key)
    known = UploadJournal(None if journal is None else Path(journal), connection.account)
    done: dict[Path, UploadedFile] = {}
    try:
        for file in _sent(connection, planned, known, workers, allow_duplicates=allow_duplicates):
            done[file.path] = file
            if on_file is not None:
                on_file(file)
    except IntegrationError as error:
        kept = "" if journal is None else f"; the same call goes on from {journal}"
        raise IntegrationError(f"{error} ({len(done)} of {len(planned)} files are done{kept})") from error
    return UploadReport(tuple(done[plan.path] for plan in planned))


def _planned(
    path: Path, told: FileLabel, category: str, label: str | None, metadata: Mapping[str, str]
) -> PlannedUpload:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(f"{path}: a file of kind {path.suffix!r}, Edge Impulse accepts {', '.join(SUFFIXES)}")
    if path.stat().st_size > _MOST_BYTES:
        raise DataError(f"{path}: {path.stat().st_size} bytes, Edge Impulse accepts {_MOST_BYTES}")
    more = {**told.metadata, **metadata}
    own = more.pop("category", "")
    if category == "auto":
        above = [part for part in path.parts[:-1] if part in CATEGORIES]
        category = own if own in CATEGORIES else above[-1] if above else "split"
    label = told.label if label is None else label
    if label is not None and (not label.strip() or not label.isprintable()):
        raise DataError(f"{path}: label {label!r:.40}, accepted is a line of text")
    # As in info.labels, the end is one of the samples.
    spans = tuple({"startIndex": span.start, "endIndex": span.stop - 1, "label": span.label} for span in told.spans)
    return PlannedUpload(path, category, label, more, spans)


def _sent(
    connection: Connection,
    planned: Sequence[PlannedUpload],
    journal: UploadJournal,
    workers: int,
    *,
    allow_duplicates: bool,
) -> Iterator[UploadedFile]:
    """Send files side by side, and yield each as it is done."""
    first: dict[str, Path] = {}
    waiting: dict[Future[UploadedFile], str] = {}
    executor = ThreadPoolExecutor(workers)

    def finished(futures: Iterable[Future[UploadedFile]]) -> Iterator[UploadedFile]:
        for future in futures:
            digest = waiting.pop(future)
            file = future.result()
            if file.state != "failed":
                journal.add(digest, file.path, file.state, file.sample_id)
            yield file

    try:
        for plan in planned:
            content = _content(plan.path)
            digest = hashlib.sha256(content).hexdigest()
            if not allow_duplicates and (digest in journal or digest in first):
                same = f"the same bytes as {first[digest]}" if digest in first else "in the journal"
                yield UploadedFile(plan.path, "known", journal.sample_id(digest), same)
                continue
            first[digest] = plan.path
            waiting[executor.submit(_send, connection, plan, content, allow_duplicates)] = digest
            # So many files are in memory, and no more.
            if len(waiting) > workers:
                yield from finished([next(as_completed(waiting))])
        yield from finished(list(as_completed(waiting)))
    finally:
        # After an error or an interrupt nothing new begins; what is on its way is waited for.
        executor.shutdown(wait=True, cancel_futures=True)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error


def _send(connection: Connection, plan: PlannedUpload, content: bytes, allow_duplicates: bool) -> UploadedFile:
    name, what = plan.path.name, f"upload {plan.path}"
    headers = {} if allow_duplicates else {"x-disallow-duplicates": "1"}
    if plan.label is not None:
        # As the vendor's own uploader does with what a header does not hold.
        headers["x-label"] = plan.label if plan.label.isascii() else quote(plan.label, safe="")
    if plan.metadata:
        headers["x-metadata"] = json.dumps(dict(plan.metadata))
    files = [(name, content, "multipart/form-data")]
    if plan.spans:
        labels = {"version": 1, "type": "structured-labels", "structuredLabels": {name: list(plan.spans)}}
        files.append(("structured_labels.labels", json.dumps(labels).encode(), "application/json"))
    try:
        answer = connection.ingest(what, plan.category, files, headers)
    except RefusedSampleError as error:
        reason = str(error).removeprefix(f"{what}: ")
        return UploadedFile(plan.path, "duplicate" if _DUPLICATE in reason else "failed", reason=reason)
    listed = answer.get("files")
    told = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else answer
    number = told.get("sampleId")
    sample_id = number if type(number) is int else None
    if told is not answer and told.get("success") is True:
        return UploadedFile(plan.path, "uploaded", sample_id)
    reason = connection.shown(told.get("error"))
    return UploadedFile(plan.path, "duplicate" if _DUPLICATE in reason else "failed", sample_id, reason)
